//! The runtime in the gateway's own process: workers without tools, with a transcript that lasts.
//!
//! [`machine`] decides and does no IO; a [`Store`] keeps what was decided; [`EmbeddedRuntime`] shows
//! it to the registry. What it shows is bare of everything that is inside.

mod following;
pub mod machine;
mod memory;
mod project;

pub use machine::{
    Applied, Command, EmbeddedError, EventPage, ProfileSelector, RUNNING_WORKERS_MAX,
    RuntimeRecord, RuntimeStatus, TRANSCRIPT_LENGTH_MAX, TranscriptPage, View, WorkerIntent,
    WorkerRecord, WorkerStatus,
};
pub use memory::MemoryStore;

use crate::identifier::{self, IdentifierKind, validate};
use crate::runtime::{Following, Runtime};
use async_trait::async_trait;
use following::EmbeddedFollowing;
use protocol::registry::{
    EVENTS_MAX, HostSummary, OfferedRuntime, RuntimeDiagnostic, RuntimeList, RuntimeSummary,
    TRANSCRIPT_ITEMS_MAX, WorkerInputRequest, WorkerInputResult, WorkerLookupResult,
    WorkerOperationState, WorkerProxyConnectPoint, WorkerSpawnAcceptanceEvidence,
    WorkerSpawnAcceptanceRequirement, WorkerSpawnRequest, WorkerSpawnResult, WorkerStopRequest,
    WorkerStopResult, WorkerSummary, WorkerTranscriptItem, WorkerTranscriptProjection,
};
use std::sync::Arc;
use stdx::clock::now_ms;
use tokio::sync::watch;

/// What the embedded runtime is called unless it has an id of its own.
pub const EMBEDDED_RUNTIME_ID: &str = "embedded-worker-runtime";
/// The kind of its host.
pub const EMBEDDED_HOST_KIND: &str = "embedded-worker-runtime-host";

/// What it is called where it is made for a workspace.
const DISPLAY_NAME: &str = "Workspace backend embedded Runtime";
/// An id that names nobody.
const REFUSED_ID: &str = "embedded_worker_id_invalid";

/// Keeps what an embedded runtime decides, so that it lasts.
#[async_trait]
pub trait Store: Send + Sync {
    /// The runtime itself.
    async fn runtime(&self) -> Result<RuntimeRecord, EmbeddedError>;

    /// At most `limit` workers, the newest first.
    async fn workers(&self, limit: usize) -> Result<Vec<WorkerRecord>, EmbeddedError>;

    /// One worker.
    async fn worker(&self, worker_id: &str) -> Result<Option<WorkerRecord>, EmbeddedError>;

    /// Decides a command by [`machine::decide`] and keeps what follows, in one step that nobody
    /// sees half of and that lasts when this returns.
    async fn apply(&self, command: Command) -> Result<Applied, EmbeddedError>;

    /// Items of a transcript from behind the first `start`.
    async fn transcript(
        &self,
        worker_id: &str,
        start: usize,
        limit: usize,
    ) -> Result<TranscriptPage, EmbeddedError>;

    /// Events of a worker and of the runtime itself, with numbers above `after`.
    async fn events(
        &self,
        worker_id: &str,
        after: u64,
        limit: usize,
    ) -> Result<EventPage, EmbeddedError>;

    /// Changes whenever something is kept.
    fn changes(&self) -> watch::Receiver<u64>;
}

/// The embedded runtime, as the registry sees it. Cheap to clone.
#[derive(Clone)]
pub struct EmbeddedRuntime {
    id: String,
    host_id: String,
    store: Arc<dyn Store>,
}

impl EmbeddedRuntime {
    /// One that keeps everything in memory.
    pub fn new_memory(workspace_id: &str) -> Self {
        let store = MemoryStore::new(EMBEDDED_RUNTIME_ID, Some(DISPLAY_NAME), now_ms());
        Self::with_id(EMBEDDED_RUNTIME_ID.to_owned(), workspace_id, Arc::new(store))
    }

    /// One that is there already, under its own id.
    pub async fn from_runtime(workspace_id: &str, store: Arc<dyn Store>) -> Self {
        let own = store.runtime().await.map(|it| it.id).unwrap_or_default();
        let is_id = validate(IdentifierKind::Runtime, &own).is_ok();
        let id = if is_id { own } else { EMBEDDED_RUNTIME_ID.to_owned() };
        Self::with_id(id, workspace_id, store)
    }

    fn with_id(id: String, workspace_id: &str, store: Arc<dyn Store>) -> Self {
        Self { id, host_id: identifier::embedded_host(workspace_id), store }
    }

    /// Ends the runtime: everything stays readable, and nothing changes any more.
    pub async fn stop_runtime(&self) -> Result<(), EmbeddedError> {
        self.store.apply(Command::StopRuntime { at_ms: now_ms() }).await.map(|_| ())
    }

