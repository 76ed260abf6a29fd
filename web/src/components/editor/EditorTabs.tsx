import { X } from "lucide-react";
import { useEffect, useRef } from "react";
import { type EditorTab, editorStore } from "../../live/editor-store";
import { titleOfView, viewOfKey } from "../../live/editor-views";
import { faceOf, lookersOf } from "../../live/people";
import { useStore } from "../../live/use-store";
import { workspaceStore } from "../../live/workspace-store";
import { Faces } from "../ui/Faces";

interface EditorTabsProps {
  workspaceId: string;
  tabs: readonly EditorTab[];
  active: string | null;
}

/** The open files. Arrow keys move, Delete closes, the middle button closes too. */
export function EditorTabs({ workspaceId, tabs, active }: EditorTabsProps) {
  const store = editorStore(workspaceId);
  const lookers = lookersOf(useStore(workspaceStore(workspaceId)));
  const strip = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another tab in front is another one to see
  useEffect(() => {
    strip.current
      ?.querySelector('[aria-selected="true"]')
      ?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [active, tabs.length]);
  if (tabs.length === 0) return null;
  const close = (tab: EditorTab) => {
    const question = `${nameOf(tab.path)} has unsaved changes. Close it and keep them as a draft?`;
    if (!tab.dirty || confirm(question)) store.closeFile(tab.path);
  };
  const onKeyDown = (event: React.KeyboardEvent, index: number) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const next = tabs[(index + step + tabs.length) % tabs.length];
    const current = tabs[index];
    if (step !== 0 && next !== undefined) {
      event.preventDefault();
      store.openFile(next.path);
      const buttons = event.currentTarget
        .closest('[role="tablist"]')
        ?.querySelectorAll<HTMLElement>('[role="tab"]');
      buttons?.[(index + step + tabs.length) % tabs.length]?.focus();
    } else if (event.key === "Delete" && current !== undefined) close(current);
    else if ((event.key === "Enter" || event.key === " ") && current !== undefined)
      store.openFile(current.path);
  };
  return (
    <div
      ref={strip}
      className="editor-tabs"
      role="tablist"
      aria-label="Open files"
      // Most wheels turn one way only.
      onWheel={(event) => {
        if (event.deltaX === 0) event.currentTarget.scrollLeft += event.deltaY;
      }}
    >
      {tabs.map((tab, index) => (
        <div
          key={tab.path}
          role="tab"
          className="editor-tab"
          aria-selected={tab.path === active}
          tabIndex={tab.path === active ? 0 : -1}
          title={`${titleOfView(viewOfKey(tab.path)) ?? tab.path} (Delete closes)`}
          onClick={() => store.openFile(tab.path)}
          onAuxClick={(event) => event.button === 1 && close(tab)}
          onKeyDown={(event) => onKeyDown(event, index)}
        >
          <span className="editor-tab-name">{labelOf(tab.path, tabs)}</span>
          <Faces
            faces={(lookers.get(tab.path) ?? []).map(faceOf)}
            className="editor-tab-people"
            words=", also here:"
          />
          {tab.dirty && <span className="editor-tab-dirty">unsaved</span>}
          <span
            className="editor-tab-close"
            aria-hidden="true"
            onClick={(event) => {
              event.stopPropagation();
              close(tab);
            }}
          >
            {tab.dirty ? <span className="editor-tab-dot" /> : null}
            <X size={14} />
          </span>
        </div>
      ))}
    </div>
  );
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The file's name, with its folder where another open file has the same name. */
function labelOf(path: string, tabs: readonly EditorTab[]): string {
  const title = titleOfView(viewOfKey(path));
  if (title !== null) return title;
  const name = nameOf(path);
  const twins = tabs.filter((tab) => viewOfKey(tab.path).kind === "file" && nameOf(tab.path) === name);
  if (twins.length < 2) return name;
  const folder = path.slice(0, Math.max(path.lastIndexOf("/"), 0));
  return folder === "" ? `./${name}` : `${nameOf(folder)}/${name}`;
}
