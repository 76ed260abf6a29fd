/** What a person can ask of a session. The page asks; the kernel's state says what became of it. */
import { ApiError } from "../api/client";
import { controlDevServer, restartSession, runSession, startSession, stopSession } from "../api/kernel";
import type { RuntimeState } from "../api/types";
import { layoutStore } from "./layout-store";
import { notifyFailure } from "./notices";
import { Cell } from "./store";
import { workspaceStore } from "./workspace-store";

export type Verb = "run" | "start" | "stop" | "restart" | "dev-start" | "dev-stop" | "dev-restart";

const ASK: Record<Verb, (id: string) => Promise<RuntimeState>> = {
  run: runSession,
  start: (id) => startSession(id, false),
  stop: stopSession,
  restart: restartSession,
  "dev-start": (id) => controlDevServer(id, "start"),
  "dev-stop": (id) => controlDevServer(id, "stop"),
  "dev-restart": (id) => controlDevServer(id, "restart"),
};

const FAILED: Record<Verb, string> = {
  run: "The session did not start",
  start: "The session did not start",
  stop: "The session did not stop",
  restart: "The session did not restart",
  "dev-start": "The dev server did not start",
  "dev-stop": "The dev server did not stop",
  "dev-restart": "The dev server did not restart",
};

const pending = new Map<string, Cell<Verb | null>>();

/** The request to a workspace's session that has not been answered yet. */
export function pendingVerb(workspaceId: string): Cell<Verb | null> {
  const known = pending.get(workspaceId);
  if (known !== undefined) return known;
  const cell = new Cell<Verb | null>(null);
  pending.set(workspaceId, cell);
  return cell;
}

/** Asks for `verb`, unless another request is still under way. */
export async function ask(workspaceId: string, verb: Verb): Promise<void> {
  const cell = pendingVerb(workspaceId);
  if (cell.get() !== null) return;
  cell.set(verb);
  if (verb === "run") showLog(workspaceId);
  try {
    workspaceStore(workspaceId).answer(await ASK[verb](workspaceId));
  } catch (error) {
    // Somebody else was quicker: their session is what was asked for.
    if (error instanceof ApiError && error.code === "session_already_running") {
      if (error.details !== undefined) workspaceStore(workspaceId).answer(error.details as RuntimeState);
    } else {
      notifyFailure(FAILED[verb], error);
    }
  } finally {
    cell.set(null);
  }
}

/** Who presses Run wants to see what the app says, unless a terminal is in use. */
function showLog(workspaceId: string): void {
  const { runtime } = workspaceStore(workspaceId).get();
  const inUse = runtime?.terminals.some((it) => it.kind !== "dev_server") ?? false;
  if (!inUse) layoutStore(workspaceId).change({ dock: true, dockTab: "log" });
}
