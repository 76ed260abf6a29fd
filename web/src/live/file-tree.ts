/** The tree of a workspace's files as far as it was opened: listings, what is unfolded, what is renamed. */
import { messageOf } from "../api/client";
import { copyPath, deletePath, listDirectory, makeDirectory, renamePath, writeFile } from "../api/kernel";
import type { FileEntry } from "../api/types";
import { editorStore, movedPath } from "./editor-store";
import { layoutStore } from "./layout-store";
import { Cell } from "./store";
import { workspaceStore } from "./workspace-store";

export type Directory =
  | { kind: "loading" }
  | { kind: "listed"; entries: FileEntry[]; truncated: boolean }
  | { kind: "failed"; message: string };

/** A name being typed in the tree. */
export type Naming = { kind: "rename"; path: string } | { kind: "file" | "directory"; parent: string };

export interface TreeState {
  readonly directories: ReadonlyMap<string, Directory>;
  readonly unfolded: ReadonlySet<string>;
  /** Path with the keyboard's focus. */
  readonly focused: string | null;
  readonly naming: Naming | null;
}

export type Row =
  | { kind: "entry"; entry: FileEntry; level: number; unfolded: boolean }
  | { kind: "naming"; naming: Naming; level: number; initial: string }
  | { kind: "note"; path: string; text: string; level: number };

export const EMPTY_TREE: TreeState = {
  directories: new Map(),
  unfolded: new Set([""]),
  focused: null,
  naming: null,
};

/** The lines that are on screen, from top to bottom. */
export function rowsOf(state: TreeState): Row[] {
  const rows: Row[] = [];
  addDirectory(state, "", 0, rows);
  return rows;
}

function addDirectory(state: TreeState, path: string, level: number, rows: Row[]): void {
  const { naming } = state;
  if (naming !== null && naming.kind !== "rename" && naming.parent === path) {
    rows.push({ kind: "naming", naming, level, initial: "" });
  }
  const directory = state.directories.get(path);
  if (directory === undefined || directory.kind === "loading") {
    rows.push({ kind: "note", path, text: "Reading…", level });
    return;
  }
  if (directory.kind === "failed") {
    rows.push({ kind: "note", path, text: directory.message, level });
    return;
  }
  for (const entry of directory.entries) {
    if (naming?.kind === "rename" && naming.path === entry.path) {
      rows.push({ kind: "naming", naming, level, initial: entry.name });
      continue;
    }
    const unfolded = entry.kind === "directory" && state.unfolded.has(entry.path);
    rows.push({ kind: "entry", entry, level, unfolded });
    if (unfolded) addDirectory(state, entry.path, level + 1, rows);
  }
  if (directory.truncated) {
    rows.push({ kind: "note", path, text: "More files than are listed; search finds them.", level });
  }
}

/** The row that the keyboard comes to: the focused one while it is there, or else the first. */
export function tabStopOf(rows: readonly Row[], focused: string | null): string | null {
  const paths = rows.flatMap((row) => (row.kind === "entry" ? [row.entry.path] : []));
  return paths.find((it) => it === focused) ?? paths[0] ?? null;
}

export function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}

export function joinPath(parent: string, name: string): string {
  return parent === "" ? name : `${parent}/${name}`;
}

/** Why a name cannot be given, or null when it can. */
export function nameProblem(name: string): string | null {
  if (name === "") return "Type a name.";
  if (name === "." || name === ".." || name.split("/").some((it) => ["", ".", ".."].includes(it))) {
    return "Names cannot be empty, “.” or “..”.";
  }
  if (name.includes("\\")) return "Names cannot have a backslash.";
  return null;
}

/** News within this time are answered with one listing, in milliseconds. */
const GATHER_MS = 80;

export class FileTreeStore {
  readonly #cell: Cell<TreeState>;
  readonly #workspaceId: string;
  readonly #stale = new Set<string>();
  #gathering: ReturnType<typeof setTimeout> | undefined;

  constructor(workspaceId: string) {
    this.#workspaceId = workspaceId;
    this.#cell = new Cell(EMPTY_TREE);
    const workspace = workspaceStore(workspaceId);
    workspace.files.on((news) => {
      if (news.kind === "rescan") this.refresh();
      else if (news.change === "renamed" && news.from !== null) this.#renamed(news.from, news.path);
      else if (news.change !== "modified") this.#markStale(parentOf(news.path));
    });
    let connection = workspace.get().connection;
    let setup = workspace.get().runtime?.setup.status;
    workspace.subscribe(() => {
      const next = workspace.get();
      const nextSetup = next.runtime?.setup.status;
      const back = next.connection === "live" && connection !== "live";
      if (back || nextSetup !== setup) this.refresh();
      connection = next.connection;
      setup = nextSetup;
    });
    void this.#list("");
  }

  get get() {
    return this.#cell.get;
  }

  get subscribe() {
    return this.#cell.subscribe;
  }

  /** Reads every unfolded directory again. */
  readonly refresh = (): void => {
    for (const path of this.get().unfolded) this.#markStale(path);
  };

  focus(path: string | null): void {
    this.#cell.update((it) => ({ ...it, focused: path }));
  }

