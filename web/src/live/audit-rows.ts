/** The rows of the audit log that a page has, as a function of the answers it got. No IO here. */
import type { AuditEntry, AuditPage } from "../api/audit";

export interface AuditView {
  /** Newest first; each once. */
  rows: AuditEntry[];
  /** Newer ones that came while somebody reads further down, newest first. */
  waiting: AuditEntry[];
  /** More came than one answer holds: what is shown does not reach up to now. */
  gap: boolean;
  /** Where to go on for what is older; null at the end, and before the first answer. */
  next: string | null;
  /** How far back was looked, in milliseconds since 1970; null at the end. */
  searchedUntilMs: number | null;
  loaded: boolean;
  /** The next older rows are on their way. */
  loading: boolean;
  error: Error | null;
  people: Record<string, string>;
  workspaces: Record<string, string>;
}

export const NOTHING_YET: AuditView = {
  rows: [],
  waiting: [],
  gap: false,
  next: null,
  searchedUntilMs: null,
  loaded: false,
  loading: false,
  error: null,
  people: {},
  workspaces: {},
};

/** Order of the log as it is shown. */
function newestFirst(a: AuditEntry, b: AuditEntry): number {
  return b.time_ms - a.time_ms || b.seq - a.seq;
}

function named(view: AuditView, page: AuditPage): AuditView {
  return {
    ...view,
    people: { ...view.people, ...page.people },
    workspaces: { ...view.workspaces, ...page.workspaces },
  };
}

/** The view with the next older page below it. */
export function withOlder(view: AuditView, page: AuditPage): AuditView {
  const known = new Set(view.rows.map((it) => it.seq));
  const rows = view.rows.concat(page.entries.filter((it) => !known.has(it.seq)));
  return {
    ...named(view, page),
    rows,
    next: page.next,
    searchedUntilMs: page.searched_until_ms,
    loaded: true,
    loading: false,
    error: null,
  };
}

/** The view after the newest rows were asked for again; `full` when there may be more than that. */
export function withNewer(view: AuditView, page: AuditPage, full: boolean): AuditView {
  const known = new Set(view.rows.concat(view.waiting).map((it) => it.seq));
  const fresh = page.entries.filter((it) => !known.has(it.seq));
  if (fresh.length === 0) return view;
  const gap = view.gap || (full && fresh.length === page.entries.length);
  return { ...named(view, page), waiting: [...fresh, ...view.waiting].sort(newestFirst), gap };
}

/** The view with everything that waited. After a gap there is nothing to join: ask anew. */
export function withWaiting(view: AuditView): AuditView {
  if (view.waiting.length === 0) return view;
  const rows = [...view.waiting, ...view.rows];
  const last = view.waiting.at(-1);
  const first = view.rows[0];
  // A row that was late stands where its time says.
  if (last !== undefined && first !== undefined && newestFirst(last, first) > 0) rows.sort(newestFirst);
  return { ...view, rows, waiting: [] };
}
