//! What an embedded runtime does with a command, without doing it.
//!
//! ```text
//!              Stop              a worker              Cancel
//!  Stopped ◀────────── Running ──────────────────▶ Cancelled
//! ```
//!
//! Stopping or cancelling one that does not run changes nothing. A runtime that was stopped
//! refuses every change.

use crate::hint::safe_display_hint;
use protocol::registry::{
    CONTENT_BYTES_MAX, RuntimeDiagnostic, TicketWorkerRole, WorkerEvent, WorkerEventKind,
    WorkerInputKind, WorkerInputRequest, WorkerSpawnIntent, WorkerTranscriptItem,
};
use serde::{Deserialize, Serialize};
use stdx::clock::rfc3339;

/// Most workers that run at once. They cost rows and nothing else; more is a caller's loop.
pub const RUNNING_WORKERS_MAX: usize = 4096;
/// Most items of one transcript.
pub const TRANSCRIPT_LENGTH_MAX: usize = 10_000;

/// How a runtime is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuntimeStatus {
    Running,
    Stopped,
}

impl RuntimeStatus {
    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
        }
    }

    /// The status a word names.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Running, Self::Stopped].into_iter().find(|it| it.as_str() == text)
    }
}

/// How a worker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkerStatus {
    Running,
    Stopped,
    Cancelled,
}

impl WorkerStatus {
    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status a word names.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Running, Self::Stopped, Self::Cancelled].into_iter().find(|it| it.as_str() == text)
    }
}

/// What a worker is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum WorkerIntent {
    Assistant { purpose: Option<String> },
    Task { objective: String },
    Role { role: String, purpose: Option<String> },
}

/// Which profile a worker has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "name", rename_all = "snake_case")]
pub enum ProfileSelector {
    RuntimeDefault,
    Builtin(String),
    Named(String),
}

/// The runtime, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuntimeRecord {
    pub id: String,
    pub display_name: Option<String>,
    pub status: RuntimeStatus,
    /// Number of the newest event.
    pub last_event: u64,
}

/// A worker, as it is kept. It has no tools: no bundle, no capability, no mount belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerRecord {
    pub id: String,
    pub intent: WorkerIntent,
    pub profile: ProfileSelector,
    pub status: WorkerStatus,
    pub created_at_ms: u64,
}

/// Items of a transcript, and how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TranscriptPage {
    pub items: Vec<WorkerTranscriptItem>,
    pub total: usize,
}

/// Events, and the number of the newest one of the runtime.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventPage {
    pub events: Vec<WorkerEvent>,
    pub last: u64,
}

/// What somebody wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    Create { intent: WorkerIntent, profile: ProfileSelector, at_ms: u64 },
    Input { worker_id: String, kind: WorkerInputKind, content: String, at_ms: u64 },
    Stop { worker_id: String, at_ms: u64 },
    Cancel { worker_id: String, at_ms: u64 },
    StopRuntime { at_ms: u64 },
}

impl Command {
    /// A worker for an intent of the registry.
    pub fn create(intent: &WorkerSpawnIntent, at_ms: u64) -> Self {
        let (role, purpose, profile) = match intent {
            WorkerSpawnIntent::WorkspaceCompanion {} => (
                "workspace_companion",
                "workspace backend internal companion".to_owned(),
                ProfileSelector::RuntimeDefault,
            ),
            WorkerSpawnIntent::WorkspaceOrchestrator {} => (
                "workspace_orchestrator",
                "workspace backend internal orchestration".to_owned(),
                ProfileSelector::RuntimeDefault,
            ),
            WorkerSpawnIntent::TicketRole { ticket_id, role } => {
                (role.as_str(), format!("ticket {}", safe_display_hint(ticket_id)), builtin(*role))
            }
        };
        let intent = WorkerIntent::Role { role: role.to_owned(), purpose: Some(purpose) };
        Self::Create { intent, profile, at_ms }
    }

    /// An input of the registry.
    pub fn input(worker_id: &str, request: WorkerInputRequest, at_ms: u64) -> Self {
        let WorkerInputRequest { kind, content } = request;
        Self::Input { worker_id: worker_id.to_owned(), kind, content, at_ms }
    }

    /// The worker that it is about.
    pub fn worker_id(&self) -> Option<&str> {
        match self {
            Self::Input { worker_id, .. }
            | Self::Stop { worker_id, .. }
            | Self::Cancel { worker_id, .. } => Some(worker_id),
            Self::Create { .. } | Self::StopRuntime { .. } => None,
        }
    }
}

