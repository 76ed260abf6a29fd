import { useMutation } from "@tanstack/react-query";
import { messageOf } from "../../api/client";
import { type Owner, removeCredential, removeVariable } from "../../api/environment";
import { notify } from "../../live/notices";
import { Button } from "../ui/Button";
import { FormError } from "../ui/Field";
import { Modal } from "../ui/Modal";
import { useRefresh } from "./use-environment";

interface RemoveDialogProps {
  owner: Owner;
  /** What goes for good, since nobody can read it back: a secret, or a credential of a host. */
  thing: { kind: "secret" | "credential"; name: string };
  onClose: () => void;
}

/** Asks once: what nobody can see nobody can put back. */
export function RemoveDialog({ owner, thing, onClose }: RemoveDialogProps) {
  const { kind, name } = thing;
  const refresh = useRefresh(owner);
  const remove = useMutation({
    mutationFn: () => (kind === "secret" ? removeVariable(owner, name) : removeCredential(owner, name)),
    onSuccess: async () => {
      notify({ key: "environment", tone: "good", title: `${name} is removed` });
      onClose();
      await refresh();
    },
  });
  return (
    <Modal
      open
      onClose={onClose}
      width="s"
      title={`Remove ${name}?`}
      lead={
        kind === "secret"
          ? "Nobody can read the value back, so keep it elsewhere if you need it. What runs keeps it until it ends; what starts next does not have it."
          : "Git is asked for a name and a password by this host again. The token itself stays good at the host until you revoke it there."
      }
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button look="danger" busy={remove.isPending} onClick={() => remove.mutate()}>
            Remove
          </Button>
        </>
      }
    >
      {remove.isError && <FormError>{messageOf(remove.error)}</FormError>}
    </Modal>
  );
}
