/** The wire types, field for field those of `crates/protocol`. */

export type ErrorCode =
  | "invalid_request"
  | "invalid_path"
  | "unauthenticated"
  | "forbidden"
  | "foreign_origin"
  | "not_found"
  | "method_not_allowed"
  | "already_exists"
  | "session_not_running"
  | "session_already_running"
  | "session_stopping"
  | "conflict"
  | "link_expired"
  | "precondition_failed"
  | "too_large"
  | "unsupported_content"
  | "range_not_satisfiable"
  | "upgrade_required"
  | "rate_limited"
  | "internal"
  | "preview_unavailable"
  | "unavailable"
  | "capacity"
  | "timeout"
  | "storage_full";

export interface WireError {
  code: ErrorCode;
  message: string;
  details?: unknown;
}

export type Role = "viewer" | "editor" | "owner";
export type SessionStatus = "idle" | "starting" | "running" | "stopping" | "stopped" | "crashed";
export type SetupStatus = "none" | "running" | "done" | "failed";
export type DevServerStatus = "stopped" | "starting" | "ready" | "stopping" | "failed";
export type BuildStatus = "idle" | "building" | "success" | "failed";
export type PreviewStatus = "idle" | "starting" | "running" | "stopped";

/** How a process ended: exactly one field is set. */
export interface Exit {
  code: number | null;
  signal: number | null;
}

export interface Setup {
  status: SetupStatus;
  message: string | null;
  /** 0 to 100 when it is known. */
  percent: number | null;
}

export interface DevServer {
  status: DevServerStatus;
  phase: "installing" | "launching" | null;
  command: string | null;
  framework: string | null;
  pid: number | null;
  started_at_ms: number | null;
  exit: Exit | null;
  last_lines: string[];
  reason: string | null;
  restarts: number;
  retry_at_ms: number | null;
}

/** `line` and `column` count from 1; 0 when unknown. `file` is empty when the tool named none. */
export interface BuildError {
  file: string;
  line: number;
  column: number;
  message: string;
}

export interface Build {
  status: BuildStatus;
  errors: BuildError[];
}

export interface Preview {
  status: PreviewStatus;
  port: number | null;
  path: string | null;
  url: string | null;
}

export interface Port {
  port: number;
  process: string;
  pid: number | null;
  primary: boolean;
  url?: string | null;
}

export interface TerminalInfo {
  name: string;
  id: string;
  kind: "shell" | "dev_server";
  pid: number;
  cols: number;
  rows: number;
  attachments: number;
  title: string;
  working_directory: string | null;
  created_at_ms: number;
}

export interface Capabilities {
  provider: string;
  limits: string;
  memory_bytes_max: number | null;
  processes_max: number | null;
  cpu_millis_max: number | null;
  network: string;
  seccomp: boolean;
  landlock_abi: number;
  missing: string[];
}

/** Everything the page shows about a running workspace. Only the kernel writes it. */
export interface RuntimeState {
  workspace_id: string;
  session_id: string | null;
  generation: number;
  revision: number;
  updated_at_ms: number;
  status: SessionStatus;
  reason: string | null;
  setup: Setup;
  dev_server: DevServer;
  build: Build;
  preview: Preview;
  ports: Port[];
  terminals: TerminalInfo[];
  capabilities: Capabilities;
}

export type FileChange = "created" | "modified" | "deleted";

type EventKind =
  | { type: "SETUP_STARTED"; source: string }
  | { type: "SETUP_FINISHED" }
  | { type: "SETUP_FAILED"; message: string }
  | { type: "RUNTIME_STARTED"; generation: number }
  | { type: "RUNTIME_CRASHED"; error: string }
  | { type: "RUNTIME_STOPPED" }
  | { type: "BUILD_STARTED" }
  | { type: "BUILD_SUCCEEDED" }
  | { type: "BUILD_FAILED"; errors: BuildError[] }
  | { type: "DEV_SERVER_STARTED"; command: string; pid: number }
  | { type: "DEV_SERVER_READY"; port: number }
  | { type: "DEV_SERVER_EXITED"; exit: Exit; last_lines: string[] }
  | { type: "PREVIEW_READY"; port: number }
  | { type: "PREVIEW_STOPPED" }
  | { type: "PORT_OPENED"; port: number; process: string }
  | { type: "PORT_CLOSED"; port: number }
  | { type: "PROCESS_STARTED"; pid: number; command: string }
  | { type: "PROCESS_EXITED"; pid: number; command: string; exit: Exit }
  | { type: "TERMINAL_OPENED"; name: string; pid: number }
  | { type: "TERMINAL_CLOSED"; name: string; exit: Exit | null }
  | { type: "FILE_CHANGED"; path: string; change: FileChange }
  | { type: "DIAGNOSTIC"; code: string; message: string };

