/** Keys of the file tree, as in the ARIA practices for trees, with F2 and Delete of file managers. */
import type { FileTreeStore, Row } from "../../live/file-tree";
import { parentOf } from "../../live/file-tree";
import { focusRow } from "../ui/focus-row";

interface TreeActions {
  store: FileTreeStore;
  rows: readonly Row[];
  readOnly: boolean;
  scrollTo: (index: number) => void;
  askDelete: (path: string) => void;
}

type EntryRow = Extract<Row, { kind: "entry" }>;

export function treeKey(event: React.KeyboardEvent, actions: TreeActions): void {
  if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey) return;
  const { store, rows } = actions;
  const focused = store.get().focused;
  const index = rows.findIndex((row) => row.kind === "entry" && row.entry.path === focused);
  const current = rows[index];
  const row = current?.kind === "entry" ? current : null;
  if (move(event.key, index, row, actions) || change(event.key, row, actions)) event.preventDefault();
}

function move(key: string, index: number, row: EntryRow | null, actions: TreeActions): boolean {
  switch (key) {
    case "ArrowDown":
      return go(actions, index + 1, 1);
    case "ArrowUp":
      return go(actions, index - 1, -1);
    case "Home":
      return go(actions, 0, 1);
    case "End":
      return go(actions, actions.rows.length - 1, -1);
    case "ArrowRight":
      if (row?.entry.kind !== "directory") return false;
      if (row.unfolded) return go(actions, index + 1, 1);
      actions.store.toggle(row.entry.path);
      return true;
    case "ArrowLeft":
      if (row === null) return false;
      if (row.unfolded) actions.store.toggle(row.entry.path);
      else focus(actions, parentOf(row.entry.path));
      return true;
    default:
      return key.length === 1 && key !== " " && typeAhead(key, index, actions);
  }
}

function change(key: string, row: EntryRow | null, { store, readOnly, askDelete }: TreeActions): boolean {
  if (row === null || readOnly) return false;
  if (key === "F2") store.name({ kind: "rename", path: row.entry.path });
  else if (key === "Delete") askDelete(row.entry.path);
  else return false;
  return true;
}

/** Focuses the first entry from `index` on in a direction. */
function go(actions: TreeActions, index: number, direction: 1 | -1): boolean {
  for (let at = index; 0 <= at && at < actions.rows.length; at += direction) {
    const row = actions.rows[at];
    if (row?.kind !== "entry") continue;
    actions.scrollTo(at);
    focus(actions, row.entry.path);
    return true;
  }
  return true;
}

function typeAhead(key: string, index: number, actions: TreeActions): boolean {
  const { rows } = actions;
  const wanted = key.toLowerCase();
  for (let step = 1; step <= rows.length; step += 1) {
    const at = (Math.max(index, 0) + step) % rows.length;
    const row = rows[at];
    if (row?.kind === "entry" && row.entry.name.toLowerCase().startsWith(wanted)) return go(actions, at, 1);
  }
  return false;
}

function focus({ store }: TreeActions, path: string): void {
  if (path === "") return;
  store.focus(path);
  focusRow(() => document.querySelector<HTMLElement>(`.files [data-path="${CSS.escape(path)}"]`));
}
