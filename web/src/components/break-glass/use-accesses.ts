import { useQuery } from "@tanstack/react-query";
import { listBreakGlassOf } from "../../api/break-glass";

/** How long an owner may not know of an access when the word of it was lost on its way. */
const REFRESH_MS = 60_000;

/** The accesses of administrators to a workspace; asked for at once when the gateway says that one changed. */
export function useAccesses(workspaceId: string) {
  return useQuery({
    queryKey: ["break-glass", workspaceId],
    queryFn: () => listBreakGlassOf(workspaceId),
    refetchInterval: REFRESH_MS,
    staleTime: 0,
  });
}
