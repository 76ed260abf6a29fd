import { Unplug } from "lucide-react";
import type { Workspace } from "../../api/types";
import { useNow } from "../../live/use-now";
import { ago } from "../ui/words";
import styles from "./Unreachable.module.css";
import { clock } from "./words";

/** Why a workspace cannot be reached whose machine does not answer, and what that means. */
export function UnreachableWords({ workspace }: { workspace: Workspace }) {
  const now = useNow();
  const { machine, unreachable_since_ms: since } = workspace;
  return (
    <>
      Machine <strong>{machine ?? "of the server"}</strong> has not been heard of
      {since !== null && since !== undefined && ` since ${clock(since)} (${ago(since, now)})`}. Nothing was
      stopped; it comes back by itself.
    </>
  );
}

/** Over a workspace whose machine was lost while somebody was in it. */
export function UnreachableBar({ workspace }: { workspace: Workspace }) {
  return (
    <section className={styles["bar"]} role="status" aria-label="Unreachable">
      <Unplug aria-hidden="true" />
      <p>
        <strong>Unreachable.</strong> <UnreachableWords workspace={workspace} />
      </p>
    </section>
  );
}
