import { useSyncExternalStore } from "react";
import { Cell } from "./store";

/** A clock that ticks only while somebody looks. */
function clock(tickMs: number) {
  const cell = new Cell(Date.now());
  let watchers = 0;
  let timer: ReturnType<typeof setInterval> | undefined;
  const subscribe = (listener: () => void) => {
    const forget = cell.subscribe(listener);
    watchers += 1;
    if (watchers === 1) {
      cell.set(Date.now());
      timer = setInterval(() => cell.set(Date.now()), tickMs);
    }
    return () => {
      forget();
      watchers -= 1;
      if (watchers === 0) clearInterval(timer);
    };
  };
  return { subscribe, get: cell.get };
}

const slow = clock(30_000);
const fast = clock(1_000);
const never = () => () => undefined;

/** The time in milliseconds, renewed twice a minute: for “3 minutes ago”. */
export function useNow(): number {
  return useSyncExternalStore(slow.subscribe, slow.get);
}

/** Whole seconds until a moment, 0 after it; null without one. */
export function useCountdown(untilMs: number | null): number | null {
  const now = useSyncExternalStore(untilMs === null ? never : fast.subscribe, fast.get);
  return untilMs === null ? null : Math.max(0, Math.ceil((untilMs - now) / 1_000));
}
