import { expect, test } from "vitest";
import type { Event, FromKernel, RuntimeState } from "../api/types";
import { exitText, noticeOf, step, UNKNOWN, type WorkspaceView } from "./workspace-machine";

const STATE: RuntimeState = {
  workspace_id: "ws_1",
  session_id: "ses_1",
  generation: 1,
  started_at_ms: 1_700_000_000_000,
  started_by: "usr_ada",
  revision: 5,
  updated_at_ms: 0,
  status: "running",
  reason: null,
  setup: { status: "done", message: null, percent: null },
  dev_server: {
    status: "ready",
    phase: null,
    command: "npm run dev",
    framework: "vite",
    pid: 7,
    started_at_ms: 0,
    exit: null,
    last_lines: [],
    reason: null,
    restarts: 0,
    retry_at_ms: null,
  },
  build: { status: "idle", errors: [] },
  preview: { status: "running", port: 5173, path: "/", url: null },
  ports: [],
  terminals: [],
  file_watch: { status: "live", directories: 1, message: null },
  capabilities: {
    provider: "sandbox",
    limits: "cgroup_v2",
    memory_bytes_max: null,
    disk_bytes_max: null,
    processes_max: null,
    cpu_millis_max: null,
    network: "public",
    seccomp: true,
    landlock_abi: 0,
    missing: [],
  },
  disk: { used_bytes: null, full: false },
};

const HELLO: FromKernel = { type: "hello", next_seq: 10, read_only: false, connection: null };
const CAUSE = { time_ms: 0, session_id: null, principal: null, operator: null };

function feed(view: WorkspaceView, ...frames: FromKernel[]): WorkspaceView {
  return frames.reduce((it, frame) => step(it, { kind: "frame", frame })[0], view);
}

function portOpened(seq: number): FromKernel {
  return { type: "event", event: { ...CAUSE, seq, type: "PORT_OPENED", port: 3000, process: "node" } };
}

// covers: S1.43 S1.44 S1.51
test("the page shows what the kernel said first", () => {
  const view = feed(UNKNOWN, HELLO, { type: "state", state: STATE });
  expect(view.connection).toBe("live");
  expect(view.runtime).toEqual(STATE);
  expect(view.nextSeq).toBe(10);
});

// covers: S1.51 S1.73
test("an older state never replaces a newer one, whichever way it came", () => {
  const view = feed(UNKNOWN, HELLO, { type: "state", state: STATE });
  const [after] = step(view, { kind: "answer", runtime: { ...STATE, revision: 4, status: "stopped" } });
  expect(after.runtime?.status).toBe("running");
  const [newer] = step(view, { kind: "answer", runtime: { ...STATE, revision: 6, status: "stopping" } });
  expect(newer.runtime?.status).toBe("stopping");
});

test("an event that was seen before is not told twice", () => {
  const view = feed(UNKNOWN, HELLO);
  const [after, effect] = step(view, { kind: "frame", frame: portOpened(10) });
  expect(effect?.kind).toBe("notice");
  expect(after.nextSeq).toBe(11);
  const [again, none] = step(after, { kind: "frame", frame: portOpened(10) });
  expect(none).toBeUndefined();
  expect(again).toBe(after);
});

test("what was told of an app is no news once it is stopped, alone or with its session", () => {
  const over = (state: Partial<RuntimeState>) =>
    step(feed(UNKNOWN, HELLO, { type: "state", state: STATE }), {
      kind: "answer",
      runtime: { ...STATE, revision: 6, ...state },
    })[1];
  const keys = { kind: "over", keys: ["build", "dev-server"] };
  expect(over({ status: "stopping" })).toEqual(keys);
  expect(over({ status: "crashed" })).toEqual(keys);
  expect(over({ dev_server: { ...STATE.dev_server, status: "stopping" } })).toEqual(keys);
  // That it failed is what is told.
  expect(over({ dev_server: { ...STATE.dev_server, status: "failed" } })).toBeUndefined();
  expect(over({ build: { status: "failed", errors: [] } })).toBeUndefined();
  const event: Event = { ...CAUSE, seq: 10, type: "PORT_CLOSED", port: 3000 };
  const [, closed] = step(feed(UNKNOWN, HELLO), { kind: "frame", frame: { type: "event", event } });
  expect(closed).toEqual({ kind: "over", keys: ["port-3000"] });
});

