import { CircleCheck, History, Moon } from "lucide-react";
import type { ReactNode } from "react";
import { ask } from "../../live/session-actions";
import { useNow } from "../../live/use-now";
import { useStore } from "../../live/use-store";
import { workspaceStore } from "../../live/workspace-store";
import { Button } from "../ui/Button";
import { ago } from "../ui/words";
import styles from "./Environment.module.css";
import { behind, list } from "./environment-words";

/** What runs with the values that are shown, and what with those of before. */
export function InForce({ workspaceId, changedAtMs }: { workspaceId: string; changedAtMs: number }) {
  const { runtime, connection } = useStore(workspaceStore(workspaceId));
  const now = useNow();
  if (runtime === null || connection !== "live" || changedAtMs === 0) return null;
  if (runtime.status !== "running") {
    return <Note icon={<Moon />}>Nothing runs. The next session starts with what stands here.</Note>;
  }
  const { devServer, terminals } = behind(runtime, changedAtMs);
  if (!devServer && terminals.length === 0) {
    return <Note icon={<CircleCheck />}>In force: everything that runs started with what stands here.</Note>;
  }
  const old = [
    ...(devServer ? ["the dev server"] : []),
    ...(terminals.length === 0
      ? []
      : [`${terminals.length === 1 ? "terminal" : "terminals"} ${list(terminals)}`]),
  ];
  const text = list(old);
  const one = old.length === 1 && terminals.length < 2;
  return (
    <Note
      icon={<History />}
      action={
        devServer && (
          <Button size="s" onClick={() => void ask(workspaceId, "dev-restart")}>
            Restart the dev server
          </Button>
        )
      }
    >
      {text.slice(0, 1).toUpperCase() + text.slice(1)} started before the last change, {ago(changedAtMs, now)}
      , and {one ? "keeps what it" : "keep what they"} had. What starts next has what stands here.
    </Note>
  );
}

function Note({ icon, action, children }: { icon: ReactNode; action?: ReactNode; children: ReactNode }) {
  return (
    <div className={styles["force"]} role="status">
      {icon}
      <p>{children}</p>
      {action}
    </div>
  );
}
