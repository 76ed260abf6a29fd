/** Routes of the gateway about runtimes, hosts and workers. */
import { answer, api } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type RegistryFrame = Schemas["RegistryFrame"];
export type RuntimeSummary = RegistryFrame["runtimes"]["items"][number];
export type HostSummary = RegistryFrame["hosts"]["items"][number];
export type WorkerSummary = RegistryFrame["workers"]["items"][number];
export type RuntimeDiagnostic = Schemas["RuntimeDiagnostic"];
export type WorkerSpawnIntent = Schemas["WorkerSpawnIntent"];

/** A worker by its two ids. */
export interface WorkerId {
  runtime: string;
  worker: string;
}

export const registerRuntime = (body: Schemas["RegisterRuntime"]) =>
  answer(api.POST("/api/v1/runtimes", { body }));
export const removeRuntime = (runtime: string) =>
  answer(api.DELETE("/api/v1/runtimes/{runtime}", { params: { path: { runtime } } }));

/** A worker for an intent; the runtime decides the rest. */
export const spawnWorker = (runtime: string, intent: WorkerSpawnIntent) =>
  accepted(
    api.POST("/api/v1/runtimes/{runtime}/workers", {
      params: { path: { runtime } },
      body: {
        intent,
        requested_worker_name: null,
        acceptance: { kind: "run_accepted", expected_segments: 0 },
      },
    }),
  );
export const readTranscript = (path: WorkerId, start: number) =>
  accepted(
    api.GET("/api/v1/runtimes/{runtime}/workers/{worker}/transcript", { params: { path, query: { start } } }),
  );
export const sayToWorker = (path: WorkerId, content: string) =>
  accepted(
    api.POST("/api/v1/runtimes/{runtime}/workers/{worker}/input", {
      params: { path },
      body: { kind: "user", content },
    }),
  );
export const stopWorker = (path: WorkerId) =>
  accepted(
    api.POST("/api/v1/runtimes/{runtime}/workers/{worker}/stop", {
      params: { path },
      body: { mode: "graceful" },
    }),
  );

interface Told {
  state: Schemas["WorkerOperationState"];
  diagnostics: RuntimeDiagnostic[];
}

/** The result; one that was not accepted is an error with the runtime's reasons. */
async function accepted<T extends Told>(call: Promise<{ data?: T }>): Promise<T> {
  const result = await answer(call);
  if (result.state === "accepted") return result;
  throw new Error(result.diagnostics.map((it) => it.message).join("; ") || "The runtime refused.");
}
