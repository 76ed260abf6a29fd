import { expect, test } from "vitest";
import { fileSymbols, isNamed, projectSymbols } from "./symbols";

const at = (line: number, character = 0) => ({ start: { line, character }, end: { line, character } });

test("symbols of a file are in the order of the text, and what is within comes below", () => {
  const list = [
    { name: "second", kind: 12, selectionRange: at(9) },
    {
      name: "First",
      kind: 5,
      selectionRange: at(1),
      children: [{ name: "size", kind: 7, selectionRange: at(2, 4) }],
    },
  ];
  const found = fileSymbols(list, "a.ts").map(
    (it) => `${it.depth} ${it.kind} ${it.name} ${it.within} ${it.line}`,
  );
  expect(found).toEqual(["0 class First  2", "1 property size First 3", "0 function second  10"]);
  const flat = [{ name: "old", kind: 99, containerName: "Box", location: { uri: "x", range: at(4) } }];
  expect(fileSymbols(flat, "a.ts")).toMatchObject([{ kind: "symbol", within: "Box", line: 5 }]);
});

test("symbols of the project are those of its files", () => {
  const list = [
    { name: "here", kind: 12, location: { uri: "in", range: at(3, 2) } },
    { name: "there", kind: 12, location: { uri: "out" } },
  ];
  const found = projectSymbols(list, (uri) => (uri === "in" ? "a.ts" : null));
  expect(found).toMatchObject([{ name: "here", path: "a.ts", line: 4, column: 3 }]);
});

test("a name is found by some of its letters in their order", () => {
  expect(["", "grt", "GREET", "e t"].every((it) => isNamed("greet", it))).toBe(true);
  expect(isNamed("greet", "tg")).toBe(false);
});
