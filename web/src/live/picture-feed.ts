/** Keeps a picture of something that the server sends whole and anew whenever it changes. */
import { socketUrl } from "../api/client";
import { CALM_MS, waitAfter } from "./backoff";
import { Cell, type Store } from "./store";

export interface PictureView<Frame> {
  /** The last picture; `null` before the first one. */
  frame: Frame | null;
  /** Whether the picture is kept up to date now. */
  live: boolean;
  /** Attempts that failed since it last was. */
  failures: number;
  /** Pictures so far: what is read beside them is read again. */
  pictures: number;
}

export const NOTHING_SEEN: PictureView<never> = { frame: null, live: false, failures: 0, pictures: 0 };

/** A picture came. */
export function withFrame<Frame>({ pictures }: PictureView<Frame>, frame: Frame): PictureView<Frame> {
  return { frame, live: true, failures: 0, pictures: pictures + 1 };
}

/** The channel is gone; what is known stays. */
export function withoutChannel<Frame>(view: PictureView<Frame>): PictureView<Frame> {
  return { ...view, live: false, failures: view.failures + 1 };
}

/** Listens while somebody looks. */
export class PictureFeed<Frame extends object> implements Store<PictureView<Frame>> {
  readonly #view = new Cell<PictureView<Frame>>(NOTHING_SEEN);
  readonly #path: string;
  readonly #mark: keyof Frame & string;
  #listeners = 0;
  #socket: WebSocket | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;

  /** Listens to `path`; `mark` is in every picture, and in nothing else that is said there. */
  constructor(path: string, mark: keyof Frame & string) {
    this.#path = path;
    this.#mark = mark;
  }

  readonly get = (): PictureView<Frame> => this.#view.get();

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
    const own = new WebSocket(socketUrl(this.#path));
    this.#socket = own;
    own.onmessage = (event: MessageEvent<string>) => {
      if (this.#socket !== own) return;
      const said = JSON.parse(event.data) as Frame;
      if (this.#mark in said) this.#view.update((view) => withFrame(view, said));
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
