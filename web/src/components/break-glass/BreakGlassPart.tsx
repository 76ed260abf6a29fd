import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ShieldAlert } from "lucide-react";
import { endBreakGlassOf } from "../../api/break-glass";
import { notifyFailure } from "../../live/notices";
import { Rows } from "../settings/SettingsPage";
import { AccessRow } from "./AccessRow";
import styles from "./BreakGlass.module.css";
import { useAccesses } from "./use-accesses";

/** Among a workspace's people: every access that administrators had, for its owners. */
export function BreakGlassPart({ workspaceId }: { workspaceId: string }) {
  const accesses = useAccesses(workspaceId);
  const queryClient = useQueryClient();
  const end = useMutation({
    mutationFn: (access: string) => endBreakGlassOf(workspaceId, access),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["break-glass", workspaceId] }),
    onError: (error) => notifyFailure("The access was not ended", error),
  });
  if (accesses.data === undefined || accesses.data.length === 0) return null;
  return (
    <section className={styles["part"]}>
      <h2>Administrators who were here</h2>
      <p>They are no members. Each gave a reason and the password once more, for an hour at most.</p>
      <Rows label="Break-glass accesses">
        {accesses.data.map((access) => (
          <AccessRow
            key={access.id}
            access={access}
            title={access.name}
            icon={<ShieldAlert aria-hidden="true" />}
            busy={end.isPending}
            onEnd={() => end.mutate(access.id)}
          />
        ))}
      </Rows>
    </section>
  );
}
