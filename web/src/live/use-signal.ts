import { useEffect, useEffectEvent } from "react";
import type { Signal } from "./store";

/** Runs `handler` for everything that a signal tells while the component is there. */
export function useSignal<T>(signal: Signal<T>, handler: (value: T) => void): void {
  const onValue = useEffectEvent(handler);
  useEffect(() => signal.on((value) => onValue(value)), [signal]);
}
