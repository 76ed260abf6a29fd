/**
 * What was typed and has not reached the kernel, kept by the browser over a reload or a crash.
 * Local storage and not a database: it is written before the page is gone.
 */
import { fromBase64, toBase64 } from "lib0/buffer";

/** Whose text it is; another person in the same browser neither sees nor sends it. */
export interface Owner {
  principal: string;
  workspaceId: string;
}

export interface Unsent {
  key: string;
  documentId: string;
  path: string;
  update: Uint8Array;
  /** The whole text with it, for when it can no longer be joined. */
  text: string;
  /** Milliseconds since 1970; tells two states of one key apart. */
  at: number;
  /** The document it belongs to is no more: it is for a person to decide. */
  stranded: boolean;
}

type Stored = Omit<Unsent, "key" | "update"> & { update: string };

const prefixOf = ({ principal, workspaceId }: Owner) => `stead.unsent.${principal}.${workspaceId}.`;

/** Under which key a replica keeps its text; one of nobody's that is not kept. */
export function unsentKey(owner: Owner | null, client: number): string {
  return `${owner === null ? "" : prefixOf(owner)}${client}`;
}

/** Whether it could be kept. */
export function keepUnsent({ key, ...unsent }: Unsent): boolean {
  const stored: Stored = { ...unsent, update: toBase64(unsent.update) };
  try {
    localStorage.setItem(key, JSON.stringify(stored));
    return true;
  } catch {
    return false;
  }
}

/** Everything that is kept for somebody in a workspace. */
export function unsentOf(owner: Owner): Unsent[] {
  try {
    const prefix = prefixOf(owner);
    const keys = Array.from({ length: localStorage.length }, (_, index) => localStorage.key(index) ?? "");
    return keys.filter((it) => it.startsWith(prefix)).flatMap((it) => read(it) ?? []);
  } catch {
    return [];
  }
}

export function isKept({ key }: Pick<Unsent, "key">): boolean {
  return read(key) !== null;
}

/** Forgets a state; a newer one under the same key stays. */
export function dropUnsent({ key, at }: Pick<Unsent, "key" | "at">): void {
  if (read(key)?.at === at) localStorage.removeItem(key);
}

function read(key: string): Unsent | null {
  try {
    const stored = JSON.parse(localStorage.getItem(key) ?? "null") as Stored | null;
    return stored === null ? null : { ...stored, key, update: fromBase64(stored.update) };
  } catch {
    return null;
  }
}
