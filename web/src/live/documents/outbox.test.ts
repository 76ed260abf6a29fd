import { beforeEach, describe, expect, test } from "vitest";
import * as Y from "yjs";
import { Outbox } from "./outbox";
import { dropUnsent, keepUnsent, type Unsent, unsentKey, unsentOf } from "./unsent";

/** Types some letters one after the other. */
function typed(letters: string): { doc: Y.Doc; updates: Uint8Array[] } {
  const doc = new Y.Doc();
  const updates: Uint8Array[] = [];
  doc.on("update", (it: Uint8Array) => updates.push(it));
  for (const letter of letters) doc.getText("content").insert(doc.getText("content").length, letter);
  return { doc, updates };
}

describe("what was typed and is not on disk", () => {
  test("goes when the message that carried it is acknowledged, and no sooner", () => {
    const outbox = new Outbox();
    const [one, two, three] = typed("abc").updates as [Uint8Array, Uint8Array, Uint8Array];
    outbox.add(one);
    outbox.add(two);
    outbox.sent();
    outbox.add(three);
    outbox.acknowledged(1);
    expect(outbox.isEmpty).toBe(false);
    outbox.sent();
    outbox.acknowledged(1);
    expect(outbox.isEmpty).toBe(false);
    outbox.acknowledged(2);
    expect(outbox.isEmpty).toBe(true);
    expect(outbox.merged()).toBeNull();
  });

  test("is unsent again when the connection is lost", () => {
    const outbox = new Outbox();
    outbox.add(typed("a").updates[0] as Uint8Array);
    outbox.sent();
    outbox.lost();
    outbox.acknowledged(9);
    expect(outbox.isEmpty).toBe(false);
    outbox.sent();
    outbox.acknowledged(1);
    expect(outbox.isEmpty).toBe(true);
  });

  test("is the same text again on the replica of another page", () => {
    const outbox = new Outbox();
    const { doc, updates } = typed("hello");
    const base = new Y.Doc();
    Y.applyUpdate(base, updates[0] as Uint8Array);
    for (const it of updates.slice(1)) outbox.add(it);
    Y.applyUpdate(base, outbox.merged() as Uint8Array);
    expect(base.getText("content").toString()).toBe("hello");
    expect(Y.encodeStateVector(base)).toEqual(Y.encodeStateVector(doc));
  });
});

describe("what the browser keeps", () => {
  const ada = { principal: "usr_ada", workspaceId: "ws_1" };
  const unsent = (at: number): Unsent => ({
    key: unsentKey(ada, 7),
    documentId: "d1",
    path: "a.txt",
    update: new Uint8Array([1, 2, 255]),
    text: "text",
    at,
    stranded: false,
  });
  beforeEach(() => localStorage.clear());

  test("is read by its person in its workspace alone", () => {
    expect(keepUnsent(unsent(1))).toBe(true);
    expect(unsentOf(ada)).toEqual([unsent(1)]);
    expect(unsentOf({ ...ada, principal: "usr_eve" })).toEqual([]);
    expect(unsentOf({ ...ada, workspaceId: "ws_2" })).toEqual([]);
  });

  test("goes only as it was when it arrived", () => {
    keepUnsent(unsent(1));
    keepUnsent(unsent(2));
    dropUnsent(unsent(1));
    expect(unsentOf(ada)).toEqual([unsent(2)]);
    dropUnsent(unsent(2));
    expect(unsentOf(ada)).toEqual([]);
  });

  test("is skipped where it cannot be read", () => {
    localStorage.setItem(unsentKey(ada, 8), "{");
    expect(unsentOf(ada)).toEqual([]);
  });
});
