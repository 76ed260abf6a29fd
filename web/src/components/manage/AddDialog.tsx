import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { messageOf } from "../../api/client";
import { addMember } from "../../api/members";
import type { Role, Workspace } from "../../api/types";
import { notify } from "../../live/notices";
import { Button } from "../ui/Button";
import { Field, FormError } from "../ui/Field";
import { Modal } from "../ui/Modal";
import styles from "./Invite.module.css";
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
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <Modal
      open
      onClose={onClose}
      width="s"
      title="Add a member"
      lead="Somebody who has an account on this Stead, by the exact name the person signs in with. For others, make an invitation."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" type="submit" form="add" busy={add.isPending} disabled={loginName.trim() === ""}>
            Add
          </Button>
        </>
      }
    >
      <form id="add" className={styles["form"]} onSubmit={submit}>
        <Field
          label="Log-in name"
          autoCapitalize="off"
          value={loginName}
          hint="People find theirs under Settings, Profile. Names cannot be searched."
          onChange={(event) => setLoginName(event.target.value)}
        />
        <RoleField role={role} onChange={setRole} />
        {add.isError && <FormError>{messageOf(add.error)}</FormError>}
      </form>
    </Modal>
  );
}
