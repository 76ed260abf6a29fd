/** Which files are open in the editor of a workspace, and where the cursor was asked to go. */
import { Cell, Signal, type Store } from "./store";

/** A place in a file, counted from 1. */
export interface Position {
  line: number;
  column: number;
}

export interface EditorTab {
  path: string;
  /** Has text that is not on disk yet. */
  dirty: boolean;
}

/** A wish to show a place; `token` makes each wish a new one. */
export interface Reveal extends Position {
  path: string;
  token: number;
}

export interface EditorState {
  tabs: EditorTab[];
  /** Path of the tab that is shown. */
  active: string | null;
  reveal: Reveal | null;
}

const EMPTY: EditorState = { tabs: [], active: null, reveal: null };

/** The state after opening `path`, at a place if one is given. */
export function opened(state: EditorState, path: string, at: Position | null): EditorState {
  const known = state.tabs.some((tab) => tab.path === path);
  const tabs = known ? state.tabs : [...state.tabs, { path, dirty: false }];
  const reveal = at === null ? state.reveal : { path, ...at, token: (state.reveal?.token ?? 0) + 1 };
  return { tabs, active: path, reveal };
}

/** The state after closing `path`; its right neighbour is shown, or its left one. */
export function closed(state: EditorState, path: string): EditorState {
  const index = state.tabs.findIndex((tab) => tab.path === path);
  if (index < 0) return state;
  const tabs = state.tabs.filter((tab) => tab.path !== path);
  const next = tabs[index] ?? tabs[index - 1];
  const active = state.active === path ? (next?.path ?? null) : state.active;
  return { ...state, tabs, active };
}

/** Where `path` is after `from` (a file or a directory) became `to`. */
export function movedPath(path: string, from: string, to: string): string {
  return path === from ? to : path.startsWith(`${from}/`) ? to + path.slice(from.length) : path;
}

/** The state after `from` (a file or a directory) became `to`. */
export function renamed(state: EditorState, from: string, to: string): EditorState {
  const move = (path: string) => movedPath(path, from, to);
  // What had the new name before is gone.
  const tabs = state.tabs.filter((tab) => move(tab.path) !== tab.path || !tabMovesTo(state, tab, move));
  return {
    ...state,
    tabs: tabs.map((tab) => ({ ...tab, path: move(tab.path) })),
    active: state.active === null ? null : move(state.active),
  };
}

function tabMovesTo(state: EditorState, target: EditorTab, move: (path: string) => string): boolean {
  return state.tabs.some((tab) => tab !== target && move(tab.path) === target.path);
}

/** Open tabs of one workspace; remembered across reloads. */
export class EditorStore implements Store<EditorState> {
  /** A file or directory has another path; told before the tabs follow. */
  readonly moves = new Signal<{ from: string; to: string }>();
  readonly #cell: Cell<EditorState>;
  readonly #key: string;

  constructor(workspaceId: string) {
    this.#key = `stead.editor.${workspaceId}`;
    this.#cell = new Cell(restore(this.#key));
  }

  get get() {
    return this.#cell.get;
  }

  get subscribe() {
    return this.#cell.subscribe;
  }

  /** Opens a file, or shows its tab; counts from 1. */
  readonly openFile = (path: string, at?: { line: number; column?: number }): void => {
    const position = at === undefined ? null : { line: at.line, column: at.column ?? 1 };
    this.#change(opened(this.get(), path, position));
  };

  readonly closeFile = (path: string): void => this.#change(closed(this.get(), path));

  readonly renamed = (from: string, to: string): void => {
    this.moves.emit({ from, to });
    this.#change(renamed(this.get(), from, to));
  };

  readonly setDirty = (path: string, dirty: boolean): void => {
    const state = this.get();
    if (state.tabs.find((tab) => tab.path === path)?.dirty === dirty) return;
    const tabs = state.tabs.map((tab) => (tab.path === path ? { ...tab, dirty } : tab));
    this.#change({ ...state, tabs });
  };

  #change(state: EditorState): void {
    this.#cell.set(state);
    try {
      localStorage.setItem(
        this.#key,
        JSON.stringify({ paths: state.tabs.map((it) => it.path), active: state.active }),
      );
    } catch {
      // Storage is full or blocked: tabs are not remembered.
    }
  }
}

function restore(key: string): EditorState {
  try {
    const saved = JSON.parse(localStorage.getItem(key) ?? "null") as {
      paths: string[];
      active: string | null;
    } | null;
    if (saved === null) return EMPTY;
    return { tabs: saved.paths.map((path) => ({ path, dirty: false })), active: saved.active, reveal: null };
  } catch {
    return EMPTY;
  }
}

const stores = new Map<string, EditorStore>();

/** The editor of a workspace; one per page. */
export function editorStore(workspaceId: string): EditorStore {
  const known = stores.get(workspaceId);
  if (known !== undefined) return known;
  const store = new EditorStore(workspaceId);
  stores.set(workspaceId, store);
  return store;
}
