import { useEffect, useRef } from "react";
import { viewOfKey } from "../../live/editor-views";
import type { FileTreeStore, Row } from "../../live/file-tree";

/** Unfolds the folders of the file that came to the front in the editor, and scrolls to it once. */
export function useRevealed(
  store: FileTreeStore,
  rows: readonly Row[],
  active: string | null,
  scrollTo: (index: number) => void,
): void {
  const wanted = useRef<string | null>(null);
  useEffect(() => {
    if (active === null || viewOfKey(active).kind !== "file") return;
    wanted.current = active;
    store.reveal(active);
  }, [store, active]);
  useEffect(() => {
    if (wanted.current === null) return;
    const index = rows.findIndex((row) => row.kind === "entry" && row.entry.path === wanted.current);
    // Its folder may be on its way.
    if (index < 0) return;
    wanted.current = null;
    scrollTo(index);
  });
}
