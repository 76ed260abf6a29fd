import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ShieldAlert } from "lucide-react";
import {
  type BreakGlass,
  endBreakGlass,
  endBreakGlassOf,
  listBreakGlass,
  seeBreakGlass,
} from "../../api/break-glass";
import type { Me, Workspace } from "../../api/types";
import { notifyFailure } from "../../live/notices";
import { useNow } from "../../live/use-now";
import { Button } from "../ui/Button";
import styles from "./BreakGlass.module.css";
import { useAccesses } from "./use-accesses";
import { moment, span } from "./words";

interface BarProps {
  workspace: Workspace;
  me: Me | undefined;
}

/** Says over a workspace that an administrator is or was in it, to its owners and to the administrator. */
export function BreakGlassBar({ workspace, me }: BarProps) {
  if (workspace.break_glass_until_ms != null) {
    return <OwnAccess workspace={workspace} until={workspace.break_glass_until_ms} me={me} />;
  }
  return workspace.role === "owner" ? <ToldOwner workspace={workspace} /> : null;
}

function OwnAccess({ workspace, until, me }: { workspace: Workspace; until: number; me: Me | undefined }) {
  const now = useNow();
  const end = useMutation({
    mutationFn: async () => {
      const all = (await listBreakGlass()) ?? [];
      const own = all.filter(
        (it) => it.workspace === workspace.id && it.principal === me?.id && it.ended_at_ms == null,
      );
      await Promise.all(own.map((it) => endBreakGlass(it.id)));
    },
    onError: (error) => notifyFailure("The access was not ended", error),
  });
  return (
    <aside className={styles["bar"]} aria-label="Break-glass access">
      <ShieldAlert aria-hidden="true" />
      <p className={styles["text"]}>
        <strong>You are here by break-glass</strong>, as {workspace.role} until {moment(until, now)}. The
        owners see it, and what you do is marked in the audit log.
      </p>
      <Button size="s" busy={end.isPending} onClick={() => end.mutate()}>
        End it now
      </Button>
    </aside>
  );
}

function ToldOwner({ workspace }: { workspace: Workspace }) {
  const now = useNow();
  const queryClient = useQueryClient();
  const accesses = useAccesses(workspace.id);
  const done = () => queryClient.invalidateQueries({ queryKey: ["break-glass", workspace.id] });
  const see = useMutation({
    mutationFn: (access: BreakGlass) => seeBreakGlass(workspace.id, access.id),
    onSuccess: done,
    onError: (error) => notifyFailure("The server does not know yet that you have seen it", error),
  });
  const end = useMutation({
    mutationFn: (access: BreakGlass) => endBreakGlassOf(workspace.id, access.id),
    onSuccess: done,
    onError: (error) => notifyFailure("The access was not ended", error),
  });
  const told = accesses.data?.find((it) => it.ended_at_ms == null) ?? accesses.data?.find((it) => !it.seen);
  if (told === undefined) return null;
  const open = told.ended_at_ms == null;
  return (
    <aside className={styles["bar"]} aria-label="Break-glass access" aria-live="polite">
      <ShieldAlert aria-hidden="true" />
      <p className={styles["text"]}>
        <strong>
          {told.name}, an administrator, {open ? "has" : "had"} access to this workspace
        </strong>{" "}
        as {told.role}, {span(told, now)}: <q>{told.reason}</q>
      </p>
      {open && (
        <Button size="s" look="danger" busy={end.isPending} onClick={() => end.mutate(told)}>
          End it now
        </Button>
      )}
      {!told.seen && (
        <Button size="s" busy={see.isPending} onClick={() => see.mutate(told)}>
          I have seen it
        </Button>
      )}
    </aside>
  );
}
