/** Tells an open page at once that its person was signed out, or has other rights or another name. */
import { useEffect } from "react";
import { socketUrl } from "../api/client";
import { CALM_MS, waitAfter } from "./backoff";

/**
 * Keeps a channel open that says nothing and closes when something has changed: then, and whenever it
 * opens, the page asks again. Ends when the returned function is called.
 */
export function watchPerson(onChange: () => void): () => void {
  let socket: WebSocket | null = null;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  const connect = () => {
    const own = new WebSocket(socketUrl("/api/v1/me/watch"));
    socket = own;
    own.onopen = () => {
      failures = 0;
      onChange();
    };
    own.onclose = () => {
      if (socket !== own) return;
      onChange();
      retry = setTimeout(connect, waitAfter(failures, CALM_MS));
      failures += 1;
    };
  };
  connect();
  return () => {
    clearTimeout(retry);
    const last = socket;
    socket = null;
    last?.close();
  };
}

/** Watches while somebody is signed in. */
export function usePersonWatch(active: boolean, onChange: () => void): void {
  useEffect(() => (active ? watchPerson(onChange) : undefined), [active, onChange]);
}
