/** What the page knows of a workspace, as a function of the frames it got. No IO here. */
import type {
  Event,
  FileChange,
  FromKernel,
  GitTask,
  Person,
  ProcessLoad,
  RuntimeState,
  SystemStats,
} from "../api/types";
import { waitAfter } from "./backoff";

/** Waits between attempts, in milliseconds; the last one repeats. */
const BACKOFF_MS = [0, 400, 1_000, 2_000, 4_000, 8_000] as const;
/** Silence after which the other side is asked whether it is there. */
export const PING_AFTER_MS = 5_000;
/** Silence after a ping that means it is not. */
export const PONG_WITHIN_MS = 4_000;
/** Close codes after which asking again is pointless. */
const CLOSE_REFUSED = new Map([
  [4401, "unauthenticated"],
  [4403, "forbidden"],
  [4404, "not_found"],
] as const);

/** Why the workspace cannot be shown at all. */
export type Refusal = "unauthenticated" | "forbidden" | "not_found";

export interface WorkspaceView {
  /**
   * `connecting` before the first answer, `live` while frames come, `reconnecting` after that was lost,
   * `refused` when asking again is pointless.
   */
  connection: "connecting" | "live" | "reconnecting" | "refused";
  refusal: Refusal | null;
  /** Attempts since the connection was last live. */
  attempts: number;
  /** The kernel's last word; old news unless `connection` is `live`. */
  runtime: RuntimeState | null;
  stats: SystemStats | null;
  /** The busiest processes; only while somebody looks at them. */
  processes: ProcessLoad[];
  /** Who is here, this page included; empty unless `connection` is `live`. */
  people: Person[];
  /** How many are here that `people` does not list. */
  morePeople: number;
  /** Which of `people` this page is. */
  self: string | null;
  readOnly: boolean;
  /** First event that has not been seen; null before the first `hello`. */
  nextSeq: number | null;
}

export const UNKNOWN: WorkspaceView = {
  connection: "connecting",
  refusal: null,
  attempts: 0,
  runtime: null,
  stats: null,
  processes: [],
  people: [],
  morePeople: 0,
  self: null,
  readOnly: false,
  nextSeq: null,
};

/** Something a person may want to be told about. Equal `key`s replace one another. */
export interface Notice {
  key: string;
  tone: "info" | "good" | "bad";
  title: string;
  detail?: string;
  /** What can be done about it. */
  action?: { kind: "preview"; port: number } | { kind: "problems" } | { kind: "log" };
}

/** News for the file tree and open editors. */
export type FileNews =
  | { kind: "changed"; path: string; change: FileChange; from: string | null }
  | { kind: "rescan" };

export type Input =
  | { kind: "frame"; frame: FromKernel }
  | { kind: "closed"; code: number }
  | { kind: "refused"; refusal: Refusal }
  /** The state that a request was answered with. */
  | { kind: "answer"; runtime: RuntimeState };

export type Effect =
  | { kind: "connect"; afterMs: number }
  | { kind: "notice"; notice: Notice }
  /** What was told under these keys is no news any more. */
  | { kind: "over"; keys: string[] }
  | { kind: "files"; news: FileNews }
  | { kind: "git"; task: GitTask | null };

/** The view after an input, and what is to be done about it. */
export function step(view: WorkspaceView, input: Input): [WorkspaceView, Effect?] {
  switch (input.kind) {
    case "frame":
      return receive(view, input.frame);
    case "answer":
      return withRuntime(view, input.runtime);
    case "refused":
      return [{ ...view, connection: "refused", refusal: input.refusal }];
    case "closed":
      return closed(view, input.code);
  }
}

function closed(view: WorkspaceView, code: number): [WorkspaceView, Effect?] {
  const refusal = CLOSE_REFUSED.get(code as 4401);
  if (refusal !== undefined) return [{ ...view, connection: "refused", refusal }];
  if (view.connection === "refused") return [view];
  const afterMs = waitAfter(view.attempts, BACKOFF_MS);
  const connection = view.nextSeq === null ? "connecting" : "reconnecting";
  return [
    { ...view, connection, attempts: view.attempts + 1, people: [], morePeople: 0, self: null },
    { kind: "connect", afterMs },
  ];
}

