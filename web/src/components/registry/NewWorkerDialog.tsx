import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { type RuntimeSummary, spawnWorker, type WorkerSpawnIntent } from "../../api/registry";
import { Choice } from "../ui/Choice";
import { Field } from "../ui/Field";
import { FormModal } from "../ui/FormModal";

const ROLES = [
  { value: "workspace_companion", label: "Companion" },
  { value: "workspace_orchestrator", label: "Orchestrator" },
  { value: "intake", label: "Intake of a ticket" },
  { value: "coder", label: "Coder of a ticket" },
  { value: "reviewer", label: "Reviewer of a ticket" },
] as const;
type Role = (typeof ROLES)[number]["value"];

function intentOf(role: Role, ticket: string): WorkerSpawnIntent {
  if (role === "workspace_companion" || role === "workspace_orchestrator") return { kind: role };
  return { kind: "ticket_role", ticket_id: ticket.trim(), role };
}

/** Makes a worker. */
export function NewWorkerDialog({
  runtimes,
  onClose,
}: {
  runtimes: readonly RuntimeSummary[];
  onClose: () => void;
}) {
  const [runtime, setRuntime] = useState(runtimes[0]?.runtime_id ?? "");
  const [role, setRole] = useState<Role>("workspace_companion");
  const [ticket, setTicket] = useState("");
  const make = useMutation({
    mutationFn: () => spawnWorker(runtime, intentOf(role, ticket)),
    onSuccess: onClose,
  });
  const ofTicket = intentOf(role, ticket).kind === "ticket_role";
  return (
    <FormModal
      onClose={onClose}
      width="s"
      title="New worker"
      lead="The runtime gives it an id and decides how it works."
      submit="Make the worker"
      busy={make.isPending}
      wrong={runtime === "" || (ofTicket && ticket.trim() === "")}
      error={make.error}
      onSubmit={() => make.mutate()}
    >
      <Choice
        label="Runtime"
        value={runtime}
        options={runtimes.map((it) => ({ value: it.runtime_id, label: it.label }))}
        onChange={setRuntime}
      />
      <Choice label="What for" value={role} options={ROLES} onChange={setRole} />
      {ofTicket && (
        <Field
          label="The ticket"
          placeholder="T-4711"
          value={ticket}
          onChange={(event) => setTicket(event.target.value)}
        />
      )}
    </FormModal>
  );
}
