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
  /** The line that stands where this one was removed. */
  became?: ShownLine;
}

/** Lines of a run that are compared with all others of it; in longer ones as many stand for each other. */
const RUN_MAX = 40;
/** How much of their words two lines share at least that are one line changed. */
const ALIKE_MIN = 0.5;

/** Which of the added lines each removed one became, in order; null for none. */
export function partnersOf(removed: readonly string[], added: readonly string[]): (number | null)[] {
  if (RUN_MAX < removed.length || RUN_MAX < added.length) {
    return removed.map((_, at) => (removed.length === added.length ? at : null));
  }
  const alike = removed.map((before) => added.map((after) => likeness(before, after)));
  const scores = removed.map(() => new Float64Array(added.length + 1));
  scores.push(new Float64Array(added.length + 1));
  const at = (i: number, j: number) => scores[i]?.[j] ?? 0;
  const together = (i: number, j: number) => {
    const it = alike[i]?.[j] ?? 0;
    return it < ALIKE_MIN ? -1 : it + at(i + 1, j + 1);
  };
  for (let i = removed.length - 1; i >= 0; i--) {
    for (let j = added.length - 1; j >= 0; j--) {
      const row = scores[i];
      if (row !== undefined) row[j] = Math.max(at(i + 1, j), at(i, j + 1), together(i, j));
    }
  }
  const partners: (number | null)[] = removed.map(() => null);
  let [i, j] = [0, 0];
  while (i < removed.length && j < added.length) {
    if (at(i, j) === together(i, j)) partners[i++] = j++;
    else if (at(i, j) === at(i + 1, j)) i++;
    else j++;
  }
  return partners;
}

/** A text in pieces, marked where the lines of `base` that became these are others. */
export function markedAgainst(base: readonly string[] | null, lines: readonly string[]): Piece[] {
  const pieces: Piece[] = [];
  const partners = base === null ? [] : partnersOf(base, lines);
  lines.forEach((line, index) => {
    if (index > 0) push(pieces, "\n", false);
    const before = base?.[partners.indexOf(index)];
    const marked = before === undefined ? [{ text: line, changed: false }] : wordDiff(before, line)[1];
    for (const piece of marked) push(pieces, piece.text, piece.changed);
  });
  return pieces;
}

/** The share of their words that two lines have in common, from 0 to 1; white space is none. */
function likeness(before: string, after: string): number {
  const words = (text: string) => wordsOf(text).filter((it) => it.trim() !== "");
  const [a, b] = [words(before), words(after)];
  const left = new Map<string, number>();
  for (const word of a) left.set(word, (left.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of b) {
    const count = left.get(word) ?? 0;
    if (count === 0) continue;
    left.set(word, count - 1);
    common += 1;
  }
  return (2 * common) / Math.max(1, a.length + b.length);
}

/** Numbers the lines of a hunk, and marks words where one line became another. */
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
    const left = removed.map((it) => plain(it, before++, null));
    const right = added.map((it) => plain(it, null, after++));
    const partners = partnersOf(
      removed.map((it) => it.text),
      added.map((it) => it.text),
    );
    left.forEach((one, at) => {
      const partner = partners[at] ?? -1;
      const other = right[partner];
      if (other === undefined) return;
      [one.pieces, other.pieces] = wordDiff(removed[at]?.text ?? "", added[partner]?.text ?? "");
      one.became = other;
    });
    shown.push(...left, ...right);
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
  const waiting: ShownLine[] = [];
  const flush = (count = waiting.length) => {
    for (const line of waiting.splice(0, count)) rows.push([line, null]);
  };
  for (const line of lines) {
    if (line.kind === "removed") waiting.push(line);
    else if (line.kind === "added") {
      // Who became this line stands beside it; who became another one waits for that.
      flush(
        Math.max(
          0,
          waiting.findIndex((it) => it.became === line),
        ),
      );
      const isFree = waiting[0]?.became === undefined || waiting[0].became === line;
      rows.push([isFree ? (waiting.shift() ?? null) : null, line]);
    } else {
      flush();
      rows.push([line, line]);
    }
  }
  flush();
  return rows;
}
