//! The registry: runtimes, the hosts they work on and the workers they run, as projections.
//!
//! Everything here is safe to show: opaque identifiers, no path, no address, nothing secret. What a
//! caller may send is here too; it names intents and never a place or a program.

mod follow;

pub use follow::{
    CURSOR_MALFORMED, CURSOR_OVERRUN, CURSOR_UNKNOWN, Cursor, CursorError, CursorKind,
    EVENTS_BACKLOG, EVENTS_MAX, FollowFrame, OBSERVATION_ONLY, RegistryFrame, WorkerEvent,
    WorkerEventKind,
};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Most items of one list.
pub const LIST_MAX: usize = 200;
/// Most items of one page of a transcript.
pub const TRANSCRIPT_ITEMS_MAX: usize = 256;
/// Longest content of one input, in bytes. A page of the longest fits into what is read of a
/// remote runtime.
pub const CONTENT_BYTES_MAX: usize = 16 * 1024;

/// How much a diagnostic matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DiagnosticSeverity {
    Info,
    Warning,
    Error,
}

/// Why something is as it is, without anything of the inside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RuntimeDiagnostic {
    /// For programs.
    pub code: String,
    pub severity: DiagnosticSeverity,
    /// For people.
    pub message: String,
}

impl RuntimeDiagnostic {
    /// A diagnostic; a severity that is neither `error` nor `warning` is `info`.
    pub fn new(code: impl Into<String>, severity: &str, message: impl Into<String>) -> Self {
        let severity = match severity {
            "error" => DiagnosticSeverity::Error,
            "warning" => DiagnosticSeverity::Warning,
            _ => DiagnosticSeverity::Info,
        };
        Self { code: code.into(), severity, message: message.into() }
    }

    /// One that is told in passing.
    pub fn info(code: &str, message: impl Into<String>) -> Self {
        Self::new(code, "info", message)
    }

    /// One about something that did not go as asked.
    pub fn warning(code: &str, message: impl Into<String>) -> Self {
        Self::new(code, "warning", message)
    }

    /// One about something that is broken.
    pub fn error(code: &str, message: impl Into<String>) -> Self {
        Self::new(code, "error", message)
    }
}

/// What is behind a runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuntimeSourceKind {
    LocalCompatibility,
    EmbeddedWorkerRuntime,
    RemoteHttp,
}

/// Whether a source is there, or only its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuntimeSourceStatus {
    Active,
    Reserved,
}

/// Who says what an identifier means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuntimeIdentityAuthority {
    RuntimeRegistryProjection,
}

/// Where a runtime comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RuntimeSourceSummary {
    pub kind: RuntimeSourceKind,
    pub status: RuntimeSourceStatus,
    pub identity_authority: RuntimeIdentityAuthority,
    pub note: String,
}

impl RuntimeSourceSummary {
    fn new(kind: RuntimeSourceKind, status: RuntimeSourceStatus, note: &str) -> Self {
        let identity_authority = RuntimeIdentityAuthority::RuntimeRegistryProjection;
        Self { kind, status, identity_authority, note: note.to_owned() }
    }

    /// The workers of this machine.
    pub fn local_compatibility() -> Self {
        Self::new(
            RuntimeSourceKind::LocalCompatibility,
            RuntimeSourceStatus::Active,
            "read-only compatibility projection; no socket, session or path authority is exposed",
        )
    }

    /// The runtime in the gateway's own process.
    pub fn embedded_worker_runtime() -> Self {
        Self::new(
            RuntimeSourceKind::EmbeddedWorkerRuntime,
            RuntimeSourceStatus::Active,
            "exposed only through projections of runtime_id plus worker_id",
        )
    }

    /// The same where none runs.
    pub fn embedded_worker_runtime_reserved() -> Self {
        Self::new(
            RuntimeSourceKind::EmbeddedWorkerRuntime,
            RuntimeSourceStatus::Reserved,
            "the embedded worker runtime is not part of this registry",
        )
    }

    /// Another machine's runtime that is asked over HTTP.
    pub fn remote_http() -> Self {
        Self::new(
            RuntimeSourceKind::RemoteHttp,
            RuntimeSourceStatus::Active,
            "another installation, asked over HTTP; its address is exposed nowhere",
        )
    }

