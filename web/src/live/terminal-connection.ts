/** One attachment to a terminal that survives lost connections. Knows no screen. */
import { sentence, socketUrl, workspaceUrl } from "../api/client";
import { Cell, Signal } from "./store";
import {
  attach,
  type ControlFrame,
  decode,
  initialStream,
  receive,
  type StreamEffect,
  type StreamState,
} from "./terminal-stream";

/** Close codes of `protocol::terminal::close`. */
const CLOSE = { ended: 4000, unauthenticated: 4401, forbidden: 4403, notFound: 4404, notRunning: 4409 };
/** Between attempts: doubled each time, in milliseconds. */
const RETRY_FIRST_MS = 250;
const RETRY_MOST_MS = 5_000;
/** A connection that says nothing for this long after a ping is dead. */
const PING_MS = 15_000;
/** Keys typed while the connection is away, sent when the same shell is there again. */
const HELD_INPUT_MOST = 1_024;
/** Output shown between two acknowledgements, in bytes. */
const ACK_EVERY = 65_536;
/** Attempts after which a connection that never worked is called failed (S1.79). */
const ATTEMPTS_MOST = 8;

export type ConnectionStatus =
  | { kind: "connecting" }
  | { kind: "live"; readOnly: boolean }
  | { kind: "reconnecting" }
  /** It will not come back by itself. */
  | { kind: "ended"; exit: { code: number | null; signal: number | null } | null }
  | { kind: "refused"; message: string; forbidden?: boolean };

export interface TerminalSize {
  readonly cols: number;
  readonly rows: number;
}

/** Bytes and sizes in the order in which the screen has to take them. */
export type ScreenChange = Exclude<StreamEffect, { kind: "resume" }> | ({ kind: "size" } & TerminalSize);

export class TerminalConnection {
  readonly status = new Cell<ConnectionStatus>({ kind: "connecting" });
  readonly title = new Cell("");
  readonly changes = new Signal<ScreenChange>();
  readonly bell = new Signal<void>();
  readonly clipboard = new Signal<string>();

  readonly #workspaceId: string;
  readonly #name: string;
  #wanted: TerminalSize;
  #stream: StreamState = initialStream;
  #socket: WebSocket | null = null;
  #held = "";
  #acknowledged = 0;
  #attempts = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #ping: ReturnType<typeof setInterval> | undefined;
  #awaitingPong = false;
  #disposed = false;

