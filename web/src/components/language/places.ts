/** Between places of the protocol and those of the editor. */
import type { Text } from "@codemirror/state";
import type { LspPosition, LspRange } from "../../live/language/lsp";

/** The offset of a place; the nearest one where the text is another by now. */
export function offsetIn(doc: Text, { line, character }: LspPosition): number {
  if (line >= doc.lines) return doc.length;
  const { from, to } = doc.line(line + 1);
  return Math.min(from + character, to);
}

export function rangeIn(doc: Text, { start, end }: LspRange): { from: number; to: number } {
  const from = offsetIn(doc, start);
  return { from, to: Math.max(from, offsetIn(doc, end)) };
}

export function positionAt(doc: Text, offset: number): LspPosition {
  const line = doc.lineAt(offset);
  return { line: line.number - 1, character: offset - line.from };
}
