import { expect, test } from "vitest";
import * as Y from "yjs";
import { peersOf, peopleOf, placeIn } from "./peers";
import { Replica } from "./replica";

/** A replica with a text, and what others claim of themselves. */
function told(...states: Record<string, unknown>[]): Replica {
  const replica = new Replica();
  replica.text.insert(0, "one two");
  for (const [index, state] of states.entries()) replica.awareness.states.set(100 + index, state);
  return replica;
}

// covers: U0.14
test("two pages of one person are two cursors and one person", () => {
  const user = { name: "Bea", principal: "usr_bea" };
  const replica = told({ user }, { user });
  const peers = peersOf(replica.awareness, replica.text);
  expect(peers.map((it) => [it.client, it.name])).toEqual([
    [100, "Bea"],
    [101, "Bea"],
  ]);
  expect(peopleOf(peers)).toHaveLength(1);
  replica.dispose();
});

test("a cursor stays at its letter while others type", () => {
  const replica = told();
  const place = (index: number) =>
    JSON.parse(JSON.stringify(Y.createRelativePositionFromTypeIndex(replica.text, index))) as unknown;
  replica.awareness.states.set(100, { cursor: { anchor: place(4), head: place(7) }, top: place(0) });
  replica.text.insert(0, "zero ");
  const [peer] = peersOf(replica.awareness, replica.text);
  expect(peer).toMatchObject({ anchor: 9, head: 12, name: "Somebody", principal: null });
  replica.dispose();
});

test("nonsense is nobody's place", () => {
  const replica = told({
    cursor: { anchor: 3, head: { type: "x" } },
    top: [],
    user: 4,
    page: 5,
    stead: null,
  });
  const [peer] = peersOf(replica.awareness, replica.text);
  expect(peer).toMatchObject({ anchor: null, head: null, top: null, page: null, readOnly: false });
  const elsewhere = new Y.Doc().getText("other");
  elsewhere.insert(0, "x");
  expect(placeIn(replica.text, Y.createRelativePositionFromTypeIndex(elsewhere, 1))).toBeNull();
  replica.dispose();
});
