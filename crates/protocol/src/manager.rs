//! What a manager and its workers are asked, and by whom (S0.14–S0.23, U0.5).
//!
//! Two faces on one listener, both behind a bearer token. The *sessions* (`/sessions/…`) are the
//! contract of S0: leases by which a client has a workspace run. The *machine* (`/workspaces/…`,
//! `/kernels`) is the provider seam over HTTP: storage, byte streams to kernels and to ports.

use crate::id::WorkspaceId;
use crate::state::{DevServerStatus, RuntimeState, SessionStatus};
use serde::{Deserialize, Serialize};

/// What `Upgrade` names where a connection becomes a byte stream.
pub const STREAM: &str = "stead-stream";

/// Longest name of a workspace that a client of the sessions may use, in bytes.
pub const WORKSPACE_NAME_BYTES_MAX: usize = 128;

/// Body of `POST /sessions/start`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartLease {
    /// A name of the client's own: letters, digits, `-`, `_` and `.`.
    pub workspace_id: String,
    /// For whom.
    pub leased_by_user_id: String,
    /// The session that the client had before.
    #[serde(default)]
    pub provider_session_id: Option<String>,
}

/// State of a session in the words of S0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeaseState {
    Starting,
    Running,
    Stopping,
    Stopped,
    Error,
}

impl From<SessionStatus> for LeaseState {
    fn from(status: SessionStatus) -> Self {
        match status {
            SessionStatus::Starting => Self::Starting,
            SessionStatus::Running => Self::Running,
            SessionStatus::Stopping => Self::Stopping,
            SessionStatus::Idle | SessionStatus::Stopped => Self::Stopped,
            SessionStatus::Crashed => Self::Error,
        }
    }
}

/// Whether the dev server is up or on its way, as S0 counts it.
pub const fn is_dev_server_running(status: DevServerStatus) -> bool {
    matches!(status, DevServerStatus::Ready | DevServerStatus::Starting)
}

/// What every request about a session is answered with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    pub provider_session_id: String,
    pub workspace_id: String,
    pub state: LeaseState,
    /// Where the app answers, for those who hold the token; `null` while it does not.
    pub preview_internal_url: Option<String>,
    pub devserver_running: bool,
    pub last_error: Option<String>,
    /// RFC 3339, of the last change.
    pub updated_at: String,
}

/// Answer of `GET /health`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagerHealth {
    /// `ok`, or `degraded` while a worker cannot be reached.
    pub status: String,
    pub workers_total: usize,
    /// Workers with at least one session.
    pub workers_leased: usize,
    /// Sessions that run, whoever started them.
    pub active_sessions: usize,
}

/// A file as text: answer of `GET` and of `PUT /sessions/{id}/fs/{file_path}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeasedFile {
    pub path: String,
    pub content: String,
}

/// Body of `PUT /sessions/{id}/fs/{file_path}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteLeasedFile {
    pub content: String,
}

/// Answer of `DELETE /sessions/{id}/fs/{file_path}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedLeasedFile {
    pub path: String,
    pub success: bool,
}

/// Answer of `GET /sessions/{id}/pty/ws-url`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PtyUrl {
    /// Opens the primary terminal once, within a minute, without the token.
    pub ws_url: String,
}

/// One entry of `GET /kernels`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KernelReport {
    pub workspace_id: WorkspaceId,
    pub awake: bool,
    /// The machine that it is on cannot be asked now.
    #[serde(default)]
    pub unreachable: bool,
    #[serde(default)]
    pub last_state: Option<Box<RuntimeState>>,
}

/// Answer of `GET /workspaces/{id}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exists {
    /// Whether it has storage here.
    pub exists: bool,
}
