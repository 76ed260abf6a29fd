import { useMutation } from "@tanstack/react-query";
import { Server } from "lucide-react";
import { useState } from "react";
import { type Drain, type Fleet, type Machine, setDraining } from "../../api/machines";
import { notify, notifyFailure } from "../../live/notices";
import { Badge } from "../settings/SettingsPage";
import { Button } from "../ui/Button";
import { Prose } from "../ui/Prose";
import { ago } from "../ui/words";
import { DrainDialog } from "./DrainDialog";
import { DrainProgress } from "./DrainProgress";
import styles from "./Machines.module.css";
import { RemoveDialog } from "./RemoveDialog";
import { ResourceMeters } from "./ResourceMeters";
import { day, lostWords, OWN_NAME, stateOf, workspaceWords } from "./words";

/** A certificate that ends sooner was not renewed when it should have been. */
const CERTIFICATE_LATE_MS = 5 * 24 * 60 * 60 * 1000;

interface MachineCardProps {
  machine: Machine;
  fleet: Fleet;
}

/** One machine that joined: how it is, what is left of it, and what can be done with it. */
export function MachineCard({ machine, fleet }: MachineCardProps) {
  const [dialog, setDialog] = useState<"drain" | "remove" | null>(null);
  const resume = useMutation({
    mutationFn: () => setDraining(machine.id, false),
    onSuccess: () =>
      notify({ key: "machines", tone: "good", title: `${machine.name} takes workspaces again` }),
    onError: (error) => notifyFailure(`${machine.name} still drains`, error),
  });
  const { word, tone } = stateOf(machine);
  const drain: Drain | undefined = fleet.drains.find((it) => it.machine === machine.id);
  const isLate = machine.certificate_expires_at_ms - fleet.now_ms < CERTIFICATE_LATE_MS;
  return (
    <li className={styles["card"]} data-state={machine.state}>
      <header className={styles["head"]}>
        <Server aria-hidden="true" />
        <h3>{machine.name}</h3>
        <Badge tone={tone}>{word}</Badge>
        <div className={styles["actions"]}>
          {machine.draining ? (
            <Button
              size="s"
              aria-label={`Resume ${machine.name}`}
              busy={resume.isPending}
              onClick={() => resume.mutate()}
            >
              Resume
            </Button>
          ) : (
            <Button size="s" aria-label={`Drain ${machine.name}`} onClick={() => setDialog("drain")}>
              Drain…
            </Button>
          )}
          <Button size="s" aria-label={`Remove ${machine.name}`} onClick={() => setDialog("remove")}>
            Remove…
          </Button>
        </div>
      </header>
      {machine.state === "lost" && (
        <p className={styles["lost"]}>
          <Prose text={lostWords(machine, fleet.now_ms)} />
        </p>
      )}
      {machine.resources !== null && machine.resources !== undefined && (
        <ResourceMeters resources={machine.resources} of={machine.name} />
      )}
      <ul className={styles["facts"]}>
        <li>{workspaceWords(machine)}</li>
        {machine.state !== "lost" && <li>heard {ago(machine.seen_at_ms, fleet.now_ms)}</li>}
        <li>Stead {machine.version}</li>
        <li data-bad={isLate || undefined}>
          certificate {isLate ? "ends" : "until"} {day(machine.certificate_expires_at_ms)}
        </li>
      </ul>
      {drain !== undefined && <DrainProgress drain={drain} machine={machine} fleet={fleet} />}
      {machine.draining && drain?.state !== "emptying" && machine.workspaces > 0 && (
        <p className={styles["next"]}>
          <Button size="s" onClick={() => setDialog("drain")}>
            Move its workspaces away…
          </Button>
        </p>
      )}
      {dialog === "drain" && <DrainDialog machine={machine} onClose={() => setDialog(null)} />}
      {dialog === "remove" && <RemoveDialog machine={machine} onClose={() => setDialog(null)} />}
    </li>
  );
}

/** The machine of the server itself. */
export function OwnCard({ own }: { own: Fleet["own"] }) {
  const count = own.workspaces === 1 ? "1 workspace" : `${own.workspaces} workspaces`;
  return (
    <li className={styles["card"]}>
      <header className={styles["head"]}>
        <Server aria-hidden="true" />
        <h3>{OWN_NAME}</h3>
        <Badge tone={own.takes_new ? "lake" : "plain"}>
          {own.takes_new ? "takes new workspaces" : "takes no new workspaces"}
        </Badge>
      </header>
      {own.resources !== null && own.resources !== undefined && (
        <ResourceMeters resources={own.resources} of="this server" />
      )}
      <ul className={styles["facts"]}>
        <li>{own.workspaces === 0 ? "no workspaces" : count}</li>
      </ul>
    </li>
  );
}
