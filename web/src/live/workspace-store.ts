/** The live connection to one workspace: drives {@link step} with a WebSocket, timers and the browser's moods. */
import { ApiError, socketUrl, workspaceUrl } from "../api/client";
import { getState } from "../api/kernel";
import type { FromKernel, GitTask, RuntimeState, ToKernel } from "../api/types";
import { dismiss } from "./notices";
import { Cell, Signal, type Store } from "./store";
import {
  type FileNews,
  type Input,
  type Notice,
  PING_AFTER_MS,
  PONG_WITHIN_MS,
  type Refusal,
  step,
  UNKNOWN,
  type WorkspaceView,
} from "./workspace-machine";

/** How long the connection outlives its last listener, so that a change of page does not drop it. */
const LINGER_MS = 2_000;
const REFUSALS: readonly string[] = ["unauthenticated", "forbidden", "not_found"] satisfies Refusal[];

/** Connects when the first listener comes, and disconnects when the last one has gone. */
export class WorkspaceStore implements Store<WorkspaceView> {
  readonly notices = new Signal<Notice>();
  readonly files = new Signal<FileNews>();
  /** The repository may have changed; with the network operation that runs or ran last. */
  readonly git = new Signal<GitTask | null>();
  readonly #id: string;
  readonly #view = new Cell<WorkspaceView>(UNKNOWN);
  #listeners = 0;
  #socket: WebSocket | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #heartbeat: ReturnType<typeof setTimeout> | undefined;
  #linger: ReturnType<typeof setTimeout> | undefined;
  #running = false;
  #looking: string | null = null;
  /** How many parts of the page show processes. */
  #watchers = 0;

  constructor(id: string) {
    this.#id = id;
  }

  readonly get = (): WorkspaceView => this.#view.get();

  readonly subscribe = (listener: () => void): (() => void) => {
    const forget = this.#view.subscribe(listener);
    this.#listeners += 1;
    clearTimeout(this.#linger);
    if (!this.#running) this.#start();
    return () => {
      forget();
      this.#listeners -= 1;
      if (this.#listeners === 0) this.#linger = setTimeout(this.#stop, LINGER_MS);
    };
  };

  /** Takes the state that a request was answered with, if it is news. */
  readonly answer = (runtime: RuntimeState): void => this.#step({ kind: "answer", runtime });

  /** Tells the others which file this page shows its person. */
  readonly look = (path: string | null): void => {
    if (path === this.#looking) return;
    this.#looking = path;
    this.#send({ type: "looking", path });
  };

  /** Keeps the list of processes fresh until the returned function is called. */
  readonly watchProcesses = (): (() => void) => {
    this.#watchers += 1;
    if (this.#watchers === 1) this.#send({ type: "subscribe", topics: ["processes"] });
    return () => {
      this.#watchers -= 1;
      if (this.#watchers > 0) return;
      this.#send({ type: "unsubscribe", topics: ["processes"] });
      // Whoever looks next is not shown what ran then.
      this.#view.update((view) => ({ ...view, processes: [] }));
    };
  };

  #start(): void {
    this.#running = true;
    addEventListener("online", this.#wake);
    document.addEventListener("visibilitychange", this.#wake);
    if (this.get().connection === "refused") this.#view.set(UNKNOWN);
    this.#connect();
  }

  readonly #stop = (): void => {
    this.#running = false;
    removeEventListener("online", this.#wake);
    document.removeEventListener("visibilitychange", this.#wake);
    clearTimeout(this.#retry);
    this.#drop();
    // What was live is old news from here on.
    this.#view.update((view) => (view.connection === "live" ? { ...view, connection: "connecting" } : view));
  };

  /** Forgets the socket, so that nothing it still says is heard. */
  #drop(): void {
    clearTimeout(this.#heartbeat);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #connect(): void {
    clearTimeout(this.#retry);
    this.#drop();
    const { nextSeq } = this.get();
    const from = nextSeq === null ? "" : `?from=${nextSeq}`;
    const socket = new WebSocket(socketUrl(`${workspaceUrl(this.#id)}/ws${from}`));
    this.#socket = socket;
    let greeted = false;
    socket.onmessage = (message: MessageEvent<string>) => {
      if (this.#socket !== socket) return;
      const frame = JSON.parse(message.data) as FromKernel;
      if (frame.type === "hello") {
        greeted = true;
        this.#send({ type: "subscribe", topics: ["stats", "git"] });
        if (this.#watchers > 0) this.#send({ type: "subscribe", topics: ["processes"] });
        if (this.#looking !== null) this.#send({ type: "looking", path: this.#looking });
      }
      this.#listen(PING_AFTER_MS);
      this.#step({ kind: "frame", frame });
    };
    socket.onclose = ({ code }) => {
      if (this.#socket !== socket) return;
      this.#lost(code);
      if (!greeted) void this.#findRefusal();
    };
    // A connection that is not answered at all does not close by itself for minutes.
    this.#listen(PING_AFTER_MS);
  }

  #lost(code: number): void {
    clearTimeout(this.#heartbeat);
    this.#socket = null;
    this.#step({ kind: "closed", code });
  }

  /** The browser does not tell why an upgrade failed; a plain request does. */
  async #findRefusal(): Promise<void> {
    try {
      this.answer(await getState(this.#id));
    } catch (error) {
      if (!(error instanceof ApiError) || !REFUSALS.includes(error.code)) return;
      clearTimeout(this.#retry);
      this.#drop();
      this.#step({ kind: "refused", refusal: error.code as Refusal });
    }
  }

  /** Expects the next frame within `ms`, asks after that, and gives the connection up if nobody answers. */
  #listen(ms: number): void {
    clearTimeout(this.#heartbeat);
    this.#heartbeat = setTimeout(() => {
      this.#send({ type: "ping" });
      this.#heartbeat = setTimeout(() => {
        this.#drop();
        this.#lost(1006);
      }, PONG_WITHIN_MS);
    }, ms);
  }

  #send(frame: ToKernel): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  /** The network or the person is back: find out at once where we stand. */
  readonly #wake = (): void => {
    if (document.visibilityState === "hidden") return;
    const { connection } = this.get();
    if (connection === "live") this.#listen(0);
    else if (connection !== "refused" && this.#socket === null) this.#connect();
  };

  #step(input: Input): void {
    const [view, effect] = step(this.get(), input);
    this.#view.set(view);
    if (effect?.kind === "notice") this.notices.emit(effect.notice);
    if (effect?.kind === "over") effect.keys.forEach(dismiss);
    if (effect?.kind === "files") this.files.emit(effect.news);
    if (effect?.kind === "git") this.git.emit(effect.task);
    if (effect?.kind === "connect" && this.#running) {
      clearTimeout(this.#retry);
      this.#retry = setTimeout(() => this.#connect(), effect.afterMs);
    }
  }
}

const stores = new Map<string, WorkspaceStore>();

/** The live view of a workspace; one per page. */
export function workspaceStore(id: string): WorkspaceStore {
  const known = stores.get(id);
  if (known !== undefined) return known;
  const store = new WorkspaceStore(id);
  stores.set(id, store);
  return store;
}
