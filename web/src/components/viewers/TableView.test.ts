import { expect, it } from "vitest";
import { read, sortRows } from "./TableView";

it("reads quotes, delimiters and rows of other widths", () => {
  const table = read('name;size\n"a;b";10\nc;9;extra\n', "x.csv");
  expect(table.head).toEqual(["name", "size", ""]);
  expect(table.rows.map((it) => it.cells)).toEqual([
    ["a;b", "10"],
    ["c", "9", "extra"],
  ]);
  expect(read("a,b\tc\n1,2\t3\n", "x.tsv").head).toEqual(["a,b", "c"]);
  expect(read("", "x.csv").rows).toEqual([]);
});

it("sorts numbers by value and leaves the file's order in the numbers", () => {
  const { rows } = read("n\n10\n9\nx\n-1\n", "x.csv");
  const numbers = sortRows(rows, { column: 0, down: false }).map((it) => it.cells[0]);
  expect(numbers.indexOf("9")).toBeLessThan(numbers.indexOf("10"));
  expect(sortRows(rows, { column: 0, down: true })[0]?.number).toBe(3);
});
