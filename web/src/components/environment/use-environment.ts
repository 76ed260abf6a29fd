import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getEnvironment, type Owner, setVariable, type Variable } from "../../api/environment";
import { notify, notifyFailure } from "../../live/notices";

/** How stale the list may be while somebody looks at it. */
const REFRESH_MS = 15_000;

const keyOf = (owner: Owner) => ["environment", owner ?? "own"];

/** Variables and credentials of a workspace, or one's own. */
export function useEnvironment(owner: Owner) {
  return useQuery({
    queryKey: keyOf(owner),
    queryFn: () => getEnvironment(owner),
    refetchInterval: REFRESH_MS,
  });
}

/** Asks for them anew, after a change. */
export function useRefresh(owner: Owner): () => Promise<void> {
  const queryClient = useQueryClient();
  return () => queryClient.invalidateQueries({ queryKey: keyOf(owner) });
}

/** Tells that a plain variable is gone, and how to get it back. */
export function offerUndo(owner: Owner, variable: Variable, refresh: () => Promise<void>): void {
  const { name, kind, uses, value = null } = variable;
  notify({
    key: `removed-${name}`,
    tone: "good",
    title: `${name} is removed`,
    detail: "What starts from here on does not have it.",
    action: {
      label: "Undo",
      run: () => {
        setVariable(owner, name, { kind, uses, value })
          .then(refresh)
          .catch((error: unknown) => notifyFailure(`${name} is still removed`, error));
      },
    },
  });
}
