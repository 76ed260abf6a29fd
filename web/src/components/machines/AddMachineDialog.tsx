import { useMutation } from "@tanstack/react-query";
import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { inviteMachine, type Machine } from "../../api/machines";
import { copyText } from "../../live/clipboard";
import { isLocal } from "../shares/share-words";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { FormModal } from "../ui/FormModal";
import { Modal } from "../ui/Modal";
import styles from "./Machines.module.css";
import { clock } from "./words";

/** Makes a token for one machine, shows what to run there, and shows the machine when it is there. */
export function AddMachineDialog({
  machines,
  onClose,
}: {
  machines: readonly Machine[];
  onClose: () => void;
}) {
  const [name, setName] = useState("");
  // Whoever was here before is not the one that is waited for.
  const [known] = useState(() => new Set(machines.map((it) => it.id)));
  const invite = useMutation({ mutationFn: () => inviteMachine(name.trim() === "" ? null : name.trim()) });
  if (invite.data === undefined) {
    return (
      <FormModal
        onClose={onClose}
        width="s"
        title="Add a machine"
        lead="It dials out to this server, so it needs no open port and may be behind NAT. Workspaces are then made where there is most room."
        submit="Make the command"
        busy={invite.isPending}
        error={invite.error}
        onSubmit={() => invite.mutate()}
      >
        <Field
          label="What is it called?"
          placeholder="Its host name"
          hint="Nothing: it is called by its host name."
          maxLength={80}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </FormModal>
    );
  }
  const { command, expires_at_ms } = invite.data;
  const arrived = machines.find((it) => !known.has(it.id));
  const isHere = arrived !== undefined && arrived.state !== "lost";
  return (
    <Modal
      open
      onClose={onClose}
      width="m"
      title="Run this on the other machine"
      lead={`With Stead installed there, as the user that is to run it. The token in it is good once, until ${clock(expires_at_ms)}, and is shown this once.`}
      actions={
        <>
          <Button onClick={onClose}>{isHere ? "Done" : "Close"}</Button>
          <Button
            look={isHere ? "plain" : "ink"}
            icon={<Copy />}
            onClick={() => void copyText(command, "It joins one machine, once.")}
          >
            Copy
          </Button>
        </>
      }
    >
      <output className={styles["command"]} aria-label="Command for the other machine">
        <code>{command}</code>
      </output>
      {isLocal(location.origin) && (
        <p className={styles["note"]}>
          This Stead was opened by an address of this computer only, and so is the command. For another
          computer, open it by its https:// address, or start it with <code>--public-url</code>.
        </p>
      )}
      <p className={styles["arrival"]} role="status" data-here={isHere || undefined}>
        {isHere ? (
          <>
            <Check aria-hidden="true" /> <strong>{arrived.name}</strong> is here and takes workspaces.
          </>
        ) : arrived !== undefined ? (
          `${arrived.name} has joined, and connects…`
        ) : (
          "Waiting for the machine. This dialog may be closed; it appears in the list."
        )}
      </p>
    </Modal>
  );
}
