/** Symbols of files and of the project, in one shape, with the words of people. */
import type { LspRange, LspSymbol } from "./lsp";

/** `SymbolKind` of the protocol. */
const KINDS = [
  ...["file", "module", "namespace", "package", "class", "method", "property", "field", "constructor"],
  ...["enum", "interface", "function", "variable", "constant", "string", "number", "boolean", "array"],
  ...["object", "key", "null", "enum member", "struct", "event", "operator", "type parameter"],
];

export interface CodeSymbol {
  name: string;
  kind: string;
  /** What it is in. */
  within: string;
  depth: number;
  path: string;
  line: number;
  column: number;
}

/** What there is in a file, in the order of the text; what is within another comes below it. */
export function fileSymbols(list: readonly LspSymbol[], path: string): CodeSymbol[] {
  const begin = (it: LspSymbol) => (it.selectionRange ?? it.location?.range)?.start;
  const add = (some: readonly LspSymbol[], within: string, depth: number): CodeSymbol[] =>
    some
      .toSorted((a, b) => {
        const [one, two] = [begin(a), begin(b)];
        return (one?.line ?? 0) - (two?.line ?? 0) || (one?.character ?? 0) - (two?.character ?? 0);
      })
      .flatMap((it) => [
        symbolOf(it, it.selectionRange ?? it.location?.range, path, { within, depth }),
        ...add(it.children ?? [], it.name, depth + 1),
      ]);
  return add(list, "", 0);
}

/** Symbols of files of the workspace. */
export function projectSymbols(
  list: readonly LspSymbol[],
  pathOf: (uri: string) => string | null,
): CodeSymbol[] {
  return list.flatMap((it) => {
    const path = it.location === undefined ? null : pathOf(it.location.uri);
    return path === null ? [] : [symbolOf(it, it.location?.range, path, { within: "", depth: 0 })];
  });
}

function symbolOf(
  it: LspSymbol,
  range: LspRange | undefined,
  path: string,
  { within, depth }: { within: string; depth: number },
): CodeSymbol {
  return {
    name: it.name,
    kind: KINDS[it.kind - 1] ?? "symbol",
    within: it.containerName ?? within,
    depth,
    path,
    line: (range?.start.line ?? 0) + 1,
    column: (range?.start.character ?? 0) + 1,
  };
}

/** Whether the letters that were typed are in a name, in their order. */
export function isNamed(name: string, typed: string): boolean {
  let at = 0;
  const low = name.toLowerCase();
  for (const letter of typed.toLowerCase().replaceAll(/\s/g, "")) {
    at = low.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
