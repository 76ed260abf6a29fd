//! The runtime state of a workspace: one value, published by the kernel with a rising revision.

use crate::id::{SessionId, TerminalId, WorkspaceId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Everything the browser shows about a running workspace. Only the kernel writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RuntimeState {
    pub workspace_id: WorkspaceId,
    /// The running session, or the last one.
    pub session_id: Option<SessionId>,
    /// Rises by one with every session start; survives restarts of the kernel.
    pub generation: u64,
    /// Milliseconds since 1970 of that session's start.
    #[serde(default)]
    pub started_at_ms: Option<u64>,
    /// The principal who started it.
    #[serde(default)]
    pub started_by: Option<String>,
    /// Rises by one with every change of this value; survives restarts of the kernel.
    pub revision: u64,
    /// Milliseconds since 1970 of the last change.
    pub updated_at_ms: u64,
    pub status: SessionStatus,
    /// Why the session ended badly, in a sentence; set with `crashed` only.
    pub reason: Option<String>,
    pub setup: Setup,
    pub dev_server: DevServer,
    pub build: Build,
    pub preview: Preview,
    /// Listening ports of the session's processes, lowest first.
    pub ports: Vec<Port>,
    /// Open terminals in the order in which they were opened.
    pub terminals: Vec<TerminalInfo>,
    /// Whether changes of files are seen as they happen.
    #[serde(default)]
    pub file_watch: FileWatch,
    /// What this machine can enforce and do, so that nothing is skipped silently.
    pub capabilities: Capabilities,
    #[serde(default)]
    pub disk: Disk,
}

/// The room that the workspace's files and home directory take, as the host last measured it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Disk {
    /// `None` where nothing was measured: there is no limit, and the disk has room.
    pub used_bytes: Option<u64>,
    /// The limit is reached: nothing can be added through the API until something is deleted.
    pub full: bool,
}

/// Whether changes of files are seen as they happen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FileWatch {
    pub status: FileWatchStatus,
    /// Directories that are watched.
    pub directories: u64,
    /// What is missing and what to do about it, in sentences.
    pub message: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileWatchStatus {
    /// Nobody looks.
    #[default]
    Off,
    Starting,
    /// Every change is seen within milliseconds.
    Live,
    /// The machine gives no more watches: a part is compared again every ten seconds or more.
    Limited,
    /// Nothing is seen; look again by hand.
    Failed,
}

/// Status of the session. `crashed` is what S0 calls `error`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SessionStatus {
    /// No session has run yet.
    #[default]
    Idle,
    Starting,
    Running,
    Stopping,
    Stopped,
    Crashed,
}

/// How far the first filling of the workspace is: template or clone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Setup {
    pub status: SetupStatus,
    /// What is going on or what went wrong, in a sentence.
    pub message: Option<String>,
    /// 0 to 100 when it is known.
    pub percent: Option<u8>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SetupStatus {
    /// The workspace was not filled: empty, or from before.
    #[default]
    None,
    Running,
    Done,
    Failed,
}

/// The one app process that Run starts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DevServer {
    pub status: DevServerStatus,
    /// What it is doing while `starting`: installing dependencies, or starting the command.
    pub phase: Option<DevServerPhase>,
    /// The command line, once it is known.
    pub command: Option<String>,
    /// What was recognised: `vite`, `django`, `package.json`, `.stead.toml`, …
    pub framework: Option<String>,
    pub pid: Option<u32>,
    pub started_at_ms: Option<u64>,
    pub exit: Option<Exit>,
    /// The last lines of output before a failure, without escape sequences; at most 20.
    pub last_lines: Vec<String>,
    /// Why it is not running, in a sentence a person can act on. `stopped` with a reason: a start
    /// found no app to run yet, which is no failure.
    pub reason: Option<String>,
    /// Restarts since the last time a person started it.
    pub restarts: u32,
    /// When the next automatic restart is due, in milliseconds since 1970.
    pub retry_at_ms: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DevServerStatus {
    #[default]
    Stopped,
    Starting,
    /// The port accepts connections.
    Ready,
    Stopping,
    /// It ended by itself, or never listened.
    Failed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DevServerPhase {
    Installing,
    Launching,
}

/// How a process ended: exactly one field is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Exit {
    pub code: Option<i32>,
    /// Signal number, as in `signal(7)`.
    pub signal: Option<i32>,
}

/// What the compilers and bundlers in the dev server's output last said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Build {
    pub status: BuildStatus,
    pub errors: Vec<BuildError>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BuildStatus {
    #[default]
    Idle,
    Building,
    Success,
    Failed,
}

/// One problem, at a place if the tool named one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BuildError {
    /// Workspace-relative path; empty when the tool named none.
    pub file: String,
    /// From 1; 0 when unknown.
    pub line: u32,
    /// From 1; 0 when unknown.
    pub column: u32,
    pub message: String,
}

/// The app's HTTP face. `running` means that its port accepts connections.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Preview {
    pub status: PreviewStatus,
    pub port: Option<u16>,
    /// Path at which the app says it lives; `/` unless its output says otherwise.
    pub path: Option<String>,
    /// Set by the gateway on the way out: where a browser opens the preview.
    pub url: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PreviewStatus {
    #[default]
    Idle,
    Starting,
    Running,
    Stopped,
}

/// One listening TCP port of a process of the session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Port {
    pub port: u16,
    /// Name of the process, `unknown` if it went before it could be asked.
    pub process: String,
    pub pid: Option<u32>,
    /// True for the port that the preview shows.
    pub primary: bool,
    /// Where a browser opens this port; set by the gateway on the way out.
    #[serde(default)]
    pub url: Option<String>,
}

/// One open terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TerminalInfo {
    pub name: String,
    pub id: TerminalId,
    pub kind: TerminalKind,
    pub pid: u32,
    pub cols: u16,
    pub rows: u16,
    /// Clients attached now.
    pub attachments: u32,
    pub title: String,
    /// Workspace-relative or `~`-relative directory of the foreground process, if known.
    pub working_directory: Option<String>,
    pub created_at_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TerminalKind {
    /// A person's shell or command.
    Shell,
    /// The output of the dev server; opened and closed by the kernel only.
    DevServer,
    /// A coding agent: its output is `agent_output` too, its life is in the journal, and what it is
    /// seen to write is its own.
    Agent,
}

/// How strongly the workspace is isolated and limited here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Capabilities {
    /// `sandbox` or `process`.
    pub provider: String,
    /// `cgroup_v2`, `cgroup_v1` or `rlimits`.
    pub limits: String,
    pub memory_bytes_max: Option<u64>,
    pub processes_max: Option<u64>,
    /// Share of one core in thousandths: 1500 is one and a half cores.
    pub cpu_millis_max: Option<u64>,
    /// Room for the workspace's files and home directory. Watched by the host, which ends the
    /// session that exceeds it; the file system itself knows no limit.
    #[serde(default)]
    pub disk_bytes_max: Option<u64>,
    /// `none`, `public`, `allow_list` or `full`.
    pub network: String,
    pub seccomp: bool,
    /// Landlock ABI in force, 0 for none.
    pub landlock_abi: u32,
    /// What this machine could not give, in sentences.
    pub missing: Vec<String>,
}
