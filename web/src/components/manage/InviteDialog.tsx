import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { invite } from "../../api/invitations";
import type { Role, Workspace } from "../../api/types";
import { Field } from "../ui/Field";
import { FormModal } from "../ui/FormModal";
import { SecretOnce } from "../ui/SecretOnce";
import { Switch } from "../ui/Switch";
import { RoleField } from "./RoleField";
import { withArticle } from "./roles";

/** Makes a link that lets people into the workspace. The link is shown once. */
export function InviteDialog({ workspace, onClose }: { workspace: Workspace; onClose: () => void }) {
  const [role, setRole] = useState<Role>("editor");
  const [note, setNote] = useState("");
  const [many, setMany] = useState(false);
  const queryClient = useQueryClient();
  const make = useMutation({
    mutationFn: () => invite(workspace.id, role, note.trim(), many),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["invitations", workspace.id] }),
  });
  if (make.data !== undefined) {
    return (
      <SecretOnce
        title="Send this link"
        lead={`It is shown this once and works for 7 days. Whoever opens it becomes ${withArticle(role)} of ${workspace.name}.`}
        label="The invitation"
        text={make.data.url}
        onClose={onClose}
      />
    );
  }
  return (
    <FormModal
      onClose={onClose}
      width="s"
      title="Invite people"
      lead={`Whoever opens the link becomes a member of ${workspace.name}. People without an account make one on the way.`}
      submit="Make the link"
      busy={make.isPending}
      error={make.error}
      onSubmit={() => make.mutate()}
    >
      <Field
        label="For whom"
        placeholder="Grace, or the design team"
        hint="Only to tell this link from others."
        maxLength={80}
        value={note}
        onChange={(event) => setNote(event.target.value)}
      />
      <RoleField role={role} onChange={setRole} />
      <Switch label="For several people" checked={many} onChange={setMany} />
    </FormModal>
  );
}
