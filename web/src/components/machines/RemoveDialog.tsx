import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { type Machine, removeMachine } from "../../api/machines";
import { notify } from "../../live/notices";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { FormModal } from "../ui/FormModal";
import { Modal } from "../ui/Modal";
import { counted } from "../ui/words";

/** Takes a machine out for good. Its workspaces must be elsewhere, or be given up. */
export function RemoveDialog({ machine, onClose }: { machine: Machine; onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const some = machine.workspaces > 0;
  const remove = useMutation({
    mutationFn: () => removeMachine(machine.id, some),
    onSuccess: () => {
      notify({ key: "machines", tone: "good", title: `${machine.name} is removed` });
      onClose();
    },
  });
  const title = `Remove ${machine.name}`;
  const count = counted(machine.workspaces, "workspace");
  if (some && machine.state !== "lost") {
    return (
      <Modal
        open
        onClose={onClose}
        width="s"
        title={title}
        lead={`${count} ${machine.workspaces === 1 ? "is" : "are"} on it. Drain it and move them away first, or delete them.`}
        actions={<Button onClick={onClose}>Close</Button>}
      />
    );
  }
  return (
    <FormModal
      onClose={onClose}
      width="s"
      title={title}
      lead={
        some
          ? `It is lost, and ${count} ${machine.workspaces === 1 ? "is" : "are"} on it. Removing it gives them up: they are deleted here, for ever, with everything in them.`
          : "Whatever it has open ends, and its certificate is refused from then on. It can join again with a new token, as a new machine."
      }
      submit={some ? `Remove it and delete ${count}` : "Remove it"}
      look="danger"
      busy={remove.isPending}
      wrong={some && typed.trim() !== machine.name}
      error={remove.error}
      onSubmit={() => remove.mutate()}
    >
      {some && (
        <Field
          label={<>Type “{machine.name}” to confirm</>}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      )}
    </FormModal>
  );
}