  constructor(workspaceId: string, name: string, size: TerminalSize) {
    this.#workspaceId = workspaceId;
    this.#name = name;
    this.#wanted = size;
    window.addEventListener("online", this.#reconnectNow);
    document.addEventListener("visibilitychange", this.#reconnectNow);
    this.#connect();
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#retry);
    clearInterval(this.#ping);
    window.removeEventListener("online", this.#reconnectNow);
    document.removeEventListener("visibilitychange", this.#reconnectNow);
    this.#socket?.close();
    this.#socket = null;
  }

  /** Attaches again after the terminal ended or was refused; a new shell is opened if need be. */
  reopen(): void {
    this.#attempts = 0;
    this.status.set({ kind: "connecting" });
    this.#connect();
  }

  /** Types. Without a connection a little is held back for the same shell. */
  input(data: string): void {
    const status = this.status.get();
    if (status.kind === "live") {
      if (!status.readOnly) this.#socket?.send(new TextEncoder().encode(data));
    } else if (status.kind === "reconnecting" && this.#held.length + data.length <= HELD_INPUT_MOST) {
      this.#held += data;
    }
  }

  /** Says what this client can show. */
  resize(size: TerminalSize): void {
    if (size.cols === this.#wanted.cols && size.rows === this.#wanted.rows) return;
    this.#wanted = size;
    this.#send({ type: "resize", ...size });
  }

  /** Says that everything before `offset` is on the screen. */
  shown(offset: number): void {
    if (offset - this.#acknowledged < ACK_EVERY) return;
    this.#acknowledged = offset;
    this.#send({ type: "ack", offset });
  }

  /** Offset of the next byte. */
  get offset(): number {
    return this.#stream.next;
  }

  #connect(): void {
    if (this.#disposed) return;
    clearTimeout(this.#retry);
    const query = new URLSearchParams({ cols: `${this.#wanted.cols}`, rows: `${this.#wanted.rows}` });
    if (this.#stream.id !== null) {
      query.set("id", this.#stream.id);
      query.set("offset", `${this.#stream.next}`);
    }
    const socket = new WebSocket(
      socketUrl(`${workspaceUrl(this.#workspaceId)}/terminals/${encodeURIComponent(this.#name)}?${query}`),
    );
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      if (socket !== this.#socket) return;
      this.#awaitingPong = false;
      if (typeof event.data === "string") this.#control(JSON.parse(event.data) as ControlFrame);
      else this.#bytes(event.data);
    };
    socket.onclose = (event) => {
      if (socket === this.#socket) this.#closed(event.code, event.reason);
    };
  }

  #control(frame: ControlFrame): void {
    switch (frame.type) {
      case "attached":
        this.#attached(frame);
        break;
      case "size":
        this.changes.emit({ kind: "size", cols: frame.cols, rows: frame.rows });
        break;
      case "title":
        this.title.set(frame.title);
        break;
      case "bell":
        this.bell.emit();
        break;
      case "clipboard":
        this.clipboard.emit(frame.text);
        break;
      case "exit":
        this.status.set({ kind: "ended", exit: frame.exit });
        break;
      case "working_directory":
      case "error":
      case "pong":
        break;
    }
  }

  #attached(frame: Extract<ControlFrame, { type: "attached" }>): void {
    const same = frame.resumed && frame.id === this.#stream.id;
    this.#stream = attach(this.#stream, frame);
    this.#acknowledged = this.#stream.next;
    this.#attempts = 0;
    this.changes.emit({ kind: "size", cols: frame.cols, rows: frame.rows });
    this.status.set({ kind: "live", readOnly: frame.read_only });
    // The window may have changed while the connection was made.
    this.#send({ type: "resize", ...this.#wanted });
    // The first acknowledgement asks the kernel to pace the output.
    this.#send({ type: "ack", offset: this.#stream.next });
    const held = this.#held;
    this.#held = "";
    if (same && held !== "") this.input(held);
    clearInterval(this.#ping);
    this.#ping = setInterval(() => this.#heartbeat(), PING_MS);
  }

  #bytes(data: ArrayBuffer): void {
    const frame = decode(data);
    if (frame === null) return;
    const [stream, effect] = receive(this.#stream, frame);
    this.#stream = stream;
    if (effect === undefined) return;
    if (effect.kind === "resume") this.#drop();
    else this.changes.emit(effect);
  }

  #closed(code: number, reason: string): void {
    this.#socket = null;
    clearInterval(this.#ping);
    const status = this.status.get();
    if (status.kind === "ended") return;
    switch (code) {
      case CLOSE.ended:
        this.status.set({ kind: "ended", exit: null });
        return;
      case CLOSE.unauthenticated:
        this.status.set({ kind: "refused", message: "You are signed out. Sign in again to go on." });
        return;
      case CLOSE.forbidden:
        this.status.set({
          kind: "refused",
          message: sentence(reason || "terminals are not shown to viewers here"),
          forbidden: true,
        });
        return;
      case CLOSE.notFound:
        this.status.set({ kind: "refused", message: reason || "This terminal does not exist any more." });
        return;
      case CLOSE.notRunning:
        this.status.set({ kind: "refused", message: "No session runs. Start one to open a terminal." });
        return;
    }
    this.#attempts += 1;
    if (this.#stream.id === null && ATTEMPTS_MOST <= this.#attempts) {
      this.status.set({ kind: "refused", message: "The terminal could not be reached. Try again." });
      return;
    }
    if (this.#stream.id !== null) this.status.set({ kind: "reconnecting" });
    const delay = Math.min(RETRY_FIRST_MS * 2 ** (this.#attempts - 1), RETRY_MOST_MS);
    this.#retry = setTimeout(() => this.#connect(), delay * (0.75 + Math.random() / 2));
  }

  /** Gives up a connection that lags or lies, and resumes on a new one. */
  #drop(): void {
    const socket = this.#socket;
    if (socket === null) return;
    socket.onclose = null;
    socket.close();
    this.#closed(1006, "");
  }

  #heartbeat(): void {
    if (this.#awaitingPong) {
      this.#drop();
      return;
    }
    this.#awaitingPong = true;
    this.#send({ type: "ping" });
  }

  readonly #reconnectNow = (): void => {
    if (document.visibilityState === "hidden" || this.#socket !== null) return;
    const kind = this.status.get().kind;
    if (kind === "reconnecting" || kind === "connecting") this.#connect();
  };

  #send(message: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}
