/** A file in a tab: a live document, or, where it cannot be one, what is on disk. */

import { isReadable } from "../../api/kernel";
import type { End } from "../../live/documents/document-machine";
import { isKept, type Owner } from "../../live/documents/unsent";
import { Cell } from "../../live/store";
import { isMedia } from "../viewers/file-kinds";
import { editorExtensions } from "./editor-extensions";
import { FileDocument } from "./file-document";
import { LiveFile } from "./live-file";
import { historyOfEditor } from "./undo";

/** Why a file is not edited together. */
export type Alone = Extract<End, "too_large" | "not_text" | "too_many"> | "reserved";

export type Shown =
  | { kind: "live"; file: LiveFile }
  | { kind: "plain"; file: FileDocument; alone: Alone | null };

const ALONE: readonly (End | null)[] = ["too_large", "not_text", "too_many"] satisfies Alone[];

export class OpenFile {
  readonly shown: Cell<Shown>;
  readonly #workspaceId: string;
  #forget: () => void = () => undefined;

  constructor(workspaceId: string, path: string, owner: Owner | null) {
    this.#workspaceId = workspaceId;
    if (isMedia(path)) {
      this.shown = new Cell<Shown>({ kind: "plain", file: this.#plain(path), alone: null });
      return;
    }
    const file = new LiveFile(workspaceId, path, owner);
    this.shown = new Cell<Shown>({ kind: "live", file });
    this.#forget = file.connection.view.subscribe(() => this.#judge(file));
  }

  get path(): string {
    return this.shown.get().file.path;
  }

  /** Text that is not where it belongs, and would be missed. */
  get isUnsaved(): boolean {
    const shown = this.shown.get();
    if (shown.kind === "plain") return shown.file.view.get().dirty;
    const { unsent, saving, phase } = shown.file.connection.view.get();
    return (unsent && phase !== "live") || saving === "storage_full" || saving === "failed";
  }

  /** The browser could not keep what was typed: leaving the page would lose it. */
  get isAtRisk(): boolean {
    const shown = this.shown.get();
    if (shown.kind === "plain") return false;
    const { atRisk, stranded } = shown.file.connection.view.get();
    return atRisk || stranded.some((it) => !isKept(it));
  }

  /** Something typed is on its way, or may be once the document is there. */
  get isBusy(): boolean {
    const shown = this.shown.get();
    if (shown.kind === "plain") return false;
    const { unsent, phase } = shown.file.connection.view.get();
    return phase === "opening" || (unsent && phase !== "ended");
  }

  save(): void {
    const shown = this.shown.get();
    void shown.file.save();
  }

  /** The file on disk is another by now. */
  changed(): void {
    const shown = this.shown.get();
    if (shown.kind === "plain") {
      void shown.file.load();
      return;
    }
    void this.#findAgain(shown.file);
  }

  renamed(path: string): void {
    const shown = this.shown.get();
    if (shown.kind === "plain") shown.file.path = path;
    else shown.file.connection.renamed(path);
  }

  subscribe(listener: () => void): () => void {
    let forget = subscribeTo(this.shown.get(), listener);
    const forgetShown = this.shown.subscribe(() => {
      forget();
      forget = subscribeTo(this.shown.get(), listener);
      listener();
    });
    return () => {
      forget();
      forgetShown();
    };
  }

  dispose(): void {
    this.#forget();
    this.shown.get().file.dispose();
  }

  /** What cannot be a document is shown as what it is. */
  #judge(file: LiveFile): void {
    const { end } = file.connection.view.get();
    if (ALONE.includes(end)) this.#becomePlain(file, end as Alone);
    else if (end === "missing") void this.#judgeMissing(file);
  }

  /** A file that was gone is there again; what was typed meanwhile is offered beside it. */
  async #findAgain({ path, connection }: LiveFile): Promise<void> {
    const isGone = () => ["deleted", "missing"].includes(connection.view.get().end ?? "");
    if (isGone() && (await isReadable(this.#workspaceId, path)) && isGone()) connection.reopen(false);
  }

  /** Some files are there and are not for editing, as those of Git. */
  async #judgeMissing(file: LiveFile): Promise<void> {
    const there = await isReadable(this.#workspaceId, file.path);
    if (there && file.connection.view.get().end === "missing") this.#becomePlain(file, "reserved");
  }

  #becomePlain(file: LiveFile, alone: Alone): void {
    if (this.shown.get().file !== file) return;
    this.#forget();
    this.shown.set({ kind: "plain", file: this.#plain(file.path), alone });
    file.dispose();
  }

  #plain(path: string): FileDocument {
    const document: FileDocument = new FileDocument(
      this.#workspaceId,
      path,
      editorExtensions(path, () => void document.save(), historyOfEditor),
    );
    return document;
  }
}

function subscribeTo({ kind, file }: Shown, listener: () => void): () => void {
  return kind === "plain" ? file.view.subscribe(listener) : file.connection.view.subscribe(listener);
}
