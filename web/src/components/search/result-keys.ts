/** Keys of the results, as in the ARIA practices for trees; Delete leaves out, Alt+Enter replaces. */
import type { ResultRow } from "../../live/search-results";
import type { SearchStore } from "../../live/search-store";

interface ResultActions {
  store: SearchStore;
  rows: readonly ResultRow[];
  replacing: boolean;
  /** Key of the row that has the focus. */
  focused: string | null;
  open: (row: ResultRow) => void;
  focus: (index: number) => void;
}

export function resultKey(event: React.KeyboardEvent, actions: ResultActions): void {
  if (event.ctrlKey || event.metaKey) return;
  const index = actions.rows.findIndex((it) => it.key === actions.focused);
  const row = actions.rows[index];
  if (row === undefined) return;
  if (event.altKey ? alter(event.key, row, actions) : move(event.key, index, row, actions)) {
    event.preventDefault();
  }
}

function alter(key: string, row: ResultRow, { store, replacing }: ResultActions): boolean {
  if (key !== "Enter" || !replacing) return false;
  void store.replace(row.file, row.kind === "match" ? row.match : undefined);
  return true;
}

function move(key: string, index: number, row: ResultRow, actions: ResultActions): boolean {
  const { rows, store, focus } = actions;
  const unfolded = row.kind === "file" && row.unfolded;
  switch (key) {
    case "ArrowDown":
      focus(Math.min(index + 1, rows.length - 1));
      return true;
    case "ArrowUp":
      if (index === 0) return false;
      focus(index - 1);
      return true;
    case "Home":
      focus(0);
      return true;
    case "End":
      focus(rows.length - 1);
      return true;
    case "ArrowRight":
      if (unfolded) focus(index + 1);
      else if (row.kind === "file") store.fold(row.file.path, false);
      return true;
    case "ArrowLeft":
      if (unfolded) store.fold(row.file.path, true);
      else focus(rows.findIndex((it) => it.key === row.file.path));
      return true;
    case "Delete":
    case "Backspace":
      focus(Math.min(index + 1, rows.length - 1));
      store.dismiss(row.file, row.kind === "match" ? row.match : undefined);
      return true;
    default:
      return false;
  }
}
