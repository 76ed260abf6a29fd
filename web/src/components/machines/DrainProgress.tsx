import { useMutation, useQuery } from "@tanstack/react-query";
import { listWorkspaces } from "../../api/gateway";
import { cancelDrain, type Drain, type Fleet, type Machine } from "../../api/machines";
import { notifyFailure } from "../../live/notices";
import { Button } from "../ui/Button";
import { Prose } from "../ui/Prose";
import { counted } from "../ui/words";
import styles from "./Machines.module.css";
import { drainedWords } from "./words";

interface DrainProgressProps {
  drain: Drain;
  machine: Machine;
  fleet: Fleet;
}

/** How far a machine is emptied, workspace by workspace. */
export function DrainProgress({ drain, machine, fleet }: DrainProgressProps) {
  // Administrators see names of their own workspaces; those of others are theirs to tell.
  const own = useQuery({ queryKey: ["workspaces"], queryFn: listWorkspaces, staleTime: 30_000 });
  const cancel = useMutation({
    mutationFn: () => cancelDrain(machine.id),
    onError: (error) => notifyFailure("The workspaces go on moving", error),
  });
  const nameOf = (id: string) => own.data?.find((it) => it.id === id)?.name ?? id;
  const moved = drain.workspaces.filter((it) => it.state === "moved").length;
  return (
    <section className={styles["drain"]} aria-label={`Workspaces that leave ${machine.name}`}>
      <header>
        <p role="status">{title(drain, moved)}</p>
        {drain.state === "emptying" && (
          <Button
            size="s"
            aria-label={`Stop moving workspaces away from ${machine.name}`}
            busy={cancel.isPending}
            onClick={() => cancel.mutate()}
          >
            Stop
          </Button>
        )}
      </header>
      {drain.state === "emptying" && (
        <progress
          aria-label={`Workspaces moved away from ${machine.name}`}
          max={Math.max(drain.workspaces.length, 1)}
          value={moved}
        />
      )}
      {drain.error !== null && drain.error !== undefined && (
        <p className={styles["waits"]}>
          It waits: <Prose text={drain.error} />.
        </p>
      )}
      <ul>
        {drain.workspaces.map((it) => (
          <li key={it.workspace} data-state={it.state}>
            <strong>{nameOf(it.workspace)}</strong>
            <span>
              <Prose text={drainedWords(fleet, it)} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function title({ state, workspaces }: Drain, moved: number): string {
  switch (state) {
    case "emptying":
      return `Moving its workspaces away: ${moved} of ${workspaces.length}`;
    case "done":
      return "Nothing is left on it. It can be switched off, or removed.";
    case "cancelled":
      return "Stopped. What had moved away stays away; it still takes nothing new.";
    case "failed":
      return `${counted(workspaces.length - moved, "workspace")} could not be moved, and stayed.`;
  }
}
