//! The registry itself: finds the runtime, checks what was sent, and hands on.

use crate::EmbeddedRuntime;
use crate::diagnostic::bound;
use crate::identifier::{IdentifierKind, InvalidIdentifier, validate};
use crate::local::LocalRuntime;
use crate::runtime::{Following, Runtime};
use futures_util::future::join_all;
use protocol::registry::{
    DiagnosticSeverity, HostSummary, RuntimeDiagnostic, RuntimeList, RuntimeSummary,
    WorkerInputRequest, WorkerInputResult, WorkerLookupResult, WorkerProxyConnectPoint,
    WorkerSpawnRequest, WorkerSpawnResult, WorkerStopBody, WorkerStopRequest, WorkerStopResult,
    WorkerSummary, WorkerTranscriptProjection,
};
use protocol::{ErrorCode, WireError};
use serde_json::json;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

/// Most hosts of one runtime that are looked at to find a host.
pub const HOST_SCAN_MAX: usize = 256;
/// Most workers of one runtime that are looked at to find those of one of its several hosts.
pub const WORKER_SCAN_MAX: usize = 4096;

/// Every runtime, in the order in which they came.
#[derive(Default)]
pub struct RuntimeRegistry {
    runtimes: RwLock<Vec<Arc<dyn Runtime>>>,
}

/// Why the registry has no answer. Each is a different thing for the caller to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// What was sent is no identifier.
    #[error(transparent)]
    InvalidIdentifier(#[from] InvalidIdentifier),
    /// No runtime has this id.
    #[error("there is no runtime `{0}`")]
    UnknownRuntime(String),
    /// No runtime has such a host.
    #[error("there is no host `{0}`")]
    UnknownHost(String),
    /// The runtime is there and the worker is not.
    #[error("the runtime `{runtime_id}` has no worker `{worker_id}`")]
    UnknownWorker {
        runtime_id: String,
        worker_id: String,
        /// What the runtime had to say about it.
        diagnostics: Vec<RuntimeDiagnostic>,
    },
    /// The runtime could not look.
    #[error("the runtime `{runtime_id}` did not do it: {message}")]
    RuntimeOperationFailed { runtime_id: String, code: String, message: String },
    /// Another runtime has this id.
    #[error("there is a runtime `{0}` already")]
    DuplicateRuntime(String),
    /// The runtime is there and does not do this.
    #[error("the runtime `{runtime_id}` does not do this: {}", diagnostic.message)]
    Unsupported { runtime_id: String, diagnostic: RuntimeDiagnostic },
}

impl From<RegistryError> for WireError {
    fn from(error: RegistryError) -> Self {
        let message = error.to_string();
        let (code, details) = match error {
            RegistryError::InvalidIdentifier(InvalidIdentifier { kind, value }) => {
                let details = json!({"kind": kind.to_string(), "value": value});
                (ErrorCode::InvalidIdentifier, details)
            }
            RegistryError::UnknownRuntime(id) => {
                (ErrorCode::UnknownRuntime, json!({"runtime_id": id}))
            }
            RegistryError::UnknownHost(id) => (ErrorCode::UnknownHost, json!({"host_id": id})),
            RegistryError::UnknownWorker { runtime_id, worker_id, diagnostics } => (
                ErrorCode::UnknownWorker,
                json!({"runtime_id": runtime_id, "worker_id": worker_id, "diagnostics": diagnostics}),
            ),
            RegistryError::RuntimeOperationFailed { runtime_id, code, message } => (
                ErrorCode::RuntimeOperationFailed,
                json!({"runtime_id": runtime_id, "code": code, "message": message}),
            ),
            RegistryError::DuplicateRuntime(id) => {
                (ErrorCode::AlreadyExists, json!({"runtime_id": id}))
            }
            RegistryError::Unsupported { runtime_id, diagnostic } => (
                ErrorCode::Unsupported,
                json!({"runtime_id": runtime_id, "diagnostics": [diagnostic]}),
            ),
        };
        Self::new(code, message).with_details(details)
    }
}

impl RuntimeRegistry {
    /// A registry of these runtimes.
    pub fn new(
        runtimes: impl IntoIterator<Item = Arc<dyn Runtime>>,
    ) -> Result<Self, RegistryError> {
        let registry = Self::default();
        for runtime in runtimes {
            registry.register(runtime)?;
        }
        Ok(registry)
    }

    /// One of the workers of this machine alone.
    pub fn for_local_pods(
        workspace_id: &str,
        workspace_root: &str,
        data_directory: Option<PathBuf>,
    ) -> Result<Self, RegistryError> {
        let local = LocalRuntime::new(workspace_id, workspace_root, data_directory);
        Self::new([Arc::new(local) as Arc<dyn Runtime>])
    }

