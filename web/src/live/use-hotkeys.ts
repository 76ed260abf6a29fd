import { useEffect, useEffectEvent } from "react";

/** Runs `handler` for every key press of the page, before the focused element sees it. */
export function useHotkeys(handler: (event: KeyboardEvent) => void): void {
  const onKey = useEffectEvent(handler);
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKey(event);
    addEventListener("keydown", listener, { capture: true });
    return () => removeEventListener("keydown", listener, { capture: true });
  }, []);
}