  toggle(path: string): void {
    const unfolded = new Set(this.get().unfolded);
    if (!unfolded.delete(path)) {
      unfolded.add(path);
      void this.#list(path);
    }
    this.#cell.update((it) => ({ ...it, unfolded }));
  }

  unfold(path: string): void {
    if (path !== "" && !this.get().unfolded.has(path)) this.toggle(path);
  }

  /** Unfolds every folder above a file; the keyboard comes to it next. */
  reveal(path: string): void {
    for (let end = path.indexOf("/"); end > 0; end = path.indexOf("/", end + 1))
      this.unfold(path.slice(0, end));
    this.focus(path);
  }

  foldAll(): void {
    this.#cell.update((it) => ({ ...it, unfolded: new Set([""]) }));
  }

  /** Starts typing a name. */
  name(naming: Naming | null): void {
    if (naming !== null && naming.kind !== "rename") this.unfold(naming.parent);
    this.#cell.update((it) => ({ ...it, naming }));
  }

  /** Ends typing a name: creates or renames. Throws what the kernel says. */
  async named(naming: Naming, name: string): Promise<void> {
    if (naming.kind === "rename") {
      const to = joinPath(parentOf(naming.path), name);
      if (to !== naming.path) await this.move(naming.path, to);
    } else {
      const path = joinPath(naming.parent, name);
      if (naming.kind === "directory") await makeDirectory(this.#workspaceId, path);
      else await writeFile(this.#workspaceId, path, "", null);
      await this.#list(parentOf(path));
      this.focus(path);
      if (naming.kind === "file") this.open(path);
    }
    this.name(null);
  }

  /** Shows a file in the editor, on a phone too. */
  readonly open = (path: string): void => {
    editorStore(this.#workspaceId).openFile(path);
    layoutStore(this.#workspaceId).showEditor();
  };

  async move(from: string, to: string): Promise<void> {
    await renamePath(this.#workspaceId, from, to);
    editorStore(this.#workspaceId).renamed(from, to);
    await Promise.all([this.#list(parentOf(from)), this.#list(parentOf(to))]);
    this.focus(to);
  }

  /** Copies beside the original under a free name. */
  async duplicate(path: string): Promise<void> {
    const to = this.#freeName(path);
    await copyPath(this.#workspaceId, path, to);
    await this.#list(parentOf(path));
    this.focus(to);
  }

  async remove(path: string): Promise<void> {
    await deletePath(this.#workspaceId, path);
    await this.#list(parentOf(path));
  }

  /** Somebody moved a file or directory: what was open stays open. */
  #renamed(from: string, to: string): void {
    editorStore(this.#workspaceId).renamed(from, to);
    this.#cell.update((it) => ({
      ...it,
      unfolded: new Set([...it.unfolded].map((path) => movedPath(path, from, to))),
      focused: it.focused === null ? null : movedPath(it.focused, from, to),
    }));
    this.#markStale(parentOf(from));
    this.#markStale(parentOf(to));
    for (const path of this.get().unfolded) {
      if (path === to || path.startsWith(`${to}/`)) void this.#list(path);
    }
  }

  /** Lists a directory again after something outside the tree changed it. */
  relist(path: string): void {
    this.#markStale(path);
  }

  #freeName(path: string): string {
    const parent = parentOf(path);
    const listed = this.get().directories.get(parent);
    const taken = new Set(listed?.kind === "listed" ? listed.entries.map((it) => it.name) : []);
    const name = path.slice(path.lastIndexOf("/") + 1);
    const dot = name.lastIndexOf(".");
    const [stem, ending] = 0 < dot ? [name.slice(0, dot), name.slice(dot)] : [name, ""];
    for (let count = 1; ; count += 1) {
      const candidate = `${stem} copy${count === 1 ? "" : ` ${count}`}${ending}`;
      if (!taken.has(candidate)) return joinPath(parent, candidate);
    }
  }

  #markStale(path: string): void {
    if (!this.get().directories.has(path)) return;
    this.#stale.add(path);
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined;
      const stale = [...this.#stale];
      this.#stale.clear();
      for (const it of stale) void this.#list(it);
    }, GATHER_MS);
  }

  async #list(path: string): Promise<void> {
    if (!this.get().directories.has(path)) this.#put(path, { kind: "loading" });
    try {
      const listing = await listDirectory(this.#workspaceId, path);
      this.#put(path, { kind: "listed", entries: listing.entries, truncated: listing.truncated });
    } catch (error) {
      const known = this.get().directories.get(path);
      // What was listed stays on screen while the server is away.
      if (known?.kind !== "listed") this.#put(path, { kind: "failed", message: messageOf(error) });
    }
  }

  #put(path: string, directory: Directory): void {
    this.#cell.update((it) => ({ ...it, directories: new Map(it.directories).set(path, directory) }));
  }
}

const trees = new Map<string, FileTreeStore>();

/** The file tree of a workspace; one per page. */
export function fileTree(workspaceId: string): FileTreeStore {
  const known = trees.get(workspaceId);
  if (known !== undefined) return known;
  const made = new FileTreeStore(workspaceId);
  trees.set(workspaceId, made);
  return made;
}