    /// One of the workers of this machine, and of the runtime in this process.
    pub fn for_workspace(
        workspace_id: &str,
        workspace_root: &str,
        data_directory: Option<PathBuf>,
        embedded: EmbeddedRuntime,
    ) -> Result<Self, RegistryError> {
        let registry = Self::for_local_pods(workspace_id, workspace_root, data_directory)?;
        registry.register(Arc::new(embedded))?;
        Ok(registry)
    }

    /// Adds a runtime, unless another one has its id.
    pub fn register(&self, runtime: Arc<dyn Runtime>) -> Result<(), RegistryError> {
        validate(IdentifierKind::Runtime, runtime.id())?;
        let mut runtimes = self.runtimes.write().unwrap_or_else(PoisonError::into_inner);
        if runtimes.iter().any(|it| it.id() == runtime.id()) {
            return Err(RegistryError::DuplicateRuntime(runtime.id().to_owned()));
        }
        runtimes.push(runtime);
        Ok(())
    }

    /// Takes a runtime out; `false` when there is none with this id.
    pub fn unregister(&self, runtime_id: &str) -> bool {
        let mut runtimes = self.runtimes.write().unwrap_or_else(PoisonError::into_inner);
        let before = runtimes.len();
        runtimes.retain(|it| it.id() != runtime_id);
        runtimes.len() < before
    }

