/** Parts of the page that come when they are needed, or before, while there is nothing else to do. */
import { CloudOff } from "lucide-react";
import { type ComponentType, lazy } from "react";
import { Button } from "./Button";
import { Explain } from "./Explain";

const parts: (() => Promise<unknown>)[] = [];

/** As `lazy`; where a part does not come, its place says so, and the rest of the page goes on. */
// biome-ignore lint/suspicious/noExplicitAny: as React's own `lazy` has it
export function lazyPart<T extends ComponentType<any>>(load: () => Promise<{ default: T }>) {
  parts.push(load);
  return lazy(() => load().catch(() => ({ default: AwayPart as unknown as T })));
}

/** Has every part brought, one after the other, so that it is there when the network is not. */
export function bringParts(): void {
  if (typeof requestIdleCallback === "function") requestIdleCallback(() => void bring());
  else setTimeout(() => void bring());
}

async function bring(): Promise<void> {
  // A part that came may have parts of its own.
  for (let at = 0; at < parts.length; at += 1) {
    // What does not come is told of when it is needed.
    await parts[at]?.().catch(() => undefined);
  }
}

/** Browsers do not ask twice for a module that did not come: only a fresh page gets it. */
function AwayPart() {
  return (
    <Explain
      icon={<CloudOff />}
      title="This part of the page did not come"
      actions={<Button onClick={() => location.reload()}>Reload the page</Button>}
    >
      The network was away, or Stead has a new version. What you typed is kept; reload when the network is
      back.
    </Explain>
  );
}
