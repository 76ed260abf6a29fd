import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createShare, endShare, listShares, updateShare } from "../../api/shares";
import type { CreateShare, UpdateShare } from "../../api/types";

/** How stale counts of visits may be while somebody looks at them. */
const REFRESH_MS = 5_000;

export function useShares(workspaceId: string) {
  return useQuery({
    queryKey: ["shares", workspaceId],
    queryFn: () => listShares(workspaceId),
    refetchInterval: REFRESH_MS,
  });
}

type Change =
  | { kind: "create"; body: CreateShare }
  | { kind: "update"; share: string; body: UpdateShare }
  | { kind: "end"; share: string };

/** Makes, changes or ends a share, and shows the list as it is then. */
export function useChangeShares(workspaceId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (change: Change) => {
      switch (change.kind) {
        case "create":
          return createShare(workspaceId, change.body);
        case "update":
          return updateShare(workspaceId, change.share, change.body);
        case "end":
          await endShare(workspaceId, change.share);
          return null;
      }
    },
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["shares", workspaceId] }),
  });
}
