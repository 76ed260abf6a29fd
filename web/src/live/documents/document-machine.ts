/** What the page knows of one live document, as a function of what it hears. No IO here. */
import type { Contributor, DocumentConflict, FromDocument } from "../../api/types";
import { waitAfter } from "../backoff";

type Hello = Extract<FromDocument, { type: "hello" }>;

/** Waits between attempts, in milliseconds; the last one repeats. */
const BACKOFF_MS = [0, 300, 1_000, 2_000, 4_000] as const;
/** Fresh replicas in a row after which something is wrong that another one does not mend. */
const ANEW_MAX = 3;

/** Close codes of `protocol::document::close` and `protocol::terminal::close`. */
const CLOSE = {
  unsupported: 4400,
  unauthenticated: 4401,
  forbidden: 4403,
  notFound: 4404,
  stale: 4409,
  gone: 4410,
  tooLarge: 4413,
  notText: 4415,
  tooMany: 4429,
} as const;

/** Why a document will not come back by itself. */
export type End =
  | "signed_out"
  | "forbidden"
  | "missing"
  | "deleted"
  | "too_large"
  | "not_text"
  | "too_many"
  | "failed";

/** The last change that somebody else made to the file. */
export interface Change {
  author: Contributor;
  at: number;
  /** Bytes. */
  added: number;
  removed: number;
}

export interface DocumentState {
  /** `opening` before the text is there, `away` while the connection is lost. */
  phase: "opening" | "live" | "away" | "ended";
  end: End | null;
  /** The kernel's words for it. */
  reason: string;
  /** Names the document through renames; null before the kernel said so. */
  id: string | null;
  path: string;
  /** Why nothing can be written; null when it can. */
  readOnly: Hello["read_only"];
  encoding: string | null;
  saving: Hello["saving"];
  /** Somebody asked here to have it written now, and heard that it was. */
  writing: "asked" | "done" | null;
  conflicts: readonly DocumentConflict[];
  changed: Change | null;
  attempts: number;
  /** Replicas that were given up since the text was last there. */
  anew: number;
}

export type Input =
  | { kind: "said"; message: FromDocument }
  /** The text is complete. */
  | { kind: "complete" }
  /** Its person wants the file to be written now. */
  | { kind: "save" }
  | { kind: "closed"; code: number; reason: string }
  | { kind: "reopen" };

export type Effect =
  | { kind: "connect"; afterMs: number }
  /** This replica cannot go on: begin with an empty one, and keep what was typed aside. */
  | { kind: "anew"; afterMs: number; documentId: string | null }
  | { kind: "acknowledged"; updates: number }
  | { kind: "save" };

export function opening(path: string): DocumentState {
  return {
    phase: "opening",
    end: null,
    reason: "",
    id: null,
    path,
    readOnly: null,
    encoding: null,
    saving: "saved",
    writing: null,
    conflicts: [],
    changed: null,
    attempts: 0,
    anew: 0,
  };
}

/** The state after an input, and what is to be done about it. */
export function step(state: DocumentState, input: Input): [DocumentState, Effect?] {
  switch (input.kind) {
    case "said":
      return said(state, input.message);
    case "complete":
      return [{ ...state, phase: "live", attempts: 0, anew: 0 }];
    case "save":
      // What is kept here meanwhile is written when the connection is back.
      return state.phase === "live" ? [{ ...state, writing: "asked" }, { kind: "save" }] : [state];
    case "closed":
      return closed({ ...state, writing: null }, input.code, input.reason);
    case "reopen":
      return again({ ...state, end: null, anew: 0 });
  }
}

function said(state: DocumentState, message: FromDocument): [DocumentState, Effect?] {
  switch (message.type) {
    case "hello":
      return greeted(state, message);
    case "ack":
      return [state, { kind: "acknowledged", updates: message.updates }];
    case "refused":
      // What is here and not there would never get there.
      return again(state);
    case "saving": {
      const writing = message.saving === "saved" || state.writing === "asked" ? state.writing : null;
      return [{ ...state, saving: message.saving, writing }];
    }
    case "written":
      return [{ ...state, writing: "done" }];
    case "changed": {
      const { author, at_ms: at, added, removed } = message;
      return [{ ...state, changed: { author, at, added, removed } }];
    }
    case "conflict": {
      const others = state.conflicts.filter((it) => it.id !== message.conflict.id);
      return [{ ...state, conflicts: [...others, message.conflict] }];
    }
    case "conflict_resolved":
      return [{ ...state, conflicts: state.conflicts.filter((it) => it.id !== message.id) }];
    case "renamed":
      return [{ ...state, path: message.path }];
    case "deleted":
      return [{ ...state, phase: "ended", end: "deleted", saving: "saved" }];
  }
}

function greeted(state: DocumentState, hello: Hello): [DocumentState, Effect?] {
  if (state.id !== null && state.id !== hello.document_id) return again(state);
  return [
    {
      ...state,
      id: hello.document_id,
      readOnly: hello.read_only,
      encoding: hello.encoding,
      saving: hello.saving,
      conflicts: hello.conflicts,
    },
  ];
}

function closed(state: DocumentState, code: number, reason: string): [DocumentState, Effect?] {
  if (state.phase === "ended") return [state];
  const known = state.id !== null;
  switch (code) {
    case CLOSE.unauthenticated:
      return [ended(state, "signed_out", reason)];
    case CLOSE.notFound:
      return [ended(state, known ? "deleted" : "missing", reason)];
    case CLOSE.gone:
      return [ended(state, "deleted", reason)];
    case CLOSE.notText:
      return [ended(state, "not_text", reason)];
    case CLOSE.tooMany:
      return [ended(state, "too_many", reason)];
    case CLOSE.stale:
    case CLOSE.unsupported:
    case CLOSE.forbidden:
    case CLOSE.tooLarge: {
      if (!known || ANEW_MAX <= state.anew) return [ended(state, endOf(code), reason)];
      return again(state);
    }
    default: {
      const phase = state.phase === "opening" ? "opening" : "away";
      return [
        { ...state, phase, attempts: state.attempts + 1 },
        { kind: "connect", afterMs: waitAfter(state.attempts, BACKOFF_MS) },
      ];
    }
  }
}

function endOf(code: number): End {
  if (code === CLOSE.forbidden) return "forbidden";
  return code === CLOSE.tooLarge ? "too_large" : "failed";
}

function ended(state: DocumentState, end: End, reason: string): DocumentState {
  return { ...state, phase: "ended", end, reason };
}

/** Another replica takes the place of this one. */
function again(state: DocumentState): [DocumentState, Effect] {
  const next: DocumentState = { ...state, phase: "opening", id: null, anew: state.anew + 1 };
  return [next, { kind: "anew", afterMs: waitAfter(state.anew, BACKOFF_MS), documentId: state.id }];
}