    /// What other installations are told that work with it.
    pub async fn offered(&self, limit: usize) -> Result<OfferedRuntime, EmbeddedError> {
        let record = self.store.runtime().await?;
        let summary = self.summary(limit).await;
        Ok(OfferedRuntime {
            runtime_id: self.id.clone(),
            display_name: summary.label,
            status: record.status.as_str().to_owned(),
            capabilities: summary.capabilities,
            transcript_items_max: TRANSCRIPT_ITEMS_MAX,
            events_max: EVENTS_MAX,
            diagnostics: summary.diagnostics,
        })
    }

    /// A worker, or why there is none: as those see it who must know the difference.
    pub async fn look_up(&self, worker_id: &str) -> Result<WorkerSummary, EmbeddedError> {
        let found = self.store.worker(worker_id).await?;
        found.map(|it| self.project(&it)).ok_or(EmbeddedError::WorkerNotFound)
    }

    /// Decides and keeps a command, for those who must know why not.
    pub async fn apply(&self, command: Command) -> Result<Applied, EmbeddedError> {
        self.store.apply(command).await
    }

    /// A page of a transcript within its limits.
    pub async fn page(
        &self,
        worker_id: &str,
        start: usize,
        limit: usize,
    ) -> Result<WorkerTranscriptProjection, EmbeddedError> {
        if TRANSCRIPT_ITEMS_MAX < limit {
            let (requested, maximum) = (limit, TRANSCRIPT_ITEMS_MAX);
            return Err(EmbeddedError::LimitTooLarge { requested, maximum });
        }
        let TranscriptPage { items, total } =
            self.store.transcript(worker_id, start, limit).await?;
        let end = start.saturating_add(items.len());
        // A page of nothing leads nowhere, or whoever follows it never ends.
        let next_start = (!items.is_empty() && end < total).then_some(end);
        Ok(WorkerTranscriptProjection {
            state: WorkerOperationState::Accepted,
            runtime_id: self.id.clone(),
            worker_id: worker_id.to_owned(),
            start,
            limit,
            total_items: total,
            next_start,
            items,
            diagnostics: Vec::new(),
        })
    }

    async fn stopped(&self, command: Command) -> WorkerStopResult {
        match self.store.apply(command).await {
            Ok(_) => {
                WorkerStopResult { state: WorkerOperationState::Accepted, diagnostics: Vec::new() }
            }
            Err(error) => WorkerStopResult {
                state: WorkerOperationState::Rejected,
                diagnostics: vec![error.diagnostic()],
            },
        }
    }
}

#[async_trait]
impl Runtime for EmbeddedRuntime {
    fn id(&self) -> &str {
        &self.id
    }

    async fn summary(&self, limit: usize) -> RuntimeSummary {
        self.project_runtime(self.store.runtime().await, limit)
    }

    async fn hosts(&self, limit: usize) -> RuntimeList<HostSummary> {
        if limit == 0 {
            return RuntimeList::default();
        }
        let record = self.store.runtime().await;
        RuntimeList { items: vec![self.project_host(&record, limit)], diagnostics: Vec::new() }
    }

    async fn workers(&self, limit: usize) -> RuntimeList<WorkerSummary> {
        if limit == 0 {
            return RuntimeList::default();
        }
        match self.store.workers(limit).await {
            Ok(records) => {
                let items = records.iter().take(limit).map(|it| self.project(it)).collect();
                RuntimeList { items, diagnostics: Vec::new() }
            }
            Err(error) => RuntimeList { items: Vec::new(), diagnostics: vec![error.diagnostic()] },
        }
    }

    async fn worker(&self, worker_id: &str) -> WorkerLookupResult {
        if let Some(diagnostic) = refused_id(worker_id) {
            return WorkerLookupResult { worker: None, diagnostics: vec![diagnostic] };
        }
        match self.look_up(worker_id).await {
            Ok(worker) => WorkerLookupResult { worker: Some(worker), diagnostics: Vec::new() },
            Err(EmbeddedError::WorkerNotFound) => WorkerLookupResult::default(),
            Err(error) => {
                WorkerLookupResult { worker: None, diagnostics: vec![error.diagnostic()] }
            }
        }
    }

