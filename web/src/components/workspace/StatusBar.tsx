import { CircleX, EyeOff, ShieldOff } from "lucide-react";
import type { RuntimeState, SystemStats } from "../../api/types";
import type { DockTab } from "../../live/layout-store";
import type { WorkspaceView } from "../../live/workspace-machine";
import { bytes } from "../ui/words";
import styles from "./StatusBar.module.css";

interface StatusBarProps {
  view: WorkspaceView;
  runtime: RuntimeState;
  onShow: (tab: DockTab) => void;
}

/** The bottom line: is this page in touch, what is wrong, how loaded is the machine. */
export function StatusBar({ view, runtime, onShow }: StatusBarProps) {
  const problems = runtime.build.errors.length;
  return (
    <footer className={styles["bar"]}>
      <Connection view={view} />
      {runtime.build.status !== "idle" && (
        <button type="button" onClick={() => onShow("problems")} data-bad={problems > 0 || undefined}>
          {problems > 0 && <CircleX />}
          {buildWords(runtime)}
        </button>
      )}
      <span className={styles["gap"]} />
      {runtime.ports.length > 0 && (
        <button type="button" onClick={() => onShow("ports")}>
          {runtime.ports.length === 1 ? "port " : "ports "}
          {runtime.ports.map((it) => it.port).join(", ")}
        </button>
      )}
      {view.stats !== null && <Load stats={view.stats} />}
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

function buildWords({ build }: RuntimeState): string {
  const count = build.errors.length;
  if (build.status === "building") return "building";
  if (build.status === "success") return "build succeeded";
  return count === 1 ? "1 problem" : count === 0 ? "build failed" : `${count} problems`;
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

function Load({ stats }: { stats: SystemStats }) {
  return (
    <>
      <span className={styles["load"]} title="Of the CPU this workspace may use">
        CPU <meter min={0} max={100} value={stats.cpu_percent} aria-label="CPU" />{" "}
        {Math.round(stats.cpu_percent)}%
      </span>
      <span className={styles["load"]} title={`${bytes(stats.memory_available_bytes)} are left`}>
        memory <meter min={0} max={100} value={stats.memory_percent} aria-label="Memory" />{" "}
        {bytes(stats.memory_used_bytes)}
      </span>
      <span title="Processes of this workspace">
        {stats.processes} {stats.processes === 1 ? "process" : "processes"}
      </span>
    </>
  );
}
