import { useEffect } from "react";
import { editorStore } from "./editor-store";
import { workspaceStore } from "./workspace-store";

/** Tells the others in the workspace which file the editor shows, while the component is there. */
export function useLooking(workspaceId: string): void {
  useEffect(() => {
    const store = workspaceStore(workspaceId);
    const editor = editorStore(workspaceId);
    const tell = () => store.look(editor.get().active);
    tell();
    return editor.subscribe(tell);
  }, [workspaceId]);
}
