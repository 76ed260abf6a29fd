/** One open file that is no live document: its text, what is on disk, and what to do when the two part. */
import { diff } from "@codemirror/merge";
import { EditorState, type Extension, type Text, Transaction, type TransactionSpec } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";
import { ApiError, messageOf } from "../../api/client";
import { readFile, writeFile } from "../../api/kernel";
import { Cell } from "../../live/store";
import { isMedia } from "../viewers/file-kinds";
import { dropDraft, keepDraft, takeDraft } from "./drafts";
import type { EditedText } from "./edited-text";
import { indentation, indentWith } from "./editor-extensions";
import { type Decoded, decodeText, indentationOf } from "./file-content";

export type Content =
  | { kind: "loading" }
  | { kind: "text" }
  | { kind: "media"; version: number }
  | { kind: "binary"; bytes: number }
  | { kind: "failed"; message: string; missing: boolean };

/** Why the text here and the file on disk are not one. */
export type Trouble =
  | { kind: "conflict"; disk: string; etag: string }
  | { kind: "deleted" }
  | { kind: "failed"; message: string };

export interface DocumentView {
  readonly content: Content;
  readonly dirty: boolean;
  readonly saving: boolean;
  readonly trouble: Trouble | null;
}

/** Marks transactions that bring the text on disk into the editor; they are not the person's to undo. */
const FROM_DISK = Transaction.userEvent.of("stead.disk");
/** A draft is kept this long after the last key, in milliseconds. */
const DRAFT_DELAY_MS = 400;
/** Larger texts are shown without drafts, in characters. */
const DRAFT_LENGTH_MOST = 200_000;

export class FileDocument implements EditedText {
  readonly view = new Cell<DocumentView>({
    content: { kind: "loading" },
    dirty: false,
    saving: false,
    trouble: null,
  });
  state: EditorState;
  path: string;
  readonly #workspaceId: string;
  #onDisk: Text;
  #etag: string | null = null;
  #decoded: Pick<Decoded, "lineBreak" | "mark"> = { lineBreak: "\n", mark: "" };
  #editor: EditorView | null = null;
  #draftTimer: ReturnType<typeof setTimeout> | undefined;
  #loading: Promise<void> | null = null;

  constructor(workspaceId: string, path: string, extensions: Extension) {
    this.#workspaceId = workspaceId;
    this.path = path;
    this.state = EditorState.create({ extensions });
    this.#onDisk = this.state.doc;
    void this.load();
  }

  /** The editor that shows the text now; null when another tab is in front. */
  show(editor: EditorView | null): void {
    this.#editor = editor;
  }

