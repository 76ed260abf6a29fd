/** Choosing lines of a part that differs, with the mouse and with keys. */
import { type KeyboardEvent, type MouseEvent, useId, useState } from "react";
import type { GitHunk } from "../../api/types";

/** Which lines of one part are chosen, and how that is changed. */
export interface LineChoice {
  chosen: ReadonlySet<number>;
  onChoose: (chosen: ReadonlySet<number>) => void;
}

/** What a key does: which line is gone to, and what is chosen then. */
export function afterKey(
  key: string,
  { shift, ctrl }: { shift: boolean; ctrl: boolean },
  changed: readonly number[],
  active: number | null,
  chosen: ReadonlySet<number>,
): { active: number | null; chosen: ReadonlySet<number> } | null {
  const at = active === null ? -1 : changed.indexOf(active);
  const go = (to: number | undefined) => {
    if (to === undefined) return null;
    const more = shift ? [active, to].filter((it) => it !== null) : [];
    return { active: to, chosen: shift ? new Set([...chosen, ...more]) : chosen };
  };
  switch (key) {
    case "ArrowDown":
      return go(changed[at + 1]);
    case "ArrowUp":
      return go(at < 0 ? changed.at(-1) : changed[at - 1]);
    case "Home":
      return go(changed[0]);
    case "End":
      return go(changed.at(-1));
    case " ":
      return active === null ? null : { active, chosen: toggled(chosen, active) };
    case "a":
      return ctrl ? { active, chosen: new Set(changed) } : null;
    case "Escape":
      return chosen.size === 0 ? null : { active, chosen: new Set() };
    default:
      return null;
  }
}

function toggled(chosen: ReadonlySet<number>, index: number): ReadonlySet<number> {
  const next = new Set(chosen);
  if (!next.delete(index)) next.add(index);
  return next;
}

/** What the table and its cells need, nothing where lines cannot be chosen. */
export function useLineKeys(hunk: GitHunk, choice: LineChoice | undefined) {
  const base = useId();
  const [active, setActive] = useState<number | null>(null);
  if (choice === undefined) return { grid: {}, cell: () => ({}) };
  const { chosen, onChoose } = choice;
  const changed = hunk.lines.flatMap((line, index) => (line.kind === "context" ? [] : [index]));
  const idOf = (index: number) => `${base}-${index}`;
  const grid = {
    role: "grid",
    tabIndex: 0,
    "aria-multiselectable": true,
    "aria-label": "Changed lines: arrow keys go from one to the next, space chooses",
    "aria-activedescendant": active === null ? undefined : idOf(active),
    onBlur: () => setActive(null),
    onKeyDown: (event: KeyboardEvent) => {
      const modifiers = { shift: event.shiftKey, ctrl: event.ctrlKey || event.metaKey };
      const next = afterKey(event.key, modifiers, changed, active, chosen);
      if (next === null) return;
      event.preventDefault();
      setActive(next.active);
      if (next.chosen !== chosen) onChoose(next.chosen);
      if (next.active !== null)
        document.getElementById(idOf(next.active))?.scrollIntoView({ block: "nearest" });
    },
  } as const;
  const cell = (index: number) => {
    if (hunk.lines[index]?.kind === "context") return {};
    return {
      id: idOf(index),
      chosen: chosen.has(index),
      active: active === index,
      onChoose: (event: MouseEvent) => {
        setActive(index);
        if (!event.shiftKey || active === null) return onChoose(toggled(chosen, index));
        const [from, to] = [Math.min(active, index), Math.max(active, index)];
        onChoose(new Set([...chosen, ...changed.filter((it) => from <= it && it <= to)]));
      },
    };
  };
  return { grid, cell };
}
