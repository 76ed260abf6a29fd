import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { renameWorkspace } from "../../api/gateway";
import { Field } from "../ui/Field";
import { FormModal } from "../ui/FormModal";

interface RenameDialogProps {
  workspace: { id: string; name: string };
  onClose: () => void;
}

export function RenameDialog({ workspace, onClose }: RenameDialogProps) {
  const [name, setName] = useState(workspace.name);
  const queryClient = useQueryClient();
  const rename = useMutation({
    mutationFn: () => renameWorkspace(workspace.id, name.trim()),
    onSuccess: async () => {
      onClose();
      await queryClient.invalidateQueries({ queryKey: ["workspaces"] });
    },
  });
  return (
    <FormModal
      onClose={onClose}
      width="s"
      title="Rename workspace"
      submit="Rename"
      busy={rename.isPending}
      wrong={name.trim() === ""}
      error={rename.error}
      onSubmit={() => rename.mutate()}
    >
      <Field label="Name" value={name} maxLength={80} onChange={(event) => setName(event.target.value)} />
    </FormModal>
  );
}
