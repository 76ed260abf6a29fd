/**
 * What a person does in the page as the first span of a trace: requests that the page sends because
 * of it carry the trace to the server, and once they are answered the page tells how long it took.
 * Nothing of this happens unless the server says that somebody collects traces, and what was clicked
 * or typed is told to nobody.
 */
import type { components } from "../api/schema";

type PageAction = components["schemas"]["PageAction"];
type Kind = PageAction["kind"];

/** A request this long after what the person did, or after the last request, is not because of it. */
const QUIET_MS = 1_000;
/** An action that goes on for longer is told as it is then. */
const LONGEST_MS = 60_000;
const SAMPLED = "01";
const NOT_SAMPLED = "00";

interface Action {
  traceparent: string;
  kind: Kind;
  startMs: number;
  /** When something of it was last sent or answered. */
  lastMs: number;
  open: number;
}

/** What tracing needs of a browser. */
export interface TracingSurroundings {
  now: () => number;
  random: (bytes: Uint8Array<ArrayBuffer>) => void;
  tell: (action: PageAction, traceparent: string) => void;
}

/** Ties requests to what the person did. */
export class Tracing {
  private readonly surroundings: TracingSurroundings;
  private did: { kind: Kind; atMs: number } | undefined;
  private action: Action | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(surroundings: TracingSurroundings) {
    this.surroundings = surroundings;
  }

  /** The person does something; it becomes an action with the first request that follows. */
  does(kind: Kind): void {
    this.did = { kind, atMs: this.surroundings.now() };
  }

  /** A request begins. Returns its header and what to call when it is answered, if it is traced. */
  begin(): { traceparent: string; end: () => void } | undefined {
    const action = this.current();
    if (action === undefined) return undefined;
    action.open += 1;
    action.lastMs = this.surroundings.now();
    let ended = false;
    const end = () => {
      if (ended) return;
      ended = true;
      action.open -= 1;
      action.lastMs = this.surroundings.now();
      if (action === this.action) this.wait();
    };
    this.wait();
    return { traceparent: action.traceparent, end };
  }

  private current(): Action | undefined {
    const now = this.surroundings.now();
    const did = this.did;
    this.did = undefined;
    if (did !== undefined && now - did.atMs <= QUIET_MS) {
      this.finish();
      const traceparent = `00-${this.hex(16)}-${this.hex(8)}-${SAMPLED}`;
      this.action = { traceparent, kind: did.kind, startMs: did.atMs, lastMs: now, open: 0 };
    }
    return this.action;
  }

  /** Looks again when the action may be over. */
  private wait(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const action = this.action;
      if (action === undefined) return;
      if (action.open > 0 && this.surroundings.now() - action.startMs < LONGEST_MS) this.wait();
      else this.finish();
    }, QUIET_MS);
  }

  private finish(): void {
    const action = this.action;
    this.action = undefined;
    clearTimeout(this.timer);
    if (action === undefined) return;
    const { traceparent, kind } = action;
    // Clocks may be set meanwhile.
    const duration_ms = Math.max(0, Math.round(action.lastMs - action.startMs));
    const told = { traceparent, kind, start_ms: Math.round(action.startMs), duration_ms };
    this.surroundings.tell(told, `00-${this.hex(16)}-${this.hex(8)}-${NOT_SAMPLED}`);
  }

  private hex(length: number): string {
    const bytes = new Uint8Array(length);
    this.surroundings.random(bytes);
    // All zeros would be no id.
    if (bytes.every((it) => it === 0)) bytes[0] = 1;
    return [...bytes].map((it) => it.toString(16).padStart(2, "0")).join("");
  }
}

/** The page's own, once {@link startTracing} found that the server wants it. */
let tracing: Tracing | undefined;

/** Follows what the person does in a document whose server says that it wants traces. */
export function startTracing(page: Document): void {
  if (page.querySelector<HTMLMetaElement>('meta[name="stead-traces"]')?.content !== "on") return;
  const own = new Tracing({
    now: () => Date.now(),
    random: (bytes) => crypto.getRandomValues(bytes),
    tell: (action, traceparent) => void tellServer(action, traceparent),
  });
  tracing = own;
  own.does("load");
  for (const [event, kind] of [
    ["click", "click"],
    ["keydown", "key"],
    ["submit", "submit"],
  ] as const) {
    page.addEventListener(event, () => own.does(kind), { capture: true, passive: true });
  }
}

/** Sends a request, as a part of what the person does if somebody wants to know. */
export async function tracedFetch(input: Request | string, init?: RequestInit): Promise<Response> {
  const begun = tracing?.begin();
  if (begun === undefined) return fetch(input, init);
  const request = new Request(input, init);
  request.headers.set("traceparent", begun.traceparent);
  try {
    return await fetch(request);
  } finally {
    begun.end();
  }
}

/** Nobody waits for it, and it may fail: then the trace has no root. */
async function tellServer(action: PageAction, traceparent: string): Promise<void> {
  const headers = { "content-type": "application/json", traceparent };
  const body = JSON.stringify(action);
  await fetch("/api/v1/traces", { method: "POST", headers, body, keepalive: true }).catch(() => undefined);
}
