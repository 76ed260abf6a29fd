import { useQuery } from "@tanstack/react-query";
import { getMove } from "../../api/machines";
import { isOver } from "./words";

/** How often somebody who looks asks how far a move is: members are told of it by nothing else. */
const LOOK_MS = 1_000;

/** The last move of a workspace, asked for again as long as it goes on. */
export function useMove(workspaceId: string, wanted = true) {
  return useQuery({
    queryKey: ["move", workspaceId],
    queryFn: () => getMove(workspaceId),
    enabled: wanted,
    staleTime: 0,
    refetchInterval: ({ state: { data } }) => (data != null && !isOver(data) ? LOOK_MS : false),
  });
}
