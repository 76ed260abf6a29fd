/** Unsaved text, kept by the browser until it is saved: a reload or a crash loses no paragraph. */

export interface Draft {
  text: string;
  /** Entity tag of the file that the text was typed over. */
  etag: string | null;
}

const key = (workspaceId: string, path: string) => `stead.draft.${workspaceId}.${path}`;

export function keepDraft(workspaceId: string, path: string, draft: Draft): void {
  try {
    localStorage.setItem(key(workspaceId, path), JSON.stringify(draft));
  } catch {
    // Storage is full or blocked: the text still is in the page.
  }
}

export function takeDraft(workspaceId: string, path: string): Draft | null {
  try {
    return JSON.parse(localStorage.getItem(key(workspaceId, path)) ?? "null") as Draft | null;
  } catch {
    return null;
  }
}

export function dropDraft(workspaceId: string, path: string): void {
  try {
    localStorage.removeItem(key(workspaceId, path));
  } catch {
    // Nothing was kept either.
  }
}
