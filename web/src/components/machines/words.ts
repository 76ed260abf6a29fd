/** Words about machines and moves for people. */
import type { DrainedWorkspace, Fleet, Machine, Move } from "../../api/machines";
import { bytes, counted, lasting } from "../ui/words";

/** What the server's own machine is called. */
export const OWN_NAME = "This server";

/** How a machine is, in a word, with the tone of its badge. */
export function stateOf({ state, draining, seen_at_ms }: Machine): {
  word: string;
  tone: "lake" | "plain" | "bad";
} {
  if (state === "ready") return { word: "connected", tone: "lake" };
  if (state === "draining") return { word: "draining", tone: "plain" };
  if (seen_at_ms === 0) return { word: "not seen yet", tone: "plain" };
  return { word: draining ? "lost, draining" : "lost", tone: "bad" };
}

/** What a machine that does not answer means for whoever needs it. */
export function lostWords({ seen_at_ms, workspaces }: Machine, nowMs: number): string {
  if (seen_at_ms === 0) return "It has joined, and was never heard of. Is `stead host` running there?";
  const since = `Nothing was heard of it for ${lasting(nowMs - seen_at_ms)}.`;
  const back = "It comes back by itself when it runs and reaches this server.";
  if (workspaces === 0) return `${since} ${back}`;
  return `${since} What runs there goes on, and is started nowhere else. ${back}`;
}

/** What a machine is called in a sentence; `null` is the server's own. */
export function nameOf(fleet: Fleet, id: string | null | undefined): string {
  if (id === null || id === undefined) return OWN_NAME.toLowerCase();
  return fleet.machines.find((it) => it.id === id)?.name ?? id;
}

/** How far a move is, in a sentence; `target` is the name of the machine it goes to. */
export function moveWords(move: Move, target: string): string {
  switch (move.phase) {
    case "preparing":
      return "Getting ready: what runs there ends in order";
    case "copying":
      return `Copying, ${share(move)}`;
    case "verifying":
      return `Reading back what has come, ${share(move)}`;
    case "starting":
      return `Trying whether it starts on ${target}`;
    case "clearing":
      return `It can be used on ${target}; the old copy is being deleted`;
    case "returning":
    case "releasing":
      return "Going back to the old copy";
    case "abandoning":
      return "It can be used where it was; what was copied is being deleted";
    case "done":
      return `Moved to ${target}`;
    case "cancelled":
      return "Cancelled; it is where it was";
    case "failed":
      return "Not moved; it is where it was, and nothing of it was lost";
  }
}

function share({ bytes_done, bytes_total }: Move): string {
  return bytes_total === 0 ? "counting" : `${bytes(bytes_done)} of ${bytes(bytes_total)}`;
}

/** Whether anything is left to do. */
export function isOver({ phase }: Move): boolean {
  return phase === "done" || phase === "cancelled" || phase === "failed";
}

/** Whether the workspace cannot be used because of it. */
export function isInTheWay(move: Move): boolean {
  return !isOver(move) && move.phase !== "clearing" && move.phase !== "abandoning";
}

/** Whether it can still be gone back on. */
export function canCancel({ phase, cancelled }: Move): boolean {
  return !cancelled && ["preparing", "copying", "verifying", "starting"].includes(phase);
}

const DRAINED: Record<DrainedWorkspace["state"], string> = {
  waiting: "Waits for its turn",
  running: "A session runs: it waits until that was stopped",
  moving: "Moving",
  moved: "Moved",
  failed: "Stayed where it was",
};

/** How far one workspace of a machine that is emptied is. */
export function drainedWords(fleet: Fleet, { state, progress }: DrainedWorkspace): string {
  if (progress === null || progress === undefined) return DRAINED[state];
  const words = moveWords(progress, nameOf(fleet, progress.to));
  return progress.error === null || progress.error === undefined ? words : `${words}: ${progress.error}`;
}

/** “3 workspaces, 1 awake”. */
export function workspaceWords({ workspaces, awake }: Machine): string {
  if (workspaces === 0) return "no workspaces";
  return `${counted(workspaces, "workspace")}, ${awake} awake`;
}

/** “24 December 2026”. */
export function day(ms: number): string {
  return new Date(ms).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
}

/** “14:05”. */
export function clock(ms: number): string {
  return new Date(ms).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}
