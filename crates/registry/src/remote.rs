//! Another installation, as a runtime of this one.
//!
//! What it answers is believed no further than it must be: identifiers are checked, texts are cut
//! and cleaned, lists and pages are bounded, and nothing it says names where it is. The way to it is
//! a [`Transport`], which brings the address and the token and shows neither.

mod project;

use crate::identifier::remote_host;
use crate::runtime::{Following, Runtime, Step};
use async_trait::async_trait;
use http::Method;
use project::{bounded, diagnostics, event, hint, page, worker};
use protocol::registry::{
    Cursor, CursorKind, FollowFrame, HostSummary, LIST_MAX, OfferedRuntime,
    RuntimeCapabilitySummary, RuntimeDiagnostic, RuntimeList, RuntimeSourceSummary, RuntimeSummary,
    WorkerInputRequest, WorkerInputResult, WorkerLookupResult, WorkerOperationState,
    WorkerProxyConnectPoint, WorkerSpawnRequest, WorkerSpawnResult, WorkerStopBody,
    WorkerStopRequest, WorkerStopResult, WorkerSummary, WorkerTranscriptProjection,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use stdx::clock::{now_ms, rfc3339};
use tokio::time::Instant;

/// The kind of a remote host.
const HOST_KIND: &str = "remote-worker-runtime-host";
const KIND: &str = "remote_http";
/// How long one that did not answer is not asked again. Lists ask for everything at once, and each
/// question would wait for the whole time limit.
const QUIET: Duration = Duration::from_secs(5);

/// Why a remote runtime did not do something, by the codes of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemoteFailure {
    /// It did not answer in time.
    Timeout,
    /// It cannot be reached, or the connection broke.
    Network,
    /// The question could not be put.
    Client,
    /// It does not let us in.
    AuthFailed,
    /// It has no such worker.
    NotFound,
    /// It does not do this.
    Unsupported,
    /// It broke.
    Http(u16),
    /// It refused.
    Rejected(u16),
    /// What it answered is no answer.
    Malformed,
}

impl RemoteFailure {
    /// What a status of an answer means; `None` when it is a success.
    pub const fn of_status(status: u16) -> Option<Self> {
        match status {
            200..=299 => None,
            401 | 403 => Some(Self::AuthFailed),
            404 => Some(Self::NotFound),
            405 | 501 => Some(Self::Unsupported),
            500..=599 => Some(Self::Http(status)),
            _ => Some(Self::Rejected(status)),
        }
    }

    /// For programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Timeout => "remote_runtime_timeout",
            Self::Network => "remote_runtime_network_error",
            Self::Client => "remote_runtime_client_error",
            Self::AuthFailed => "remote_runtime_auth_failed",
            Self::NotFound => "remote_worker_not_found",
            Self::Unsupported => "remote_runtime_unsupported",
            Self::Http(_) => "remote_runtime_http_error",
            Self::Rejected(_) => "remote_runtime_http_rejected",
            Self::Malformed => "remote_runtime_malformed_response",
        }
    }

    /// What people are told.
    pub fn diagnostic(self) -> RuntimeDiagnostic {
        let message = match self {
            Self::Timeout => {
                "the remote runtime did not answer in time; what was asked may have been done"
                    .to_owned()
            }
            Self::Network => "the remote runtime cannot be reached".to_owned(),
            Self::Client => "the remote runtime could not be asked".to_owned(),
            Self::AuthFailed => {
                "the remote runtime does not accept what this installation shows it; register it \
                 anew"
                    .to_owned()
            }
            Self::NotFound => "the remote runtime has no such worker".to_owned(),
            Self::Unsupported => "the remote runtime does not do this".to_owned(),
            Self::Http(status) => format!("the remote runtime failed with status {status}"),
            Self::Rejected(status) => format!("the remote runtime refused with status {status}"),
            Self::Malformed => "the remote runtime answered something unexpected".to_owned(),
        };
        match self {
            Self::NotFound => RuntimeDiagnostic::info(self.code(), message),
            Self::Unsupported | Self::Rejected(_) => {
                RuntimeDiagnostic::warning(self.code(), message)
            }
            Self::Timeout
            | Self::Network
            | Self::Client
            | Self::AuthFailed
            | Self::Http(_)
            | Self::Malformed => RuntimeDiagnostic::error(self.code(), message),
        }
    }

    /// What became of an operation that failed so.
    const fn state(self) -> WorkerOperationState {
        match self {
            Self::Unsupported => WorkerOperationState::Unsupported,
            Self::Timeout
            | Self::Network
            | Self::Client
            | Self::AuthFailed
            | Self::NotFound
            | Self::Http(_)
            | Self::Rejected(_)
            | Self::Malformed => WorkerOperationState::Rejected,
        }
    }
}

