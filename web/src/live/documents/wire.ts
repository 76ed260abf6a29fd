/** Frames of a live document: the protocol of `y-websocket`, and the kernel's own messages beside it. */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import type { FromDocument, ToDocument } from "../../api/types";

/** First number of a message. */
const MESSAGE = { sync: 0, awareness: 1, denied: 2, ours: 64 } as const;
/** Second number of a message about updates. */
const SYNC = { have: 0, rest: 1, update: 2 } as const;

export type Incoming =
  /** What the kernel has: it wants what it lacks. */
  | { kind: "have"; vector: Uint8Array }
  /** What this replica lacked when it asked. */
  | { kind: "rest"; update: Uint8Array }
  | { kind: "update"; update: Uint8Array }
  | { kind: "presence"; entries: Uint8Array }
  | { kind: "ours"; message: FromDocument }
  /** Another message of Yjs, which says nothing to this page. */
  | { kind: "other" };

/** Reads a frame. Throws when it is none. */
export function read(frame: Uint8Array): Incoming {
  const decoder = decoding.createDecoder(frame);
  switch (decoding.readVarUint(decoder)) {
    case MESSAGE.sync:
      return readSync(decoder);
    case MESSAGE.awareness:
      return { kind: "presence", entries: decoding.readVarUint8Array(decoder) };
    case MESSAGE.ours:
      return { kind: "ours", message: JSON.parse(decoding.readVarString(decoder)) as FromDocument };
    default:
      return { kind: "other" };
  }
}

function readSync(decoder: decoding.Decoder): Incoming {
  const kind = decoding.readVarUint(decoder);
  const bytes = decoding.readVarUint8Array(decoder);
  if (kind === SYNC.have) return { kind: "have", vector: bytes };
  return kind === SYNC.rest ? { kind: "rest", update: bytes } : { kind: "update", update: bytes };
}

/** Asks for what lacks to a replica with this state vector. */
export const have = (vector: Uint8Array): Uint8Array => sync(SYNC.have, vector);
/** Answers {@link have} of the other side. */
export const rest = (update: Uint8Array): Uint8Array => sync(SYNC.rest, update);
export const update = (bytes: Uint8Array): Uint8Array => sync(SYNC.update, bytes);

/** Entries of presence. */
export function presence(entries: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, MESSAGE.awareness);
  encoding.writeVarUint8Array(encoder, entries);
  return encoding.toUint8Array(encoder);
}

export function ours(message: ToDocument): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, MESSAGE.ours);
  encoding.writeVarString(encoder, JSON.stringify(message));
  return encoding.toUint8Array(encoder);
}

function sync(kind: number, bytes: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, MESSAGE.sync);
  encoding.writeVarUint(encoder, kind);
  encoding.writeVarUint8Array(encoder, bytes);
  return encoding.toUint8Array(encoder);
}
