/** Keeps a picture of the registry that the server sends anew whenever it changes. */
import { socketUrl } from "../api/client";
import type { RegistryFrame } from "../api/registry";
import { CALM_MS, waitAfter } from "./backoff";
import { Cell, type Store } from "./store";

export interface RegistryView {
  /** The last picture; `null` before the first one. */
  frame: RegistryFrame | null;
  /** Whether the picture is kept up to date now. */
  live: boolean;
  /** Attempts that failed since it last was. */
  failures: number;
  /** Pictures so far: what is read beside them is read again. */
  pictures: number;
}

export const NOTHING_SEEN: RegistryView = { frame: null, live: false, failures: 0, pictures: 0 };

/** A picture came. */
export function withFrame({ pictures }: RegistryView, frame: RegistryFrame): RegistryView {
  return { frame, live: true, failures: 0, pictures: pictures + 1 };
}

/** The channel is gone; what is known stays. */
export function withoutChannel(view: RegistryView): RegistryView {
  return { ...view, live: false, failures: view.failures + 1 };
}

/** Listens while somebody looks. */
export class RegistryFeed implements Store<RegistryView> {
  readonly #view = new Cell<RegistryView>(NOTHING_SEEN);
  #listeners = 0;
  #socket: WebSocket | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;

  readonly get = (): RegistryView => this.#view.get();

  readonly subscribe = (listener: () => void): (() => void) => {
    const forget = this.#view.subscribe(listener);
    this.#listeners += 1;
    if (this.#listeners === 1) this.#connect();
    return () => {
      forget();
      this.#listeners -= 1;
      if (this.#listeners === 0) this.#leave();
    };
  };

  #connect(): void {
    const own = new WebSocket(socketUrl("/api/v1/registry/ws"));
    this.#socket = own;
    own.onmessage = (event: MessageEvent<string>) => {
      if (this.#socket !== own) return;
      const frame = JSON.parse(event.data) as RegistryFrame | { type: "diagnostic" };
      if ("runtimes" in frame) this.#view.update((view) => withFrame(view, frame));
    };
    own.onclose = () => {
      if (this.#socket !== own) return;
      this.#view.update(withoutChannel);
      // The one that has just failed counts already.
      const wait = waitAfter(this.get().failures - 1, CALM_MS);
      this.#retry = setTimeout(() => this.#connect(), wait);
    };
  }

  #leave(): void {
    clearTimeout(this.#retry);
    const last = this.#socket;
    this.#socket = null;
    last?.close();
    this.#view.update((view) => ({ ...view, live: false, failures: 0 }));
  }
}

/** One channel for the whole page. */
export const registryFeed = new RegistryFeed();