/// A question to a remote runtime.
#[derive(Clone, Debug)]
pub struct Question {
    pub method: Method,
    /// From `/v1/` on.
    pub path: String,
    pub body: Option<Value>,
}

/// Its answer, whatever the status.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

/// The way to a remote runtime. It has the address and the token, a limit of time and one of size,
/// and goes nowhere else.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Asks.
    async fn ask(&self, question: Question) -> Result<Answer, RemoteFailure>;

    /// Opens a stream of messages.
    async fn open(&self, path: String) -> Result<Box<dyn Messages>, RemoteFailure>;
}

/// Messages from a remote runtime.
#[async_trait]
pub trait Messages: Send {
    /// The next one; `None` when the stream has ended. Cancel-safe.
    async fn next(&mut self) -> Result<Option<String>, RemoteFailure>;
}

/// A remote runtime.
pub struct RemoteRuntime {
    id: String,
    host_id: String,
    label: String,
    transport: Arc<dyn Transport>,
    /// Since when it does not answer, and how.
    silent: Mutex<Option<(Instant, RemoteFailure)>>,
}

impl RemoteRuntime {
    /// One that is asked through `transport`. The id was checked.
    pub fn new(id: &str, label: &str, transport: Arc<dyn Transport>) -> Self {
        Self {
            id: id.to_owned(),
            host_id: remote_host(id),
            label: hint(label),
            transport,
            silent: Mutex::new(None),
        }
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: String,
        body: Option<Value>,
    ) -> Result<T, RemoteFailure> {
        let silent = *self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((since, failure)) = silent
            && since.elapsed() < QUIET
        {
            return Err(failure);
        }
        let answer = self.transport.ask(Question { method, path, body }).await;
        let now = match &answer {
            Err(failure @ (RemoteFailure::Timeout | RemoteFailure::Network)) => {
                Some((Instant::now(), *failure))
            }
            Ok(_) | Err(_) => None,
        };
        *self.silent.lock().unwrap_or_else(PoisonError::into_inner) = now;
        let answer = answer?;
        match RemoteFailure::of_status(answer.status) {
            Some(failure) => Err(failure),
            None => serde_json::from_slice(&answer.body).map_err(|_| RemoteFailure::Malformed),
        }
    }

    async fn get<T: DeserializeOwned>(&self, path: String) -> Result<T, RemoteFailure> {
        self.ask(Method::GET, path, None).await
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: String,
        body: &impl serde::Serialize,
    ) -> Result<T, RemoteFailure> {
        let body = serde_json::to_value(body).map_err(|_| RemoteFailure::Client)?;
        self.ask(Method::POST, path, Some(body)).await
    }

    async fn offered(&self) -> Result<OfferedRuntime, RemoteFailure> {
        self.get("/v1/runtime".to_owned()).await
    }

    fn host(&self, offered: &Result<OfferedRuntime, RemoteFailure>, limit: usize) -> HostSummary {
        let (status, told) = match offered {
            Ok(_) => ("available", vec![]),
            Err(failure) => ("unavailable", vec![failure.diagnostic()]),
        };
        HostSummary {
            runtime_id: self.id.clone(),
            host_id: self.host_id.clone(),
            label: self.label.clone(),
            kind: HOST_KIND.to_owned(),
            status: status.to_owned(),
            observed_at: rfc3339(now_ms()),
            last_seen_at: None,
            capabilities: capabilities(offered.as_ref().ok(), limit),
            diagnostics: told,
        }
    }

    fn project(&self, told: WorkerSummary) -> Result<WorkerSummary, RemoteFailure> {
        worker((&self.id, &self.host_id), told)
    }

    async fn end(&self, path: String, body: &impl serde::Serialize) -> WorkerStopResult {
        match self.post::<WorkerStopResult>(path, body).await {
            Ok(told) => {
                WorkerStopResult { state: told.state, diagnostics: diagnostics(told.diagnostics) }
            }
            Err(failure) => {
                WorkerStopResult { state: failure.state(), diagnostics: vec![failure.diagnostic()] }
            }
        }
    }
}

#[async_trait]
impl Runtime for RemoteRuntime {
    fn id(&self) -> &str {
        &self.id
    }

