import type { DevServer } from "../../api/types";
import styles from "./DevServerChip.module.css";

/** A start found no app: that is no failure, and its reason says what would be one. */
export function nothingToRun(server: DevServer): boolean {
  return server.status === "stopped" && server.command === null && server.reason !== null;
}

/** The dev server in a few words. */
export function devServerWords(server: DevServer): string {
  switch (server.status) {
    case "starting":
      return server.phase === "installing" ? "installing" : "starting";
    case "stopped":
      return nothingToRun(server) ? "no app yet" : "stopped";
    case "failed":
      if (server.retry_at_ms !== null) return "failed, retrying";
      return "failed";
    default:
      return server.status;
  }
}

const TONES = {
  stopped: "off",
  starting: "waiting",
  ready: "on",
  stopping: "waiting",
  failed: "alarm",
} as const;

interface DevServerChipProps {
  server: DevServer;
  onShowLog: () => void;
}

/** Command and status of the dev server; a click shows its log. */
export function DevServerChip({ server, onShowLog }: DevServerChipProps) {
  return (
    <button type="button" className={styles["chip"]} onClick={onShowLog} title="Show the dev server's log">
      {server.command !== null && <code>{server.command}</code>}
      <span className={styles["status"]} data-tone={server.command === null ? "off" : TONES[server.status]}>
        {devServerWords(server)}
      </span>
    </button>
  );
}
