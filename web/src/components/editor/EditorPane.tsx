import "./editor.css";
import { editorStore } from "../../live/editor-store";
import { useStore } from "../../live/use-store";
import { documents } from "./documents";
import { EditorTabs } from "./EditorTabs";
import { FileView } from "./FileView";

export interface EditorPaneProps {
  workspaceId: string;
  readOnly?: boolean;
}

/** Tabs and text of the open files; what is open is in `live/editor-store.ts`. Fills its parent. */
export function EditorPane({ workspaceId, readOnly = false }: EditorPaneProps) {
  const store = editorStore(workspaceId);
  const { tabs, active, reveal } = useStore(store);
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (active === null || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
    event.preventDefault();
    void documents(workspaceId).get(active).save();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: one key for everything inside
    <div className="editor" onKeyDown={onKeyDown}>
      <EditorTabs workspaceId={workspaceId} tabs={tabs} active={active} />
      {active === null ? (
        <div className="editor-empty">
          <p>Pick a file on the left, or press</p>
          <p>
            <kbd>{/Mac|iP/.test(navigator.platform) ? "⌘" : "Ctrl"}</kbd> <kbd>K</kbd> and type its name.
          </p>
        </div>
      ) : (
        <FileView
          key={active}
          workspaceId={workspaceId}
          document={documents(workspaceId).get(active)}
          reveal={reveal}
          readOnly={readOnly}
        />
      )}
    </div>
  );
}