/** One entry of the journal. */
export type Event = EventKind & {
  seq: number;
  time_ms: number;
  session_id: string | null;
  principal: string | null;
  operator: string | null;
};

export interface SystemStats {
  cpu_percent: number;
  memory_used_bytes: number;
  memory_available_bytes: number;
  memory_percent: number;
  disk_used_bytes: number;
  disk_available_bytes: number;
  disk_percent: number;
  network_received_bytes: number;
  network_sent_bytes: number;
  processes: number;
}

/** Frames of the event channel, kernel to client. */
export type FromKernel =
  | { type: "hello"; next_seq: number; read_only: boolean }
  | { type: "gap"; next_seq: number }
  | { type: "state"; state: RuntimeState }
  | { type: "event"; event: Event }
  | { type: "file_changed"; path: string; event_type: FileChange }
  | { type: "files_rescan" }
  | { type: "system_stats"; stats: SystemStats }
  | { type: "pong" }
  | { type: "come_back"; after_ms: number };

/** Frames of the event channel, client to kernel. */
export type ToKernel = { type: "ping" } | { type: "stats"; on: boolean };

/** Text frames of a terminal attachment, kernel to client. */
export type FromTerminal =
  | {
      type: "attached";
      id: string;
      name: string;
      offset: number;
      cols: number;
      rows: number;
      resumed: boolean;
      read_only: boolean;
    }
  | { type: "size"; offset: number; cols: number; rows: number }
  | { type: "title"; title: string }
  | { type: "working_directory"; path: string }
  | { type: "bell" }
  | { type: "clipboard"; text: string }
  | { type: "exit"; exit: Exit }
  | { type: "error"; message: string }
  | { type: "pong" };

/** Text frames of a terminal attachment, client to kernel. */
export type ToTerminal =
  | { type: "resize"; cols: number; rows: number }
  | { type: "input"; data: string }
  /** Everything before this offset was shown. */
  | { type: "ack"; offset: number }
  | { type: "ping" };

export interface OpenTerminal {
  name?: string;
  cols?: number;
  rows?: number;
  command?: string[];
  working_directory?: string;
}

export interface Workspace {
  id: string;
  name: string;
  /** A template's id, `git`, or `empty`. */
  source: string;
  owner: string;
  role: Role;
  created_at_ms: number;
  opened_at_ms: number;
  status: SessionStatus;
  dev_server: DevServerStatus;
  setup: SetupStatus;
}

export type Source =
  | { kind: "empty" }
  | { kind: "template"; id: string }
  | { kind: "git"; url: string; branch: string | null };

export interface Template {
  id: string;
  title: string;
  description: string;
  needs: string[];
}

export type RestartPolicy = "never" | "on_failure";

export interface Settings {
  command: string | null;
  port: number | null;
  restart: RestartPolicy;
  viewers_see_terminals: boolean;
  terminal_clipboard: boolean;
}

export interface Me {
  id: string;
  name: string;
  preview_origin: string;
  version: string;
}

export interface DeviceLink {
  url: string;
  expires_at_ms: number;
}

export interface GrantRequest {
  port?: number;
  path?: string;
}

export interface Grant {
  url: string;
  origin: string;
}

export type FileKind = "directory" | "file" | "symlink" | "other";

export interface FileEntry {
  name: string;
  path: string;
  kind: FileKind;
  size_bytes: number;
  modified_at_ms: number;
  executable: boolean;
  target?: string;
  ignored: boolean;
}

export interface Listing {
  path: string;
  entries: FileEntry[];
  truncated: boolean;
}

export interface Written {
  path: string;
  etag: string;
  size_bytes: number;
  created: boolean;
}

export interface NameMatches {
  paths: string[];
  truncated: boolean;
}
