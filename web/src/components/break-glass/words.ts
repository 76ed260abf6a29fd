/** How accesses are told. */
import type { BreakGlass } from "../../api/break-glass";

/** “16:41”, with the day where it is another one. */
export function moment(ms: number, nowMs: number): string {
  const then = new Date(ms);
  const time = then.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return then.toDateString() === new Date(nowMs).toDateString()
    ? time
    : `${then.toLocaleDateString([], { day: "numeric", month: "short" })}, ${time}`;
}

/** From when to when, and who ended it. */
export function span(access: BreakGlass, nowMs: number): string {
  const from = moment(access.begun_at_ms, nowMs);
  if (access.ended_at_ms == null)
    return `since ${from}, until ${moment(access.expires_at_ms, nowMs)} at most`;
  const by = access.ended_by == null ? "" : `, ended by ${access.ended_by}`;
  return `${from} to ${moment(access.ended_at_ms, nowMs)}${by}`;
}

/** What a workspace is named by: its id, or an address that has it. */
export function workspaceIn(text: string): string | null {
  return /\bws_[0-9a-z]{26}\b/.exec(text)?.[0] ?? null;
}
