/** Routes of a workspace's kernel, reached through the gateway. */
import { encodePath, request, send, workspaceUrl } from "./client";
import type {
  FileEntry,
  Listing,
  NameMatches,
  OpenTerminal,
  RuntimeState,
  Settings,
  Source,
  TerminalInfo,
  Written,
} from "./types";

export const getState = (id: string) => request<RuntimeState>("GET", `${workspaceUrl(id)}/state`);
export const setUp = (id: string, source: Source) =>
  request<RuntimeState>("POST", `${workspaceUrl(id)}/setup`, { json: source });

/** Asks the kernel for a session; it answers with the state that follows. */
export const runSession = (id: string) =>
  request<RuntimeState>("POST", `${workspaceUrl(id)}/session/run`, { json: {} });
/** As {@link runSession}, without the dev server, and without complaint when one runs. */
export const startSession = (id: string, devServer: boolean) =>
  request<RuntimeState>("POST", `${workspaceUrl(id)}/session/start`, { json: { dev_server: devServer } });
export const stopSession = (id: string) => request<RuntimeState>("POST", `${workspaceUrl(id)}/session/stop`);
export const restartSession = (id: string) =>
  request<RuntimeState>("POST", `${workspaceUrl(id)}/session/restart`);
export const controlDevServer = (id: string, verb: "start" | "stop" | "restart") =>
  request<RuntimeState>("POST", `${workspaceUrl(id)}/dev-server/${verb}`);

export const openTerminal = (id: string, body: OpenTerminal) =>
  request<TerminalInfo>("POST", `${workspaceUrl(id)}/terminals`, { json: body });
export const closeTerminal = (id: string, name: string) =>
  request<void>("DELETE", `${workspaceUrl(id)}/terminals/${name}`);

export const getSettings = (id: string) => request<Settings>("GET", `${workspaceUrl(id)}/settings`);
export const putSettings = (id: string, settings: Settings) =>
  request<Settings>("PUT", `${workspaceUrl(id)}/settings`, { json: settings });

/** One directory; the empty path is the root. */
export const listDirectory = (id: string, path: string) =>
  request<Listing>("GET", `${workspaceUrl(id)}/tree?path=${encodeURIComponent(path)}`);
export const makeDirectory = (id: string, path: string) =>
  request<FileEntry>("POST", `${workspaceUrl(id)}/fs/mkdir`, { json: { path } });
export const renamePath = (id: string, from: string, to: string) =>
  request<FileEntry>("POST", `${workspaceUrl(id)}/fs/rename`, { json: { from, to } });
export const copyPath = (id: string, from: string, to: string) =>
  request<FileEntry>("POST", `${workspaceUrl(id)}/fs/copy`, { json: { from, to } });
export const deletePath = (id: string, path: string) => request<void>("DELETE", fileUrl(id, path));
export const searchNames = (id: string, query: string, limit: number, signal?: AbortSignal) =>
  request<NameMatches>(
    "GET",
    `${workspaceUrl(id)}/search/names?q=${encodeURIComponent(query)}&limit=${limit}`,
    signal === undefined ? {} : { signal },
  );

/** Where the content of a file is read and written. */
export const fileUrl = (id: string, path: string) => `${workspaceUrl(id)}/files/${encodePath(path)}`;
/** Downloads a directory (or file) as `.tar.gz`. */
export const archiveUrl = (id: string, path: string) =>
  `${workspaceUrl(id)}/archive?path=${encodeURIComponent(path)}`;

/** Content and entity tag of a file. */
export async function readFile(id: string, path: string): Promise<{ bytes: Uint8Array; etag: string }> {
  const response = await send("GET", fileUrl(id, path));
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { bytes, etag: response.headers.get("etag") ?? "" };
}

/**
 * Writes a file. With `etag` only if it still is what the caller last saw, with `null` only if it does
 * not exist yet, without (`undefined`) in any case.
 */
export function writeFile(id: string, path: string, body: BodyInit, etag?: string | null): Promise<Written> {
  const headers: Record<string, string> =
    etag === undefined ? {} : etag === null ? { "if-none-match": "*" } : { "if-match": etag };
  return request<Written>("PUT", fileUrl(id, path), { body, headers });
}