function receive(view: WorkspaceView, frame: FromKernel): [WorkspaceView, Effect?] {
  switch (frame.type) {
    case "hello":
      // With a backlog to come, `nextSeq` stays where it is and rises with the events.
      return [
        {
          ...view,
          connection: "live",
          refusal: null,
          attempts: 0,
          readOnly: frame.read_only,
          self: frame.connection,
          nextSeq: view.nextSeq ?? frame.next_seq,
        },
      ];
    case "gap":
      return [
        { ...view, nextSeq: frame.next_seq },
        { kind: "files", news: { kind: "rescan" } },
      ];
    case "state":
      return withRuntime(view, frame.state);
    case "event":
      return happened(view, frame.event);
    case "file_changed":
      return [view, { kind: "files", news: changed(frame.path, frame.event_type, frame.from) }];
    case "files_rescan":
      return [view, { kind: "files", news: { kind: "rescan" } }];
    case "system_stats":
      return [{ ...view, stats: frame.stats }];
    case "processes":
      return [{ ...view, processes: frame.processes }];
    case "git_changed":
      return [view, { kind: "git", task: frame.task ?? null }];
    case "people":
      return [{ ...view, people: frame.people, morePeople: frame.more }];
    // The page shows an agent by its terminal.
    case "agent_output":
    case "subscribed":
    case "error":
    case "pong":
    case "come_back":
      return [view];
  }
}

function changed(path: string, change: FileChange, from: string | null): FileNews {
  return { kind: "changed", path, change, from };
}

/** Keeps the newer of two states; the kernel's revision decides, not the order of arrival. */
function withRuntime(view: WorkspaceView, runtime: RuntimeState): [WorkspaceView, Effect?] {
  if (view.runtime !== null && runtime.revision < view.runtime.revision) return [view];
  const stats = runtime.status === "running" ? view.stats : null;
  const next = { ...view, runtime, stats };
  const ended = view.runtime !== null && isAppWanted(view.runtime) && !isAppWanted(runtime);
  return ended ? [next, { kind: "over", keys: ["build", "dev-server"] }] : [next];
}

/** Whether somebody wants the app to run: what happens to it and to its builds is news then. */
function isAppWanted({ status, dev_server }: RuntimeState): boolean {
  return status === "running" && dev_server.status !== "stopping" && dev_server.status !== "stopped";
}

function happened(view: WorkspaceView, event: Event): [WorkspaceView, Effect?] {
  if (view.nextSeq !== null && event.seq < view.nextSeq) return [view];
  const next = { ...view, nextSeq: event.seq + 1 };
  if (event.type === "PORT_CLOSED") return [next, { kind: "over", keys: [`port-${event.port}`] }];
  const notice = noticeOf(event, view.runtime);
  return notice === null ? [next] : [next, { kind: "notice", notice }];
}

/** What is worth interrupting somebody for, and nothing else. */
export function noticeOf(event: Event, runtime: RuntimeState | null): Notice | null {
  const asked = runtime?.status === "stopping" || runtime?.dev_server.status === "stopping";
  switch (event.type) {
    case "RUNTIME_CRASHED":
      return { key: "session", tone: "bad", title: "The session crashed", detail: event.error };
    case "DEV_SERVER_EXITED": {
      if (asked || event.exit.code === 0) return null;
      const detail = event.last_lines.findLast((line) => line.trim() !== "");
      return {
        key: "dev-server",
        tone: "bad",
        title: `The dev server ${exitText(event.exit)}`,
        ...(detail === undefined ? {} : { detail }),
        action: { kind: "log" },
      };
    }
    case "DEV_SERVER_READY":
      // Only after a failure: the first start is told by the preview itself.
      if ((runtime?.dev_server.restarts ?? 0) === 0) return null;
      return { key: "dev-server", tone: "good", title: "The dev server is back" };
    case "BUILD_FAILED": {
      if (asked) return null;
      const [first] = event.errors;
      const more = event.errors.length - 1;
      return {
        key: "build",
        tone: "bad",
        title: more > 0 ? `Build failed with ${event.errors.length} problems` : "Build failed",
        ...(first === undefined
          ? {}
          : { detail: first.file === "" ? first.message : `${first.file}: ${first.message}` }),
        action: { kind: "problems" },
      };
    }
    case "BUILD_SUCCEEDED":
      return runtime?.build.status === "failed"
        ? { key: "build", tone: "good", title: "The build works again" }
        : null;
    case "PORT_OPENED":
      return {
        key: `port-${event.port}`,
        tone: "info",
        title: `Port ${event.port} opened`,
        detail: event.process,
        action: { kind: "preview", port: event.port },
      };
    case "DIAGNOSTIC":
      // Shown for as long as it lasts, or mended already.
      if (event.code === "watch_limited" || event.code === "files_overflow") return null;
      return { key: event.code, tone: "bad", title: event.message };
    default:
      return null;
  }
}

const SIGNALS = new Map([
  [1, "HUP"],
  [2, "INT"],
  [6, "ABRT"],
  [9, "KILL"],
  [11, "SEGV"],
  [15, "TERM"],
]);

/** “exited with code 1”, “was ended by signal KILL”. */
export function exitText(exit: { code: number | null; signal: number | null }): string {
  if (exit.signal !== null) return `was ended by signal ${SIGNALS.get(exit.signal) ?? exit.signal}`;
  return `exited with code ${exit.code ?? "unknown"}`;
}
