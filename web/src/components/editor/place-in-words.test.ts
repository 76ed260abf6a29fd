import { EditorSelection, EditorState } from "@codemirror/state";
import { expect, it } from "vitest";
import { placeInWords } from "./place-in-words";

const at = (...ranges: [anchor: number, head: number][]) =>
  placeInWords(
    EditorState.create({
      doc: "one\ntwo\nthree",
      selection: EditorSelection.create(ranges.map(([anchor, head]) => EditorSelection.range(anchor, head))),
      extensions: EditorState.allowMultipleSelections.of(true),
    }),
  );

it("says where the cursor is, what is selected, and how many cursors there are", () => {
  expect(at([0, 0])).toBe("Line 1, column 1");
  expect(at([6, 6])).toBe("Line 2, column 3");
  expect(at([2, 9])).toBe("Line 3, column 2 (7 selected)");
  expect(at([0, 0], [4, 4])).toBe("2 cursors");
  expect(at([0, 3], [4, 7])).toBe("2 cursors, 6 selected");
});
