/** The one place where the page speaks HTTP. Every failure is an {@link ApiError}. */
import createClient from "openapi-fetch";
import { tracedFetch } from "../live/tracing";
import type { paths } from "./schema";
import type { ErrorCode, WireError } from "./types";

/** A refused or failed request, with the words the server chose for people. */
export class ApiError extends Error {
  readonly code: ErrorCode | "offline";
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  readonly details: unknown;

  constructor(status: number, code: ErrorCode | "offline", message: string, details?: unknown) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/** Whether a request was refused because nobody is signed in. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.code === "unauthenticated";
}

/** Sends a request and returns the answer if it is a success; throws {@link ApiError} otherwise. */
export async function send(input: Request | string, init?: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await tracedFetch(input, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "offline", "The server cannot be reached. Nothing was changed; try again.");
  }
  if (!response.ok) throw await errorOf(response);
  return response;
}

/** Every JSON route of the server, typed by its own description. */
export const api = createClient<paths>({ baseUrl: "/", fetch: (request) => send(request) });

/** The body of an answer. A refusal was thrown by {@link send} before. */
export async function answer<Body>(call: Promise<{ data?: Body }>): Promise<Body> {
  const { data } = await call;
  return data as Body;
}

async function errorOf(response: Response): Promise<ApiError> {
  try {
    const { error } = (await response.json()) as { error: WireError };
    return new ApiError(response.status, error.code, sentence(error.message), error.details);
  } catch {
    const code = response.status >= 500 ? "unavailable" : "invalid_request";
    return new ApiError(response.status, code, `The server answered ${response.status}. Try again.`);
  }
}

/** Messages of the server begin in lower case, as logs like it; a page begins sentences. */
export function sentence(text: string): string {
  const capital = text.slice(0, 1).toUpperCase() + text.slice(1);
  return /[.!?…`]$/.test(capital) ? capital : `${capital}.`;
}

/** What to show a person for anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Base of a workspace's routes, without a slash at the end. */
export function workspaceUrl(id: string): string {
  return `/api/v1/workspaces/${encodeURIComponent(id)}`;
}

/** A workspace path with each component encoded. */
export function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** Absolute `ws:` or `wss:` URL of a path of this origin. */
export function socketUrl(path: string): string {
  const url = new URL(path, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
