/** Who else is in a document and where, out of what their pages show. */
import type { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";

/** What this page shows of itself. Name and principal are set by the kernel, whatever is claimed. */
export interface Shown {
  cursor: { anchor: Y.RelativePosition; head: Y.RelativePosition } | null;
  /** The first line on the screen. */
  top: Y.RelativePosition | null;
  /** Which connection of the workspace this page is (`people`). */
  page: string | null;
}

/** One page of somebody else: two of one person are two peers. */
export interface Peer {
  client: number;
  principal: string | null;
  name: string;
  page: string | null;
  /** They may look and not write. */
  readOnly: boolean;
  /** Places in the text; null while they show none, or one that this replica does not have yet. */
  anchor: number | null;
  head: number | null;
  top: number | null;
}

/** The others. Everything in a state but name, principal and role is only claimed. */
export function peersOf(awareness: Awareness, text: Y.Text): Peer[] {
  const peers: Peer[] = [];
  for (const [client, state] of awareness.states) {
    if (client === awareness.clientID) continue;
    const user = record(state["user"]);
    const cursor = record(state["cursor"]);
    const [anchor, head] = [placeIn(text, cursor["anchor"]), placeIn(text, cursor["head"])];
    const both = anchor !== null && head !== null;
    peers.push({
      client,
      principal: stringOr(user["principal"], null),
      name: stringOr(user["name"], "Somebody"),
      page: stringOr(state["page"], null),
      readOnly: record(state["stead"])["read_only"] === true,
      anchor: both ? anchor : null,
      head: both ? head : null,
      top: placeIn(text, state["top"]),
    });
  }
  return peers.toSorted((a, b) => a.client - b.client);
}

/** Each of them once, in the order in which they are told. */
export function peopleOf(peers: readonly Peer[]): Peer[] {
  const seen = new Set<string>();
  return peers.filter((it) => {
    const who = it.principal ?? `${it.client}`;
    if (seen.has(who)) return false;
    seen.add(who);
    return true;
  });
}

/** Where a relative position is in the text now; null when it is none of this text. */
export function placeIn(text: Y.Text, position: unknown): number | null {
  if (text.doc === null || typeof position !== "object" || position === null) return null;
  try {
    const relative = Y.createRelativePositionFromJSON(position);
    const place = Y.createAbsolutePositionFromRelativePosition(relative, text.doc);
    return place !== null && place.type === text ? place.index : null;
  } catch {
    return null;
  }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function stringOr<T>(value: unknown, otherwise: T): string | T {
  return typeof value === "string" && value !== "" ? value : otherwise;
}
