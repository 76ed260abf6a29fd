import { Text } from "@codemirror/state";
import { expect, test } from "vitest";
import { offsetIn, positionAt, rangeIn } from "./places";

const doc = Text.of(["one", "😀two", ""]);

test("a place and its offset lead to one another", () => {
  for (let offset = 0; offset <= doc.length; offset += 1)
    expect(offsetIn(doc, positionAt(doc, offset))).toBe(offset);
});

test("a place that is not there any more is the nearest one", () => {
  expect(offsetIn(doc, { line: 0, character: 99 })).toBe(3);
  expect(offsetIn(doc, { line: 99, character: 0 })).toBe(doc.length);
  expect(rangeIn(doc, { start: { line: 1, character: 2 }, end: { line: 0, character: 0 } })).toEqual({
    from: 6,
    to: 6,
  });
});
