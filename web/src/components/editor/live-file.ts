/** One open file that is a live document: its text as the editor has it, and what can be done with it. */
import { gotoLine } from "@codemirror/search";
import { type ChangeSpec, EditorState, type Transaction } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { yCollab } from "y-codemirror.next";
import * as Y from "yjs";
import { resolveConflict } from "../../api/documents";
import { readFile, writeFile } from "../../api/kernel";
import type { DocumentConflict, Keep } from "../../api/types";
import { DocumentConnection } from "../../live/documents/document-connection";
import { type Peer, peersOf, placeIn } from "../../live/documents/peers";
import type { Replica } from "../../live/documents/replica";
import type { Owner, Unsent } from "../../live/documents/unsent";
import { followStore } from "../../live/follow-store";
import { notifyFailure } from "../../live/notices";
import { Cell, Signal, type Store } from "../../live/store";
import { workspaceStore } from "../../live/workspace-store";
import { attachBlame } from "../git/attach-blame";
import { attachLanguage } from "../language/attach-language";
import { conflicts, goToConflict, type PlacedConflict, setConflicts } from "./conflict-extension";
import type { EditedText } from "./edited-text";
import { editorExtensions, indentation, indentWith } from "./editor-extensions";
import { indentationOf } from "./file-content";
import { placeInWords } from "./place-in-words";
import { presence } from "./presence-extension";
import { historyOfDocument } from "./undo";

/** What is typed within this time is undone together, in milliseconds. */
const UNDO_TOGETHER_MS = 500;

/** Adds to an editor; returns what takes it away. */
type Attach = (view: EditorView) => () => void;

/** An editor's state is made from one replica; another replica is another text. */
interface Opened {
  replica: Replica;
  undo: Y.UndoManager;
  forget: () => void;
}

export class LiveFile implements EditedText {
  readonly connection: DocumentConnection;
  /** Rises when the text is begun anew; 0 before it is there. */
  readonly edition = new Cell(0);
  /** How often its person asked to save it; it is saved soon anyway. */
  readonly asked = new Cell(0);
  /** Which conflict is looked at in detail. */
  readonly comparing = new Cell<number | null>(null);
  /** The text as it is, for views beside the editor. */
  readonly text: Store<string>;
  /** Where the cursor is, in words. */
  readonly place = new Cell("");
  /** Everybody else who has the file open. */
  readonly peers: Store<readonly Peer[]>;
  state: EditorState = EditorState.create();
  readonly #workspaceId: string;
  readonly #principal: string | null;
  readonly #changed = new Signal<void>();
  readonly #peers = new Cell<readonly Peer[]>([]);
  readonly #forget: () => void;
  #opened: Opened | null = null;
  readonly #attach: Attach[] = [];
  #editor: EditorView | null = null;
  #marking = false;
  #unmarked = true;
  #string: string | null = null;

  constructor(workspaceId: string, path: string, owner: Owner | null) {
    this.#workspaceId = workspaceId;
    this.#principal = owner?.principal ?? null;
    this.connection = new DocumentConnection(workspaceId, path, owner);
    this.#forget = this.connection.view.subscribe(() => this.#follow());
    this.peers = this.#peers;
    this.text = {
      get: () => {
        this.#string ??= this.#opened?.replica.text.toString() ?? "";
        return this.#string;
      },
      subscribe: this.#changed.on,
    };
  }

  get path(): string {
    return this.connection.view.get().path;
  }

  show(editor: EditorView | null): void {
    this.#editor = editor;
    this.#mark();
  }

  took(transaction: Transaction): void {
    this.state = transaction.state;
    if (transaction.docChanged || transaction.selection !== undefined) this.#tellPlace();
  }

  /** Asks for a line to go to. */
  readonly goToLine = (): void => {
    if (this.#editor !== null) gotoLine(this.#editor);
  };

  #tellPlace(): void {
    this.place.set(placeInWords(this.state));
  }

