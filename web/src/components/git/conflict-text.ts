/** Reads and resolves the marks that Git leaves in a file both sides changed. */

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
