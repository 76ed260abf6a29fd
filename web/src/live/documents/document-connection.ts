/** The connection of one live document: drives {@link step} with a WebSocket, and keeps what was not sent. */
import { applyAwarenessUpdate, encodeAwarenessUpdate } from "y-protocols/awareness";
import * as Y from "yjs";
import { encodePath, socketUrl, workspaceUrl } from "../../api/client";
import { Cell } from "../store";
import { type DocumentState, type Effect, type Input, opening, step } from "./document-machine";
import { Outbox } from "./outbox";
import { Replica } from "./replica";
import { watchSaving } from "./settled";
import { dropUnsent, keepUnsent, type Owner, type Unsent, unsentKey, unsentOf } from "./unsent";
import * as wire from "./wire";

/** The kernel gives a sign of life every 15 s; silence for longer than two of them is the end. */
const SILENCE_MS = 35_000;
/** What is not acknowledged for this long is kept by the browser, in milliseconds; sooner without a connection. */
const KEEP_MS = { live: 2_000, away: 300 };

export interface DocumentView extends DocumentState {
  /** Something was typed that the kernel does not have on disk. */
  unsent: boolean;
  /** It could not be kept by the browser either: it is in this page alone. */
  atRisk: boolean;
  /** What was typed into a document that is no more, to be decided by its person. */
  stranded: readonly Unsent[];
}

export class DocumentConnection {
  readonly view: Cell<DocumentView>;
  readonly replica: Cell<Replica>;
  readonly #workspaceId: string;
  /** Null: nothing is kept, because nobody knows whose it would be. */
  readonly #owner: Owner | null;
  readonly #outbox = new Outbox();
  /** Kept by earlier pages, and taken up by this one. */
  #adopted: Unsent[] = [];
  #kept: Unsent | null = null;
  readonly #unwatch: () => void;
  #socket: WebSocket | null = null;
  /** The kernel asked for what it lacks, and updates can follow. */
  #flowing = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #keeping: ReturnType<typeof setTimeout> | undefined;

