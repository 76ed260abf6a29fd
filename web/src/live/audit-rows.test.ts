import { describe, expect, it } from "vitest";
import type { AuditEntry, AuditPage } from "../api/audit";
import { NOTHING_YET, withNewer, withOlder, withWaiting } from "./audit-rows";

const entry = (seq: number, time_ms = seq) => ({ seq, time_ms }) as AuditEntry;
const page = (seqs: number[], next: string | null = null): AuditPage => ({
  entries: seqs.map((it) => entry(it)),
  next,
  searched_until_ms: next === null ? null : 1,
  people: { [`usr_${seqs[0]}`]: "Ada" },
  workspaces: {},
});
const seqs = (rows: AuditEntry[]) => rows.map((it) => it.seq);

describe("rows of the audit log", () => {
  it("grow downwards, each once", () => {
    const first = withOlder(NOTHING_YET, page([9, 8, 7], "c7"));
    expect([seqs(first.rows), first.next]).toEqual([[9, 8, 7], "c7"]);
    const second = withOlder(first, page([7, 6]));
    expect([seqs(second.rows), second.next, second.loaded]).toEqual([[9, 8, 7, 6], null, true]);
    expect(Object.keys(second.people)).toHaveLength(2);
  });

  it("wait above what is read until they are let in", () => {
    const shown = withOlder(NOTHING_YET, page([5, 4]));
    const more = withNewer(withNewer(shown, page([6, 5]), false), page([8, 7, 6]), false);
    expect([seqs(more.rows), seqs(more.waiting), more.gap]).toEqual([[5, 4], [8, 7, 6], false]);
    const joined = withWaiting(more);
    expect([seqs(joined.rows), joined.waiting]).toEqual([[8, 7, 6, 5, 4], []]);
    expect(withNewer(joined, page([8, 7]), false)).toBe(joined);
    expect(withWaiting(joined)).toBe(joined);
  });

  it("that were late stand where their time says", () => {
    const shown = withOlder(NOTHING_YET, { ...page([]), entries: [entry(5, 50), entry(4, 30)] });
    const late = withNewer(shown, { ...page([]), entries: [entry(7, 60), entry(6, 40)] }, false);
    expect(seqs(withWaiting(late).rows)).toEqual([7, 5, 6, 4]);
  });

  it("leave a gap when more came than one answer holds", () => {
    const shown = withOlder(NOTHING_YET, page([5, 4]));
    expect(withNewer(shown, page([9, 8]), true).gap).toBe(true);
    expect(withNewer(shown, page([7, 6, 5]), true).gap).toBe(false);
  });
});
