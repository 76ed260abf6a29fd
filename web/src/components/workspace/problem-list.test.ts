import { expect, test } from "vitest";
import { complaintsOf, errorCount } from "./problem-list";

const built = { file: "a.ts", line: 3, column: 1, message: "TS2322: Type 'x' is not assignable." };
const found = {
  path: "a.ts",
  line: 3,
  column: 9,
  message: "Type 'x' is not assignable.",
  isError: true,
  source: "ts",
};

test("what a build and a language server both say is one problem", () => {
  const other = { ...found, line: 4 };
  const warning = { ...found, line: 1, isError: false };
  const list = complaintsOf([built], [warning, found, other]);
  expect(list.map((it) => [it.line, it.isError, it.source])).toEqual([
    [3, true, ""],
    [4, true, "ts"],
    [1, false, "ts"],
  ]);
  expect(errorCount([built], [warning, found, other])).toBe(2);
  expect(complaintsOf([], [])).toEqual([]);
});
