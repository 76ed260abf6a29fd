import "./editor.css";
import { Suspense } from "react";
import { editorStore } from "../../live/editor-store";
import { viewOfKey } from "../../live/editor-views";
import { followStore } from "../../live/follow-store";
import { useStore } from "../../live/use-store";
import { toneOf } from "../ui/Avatar";
import { lazyPart } from "../ui/lazy-part";
import { documents } from "./documents";
import { EditorTabs } from "./EditorTabs";
import { FileView } from "./FileView";
import { FollowBar } from "./FollowBar";

const GitView = lazyPart(() => import("../git/GitView").then((it) => ({ default: it.GitView })));

export interface EditorPaneProps {
  workspaceId: string;
  readOnly?: boolean;
}

/** Tabs and text of the open files; what is open is in `live/editor-store.ts`. Fills its parent. */
export function EditorPane({ workspaceId, readOnly = false }: EditorPaneProps) {
  const store = editorStore(workspaceId);
  const { tabs, active, reveal } = useStore(store);
  const view = active === null ? null : viewOfKey(active);
  const open = documents(workspaceId);
  const ready = useStore(open.ready);
  const follow = followStore(workspaceId);
  const followed = useStore(follow);
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (view?.kind !== "file" || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
    event.preventDefault();
    if (ready) open.get(view.path).save();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: one key for everything inside
    <div
      className={
        followed === null ? "editor" : `editor tone-${toneOf(followed.principal ?? followed.connection)}`
      }
      data-following={followed === null ? undefined : true}
      onKeyDown={onKeyDown}
      onKeyDownCapture={(event) => event.key !== "Tab" && follow.stop()}
      onWheelCapture={follow.stop}
      onPointerDownCapture={follow.stop}
    >
      {followed !== null && <FollowBar followed={followed} onStop={follow.stop} />}
      <EditorTabs workspaceId={workspaceId} tabs={tabs} active={active} />
      {view === null ? (
        <div className="editor-empty">
          <p>Pick a file in the tree, or press</p>
          <p>
            <kbd>{/Mac|iP/.test(navigator.platform) ? "⌘" : "Ctrl"}</kbd> <kbd>K</kbd> and type its name.
          </p>
        </div>
      ) : view.kind === "file" ? (
        ready && (
          <FileView
            key={view.path}
            workspaceId={workspaceId}
            file={open.get(view.path)}
            reveal={reveal}
            readOnly={readOnly}
          />
        )
      ) : (
        <Suspense>
          <GitView key={active} workspaceId={workspaceId} view={view} readOnly={readOnly} />
        </Suspense>
      )}
    </div>
  );
}
