/** What the frames of a terminal attachment mean. No socket and no screen in here. */

export const FRAME_OUTPUT = 0;
export const FRAME_SCREEN = 1;
const HEADER_LENGTH = 9;

/** Binary frames, decoded. */
export type StreamFrame =
  | { kind: "output"; offset: number; bytes: Uint8Array }
  | { kind: "screen"; offset: number; bytes: Uint8Array };

/** Text frames, field for field `FromTerminal` of `crates/protocol`. */
export type ControlFrame =
  | {
      type: "attached";
      id: string;
      name: string;
      offset: number;
      cols: number;
      rows: number;
      resumed: boolean;
      read_only: boolean;
    }
  | { type: "size"; offset: number; cols: number; rows: number }
  | { type: "title"; title: string }
  | { type: "working_directory"; path: string }
  | { type: "bell" }
  | { type: "clipboard"; text: string }
  | { type: "exit"; exit: { code: number | null; signal: number | null } }
  | { type: "error"; message: string }
  | { type: "pong" };

/** Where a client is in the numbered output of one terminal. */
export interface StreamState {
  /** Which PTY `next` counts in; null before the first attachment. */
  readonly id: string | null;
  /** Offset of the next byte to show. */
  readonly next: number;
}

export const initialStream: StreamState = { id: null, next: 0 };

/** What to do with a frame of bytes. */
export type StreamEffect =
  | { kind: "write"; bytes: Uint8Array }
  | { kind: "redraw"; bytes: Uint8Array }
  /** A byte is missing: attach anew from the last one that is known. */
  | { kind: "resume" };

/** Reads a binary frame; null when it is none that this client knows. */
export function decode(data: ArrayBuffer): StreamFrame | null {
  if (data.byteLength < HEADER_LENGTH) return null;
  const view = new DataView(data);
  const offset = Number(view.getBigUint64(1));
  const bytes = new Uint8Array(data, HEADER_LENGTH);
  switch (view.getUint8(0)) {
    case FRAME_OUTPUT:
      return { kind: "output", offset, bytes };
    case FRAME_SCREEN:
      return { kind: "screen", offset, bytes };
    default:
      return null;
  }
}

/** Takes over the stream that an attachment announced. */
export function attach(state: StreamState, frame: Extract<ControlFrame, { type: "attached" }>): StreamState {
  return frame.resumed && frame.id === state.id ? state : { id: frame.id, next: frame.offset };
}

/** Decides what a frame means: show it, ignore what was shown, or ask for what is missing. */
export function receive(state: StreamState, frame: StreamFrame): [StreamState, StreamEffect?] {
  if (frame.kind === "screen") {
    return [
      { ...state, next: frame.offset },
      { kind: "redraw", bytes: frame.bytes },
    ];
  }
  const end = frame.offset + frame.bytes.length;
  if (end <= state.next) return [state];
  if (state.next < frame.offset) return [state, { kind: "resume" }];
  const bytes = frame.bytes.subarray(state.next - frame.offset);
  return [
    { ...state, next: end },
    { kind: "write", bytes },
  ];
}
