import {
  ChevronRight,
  File,
  FileCode2,
  FileImage,
  FileJson2,
  FileText,
  Folder,
  FolderOpen,
  Link2,
} from "lucide-react";
import type { FileEntry } from "../../api/types";
import type { Row } from "../../live/file-tree";
import { type Face, Faces } from "../ui/Faces";

interface TreeEntryProps {
  row: Extract<Row, { kind: "entry" }>;
  /** Shown in the editor now. */
  open: boolean;
  focused: boolean;
  dropTarget: boolean;
  /** What Git says of it: a letter, `·` for changes below, `!` for a conflict. */
  mark?: string | undefined;
  /** Others who look at it. */
  lookers: readonly Face[];
  draggable: boolean;
  onOpen: () => void;
  onFocus: () => void;
  onDragStart: (event: React.DragEvent) => void;
  onDragOver: (event: React.DragEvent) => void;
  onDrop: (event: React.DragEvent) => void;
}

/** One file or directory. */
export function TreeEntry({ row, open, focused, dropTarget, mark, lookers, ...props }: TreeEntryProps) {
  const { entry, unfolded } = row;
  const isDirectory = entry.kind === "directory";
  return (
    <div
      role="treeitem"
      className="files-entry"
      data-path={entry.path}
      data-ignored={entry.ignored}
      data-drop={dropTarget}
      data-mark={mark}
      aria-level={row.level + 1}
      aria-selected={open}
      {...(isDirectory ? { "aria-expanded": unfolded } : {})}
      tabIndex={focused ? 0 : -1}
      title={entry.target === undefined ? entry.path : `${entry.path} → ${entry.target}`}
      draggable={props.draggable}
      onClick={props.onOpen}
      onFocus={props.onFocus}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        props.onOpen();
      }}
      onDragStart={props.onDragStart}
      onDragOver={props.onDragOver}
      onDrop={props.onDrop}
    >
      <span className="files-twist" data-unfolded={unfolded}>
        {isDirectory && <ChevronRight size={14} />}
      </span>
      {iconOf(entry, unfolded)}
      <span className="files-name">{entry.name}</span>
      <Faces faces={lookers} className="files-people" words=", also here:" />
      {mark !== undefined && (
        <span className="files-mark" title={MARKS[mark]}>
          <span aria-hidden="true">{mark}</span>
          <span className="sr-only">, {MARKS[mark]}</span>
        </span>
      )}
    </div>
  );
}

const MARKS: Record<string, string> = {
  A: "added",
  M: "modified",
  T: "type changed",
  D: "deleted",
  R: "renamed",
  C: "copied",
  U: "not tracked yet",
  "!": "in conflict",
  "·": "has changes",
};

const CODE =
  /\.(tsx?|jsx?|mjs|cjs|rs|py|go|rb|java|c|h|cpp|hpp|cs|php|swift|kt|sh|css|scss|html|vue|svelte|astro)$/i;

function iconOf(entry: FileEntry, unfolded: boolean) {
  const look = { size: 15, strokeWidth: 1.7, className: "files-icon" };
  if (entry.kind === "directory") return unfolded ? <FolderOpen {...look} /> : <Folder {...look} />;
  if (entry.kind === "symlink") return <Link2 {...look} />;
  if (CODE.test(entry.name)) return <FileCode2 {...look} />;
  if (/\.(json|toml|ya?ml|lock)$/i.test(entry.name)) return <FileJson2 {...look} />;
  if (/\.(png|jpe?g|gif|webp|svg|ico|avif)$/i.test(entry.name)) return <FileImage {...look} />;
  if (/\.(md|txt|rst|adoc)$/i.test(entry.name)) return <FileText {...look} />;
  return <File {...look} />;
}
