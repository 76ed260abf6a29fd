import { useMutation, useQueryClient } from "@tanstack/react-query";
import { messageOf } from "../../api/client";
import { type Account, createResetLink, deleteAccount } from "../../api/people";
import { Button } from "../ui/Button";
import { FormError } from "../ui/Field";
import { Modal } from "../ui/Modal";
import { Prose } from "../ui/Prose";
import { SecretOnce } from "../ui/SecretOnce";

interface DialogProps {
  account: Account;
  onClose: () => void;
}

/** Makes a link by which somebody chooses a new password. */
export function ResetDialog({ account, onClose }: DialogProps) {
  const make = useMutation({ mutationFn: () => createResetLink(account.id) });
  if (make.data !== undefined) {
    return (
      <SecretOnce
        title={`New password for ${account.name}`}
        lead="Send this link; it is shown once, and works once and for a day."
        label="The link"
        text={make.data.url}
        onClose={onClose}
      />
    );
  }
  return (
    <Modal
      open
      onClose={onClose}
      width="s"
      title={`New password for ${account.name}`}
      lead="The link works once and for a day. The old password works until it is used; then every browser of the account is signed out."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="ink" busy={make.isPending} onClick={() => make.mutate()}>
            Make the link
          </Button>
        </>
      }
    >
      {make.isError && <FormError>{messageOf(make.error)}</FormError>}
    </Modal>
  );
}

/** Deletes an account, unless a workspace would be left without an owner. */
export function DeleteAccountDialog({ account, onClose }: DialogProps) {
  const queryClient = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteAccount(account.id),
    onSuccess: async () => {
      onClose();
      await queryClient.invalidateQueries({ queryKey: ["accounts"] });
    },
  });
  return (
    <Modal
      open
      onClose={onClose}
      width="s"
      title={`Delete ${account.name}?`}
      lead="The account is signed out and leaves every workspace. Its name stays in the audit log. Workspaces that others own too go on."
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button look="danger" busy={remove.isPending} onClick={() => remove.mutate()}>
            Delete for good
          </Button>
        </>
      }
    >
      {remove.isError && (
        <FormError>
          <Prose text={messageOf(remove.error)} />
        </FormError>
      )}
    </Modal>
  );
}