// covers: S1.83
test("a lost connection is called reconnecting, and only then", () => {
  const first = step(UNKNOWN, { kind: "closed", code: 1006 })[0];
  expect(first.connection).toBe("connecting");
  const live = feed(UNKNOWN, HELLO, { type: "state", state: STATE });
  const [lost, effect] = step(live, { kind: "closed", code: 1006 });
  expect(lost.connection).toBe("reconnecting");
  expect(lost.runtime).toEqual(STATE);
  expect(effect).toEqual({ kind: "connect", afterMs: 0 });
  expect(feed(lost, HELLO).connection).toBe("live");
});

test("attempts come slower and slower until one succeeds", () => {
  let view = feed(UNKNOWN, HELLO);
  const waits: number[] = [];
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const [next, effect] = step(view, { kind: "closed", code: 1006 });
    view = next;
    if (effect?.kind === "connect") waits.push(effect.afterMs);
  }
  expect(waits).toEqual([0, 400, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
  expect(feed(view, HELLO).attempts).toBe(0);
});

test("a reconnect goes on from the first event that was not seen", () => {
  const lost = step(feed(UNKNOWN, HELLO, portOpened(10)), { kind: "closed", code: 4001 })[0];
  const back = feed(lost, { type: "hello", next_seq: 30, read_only: false, connection: null });
  expect(back.nextSeq).toBe(11);
  expect(feed(back, { type: "gap", next_seq: 25 }).nextSeq).toBe(25);
});

test("a gap makes the file tree list again", () => {
  const [, effect] = step(feed(UNKNOWN, HELLO), { kind: "frame", frame: { type: "gap", next_seq: 99 } });
  expect(effect).toEqual({ kind: "files", news: { kind: "rescan" } });
});

test("a refusal ends the attempts", () => {
  const [view, effect] = step(feed(UNKNOWN, HELLO), { kind: "closed", code: 4404 });
  expect(view.connection).toBe("refused");
  expect(view.refusal).toBe("not_found");
  expect(effect).toBeUndefined();
});

test("a dev server that was asked to stop is no news", () => {
  const event: Event = {
    ...CAUSE,
    seq: 1,
    type: "DEV_SERVER_EXITED",
    exit: { code: null, signal: 15 },
    last_lines: [],
  };
  expect(noticeOf(event, { ...STATE, status: "stopping" })).toBeNull();
  expect(noticeOf(event, STATE)?.title).toBe("The dev server was ended by signal TERM");
});

test("a build is praised only after a failure", () => {
  const event: Event = { ...CAUSE, seq: 1, type: "BUILD_SUCCEEDED" };
  expect(noticeOf(event, STATE)).toBeNull();
  expect(noticeOf(event, { ...STATE, build: { status: "failed", errors: [] } })?.tone).toBe("good");
});

test("a dev server is welcomed back only after a restart", () => {
  const event: Event = { ...CAUSE, seq: 1, type: "DEV_SERVER_READY", port: 5173 };
  expect(noticeOf(event, STATE)).toBeNull();
  const restarted = { ...STATE, dev_server: { ...STATE.dev_server, restarts: 1 } };
  expect(noticeOf(event, restarted)?.key).toBe("dev-server");
});

test("an exit is told by code or by signal", () => {
  expect(exitText({ code: 1, signal: null })).toBe("exited with code 1");
  expect(exitText({ code: null, signal: 9 })).toBe("was ended by signal KILL");
  expect(exitText({ code: null, signal: 64 })).toBe("was ended by signal 64");
});

// covers: S0.32
test("who is here is known while the page is in touch", () => {
  const ada = {
    connection: "conn_1",
    principal: "usr_1",
    name: "Ada",
    operator: "browser",
    role: "owner" as const,
    looking: "src/main.rs",
    joined_at_ms: 0,
  };
  const hello: FromKernel = { type: "hello", next_seq: 10, read_only: false, connection: "conn_1" };
  const view = feed(UNKNOWN, hello, { type: "people", people: [ada], more: 3 });
  expect([view.self, view.people, view.morePeople]).toEqual(["conn_1", [ada], 3]);
  expect(step(view, { kind: "closed", code: 1006 })[0].people).toEqual([]);
});
