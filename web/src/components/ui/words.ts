/** Facts in words. */
import type { DevServerStatus, RuntimeState, SessionStatus, SetupStatus } from "../../api/types";
import type { Light } from "./House";

const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** “2 hours ago”; below a minute it is “just now”. */
export function ago(thenMs: number, nowMs: number): string {
  const seconds = (nowMs - thenMs) / 1000;
  const unit = UNITS.find(([, length]) => seconds >= length);
  return unit === undefined ? "just now" : relative.format(-Math.floor(seconds / unit[1]), unit[0]);
}

/** “1.5 GiB”. */
export function bytes(count: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = count < 1 ? 0 : Math.min(Math.floor(Math.log2(count) / 10), units.length - 1);
  const value = count / 1024 ** power;
  return `${value >= 100 || power === 0 ? Math.round(value) : Math.round(value * 10) / 10} ${units[power]}`;
}

const SOURCES: Record<string, string> = {
  git: "Git repository",
  empty: "Empty",
  static: "Static page",
  "vite-react": "Vite + React",
  node: "Node server",
  python: "Python server",
  rust: "Rust server",
};

/** What a workspace was made from. */
export function sourceName(source: string): string {
  return SOURCES[source] ?? source;
}

interface Standing {
  status: SessionStatus;
  dev_server: DevServerStatus;
  setup: SetupStatus;
  /** Its machine does not answer now. */
  unreachable?: boolean | undefined;
}

/** The one thing to know about a workspace, from what its kernel says. */
export function standing({ status, dev_server, setup, unreachable }: Standing): {
  word: string;
  light: Light;
} {
  // What it does is not known, and not over.
  if (unreachable) return { word: "unreachable", light: "waiting" };
  if (setup === "running") return { word: "setting up", light: "waiting" };
  if (setup === "failed") return { word: "setup failed", light: "alarm" };
  if (status === "running" && dev_server === "failed") return { word: "dev server failed", light: "alarm" };
  if (status === "running" && dev_server === "starting")
    return { word: "running, app starting", light: "waiting" };
  if (status === "crashed") return { word: "crashed", light: "alarm" };
  if (status === "running") return { word: "running", light: "on" };
  if (status === "starting" || status === "stopping") return { word: status, light: "waiting" };
  return { word: status, light: "off" };
}

/** {@link standing} of a workspace whose whole state is known. */
export function standingOf({ status, setup, dev_server }: RuntimeState): { word: string; light: Light } {
  return standing({ status, setup: setup.status, dev_server: dev_server.status });
}

/** “1 file”, “3 files”. */
export function counted(count: number, what: string): string {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
}
