/** The search panel of a workspace: what is looked for, what was found, and what is being replaced. */
import { ApiError, messageOf } from "../api/client";
import { replaceContent, searchContent, undoReplace } from "../api/search";
import type {
  ContentMatch,
  ContentQuery,
  FileMatches,
  ReplaceFile,
  ReplaceLine,
  ReplaceOutcome,
  SearchLine,
  SearchSummary,
} from "../api/types";
import type { LayoutStore } from "./layout-store";
import { countOf, globOf, keyOfMatch, withFiles, withoutDismissed } from "./search-results";
import { Cell, type Store } from "./store";
import type { FileNews } from "./workspace-machine";

/** Waits for the next letter, in milliseconds. */
const TYPING_MS = 250;
/** Between two paintings of results that stream in, in milliseconds. */
const PAINT_MS = 60;
/** Waits for the rest of a burst of changes of files, in milliseconds. */
const SETTLE_MS = 300;
/** When more files with results change at once, the person searches again. */
const REFRESHED_MAX = 20;

/** A longer selection is not meant to be looked for. */
const SELECTED_MAX = 200;

/** What the person chose; remembered for each workspace. */
export interface SearchForm {
  text: string;
  replacement: string;
  matchCase: boolean;
  word: boolean;
  regex: boolean;
  include: string;
  exclude: string;
  ignored: boolean;
  /** Shows where is looked. */
  details: boolean;
  /** Shows what matches would become. */
  replacing: boolean;
}

/** Why there is no result. */
export interface SearchFailure {
  message: string;
  field: "q" | "include" | "exclude" | "replacement" | null;
  /** Where in the pattern, in UTF-16 units from 0. */
  position: number | null;
}

/** What became of a replacement. */
export interface Replaced {
  replaced: number;
  files: number;
  left: ReplaceOutcome[];
  /** Brings the files back; null when they were. */
  undo: string | null;
  phase: "running" | "done" | "undone";
}

export interface SearchState {
  form: SearchForm;
  phase: "idle" | "running" | "done" | "failed";
  files: FileMatches[];
  folded: ReadonlySet<string>;
  /** Files that were looked into so far. */
  looked: number;
  summary: SearchSummary | null;
  failure: SearchFailure | null;
  replaced: Replaced | null;
  /** Rises with each wish to type into the panel. */
  wish: number;
}

const EMPTY_FORM: SearchForm = {
  text: "",
  replacement: "",
  matchCase: false,
  word: false,
  regex: false,
  include: "",
  exclude: "",
  ignored: false,
  details: false,
  replacing: false,
};

export class SearchStore implements Store<SearchState> {
  readonly #id: string;
  readonly #key: string;
  readonly #cell: Cell<SearchState>;
  #typing: ReturnType<typeof setTimeout> | undefined;
  #painting: ReturnType<typeof setTimeout> | undefined;
  #settling: ReturnType<typeof setTimeout> | undefined;
  #abort: AbortController | null = null;
  #found: FileMatches[] = [];
  /** What the search that ran last asked. */
  #searched: ContentQuery | null = null;
  /** What the files that are shown answer: the form may say something else by now. */
  #asked: ContentQuery | null = null;
  #dismissed = new Set<string>();
  readonly #changed = new Set<string>();

