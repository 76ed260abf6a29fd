import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { listBreakGlassOf } from "../../api/break-glass";
import type { Person } from "../../api/types";

/** How long an owner who looks at the workspace may not know of an access. */
const REFRESH_MS = 10_000;

/** The accesses of administrators to a workspace; asked for at once when somebody else is here. */
export function useAccesses(workspaceId: string, people: readonly Person[] = []) {
  const here = [...new Set(people.map((it) => it.principal ?? ""))].sort().join();
  return useQuery({
    queryKey: ["break-glass", workspaceId, here],
    queryFn: () => listBreakGlassOf(workspaceId),
    refetchInterval: REFRESH_MS,
    staleTime: 0,
    placeholderData: keepPreviousData,
  });
}
