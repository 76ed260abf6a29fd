import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { messageOf } from "../../api/client";
import { renameWorkspace } from "../../api/gateway";
import { Button } from "../ui/Button";
import { Field, FormError } from "../ui/Field";
import { Modal } from "../ui/Modal";

interface RenameDialogProps {
  workspace: { id: string; name: string };
  open: boolean;
  onClose: () => void;
}

export function RenameDialog({ workspace, open, onClose }: RenameDialogProps) {
  const [name, setName] = useState(workspace.name);
  const queryClient = useQueryClient();
  const rename = useMutation({
    mutationFn: () => renameWorkspace(workspace.id, name.trim()),
    onSuccess: async () => {
      onClose();
      await queryClient.invalidateQueries({ queryKey: ["workspaces"] });
    },
  });
  const form = `rename-${workspace.id}`;
  return (
    <Modal
      open={open}
      onClose={onClose}
      width="s"
      title="Rename workspace"
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" type="submit" form={form} busy={rename.isPending} disabled={name.trim() === ""}>
            Rename
          </Button>
        </>
      }
    >
      <form
        id={form}
        onSubmit={(event) => {
          event.preventDefault();
          rename.mutate();
        }}
      >
        <Field label="Name" value={name} maxLength={80} onChange={(event) => setName(event.target.value)} />
        {rename.isError && <FormError>{messageOf(rename.error)}</FormError>}
      </form>
    </Modal>
  );
}
