import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { addMember } from "../../api/members";
import type { Role, Workspace } from "../../api/types";
import { notify } from "../../live/notices";
import { Field } from "../ui/Field";
import { FormModal } from "../ui/FormModal";
import { RoleField } from "./RoleField";
import { withArticle } from "./roles";

/** Makes somebody who has an account here a member, by the name the person signs in with. */
export function AddDialog({ workspace, onClose }: { workspace: Workspace; onClose: () => void }) {
  const [loginName, setLoginName] = useState("");
  const [role, setRole] = useState<Role>("editor");
  const queryClient = useQueryClient();
  const add = useMutation({
    mutationFn: () => addMember(workspace.id, loginName.trim(), role),
    onSuccess: (members) => {
      queryClient.setQueryData(["members", workspace.id], members);
      notify({
        key: "members",
        tone: "good",
        title: `${loginName.trim()} is ${withArticle(role)} now`,
        detail: "The workspace stands in that person’s list already.",
      });
      onClose();
    },
  });
  return (
    <FormModal
      onClose={onClose}
      width="s"
      title="Add a member"
      lead="Somebody who has an account on this Stead, by the exact name the person signs in with. For others, make an invitation."
      submit="Add"
      busy={add.isPending}
      wrong={loginName.trim() === ""}
      error={add.error}
      onSubmit={() => add.mutate()}
    >
      <Field
        label="Log-in name"
        autoCapitalize="off"
        value={loginName}
        hint="People find theirs under Settings, Profile. Names cannot be searched."
        onChange={(event) => setLoginName(event.target.value)}
      />
      <RoleField role={role} onChange={setRole} />
    </FormModal>
  );
}
