import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { messageOf } from "../../api/client";
import { deleteWorkspace } from "../../api/gateway";
import { Button } from "../ui/Button";
import { Field, FormError } from "../ui/Field";
import { Modal } from "../ui/Modal";

interface DeleteDialogProps {
  workspace: { id: string; name: string };
  open: boolean;
  onClose: () => void;
  onDeleted?: () => void;
}

/** Deleting cannot be undone, so the name has to be typed. */
export function DeleteDialog({ workspace, open, onClose, onDeleted }: DeleteDialogProps) {
  const [typed, setTyped] = useState("");
  const queryClient = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteWorkspace(workspace.id),
    onSuccess: async () => {
      onClose();
      onDeleted?.();
      await queryClient.invalidateQueries({ queryKey: ["workspaces"] });
    },
  });
  const form = `delete-${workspace.id}`;
  const certain = typed.trim() === workspace.name.trim();
  return (
    <Modal
      open={open}
      onClose={onClose}
      width="s"
      title="Delete workspace"
      lead={
        <>
          Everything that runs in <strong>{workspace.name}</strong> is stopped, and its files are removed for
          good. Nothing is kept.
        </>
      }
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button look="danger" type="submit" form={form} busy={remove.isPending} disabled={!certain}>
            Delete for good
          </Button>
        </>
      }
    >
      <form
        id={form}
        onSubmit={(event) => {
          event.preventDefault();
          if (certain) remove.mutate();
        }}
      >
        <Field
          label={<>Type “{workspace.name}” to confirm</>}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        {remove.isError && <FormError>{messageOf(remove.error)}</FormError>}
      </form>
    </Modal>
  );
}