    async fn summary(&self, limit: usize) -> RuntimeSummary {
        let offered = self.offered().await;
        let (status, told) = match &offered {
            Ok(it) if it.status == "stopped" => ("stopped", diagnostics(it.diagnostics.clone())),
            Ok(it) => ("running", diagnostics(it.diagnostics.clone())),
            Err(failure) => ("unavailable", vec![failure.diagnostic()]),
        };
        RuntimeSummary {
            runtime_id: self.id.clone(),
            label: self.label.clone(),
            kind: KIND.to_owned(),
            status: status.to_owned(),
            source: RuntimeSourceSummary::remote_http(),
            host_ids: if limit == 0 { vec![] } else { vec![self.host_id.clone()] },
            capabilities: capabilities(offered.ok().as_ref(), limit),
            diagnostics: told,
        }
    }

    async fn hosts(&self, limit: usize) -> RuntimeList<HostSummary> {
        if limit == 0 {
            return RuntimeList::default();
        }
        let host = self.host(&self.offered().await, limit);
        let diagnostics = host.diagnostics.clone();
        RuntimeList { items: vec![host], diagnostics }
    }

    async fn workers(&self, limit: usize) -> RuntimeList<WorkerSummary> {
        if limit == 0 {
            return RuntimeList::default();
        }
        let limit = limit.min(LIST_MAX);
        let told = self.get::<RuntimeList<WorkerSummary>>(format!("/v1/workers?limit={limit}"));
        let mut list = RuntimeList::default();
        match told.await {
            Ok(told) => {
                list.diagnostics = diagnostics(told.diagnostics);
                for told in told.items.into_iter().take(limit) {
                    match self.project(told) {
                        Ok(worker) => list.items.push(worker),
                        Err(failure) => list.diagnostics.push(failure.diagnostic()),
                    }
                }
            }
            Err(failure) => list.diagnostics.push(failure.diagnostic()),
        }
        bounded(&mut list.diagnostics);
        list
    }

    async fn worker(&self, worker_id: &str) -> WorkerLookupResult {
        let told = self.get::<WorkerSummary>(format!("/v1/workers/{worker_id}")).await;
        let told = told.and_then(|it| self.project(it));
        match told {
            Ok(worker) if worker.worker_id == worker_id => {
                WorkerLookupResult { worker: Some(worker), diagnostics: Vec::new() }
            }
            Ok(_) => WorkerLookupResult {
                worker: None,
                diagnostics: vec![RemoteFailure::Malformed.diagnostic()],
            },
            Err(failure) => {
                WorkerLookupResult { worker: None, diagnostics: vec![failure.diagnostic()] }
            }
        }
    }

    async fn spawn(&self, request: WorkerSpawnRequest) -> WorkerSpawnResult {
        let told = self.post::<WorkerSpawnResult>("/v1/workers".to_owned(), &request).await;
        let told = told.and_then(|it| project::spawned((&self.id, &self.host_id), it));
        told.unwrap_or_else(|failure| WorkerSpawnResult {
            state: failure.state(),
            worker: None,
            acceptance_evidence: Vec::new(),
            diagnostics: vec![failure.diagnostic()],
        })
    }

    async fn stop(&self, request: WorkerStopRequest) -> WorkerStopResult {
        let body = WorkerStopBody { mode: request.mode };
        self.end(format!("/v1/workers/{}/stop", request.worker_id), &body).await
    }

    async fn cancel(&self, worker_id: &str) -> WorkerStopResult {
        self.end(format!("/v1/workers/{worker_id}/cancel"), &serde_json::json!({})).await
    }

    async fn input(&self, worker_id: &str, request: WorkerInputRequest) -> WorkerInputResult {
        let path = format!("/v1/workers/{worker_id}/input");
        let told = self.post::<WorkerInputResult>(path, &request).await;
        let (state, sequence, event_id, diagnostics) = match told {
            Ok(it) if it.worker_id == worker_id => {
                (it.state, it.transcript_sequence, it.event_id, diagnostics(it.diagnostics))
            }
            Ok(_) => rejected_input(RemoteFailure::Malformed),
            Err(failure) => rejected_input(failure),
        };
        WorkerInputResult {
            state,
            runtime_id: self.id.clone(),
            worker_id: worker_id.to_owned(),
            transcript_sequence: sequence,
            event_id,
            diagnostics,
        }
    }

    async fn transcript(
        &self,
        worker_id: &str,
        start: usize,
        limit: usize,
    ) -> WorkerTranscriptProjection {
        let path = format!("/v1/workers/{worker_id}/transcript?start={start}&limit={limit}");
        let told = self.get::<WorkerTranscriptProjection>(path).await;
        let told = told.and_then(|it| page((&self.id, worker_id), (start, limit), it));
        told.unwrap_or_else(|failure| WorkerTranscriptProjection {
            state: failure.state(),
            runtime_id: self.id.clone(),
            worker_id: worker_id.to_owned(),
            start,
            limit,
            total_items: 0,
            next_start: None,
            items: Vec::new(),
            diagnostics: vec![failure.diagnostic()],
        })
    }

