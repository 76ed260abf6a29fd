import type { Resources } from "../../api/machines";
import { bytes } from "../ui/words";
import styles from "./Machines.module.css";

/** What a machine has, and what of it is left. */
export function ResourceMeters({ resources, of }: { resources: Resources; of: string }) {
  const { cpus, load, memory_free_bytes, memory_total_bytes, disk_free_bytes, disk_total_bytes } = resources;
  return (
    <dl className={styles["meters"]}>
      <Meter
        name="Memory"
        of={of}
        used={memory_total_bytes - memory_free_bytes}
        total={memory_total_bytes}
        words={`${bytes(memory_free_bytes)} of ${bytes(memory_total_bytes)} free`}
      />
      <Meter
        name="CPU"
        of={of}
        used={Math.min(load, cpus)}
        total={cpus}
        words={`load ${load.toFixed(1)} on ${cpus === 1 ? "1 core" : `${cpus} cores`}`}
      />
      <Meter
        name="Disk"
        of={of}
        used={disk_total_bytes - disk_free_bytes}
        total={disk_total_bytes}
        words={`${bytes(disk_free_bytes)} of ${bytes(disk_total_bytes)} free`}
      />
    </dl>
  );
}

interface MeterProps {
  name: string;
  of: string;
  used: number;
  total: number;
  words: string;
}

function Meter({ name, of, used, total, words }: MeterProps) {
  const most = Math.max(total, 1);
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <meter aria-label={`${name} of ${of}`} max={most} high={most * 0.85} optimum={0} value={used} />
        {words}
      </dd>
    </div>
  );
}