  /** Adds what a language server and Git can tell to an editor that shows this; one value for one wish. */
  attach(readOnly: boolean): Attach {
    const index = readOnly ? 1 : 0;
    const known = this.#attach[index];
    if (known !== undefined) return known;
    const made: Attach = (view) => {
      const detach = [
        attachLanguage(this.#workspaceId, this, view, readOnly),
        attachBlame(this.#workspaceId, this, view),
      ];
      return () => {
        for (const each of detach) each();
      };
    };
    this.#attach[index] = made;
    return made;
  }

  dispose(): void {
    this.#forget();
    this.#close();
    this.connection.dispose();
  }

  /** Has the file written now, and that said; a file that was deleted is made again. */
  readonly save = (): void => {
    if (this.connection.view.get().end === "deleted") {
      void this.createAgain();
      return;
    }
    this.asked.update((it) => it + 1);
    if (this.connection.view.get().readOnly === null) this.connection.save();
  };

  /** Writes a file of its own with the text, for when the document's file is gone or cannot be joined. */
  async saveAs(path: string, text: string): Promise<void> {
    await writeFile(this.#workspaceId, path, text, null);
  }

  /** The file was deleted: makes it again with what is here. */
  async createAgain(): Promise<void> {
    try {
      await this.saveAs(this.path, this.text.get());
      this.connection.reopen(true);
    } catch (error) {
      notifyFailure(`${this.path} was not made again`, error);
    }
  }

  /** Writes a text of another encoding anew as UTF-8, so that it can be edited. */
  async convert(): Promise<void> {
    const { encoding } = this.connection.view.get();
    try {
      const { bytes, etag } = await readFile(this.#workspaceId, this.path);
      const text = new TextDecoder(encoding ?? "utf-8").decode(bytes);
      await writeFile(this.#workspaceId, this.path, text, etag);
      this.connection.reopen(true);
    } catch (error) {
      notifyFailure(`${this.path} was not converted`, error);
    }
  }

  async decide(id: number, keep: Keep): Promise<void> {
    try {
      await resolveConflict(this.#workspaceId, this.path, { id, keep });
      this.comparing.set(null);
      this.#editor?.focus();
    } catch (error) {
      notifyFailure("The conflict was not settled", error);
    }
  }

  goToConflict(conflict: DocumentConflict): void {
    const placed = this.#placed().find((it) => it.conflict.id === conflict.id);
    if (placed !== undefined && this.#editor !== null) goToConflict(this.#editor, placed);
  }

  /** Puts aside text to rest: a person has it elsewhere, or does not want it. */
  forget(unsent: Unsent): void {
    this.connection.forget(unsent);
  }

  /** Follows the connection: a complete replica that is not shown yet is opened. */
  #follow(): void {
    const { phase } = this.connection.view.get();
    const replica = this.connection.replica.get();
    if (this.#opened !== null && this.#opened.replica !== replica) this.#close();
    if (phase === "live" && this.#opened === null) this.#open(replica);
    this.#mark();
  }

  #open(replica: Replica): void {
    const undo = new Y.UndoManager(replica.text, {
      captureTimeout: UNDO_TOGETHER_MS,
      trackedOrigins: new Set(),
    });
    const changed = (event: Y.YTextEvent) => {
      this.#string = null;
      if (this.#editor === null) this.#take(event);
      this.#changed.emit();
      this.#mark();
    };
    const met = () => this.#peers.set(peersOf(replica.awareness, replica.text));
    replica.text.observe(changed);
    replica.awareness.on("change", met);
    const forget = () => {
      replica.text.unobserve(changed);
      replica.awareness.off("change", met);
      undo.destroy();
    };
    this.#opened = { replica, undo, forget };
    this.#string = null;
    this.#unmarked = true;
    this.state = this.#begin(replica, undo);
    met();
    this.#tellPlace();
    this.edition.update((it) => it + 1);
    this.#changed.emit();
  }

  #begin(replica: Replica, undo: Y.UndoManager): EditorState {
    const doc = replica.text.toString();
    const unit = indentationOf(doc);
    const workspace = workspaceStore(this.#workspaceId);
    const state = EditorState.create({
      doc,
      // The cursor stays where it was when a text was begun anew.
      selection: { anchor: Math.min(this.state.selection.main.head, doc.length) },
      extensions: [
        // Any other separator would make the places here and there differ.
        EditorState.lineSeparator.of("\n"),
        EditorView.clipboardInputFilter.of((text) => text.replaceAll(/\r\n?/g, "\n")),
        editorExtensions(this.path, this.save, [
          yCollab(replica.text, null, { undoManager: undo }),
          historyOfDocument(undo),
        ]),
        presence({
          replica,
          page: { get: () => workspace.get().self, subscribe: workspace.subscribe },
          principal: this.#principal,
          followed: followStore(this.#workspaceId),
        }),
        conflicts({
          readOnly: () => this.connection.view.get().readOnly !== null,
          decide: (id, keep) => void this.decide(id, keep),
          compare: (id) => this.comparing.set(id),
        }),
      ],
    });
    if (unit === null) return state;
    return state.update({ effects: indentation.reconfigure(indentWith(unit)) }).state;
  }

  /** Follows the others while no editor does it. */
  #take(event: Y.YTextEvent): void {
    let from = 0;
    const changes: ChangeSpec[] = [];
    for (const { insert, delete: removed, retain } of event.delta) {
      if (typeof insert === "string") changes.push({ from, insert });
      else if (removed !== undefined) changes.push({ from, to: from + removed });
      from += removed ?? retain ?? 0;
    }
    this.state = this.state.update({ changes }).state;
  }

  #close(): void {
    this.#opened?.forget();
    this.#opened = null;
    this.#peers.set([]);
  }

  #placed(): PlacedConflict[] {
    const text = this.#opened?.replica.text;
    if (text === undefined) return [];
    return this.connection.view
      .get()
      .conflicts.flatMap((conflict) => {
        const [from, to] = [placeIn(text, conflict.from), placeIn(text, conflict.to)];
        return from === null || to === null ? [] : [{ conflict, from, to: Math.max(from, to) }];
      })
      .toSorted((a, b) => a.from - b.from);
  }

  /** Marks conflicts where they are by now; a moment later, when text and editor agree again. */
  #mark(): void {
    const none = this.#unmarked && this.connection.view.get().conflicts.length === 0;
    if (none || this.#marking || this.#opened === null) return;
    this.#marking = true;
    queueMicrotask(() => {
      this.#marking = false;
      const placed = this.#placed();
      this.#unmarked = placed.length === 0;
      const spec = { effects: setConflicts.of(placed) };
      if (this.#editor !== null) this.#editor.dispatch(spec);
      else if (this.#opened !== null) this.state = this.state.update(spec).state;
    });
  }
}
