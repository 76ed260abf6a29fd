/** The repository of a workspace as the page knows it: asked for when something tells of a change. */
import { messageOf } from "../api/client";
import { git } from "../api/git";
import type { GitChange, GitDiscarded, GitEntry, GitStatus } from "../api/types";
import { notify, notifyFailure } from "./notices";
import { Cell, type Store } from "./store";
import { workspaceStore } from "./workspace-store";

/** Waits for the rest of a burst of changes, in milliseconds. */
const SETTLE_MS = 200;

export interface GitView {
  /** Null before the first answer. */
  status: GitStatus | null;
  /** Why the status cannot be shown. */
  error: string | null;
  /** A change that this page asked for is under way. */
  busy: boolean;
  /** Rises whenever what a diff or the history shows may have changed. */
  revision: number;
}

const UNKNOWN: GitView = { status: null, error: null, busy: false, revision: 0 };

export class GitStore implements Store<GitView> {
  readonly #id: string;
  readonly #view = new Cell<GitView>(UNKNOWN);
  #listeners = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking = false;
  #again = false;
  #forget: (() => void)[] = [];

  constructor(id: string) {
    this.#id = id;
  }

  readonly get = (): GitView => this.#view.get();

  /** Keeps the status fresh while somebody listens. */
  readonly subscribe = (listener: () => void): (() => void) => {
    const forget = this.#view.subscribe(listener);
    this.#listeners += 1;
    if (this.#listeners === 1) {
      const store = workspaceStore(this.#id);
      this.#forget = [
        store.files.on(() => this.#soon()),
        store.git.on((task) => {
          // Progress is shown at once; the status follows when it has settled.
          const { status } = this.get();
          if (task !== null && status !== null) this.#change({ status: { ...status, task } });
          if (task?.status !== "running") this.#soon();
        }),
      ];
      void this.#ask();
    }
    return () => {
      forget();
      this.#listeners -= 1;
      if (this.#listeners > 0) return;
      clearTimeout(this.#timer);
      for (const each of this.#forget) each();
    };
  };

  readonly refresh = (): void => void this.#ask();

  /**
   * Does something that changes the repository; a failure is told as `what`, unless `refused` takes
   * care of it. True when it was done.
   */
  readonly run = async (
    what: string,
    action: () => Promise<GitStatus>,
    refused: (error: unknown) => boolean = () => false,
  ): Promise<boolean> => {
    this.#change({ busy: true });
    try {
      const status = await action();
      this.#change({ status, error: null, revision: this.get().revision + 1 });
      return true;
    } catch (error) {
      if (!refused(error)) notifyFailure(what, error);
      this.#soon();
      return false;
    } finally {
      this.#change({ busy: false });
    }
  };

  /** As {@link run}, for what throws changes away: offers to bring them back. */
  readonly discard = (done: string, action: () => Promise<GitDiscarded>): Promise<boolean> =>
    this.run("Nothing was discarded", async () => this.#undoable("discard", done, await action()));

  /** Decides a conflict; offers to open it again, and calls `reopened` when that was done. */
  readonly resolve = (
    path: string,
    side: "ours" | "theirs" | undefined,
    reopened: () => Promise<unknown>,
  ): Promise<boolean> =>
    this.run("It was not resolved", async () => {
      const answer = await git.resolve(this.#id, path, side);
      return this.#undoable("resolve", `Resolved ${path}`, answer, reopened);
    });

  /** Offers for a while to take back what was done. */
  #undoable(
    key: string,
    title: string,
    { status, undo }: GitDiscarded,
    afterwards?: () => Promise<unknown>,
  ): GitStatus {
    if (undo.length === 0) return status;
    const back = () =>
      void this.run("It was not brought back", async () => {
        const restored = await git.undo(this.#id, undo);
        await afterwards?.();
        return restored;
      });
    notify({ key, tone: "info", title, action: { label: "Undo", run: back } });
    return status;
  }

  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(), SETTLE_MS);
  }

  async #ask(): Promise<void> {
    if (this.#asking) {
      this.#again = true;
      return;
    }
    this.#asking = true;
    try {
      const status = await git.status(this.#id);
      this.#change({ status, error: null, revision: this.get().revision + 1 });
    } catch (error) {
      this.#change({ error: messageOf(error) });
    } finally {
      this.#asking = false;
    }
    if (this.#again) {
      this.#again = false;
      this.#soon();
    }
  }

  #change(change: Partial<GitView>): void {
    this.#view.update((view) => ({ ...view, ...change }));
  }
}

/** The entries of a status in the groups that people think in. */
export function groups(entries: readonly GitEntry[]) {
  return {
    conflicts: entries.filter((it) => it.conflict !== undefined && it.conflict !== null),
    staged: entries.filter((it) => !it.conflict && it.staged !== "unchanged"),
    changes: entries.filter((it) => !it.conflict && it.unstaged !== "unchanged"),
  };
}

/** One letter for a change, as Git's own users know it. */
export function letterOf(change: GitChange): string {
  const letters = {
    unchanged: "",
    added: "A",
    modified: "M",
    type_changed: "T",
    deleted: "D",
    renamed: "R",
    copied: "C",
    untracked: "U",
  };
  return letters[change];
}

/** What a path in the tree is marked with: its own change, or `·` for a folder with changes below. */
export function marksOf(entries: readonly GitEntry[]): Map<string, string> {
  const marks = new Map<string, string>();
  for (const entry of entries) {
    const change = entry.unstaged === "unchanged" ? entry.staged : entry.unstaged;
    marks.set(entry.path, entry.conflict ? "!" : letterOf(change));
    for (let end = entry.path.lastIndexOf("/"); end > 0; end = entry.path.lastIndexOf("/", end - 1)) {
      const folder = entry.path.slice(0, end);
      if (marks.has(folder)) break;
      marks.set(folder, "·");
    }
  }
  return marks;
}

const stores = new Map<string, GitStore>();

/** The repository of a workspace; one per page. */
export function gitStore(id: string): GitStore {
  const known = stores.get(id);
  if (known !== undefined) return known;
  const store = new GitStore(id);
  stores.set(id, store);
  return store;
}
