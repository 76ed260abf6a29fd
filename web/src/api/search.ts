/** Search by content and replacing across files: answers that come line by line. */
import { ApiError, send, workspaceUrl } from "./client";
import type { ContentQuery, ReplaceFile, ReplaceLine, SearchLine, WireError } from "./types";

/** Searches; calls `onLine` for each line as it comes, and resolves when the search is done. */
export async function searchContent(
  id: string,
  query: ContentQuery,
  onLine: (line: SearchLine) => void,
  signal: AbortSignal,
): Promise<void> {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "" && value !== false) {
      words.set(name, String(value));
    }
  }
  // An empty replacement takes matches away; none at all shows no preview.
  if (query.replacement === "") words.set("replacement", "");
  const response = await send(`${workspaceUrl(id)}/search/content?${words}`, { signal });
  await readLines(response, onLine);
}

/** Replaces in the files given, each only if it still is what was shown. */
export function replaceContent(
  id: string,
  body: { query: ContentQuery; files: ReplaceFile[] },
  onLine: (line: ReplaceLine) => void,
): Promise<void> {
  return change(id, "replace", body, onLine);
}

/** Takes a replacement back, as far as files have not changed since. */
export function undoReplace(id: string, undo: string, onLine: (line: ReplaceLine) => void): Promise<void> {
  return change(id, "undo", { undo }, onLine);
}

async function change(id: string, verb: string, body: unknown, onLine: (line: ReplaceLine) => void) {
  const response = await send(`${workspaceUrl(id)}/search/${verb}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  await readLines(response, onLine);
}

/** Reads lines of JSON to the last one, `done`; an answer without it broke off. */
async function readLines<Line extends { type: string }>(
  response: Response,
  onLine: (line: Line) => void,
): Promise<void> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let done = false;
  for (;;) {
    const piece = await reader?.read();
    if (piece === undefined || piece.done) break;
    const lines = (rest + piece.value).split("\n");
    rest = lines.pop() ?? "";
    for (const text of lines) {
      const line = JSON.parse(text) as Line | { error: WireError };
      if ("error" in line) throw new ApiError(500, line.error.code, line.error.message);
      done = line.type === "done";
      onLine(line);
    }
  }
  if (!done) throw new ApiError(0, "offline", "The answer broke off. Try again.");
}
