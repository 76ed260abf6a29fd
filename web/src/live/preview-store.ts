/** The live half of the preview: gets grants, drives the frame, listens to it. */
import { messageOf } from "../api/client";
import { grantPreview } from "../api/gateway";
import { settled } from "./documents/settled";
import { keepsScriptCookies } from "./preview-cookies";
import { cleanPath, looked, type PreviewView, START, travelled } from "./preview-machine";
import { Cell, type Store } from "./store";

/** A frame that asks for grants more often than this within {@link WINDOW_MS} keeps losing its cookie. */
const GRANTS_MAX = 4;
const WINDOW_MS = 15_000;

/** What an app may do in the frame: be itself, and not move this page away. */
const SANDBOX =
  "allow-scripts allow-forms allow-modals allow-popups allow-popups-to-escape-sandbox allow-downloads allow-pointer-lock allow-presentation allow-orientation-lock";

/** Where the app is served when there is no origin for it. */
function pathRoute(workspaceId: string): string {
  return `/indexes/userspace/workspaces/${workspaceId}/preview`;
}

export class PreviewStore implements Store<PreviewView> {
  readonly #id: string;
  readonly #cell = new Cell<PreviewView>(START);
  readonly get = this.#cell.get;
  readonly subscribe = this.#cell.subscribe;
  #frame: HTMLIFrameElement | null = null;
  #grants: number[] = [];
  #request = 0;

  constructor(id: string) {
    this.#id = id;
  }

  /** Takes a frame into service, as a `ref`; the returned function lets it go. */
  readonly attach = (frame: HTMLIFrameElement): (() => void) => {
    this.#frame = frame;
    this.#cell.update((it) => ({ ...it, behind: 0, ahead: 0, seen: history.length, loading: true }));
    const loaded = () => {
      if (frame.src !== "" && frame.src !== "about:blank")
        this.#cell.update((it) => ({ ...looked(it, history.length), loading: false }));
    };
    frame.addEventListener("load", loaded);
    addEventListener("message", this.#heard);
    this.#grants = [];
    void this.#enter(true);
    return () => {
      frame.removeEventListener("load", loaded);
      removeEventListener("message", this.#heard);
      if (this.#frame === frame) this.#frame = null;
      this.#request += 1;
    };
  };

  /** Shows a path of the app, or the same one again. */
  readonly go = (path: string = this.get().path): void => {
    const clean = cleanPath(path);
    this.#cell.update((it) => ({ ...it, path: clean, loading: true, error: null }));
    const { base } = this.get();
    if (this.#frame === null) return;
    if (base === null) void this.#enter(true);
    else this.#frame.src = base + clean;
  };

  /** Shows the same path again, once what was typed is in the files that the app reads. */
  readonly reload = async (): Promise<void> => {
    await settled(this.#id);
    this.go();
  };

  /** Looks at another port of the workspace; the frame is expected to be a new one. */
  readonly choosePort = (port: number | null): void => {
    if (port === this.get().port) return;
    this.#cell.update((it) => ({
      ...it,
      port,
      path: "/",
      origin: null,
      base: null,
      error: null,
      loading: true,
    }));
  };

  readonly travel = (direction: -1 | 1): void => {
    const next = travelled(looked(this.get(), history.length), direction);
    if (next === null) return;
    this.#cell.set({ ...next, loading: false });
    history.go(direction);
  };

  /** The app may have added entries without a load; to be called before the arrows are used. */
  readonly look = (): void => this.#cell.update((it) => looked(it, history.length));

  readonly setDevice = (change: Pick<Partial<PreviewView>, "device" | "rotated">): void =>
    this.#cell.update((it) => ({ ...it, ...change }));

  /** Where a tab of its own opens what the frame shows. */
  readonly address = (): string | null => {
    const { base, path } = this.get();
    return base === null ? null : base + path;
  };

  /** Gets a grant and sends the frame through it; the first time it replaces the blank page. */
  async #enter(first: boolean): Promise<void> {
    const request = ++this.#request;
    const { port, path } = this.get();
    try {
      const grant = await grantPreview(this.#id, port === null ? { path } : { port, path });
      if (request !== this.#request || this.#frame === null) return;
      const confined = grant.origin === location.origin;
      const base = confined ? grant.origin + pathRoute(this.#id) : grant.origin;
      this.#cell.update((it) => ({ ...it, origin: grant.origin, base, confined, error: null }));
      // On this page's own origin the app must not be what the page is.
      this.#frame.setAttribute("sandbox", confined ? SANDBOX : `${SANDBOX} allow-same-origin`);
      this.#frame.src = grant.url;
      if (!confined) void this.#lookForCookies(grant.origin);
      if (first) this.#cell.update((it) => ({ ...it, seen: history.length }));
    } catch (error) {
      if (request === this.#request)
        this.#cell.update((it) => ({ ...it, error: messageOf(error), loading: false }));
    }
  }

  async #lookForCookies(origin: string): Promise<void> {
    const losesCookies = (await keepsScriptCookies(origin)) === false;
    this.#cell.update((it) => (it.origin === origin ? { ...it, losesCookies } : it));
  }

  readonly #heard = (event: MessageEvent<unknown>): void => {
    if (this.#frame === null || event.source !== this.#frame.contentWindow) return;
    if (event.origin !== this.get().origin || !isGrantNeeded(event.data)) return;
    const now = performance.now();
    this.#grants = [...this.#grants.filter((it) => now - it < WINDOW_MS), now];
    if (this.#grants.length <= GRANTS_MAX) {
      void this.#enter(false);
    } else {
      const error = "This browser does not keep the preview's cookie. Open the preview in a tab of its own.";
      this.#cell.update((it) => ({ ...it, error, loading: false }));
    }
  };
}

function isGrantNeeded(data: unknown): boolean {
  return (
    typeof data === "object" && data !== null && "type" in data && data.type === "stead-preview-grant-needed"
  );
}

const stores = new Map<string, PreviewStore>();

/** The preview of a workspace; one per page. */
export function previewStore(workspaceId: string): PreviewStore {
  const known = stores.get(workspaceId);
  if (known !== undefined) return known;
  const store = new PreviewStore(workspaceId);
  stores.set(workspaceId, store);
  return store;
}
