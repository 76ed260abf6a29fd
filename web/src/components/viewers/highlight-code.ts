/** Colours for the code blocks of a Markdown text. */
import { LanguageDescription } from "@codemirror/language";
import { languages } from "@codemirror/language-data";
import { classHighlighter, highlightCode } from "@lezer/highlight";

/** A stretch of code with the classes of its kind, as `tok-keyword`; none for plain text. */
export interface CodePiece {
  text: string;
  classes: string;
}

/** Turns a block of code into pieces; `null` for a language that is not known. */
export type CodeHighlighter = (code: string, language: string) => CodePiece[] | null;

/** Languages that are loaded for one page at most. */
const LANGUAGES_MAX = 24;
/** Longer blocks are shown plain, in characters. */
const CODE_MAX = 100_000;

/** The languages that the fences of a text name. */
export function fencedLanguages(text: string): string[] {
  const names = new Set<string>();
  for (const match of text.matchAll(/^[ >\t]*(?:`{3,}|~{3,})[ \t]*([\w+#.-]+)/gm)) {
    if (names.size < LANGUAGES_MAX) names.add((match[1] ?? "").toLowerCase());
  }
  return [...names];
}

/** Loads what the fences of a text need; a part that does not come leaves its blocks plain. */
export async function codeHighlighter(text: string): Promise<CodeHighlighter> {
  const parsers = new Map<string, Parser>();
  await Promise.all(
    fencedLanguages(text).map(async (name) => {
      const known = LanguageDescription.matchLanguageName(languages, name, false);
      try {
        const support = await known?.load();
        if (support !== undefined) parsers.set(name, support.language.parser);
      } catch {
        // Without a network the page is as readable as it was before.
      }
    }),
  );
  return (code, language) => {
    const parser = parsers.get(language.toLowerCase());
    if (parser === undefined || CODE_MAX < code.length) return null;
    const pieces: CodePiece[] = [];
    highlightCode(
      code,
      parser.parse(code),
      classHighlighter,
      (text, classes) => pieces.push({ text, classes }),
      () => pieces.push({ text: "\n", classes: "" }),
    );
    return pieces;
  };
}

type Parser = NonNullable<LanguageDescription["support"]>["language"]["parser"];