    fn all(&self) -> Vec<Arc<dyn Runtime>> {
        self.runtimes.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The runtimes.
    pub async fn list_runtimes(&self, limit: usize) -> RuntimeList<RuntimeSummary> {
        let runtimes = self.all();
        // All at once: one that does not answer holds up no other.
        let asked = runtimes.iter().take(limit).map(|it| it.summary(limit));
        let mut list = RuntimeList::default();
        for summary in join_all(asked).await {
            list.diagnostics.extend(summary.diagnostics.iter().cloned());
            list.items.push(summary);
        }
        bound(&mut list.diagnostics);
        list
    }

    /// One runtime.
    pub async fn summary(
        &self,
        runtime_id: &str,
        limit: usize,
    ) -> Result<RuntimeSummary, RegistryError> {
        Ok(self.runtime(runtime_id)?.summary(limit).await)
    }

    /// The hosts of all runtimes.
    pub async fn list_hosts(&self, limit: usize) -> RuntimeList<HostSummary> {
        let mut list = RuntimeList::default();
        for runtime in self.all() {
            let left = limit - list.items.len();
            if left == 0 {
                break;
            }
            append(&mut list, runtime.hosts(left).await, left);
        }
        bound(&mut list.diagnostics);
        list
    }

    /// The workers of all runtimes.
    pub async fn list_workers(&self, limit: usize) -> RuntimeList<WorkerSummary> {
        let mut list = RuntimeList::default();
        for runtime in self.all() {
            let left = limit - list.items.len();
            if left == 0 {
                break;
            }
            append(&mut list, runtime.workers(left).await, left);
        }
        bound(&mut list.diagnostics);
        list
    }

    /// The workers of one host.
    pub async fn list_workers_for_host(
        &self,
        host_id: &str,
        limit: usize,
    ) -> Result<RuntimeList<WorkerSummary>, RegistryError> {
        validate(IdentifierKind::Host, host_id)?;
        let (mut list, mut is_known) = (RuntimeList::default(), false);
        for runtime in self.all() {
            let hosts = runtime.hosts(HOST_SCAN_MAX).await.items;
            if !hosts.iter().any(|it| it.host_id == host_id) {
                continue;
            }
            is_known = true;
            let left = limit - list.items.len();
            // The workers of another host must not fill the list before it is looked through.
            let asked = if hosts.len() == 1 { left } else { WORKER_SCAN_MAX };
            if 0 < left {
                let mut workers = runtime.workers(asked).await;
                workers.items.retain(|it| it.host_id == host_id);
                append(&mut list, workers, left);
            }
        }
        bound(&mut list.diagnostics);
        if is_known { Ok(list) } else { Err(RegistryError::UnknownHost(host_id.to_owned())) }
    }

    fn runtime(&self, runtime_id: &str) -> Result<Arc<dyn Runtime>, RegistryError> {
        validate(IdentifierKind::Runtime, runtime_id)?;
        let found = self.all().into_iter().find(|it| it.id() == runtime_id);
        found.ok_or_else(|| RegistryError::UnknownRuntime(runtime_id.to_owned()))
    }

    /// A runtime, once it is known to have the worker.
    async fn runtime_of(
        &self,
        runtime_id: &str,
        worker_id: &str,
    ) -> Result<(Arc<dyn Runtime>, WorkerLookupResult), RegistryError> {
        validate(IdentifierKind::Runtime, runtime_id)?;
        validate(IdentifierKind::Worker, worker_id)?;
        let runtime = self.runtime(runtime_id)?;
        let mut found = runtime.worker(worker_id).await;
        bound(&mut found.diagnostics);
        if found.worker.is_some() {
            return Ok((runtime, found));
        }
        let failure = |it: &&RuntimeDiagnostic| it.severity == DiagnosticSeverity::Error;
        match found.diagnostics.iter().find(failure) {
            Some(failure) => Err(RegistryError::RuntimeOperationFailed {
                runtime_id: runtime_id.to_owned(),
                code: failure.code.clone(),
                message: failure.message.clone(),
            }),
            None => Err(RegistryError::UnknownWorker {
                runtime_id: runtime_id.to_owned(),
                worker_id: worker_id.to_owned(),
                diagnostics: found.diagnostics,
            }),
        }
    }

    /// A worker of a runtime, with what there is to say about finding it.
    pub async fn worker(
        &self,
        runtime_id: &str,
        worker_id: &str,
    ) -> Result<WorkerLookupResult, RegistryError> {
        Ok(self.runtime_of(runtime_id, worker_id).await?.1)
    }

    /// Asks a runtime for a worker.
    pub async fn spawn_worker(
        &self,
        runtime_id: &str,
        request: WorkerSpawnRequest,
    ) -> Result<WorkerSpawnResult, RegistryError> {
        Ok(self.runtime(runtime_id)?.spawn(request).await)
    }

    /// Stops a worker.
    pub async fn stop_worker(
        &self,
        runtime_id: &str,
        worker_id: &str,
        body: WorkerStopBody,
    ) -> Result<WorkerStopResult, RegistryError> {
        let (runtime, _) = self.runtime_of(runtime_id, worker_id).await?;
        let request = WorkerStopRequest { worker_id: worker_id.to_owned(), mode: body.mode };
        Ok(runtime.stop(request).await)
    }

    /// Gives a worker up.
    pub async fn cancel_worker(
        &self,
        runtime_id: &str,
        worker_id: &str,
    ) -> Result<WorkerStopResult, RegistryError> {
        let (runtime, _) = self.runtime_of(runtime_id, worker_id).await?;
        Ok(runtime.cancel(worker_id).await)
    }

    /// Says something to a worker.
    pub async fn send_input(
        &self,
        runtime_id: &str,
        worker_id: &str,
        request: WorkerInputRequest,
    ) -> Result<WorkerInputResult, RegistryError> {
        let (runtime, _) = self.runtime_of(runtime_id, worker_id).await?;
        Ok(runtime.input(worker_id, request).await)
    }

    /// A page of what was said to a worker.
    pub async fn transcript(
        &self,
        runtime_id: &str,
        worker_id: &str,
        start: usize,
        limit: usize,
    ) -> Result<WorkerTranscriptProjection, RegistryError> {
        let (runtime, _) = self.runtime_of(runtime_id, worker_id).await?;
        Ok(runtime.transcript(worker_id, start, limit).await)
    }

    /// Follows a worker.
    pub async fn follow(
        &self,
        runtime_id: &str,
        worker_id: &str,
        after: Option<u64>,
    ) -> Result<Box<dyn Following>, RegistryError> {
        let (runtime, _) = self.runtime_of(runtime_id, worker_id).await?;
        runtime.follow(worker_id, after).await.map_err(|diagnostic| {
            let runtime_id = runtime_id.to_owned();
            match diagnostic.severity {
                DiagnosticSeverity::Error => {
                    let RuntimeDiagnostic { code, message, .. } = diagnostic;
                    RegistryError::RuntimeOperationFailed { runtime_id, code, message }
                }
                DiagnosticSeverity::Info | DiagnosticSeverity::Warning => {
                    RegistryError::Unsupported { runtime_id, diagnostic }
                }
            }
        })
    }

    /// Further ways to a worker.
    pub async fn connect_points(
        &self,
        runtime_id: &str,
        worker_id: &str,
    ) -> Result<Vec<WorkerProxyConnectPoint>, RegistryError> {
        let (runtime, _) = self.runtime_of(runtime_id, worker_id).await?;
        Ok(runtime.connect_points(worker_id))
    }
}

fn append<T>(list: &mut RuntimeList<T>, more: RuntimeList<T>, left: usize) {
    list.items.extend(more.items.into_iter().take(left));
    list.diagnostics.extend(more.diagnostics);
}

#[cfg(test)]
mod tests;
