import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, indentWithTab } from "@codemirror/commands";
import {
  bracketMatching,
  foldGutter,
  foldKeymap,
  indentOnInput,
  indentUnit,
  LanguageDescription,
  syntaxHighlighting,
} from "@codemirror/language";
import { languages } from "@codemirror/language-data";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import {
  crosshairCursor,
  drawSelection,
  dropCursor,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  rectangularSelection,
} from "@codemirror/view";
import type { KeyMap } from "../../live/preferences";
import { editorTheme, highlighting } from "./editor-theme";
import { save, saving } from "./saving";
import { searchPanel } from "./search-panel";

/** Parts that change while an editor lives. */
export const wrapping = new Compartment();
export const language = new Compartment();
/** What Tab inserts: what the file is made with, once it is known. */
export const indentation = new Compartment();
/** Key maps of other editors. */
export const keys = new Compartment();
export const overview = new Compartment();
/** What a language server adds. */
export const service = new Compartment();
/** Who wrote what, while somebody wants to see it. */
export const blaming = new Compartment();

/** Indents with `unit`, a tab or some spaces. */
export function indentWith(unit: string): Extension {
  return [indentUnit.of(unit), EditorState.tabSize.of(unit === "\t" ? 4 : unit.length)];
}

/** Whether the text may be changed here; selecting and copying is possible in any case. */
export const writing = new Compartment();

export function writable(yes: boolean): Extension {
  // A keyboard that can do nothing would only cover the text.
  return yes ? [] : [EditorState.readOnly.of(true), EditorView.contentAttributes.of({ inputmode: "none" })];
}

/**
 * Everything an editor of `path` has, apart from its language, which is loaded when it is shown.
 * `keep` has it written; `undoing` is its history.
 */
export function editorExtensions(path: string, keep: () => void, undoing: Extension): Extension {
  return [
    // Before all others, as those key maps ask.
    keys.of([]),
    writing.of([]),
    service.of([]),
    blaming.of([]),
    saving.of(() => {
      keep();
      return true;
    }),
    keymap.of([{ key: "Mod-s", preventDefault: true, run: save }]),
    lineNumbers(),
    highlightActiveLineGutter(),
    highlightSpecialChars(),
    undoing,
    foldGutter(),
    drawSelection(),
    dropCursor(),
    EditorState.allowMultipleSelections.of(true),
    indentOnInput(),
    indentation.of(indentWith(usualIndent(path))),
    syntaxHighlighting(highlighting),
    bracketMatching(),
    closeBrackets(),
    autocompletion(),
    rectangularSelection(),
    crosshairCursor(),
    highlightActiveLine(),
    highlightSelectionMatches(),
    search({ top: true, createPanel: searchPanel }),
    keymap.of([
      ...closeBracketsKeymap,
      ...defaultKeymap,
      ...searchKeymap,
      ...foldKeymap,
      ...completionKeymap,
      indentWithTab,
    ]),
    editorTheme,
    wrapping.of([]),
    overview.of([]),
    language.of([]),
    EditorView.contentAttributes.of({ "aria-label": `Text of ${path}`, tabindex: "0" }),
  ];
}

/** What files of this kind are made with where the text does not tell. */
function usualIndent(path: string): string {
  if (/(\.go|(^|\/)Makefile|\.mk)$/.test(path)) return "\t";
  return /\.(py|rs|java|kt|cs|php|c|h|cpp|hpp)$/.test(path) ? "    " : "  ";
}

/** The keys of another editor; loaded when somebody wants them. */
export async function keysOf(name: KeyMap): Promise<Extension> {
  switch (name) {
    case "vim":
      return (await import("./vim-keys")).vimKeys;
    case "emacs":
      return (await import("./emacs-keys")).emacsKeys;
    case "usual":
      return [];
  }
}

/** The whole text in small at the side. */
export async function overviewOf(on: boolean): Promise<Extension> {
  if (!on) return [];
  const { showMinimap } = await import("@replit/codemirror-minimap");
  return showMinimap.of({ create: () => ({ dom: document.createElement("div") }), displayText: "blocks" });
}

/** Files that are written in the language of others, by their endings. */
const WRITTEN_AS = [[/\.(ipynb|jsonl|webmanifest)$/i, "file.json"]] as const;

/** The language of a file by its name; null when it is plain text to us. */
export async function languageOf(path: string): Promise<Extension | null> {
  const own = path.slice(path.lastIndexOf("/") + 1);
  const name = WRITTEN_AS.find(([ending]) => ending.test(own))?.[1] ?? own;
  const known = LanguageDescription.matchFilename(languages, name);
  return known === null ? null : await known.load();
}
