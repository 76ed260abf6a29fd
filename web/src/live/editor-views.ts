/** Tabs of the editor that are no files: their keys begin with a slash, which no workspace path does. */

export type EditorView =
  | { kind: "file"; path: string }
  | { kind: "diff"; staged: boolean; path: string }
  | { kind: "commit"; id: string }
  /** Of the whole repository without a path. */
  | { kind: "history"; path?: string }
  | { kind: "conflict"; path: string };

/** The tab's key for a view; a file's is its path. */
export function keyOfView(view: EditorView): string {
  switch (view.kind) {
    case "file":
      return view.path;
    case "diff":
      return `/diff/${view.staged ? "staged" : "unstaged"}/${view.path}`;
    case "commit":
      return `/commit/${view.id}`;
    case "history":
      return view.path === undefined ? "/history" : `/history/${view.path}`;
    case "conflict":
      return `/conflict/${view.path}`;
  }
}

/** The view that a tab's key stands for. */
export function viewOfKey(key: string): EditorView {
  const rest = (prefix: string) => (key.startsWith(prefix) ? key.slice(prefix.length) : null);
  const staged = rest("/diff/staged/");
  const unstaged = rest("/diff/unstaged/");
  const commit = rest("/commit/");
  const conflict = rest("/conflict/");
  if (staged !== null) return { kind: "diff", staged: true, path: staged };
  if (unstaged !== null) return { kind: "diff", staged: false, path: unstaged };
  if (commit !== null) return { kind: "commit", id: commit };
  if (conflict !== null) return { kind: "conflict", path: conflict };
  const history = rest("/history/");
  if (history !== null) return { kind: "history", path: history };
  if (key === "/history") return { kind: "history" };
  return { kind: "file", path: key };
}

/** What the tab is called; `null` for a file, whose name is its label. */
export function titleOfView(view: EditorView): string | null {
  const name = (path: string) => path.slice(path.lastIndexOf("/") + 1);
  switch (view.kind) {
    case "file":
      return null;
    case "diff":
      return `${name(view.path)} (${view.staged ? "staged" : "changes"})`;
    case "commit":
      return view.id.slice(0, 8);
    case "history":
      return view.path === undefined ? "History" : `${name(view.path)} (history)`;
    case "conflict":
      return `${name(view.path)} (conflict)`;
  }
}
