import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { type Fleet, type Move, type Resources, startMove } from "../../api/machines";
import type { Workspace } from "../../api/types";
import { machinesFeed } from "../../live/machines-feed";
import { useStore } from "../../live/use-store";
import { Choices } from "../shares/Choices";
import { Button } from "../ui/Button";
import { FormModal } from "../ui/FormModal";
import { Modal } from "../ui/Modal";
import { Switch } from "../ui/Switch";
import { bytes } from "../ui/words";
import styles from "./Machines.module.css";
import { OWN_NAME } from "./words";

/** The value that stands for the server's own machine. */
const OWN = "own";

interface MoveDialogProps {
  workspace: Workspace;
  onClose: () => void;
  onMoved: (move: Move) => void;
}

/** Chooses where a workspace goes, by what is free there. */
export function MoveDialog({ workspace, onClose, onMoved }: MoveDialogProps) {
  const { frame } = useStore(machinesFeed);
  const [chosen, setChosen] = useState<string | null>(null);
  const [stop, setStop] = useState(false);
  const runs = ["starting", "running", "stopping"].includes(workspace.status);
  const options = frame === null ? [] : targets(frame, workspace);
  const target = chosen ?? options[0]?.value ?? "";
  const move = useMutation({
    mutationFn: () => startMove(workspace.id, target === OWN ? null : target, runs && stop),
    onSuccess: (begun) => {
      onMoved(begun);
      onClose();
    },
  });
  const title = `Move ${workspace.name}`;
  if (frame !== null && options.length === 0) {
    return (
      <Modal
        open
        onClose={onClose}
        width="s"
        title={title}
        lead={
          <>
            No other machine takes workspaces now: none has joined, or each drains or is lost. They are under{" "}
            <Link to="/settings/machines">Machines</Link>.
          </>
        }
        actions={<Button onClick={onClose}>Close</Button>}
      />
    );
  }
  return (
    <FormModal
      onClose={onClose}
      width="s"
      title={title}
      lead="It cannot be used while its files travel. What is open in it closes, and comes back by itself."
      submit="Move it"
      busy={move.isPending}
      wrong={target === "" || (runs && !stop)}
      error={move.error}
      onSubmit={() => move.mutate()}
    >
      <Choices label="Where to?" options={options} value={target} onChange={setChosen} />
      {runs && (
        <>
          <Switch label="Stop its session first" checked={stop} onChange={setStop} />
          <p className={styles["note"]} data-warn={stop || undefined}>
            {stop
              ? "Terminals, dev server and programs end, in order, as by Stop. Files and documents are kept."
              : "A session runs in it, and a workspace moves only when it is stopped."}
          </p>
        </>
      )}
    </FormModal>
  );
}

function targets({ own, machines }: Fleet, workspace: Workspace) {
  const joined = machines
    .filter((it) => it.state === "ready" && it.id !== workspace.machine_id)
    .map((it) => ({ value: it.id, label: it.name, detail: free(it.resources) }));
  const isThere = workspace.machine_id === null || workspace.machine_id === undefined;
  return isThere ? joined : [...joined, { value: OWN, label: OWN_NAME, detail: free(own.resources) }];
}

function free(resources: Resources | null | undefined): string {
  if (resources === null || resources === undefined) return "It does not say what is free.";
  const { memory_free_bytes, disk_free_bytes } = resources;
  return `${bytes(disk_free_bytes)} of disk and ${bytes(memory_free_bytes)} of memory free`;
}
