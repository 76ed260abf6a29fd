/** Which words of two lines differ, and which lines of a hunk stand beside each other. */
import type { GitLine } from "../../api/types";

/** A piece of a line, marked when the other line does not have it. */
export interface Piece {
  text: string;
  changed: boolean;
}

/** Words of one line that are compared at most; longer lines are marked whole. */
const WORDS_MAX = 200;

/** Compares two lines word by word, by their longest common subsequence. */
export function wordDiff(before: string, after: string): [Piece[], Piece[]] {
  const a = wordsOf(before);
  const b = wordsOf(after);
  if (a.length > WORDS_MAX || b.length > WORDS_MAX) {
    return [[{ text: before, changed: true }], [{ text: after, changed: true }]];
  }
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  const at = (i: number, j: number) => lengths[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const row = lengths[i];
      if (row === undefined) continue;
      row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const left: Piece[] = [];
  const right: Piece[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      push(left, a[i++] ?? "", false);
      push(right, b[j++] ?? "", false);
    } else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) {
      push(left, a[i++] ?? "", true);
    } else {
      push(right, b[j++] ?? "", true);
    }
  }
  return [left, right];
}

function wordsOf(text: string): string[] {
  return text.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? [];
}

function push(pieces: Piece[], text: string, changed: boolean): void {
  const last = pieces.at(-1);
  if (last?.changed === changed) last.text += text;
  else pieces.push({ text, changed });
}

/** A line as it is shown, with its number on each side. */
export interface ShownLine {
  kind: GitLine["kind"];
  before: number | null;
  after: number | null;
  pieces: Piece[];
  noNewline: boolean;
}

/** Numbers the lines of a hunk, and marks words where as many lines were removed as added. */
export function shownLines(lines: readonly GitLine[], oldStart: number, newStart: number): ShownLine[] {
  const shown: ShownLine[] = [];
  let [before, after] = [oldStart, newStart];
  for (let index = 0; index < lines.length; ) {
    const run = (kind: GitLine["kind"], from: number) => {
      let end = from;
      while (lines[end]?.kind === kind) end++;
      return lines.slice(from, end);
    };
    const line = lines[index];
    if (line === undefined) break;
    if (line.kind === "context") {
      shown.push(plain(line, before++, after++));
      index++;
      continue;
    }
    const removed = run("removed", index);
    const added = run("added", index + removed.length);
    const paired = removed.length === added.length;
    const diffs = removed.map((it, at) => (paired ? wordDiff(it.text, added[at]?.text ?? "") : null));
    removed.forEach((it, at) => {
      shown.push({ ...plain(it, before++, null), ...(diffs[at] ? { pieces: diffs[at][0] } : {}) });
    });
    added.forEach((it, at) => {
      shown.push({ ...plain(it, null, after++), ...(diffs[at] ? { pieces: diffs[at][1] } : {}) });
    });
    index += removed.length + added.length;
  }
  return shown;
}

function plain(line: GitLine, before: number | null, after: number | null): ShownLine {
  const pieces = [{ text: line.text, changed: false }];
  return { kind: line.kind, before, after, pieces, noNewline: line.no_newline ?? false };
}

/** The lines side by side: what was on the left, what is on the right. */
export function sideBySide(lines: readonly ShownLine[]): [ShownLine | null, ShownLine | null][] {
  const rows: [ShownLine | null, ShownLine | null][] = [];
  let waiting: ShownLine[] = [];
  const flush = () => {
    for (const line of waiting) rows.push([line, null]);
    waiting = [];
  };
  for (const line of lines) {
    if (line.kind === "removed") waiting.push(line);
    else if (line.kind === "added") rows.push([waiting.shift() ?? null, line]);
    else {
      flush();
      rows.push([line, line]);
    }
  }
  flush();
  return rows;
}
