//! The journal's entries: what happened in a workspace, numbered without gap.

use crate::id::SessionId;
use crate::state::{BuildError, Exit, RuntimeState};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One entry of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// From 1, rising by one for the life of the workspace.
    pub seq: u64,
    /// Milliseconds since 1970.
    pub time_ms: u64,
    pub session_id: Option<SessionId>,
    /// Who caused it, when a request did.
    pub principal: Option<String>,
    /// The program that acted for the principal: `browser`, `cli`, …
    pub operator: Option<String>,
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What happened. The tag is `type`, the facts are beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EventKind {
    SetupStarted {
        source: String,
    },
    SetupFinished,
    SetupFailed {
        message: String,
    },
    RuntimeStarted {
        generation: u64,
    },
    RuntimeCrashed {
        error: String,
    },
    RuntimeStopped,
    BuildStarted,
    BuildSucceeded,
    BuildFailed {
        errors: Vec<BuildError>,
    },
    DevServerStarted {
        command: String,
        pid: u32,
    },
    DevServerReady {
        port: u16,
    },
    DevServerExited {
        exit: Exit,
        last_lines: Vec<String>,
    },
    PreviewReady {
        port: u16,
    },
    PreviewStopped,
    PortOpened {
        port: u16,
        process: String,
    },
    PortClosed {
        port: u16,
    },
    ProcessStarted {
        pid: u32,
        command: String,
    },
    ProcessExited {
        pid: u32,
        command: String,
        exit: Exit,
    },
    TerminalOpened {
        name: String,
        pid: u32,
    },
    TerminalClosed {
        name: String,
        exit: Option<Exit>,
    },
    FileChanged {
        path: String,
        change: FileChange,
    },
    /// The disk or memory of the workspace ran short, a limit struck, a watch was lost, …
    Diagnostic {
        code: String,
        message: String,
    },
}

/// What a path underwent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileChange {
    Created,
    Modified,
    Deleted,
}

/// Frames of the event channel (`WS /api/v1/ws`), kernel to client. One JSON object a text frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromKernel {
    /// First frame. `next_seq` is the first event that will follow live or from the backlog.
    Hello {
        next_seq: u64,
        read_only: bool,
    },
    /// The journal no longer reaches back to what was asked; events continue at `next_seq`.
    Gap {
        next_seq: u64,
    },
    /// The whole state, at once after `hello` and at every change.
    State {
        state: Box<RuntimeState>,
    },
    /// One journal entry.
    Event {
        event: Event,
    },
    /// Files changed below the workspace; also sent for ignored-by-journal bursts.
    FileChanged {
        path: String,
        event_type: FileChange,
    },
    /// The directory tree changed more than can be told one by one: list again.
    FilesRescan,
    /// Every `MONITOR_INTERVAL` seconds to clients that asked for it.
    SystemStats {
        stats: SystemStats,
    },
    Pong,
    /// The kernel or gateway is going away; come back after the delay.
    ComeBack {
        after_ms: u64,
    },
}

/// Frames of the event channel, client to kernel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToKernel {
    Ping,
    /// Start or stop `system_stats`.
    Stats {
        on: bool,
    },
}

/// Load of the workspace against its own limits (S2.50 to S2.53).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SystemStats {
    /// Of the share of CPU this workspace may use, 0 to 100.
    pub cpu_percent: f64,
    pub memory_used_bytes: u64,
    pub memory_available_bytes: u64,
    pub memory_percent: f64,
    pub disk_used_bytes: u64,
    pub disk_available_bytes: u64,
    pub disk_percent: f64,
    /// Through the network of the workspace since the session started.
    pub network_received_bytes: u64,
    pub network_sent_bytes: u64,
    pub processes: u64,
}

/// Answer of `GET /api/v1/events`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EventPage {
    pub events: Vec<Event>,
    /// Ask again from here.
    pub next_seq: u64,
    /// True when the journal no longer reached back to what was asked.
    pub gap: bool,
}
