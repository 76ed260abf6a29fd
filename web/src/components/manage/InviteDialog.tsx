import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Copy } from "lucide-react";
import { useState } from "react";
import { messageOf } from "../../api/client";
import { invite } from "../../api/invitations";
import type { Role, Workspace } from "../../api/types";
import { copyText } from "../../live/clipboard";
import { Button } from "../ui/Button";
import { Field, FormError } from "../ui/Field";
import { Modal } from "../ui/Modal";
import { Switch } from "../ui/Switch";
import styles from "./Invite.module.css";
import { ROLES, roleName } from "./roles";

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
  const url = make.data?.url;
  return (
    <Modal
      open
      onClose={onClose}
      width="s"
      title="Invite people"
      lead={
        url === undefined
          ? `Whoever opens the link becomes a member of ${workspace.name}. People without an account make one on the way.`
          : `Send this link; it is shown this once and works for 7 days. Whoever opens it becomes ${role === "viewer" ? "a viewer" : `an ${role}`}.`
      }
      actions={
        url === undefined ? (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button look="ink" type="submit" form="invite" busy={make.isPending}>
              Make the link
            </Button>
          </>
        ) : (
          <>
            <Button onClick={onClose}>Done</Button>
            <Button look="ink" icon={<Copy />} onClick={() => void copyText(url)}>
              Copy link
            </Button>
          </>
        )
      }
    >
      {url === undefined ? (
        <form
          id="invite"
          className={styles["form"]}
          onSubmit={(event) => {
            event.preventDefault();
            make.mutate();
          }}
        >
          <Field
            label="For whom"
            placeholder="Grace, or the design team"
            hint="Only to tell this link from others."
            maxLength={80}
            value={note}
            onChange={(event) => setNote(event.target.value)}
          />
          <fieldset className={styles["roles"]}>
            <legend>Role</legend>
            {ROLES.map((it) => (
              <label key={it.value}>
                <input
                  type="radio"
                  name="role"
                  value={it.value}
                  checked={role === it.value}
                  onChange={() => setRole(it.value)}
                />
                <span>
                  {roleName(it.value)}
                  <small>{it.detail}</small>
                </span>
              </label>
            ))}
          </fieldset>
          <Switch label="For several people" checked={many} onChange={setMany} />
          {make.isError && <FormError>{messageOf(make.error)}</FormError>}
        </form>
      ) : (
        <code className={styles["link"]}>{url}</code>
      )}
    </Modal>
  );
}
