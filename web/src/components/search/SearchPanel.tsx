import "./search.css";
import { useEffect, useRef } from "react";
import { editorStore } from "../../live/editor-store";
import type { LayoutStore } from "../../live/layout-store";
import { searchStore } from "../../live/search-store";
import { useSignal } from "../../live/use-signal";
import { useStore } from "../../live/use-store";
import { workspaceStore } from "../../live/workspace-store";
import { SearchForm } from "./SearchForm";
import { SearchResults } from "./SearchResults";
import { SearchStatus } from "./SearchStatus";

interface SearchPanelProps {
  workspaceId: string;
  readOnly: boolean;
  layoutStore: LayoutStore;
}

/** Finds text in all files, and replaces it. Fills its parent. */
export function SearchPanel({ workspaceId, readOnly, layoutStore }: SearchPanelProps) {
  const store = searchStore(workspaceId);
  const state = useStore(store);
  const panel = useRef<HTMLElement>(null);
  useSignal(workspaceStore(workspaceId).files, store.hear);
  useEffect(() => {
    // What was looked for before a reload is looked for again: nobody knows yet whether it is there.
    if (store.get().phase === "idle" && store.get().form.text !== "") store.run();
  }, [store]);
  const replacing = state.form.replacing && !readOnly;
  const toInput = () => panel.current?.querySelector<HTMLElement>(".search-text")?.focus();
  const toResults = () =>
    panel.current?.querySelector<HTMLElement>('[role="treeitem"][tabindex="0"]')?.focus();
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    const inTree = event.target instanceof Element && event.target.closest('[role="tree"]') !== null;
    if (state.phase === "running") store.cancel();
    else if (inTree) toInput();
    else document.querySelector<HTMLElement>('[data-panel="editor"] .cm-content')?.focus();
  };
  return (
    <section className="search" aria-label="Search in files" ref={panel} onKeyDown={onKeyDown}>
      <SearchForm store={store} state={state} readOnly={readOnly} onDown={toResults} />
      <SearchStatus store={store} state={state} replacing={replacing} />
      <SearchResults
        store={store}
        state={state}
        replacing={replacing}
        onOpen={(path, at) => {
          layoutStore.showEditor();
          editorStore(workspaceId).openFile(path, at);
        }}
      />
    </section>
  );
}
