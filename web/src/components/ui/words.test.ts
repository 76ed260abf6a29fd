import { expect, test } from "vitest";
import { ago, bytes, standing } from "./words";

test("a moment is told in the largest unit that fits", () => {
  const now = Date.UTC(2026, 0, 10);
  expect(ago(now - 5_000, now)).toBe("just now");
  expect(ago(now - 61_000, now)).toBe("1 minute ago");
  expect(ago(now - 86_400_000, now)).toBe("yesterday");
  expect(ago(now + 5_000, now)).toBe("just now");
});

test("bytes are told in binary units", () => {
  expect(bytes(0)).toBe("0 B");
  expect(bytes(1_023)).toBe("1023 B");
  expect(bytes(1_536)).toBe("1.5 KiB");
  expect(bytes(2 ** 31)).toBe("2 GiB");
});

// covers: S1.51
test("the worst news of a workspace decides its light", () => {
  expect(standing({ status: "running", dev_server: "ready", setup: "done" }).light).toBe("on");
  expect(standing({ status: "running", dev_server: "failed", setup: "done" }).light).toBe("alarm");
  // Not stopped: nobody knows.
  const away = { status: "idle", dev_server: "stopped", setup: "none", unreachable: true } as const;
  expect(standing(away).word).toBe("unreachable");
  expect(standing({ status: "crashed", dev_server: "stopped", setup: "none" }).word).toBe("crashed");
  expect(standing({ status: "idle", dev_server: "stopped", setup: "running" }).light).toBe("waiting");
});
