import { useEffect } from "react";
import { editorStore } from "./editor-store";
import { viewOfKey } from "./editor-views";
import { workspaceStore } from "./workspace-store";

/** Tells the others in the workspace which file the editor shows, while the component is there. */
export function useLooking(workspaceId: string): void {
  useEffect(() => {
    const store = workspaceStore(workspaceId);
    const editor = editorStore(workspaceId);
    const tell = () => {
      const { active } = editor.get();
      const view = active === null ? null : viewOfKey(active);
      store.look(view !== null && "path" in view ? view.path : null);
    };
    tell();
    return editor.subscribe(tell);
  }, [workspaceId]);
}
