import { useMutation } from "@tanstack/react-query";
import { Bot, Plus } from "lucide-react";
import { useState } from "react";
import { type RuntimeSummary, stopWorker, type WorkerSummary } from "../../api/registry";
import { notifyFailure } from "../../live/notices";
import { Card, Row, Rows } from "../settings/SettingsPage";
import { Button } from "../ui/Button";
import { Explain } from "../ui/Explain";
import { NewWorkerDialog } from "./NewWorkerDialog";
import { Part } from "./Part";
import styles from "./Registry.module.css";
import { StatusBadge } from "./RuntimePart";
import { WorkerDialog } from "./WorkerDialog";
import { roleOf } from "./words";

interface WorkerPartProps {
  workers: readonly WorkerSummary[];
  runtimes: readonly RuntimeSummary[];
  pictures: number;
}

const pathOf = (worker: WorkerSummary) => ({ runtime: worker.runtime_id, worker: worker.worker_id });
const keyOf = (worker: WorkerSummary) => `${worker.runtime_id}/${worker.worker_id}`;

/** The workers of all runtimes. */
export function WorkerPart({ workers, runtimes, pictures }: WorkerPartProps) {
  const [making, setMaking] = useState(false);
  const [shown, setShown] = useState<string | null>(null);
  const stop = useMutation({
    mutationFn: (worker: WorkerSummary) => stopWorker(pathOf(worker)),
    onError: (error) => notifyFailure("The worker was not stopped", error),
  });
  const makers = runtimes.filter((it) => it.capabilities.can_spawn_worker);
  const make = (
    <Button look="ink" icon={<Plus />} disabled={makers.length === 0} onClick={() => setMaking(true)}>
      New worker
    </Button>
  );
  const open = workers.find((it) => keyOf(it) === shown);
  return (
    <Part title="Workers" lead="Agents with a transcript." action={workers.length > 0 ? make : undefined}>
      {workers.length === 0 ? (
        <Card>
          <Explain icon={<Bot />} title="Nobody works yet" actions={make}>
            A worker keeps what it is told, in order and for good, and can be followed from other programs.
          </Explain>
        </Card>
      ) : (
        <Rows label="Workers">
          {workers.map((worker) => (
            <Row
              key={keyOf(worker)}
              icon={<Bot aria-hidden="true" />}
              title={roleOf(worker)}
              badge={<StatusBadge status={worker.status} />}
              detail={
                <>
                  <span className={styles["id"]}>{worker.worker_id}</span> of{" "}
                  {runtimes.find((it) => it.runtime_id === worker.runtime_id)?.label ?? worker.runtime_id}
                </>
              }
              actions={
                <>
                  {worker.capabilities.can_read_bounded_transcript && (
                    <Button
                      size="s"
                      aria-label={`Read ${worker.worker_id}`}
                      onClick={() => setShown(keyOf(worker))}
                    >
                      Read
                    </Button>
                  )}
                  {worker.capabilities.can_stop && (
                    <Button
                      size="s"
                      aria-label={`Stop ${worker.worker_id}`}
                      busy={stop.isPending && keyOf(stop.variables) === keyOf(worker)}
                      onClick={() => stop.mutate(worker)}
                    >
                      Stop
                    </Button>
                  )}
                </>
              }
            />
          ))}
        </Rows>
      )}
      {making && <NewWorkerDialog runtimes={makers} onClose={() => setMaking(false)} />}
      {open !== undefined && (
        <WorkerDialog worker={open} pictures={pictures} onClose={() => setShown(null)} />
      )}
    </Part>
  );
}
