import { describe, expect, it } from "vitest";
import type { ContentMatch, FileMatches } from "../api/types";
import { countWords, globOf, keyOfMatch, rowsOfResults, withFiles, withoutDismissed } from "./search-results";

function match(line: number): ContentMatch {
  const shown = { before: "", text: "x", after: "", replacement: null };
  return { line, column: 1, end_column: 2, byte_start: 0, byte_end: 1, ...shown };
}

function file(path: string, ...lines: number[]): FileMatches {
  return { path, matches: lines.map(match), truncated: false, etag: null, kept: null };
}

describe("results of a search", () => {
  it("are ordered by path, and a file that is looked at again takes its own place", () => {
    const files = withFiles([file("b", 1), file("c", 1)], [file("a", 1), file("b", 2, 3)]);
    expect(files.map((it) => [it.path, it.matches.length])).toEqual([
      ["a", 1],
      ["b", 2],
      ["c", 1],
    ]);
    expect(withFiles(files, [file("b")]).map((it) => it.path)).toEqual(["a", "c"]);
  });

  it("lose what was left out, and files with nothing else", () => {
    const dismissed = new Set([keyOfMatch("a", match(1)), keyOfMatch("b", match(2))]);
    const left = withoutDismissed([file("a", 1), file("b", 1, 2)], dismissed);
    expect(left).toEqual([file("b", 1)]);
  });

  it("are rows, without those of folded files", () => {
    const rows = rowsOfResults([file("a", 1, 2), file("b", 1)], new Set(["a"]));
    expect(rows.map((it) => it.kind)).toEqual(["file", "file", "match"]);
    expect(new Set(rows.map((it) => it.key)).size).toBe(3);
  });

  it("are counted in words", () => {
    expect(countWords(1, 1)).toBe("1 result in 1 file");
    expect(countWords(12_000, 2)).toBe("12,000 results in 2 files");
  });

  it("are looked at again by a glob that takes signs for letters", () => {
    expect(globOf("a/[id]/{b},c*.ts")).toBe("/a/?id?/?b??c?.ts");
  });
});
