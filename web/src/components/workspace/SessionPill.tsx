import { Popover } from "@base-ui/react/popover";
import type { RuntimeState } from "../../api/types";
import { ago, bytes, standing } from "../ui/words";
import styles from "./SessionPill.module.css";

interface SessionPillProps {
  runtime: RuntimeState;
  /** The kernel's last word is old news. */
  stale: boolean;
  now: number;
}

/** What the kernel says about the session, word for word; more on a click. */
export function SessionPill({ runtime, stale, now }: SessionPillProps) {
  const { light } = standing({
    status: runtime.status,
    dev_server: runtime.status === "running" ? "ready" : "stopped",
    setup: "done",
  });
  return (
    <Popover.Root>
      <Popover.Trigger className={styles["pill"]} data-light={light} data-stale={stale || undefined}>
        <span className={styles["dot"]} />
        {runtime.status}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className={styles["positioner"]} align="start" sideOffset={6}>
          <Popover.Popup className={styles["popup"]}>
            <Popover.Title className={styles["title"]}>
              Session {runtime.generation > 0 ? runtime.generation : ""} {runtime.status}
            </Popover.Title>
            {runtime.reason !== null && <p className={styles["reason"]}>{runtime.reason}</p>}
            <Facts runtime={runtime} now={now} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Facts({ runtime, now }: { runtime: RuntimeState; now: number }) {
  const { capabilities: can } = runtime;
  const limits = [
    can.cpu_millis_max === null ? null : `${can.cpu_millis_max / 1000} cores`,
    can.memory_bytes_max === null ? null : `${bytes(can.memory_bytes_max)} of memory`,
    can.processes_max === null ? null : `${can.processes_max} processes`,
  ].filter((it) => it !== null);
  return (
    <dl className={styles["facts"]}>
      <dt>Last change</dt>
      <dd>{ago(runtime.updated_at_ms, now)}</dd>
      <dt>Isolation</dt>
      <dd>{can.provider === "process" ? "none: processes of this machine" : can.provider}</dd>
      <dt>Network</dt>
      <dd>{can.network.replaceAll("_", " ")}</dd>
      <dt>Limits</dt>
      <dd>{limits.length === 0 ? "none" : limits.join(", ")}</dd>
      {can.missing.length > 0 && (
        <>
          <dt>Missing here</dt>
          <dd>{can.missing.join(" ")}</dd>
        </>
      )}
    </dl>
  );
}