    /// The same where no client is built in.
    pub fn remote_http_reserved() -> Self {
        Self::new(
            RuntimeSourceKind::RemoteHttp,
            RuntimeSourceStatus::Reserved,
            "no HTTP client or REST server is implemented here",
        )
    }
}

/// What a runtime or a host can do. A field is `true` only when the operation works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "each is a capability of its own on the wire")]
pub struct RuntimeCapabilitySummary {
    pub can_list_hosts: bool,
    pub can_list_workers: bool,
    pub can_get_worker: bool,
    pub can_spawn_worker: bool,
    pub can_stop_worker: bool,
    pub can_accept_input: bool,
    pub can_stream_events: bool,
    pub can_read_bounded_transcript: bool,
    pub has_workspace_fs: bool,
    pub has_shell: bool,
    pub has_git: bool,
    pub supports_worktrees: bool,
    pub supports_backend_internal_tools: bool,
    /// `available`, `unavailable` or `not_applicable`.
    pub local_pod_inspection: String,
    /// `current_workspace` or `backend_internal`.
    pub workspace_scope: String,
    pub os: String,
    pub arch: String,
    /// The limit of the question that this answers.
    pub max_workers: usize,
}

/// A host's capabilities have the shape of its runtime's.
pub type HostCapabilitySummary = RuntimeCapabilitySummary;

/// One runtime.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RuntimeSummary {
    pub runtime_id: String,
    pub label: String,
    pub kind: String,
    pub status: String,
    pub source: RuntimeSourceSummary,
    pub host_ids: Vec<String>,
    pub capabilities: RuntimeCapabilitySummary,
    pub diagnostics: Vec<RuntimeDiagnostic>,
}

/// A place where a runtime puts work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HostSummary {
    pub runtime_id: String,
    pub host_id: String,
    pub label: String,
    pub kind: String,
    pub status: String,
    /// RFC 3339.
    pub observed_at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<String>,
    pub capabilities: HostCapabilitySummary,
    pub diagnostics: Vec<RuntimeDiagnostic>,
}

/// What a worker works on, without saying where that is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkerWorkspaceSummary {
    pub visibility: String,
    pub identity: String,
}

/// What a worker is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkerImplementationSummary {
    pub kind: String,
    pub display_hint: String,
}

/// What can be done with a worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "each is a capability of its own on the wire")]
pub struct WorkerCapabilitySummary {
    pub can_accept_input: bool,
    pub can_stream_events: bool,
    pub can_stop: bool,
    pub can_spawn_followup: bool,
    pub can_read_bounded_transcript: bool,
}

/// One worker: an agent with a transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkerSummary {
    pub runtime_id: String,
    pub worker_id: String,
    pub host_id: String,
    pub label: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    pub workspace: WorkerWorkspaceSummary,
    pub state: String,
    pub status: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<String>,
    pub implementation: WorkerImplementationSummary,
    pub capabilities: WorkerCapabilitySummary,
    pub diagnostics: Vec<RuntimeDiagnostic>,
}

/// Items, and what there is to say about them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RuntimeList<T> {
    pub items: Vec<T>,
    pub diagnostics: Vec<RuntimeDiagnostic>,
}

impl<T> Default for RuntimeList<T> {
    fn default() -> Self {
        Self { items: Vec::new(), diagnostics: Vec::new() }
    }
}

/// A worker that was looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkerLookupResult {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<WorkerSummary>,
    pub diagnostics: Vec<RuntimeDiagnostic>,
}

/// What a worker of a ticket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TicketWorkerRole {
    Intake,
    Orchestrator,
    Coder,
    Reviewer,
}

impl TicketWorkerRole {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Orchestrator => "orchestrator",
            Self::Coder => "coder",
            Self::Reviewer => "reviewer",
        }
    }
}

/// What a new worker is wanted for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum WorkerSpawnIntent {
    WorkspaceCompanion {},
    WorkspaceOrchestrator {},
    TicketRole { ticket_id: String, role: TicketWorkerRole },
}

/// When a new worker counts as accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum WorkerSpawnAcceptanceRequirement {
    SocketReady {},
    RunAccepted { expected_segments: u32 },
}

