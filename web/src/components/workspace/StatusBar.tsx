import { CircleX, EyeOff, ShieldOff } from "lucide-react";
import type { RuntimeState } from "../../api/types";
import { languages } from "../../live/language/languages";
import type { DockTab } from "../../live/layout-store";
import { useStore } from "../../live/use-store";
import type { WorkspaceView } from "../../live/workspace-machine";
import { counted } from "../ui/words";
import { errorCount } from "./problem-list";
import { ResourcesButton } from "./Resources";
import styles from "./StatusBar.module.css";

interface StatusBarProps {
  workspaceId: string;
  view: WorkspaceView;
  runtime: RuntimeState;
  onShow: (tab: DockTab) => void;
}

/** The bottom line: is this page in touch, what is wrong, how loaded is the machine. */
export function StatusBar({ workspaceId, view, runtime, onShow }: StatusBarProps) {
  const found = useStore(languages(workspaceId).problems);
  const problems = errorCount(runtime.build.errors, found);
  return (
    <footer className={styles["bar"]}>
      <Connection view={view} />
      {(runtime.build.status !== "idle" || found.length > 0) && (
        <button type="button" onClick={() => onShow("problems")} data-bad={problems > 0 || undefined}>
          {problems > 0 && <CircleX />}
          {problemWords(runtime, problems, found.length)}
        </button>
      )}
      <span className={styles["gap"]} />
      {runtime.ports.length > 0 && (
        <button type="button" onClick={() => onShow("ports")}>
          {runtime.ports.length === 1 ? "port " : "ports "}
          {runtime.ports.map((it) => it.port).join(", ")}
        </button>
      )}
      {view.stats !== null && <ResourcesButton workspaceId={workspaceId} stats={view.stats} />}
      <Watching runtime={runtime} />
      {runtime.capabilities.provider === "process" && (
        <span
          className={styles["warning"]}
          title="Programs of this workspace run as ordinary processes of the machine."
        >
          <ShieldOff /> not isolated
        </span>
      )}
    </footer>
  );
}

/** Says when changes of files are not seen as they happen. */
function Watching({ runtime }: { runtime: RuntimeState }) {
  const { status, message } = runtime.file_watch;
  if (status !== "limited" && status !== "failed") return null;
  return (
    <span className={styles["warning"]} title={message ?? undefined}>
      <EyeOff /> {status === "limited" ? "some file changes are late" : "file changes are not seen"}
    </span>
  );
}

function problemWords({ build }: RuntimeState, errors: number, found: number): string {
  if (build.status === "building") return "building";
  if (errors > 0) return counted(errors, "problem");
  if (build.status === "failed") return "build failed";
  if (found > 0) return counted(found, "warning");
  return "build succeeded";
}

function Connection({ view }: { view: WorkspaceView }) {
  const words = { live: "Live", connecting: "Connecting", reconnecting: "Reconnecting", refused: "Refused" };
  return (
    <span className={styles["connection"]} data-state={view.connection} role="status">
      {words[view.connection]}
      {view.connection === "reconnecting" && <span>this is the last known state</span>}
    </span>
  );
}
