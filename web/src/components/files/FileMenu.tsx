import { ContextMenu } from "@base-ui/react/context-menu";
import { type ReactElement, useState } from "react";
import { archiveUrl, fileUrl } from "../../api/kernel";
import type { FileEntry } from "../../api/types";
import { editorStore } from "../../live/editor-store";
import { keyOfView } from "../../live/editor-views";
import { type FileTreeStore, parentOf } from "../../live/file-tree";
import { gitStore } from "../../live/git-store";
import { layoutStore } from "../../live/layout-store";
import { notify, notifyFailure } from "../../live/notices";
import { useStore } from "../../live/use-store";
import menu from "../ui/Menu.module.css";

interface FileMenuProps {
  workspaceId: string;
  store: FileTreeStore;
  readOnly: boolean;
  onDelete: (path: string) => void;
  children: ReactElement;
}

/** The menu of a file or directory: right click, long touch, or the menu key. */
export function FileMenu({ workspaceId, store, readOnly, onDelete, children }: FileMenuProps) {
  const [entry, setEntry] = useState<FileEntry | null>(null);
  const directory = entry === null ? "" : entry.kind === "directory" ? entry.path : parentOf(entry.path);
  const isRepository = useStore(gitStore(workspaceId)).status?.repository === true;
  const item = (label: string, run: () => void, danger = false) => (
    <ContextMenu.Item className={menu["item"]} data-danger={danger || undefined} onClick={run}>
      <span className={menu["text"]}>{label}</span>
    </ContextMenu.Item>
  );
  return (
    <ContextMenu.Root>
      <ContextMenu.Trigger
        className="files-menu"
        onContextMenuCapture={(event) => setEntry(entryUnder(event.target, store))}
        render={<div />}
      >
        {children}
      </ContextMenu.Trigger>
      <ContextMenu.Portal>
        <ContextMenu.Positioner className={menu["positioner"]}>
          <ContextMenu.Popup className={menu["popup"]}>
            {!readOnly && item("New file…", () => store.name({ kind: "file", parent: directory }))}
            {!readOnly && item("New folder…", () => store.name({ kind: "directory", parent: directory }))}
            {entry !== null && (
              <>
                <ContextMenu.Separator className={menu["line"]} />
                {isRepository &&
                  !entry.ignored &&
                  item("History", () => showHistory(workspaceId, entry.path))}
                {item("Copy path", () => void copyText(entry.path))}
                {item("Download", () => download(workspaceId, entry))}
                {!readOnly && item("Duplicate", () => duplicate(store, entry.path))}
                {!readOnly && item("Rename…", () => store.name({ kind: "rename", path: entry.path }))}
                {!readOnly && item("Delete…", () => onDelete(entry.path), true)}
              </>
            )}
            {entry === null &&
              item("Download everything", () => location.assign(archiveUrl(workspaceId, "")))}
          </ContextMenu.Popup>
        </ContextMenu.Positioner>
      </ContextMenu.Portal>
    </ContextMenu.Root>
  );
}

function entryUnder(target: EventTarget, store: FileTreeStore): FileEntry | null {
  const path = target instanceof Element ? target.closest("[data-path]")?.getAttribute("data-path") : null;
  if (path === null || path === undefined) return null;
  const listed = store.get().directories.get(parentOf(path));
  return (listed?.kind === "listed" ? listed.entries.find((it) => it.path === path) : null) ?? null;
}

function showHistory(workspaceId: string, path: string): void {
  layoutStore(workspaceId).showEditor();
  editorStore(workspaceId).openFile(keyOfView({ kind: "history", path }));
}

function download(workspaceId: string, entry: FileEntry): void {
  const isDirectory = entry.kind === "directory";
  location.assign(
    isDirectory ? archiveUrl(workspaceId, entry.path) : `${fileUrl(workspaceId, entry.path)}?download`,
  );
}

async function copyText(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
  notify({ tone: "good", title: "Path copied", detail: text });
}

function duplicate(store: FileTreeStore, path: string): void {
  store.duplicate(path).catch((error) => notifyFailure(`${path} was not copied`, error));
}
