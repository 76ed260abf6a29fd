/** Reads and resolves the marks that Git leaves in a file both sides changed. */
import { type Change, diff } from "@codemirror/merge";

/** A stretch that both sides have, or one that they do not. */
export type Part =
  | { kind: "same"; lines: string[] }
  | { kind: "conflict"; ours: string[]; base: string[] | null; theirs: string[] };

export type Choice = "ours" | "theirs" | "both" | "neither";

/** Cuts a text at its marks; `null` when it has none, or none that close. */
export function partsOf(text: string): Part[] | null {
  const parts: Part[] = [];
  let same: string[] = [];
  let conflict: Extract<Part, { kind: "conflict" }> | null = null;
  let side: "ours" | "base" | "theirs" = "ours";
  for (const line of text.split("\n")) {
    if (conflict === null) {
      if (!/^<{7}( |\r?$)/.test(line)) {
        same.push(line);
        continue;
      }
      parts.push({ kind: "same", lines: same });
      same = [];
      conflict = { kind: "conflict", ours: [], base: null, theirs: [] };
      side = "ours";
    } else if (side === "ours" && /^\|{7}( |\r?$)/.test(line)) {
      conflict.base = [];
      side = "base";
    } else if (side !== "theirs" && /^={7}\r?$/.test(line)) {
      side = "theirs";
    } else if (side === "theirs" && /^>{7}( |\r?$)/.test(line)) {
      parts.push(conflict);
      conflict = null;
    } else if (side === "base") {
      conflict.base?.push(line);
    } else {
      conflict[side].push(line);
    }
  }
  if (conflict !== null || parts.length === 0) return null;
  parts.push({ kind: "same", lines: same });
  return parts;
}

/**
 * The same parts with what both sides started from, where the marks do not hold it: Git writes it
 * there only for those who have set it up so.
 */
export function withBases(parts: readonly Part[], base: string | null): Part[] {
  if (base === null || parts.every((it) => it.kind === "same" || it.base !== null)) return [...parts];
  const lines = base.split("\n");
  const ours = basesBy("ours", parts, lines);
  const theirs = basesBy("theirs", parts, lines);
  let at = -1;
  return parts.map((part) => {
    if (part.kind === "same") return part;
    at += 1;
    const [left, right] = [ours[at], theirs[at]];
    if (part.base !== null || left === undefined || right === undefined) return part;
    const [from, to] = [Math.min(left.from, right.from), Math.max(left.to, right.to)];
    return { ...part, base: lines.slice(from, to) };
  });
}

interface Range {
  from: number;
  to: number;
}

/** Where in the base the conflicts are, by what one side made of it. */
function basesBy(side: "ours" | "theirs", parts: readonly Part[], base: readonly string[]): Range[] {
  const text: string[] = [];
  const ranges: Range[] = [];
  for (const part of parts) {
    const from = text.length;
    text.push(...(part.kind === "same" ? part.lines : part[side]));
    if (part.kind === "conflict") ranges.push({ from, to: text.length });
  }
  const names = new Map<string, string>();
  const changes = diff(named(text, names), named(base, names));
  return ranges.map((range) => mapped(range, changes));
}

/** Distinct lines at most that are told apart; what comes behind them counts as one. */
const LINES_MAX = 50_000;

/** One character for each line, equal for equal ones. */
function named(lines: readonly string[], names: Map<string, string>): string {
  const nameOf = (line: string) => {
    const known = names.get(line);
    if (known !== undefined) return known;
    const name = String.fromCharCode(1 + Math.min(names.size, LINES_MAX));
    names.set(line, name);
    return name;
  };
  return lines.map(nameOf).join("");
}

/** The stretch of the other text that stands for this one, with all that it touches. */
function mapped({ from, to }: Range, changes: readonly Change[]): Range {
  let [start, end] = [from, to];
  for (const { fromA, toA, fromB, toB } of changes) {
    const touches = fromA === toA ? from <= fromA && fromA <= to : fromA < to && from < toA;
    if (toA <= from && !touches) [start, end] = [from + toB - toA, to + toB - toA];
    else if (touches) {
      start = Math.min(start, fromB);
      end = toA < to ? to + toB - toA : toB;
    }
  }
  return { from: start, to: end };
}

/** The text with a choice for every conflict, in their order. */
export function resolved(parts: readonly Part[], choices: readonly Choice[]): string {
  let at = 0;
  const lines = parts.flatMap((part) => {
    if (part.kind === "same") return part.lines;
    switch (choices[at++]) {
      case "ours":
        return part.ours;
      case "theirs":
        return part.theirs;
      case "both":
        return [...part.ours, ...part.theirs];
      default:
        return [];
    }
  });
  return lines.join("\n");
}
