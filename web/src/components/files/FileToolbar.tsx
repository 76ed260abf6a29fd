import { FilePlus2, FolderPlus, FoldVertical, RefreshCw, Upload } from "lucide-react";
import { useRef } from "react";
import { type FileTreeStore, parentOf } from "../../live/file-tree";
import { uploads } from "../../live/uploads";
import { IconButton } from "../ui/IconButton";

interface FileToolbarProps {
  workspaceId: string;
  store: FileTreeStore;
  readOnly: boolean;
}

/** What can be done with the tree as a whole; new things go where the focus is. */
export function FileToolbar({ workspaceId, store, readOnly }: FileToolbarProps) {
  const picker = useRef<HTMLInputElement>(null);
  return (
    <div className="files-toolbar" role="toolbar" aria-label="Files">
      <h2 className="files-title">Files</h2>
      {!readOnly && (
        <>
          <IconButton
            label="New file"
            icon={<FilePlus2 />}
            onClick={() => store.name({ kind: "file", parent: directoryInFocus(store) })}
          />
          <IconButton
            label="New folder"
            icon={<FolderPlus />}
            onClick={() => store.name({ kind: "directory", parent: directoryInFocus(store) })}
          />
          <IconButton label="Upload files" icon={<Upload />} onClick={() => picker.current?.click()} />
          <input
            ref={picker}
            type="file"
            multiple
            hidden
            onChange={(event) => {
              const files = [...(event.target.files ?? [])].map((file) => ({ path: file.name, file }));
              uploads(workspaceId).add(directoryInFocus(store), files);
              event.target.value = "";
            }}
          />
        </>
      )}
      <IconButton label="Fold all" icon={<FoldVertical />} onClick={() => store.foldAll()} />
      <IconButton label="Read again" icon={<RefreshCw />} onClick={store.refresh} />
    </div>
  );
}

/** The focused directory, or the one that the focused file is in. */
export function directoryInFocus(store: FileTreeStore): string {
  const { focused, directories, unfolded } = store.get();
  if (focused === null) return "";
  const parent = parentOf(focused);
  const listed = directories.get(parent);
  const entry = listed?.kind === "listed" ? listed.entries.find((it) => it.path === focused) : undefined;
  return entry?.kind === "directory" && unfolded.has(focused) ? focused : parent;
}
