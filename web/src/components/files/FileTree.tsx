import "./files.css";
import { FilePlus2 } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { editorStore } from "../../live/editor-store";
import {
  type FileTreeStore,
  fileTree,
  joinPath,
  parentOf,
  type Row,
  rowsOf,
  tabStopOf,
} from "../../live/file-tree";
import { gitStore, marksOf } from "../../live/git-store";
import { notifyFailure } from "../../live/notices";
import { faceOf, lookersOf } from "../../live/people";
import { filesOfDrop, uploads } from "../../live/uploads";
import { useStore } from "../../live/use-store";
import { workspaceStore } from "../../live/workspace-store";
import { Button } from "../ui/Button";
import { useRows } from "../ui/use-rows";
import { DeletePathDialog } from "./DeletePathDialog";
import { FileMenu } from "./FileMenu";
import { FileToolbar } from "./FileToolbar";
import { FileUploads } from "./FileUploads";
import { NameField } from "./NameField";
import { TreeEntry } from "./TreeEntry";
import { treeKey } from "./tree-keys";
import { useRevealed } from "./use-revealed";

export interface FileTreeProps {
  workspaceId: string;
  readOnly?: boolean;
}

/** What a drag inside the tree carries. */
const DRAG_TYPE = "application/x-stead-path";

/** The workspace's files; opens them in the editor. Fills its parent. */
export function FileTree({ workspaceId, readOnly = false }: FileTreeProps) {
  const store = fileTree(workspaceId);
  const state = useStore(store);
  const { active } = useStore(editorStore(workspaceId));
  const scroller = useRef<HTMLDivElement>(null);
  const [dropTarget, setDropTarget] = useState<string | null>(null);
  const [deleting, setDeleting] = useState<string | null>(null);
  const { status } = useStore(gitStore(workspaceId));
  const marks = useMemo(() => marksOf(status?.entries ?? []), [status]);
  const { people, self } = useStore(workspaceStore(workspaceId));
  const lookers = useMemo(() => lookersOf({ people, self }), [people, self]);
  const rows = rowsOf(state);
  const tabStop = tabStopOf(rows, state.focused);
  // What is called a tree has a row.
  const list = { role: tabStop === null ? "group" : "tree", "aria-label": "Files" };
  const { virtual } = useRows(rows.length, scroller, 26);
  useRevealed(store, rows, active, virtual.scrollToIndex);
  const actions = { store, rows, readOnly, scrollTo: virtual.scrollToIndex, askDelete: setDeleting };

  const drop = (event: React.DragEvent, directory: string) => {
    event.preventDefault();
    event.stopPropagation();
    setDropTarget(null);
    const moved = event.dataTransfer.getData(DRAG_TYPE);
    if (moved === "") {
      void filesOfDrop(event.dataTransfer).then((files) => uploads(workspaceId).add(directory, files));
      return;
    }
    const to = joinPath(directory, moved.slice(moved.lastIndexOf("/") + 1));
    if (to === moved || `${directory}/`.startsWith(`${moved}/`)) return;
    store.move(moved, to).catch((error) => notifyFailure(`${moved} was not moved`, error));
  };
  const over = (event: React.DragEvent, directory: string) => {
    if (readOnly) return;
    event.preventDefault();
    event.stopPropagation();
    setDropTarget(directory);
  };

  const content = (row: Row) => {
    // A tree holds nothing but items, also where a directory cannot be listed.
    if (row.kind === "note") {
      return (
        <div className="files-note" role="treeitem" aria-disabled="true" tabIndex={-1}>
          {row.text}
        </div>
      );
    }
    if (row.kind === "naming") return <NameField store={store} row={row} />;
    const directory = row.entry.kind === "directory" ? row.entry.path : parentOf(row.entry.path);
    return (
      <TreeEntry
        row={row}
        open={row.entry.path === active}
        focused={row.entry.path === tabStop}
        mark={marks.get(row.entry.path)}
        lookers={(lookers.get(row.entry.path) ?? []).map(faceOf)}
        dropTarget={dropTarget !== null && dropTarget === row.entry.path}
        draggable={!readOnly}
        onOpen={() => {
          store.focus(row.entry.path);
          if (row.entry.kind === "directory") store.toggle(row.entry.path);
          else store.open(row.entry.path);
        }}
        onFocus={() => store.focus(row.entry.path)}
        onDragStart={(event) => event.dataTransfer.setData(DRAG_TYPE, row.entry.path)}
        onDragOver={(event) => over(event, directory)}
        onDrop={(event) => drop(event, directory)}
      />
    );
  };

  return (
    <div className="files">
      <FileToolbar workspaceId={workspaceId} store={store} readOnly={readOnly} />
      {rows.length === 0 && <NoFiles store={store} readOnly={readOnly} />}
      <FileMenu workspaceId={workspaceId} store={store} readOnly={readOnly} onDelete={setDeleting}>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: a tree, or the place of one */}
        <div
          className="files-scroller"
          ref={scroller}
          {...list}
          tabIndex={-1}
          data-drop={dropTarget === ""}
          onKeyDown={(event) => treeKey(event, actions)}
          onDragOver={(event) => over(event, "")}
          onDragLeave={() => setDropTarget(null)}
          onDrop={(event) => drop(event, "")}
        >
          <div className="files-rows" style={{ blockSize: virtual.getTotalSize() }} role="presentation">
            {virtual.getVirtualItems().map((item) => {
              const row = rows[item.index];
              if (row === undefined) return null;
              const style = { blockSize: item.size, translate: `0 ${item.start}px`, "--level": row.level };
              return (
                <div key={keyOf(row)} className="files-row" style={style} role="presentation">
                  {content(row)}
                </div>
              );
            })}
          </div>
        </div>
      </FileMenu>
      <FileUploads workspaceId={workspaceId} />
      <DeletePathDialog store={store} path={deleting} onClose={() => setDeleting(null)} />
    </div>
  );
}

/** In place of the rows while there is no file at all. */
function NoFiles({ store, readOnly }: { store: FileTreeStore; readOnly: boolean }) {
  if (readOnly) return <p className="files-none">There are no files yet.</p>;
  return (
    <div className="files-none">
      <p>There are no files yet. Drop some here, clone a repository in a terminal, or begin with one.</p>
      <Button size="s" icon={<FilePlus2 />} onClick={() => store.name({ kind: "file", parent: "" })}>
        New file
      </Button>
    </div>
  );
}

function keyOf(row: Row): string {
  if (row.kind === "entry") return row.entry.path;
  return row.kind === "note" ? `note:${row.path}` : "naming";
}
