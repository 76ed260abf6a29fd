import { describe, expect, test } from "vitest";
import type { FileEntry } from "../api/types";
import { EMPTY_TREE, joinPath, nameProblem, parentOf, rowsOf, type TreeState, tabStopOf } from "./file-tree";

function entry(path: string, kind: FileEntry["kind"] = "file"): FileEntry {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return { name, path, kind, size_bytes: 1, modified_at_ms: 0, executable: false, ignored: false };
}

const tree: TreeState = {
  ...EMPTY_TREE,
  directories: new Map([
    ["", { kind: "listed", entries: [entry("src", "directory"), entry("a.txt")], truncated: false }],
    ["src", { kind: "listed", entries: [entry("src/main.rs")], truncated: true }],
  ]),
  unfolded: new Set(["", "src"]),
};

function show(state: TreeState): string[] {
  return rowsOf(state).map((row) => {
    const indent = "  ".repeat(row.level);
    if (row.kind === "entry") return indent + row.entry.name;
    return `${indent}<${row.kind === "naming" ? `${row.naming.kind} ${row.initial}`.trim() : row.text}>`;
  });
}

describe("the file tree", () => {
  test("shows unfolded directories with what is in them", () => {
    expect(show(tree)).toEqual([
      "src",
      "  main.rs",
      "  <More files than are listed; search finds them.>",
      "a.txt",
    ]);
    expect(show({ ...tree, unfolded: new Set([""]) })).toEqual(["src", "a.txt"]);
  });

  test("puts the name that is typed where it will be", () => {
    expect(show({ ...tree, naming: { kind: "file", parent: "src" } })[1]).toBe("  <file>");
    expect(show({ ...tree, naming: { kind: "rename", path: "a.txt" } }).at(-1)).toBe("<rename a.txt>");
  });

  test("says that it reads, and what went wrong", () => {
    expect(show(EMPTY_TREE)).toEqual(["<Reading…>"]);
    const failed = new Map([["", { kind: "failed", message: "Gone." } as const]]);
    expect(show({ ...EMPTY_TREE, directories: failed })).toEqual(["<Gone.>"]);
  });

  test("has a row for the keyboard, though the one that had it is gone", () => {
    const rows = rowsOf(tree);
    expect(tabStopOf(rows, "a.txt")).toBe("a.txt");
    expect([tabStopOf(rows, null), tabStopOf(rows, "deleted.txt")]).toEqual(["src", "src"]);
    expect(tabStopOf(rowsOf(EMPTY_TREE), null)).toBeNull();
  });

  test("knows which names can be given", () => {
    expect(nameProblem("a/b.txt")).toBeNull();
    for (const name of ["", ".", "..", "a/../b", "a//b", "a\\b"])
      expect(nameProblem(name), name).not.toBeNull();
    expect([parentOf("a/b/c"), parentOf("a"), joinPath("", "x"), joinPath("a", "x")]).toEqual([
      "a/b",
      "",
      "x",
      "a/x",
    ]);
  });
});
