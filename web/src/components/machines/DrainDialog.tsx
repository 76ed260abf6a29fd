import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { type Machine, setDraining, startDrain } from "../../api/machines";
import { notify } from "../../live/notices";
import { Choices } from "../shares/Choices";
import { FormModal } from "../ui/FormModal";
import { Switch } from "../ui/Switch";
import { counted } from "../ui/words";
import styles from "./Machines.module.css";

type How = "keep" | "move";

/** Keeps new workspaces away from a machine, or empties it. */
export function DrainDialog({ machine, onClose }: { machine: Machine; onClose: () => void }) {
  const some = machine.workspaces > 0;
  const [how, setHow] = useState<How>(some && machine.draining ? "move" : "keep");
  const [stop, setStop] = useState(false);
  const drain = useMutation({
    mutationFn: async () => {
      if (how === "move") await startDrain(machine.id, stop);
      else await setDraining(machine.id, true);
    },
    onSuccess: () => {
      notify({
        key: "machines",
        tone: "good",
        title: how === "move" ? `${machine.name} is being emptied` : `${machine.name} gets nothing new`,
      });
      onClose();
    },
  });
  const options: readonly { value: How; label: string; detail: string }[] = [
    {
      value: "keep",
      label: "Keep new workspaces away",
      detail: "What is there goes on as it is.",
    },
    {
      value: "move",
      label: "Move its workspaces away, too",
      detail: "One after the other, to machines with room. Each cannot be used while its files travel.",
    },
  ];
  return (
    <FormModal
      onClose={onClose}
      width="s"
      title={`Drain ${machine.name}`}
      lead={`New workspaces are made elsewhere. ${some ? `${counted(machine.workspaces, "workspace")} ${machine.workspaces === 1 ? "is" : "are"} there now.` : "Nothing is there now."}`}
      submit={how === "move" ? "Empty it" : "Drain it"}
      busy={drain.isPending}
      error={drain.error}
      onSubmit={() => drain.mutate()}
    >
      {some && <Choices label="What becomes of them?" options={options} value={how} onChange={setHow} />}
      {how === "move" && (
        <>
          <Switch label="Stop sessions that run" checked={stop} onChange={setStop} />
          <p className={styles["note"]} data-warn={stop || undefined}>
            {stop
              ? "Terminals, dev servers and programs in those workspaces end, in order, as by Stop. Files and documents are kept."
              : "A workspace whose session runs waits until somebody stops it."}
          </p>
        </>
      )}
    </FormModal>
  );
}
