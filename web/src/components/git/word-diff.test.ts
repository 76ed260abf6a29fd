import { describe, expect, it } from "vitest";
import type { GitLine } from "../../api/types";
import { markedAgainst, shownLines, sideBySide, wordDiff } from "./word-diff";

const line = (kind: GitLine["kind"], text: string): GitLine => ({ kind, text, no_newline: false });

describe("words of two lines", () => {
  it("are marked where they differ, and each side keeps its text", () => {
    const [left, right] = wordDiff("let a = one(x);", "let b = one(x, y);");
    expect(left.filter((it) => it.changed).map((it) => it.text)).toEqual(["a"]);
    expect(right.filter((it) => it.changed).map((it) => it.text)).toEqual(["b", ", y"]);
    expect(left.map((it) => it.text).join("")).toBe("let a = one(x);");
    expect(right.map((it) => it.text).join("")).toBe("let b = one(x, y);");
  });

  it("are not compared in very long lines", () => {
    const long = "a ".repeat(500);
    expect(wordDiff(long, `${long}b`)[0]).toEqual([{ text: long, changed: true }]);
  });
});

describe("lines of a hunk", () => {
  const lines = [
    line("context", "one"),
    line("removed", "two"),
    line("removed", "three"),
    line("added", "TWO"),
    line("context", "four"),
  ];
  it("have a number on each side they are on", () => {
    const numbers = shownLines(lines, 10, 20).map((it) => [it.before, it.after]);
    expect(numbers).toEqual([
      [10, 20],
      [11, null],
      [12, null],
      [null, 21],
      [13, 22],
    ]);
  });

  it("stand beside what they became, though another line came before it", () => {
    const uneven = [
      line("removed", "  set_revision_hash(now);"),
      line("removed", "  gone"),
      line("added", "  // because of the new linker"),
      line("added", "  set_revision(now);"),
    ];
    const shown = shownLines(uneven, 1, 1);
    expect(shown[0]?.pieces.filter((it) => it.changed).map((it) => it.text)).toEqual(["set_revision_hash"]);
    expect(sideBySide(shown).map(([left, right]) => [left?.before, right?.after])).toEqual([
      [undefined, 1],
      [1, 2],
      [2, undefined],
    ]);
  });

  it("stand side by side", () => {
    const rows = sideBySide(shownLines(lines, 1, 1)).map(([left, right]) => [left?.before, right?.after]);
    expect(rows).toEqual([
      [1, 1],
      [2, 2],
      [3, undefined],
      [4, 3],
    ]);
  });
});

it("marks in a text what its base does not have", () => {
  const changed = (base: string[] | null, lines: string[]) =>
    markedAgainst(base, lines)
      .filter((it) => it.changed)
      .map((it) => it.text);
  expect(changed(["let a = one();", "b"], ["let a = two();", "b"])).toEqual(["two"]);
  expect(changed(["let a = one();"], ["nothing alike", "let a = one();"])).toEqual([]);
  expect(changed(null, ["x"])).toEqual([]);
  expect(markedAgainst(["x"], ["a", "b"])).toEqual([{ text: "a\nb", changed: false }]);
});
