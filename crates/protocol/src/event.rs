//! The journal's entries: what happened in a workspace, numbered without gap.

use crate::id::SessionId;
use crate::state::{BuildError, Exit};
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
    /// A coding agent was started in a terminal; `agent` is the terminal's name.
    AgentStarted {
        agent: String,
        pid: u32,
        command: String,
    },
    AgentExited {
        agent: String,
        pid: u32,
        exit: Exit,
    },
    /// A sample of what the general WebSocket tells: a build changes thousands in a second.
    FileChanged {
        path: String,
        change: FileChange,
        /// Where it was before, of one that was renamed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
    },
    /// The disk or memory of the workspace ran short, a limit struck, a watch was lost, …
    Diagnostic {
        code: String,
        message: String,
    },
}

/// What a path underwent. Of a directory it stands for everything below: what was below a deleted
/// one is gone, what was below a renamed one is below its new path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileChange {
    Created,
    Modified,
    Deleted,
    /// It was at `from` before; what was at `path` before is gone.
    Renamed,
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