  /** Takes what the person did in the editor. */
  took(transaction: Transaction): void {
    this.state = transaction.state;
    if (!transaction.docChanged) return;
    this.#measure();
    clearTimeout(this.#draftTimer);
    this.#draftTimer = setTimeout(() => this.#draft(), DRAFT_DELAY_MS);
  }

  dispose(): void {
    clearTimeout(this.#draftTimer);
    if (this.view.get().dirty) this.#draft();
  }

  /** Reads the file; what is unsaved here stays. One read at a time. */
  load(): Promise<void> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  /** Writes the text unless the file changed behind it; then both are kept and shown. */
  async save(): Promise<void> {
    const { content, saving } = this.view.get();
    if (content.kind !== "text" || saving) return;
    const written = this.state.doc;
    this.#change({ saving: true });
    try {
      const answer = await writeFile(this.#workspaceId, this.path, this.#encoded(written), this.#etag);
      this.#etag = answer.etag;
      this.#onDisk = written;
      this.#change({ saving: false, trouble: null });
    } catch (error) {
      this.#change({ saving: false });
      if (error instanceof ApiError && error.code === "precondition_failed") await this.load();
      else this.#change({ trouble: { kind: "failed", message: messageOf(error) } });
    }
    this.#measure();
  }

  /** Settles a conflict: `mine` overwrites the disk, `disk` takes its text (undo brings mine back). */
  async settle(choice: "mine" | "disk"): Promise<void> {
    const { trouble } = this.view.get();
    if (trouble?.kind !== "conflict") return;
    this.#etag = trouble.etag;
    if (choice === "mine") {
      await this.save();
      return;
    }
    const before = this.state.doc;
    this.#dispatch({ changes: { from: 0, to: before.length, insert: trouble.disk } });
    this.#onDisk = this.state.doc;
    this.#change({ trouble: null });
    this.#measure();
  }

  /** The file went away. What is here stays until the tab is closed. */
  deleted(): void {
    if (this.view.get().content.kind !== "text") return;
    this.#etag = null;
    this.#change({ trouble: { kind: "deleted" }, dirty: true });
  }

  async #load(): Promise<void> {
    if (isMedia(this.path)) {
      this.#change({ content: { kind: "media", version: Date.now() } });
      return;
    }
    try {
      const { bytes, etag } = await readFile(this.#workspaceId, this.path);
      this.#take(decodeText(bytes), bytes.length, etag);
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    const missing = error instanceof ApiError && error.code === "not_found";
    if (this.view.get().content.kind !== "text") {
      this.#change({ content: { kind: "failed", message: messageOf(error), missing } });
    } else if (missing) this.deleted();
  }

  #take(decoded: Decoded | null, length: number, etag: string): void {
    if (decoded === null) {
      this.#change({ content: { kind: "binary", bytes: length }, trouble: null });
      return;
    }
    const first = this.view.get().content.kind !== "text";
    const { dirty } = this.view.get();
    const disk = this.state.toText(decoded.text);
    if (first) this.#begin(decoded, disk, etag);
    else if (disk.eq(this.state.doc)) this.#settled(disk, etag);
    else if (!dirty) this.#follow(decoded, disk, etag);
    else if (etag !== this.#etag) {
      this.#change({ trouble: { kind: "conflict", disk: decoded.text, etag } });
    }
  }

  /** First text of the file, or the draft that an earlier page left. */
  #begin(decoded: Decoded, disk: Text, etag: string): void {
    this.#decoded = decoded;
    const draft = takeDraft(this.#workspaceId, this.path);
    this.#dispatch({ changes: { from: 0, to: this.state.doc.length, insert: disk } }, false);
    this.#settled(disk, etag);
    const unit = indentationOf(decoded.text);
    if (unit !== null) this.#dispatch({ effects: indentation.reconfigure(indentWith(unit)) }, false);
    this.#change({ content: { kind: "text" } });
    if (draft === null || draft.text === decoded.text) return;
    this.#dispatch({ changes: changesTo(this.state.doc, draft.text) });
    if (draft.etag !== etag) this.#change({ trouble: { kind: "conflict", disk: decoded.text, etag } });
    this.#measure();
  }

  /** Nobody typed here: the editor follows the disk, cursor and scroll position stay. */
  #follow(decoded: Decoded, disk: Text, etag: string): void {
    this.#decoded = decoded;
    this.#dispatch({ changes: changesTo(this.state.doc, decoded.text), annotations: FROM_DISK });
    this.#settled(disk, etag);
  }

  #settled(disk: Text, etag: string): void {
    this.#onDisk = disk;
    this.#etag = etag;
    this.#change({ trouble: null });
    this.#measure();
  }

  #dispatch(spec: TransactionSpec, undoable = true): void {
    const annotations = undoable ? [] : [Transaction.addToHistory.of(false)];
    const full: TransactionSpec[] = [spec, { annotations }];
    if (this.#editor !== null) this.#editor.dispatch(...full);
    else this.took(this.state.update(...full));
  }

  #encoded(text: Text): string {
    return this.#decoded.mark + text.sliceString(0, text.length, this.#decoded.lineBreak);
  }

  #measure(): void {
    const gone = this.view.get().trouble?.kind === "deleted";
    const dirty = gone || !this.#onDisk.eq(this.state.doc);
    this.#change({ dirty });
    if (!dirty) {
      clearTimeout(this.#draftTimer);
      dropDraft(this.#workspaceId, this.path);
    }
  }

  /** Keeps unsaved text over a reload or a crash of the browser. */
  #draft(): void {
    if (!this.view.get().dirty || DRAFT_LENGTH_MOST < this.state.doc.length) return;
    keepDraft(this.#workspaceId, this.path, { text: this.state.doc.toString(), etag: this.#etag });
  }

  #change(change: Partial<DocumentView>): void {
    const next = { ...this.view.get(), ...change };
    const last = this.view.get();
    const same =
      next.content === last.content &&
      next.dirty === last.dirty &&
      next.saving === last.saving &&
      next.trouble === last.trouble;
    if (!same) this.view.set(next);
  }
}

/** The smallest changes that turn a text into another, so that cursors and marks stay put. */
function changesTo(doc: Text, text: string) {
  const old = doc.toString();
  const fresh = text.replaceAll(/\r\n?/g, "\n");
  return diff(old, fresh, { scanLimit: 500 }).map((it) => ({
    from: it.fromA,
    to: it.toA,
    insert: fresh.slice(it.fromB, it.toB),
  }));
}