fn builtin(role: TicketWorkerRole) -> ProfileSelector {
    ProfileSelector::Builtin(format!("builtin:{}", role.as_str()))
}

/// What must be known to decide.
#[derive(Clone, Debug)]
pub struct View {
    pub status: RuntimeStatus,
    /// Number of the newest event.
    pub last_event: u64,
    /// Workers that were ever made.
    pub created: u64,
    /// Workers that run.
    pub running: usize,
    /// The worker that the command is about.
    pub worker: Option<WorkerRecord>,
    /// Items in its transcript.
    pub transcript_length: usize,
}

/// What is to be kept, all of it or nothing, and what was answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// The runtime's new status.
    pub status: Option<RuntimeStatus>,
    /// A worker that is new or has changed.
    pub worker: Option<WorkerRecord>,
    /// A new item at the end of that worker's transcript.
    pub item: Option<WorkerTranscriptItem>,
    pub event: Option<WorkerEvent>,
}

/// Why a runtime did not do something. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmbeddedError {
    #[error("the runtime was stopped")]
    RuntimeStopped,
    #[error("the worker was stopped")]
    WorkerStopped,
    #[error("it belongs to another runtime")]
    WrongRuntime,
    #[error("the cursor belongs to another runtime")]
    WrongRuntimeCursor,
    #[error("there is no such worker")]
    WorkerNotFound,
    #[error("{requested} were asked for, {maximum} is the most")]
    LimitTooLarge { requested: usize, maximum: usize },
    #[error("the request is not valid: {0}")]
    InvalidRequest(String),
    #[error("the store cannot be read or written: {0}")]
    StoreIo(String),
    #[error("the store has lost something: {0}")]
    StoreMissing(String),
    #[error("the store holds something that cannot be read: {0}")]
    StoreCorrupt(String),
    #[error("a defect left the state unusable")]
    StatePoisoned,
}

impl EmbeddedError {
    /// What those outside are told: nothing of what is inside.
    pub fn diagnostic(&self) -> RuntimeDiagnostic {
        match self {
            Self::RuntimeStopped => RuntimeDiagnostic::warning(
                "embedded_runtime_stopped",
                "the embedded runtime was stopped; everything stays readable",
            ),
            Self::WorkerStopped => RuntimeDiagnostic::warning(
                "embedded_runtime_stopped",
                "the worker was stopped; its transcript stays readable",
            ),
            Self::WrongRuntime | Self::WrongRuntimeCursor => RuntimeDiagnostic::warning(
                "embedded_runtime_wrong_identity",
                "it belongs to another runtime",
            ),
            Self::WorkerNotFound => RuntimeDiagnostic::warning(
                "embedded_worker_not_found",
                "the embedded runtime has no such worker",
            ),
            Self::LimitTooLarge { requested, maximum } => RuntimeDiagnostic::warning(
                "embedded_runtime_limit_too_large",
                format!("{requested} were asked for, {maximum} is the most"),
            ),
            Self::InvalidRequest(_) => RuntimeDiagnostic::warning(
                "embedded_runtime_invalid_request",
                "the embedded runtime cannot take this request as it is",
            ),
            Self::StoreIo(_) | Self::StoreMissing(_) | Self::StoreCorrupt(_) => {
                RuntimeDiagnostic::error(
                    "embedded_runtime_store_error",
                    "what the embedded runtime keeps cannot be read or written now",
                )
            }
            Self::StatePoisoned => RuntimeDiagnostic::error(
                "embedded_runtime_state_unavailable",
                "the state of the embedded runtime cannot be used",
            ),
        }
    }
}

/// Decides what follows from a command.
pub fn decide(view: &View, command: &Command) -> Result<Applied, EmbeddedError> {
    if let Command::StopRuntime { at_ms } = command {
        return Ok(stop_runtime(view, *at_ms));
    }
    if view.status == RuntimeStatus::Stopped {
        return Err(EmbeddedError::RuntimeStopped);
    }
    if let Command::Create { intent, profile, at_ms } = command {
        return create(view, intent.clone(), profile.clone(), *at_ms);
    }
    let worker = view.worker.as_ref().ok_or(EmbeddedError::WorkerNotFound)?;
    match command {
        Command::Input { kind, content, at_ms, .. } => {
            input(view, worker, (*kind, content), *at_ms)
        }
        Command::Stop { at_ms, .. } => {
            let end = (WorkerStatus::Stopped, WorkerEventKind::WorkerStopped);
            Ok(end_worker(view, worker, end, *at_ms))
        }
        Command::Cancel { at_ms, .. } => {
            let end = (WorkerStatus::Cancelled, WorkerEventKind::WorkerCancelled);
            Ok(end_worker(view, worker, end, *at_ms))
        }
        Command::Create { .. } | Command::StopRuntime { .. } => Ok(Applied::default()),
    }
}