  constructor(workspaceId: string, path: string, owner: Owner | null) {
    this.#workspaceId = workspaceId;
    this.#owner = owner;
    this.view = new Cell<DocumentView>({ ...opening(path), unsent: false, atRisk: false, stranded: [] });
    this.replica = new Cell(this.#begin());
    this.#unwatch = watchSaving({ workspaceId, view: this.view });
    addEventListener("online", this.#wake);
    addEventListener("pagehide", this.#keep);
    document.addEventListener("visibilitychange", this.#wake);
    this.#connect();
  }

  /** Begins anew, with what is in the file by now. `written`: that is what is here. */
  reopen(written: boolean): void {
    if (written) {
      this.#outbox.clear();
      this.#arrived();
    }
    this.#step({ kind: "reopen" });
  }

  /** Has the file written now; `writing` of the view says when that is done. */
  save(): void {
    this.#step({ kind: "save" });
  }

  /** The file goes on under another path; the kernel may say so later. */
  renamed(path: string): void {
    this.#set({ path });
  }

  /** A person decided about text that could not be joined. */
  forget(stranded: Unsent): void {
    dropUnsent(stranded);
    this.#set({ stranded: this.view.get().stranded.filter((it) => it.key !== stranded.key) });
  }

  dispose(): void {
    this.#keep();
    this.#leave();
    this.#unwatch();
    clearTimeout(this.#retry);
    removeEventListener("online", this.#wake);
    removeEventListener("pagehide", this.#keep);
    document.removeEventListener("visibilitychange", this.#wake);
    this.replica.get().dispose();
  }

  #begin(): Replica {
    const replica = new Replica();
    replica.doc.on("update", (update: Uint8Array, origin: unknown) => {
      if (origin === this) return;
      this.#outbox.add(update);
      if (this.#flowing) {
        this.#send(wire.update(update));
        this.#outbox.sent();
      }
      this.#measure();
    });
    replica.awareness.on("update", (_: unknown, origin: unknown) => {
      if (origin !== this) this.#present();
    });
    return replica;
  }

  /** Gives the replica up; what was typed into it and nowhere else is put aside. */
  #anew(documentId: string | null): void {
    this.#leave();
    const unsent = this.#record(documentId, true);
    const safe = unsent === null || this.#store(unsent);
    if (safe) for (const it of this.#adopted) dropUnsent(it);
    this.#outbox.clear();
    this.#kept = null;
    this.#adopted = [];
    const old = this.replica.get();
    this.replica.set(this.#begin());
    old.dispose();
    const { stranded } = this.view.get();
    this.#set({ unsent: false, atRisk: false, stranded: unsent === null ? stranded : [...stranded, unsent] });
  }

  #connect(): void {
    clearTimeout(this.#retry);
    this.#leave();
    const at = `${workspaceUrl(this.#workspaceId)}/documents/${encodePath(this.view.get().path)}?stead=1`;
    const socket = new WebSocket(socketUrl(at));
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    socket.onmessage = (event: MessageEvent<ArrayBuffer>) => {
      if (socket !== this.#socket) return;
      this.#listen();
      this.#receive(wire.read(new Uint8Array(event.data)));
    };
    socket.onclose = ({ code, reason }) => {
      if (socket === this.#socket) this.#lost(code, reason);
    };
    this.#listen();
  }

  #receive(message: wire.Incoming): void {
    const replica = this.replica.get();
    switch (message.kind) {
      case "ours":
        this.#step({ kind: "said", message: message.message });
        // The kernel waits for this before it sends the text; it judges by it whether both belong together.
        if (message.message.type === "hello" && this.#socket !== null) {
          this.#send(wire.have(Y.encodeStateVector(replica.doc)));
        }
        break;
      case "have":
        this.#answer(message.vector);
        break;
      case "rest":
        Y.applyUpdate(replica.doc, message.update, this);
        this.#complete();
        break;
      case "update":
        Y.applyUpdate(replica.doc, message.update, this);
        break;
      case "presence":
        applyAwarenessUpdate(replica.awareness, message.entries, this);
        break;
      case "other":
        break;
    }
  }

  /** Sends what the kernel lacks. */
  #answer(vector: Uint8Array): void {
    if (this.view.get().readOnly !== null) return;
    // It asks twice when it could not use an update. From a new connection everything comes in one piece.
    if (this.#flowing) {
      this.#lost(1006, "");
      return;
    }
    this.#send(wire.rest(Y.encodeStateAsUpdate(this.replica.get().doc, vector)));
    this.#outbox.sent();
    this.#flowing = true;
  }

  #complete(): void {
    this.#adopt();
    this.#strand();
    this.#step({ kind: "complete" });
    this.#present();
  }

  /** Takes up what earlier pages of this browser could not send. */
  #adopt(): void {
    const { id } = this.view.get();
    if (this.#adopted.length > 0) return;
    const { doc } = this.replica.get();
    this.#adopted = this.#others().filter((it) => it.documentId === id && !it.stranded);
    for (const it of this.#adopted) Y.applyUpdate(doc, it.update, "kept");
    this.#measure();
  }

  /** What was typed under this path and has no document that it could be joined with. */
  #strand(): void {
    const { id, path, stranded } = this.view.get();
    const found = this.#others().filter((it) => it.path === path && (it.stranded || it.documentId !== id));
    const known = new Set(stranded.map((it) => it.key));
    this.#set({ stranded: [...stranded, ...found.filter((it) => !known.has(it.key))] });
  }

  /** What other pages keep, of the past or of now. */
  #others(): Unsent[] {
    if (this.#owner === null) return [];
    const own = unsentKey(this.#owner, this.replica.get().doc.clientID);
    return unsentOf(this.#owner).filter((it) => it.key !== own);
  }

  /** Shows the others where this page is. */
  #present(): void {
    const { awareness, doc } = this.replica.get();
    this.#send(wire.presence(encodeAwarenessUpdate(awareness, [doc.clientID])));
  }

  #step(input: Input): void {
    const [next, effect] = step(this.view.get(), input);
    this.#set(next);
    if (effect !== undefined) this.#perform(effect);
    if (next.phase !== "ended") return;
    this.#leave();
    this.#strand();
  }

  #perform(effect: Effect): void {
    switch (effect.kind) {
      case "acknowledged":
        this.#outbox.acknowledged(effect.updates);
        this.#measure();
        break;
      case "anew":
        this.#anew(effect.documentId);
        this.#connectIn(effect.afterMs);
        break;
      case "save":
        this.#send(wire.ours({ type: "save" }));
        break;
      case "connect":
        this.#connectIn(effect.afterMs);
        break;
    }
  }

  #connectIn(ms: number): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#connect(), ms);
  }

  #lost(code: number, reason: string): void {
    this.#leave();
    this.#step({ kind: "closed", code, reason });
  }

  /** Forgets the socket, so that nothing it still says is heard. */
  #leave(): void {
    clearTimeout(this.#silence);
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.close();
    this.#flowing = false;
    this.#outbox.lost();
    if (!this.#outbox.isEmpty) this.#keep();
    this.replica.get().forgetOthers();
  }

  #listen(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#lost(1006, ""), SILENCE_MS);
  }

  /** The network or the person is back. */
  readonly #wake = (): void => {
    if (document.visibilityState === "hidden") this.#keep();
    else if (this.#socket === null && this.view.get().phase !== "ended") this.#connect();
  };

  #send(frame: Uint8Array): void {
    // A view of memory that is shared with nobody.
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(frame as Uint8Array<ArrayBuffer>);
  }

  /** Follows what is typed and what has arrived. */
  #measure(): void {
    const unsent = !this.#outbox.isEmpty;
    const delay = this.#flowing ? KEEP_MS.live : KEEP_MS.away;
    if (unsent) this.#keeping ??= setTimeout(this.#keep, delay);
    else this.#arrived();
    // What was written is not all any more.
    const { writing } = this.view.get();
    this.#set({ unsent, writing: unsent && writing === "done" ? null : writing });
  }

  readonly #keep = (): void => {
    clearTimeout(this.#keeping);
    this.#keeping = undefined;
    const unsent = this.#record(this.view.get().id, false);
    if (unsent === null) return;
    this.#kept = unsent;
    this.#set({ atRisk: !this.#store(unsent) });
  };

  /** What is here and not on the kernel's disk; null when that is nothing. */
  #record(documentId: string | null, stranded: boolean): Unsent | null {
    const update = this.#outbox.merged();
    const { path } = this.view.get();
    if (update === null || documentId === null) return null;
    const { doc, text } = this.replica.get();
    const key = unsentKey(this.#owner, doc.clientID);
    return { key, documentId, path, update, text: text.toString(), at: Date.now(), stranded };
  }

  #store(unsent: Unsent): boolean {
    return this.#owner !== null && keepUnsent(unsent);
  }

  /** Everything is on the kernel's disk. */
  #arrived(): void {
    clearTimeout(this.#keeping);
    this.#keeping = undefined;
    for (const it of this.#adopted) dropUnsent(it);
    this.#adopted = [];
    if (this.#kept !== null) dropUnsent(this.#kept);
    this.#kept = null;
    this.#set({ atRisk: false });
  }

  #set(change: Partial<DocumentView>): void {
    const last = this.view.get();
    const same = (Object.keys(change) as (keyof DocumentView)[]).every((it) => last[it] === change[it]);
    if (!same) this.view.set({ ...last, ...change });
  }
}
