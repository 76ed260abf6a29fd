import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ContentMatch, ContentQuery, FileMatches } from "../api/types";
import { SearchStore } from "./search-store";

/** What the server was told to replace. */
let replaced: ContentQuery[];

const match: ContentMatch = {
  line: 1,
  byte_start: 0,
  byte_end: 3,
  column: 1,
  end_column: 4,
  before: "",
  text: "one",
  after: "",
  replacement: null,
};
const file: FileMatches = { path: "a.txt", matches: [match], truncated: false, etag: '"1"', kept: null };

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  replaced = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    const lines: unknown[] = [];
    if (url.includes("/search/replace")) {
      replaced.push((JSON.parse(String(init.body)) as { query: ContentQuery }).query);
    } else lines.push({ type: "file", file });
    lines.push({ type: "done", summary: {} });
    return new Response(lines.map((it) => `${JSON.stringify(it)}\n`).join(""));
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function done(store: SearchStore): Promise<void> {
  await vi.waitUntil(() => store.get().phase === "done" && store.get().summary !== null);
}

test("what is shown is replaced, whatever was typed since", async () => {
  const store = new SearchStore("ws_1");
  store.edit({ text: "one", replacement: "two", replacing: true });
  store.run();
  await done(store);
  store.edit({ text: "o", replacement: "" });
  await store.replace();
  expect(replaced).toMatchObject([{ q: "one", replacement: "two" }]);

  // The next search is what counts once its results are shown.
  await vi.advanceTimersByTimeAsync(1_000);
  await done(store);
  await store.replace();
  expect(replaced[1]).toMatchObject({ q: "o", replacement: "" });
});

test("nothing is replaced before it was shown what it becomes", async () => {
  const store = new SearchStore("ws_1");
  store.edit({ text: "one" });
  store.run();
  await done(store);
  expect(store.get().files).toEqual([file]);
  store.edit({ replacing: true });
  await store.replace();
  expect(replaced).toEqual([]);
});
