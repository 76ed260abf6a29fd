import { Popover } from "@base-ui/react/popover";
import type { SystemStats } from "../../api/types";
import { useProcesses } from "../../live/use-processes";
import { bytes } from "../ui/words";
import styles from "./Resources.module.css";

/** Processes that are listed; the rest is idle more often than not. */
const PROCESSES_MAX = 8;

interface ResourcesProps {
  workspaceId: string;
  stats: SystemStats;
}

/** The load in short; opens all of it. */
export function ResourcesButton({ workspaceId, stats }: ResourcesProps) {
  return (
    <Popover.Root>
      <Popover.Trigger className={styles["button"]} aria-label={`Resources: ${inShort(stats)}`}>
        CPU <Bar percent={stats.cpu_percent} /> {Math.round(stats.cpu_percent)}%
        <span className={styles["second"]}>
          memory <Bar percent={stats.memory_percent} /> {bytes(stats.memory_used_bytes)}
        </span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner side="top" align="end" sideOffset={6} className={styles["positioner"]}>
          <Popover.Popup className={styles["popup"]} aria-label="Resources">
            <Resources workspaceId={workspaceId} stats={stats} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function inShort(stats: SystemStats): string {
  return `CPU ${Math.round(stats.cpu_percent)} percent, memory ${bytes(stats.memory_used_bytes)}`;
}

/** What the workspace uses of what it may use, and which of its processes do. */
export function Resources({ workspaceId, stats }: ResourcesProps) {
  const processes = useProcesses(workspaceId);
  const left = (available: number) => `${bytes(available)} left`;
  return (
    <div className={styles["resources"]}>
      <dl>
        <Line name="CPU" percent={stats.cpu_percent} value={`${Math.round(stats.cpu_percent)}%`} />
        <Line
          name="Memory"
          percent={stats.memory_percent}
          value={bytes(stats.memory_used_bytes)}
          more={left(stats.memory_available_bytes)}
        />
        <Line
          name="Disk"
          percent={stats.disk_percent}
          value={bytes(stats.disk_used_bytes)}
          more={left(stats.disk_available_bytes)}
        />
        <Line
          name="Network"
          value={`${bytes(stats.network_received_bytes)} in`}
          more={`${bytes(stats.network_sent_bytes)} out`}
        />
      </dl>
      <table>
        <caption>
          {stats.processes} {stats.processes === 1 ? "process" : "processes"}
        </caption>
        <thead>
          <tr>
            <th scope="col">Command</th>
            <th scope="col">CPU</th>
            <th scope="col">Memory</th>
          </tr>
        </thead>
        <tbody>
          {processes.slice(0, PROCESSES_MAX).map((it) => (
            <tr key={it.pid}>
              <td title={`${it.command} (process ${it.pid})`}>{it.command}</td>
              <td>{Math.round(it.cpu_percent)}%</td>
              <td>{bytes(it.memory_bytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>
        {stats.websockets} live {stats.websockets === 1 ? "connection" : "connections"},{" "}
        {stats.file_changes.toLocaleString("en")} changes of files seen,{" "}
        {stats.errors === 0
          ? "no failed request in five minutes"
          : `${stats.errors} of ${stats.requests} requests failed in five minutes`}
      </p>
    </div>
  );
}

interface LineProps {
  name: string;
  percent?: number;
  value: string;
  more?: string;
}

function Line({ name, percent, value, more }: LineProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {percent === undefined ? <span className={styles["bar"]} /> : <Bar percent={percent} label={name} />}
        <b>{value}</b>
        <span>{more}</span>
      </dd>
    </div>
  );
}

/** A share of what may be used; beside its figure it is only a picture. */
function Bar({ percent, label }: { percent: number; label?: string }) {
  const named = label === undefined ? { "aria-hidden": true } : { "aria-label": label };
  return (
    <meter className={styles["bar"]} min={0} max={100} high={90} optimum={0} value={percent} {...named} />
  );
}