  constructor(id: string) {
    this.#id = id;
    this.#key = `stead.search.${id}`;
    this.#cell = new Cell<SearchState>({
      form: restore(this.#key),
      phase: "idle",
      files: [],
      folded: new Set(),
      looked: 0,
      summary: null,
      failure: null,
      replaced: null,
      wish: 0,
    });
  }

  readonly get = (): SearchState => this.#cell.get();

  get subscribe() {
    return this.#cell.subscribe;
  }

  /** Lets the person type; with `text`, that is looked for. */
  readonly ask = (text: string, replacing: boolean): void => {
    const { form, wish, phase } = this.get();
    this.#change({ wish: wish + 1 });
    const next = { ...form, replacing: replacing || form.replacing, ...(text === "" ? {} : { text }) };
    const same = next.text === form.text && next.replacing === form.replacing && phase !== "idle";
    this.#setForm(next);
    if (!same) this.run();
  };

  /** Changes the form; the search follows a moment later. */
  readonly edit = (change: Partial<SearchForm>): void => {
    const before = this.get().form;
    this.#setForm({ ...before, ...change });
    if (Object.keys(change).every((it) => it === "details")) return;
    clearTimeout(this.#typing);
    this.#typing = setTimeout(this.run, TYPING_MS);
  };

  /** Searches now. */
  readonly run = (): void => {
    this.#dismissed = new Set();
    this.#change({ folded: new Set() });
    this.#begin();
  };

  /** Ends a search under way; what was found stays. */
  readonly cancel = (): void => {
    clearTimeout(this.#typing);
    clearTimeout(this.#painting);
    this.#painting = undefined;
    this.#abort?.abort();
    this.#abort = null;
    if (this.get().phase === "running") this.#show({ phase: "done" });
  };

  readonly fold = (path: string, folded: boolean): void => {
    const next = new Set(this.get().folded);
    if (folded) next.add(path);
    else next.delete(path);
    this.#change({ folded: next });
  };

  readonly foldAll = (folded: boolean): void =>
    this.#change({ folded: new Set(folded ? this.get().files.map((it) => it.path) : []) });

  /** Takes a match, or all of a file, out of the results: it is not replaced. */
  readonly dismiss = (file: FileMatches, match?: ContentMatch): void => {
    for (const it of match === undefined ? file.matches : [match]) {
      this.#dismissed.add(keyOfMatch(file.path, it));
    }
    this.#change({ files: withoutDismissed(this.get().files, this.#dismissed) });
  };

  /** Replaces everything that is shown, in one file, or one match. */
  readonly replace = async (file?: FileMatches, match?: ContentMatch): Promise<void> => {
    const { files, replaced } = this.get();
    const query = this.#asked;
    // Before anything was shown as it would become, there is nothing to agree to.
    if (replaced?.phase === "running" || query?.replacement === undefined) return;
    const targets = (file === undefined ? files : [file]).flatMap((it) => this.#toReplace(it, match));
    if (targets.length === 0) return;
    const body = { query, files: targets };
    await this.#perform("done", (onLine) => replaceContent(this.#id, body, onLine));
    await this.#refresh(targets.map((it) => it.path));
  };

  /** Brings back what the last replacement changed. */
  readonly undo = async (): Promise<void> => {
    const undo = this.get().replaced?.undo ?? null;
    if (undo === null) return;
    const paths: string[] = [];
    await this.#perform("undone", (onLine) =>
      undoReplace(this.#id, undo, (line) => {
        if (line.type === "file") paths.push(line.outcome.path);
        onLine(line);
      }),
    );
    await this.#refresh(paths);
  };

  readonly forgetReplaced = (): void => this.#change({ replaced: null });

  /** Keeps the results true while files change. */
  readonly hear = (news: FileNews): void => {
    if (news.kind === "rescan") {
      // Nobody knows what changed: look everywhere again, and keep what the person did with it.
      if (this.get().phase === "done") this.#begin();
      return;
    }
    for (const { path } of this.get().files) {
      const below = [news.path, news.from].some((it) => path === it || path.startsWith(`${it}/`));
      if (below) this.#changed.add(path);
    }
    if (this.#changed.size === 0) return;
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      const paths = [...this.#changed];
      this.#changed.clear();
      void this.#refresh(paths);
    }, SETTLE_MS);
  };

  #begin(): void {
    this.cancel();
    this.#found = [];
    if (this.get().form.text === "") {
      this.#change({ phase: "idle", files: [], summary: null, failure: null, looked: 0 });
      return;
    }
    this.#change({ phase: "running", failure: null, summary: null, looked: 0 });
    void this.#search();
  }

  async #search(): Promise<void> {
    const abort = new AbortController();
    const query = queryOf(this.get().form);
    this.#abort = abort;
    this.#searched = query;
    try {
      await searchContent(
        this.#id,
        query,
        (line) => {
          if (!abort.signal.aborted) this.#take(line);
        },
        abort.signal,
      );
    } catch (error) {
      if (abort.signal.aborted) return;
      clearTimeout(this.#painting);
      this.#painting = undefined;
      this.#change({ phase: "failed", files: [], failure: failureOf(error) });
    }
  }

  #take(line: SearchLine): void {
    if (line.type === "file") {
      this.#found.push(line.file);
      this.#painting ??= setTimeout(() => {
        this.#painting = undefined;
        this.#show({});
      }, PAINT_MS);
    } else if (line.type === "progress") {
      this.#change({ looked: line.files });
    } else {
      clearTimeout(this.#painting);
      this.#painting = undefined;
      this.#show({ phase: "done", summary: line.summary });
    }
  }

  /** Shows what was found so far. */
  #show(change: Partial<SearchState>): void {
    this.#asked = this.#searched;
    this.#change({ ...change, files: withoutDismissed(withFiles([], this.#found), this.#dismissed) });
  }

  async #perform(
    phase: "done" | "undone",
    request: (onLine: (line: ReplaceLine) => void) => Promise<void>,
  ): Promise<void> {
    let now: Replaced = { replaced: 0, files: 0, left: [], undo: null, phase: "running" };
    const tell = (change: Partial<Replaced>) => {
      now = { ...now, ...change };
      this.#change({ replaced: now });
    };
    tell({});
    try {
      await request((line) => {
        if (line.type === "begin") tell({ undo: line.undo ?? null });
        if (line.type !== "file") return;
        const { outcome } = line;
        if (typeof outcome.left === "string") tell({ left: [...now.left, outcome] });
        else tell({ replaced: now.replaced + outcome.replaced, files: now.files + 1 });
      });
    } catch (error) {
      const outcome = { path: "", replaced: 0, left: messageOf(error), stale: false };
      tell({ left: [...now.left, outcome] });
    }
    tell({ phase, undo: phase === "done" && now.files > 0 ? now.undo : null });
  }

  /** Looks again into files whose content changed. */
  async #refresh(paths: readonly string[]): Promise<void> {
    const asked = this.#asked;
    if (this.get().phase !== "done" || asked === null) return;
    if (REFRESHED_MAX < paths.length) {
      this.run();
      return;
    }
    for (const path of paths) {
      const found: FileMatches[] = [];
      const query = { ...asked, include: globOf(path) };
      try {
        await searchContent(
          this.#id,
          query,
          (line) => {
            if (line.type === "file" && line.file.path === path) found.push(line.file);
          },
          new AbortController().signal,
        );
      } catch {
        // The old result stays, and cannot be replaced: its tag no longer holds.
        continue;
      }
      if (this.#asked !== asked || this.get().phase !== "done") return;
      const gone: FileMatches = { path, matches: [], truncated: false, etag: null, kept: null };
      this.#found = withFiles(this.#found, found.length === 0 ? [gone] : found);
      this.#show({});
    }
  }

  /** One file of a replacement, if anything can be replaced in it: exactly the matches that are shown. */
  #toReplace(file: FileMatches, match?: ContentMatch): ReplaceFile[] {
    if (typeof file.etag !== "string") return [];
    const { path, etag } = file;
    const dismissed = [...this.#dismissed].some((it) => it.startsWith(`${path}\n`));
    if (match === undefined && !file.truncated && !dismissed) return [{ path, etag }];
    const matches = match === undefined ? file.matches : [match];
    return [{ path, etag, only: matches.map(({ line, byte_start }) => ({ line, byte_start })) }];
  }

  #setForm(form: SearchForm): void {
    this.#change({ form });
    try {
      localStorage.setItem(this.#key, JSON.stringify(form));
    } catch {
      // Storage is full or blocked: the query is not remembered.
    }
  }

  #change(change: Partial<SearchState>): void {
    this.#cell.update((state) => ({ ...state, ...change }));
  }
}