    async fn spawn(&self, request: WorkerSpawnRequest) -> WorkerSpawnResult {
        let expected = match request.acceptance {
            WorkerSpawnAcceptanceRequirement::SocketReady {} => {
                let message = "the embedded runtime has no transport that could become ready; ask \
                               for run_accepted";
                return rejected(vec![RuntimeDiagnostic::warning(
                    "embedded_runtime_no_socket",
                    message,
                )]);
            }
            WorkerSpawnAcceptanceRequirement::RunAccepted { expected_segments } => {
                expected_segments
            }
        };
        let mut diagnostics = Vec::new();
        if request.requested_worker_name.is_some() {
            let message = "the name was ignored; the runtime allocates an opaque id";
            diagnostics.push(RuntimeDiagnostic::info("embedded_worker_name_ignored", message));
        }
        if 0 < expected {
            let message = "the worker has no tools, and no segment of a model runs for it";
            diagnostics.push(RuntimeDiagnostic::info("embedded_runtime_tools_less", message));
        }
        let command = Command::create(&request.intent, now_ms());
        match self.store.apply(command).await {
            Ok(Applied { worker: Some(worker), .. }) => WorkerSpawnResult {
                state: WorkerOperationState::Accepted,
                worker: Some(self.project(&worker)),
                acceptance_evidence: evidence(),
                diagnostics,
            },
            Ok(_) => {
                diagnostics.push(EmbeddedError::WorkerNotFound.diagnostic());
                rejected(diagnostics)
            }
            Err(error) => {
                diagnostics.push(error.diagnostic());
                rejected(diagnostics)
            }
        }
    }

    async fn stop(&self, request: WorkerStopRequest) -> WorkerStopResult {
        let worker_id = request.worker_id;
        self.stopped(Command::Stop { worker_id, at_ms: now_ms() }).await
    }

    async fn cancel(&self, worker_id: &str) -> WorkerStopResult {
        let worker_id = worker_id.to_owned();
        self.stopped(Command::Cancel { worker_id, at_ms: now_ms() }).await
    }

    async fn input(&self, worker_id: &str, request: WorkerInputRequest) -> WorkerInputResult {
        let mut result = WorkerInputResult {
            state: WorkerOperationState::Rejected,
            runtime_id: self.id.clone(),
            worker_id: worker_id.to_owned(),
            transcript_sequence: None,
            event_id: None,
            diagnostics: Vec::new(),
        };
        if let Some(diagnostic) = refused_id(worker_id) {
            result.diagnostics.push(diagnostic);
            return result;
        }
        match self.store.apply(Command::input(worker_id, request, now_ms())).await {
            Ok(applied) => {
                result.state = WorkerOperationState::Accepted;
                result.transcript_sequence = applied.item.map(|it| it.sequence);
                result.event_id = applied.event.map(|it| it.event_id);
            }
            Err(error) => result.diagnostics.push(error.diagnostic()),
        }
        result
    }

    async fn transcript(
        &self,
        worker_id: &str,
        start: usize,
        limit: usize,
    ) -> WorkerTranscriptProjection {
        let diagnostic = match refused_id(worker_id) {
            Some(diagnostic) => diagnostic,
            None => match self.page(worker_id, start, limit).await {
                Ok(page) => return page,
                Err(error) => error.diagnostic(),
            },
        };
        WorkerTranscriptProjection {
            state: WorkerOperationState::Rejected,
            runtime_id: self.id.clone(),
            worker_id: worker_id.to_owned(),
            start,
            limit,
            total_items: 0,
            next_start: None,
            items: Vec::<WorkerTranscriptItem>::new(),
            diagnostics: vec![diagnostic],
        }
    }

    async fn follow(
        &self,
        worker_id: &str,
        after: Option<u64>,
    ) -> Result<Box<dyn Following>, RuntimeDiagnostic> {
        Ok(Box::new(EmbeddedFollowing::new(self.clone(), worker_id, after)))
    }

    fn connect_points(&self, _worker_id: &str) -> Vec<WorkerProxyConnectPoint> {
        vec![WorkerProxyConnectPoint {
            kind: "event_stream".to_owned(),
            status: "available".to_owned(),
            diagnostics: Vec::new(),
        }]
    }
}

/// What is said about an id that names nobody.
fn refused_id(worker_id: &str) -> Option<RuntimeDiagnostic> {
    let message = "the id of the worker is empty";
    worker_id.trim().is_empty().then(|| RuntimeDiagnostic::warning(REFUSED_ID, message))
}

fn rejected(diagnostics: Vec<RuntimeDiagnostic>) -> WorkerSpawnResult {
    WorkerSpawnResult {
        state: WorkerOperationState::Rejected,
        worker: None,
        acceptance_evidence: Vec::new(),
        diagnostics,
    }
}

fn evidence() -> Vec<WorkerSpawnAcceptanceEvidence> {
    [
        ("embedded_runtime_worker_created", "the runtime has the worker"),
        (
            "embedded_runtime_backend_internal_projection",
            "the worker is shown as a projection of runtime id and worker id",
        ),
    ]
    .map(|(kind, detail)| WorkerSpawnAcceptanceEvidence {
        kind: kind.to_owned(),
        detail: detail.to_owned(),
    })
    .into()
}

#[cfg(test)]
mod tests;
