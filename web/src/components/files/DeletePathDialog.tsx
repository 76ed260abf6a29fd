import type { FileTreeStore } from "../../live/file-tree";
import { notifyFailure } from "../../live/notices";
import { Button } from "../ui/Button";
import { Modal } from "../ui/Modal";

interface DeletePathDialogProps {
  store: FileTreeStore;
  path: string | null;
  onClose: () => void;
}

/** Asks before a file or directory is deleted: there is no way back. */
export function DeletePathDialog({ store, path, onClose }: DeletePathDialogProps) {
  const remove = () => {
    onClose();
    if (path === null) return;
    store.remove(path).catch((error) => notifyFailure(`${path} was not deleted`, error));
  };
  return (
    <Modal
      open={path !== null}
      onClose={onClose}
      title="Delete"
      width="s"
      lead={
        <>
          <code>{path}</code> and everything in it is deleted for good. An open tab keeps its text until you
          close it.
        </>
      }
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button look="danger" onClick={remove}>
            Delete
          </Button>
        </>
      }
    />
  );
}