/// Asks for a worker, by intent: never by path, program or profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkerSpawnRequest {
    pub intent: WorkerSpawnIntent,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_worker_name: Option<String>,
    pub acceptance: WorkerSpawnAcceptanceRequirement,
}

/// What became of something that was asked of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkerOperationState {
    Accepted,
    /// The runtime does not do this.
    Unsupported,
    /// It does this and did not do it now; the diagnostics say why.
    Rejected,
}

/// One thing that shows that a worker was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkerSpawnAcceptanceEvidence {
    pub kind: String,
    pub detail: String,
}

/// What became of a worker that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkerSpawnResult {
    pub state: WorkerOperationState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<WorkerSummary>,
    pub acceptance_evidence: Vec<WorkerSpawnAcceptanceEvidence>,
    pub diagnostics: Vec<RuntimeDiagnostic>,
}

/// How a worker is stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkerStopMode {
    /// What it does is brought to an end.
    #[default]
    Graceful,
    /// What it does is broken off.
    Force,
}

impl WorkerStopMode {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Graceful => "graceful",
            Self::Force => "force",
        }
    }
}

/// Asks a runtime to stop a worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkerStopRequest {
    pub worker_id: String,
    #[serde(default)]
    pub mode: WorkerStopMode,
}

/// Body of `POST …/stop`, where the path names the worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkerStopBody {
    #[serde(default)]
    pub mode: WorkerStopMode,
}

/// What became of a stop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkerStopResult {
    pub state: WorkerOperationState,
    pub diagnostics: Vec<RuntimeDiagnostic>,
}

/// Whose words an input is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkerInputKind {
    #[default]
    User,
    System,
}

impl WorkerInputKind {
    /// The word on the wire, and the role in the transcript.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::System => "system",
        }
    }

    /// The kind a word names.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::User, Self::System].into_iter().find(|it| it.as_str() == text)
    }
}

/// Says something to a worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkerInputRequest {
    #[serde(default)]
    pub kind: WorkerInputKind,
    pub content: String,
}

/// What became of an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkerInputResult {
    pub state: WorkerOperationState,
    pub runtime_id: String,
    pub worker_id: String,
    /// Its place in the transcript, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcript_sequence: Option<u64>,
    /// The event that tells of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<u64>,
    pub diagnostics: Vec<RuntimeDiagnostic>,
}

/// One entry of a transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkerTranscriptItem {
    pub sequence: u64,
    /// `user` or `system`.
    pub role: String,
    pub content: String,
    pub event_id: u64,
}

/// A page of a transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkerTranscriptProjection {
    pub state: WorkerOperationState,
    pub runtime_id: String,
    pub worker_id: String,
    /// Items left out before this page.
    pub start: usize,
    pub limit: usize,
    pub total_items: usize,
    /// `start` of the next page; absent when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_start: Option<usize>,
    pub items: Vec<WorkerTranscriptItem>,
    pub diagnostics: Vec<RuntimeDiagnostic>,
}

/// A way to a worker besides its inputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkerProxyConnectPoint {
    pub kind: String,
    pub status: String,
    pub diagnostics: Vec<RuntimeDiagnostic>,
}

/// The runtime that an installation offers to others, as `GET /v1/runtime` tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OfferedRuntime {
    pub runtime_id: String,
    pub display_name: String,
    /// `running` or `stopped`.
    pub status: String,
    pub capabilities: RuntimeCapabilitySummary,
    /// Most items of one page of a transcript.
    pub transcript_items_max: usize,
    /// Most events of one answer.
    pub events_max: usize,
    pub diagnostics: Vec<RuntimeDiagnostic>,
}

/// Body of `POST /api/v1/runtimes`: another installation to work with.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterRuntime {
    /// For people.
    pub label: String,
    /// `https://host[:port][/path]`, or `http://` on this machine. Shown nowhere.
    pub base_url: String,
    /// A token of that installation. Shown nowhere.
    pub token: String,
    /// How it is called here; made from the label and the address if left out.
    #[serde(default)]
    pub runtime_id: Option<String>,
}

#[cfg(test)]
mod tests;
