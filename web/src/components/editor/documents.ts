/** The open files of a workspace, following the editor's tabs and the kernel's news. */
import { getMe } from "../../api/gateway";
import { type Owner, unsentOf } from "../../live/documents/unsent";
import { editorStore, movedPath } from "../../live/editor-store";
import { Cell, type Store } from "../../live/store";
import { workspaceStore } from "../../live/workspace-store";
import { OpenFile } from "./open-file";

/** How long news of files is gathered before files are read again, in milliseconds. */
const GATHER_MS = 60;

interface Entry {
  file: OpenFile;
  forget: () => void;
}

export class Documents {
  readonly #workspaceId: string;
  readonly #open = new Map<string, Entry>();
  /** Closed while something was on its way to the kernel. */
  readonly #leaving = new Set<OpenFile>();
  readonly #changed = new Set<string>();
  /** Whose text it is; undefined until that is known, null where nobody is anybody. */
  readonly #owner = new Cell<Owner | null | undefined>(undefined);
  /** Whether files can be opened yet: only after it is known whose page it is. */
  readonly ready: Store<boolean> = {
    get: () => this.#owner.get() !== undefined,
    subscribe: this.#owner.subscribe,
  };
  #gathering: ReturnType<typeof setTimeout> | undefined;

  constructor(workspaceId: string) {
    this.#workspaceId = workspaceId;
    const workspace = workspaceStore(workspaceId);
    workspace.files.on((news) => {
      if (news.kind === "rescan") for (const path of this.#open.keys()) this.#changed.add(path);
      else if (this.#open.has(news.path)) this.#changed.add(news.path);
      this.#gather();
    });
    let connection = workspace.get().connection;
    workspace.subscribe(() => {
      const next = workspace.get().connection;
      // What happened while nobody told us is looked up.
      if (next === "live" && connection !== "live") {
        for (const path of this.#open.keys()) this.#changed.add(path);
        this.#gather();
      }
      connection = next;
    });
    const editor = editorStore(workspaceId);
    editor.moves.on(({ from, to }) => this.#moved(from, to));
    editor.subscribe(() => this.#prune());
    addEventListener("beforeunload", (event) => {
      if ([...this.#open.values()].some((it) => it.file.isAtRisk)) event.preventDefault();
    });
    void this.#recognise();
  }

  /** The file of a path, opened when it is asked for first. */
  get(path: string): OpenFile {
    const known = this.#open.get(path);
    if (known !== undefined) return known.file;
    const file = new OpenFile(this.#workspaceId, path, this.#owner.get() ?? null);
    const tell = () => editorStore(this.#workspaceId).setDirty(file.path, file.isUnsaved);
    this.#open.set(path, { file, forget: file.subscribe(tell) });
    return file;
  }

  async #recognise(): Promise<void> {
    try {
      const { id: principal } = await getMe();
      this.#owner.set({ principal, workspaceId: this.#workspaceId });
      const unsent = unsentOf({ principal, workspaceId: this.#workspaceId });
      this.#deliver(unsent.filter((it) => !it.stranded).map((it) => it.path));
    } catch {
      this.#owner.set(null);
    }
  }

  /** What an earlier page could not send is sent, whether its file is looked at or not. */
  #deliver(paths: readonly string[]): void {
    const tabs = editorStore(this.#workspaceId).get().tabs;
    for (const path of new Set(paths)) {
      const file = this.get(path);
      if (!tabs.some((it) => it.path === path)) this.#release(path, file);
    }
  }

  #gather(): void {
    if (this.#changed.size === 0 || this.#gathering !== undefined) return;
    this.#gathering = setTimeout(() => {
      this.#gathering = undefined;
      for (const path of this.#changed) this.#open.get(path)?.file.changed();
      this.#changed.clear();
    }, GATHER_MS);
  }

  #moved(from: string, to: string): void {
    for (const [path, entry] of [...this.#open]) {
      const next = movedPath(path, from, to);
      if (next === path) continue;
      this.#open.delete(path);
      // What was there is replaced.
      this.#open.get(next)?.file.dispose();
      entry.file.renamed(next);
      this.#open.set(next, entry);
    }
  }

  /** Lets go of files whose tab is gone. */
  #prune(): void {
    const { tabs } = editorStore(this.#workspaceId).get();
    const paths = new Set(tabs.map((tab) => tab.path));
    for (const [path, { file }] of [...this.#open]) if (!paths.has(path)) this.#release(path, file);
  }

  /** What is on its way arrives first. */
  #release(path: string, file: OpenFile): void {
    this.#open.get(path)?.forget();
    this.#open.delete(path);
    this.#leaving.add(file);
    const look = () => {
      if (file.isBusy || !this.#leaving.delete(file)) return;
      forget();
      file.dispose();
    };
    const forget = file.subscribe(look);
    look();
  }
}

const all = new Map<string, Documents>();

/** The documents of a workspace; one set per page. */
export function documents(workspaceId: string): Documents {
  const known = all.get(workspaceId);
  if (known !== undefined) return known;
  const made = new Documents(workspaceId);
  all.set(workspaceId, made);
  return made;
}
