/** Git in a workspace (`docs/protocol.md`, “Git”). */
import { ApiError, send, workspaceUrl } from "./client";
import type {
  GitBlame,
  GitBranch,
  GitCommit,
  GitConflict,
  GitDiff,
  GitDiscarded,
  GitHunkAction,
  GitLog,
  GitStash,
  GitStatus,
  GitTask,
  GitUndo,
  StartGitTask,
} from "./types";

type Query = Record<string, string | number | boolean | undefined>;

async function ask<T>(id: string, path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) words.set(name, String(value));
  }
  const url = `${workspaceUrl(id)}/git/${path}?${words}`;
  const response = await send(url, { method: "GET", signal: signal ?? null });
  return (await response.json()) as T;
}

async function change<T>(id: string, path: string, body: unknown = {}, method = "POST"): Promise<T> {
  const response = await send(`${workspaceUrl(id)}/git/${path}`, {
    method,
    ...(method === "POST"
      ? { body: JSON.stringify(body), headers: { "content-type": "application/json" } }
      : {}),
  });
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** Why Git refused, for what the page has a way out of; null for everything else. */
export function reasonOf(error: unknown): string | null {
  if (!(error instanceof ApiError) || typeof error.details !== "object" || error.details === null)
    return null;
  return "reason" in error.details && typeof error.details.reason === "string" ? error.details.reason : null;
}

/** The files that Git names in a refusal, one a line; all of it where it names none. */
export function filesIn(message: string): string {
  const named = message.split("\n").filter((it) => it.startsWith("\t"));
  return named.length === 0 ? message : named.map((it) => it.trim()).join("\n");
}

/** Every request about the repository of a workspace. What changes it answers with the new status. */
export const git = {
  status: (id: string) => ask<GitStatus>(id, "status"),
  init: (id: string) => change<GitStatus>(id, "init"),
  stage: (id: string, paths: string[]) => change<GitStatus>(id, "stage", { paths }),
  unstage: (id: string, paths: string[]) => change<GitStatus>(id, "unstage", { paths }),
  discard: (id: string, paths: string[]) => change<GitDiscarded>(id, "discard", { paths }),
  /** With one hunk, `lines` may name some of its lines. */
  hunks: (id: string, path: string, action: GitHunkAction, hunks: string[], lines?: number[]) =>
    change<GitDiscarded>(id, "hunks", { path, action, hunks, lines }),
  undo: (id: string, undo: GitUndo[]) => change<GitStatus>(id, "undo", { undo }),
  commit: (id: string, body: { message: string; amend?: boolean; all?: boolean }) =>
    change<GitStatus>(id, "commit", body),
  diff: (id: string, query: { path?: string; staged?: boolean; commit?: string; ignore_space?: boolean }) =>
    ask<GitDiff>(id, "diff", query),
  /** Who wrote which lines of a file as it is, what is typed included. */
  blame: (id: string, path: string) => ask<GitBlame[]>(id, "blame", { path }),
  log: (
    id: string,
    query: { all?: boolean; path?: string; search?: string; skip?: number; limit?: number },
    signal?: AbortSignal,
  ) => ask<GitLog>(id, "log", query, signal),
  commitDetails: (id: string, revision: string) =>
    ask<GitCommit>(id, `commits/${encodeURIComponent(revision)}`),
  branches: (id: string) => ask<GitBranch[]>(id, "branches"),
  createBranch: (id: string, body: { name: string; from?: string; checkout?: boolean }) =>
    change<GitStatus>(id, "branches", body),
  deleteBranch: (id: string, name: string, force: boolean) =>
    change<GitStatus>(id, `branches?name=${encodeURIComponent(name)}&force=${force}`, {}, "DELETE"),
  renameBranch: (id: string, name: string, to: string) =>
    change<GitStatus>(id, "branches/rename", { name, to }),
  checkout: (id: string, revision: string, merge = false) =>
    change<GitStatus>(id, "checkout", { revision, merge }),
  merge: (id: string, revision: string) => change<GitStatus>(id, "merge", { revision }),
  operate: (id: string, action: "continue" | "skip" | "abort") =>
    change<GitStatus>(id, "operation", { action }),
  conflict: (id: string, path: string) => ask<GitConflict>(id, "conflict", { path }),
  resolve: (id: string, path: string, side?: "ours" | "theirs") =>
    change<GitDiscarded>(id, "resolve", { path, side }),
  stashes: (id: string) => ask<GitStash[]>(id, "stashes"),
  createStash: (id: string, message: string) =>
    change<GitStatus>(id, "stashes", { message, include_untracked: true }),
  /** Brings a stash back into the files; `drop` removes it when that was done without conflict. */
  applyStash: (id: string, stash: string, drop: boolean) =>
    change<GitStatus>(id, "stashes/apply", { id: stash, drop }),
  dropStash: (id: string, stash: string) => change<GitStatus>(id, `stashes/${stash}`, {}, "DELETE"),
  addRemote: (id: string, name: string, url: string) => change<GitStatus>(id, "remotes", { name, url }),
  startTask: (id: string, body: Partial<StartGitTask> & Pick<StartGitTask, "kind">) =>
    change<GitTask>(id, "tasks", body),
  cancelTask: (id: string, task: number) => change<undefined>(id, `tasks/${task}`, {}, "DELETE"),
};
