/** The channel to one language server, shared by all editors of the page. */
import { socketUrl, workspaceUrl } from "../../api/client";
import type { LanguageServer } from "../../api/types";
import { waitAfter } from "../backoff";
import { Cell } from "../store";
import { type LspCapabilities, type LspDiagnostic, type LspMessage, pathOfUri, uriOfPath } from "./lsp";

/** Waits between attempts, in milliseconds; the last one repeats. */
const BACKOFF_MS = [300, 1_000, 3_000, 10_000] as const;
/** The kernel gives up after a minute and says so; a server that reads a large project needs a good part. */
const ANSWER_MS = 65_000;

/** Signed out, not allowed, no such workspace: asking again changes nothing. */
const REFUSED: ReadonlySet<number> = new Set([4401, 4403, 4404]);

/** The code of an answer that a change of the text overtook. */
const CONTENT_MODIFIED = -32_801;

/** The server refused, or cannot be asked. */
export class LanguageError extends Error {
  /** The text changed while the server thought: it may be asked again. */
  readonly isOvertaken: boolean;

  constructor(message: string, code?: number) {
    super(message);
    this.isOvertaken = code === CONTENT_MODIFIED;
  }
}

interface Waiting {
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
  timer: ReturnType<typeof setTimeout>;
}

export type Diagnostics = ReadonlyMap<string, readonly LspDiagnostic[]>;

export class LanguageConnection {
  /** The server as the kernel last described it. */
  readonly server: Cell<LanguageServer>;
  /** What the server says is wrong, by file. */
  readonly diagnostics = new Cell<Diagnostics>(new Map());
  readonly #workspaceId: string;
  readonly #open = new Set<string>();
  readonly #waiting = new Map<number, Waiting>();
  #socket: WebSocket | null = null;
  #next = 1;
  #attempts = 0;
  #isRefused = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(workspaceId: string, server: LanguageServer) {
    this.#workspaceId = workspaceId;
    this.server = new Cell(server);
    this.#connect();
  }

  get capabilities(): LspCapabilities {
    return (this.server.get().capabilities ?? {}) as LspCapabilities;
  }

  /** Whether the server is at work and can do something. */
  offers(what: keyof LspCapabilities): boolean {
    const said = this.capabilities[what];
    return this.isReady && said !== undefined && said !== null && said !== false;
  }

  get isReady(): boolean {
    return this.server.get().status === "ready" && this.#socket?.readyState === WebSocket.OPEN;
  }

  uriOf(path: string): string {
    return uriOfPath(this.server.get().workspace_uri, path);
  }

  pathOf(uri: string): string | null {
    return pathOfUri(this.server.get().workspace_uri, uri);
  }

  /** This page looks at a file; its text reaches the server by the document. */
  looksAt(path: string): void {
    if (this.#open.has(path)) return;
    this.#open.add(path);
    if (this.#isRefused) this.#connect();
    else this.#tellOpen(path);
  }

  leaves(path: string): void {
    if (this.#open.delete(path))
      this.#tell("textDocument/didClose", { textDocument: { uri: this.uriOf(path) } });
  }

  get isIdle(): boolean {
    return this.#open.size === 0;
  }

  /** Ends the server and starts it anew. */
  restart(): void {
    this.#tell("stead/restart", null);
  }

  /** Asks the server; an aborted question is cancelled there, too. */
  ask<T>(method: string, params: unknown, signal?: AbortSignal): Promise<T> {
    if (!this.isReady)
      return Promise.reject(new LanguageError(`${this.server.get().name} is not ready yet.`));
    const id = this.#next;
    this.#next += 1;
    return new Promise<T>((resolve, reject) => {
      const stop = (why: string) => {
        if (!this.#waiting.delete(id)) return;
        this.#tell("$/cancelRequest", { id });
        reject(new LanguageError(why));
      };
      const timer = setTimeout(() => stop("The language server does not answer."), ANSWER_MS);
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        stop("It is not wanted any more.");
      });
      this.#waiting.set(id, { resolve: resolve as (result: unknown) => void, reject, timer });
      this.#send({ id, method, params });
    });
  }

  dispose(): void {
    clearTimeout(this.#retry);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.#fail();
  }

  #connect(): void {
    const { language, root } = this.server.get();
    const query = `?stead=1&root=${encodeURIComponent(root)}`;
    const at = `${workspaceUrl(this.#workspaceId)}/language-servers/${language}${query}`;
    const socket = new WebSocket(socketUrl(at));
    this.#socket = socket;
    this.#isRefused = false;
    socket.onopen = () => {
      this.#attempts = 0;
      for (const path of this.#open) this.#tellOpen(path);
    };
    socket.onmessage = (event: MessageEvent<string>) => {
      if (this.#socket === socket) this.#take(JSON.parse(event.data) as LspMessage);
    };
    socket.onclose = ({ code }) => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#fail();
      this.diagnostics.set(new Map());
      this.server.update((it) => ({ ...it, status: "idle", message: null, capabilities: null }));
      this.#isRefused = REFUSED.has(code);
      if (this.#isRefused) return;
      const wait = waitAfter(this.#attempts, BACKOFF_MS);
      this.#attempts += 1;
      this.#retry = setTimeout(() => this.#connect(), wait);
    };
  }

  #fail(): void {
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new LanguageError("The connection was lost."));
    }
    this.#waiting.clear();
  }

  #take(message: LspMessage): void {
    if (message.method === "stead/status") this.server.set(message.params as LanguageServer);
    else if (message.method === "textDocument/publishDiagnostics") this.#diagnosed(message.params);
    else if (message.id !== undefined && message.method === undefined) this.#answered(message.id, message);
  }

  #answered(id: number, { result, error }: LspMessage): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    if (error === undefined) waiting.resolve(result);
    else waiting.reject(new LanguageError(error.message, error.code));
  }

  #diagnosed(params: unknown): void {
    const { uri, diagnostics } = params as { uri: string; diagnostics: LspDiagnostic[] };
    const path = this.pathOf(uri);
    if (path === null) return;
    const next = new Map(this.diagnostics.get());
    if (diagnostics.length === 0) next.delete(path);
    else next.set(path, diagnostics);
    this.diagnostics.set(next);
  }

  #tellOpen(path: string): void {
    this.#tell("textDocument/didOpen", { textDocument: { uri: this.uriOf(path) } });
  }

  #tell(method: string, params: unknown): void {
    this.#send({ method, params });
  }

  #send(message: LspMessage): void {
    if (this.#socket?.readyState === WebSocket.OPEN)
      this.#socket.send(JSON.stringify({ jsonrpc: "2.0", ...message }));
  }
}
