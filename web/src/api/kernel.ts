/** Routes of a workspace's kernel, reached through the gateway. */
import { answer, api, encodePath, send, workspaceUrl } from "./client";
import type { OpenTerminal, Settings, Source, Written } from "./types";

const at = (id: string) => ({ params: { path: { id } } });

export const getState = (id: string) => answer(api.GET("/api/v1/workspaces/{id}/state", at(id)));
export const setUp = (id: string, body: Source) =>
  answer(api.POST("/api/v1/workspaces/{id}/setup", { ...at(id), body }));

/** Cancels the clone that fills the workspace. */
export const cancelSetUp = (id: string) => answer(api.DELETE("/api/v1/workspaces/{id}/setup", at(id)));

/** Asks the kernel for a session; it answers with the state that follows. */
export const runSession = (id: string) =>
  answer(api.POST("/api/v1/workspaces/{id}/session/run", { ...at(id), body: {} }));
/** As {@link runSession}, with or without the dev server, and without complaint when one runs. */
export const startSession = (id: string, devServer: boolean) =>
  answer(api.POST("/api/v1/workspaces/{id}/session/start", { ...at(id), body: { dev_server: devServer } }));
export const stopSession = (id: string) => answer(api.POST("/api/v1/workspaces/{id}/session/stop", at(id)));
export const restartSession = (id: string) =>
  answer(api.POST("/api/v1/workspaces/{id}/session/restart", { ...at(id), body: {} }));
export const controlDevServer = (id: string, verb: "start" | "stop" | "restart") =>
  answer(api.POST(`/api/v1/workspaces/{id}/dev-server/${verb}`, at(id)));

export const openTerminal = (id: string, body: OpenTerminal) =>
  answer(api.POST("/api/v1/workspaces/{id}/terminals", { ...at(id), body }));
export const closeTerminal = (id: string, name: string) =>
  answer(api.DELETE("/api/v1/workspaces/{id}/terminals/{name}", { params: { path: { id, name } } }));

export const getSettings = (id: string) => answer(api.GET("/api/v1/workspaces/{id}/settings", at(id)));
export const putSettings = (id: string, body: Settings) =>
  answer(api.PUT("/api/v1/workspaces/{id}/settings", { ...at(id), body }));

/** One directory; the empty path is the root. */
export const listDirectory = (id: string, path: string) =>
  answer(api.GET("/api/v1/workspaces/{id}/tree", { params: { path: { id }, query: { path } } }));
export const makeDirectory = (id: string, path: string) =>
  answer(api.POST("/api/v1/workspaces/{id}/fs/mkdir", { ...at(id), body: { path } }));
export const renamePath = (id: string, from: string, to: string) =>
  answer(api.POST("/api/v1/workspaces/{id}/fs/rename", { ...at(id), body: { from, to } }));
export const copyPath = (id: string, from: string, to: string) =>
  answer(api.POST("/api/v1/workspaces/{id}/fs/copy", { ...at(id), body: { from, to } }));
export const searchNames = (id: string, q: string, limit: number, signal?: AbortSignal) =>
  answer(
    api.GET("/api/v1/workspaces/{id}/search/names", {
      params: { path: { id }, query: { q, limit } },
      signal: signal ?? null,
    }),
  );

export async function deletePath(id: string, path: string): Promise<void> {
  await send(fileUrl(id, path), { method: "DELETE" });
}

/** Where the content of a file is read and written. */
export const fileUrl = (id: string, path: string) => `${workspaceUrl(id)}/files/${encodePath(path)}`;
/** Downloads a directory (or file) as `.tar.gz`. */
export const archiveUrl = (id: string, path: string) =>
  `${workspaceUrl(id)}/archive?path=${encodeURIComponent(path)}`;

/** Whether a file can be read; nobody's failure when it cannot. */
export async function isReadable(id: string, path: string): Promise<boolean> {
  try {
    await send(fileUrl(id, path), { method: "HEAD" });
    return true;
  } catch {
    return false;
  }
}

/** Content and entity tag of a file. */
export async function readFile(id: string, path: string): Promise<{ bytes: Uint8Array; etag: string }> {
  const response = await send(fileUrl(id, path), { method: "GET" });
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { bytes, etag: response.headers.get("etag") ?? "" };
}

/**
 * Writes a file. With `etag` only if it still is what the caller last saw, with `null` only if it does
 * not exist yet, without (`undefined`) in any case.
 */
export async function writeFile(
  id: string,
  path: string,
  body: BodyInit,
  etag?: string | null,
): Promise<Written> {
  const headers: Record<string, string> =
    etag === undefined ? {} : etag === null ? { "if-none-match": "*" } : { "if-match": etag };
  const response = await send(fileUrl(id, path), { method: "PUT", body, headers });
  return (await response.json()) as Written;
}
