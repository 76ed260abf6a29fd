/** Asks for pages of the audit log: older ones as somebody scrolls, newer ones as time goes by. */
import { type AuditQuery, listAudit, type Place } from "../api/audit";
import { type AuditView, NOTHING_YET, withNewer, withOlder, withWaiting } from "./audit-rows";
import { Cell, type Store } from "./store";

/** Rows of one answer. */
const PAGE = 200;
/** How stale the top may be while somebody looks at it. */
const REFRESH_MS = 3_000;
/** Rows of a workspace that nobody asked for arrive late, under the time they were seen at. */
const LATE_MS = 60_000;

/** Asks while somebody listens. What it asks never changes: another question is another feed. */
export class AuditFeed implements Store<AuditView> {
  readonly #place: Place;
  readonly #query: AuditQuery;
  readonly #view = new Cell<AuditView>(NOTHING_YET);
  #listeners = 0;
  #stop = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Rows go where they belong as they come. */
  #follows = true;

  constructor(place: Place, query: AuditQuery) {
    this.#place = place;
    this.#query = query;
  }

  readonly get = (): AuditView => this.#view.get();

  readonly subscribe = (listener: () => void): (() => void) => {
    const forget = this.#view.subscribe(listener);
    this.#listeners += 1;
    if (this.#listeners === 1) this.#start();
    return () => {
      forget();
      this.#listeners -= 1;
      if (this.#listeners === 0) this.#pause();
    };
  };

  /** Whether newer rows are shown as they come, or wait until {@link showWaiting}. */
  readonly follow = (follows: boolean): void => {
    this.#follows = follows;
    if (follows && !this.get().gap) this.#view.update(withWaiting);
  };

  /** Shows what waited; after a gap, the newest rows in place of what is there. */
  readonly showWaiting = (): void => {
    if (!this.get().gap) {
      this.#view.update(withWaiting);
      return;
    }
    this.#pause();
    this.#view.set(NOTHING_YET);
    this.#start();
  };

  /** Asks for what is older, unless that is on its way or there is nothing. */
  readonly older = async (): Promise<void> => {
    const { loading, loaded, next } = this.get();
    if (loading || (loaded && next === null)) return;
    this.#view.update((view) => ({ ...view, loading: true, error: null }));
    const { signal } = this.#stop;
    try {
      const query = { ...this.#query, limit: PAGE, ...(next === null ? {} : { before: next }) };
      const page = await listAudit(this.#place, query, signal);
      if (!signal.aborted) this.#view.update((view) => withOlder(view, page));
    } catch (error) {
      if (!signal.aborted) {
        this.#view.update((view) => ({ ...view, loading: false, error: error as Error }));
      }
    }
  };

  #start(): void {
    this.#stop = new AbortController();
    if (!this.get().loaded) void this.older();
    this.#schedule();
  }

  #pause(): void {
    clearTimeout(this.#timer);
    this.#stop.abort();
    this.#view.update((view) => ({ ...view, loading: false }));
  }

  #schedule(): void {
    this.#timer = setTimeout(() => void this.#newer(), REFRESH_MS);
  }

  async #newer(): Promise<void> {
    const { signal } = this.#stop;
    const { until_ms = Number.POSITIVE_INFINITY } = this.#query;
    const view = this.get();
    const past = until_ms + LATE_MS < Date.now();
    if (view.loaded && !past && document.visibilityState === "visible") {
      try {
        const newest = view.waiting[0] ?? view.rows[0];
        // Only what can be new is searched: a text has no index.
        const since = newest === undefined ? 0 : newest.time_ms - LATE_MS;
        const from_ms = Math.max(this.#query.from_ms ?? 0, since);
        const page = await listAudit(this.#place, { ...this.#query, from_ms, limit: PAGE }, signal);
        if (!signal.aborted) this.#add(page);
      } catch {
        // The rows that are there stay; the next round asks again.
      }
    }
    if (!signal.aborted) this.#schedule();
  }

  #add(page: Parameters<typeof withNewer>[1]): void {
    const full = page.entries.length === PAGE;
    this.#view.update((view) => withNewer(view, page, full));
    if (this.#follows && !this.get().gap) this.#view.update(withWaiting);
  }
}