/// The first event of a runtime.
pub fn started(at_ms: u64) -> WorkerEvent {
    event(0, WorkerEventKind::RuntimeStarted, at_ms)
}

fn event(last: u64, kind: WorkerEventKind, at_ms: u64) -> WorkerEvent {
    WorkerEvent {
        event_id: last + 1,
        kind,
        at: rfc3339(at_ms),
        worker_id: None,
        transcript_sequence: None,
    }
}

fn stop_runtime(view: &View, at_ms: u64) -> Applied {
    if view.status == RuntimeStatus::Stopped {
        return Applied::default();
    }
    Applied {
        status: Some(RuntimeStatus::Stopped),
        event: Some(event(view.last_event, WorkerEventKind::RuntimeStopped, at_ms)),
        ..Applied::default()
    }
}

fn create(
    view: &View,
    intent: WorkerIntent,
    profile: ProfileSelector,
    at_ms: u64,
) -> Result<Applied, EmbeddedError> {
    if matches!(&intent, WorkerIntent::Task { objective } if objective.trim().is_empty()) {
        return Err(EmbeddedError::InvalidRequest("the objective is blank".to_owned()));
    }
    if RUNNING_WORKERS_MAX <= view.running {
        let (requested, maximum) = (view.running + 1, RUNNING_WORKERS_MAX);
        return Err(EmbeddedError::LimitTooLarge { requested, maximum });
    }
    let id = format!("worker-{:08x}", view.created + 1);
    let event = WorkerEvent {
        worker_id: Some(id.clone()),
        ..event(view.last_event, WorkerEventKind::WorkerCreated, at_ms)
    };
    let status = WorkerStatus::Running;
    let worker = WorkerRecord { id, intent, profile, status, created_at_ms: at_ms };
    Ok(Applied { worker: Some(worker), event: Some(event), ..Applied::default() })
}

fn input(
    view: &View,
    worker: &WorkerRecord,
    (kind, content): (WorkerInputKind, &str),
    at_ms: u64,
) -> Result<Applied, EmbeddedError> {
    if worker.status != WorkerStatus::Running {
        return Err(EmbeddedError::WorkerStopped);
    }
    if content.trim().is_empty() {
        return Err(EmbeddedError::InvalidRequest("the content is blank".to_owned()));
    }
    if CONTENT_BYTES_MAX < content.len() {
        let (requested, maximum) = (content.len(), CONTENT_BYTES_MAX);
        return Err(EmbeddedError::LimitTooLarge { requested, maximum });
    }
    if TRANSCRIPT_LENGTH_MAX <= view.transcript_length {
        let (requested, maximum) = (view.transcript_length + 1, TRANSCRIPT_LENGTH_MAX);
        return Err(EmbeddedError::LimitTooLarge { requested, maximum });
    }
    let sequence = view.transcript_length as u64 + 1;
    let event = WorkerEvent {
        worker_id: Some(worker.id.clone()),
        transcript_sequence: Some(sequence),
        ..event(view.last_event, WorkerEventKind::WorkerInputAccepted, at_ms)
    };
    let item = WorkerTranscriptItem {
        sequence,
        role: kind.as_str().to_owned(),
        content: content.to_owned(),
        event_id: event.event_id,
    };
    let worker = Some(worker.clone());
    Ok(Applied { worker, item: Some(item), event: Some(event), status: None })
}

fn end_worker(
    view: &View,
    worker: &WorkerRecord,
    (status, kind): (WorkerStatus, WorkerEventKind),
    at_ms: u64,
) -> Applied {
    if worker.status != WorkerStatus::Running {
        return Applied { worker: Some(worker.clone()), ..Applied::default() };
    }
    let event =
        WorkerEvent { worker_id: Some(worker.id.clone()), ..event(view.last_event, kind, at_ms) };
    let worker = WorkerRecord { status, ..worker.clone() };
    Applied { worker: Some(worker), event: Some(event), ..Applied::default() }
}

#[cfg(test)]
mod tests;
