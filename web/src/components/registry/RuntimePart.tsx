import { useMutation } from "@tanstack/react-query";
import { Cpu, Globe, Plus, Server } from "lucide-react";
import { useState } from "react";
import { type HostSummary, type RuntimeSummary, removeRuntime } from "../../api/registry";
import { notify, notifyFailure } from "../../live/notices";
import { Badge, Row, Rows } from "../settings/SettingsPage";
import { Button } from "../ui/Button";
import { AddRuntimeDialog } from "./AddRuntimeDialog";
import { Part } from "./Part";
import styles from "./Registry.module.css";
import { isAway, kindOf, troubles } from "./words";

/** The runtimes: this installation's own, and others. */
export function RuntimePart({ runtimes }: { runtimes: readonly RuntimeSummary[] }) {
  const [adding, setAdding] = useState(false);
  const remove = useMutation({
    mutationFn: (runtime: RuntimeSummary) => removeRuntime(runtime.runtime_id),
    onSuccess: (_, runtime) =>
      notify({ key: "runtimes", tone: "good", title: `“${runtime.label}” is forgotten here` }),
    onError: (error) => notifyFailure("The installation stays", error),
  });
  return (
    <Part
      title="Runtimes"
      lead="Who runs workers."
      action={
        <Button icon={<Plus />} onClick={() => setAdding(true)}>
          Add an installation
        </Button>
      }
    >
      <Rows label="Runtimes">
        {runtimes.map((runtime) => (
          <Row
            key={runtime.runtime_id}
            icon={
              runtime.source.kind === "remote_http" ? (
                <Globe aria-hidden="true" />
              ) : (
                <Cpu aria-hidden="true" />
              )
            }
            title={runtime.label}
            badge={<StatusBadge status={runtime.status} />}
            detail={
              <>
                {kindOf(runtime)}, <span className={styles["id"]}>{runtime.runtime_id}</span>
                <Trouble text={troubles(runtime.diagnostics)} />
              </>
            }
            actions={
              runtime.source.kind === "remote_http" && (
                <Button
                  size="s"
                  look="danger"
                  aria-label={`Remove ${runtime.label}`}
                  busy={remove.isPending && remove.variables.runtime_id === runtime.runtime_id}
                  onClick={() => remove.mutate(runtime)}
                >
                  Remove
                </Button>
              )
            }
          />
        ))}
      </Rows>
      {adding && <AddRuntimeDialog onClose={() => setAdding(false)} />}
    </Part>
  );
}

/** The hosts on which they put work. */
export function HostPart({ hosts }: { hosts: readonly HostSummary[] }) {
  return (
    <Part title="Hosts" lead="Where they put work.">
      <Rows label="Hosts">
        {hosts.map((host) => (
          <Row
            key={host.host_id}
            icon={<Server aria-hidden="true" />}
            title={host.label}
            badge={<StatusBadge status={host.status} />}
            detail={
              <>
                <span className={styles["id"]}>{host.host_id}</span>
                <Trouble text={troubles(host.diagnostics)} />
              </>
            }
          />
        ))}
      </Rows>
    </Part>
  );
}

/** How something is, in its own word. */
export function StatusBadge({ status }: { status: string }) {
  const up = status === "running" || status === "available" || status.startsWith("active");
  return (
    <Badge tone={isAway(status) ? "bad" : up ? "lake" : "plain"}>
      {status.replace(":", ", ").replace("_", " ")}
    </Badge>
  );
}

function Trouble({ text }: { text: string }) {
  return text === "" ? null : <span className={styles["trouble"]}>{text}</span>;
}
