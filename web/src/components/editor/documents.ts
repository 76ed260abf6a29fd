/** The open files of a workspace as documents, following the editor's tabs and the kernel's news. */
import { editorStore } from "../../live/editor-store";
import { workspaceStore } from "../../live/workspace-store";
import { editorExtensions } from "./editor-extensions";
import { FileDocument } from "./file-document";

/** How long news of files is gathered before files are read again, in milliseconds. */
const GATHER_MS = 60;

export class Documents {
  readonly #workspaceId: string;
  readonly #open = new Map<string, { document: FileDocument; forget: () => void }>();
  readonly #changed = new Set<string>();
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
    editorStore(workspaceId).subscribe(() => this.#prune());
  }

  /** The document of a path, read when it is asked for first. */
  get(path: string): FileDocument {
    const known = this.#open.get(path);
    if (known !== undefined) return known.document;
    const document: FileDocument = new FileDocument(
      this.#workspaceId,
      path,
      editorExtensions(path, () => void document.save()),
    );
    const store = editorStore(this.#workspaceId);
    const forget = document.view.subscribe(() => store.setDirty(document.path, document.view.get().dirty));
    this.#open.set(path, { document, forget });
    return document;
  }

  /** Saves everything that is unsaved. */
  async saveAll(): Promise<void> {
    const dirty = [...this.#open.values()].filter((it) => it.document.view.get().dirty);
    await Promise.all(dirty.map((it) => it.document.save()));
  }

  #gather(): void {
    if (this.#changed.size === 0 || this.#gathering !== undefined) return;
    this.#gathering = setTimeout(() => {
      this.#gathering = undefined;
      for (const path of this.#changed) void this.#open.get(path)?.document.load();
      this.#changed.clear();
    }, GATHER_MS);
  }

  /** Forgets documents whose tab is gone; a renamed file is opened anew under its new path. */
  #prune(): void {
    const paths = new Set(
      editorStore(this.#workspaceId)
        .get()
        .tabs.map((tab) => tab.path),
    );
    for (const [path, { document, forget }] of this.#open) {
      if (paths.has(path)) continue;
      forget();
      document.dispose();
      this.#open.delete(path);
    }
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
