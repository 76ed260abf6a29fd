/** Routes of live documents beside their channel. */
import { encodePath, send, workspaceUrl } from "./client";
import type { DocumentHistory, DocumentVersionText, ResolveConflict } from "./types";

/** A path with slashes is a path of the address, which the typed client would encode. */
const at = (id: string, route: string, path: string) => `${workspaceUrl(id)}/${route}/${encodePath(path)}`;

async function post(url: string, body: object): Promise<void> {
  const headers = { "content-type": "application/json" };
  await send(url, { method: "POST", headers, body: JSON.stringify(body) });
}

export const resolveConflict = (id: string, path: string, body: ResolveConflict) =>
  post(at(id, "document-conflicts", path), body);

/** Who changed a document when, oldest first. */
export async function listVersions(id: string, path: string): Promise<DocumentHistory> {
  const response = await send(at(id, "document-history", path), { method: "GET" });
  return (await response.json()) as DocumentHistory;
}

/** The text at the end of a version. */
export async function getVersion(id: string, path: string, version: number): Promise<DocumentVersionText> {
  const response = await send(`${at(id, "document-versions", path)}?version=${version}`, { method: "GET" });
  return (await response.json()) as DocumentVersionText;
}

/** Makes the text of a version the text of the document, as an edit like any other. */
export const restoreVersion = (id: string, path: string, version: number) =>
  post(at(id, "document-history", path), { version });
