//! What every runtime is asked, and what one answers that cannot do it.

use crate::diagnostic::{
    EVENTS_PENDING, INPUT_PENDING, PROXY_PENDING, SPAWN_PENDING, STOP_PENDING, TRANSCRIPT_PENDING,
};
use async_trait::async_trait;
use protocol::registry::{
    HostSummary, RuntimeDiagnostic, RuntimeList, RuntimeSummary, TicketWorkerRole, WorkerEvent,
    WorkerInputRequest, WorkerInputResult, WorkerLookupResult, WorkerOperationState,
    WorkerProxyConnectPoint, WorkerSpawnIntent, WorkerSpawnRequest, WorkerSpawnResult,
    WorkerStopRequest, WorkerStopResult, WorkerSummary, WorkerTranscriptProjection,
};

/// A source of workers. What it does not offer it answers `unsupported`, with the reason.
///
/// Identifiers were checked before they come here.
#[async_trait]
pub trait Runtime: Send + Sync {
    /// Its identifier in the registry.
    fn id(&self) -> &str;

    /// What it is. `limit` bounds its hosts and is told as `max_workers`.
    async fn summary(&self, limit: usize) -> RuntimeSummary;

    /// The places where it works.
    async fn hosts(&self, limit: usize) -> RuntimeList<HostSummary>;

    /// Its workers.
    async fn workers(&self, limit: usize) -> RuntimeList<WorkerSummary>;

    /// One of its workers. A failure to look is an `error` among the diagnostics.
    async fn worker(&self, worker_id: &str) -> WorkerLookupResult;

    /// Makes a worker.
    async fn spawn(&self, request: WorkerSpawnRequest) -> WorkerSpawnResult {
        let intent = worker_spawn_intent_label(&request.intent);
        let message = format!("this runtime makes no workers; the intent was {intent}");
        WorkerSpawnResult {
            state: WorkerOperationState::Unsupported,
            worker: None,
            acceptance_evidence: Vec::new(),
            diagnostics: vec![RuntimeDiagnostic::info(SPAWN_PENDING, message)],
        }
    }

    /// Stops a worker; stopping one twice is stopping it once.
    async fn stop(&self, _request: WorkerStopRequest) -> WorkerStopResult {
        cannot_stop()
    }

    /// Gives a worker up; what it was asked is not answered.
    async fn cancel(&self, _worker_id: &str) -> WorkerStopResult {
        cannot_stop()
    }

    /// Says something to a worker.
    async fn input(&self, worker_id: &str, _request: WorkerInputRequest) -> WorkerInputResult {
        let message = "this runtime takes no input for its workers";
        WorkerInputResult {
            state: WorkerOperationState::Unsupported,
            runtime_id: self.id().to_owned(),
            worker_id: worker_id.to_owned(),
            transcript_sequence: None,
            event_id: None,
            diagnostics: vec![RuntimeDiagnostic::info(INPUT_PENDING, message)],
        }
    }

    /// A page of what was said.
    async fn transcript(
        &self,
        worker_id: &str,
        start: usize,
        limit: usize,
    ) -> WorkerTranscriptProjection {
        let message = "this runtime shows no transcripts of its workers";
        WorkerTranscriptProjection {
            state: WorkerOperationState::Unsupported,
            runtime_id: self.id().to_owned(),
            worker_id: worker_id.to_owned(),
            start,
            limit,
            total_items: 0,
            next_start: None,
            items: Vec::new(),
            diagnostics: vec![RuntimeDiagnostic::info(TRANSCRIPT_PENDING, message)],
        }
    }

    /// Follows what happens to a worker, from behind the event `after` or from here on.
    async fn follow(
        &self,
        _worker_id: &str,
        _after: Option<u64>,
    ) -> Result<Box<dyn Following>, RuntimeDiagnostic> {
        let message = "this runtime does not tell what happens to its workers";
        Err(RuntimeDiagnostic::info(EVENTS_PENDING, message))
    }

    /// Further ways to a worker.
    fn connect_points(&self, _worker_id: &str) -> Vec<WorkerProxyConnectPoint> {
        let message = "this runtime leads no stream to its workers";
        vec![WorkerProxyConnectPoint {
            kind: "stream_proxy".to_owned(),
            status: "not_implemented".to_owned(),
            diagnostics: vec![RuntimeDiagnostic::info(PROXY_PENDING, message)],
        }]
    }
}

fn cannot_stop() -> WorkerStopResult {
    let message = "this runtime does not stop its workers";
    WorkerStopResult {
        state: WorkerOperationState::Unsupported,
        diagnostics: vec![RuntimeDiagnostic::info(STOP_PENDING, message)],
    }
}

/// Somebody who follows a worker.
#[async_trait]
pub trait Following: Send {
    /// Waits for what comes next; [`Step::Over`] is the last one. Cancel-safe: nothing is lost when
    /// the wait is given up.
    async fn next(&mut self) -> Step;
}

/// What a follower learns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The first one: the worker as it is. Events with a number above `after` follow.
    Snapshot {
        after: u64,
        worker: Box<WorkerSummary>,
    },
    Event(WorkerEvent),
    /// Nothing more comes.
    Over(RuntimeDiagnostic),
}

/// The word for an intent.
pub const fn worker_spawn_intent_label(intent: &WorkerSpawnIntent) -> &'static str {
    match intent {
        WorkerSpawnIntent::WorkspaceCompanion {} => "workspace_companion",
        WorkerSpawnIntent::WorkspaceOrchestrator {} => "workspace_orchestrator",
        WorkerSpawnIntent::TicketRole { role, .. } => match role {
            TicketWorkerRole::Intake => "ticket_intake",
            TicketWorkerRole::Orchestrator => "ticket_orchestrator",
            TicketWorkerRole::Coder => "ticket_coder",
            TicketWorkerRole::Reviewer => "ticket_reviewer",
        },
    }
}
