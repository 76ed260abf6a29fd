/** Parts of the page that come when they are needed, and wait for the network where there is none. */
import { type ComponentType, lazy } from "react";

/** Between two tries while the network does not say that it is back, in milliseconds. */
const AGAIN_MS = 2_000;

const parts: (() => Promise<unknown>)[] = [];

/** As `lazy`; somebody without a network waits for the part, and loses nothing of the page for it. */
// biome-ignore lint/suspicious/noExplicitAny: as React's own `lazy` has it
export function lazyPart<T extends ComponentType<any>>(load: () => Promise<{ default: T }>) {
  parts.push(load);
  return lazy(() => whenThere(load, online));
}

/** Has every part brought, one after the other, while there is a network and nothing else to do. */
export function bringParts(): void {
  if (typeof requestIdleCallback === "function") requestIdleCallback(() => void bring());
  else setTimeout(() => void bring(), AGAIN_MS);
}

async function bring(): Promise<void> {
  // A part that came may have parts of its own.
  for (let at = 0; at < parts.length; at += 1) {
    // What does not come now is asked for again when it is needed.
    await parts[at]?.().catch(() => undefined);
  }
}

/** Loads; after a failure as often as `back` says that the network is there again. */
export async function whenThere<T>(load: () => Promise<T>, back: () => Promise<boolean>): Promise<T> {
  for (;;) {
    try {
      return await load();
    } catch (error) {
      if (!(await back())) throw error;
    }
  }
}

/** Waits for the network; `false` when it was there all the time: then something else is wrong. */
async function online(): Promise<boolean> {
  if (await isThere()) return false;
  do await new Promise((done) => setTimeout(done, AGAIN_MS));
  while (!(await isThere()));
  return true;
}

/** Whether the server answers at all. */
async function isThere(): Promise<boolean> {
  try {
    await fetch("/readyz", { cache: "no-store" });
    return true;
  } catch {
    return false;
  }
}
