import { useSyncExternalStore } from "react";
import type { Store } from "./store";

/** The only bridge between a live value and a component. */
export function useStore<S>(store: Store<S>): S {
  return useSyncExternalStore(store.subscribe, store.get, store.get);
}
