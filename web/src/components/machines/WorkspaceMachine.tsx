import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Server } from "lucide-react";
import { useEffect, useState } from "react";
import { getWorkspace } from "../../api/gateway";
import { cancelMove, type Move } from "../../api/machines";
import type { Workspace } from "../../api/types";
import { notifyFailure } from "../../live/notices";
import type { SectionProps } from "../manage/sections";
import { Button } from "../ui/Button";
import { FormError } from "../ui/Field";
import { Prose } from "../ui/Prose";
import { ago } from "../ui/words";
import styles from "./Machines.module.css";
import { MoveDialog } from "./MoveDialog";
import { MoveProgress } from "./MoveProgress";
import { UnreachableWords } from "./Unreachable";
import { useMove } from "./use-move";
import { canCancel, isInTheWay, isOver, OWN_NAME } from "./words";

/** Where a workspace lies, and how it comes to another machine. */
export function WorkspaceMachine({ workspace: given, me }: SectionProps) {
  const client = useQueryClient();
  const [moving, setMoving] = useState(false);
  const move = useMove(given.id);
  const last = move.data ?? null;
  const goesOn = last !== null && !isOver(last);
  // Where it is changes with the move, and nothing else tells.
  const { data: workspace = given } = useQuery({
    queryKey: ["workspaces", given.id],
    queryFn: () => getWorkspace(given.id),
    initialData: given,
  });
  const phase = last?.phase;
  useEffect(() => {
    if (phase !== undefined) void client.invalidateQueries({ queryKey: ["workspaces", given.id] });
  }, [client, phase, given.id]);
  return (
    <div className={styles["where"]}>
      <p className={styles["place"]}>
        <Server aria-hidden="true" />
        <span>
          Its files lie, and its programs run, on{" "}
          <strong>{workspace.machine ?? "the machine of this server"}</strong>.
        </span>
      </p>
      {workspace.unreachable && (
        <p>
          <UnreachableWords workspace={workspace} />
        </p>
      )}
      {last !== null && goesOn && <UnderWay workspace={workspace} move={last} may={me.administrator} />}
      {last !== null && last.phase === "failed" && (
        <FormError>
          It was not moved {ago(last.changed_at_ms, Date.now())}:{" "}
          <Prose text={last.error ?? "no reason was told"} />. The old copy was kept, and is in use.
        </FormError>
      )}
      {me.administrator ? (
        !goesOn && (
          <>
            <p className={styles["note"]}>
              A move copies everything and reads it back before the workspace starts on the other machine.
              Until it has started there the old copy is kept; whatever goes wrong, it is used again.
            </p>
            <div>
              <Button disabled={workspace.unreachable} onClick={() => setMoving(true)}>
                Move to another machine…
              </Button>
            </div>
          </>
        )
      ) : (
        <p className={styles["note"]}>Administrators of this Stead move workspaces between machines.</p>
      )}
      {moving && (
        <MoveDialog
          workspace={workspace}
          onClose={() => setMoving(false)}
          onMoved={(begun) => client.setQueryData(["move", workspace.id], begun)}
        />
      )}
    </div>
  );
}

function UnderWay({ workspace, move, may }: { workspace: Workspace; move: Move; may: boolean }) {
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => cancelMove(workspace.id),
    onSuccess: (move) => client.setQueryData(["move", workspace.id], move),
    onError: (error) => notifyFailure("The move goes on", error),
  });
  const target = move.to == null ? OWN_NAME.toLowerCase() : "the other machine";
  return (
    <section className={styles["drain"]} aria-label="Move to another machine">
      <MoveProgress move={move} target={target} label={`Move of ${workspace.name}`} />
      {isInTheWay(move) && (
        <p className={styles["note"]}>
          Meanwhile it cannot be used. The old copy is kept until it has started.
        </p>
      )}
      {move.cancelled && !isOver(move) && <p className={styles["note"]}>It is being cancelled.</p>}
      {may && canCancel(move) && (
        <div>
          <Button size="s" busy={cancel.isPending} onClick={() => cancel.mutate()}>
            Cancel the move
          </Button>
        </div>
      )}
    </section>
  );
}