/** What the server is asked. */
function queryOf(form: SearchForm): ContentQuery {
  return {
    q: form.text,
    regex: form.regex,
    case: form.matchCase ? "sensitive" : "insensitive",
    word: form.word,
    include: form.include,
    exclude: form.exclude,
    ignored: form.ignored,
    ...(form.replacing ? { replacement: form.replacement } : {}),
  };
}

/** How many matches a replacement of everything would change. */
export function replaceable(files: readonly FileMatches[]): { matches: number; files: number } {
  const able = files.filter((it) => typeof it.etag === "string");
  return { matches: countOf(able), files: able.length };
}

function failureOf(error: unknown): SearchFailure {
  const details =
    error instanceof ApiError ? (error.details as Partial<SearchFailure> | undefined) : undefined;
  return { message: messageOf(error), field: details?.field ?? null, position: details?.position ?? null };
}

function restore(key: string): SearchForm {
  try {
    return { ...EMPTY_FORM, ...(JSON.parse(localStorage.getItem(key) ?? "{}") as Partial<SearchForm>) };
  } catch {
    return EMPTY_FORM;
  }
}

/** Shows the search, with what is selected on the page as its text. */
export function searchFiles(id: string, layout: LayoutStore, replacing: boolean): void {
  const selected = selectedText();
  layout.showSide("search");
  searchStore(id).ask(selected, replacing);
}

/** The selection, if it is a part of one line. */
function selectedText(): string {
  const field = document.activeElement;
  const text =
    field instanceof HTMLInputElement && field.type === "text"
      ? field.value.slice(field.selectionStart ?? 0, field.selectionEnd ?? 0)
      : (document.getSelection()?.toString() ?? "");
  return text.includes("\n") || SELECTED_MAX < text.length ? "" : text;
}

const stores = new Map<string, SearchStore>();

/** The search of a workspace; one per page. */
export function searchStore(id: string): SearchStore {
  const known = stores.get(id);
  if (known !== undefined) return known;
  const store = new SearchStore(id);
  stores.set(id, store);
  return store;
}
