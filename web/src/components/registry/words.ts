/** Words of the registry for people. */
import type { RuntimeDiagnostic, RuntimeSummary, WorkerSummary } from "../../api/registry";

const KINDS: Record<RuntimeSummary["source"]["kind"], string> = {
  local_compatibility: "workers of this machine",
  embedded_worker_runtime: "in this server",
  remote_http: "another installation",
};

/** What a runtime is. */
export function kindOf(runtime: RuntimeSummary): string {
  return KINDS[runtime.source.kind];
}

/** Whether nothing can be asked of it now. */
export function isAway(status: string): boolean {
  return status === "unavailable" || status === "degraded";
}

/** A role as people read it: `workspace_companion` is a companion. */
export function roleOf(worker: WorkerSummary): string {
  const role = (worker.role ?? "worker").replace(/^workspace_/, "").replaceAll("_", " ");
  return role.slice(0, 1).toUpperCase() + role.slice(1);
}

/** What there is to say about something that is not as it should be. */
export function troubles(diagnostics: readonly RuntimeDiagnostic[]): string {
  return diagnostics
    .filter((it) => it.severity !== "info")
    .map((it) => it.message)
    .join("; ");
}
