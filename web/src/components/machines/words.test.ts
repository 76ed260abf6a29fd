import { expect, test } from "vitest";
import type { Machine, Move } from "../../api/machines";
import { canCancel, isInTheWay, lostWords, moveWords, stateOf } from "./words";

const MACHINE: Machine = {
  id: "mach_1",
  name: "attic",
  state: "lost",
  draining: false,
  version: "1",
  joined_at_ms: 1,
  seen_at_ms: 60_000,
  resources: null,
  workspaces: 2,
  awake: 1,
  certificate_expires_at_ms: 1,
};

const MOVE: Move = {
  id: "move_1",
  workspace: "ws_1",
  from: null,
  to: "mach_1",
  phase: "copying",
  bytes_done: 1024,
  bytes_total: 2048,
  left_out: 0,
  error: null,
  cancelled: false,
  started_at_ms: 1,
  changed_at_ms: 1,
};

test("a lost machine is said to have stopped nothing", () => {
  expect(lostWords(MACHINE, 180_000)).toBe(
    "Nothing was heard of it for 2 minutes. What runs there goes on, and is started nowhere else. " +
      "It comes back by itself when it runs and reaches this server.",
  );
  expect(stateOf(MACHINE)).toEqual({ word: "lost", tone: "bad" });
  expect(stateOf({ ...MACHINE, seen_at_ms: 0 }).word).toBe("not seen yet");
  expect(stateOf({ ...MACHINE, draining: true }).word).toBe("lost, draining");
});

test("a move says how far it is, and stands in the way only as long as it must", () => {
  expect(moveWords(MOVE, "attic")).toBe("Copying, 1 KiB of 2 KiB");
  expect(moveWords({ ...MOVE, bytes_total: 0 }, "attic")).toBe("Copying, counting");
  expect([MOVE, { ...MOVE, phase: "clearing" as const }].map(isInTheWay)).toEqual([true, false]);
  expect(canCancel(MOVE)).toBe(true);
  expect(canCancel({ ...MOVE, cancelled: true })).toBe(false);
  expect(canCancel({ ...MOVE, phase: "clearing" })).toBe(false);
});