    async fn follow(
        &self,
        worker_id: &str,
        after: Option<u64>,
    ) -> Result<Box<dyn Following>, RuntimeDiagnostic> {
        let mut path = format!("/v1/workers/{worker_id}/events/ws");
        if let Some(after) = after {
            let cursor = Cursor { kind: CursorKind::Runtime, after };
            path.push_str(&format!("?cursor={cursor}"));
        }
        let messages = self.transport.open(path).await.map_err(RemoteFailure::diagnostic)?;
        Ok(Box::new(RemoteFollowing {
            id: self.id.clone(),
            host_id: self.host_id.clone(),
            worker_id: worker_id.to_owned(),
            messages,
        }))
    }

    fn connect_points(&self, _worker_id: &str) -> Vec<WorkerProxyConnectPoint> {
        vec![WorkerProxyConnectPoint {
            kind: "event_stream".to_owned(),
            status: "available".to_owned(),
            diagnostics: Vec::new(),
        }]
    }
}

type InputParts = (WorkerOperationState, Option<u64>, Option<u64>, Vec<RuntimeDiagnostic>);

fn rejected_input(failure: RemoteFailure) -> InputParts {
    (failure.state(), None, None, vec![failure.diagnostic()])
}

/// What it says it can do, and nothing while it says nothing. It is never believed to reach into
/// workspaces of ours.
fn capabilities(offered: Option<&OfferedRuntime>, limit: usize) -> RuntimeCapabilitySummary {
    let told = offered.map(|it| &it.capabilities);
    let can = |which: fn(&RuntimeCapabilitySummary) -> bool| told.is_some_and(which);
    RuntimeCapabilitySummary {
        can_list_hosts: true,
        can_list_workers: can(|it| it.can_list_workers),
        can_get_worker: can(|it| it.can_get_worker),
        can_spawn_worker: can(|it| it.can_spawn_worker),
        can_stop_worker: can(|it| it.can_stop_worker),
        can_accept_input: can(|it| it.can_accept_input),
        can_stream_events: can(|it| it.can_stream_events),
        can_read_bounded_transcript: can(|it| it.can_read_bounded_transcript),
        has_workspace_fs: false,
        has_shell: false,
        has_git: false,
        supports_worktrees: false,
        supports_backend_internal_tools: can(|it| it.supports_backend_internal_tools),
        local_pod_inspection: "not_applicable".to_owned(),
        workspace_scope: "remote".to_owned(),
        os: told.map_or_else(String::new, |it| hint(&it.os)),
        arch: told.map_or_else(String::new, |it| hint(&it.arch)),
        max_workers: limit,
    }
}

/// Somebody who follows a worker of a remote runtime.
struct RemoteFollowing {
    id: String,
    host_id: String,
    worker_id: String,
    messages: Box<dyn Messages>,
}

impl RemoteFollowing {
    fn read(&self, text: &str) -> Result<Step, RemoteFailure> {
        let malformed = |_| RemoteFailure::Malformed;
        match serde_json::from_str(text).map_err(malformed)? {
            FollowFrame::Snapshot { cursor, worker: told } => {
                let after = Cursor::parse(CursorKind::Runtime, &cursor);
                let after = after.map_err(|_| RemoteFailure::Malformed)?.after;
                let worker = worker((&self.id, &self.host_id), told)?;
                if worker.worker_id != self.worker_id {
                    return Err(RemoteFailure::Malformed);
                }
                Ok(Step::Snapshot { after, worker: Box::new(worker) })
            }
            FollowFrame::Event { event: told, .. } => Ok(Step::Event(event(told)?)),
            FollowFrame::Diagnostic { diagnostic } => {
                let told = diagnostics(vec![diagnostic]).pop();
                Ok(Step::Over(told.unwrap_or_else(|| RemoteFailure::Malformed.diagnostic())))
            }
        }
    }
}

#[async_trait]
impl Following for RemoteFollowing {
    async fn next(&mut self) -> Step {
        let step = match self.messages.next().await {
            Ok(Some(text)) => self.read(&text),
            Ok(None) => Err(RemoteFailure::Network),
            Err(failure) => Err(failure),
        };
        step.unwrap_or_else(|failure| Step::Over(failure.diagnostic()))
    }
}

#[cfg(test)]
mod tests;
