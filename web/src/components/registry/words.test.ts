import { expect, test } from "vitest";
import type { WorkerSummary } from "../../api/registry";
import { isAway, roleOf, troubles } from "./words";

test("roles are words", () => {
  const role = (role?: string) => roleOf({ role } as WorkerSummary);
  expect(role("workspace_companion")).toBe("Companion");
  expect(role("coder")).toBe("Coder");
  expect(role()).toBe("Worker");
});

test("what is told in passing is no trouble", () => {
  const told = (severity: "info" | "warning", message: string) => ({ code: "c", severity, message });
  expect(troubles([told("info", "fine"), told("warning", "one"), told("warning", "two")])).toBe("one; two");
  expect(troubles([told("info", "fine")])).toBe("");
  expect(isAway("degraded") && isAway("unavailable") && !isAway("running")).toBe(true);
});
