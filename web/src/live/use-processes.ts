import { useEffect } from "react";
import type { ProcessLoad } from "../api/types";
import { useStore } from "./use-store";
import { workspaceStore } from "./workspace-store";

/** The busiest processes of a workspace, kept fresh while the component is there. */
export function useProcesses(workspaceId: string): ProcessLoad[] {
  const store = workspaceStore(workspaceId);
  useEffect(() => store.watchProcesses(), [store]);
  return useStore(store).processes;
}
