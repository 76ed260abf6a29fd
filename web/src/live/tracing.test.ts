import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Tracing } from "./tracing";

const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01$/;

function scene() {
  const tell = vi.fn();
  let seed = 0;
  const random = (bytes: Uint8Array) => {
    seed += 1;
    bytes.fill(seed % 256);
  };
  return { tracing: new Tracing({ now: () => Date.now(), random, tell }), tell };
}

describe("what a person does is one trace", () => {
  beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
  afterEach(() => vi.useRealTimers());

  it("ties the requests that follow together and tells how long they took", () => {
    const { tracing, tell } = scene();
    tracing.does("click");
    vi.advanceTimersByTime(200);
    const first = tracing.begin();
    vi.advanceTimersByTime(300);
    const second = tracing.begin();
    expect(first?.traceparent).toMatch(TRACEPARENT);
    expect(second?.traceparent).toBe(first?.traceparent);
    first?.end();
    vi.advanceTimersByTime(5_000);
    expect(tell).not.toHaveBeenCalled();
    second?.end();
    second?.end();
    vi.advanceTimersByTime(1_000);
    expect(tell).toHaveBeenCalledTimes(1);
    const [action, own] = tell.mock.calls[0] ?? [];
    expect(action).toEqual({
      traceparent: first?.traceparent,
      kind: "click",
      start_ms: 1_000_000,
      duration_ms: 5_500,
    });
    expect(own).toMatch(/-00$/);
  });

  it("begins anew with the next thing that is done, and leaves out what nobody did", () => {
    const { tracing, tell } = scene();
    expect(tracing.begin()).toBeUndefined();
    tracing.does("key");
    const first = tracing.begin();
    tracing.does("submit");
    const second = tracing.begin();
    expect(second?.traceparent).not.toBe(first?.traceparent);
    expect(tell).toHaveBeenCalledTimes(1);
    first?.end();
    second?.end();
    vi.advanceTimersByTime(1_000);
    expect(tell).toHaveBeenCalledTimes(2);
    expect(tracing.begin()).toBeUndefined();
    tracing.does("click");
    vi.advanceTimersByTime(1_500);
    expect(tracing.begin()).toBeUndefined();
  });

  it("tells of an action that does not end", () => {
    const { tracing, tell } = scene();
    tracing.does("load");
    tracing.begin();
    vi.advanceTimersByTime(61_000);
    expect(tell).toHaveBeenCalledTimes(1);
  });
});
