import { useState } from "react";
import { git } from "../../api/git";
import type { GitStatus } from "../../api/types";
import { gitStore } from "../../live/git-store";
import { useStore } from "../../live/use-store";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { Modal } from "../ui/Modal";

interface RemoteDialogProps {
  workspaceId: string;
  status: GitStatus;
  onClose: () => void;
}

/** Where the repository is pushed to. */
export function RemoteDialog({ workspaceId, status, onClose }: RemoteDialogProps) {
  const store = gitStore(workspaceId);
  const { busy } = useStore(store);
  const known = status.remotes.find((it) => it.name === "origin") ?? status.remotes[0];
  const [url, setUrl] = useState(known?.url ?? "");
  const save = async () => {
    const name = known?.name ?? "origin";
    if (await store.run("The remote was not changed", () => git.addRemote(workspaceId, name, url.trim()))) {
      onClose();
    }
  };
  return (
    <Modal
      open
      onClose={onClose}
      width="s"
      title={known === undefined ? "Add a remote" : `Remote ${known.name}`}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" type="submit" form="git-remote" busy={busy} disabled={url.trim() === ""}>
            Save
          </Button>
        </>
      }
    >
      <form
        id="git-remote"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Field
          label="Address"
          mono
          placeholder="https://example.org/you/project.git"
          hint="Without name and password: those belong to the workspace's environment, as Git credentials."
          value={url}
          onChange={(event) => setUrl(event.target.value)}
        />
      </form>
    </Modal>
  );
}
