import { describe, expect, it } from "vitest";
import type { GitEntry } from "../api/types";
import { keyOfView, titleOfView, viewOfKey } from "./editor-views";
import { groups, marksOf } from "./git-store";

const entry = (path: string, change: Partial<GitEntry>): GitEntry => ({
  path,
  staged: "unchanged",
  unstaged: "unchanged",
  conflict: null,
  original_path: null,
  ...change,
});

describe("a status", () => {
  it("is shown in groups, a half-staged file in both", () => {
    const both = entry("a", { staged: "modified", unstaged: "modified" });
    const conflict = entry("b", { unstaged: "modified", conflict: "both_modified" });
    const { staged, changes, conflicts } = groups([both, conflict]);
    expect([staged, changes, conflicts]).toEqual([[both], [both], [conflict]]);
  });

  it("marks files with their change and folders with what is below", () => {
    const marks = marksOf([
      entry("src/deep/a", { unstaged: "modified" }),
      entry("src/b", { staged: "added" }),
      entry("c", { unstaged: "untracked" }),
    ]);
    expect(Object.fromEntries(marks)).toEqual({
      "src/deep/a": "M",
      "src/deep": "·",
      src: "·",
      "src/b": "A",
      c: "U",
    });
  });
});

describe("a tab that is no file", () => {
  it("comes back from its key", () => {
    for (const view of [
      { kind: "file", path: "diff/staged/x" },
      { kind: "diff", staged: true, path: "a/b" },
      { kind: "diff", staged: false, path: "a/b" },
      { kind: "commit", id: "0123456789" },
      { kind: "history" },
      { kind: "conflict", path: "a" },
    ] as const) {
      expect(viewOfKey(keyOfView(view))).toEqual(view);
    }
    expect(titleOfView({ kind: "diff", staged: false, path: "a/b.ts" })).toBe("b.ts (changes)");
  });
});
