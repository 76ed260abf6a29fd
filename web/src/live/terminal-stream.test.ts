import { describe, expect, test } from "vitest";
import { attach, decode, initialStream, receive, type StreamState } from "./terminal-stream";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function frame(kind: number, offset: number, text: string): ArrayBuffer {
  const bytes = encoder.encode(text);
  const data = new ArrayBuffer(9 + bytes.length);
  const view = new DataView(data);
  view.setUint8(0, kind);
  view.setBigUint64(1, BigInt(offset));
  new Uint8Array(data, 9).set(bytes);
  return data;
}

/** Plays frames against a stream and returns what each did. */
function play(state: StreamState, frames: [number, number, string][]): { log: string[]; next: number } {
  const log: string[] = [];
  for (const [kind, offset, text] of frames) {
    const decoded = decode(frame(kind, offset, text));
    if (decoded === null) {
      log.push("unknown");
      continue;
    }
    const [next, effect] = receive(state, decoded);
    state = next;
    if (effect === undefined) log.push("ignored");
    else if (effect.kind === "resume") log.push("resume");
    else log.push(`${effect.kind} ${decoder.decode(effect.bytes)}`);
  }
  return { log, next: state.next };
}

// covers: S1.27
describe("terminal output", () => {
  test("follows its offsets and shows every byte once", () => {
    const start = { id: "term_a", next: 10 };
    const frames: [number, number, string][] = [
      [0, 10, "abc"],
      [0, 10, "abc"],
      [0, 12, "cde"],
      [0, 15, "f"],
    ];
    expect(play(start, frames)).toEqual({ log: ["write abc", "ignored", "write de", "write f"], next: 16 });
  });

  test("asks again when a byte is missing, and shows nothing wrong meanwhile", () => {
    const start = { id: "term_a", next: 10 };
    expect(play(start, [[0, 11, "b"]])).toEqual({ log: ["resume"], next: 10 });
  });

  test("a screen takes the place of what was missed", () => {
    const start = { id: "term_a", next: 10 };
    const frames: [number, number, string][] = [
      [1, 500, "screen"],
      [0, 500, "x"],
    ];
    expect(play(start, frames)).toEqual({ log: ["redraw screen", "write x"], next: 501 });
  });

  test("unknown frames are skipped", () => {
    expect(play(initialStream, [[7, 0, "?"]]).log).toEqual(["unknown"]);
    expect(decode(new ArrayBuffer(3))).toBeNull();
  });

  test("a resumed attachment keeps the offset, a new terminal brings its own", () => {
    const attached = {
      type: "attached",
      id: "term_a",
      name: "main",
      offset: 40,
      cols: 80,
      rows: 24,
      resumed: true,
      read_only: false,
    } as const;
    const state = { id: "term_a", next: 30 };
    expect(attach(state, attached)).toEqual(state);
    expect(attach(state, { ...attached, id: "term_b", resumed: false })).toEqual({ id: "term_b", next: 40 });
  });
});
