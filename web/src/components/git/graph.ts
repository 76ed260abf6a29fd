/** The lines of a history: which lane each commit is in, and which lanes run through its row. */
import type { GitCommit } from "../../api/types";

/** A stroke of one row, from a lane at its top to a lane at its bottom. */
export interface Stroke {
  from: number;
  to: number;
  /** Where the stroke begins or ends in the commit's dot, half-way down. */
  half: "top" | "bottom" | "whole";
}

export interface GraphRow {
  lane: number;
  lanes: number;
  strokes: Stroke[];
}

/** Lays out commits, children before parents. */
export function graphOf(commits: readonly GitCommit[]): GraphRow[] {
  // The commit that each lane waits for.
  let lanes: (string | null)[] = [];
  return commits.map((commit) => {
    const found = lanes.indexOf(commit.id);
    const free = lanes.indexOf(null);
    const lane = found >= 0 ? found : free >= 0 ? free : lanes.length;
    const strokes: Stroke[] = [];
    const next = [...lanes];
    lanes.forEach((id, at) => {
      if (id === commit.id) {
        strokes.push({ from: at, to: lane, half: "top" });
        next[at] = null;
      }
    });
    commit.parents.forEach((parent, index) => {
      // The first parent goes straight on; where others wait for it too, they meet in its dot.
      let at = index === 0 ? lane : next.indexOf(parent);
      if (at < 0) {
        const gap = next.findIndex((id, slot) => id === null && slot !== lane);
        at = gap >= 0 ? gap : Math.max(next.length, lane + 1);
      }
      next[at] = parent;
      strokes.push({ from: lane, to: at, half: "bottom" });
    });
    lanes.forEach((id, at) => {
      if (id !== null && id !== commit.id) strokes.push({ from: at, to: at, half: "whole" });
    });
    for (let at = 0; at < next.length; at++) next[at] ??= null;
    while (next.length > 0 && next.at(-1) === null) next.pop();
    const width = Math.max(lanes.length, next.length, lane + 1);
    lanes = next;
    return { lane, lanes: width, strokes };
  });
}
