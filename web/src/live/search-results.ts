/** What a search found, and how it is shown: files with their matches, as rows of a tree. No IO here. */
import type { ContentMatch, FileMatches } from "../api/types";

/** One row of the tree of results. */
export type ResultRow =
  | { kind: "file"; key: string; file: FileMatches; unfolded: boolean }
  | { kind: "match"; key: string; file: FileMatches; match: ContentMatch };

/** Names a match among all results. */
export function keyOfMatch(path: string, match: ContentMatch): string {
  return `${path}\n${match.line}:${match.byte_start}`;
}

/** `files` with `found` in their places by path; a file that was there is replaced. */
export function withFiles(files: readonly FileMatches[], found: readonly FileMatches[]): FileMatches[] {
  const paths = new Set(found.map((it) => it.path));
  const all = [...files.filter((it) => !paths.has(it.path)), ...found.filter((it) => it.matches.length > 0)];
  return all.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** `files` without the matches whose keys are dismissed; files without any left go, too. */
export function withoutDismissed(
  files: readonly FileMatches[],
  dismissed: ReadonlySet<string>,
): FileMatches[] {
  if (dismissed.size === 0) return [...files];
  return files.flatMap((file) => {
    const matches = file.matches.filter((it) => !dismissed.has(keyOfMatch(file.path, it)));
    if (matches.length === file.matches.length) return [file];
    return matches.length === 0 ? [] : [{ ...file, matches }];
  });
}

/** The rows of the tree; what is below a folded file is left out. */
export function rowsOfResults(files: readonly FileMatches[], folded: ReadonlySet<string>): ResultRow[] {
  const rows: ResultRow[] = [];
  for (const file of files) {
    const unfolded = !folded.has(file.path);
    rows.push({ kind: "file", key: file.path, file, unfolded });
    if (!unfolded) continue;
    for (const match of file.matches) {
      rows.push({ kind: "match", key: keyOfMatch(file.path, match), file, match });
    }
  }
  return rows;
}

/** A glob that fits one path and, next to nothing else: every sign that means something fits any letter. */
export function globOf(path: string): string {
  return `/${path.replace(/[*?[\]{},\\]/g, "?")}`;
}

/** How many matches there are. */
export function countOf(files: readonly FileMatches[]): number {
  return files.reduce((sum, it) => sum + it.matches.length, 0);
}

/** “12 results in 3 files”. */
export function countWords(matches: number, files: number): string {
  return `${counted(matches, "result")} in ${counted(files, "file")}`;
}

/** “1 file”, “2 files”, “12,000 files”. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
