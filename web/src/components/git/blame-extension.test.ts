import { EditorState } from "@codemirror/state";
import { expect, test } from "vitest";
import type { GitBlame } from "../../api/types";
import { blame, blameAtCursor, setBlame } from "./blame-extension";

const group = (author: string, first: number, lines: number): GitBlame => ({
  commit: author === "" ? null : `${author}0123456789`,
  author,
  time_ms: 0,
  subject: "",
  first_line: first,
  lines,
});

function authors(state: EditorState): string[] {
  return Array.from({ length: state.doc.lines }, (_, index) => {
    const anchor = state.doc.line(index + 1).from;
    return blameAtCursor(state.update({ selection: { anchor } }).state)?.author ?? "-";
  });
}

test("lines keep who wrote them while others are typed, and lose it when they are changed", () => {
  let state = EditorState.create({ doc: "one\ntwo\nthree\nfour", extensions: blame(() => undefined) });
  state = state.update({
    effects: setBlame.of([group("ada", 1, 2), group("", 3, 1), group("eve", 4, 1)]),
  }).state;
  expect(authors(state)).toEqual(["ada", "ada", "-", "eve"]);
  const change = (from: number, to: number, insert: string) => {
    state = state.update({ changes: { from, to, insert } }).state;
  };
  change(4, 4, "new\n");
  expect(authors(state)).toEqual(["ada", "-", "ada", "-", "eve"]);
  change(9, 9, "!");
  expect(authors(state)).toEqual(["ada", "-", "-", "-", "eve"]);
  change(state.doc.length, state.doc.length, "\nfive");
  expect(authors(state)).toEqual(["ada", "-", "-", "-", "-", "-"]);
  change(0, 4, "");
  expect(authors(state)).toEqual(["-", "-", "-", "-", "-"]);
});
