//! The workers of this machine, read from the records that those leave who run them.
//!
//! A record is `<data directory>/pods/<name>/metadata.json`. It is only read: starting, stopping
//! and speaking to such a worker is for the agents of a workspace's session, and until they offer
//! it every such question is answered `unsupported` (the defaults of [`Runtime`]).

mod record;

use crate::diagnostic::DIAGNOSTICS_MAX;
use crate::hint::{label_for_workspace, safe_display_hint};
use crate::identifier::{local_host, local_worker};
use crate::runtime::Runtime;
use async_trait::async_trait;
use protocol::registry::{
    HostSummary, RuntimeCapabilitySummary, RuntimeDiagnostic, RuntimeList, RuntimeSourceSummary,
    RuntimeSummary, WorkerCapabilitySummary, WorkerImplementationSummary, WorkerLookupResult,
    WorkerSummary, WorkerWorkspaceSummary,
};
use record::{Record, hint, names, read};
use std::env::consts::{ARCH, OS};
use std::path::PathBuf;
use std::sync::Arc;
use stdx::clock::{now_ms, rfc3339};
use tokio::task::spawn_blocking;

/// What the local runtime is called.
pub const LOCAL_RUNTIME_ID: &str = "local-worker-runtime";
/// The kind of its host.
pub const LOCAL_HOST_KIND: &str = "local-worker-host";

/// The kind of the runtime and of its workers.
const KIND: &str = "local_pod";
const SCOPE: &str = "current_workspace";
/// Where the records are, below the data directory.
const DIRECTORY: &str = "pods";

/// The local runtime. Cheap to clone.
#[derive(Clone)]
pub struct LocalRuntime {
    own: Arc<Own>,
}

struct Own {
    host_id: String,
    workspace_root: String,
    /// Where the records are, if anywhere.
    directory: Option<PathBuf>,
}

impl LocalRuntime {
    /// The workers of one workspace; without a data directory it knows of none.
    pub fn new(workspace_id: &str, workspace_root: &str, data_directory: Option<PathBuf>) -> Self {
        let own = Own {
            host_id: local_host(workspace_id),
            workspace_root: workspace_root.to_owned(),
            directory: data_directory.map(|it| it.join(DIRECTORY)),
        };
        Self { own: Arc::new(own) }
    }

    /// Looks at files where that may take its time.
    async fn look<T: Send + 'static>(
        &self,
        work: fn(&Own, &Asked) -> T,
        asked: Asked,
    ) -> Option<T> {
        let own = Arc::clone(&self.own);
        spawn_blocking(move || work(&own, &asked)).await.ok()
    }
}

/// What is looked for.
enum Asked {
    AtMost(usize),
    Worker(String),
}

#[async_trait]
impl Runtime for LocalRuntime {
    fn id(&self) -> &str {
        LOCAL_RUNTIME_ID
    }

    async fn summary(&self, limit: usize) -> RuntimeSummary {
        let host = self.own.host(limit);
        RuntimeSummary {
            runtime_id: LOCAL_RUNTIME_ID.to_owned(),
            label: "Local Worker runtime".to_owned(),
            kind: KIND.to_owned(),
            status: "available".to_owned(),
            source: RuntimeSourceSummary::local_compatibility(),
            host_ids: if limit == 0 { vec![] } else { vec![self.own.host_id.clone()] },
            capabilities: host.capabilities,
            diagnostics: host.diagnostics,
        }
    }

    async fn hosts(&self, limit: usize) -> RuntimeList<HostSummary> {
        if limit == 0 {
            return RuntimeList::default();
        }
        let host = self.own.host(limit);
        let diagnostics = host.diagnostics.clone();
        RuntimeList { items: vec![host], diagnostics }
    }

    async fn workers(&self, limit: usize) -> RuntimeList<WorkerSummary> {
        self.look(Own::workers, Asked::AtMost(limit)).await.unwrap_or_default()
    }

    async fn worker(&self, worker_id: &str) -> WorkerLookupResult {
        self.look(Own::worker, Asked::Worker(worker_id.to_owned())).await.unwrap_or_default()
    }
}

impl Own {
    fn host(&self, limit: usize) -> HostSummary {
        let (status, diagnostics) = match &self.directory {
            Some(_) => ("available", vec![]),
            None => ("degraded", vec![unavailable()]),
        };
        HostSummary {
            runtime_id: LOCAL_RUNTIME_ID.to_owned(),
            host_id: self.host_id.clone(),
            label: label_for_workspace(&self.workspace_root),
            kind: LOCAL_HOST_KIND.to_owned(),
            status: status.to_owned(),
            observed_at: rfc3339(now_ms()),
            last_seen_at: None,
            capabilities: self.capabilities(limit),
            diagnostics,
        }
    }

    fn capabilities(&self, limit: usize) -> RuntimeCapabilitySummary {
        let inspects = self.directory.is_some();
        let inspection = if inspects { "available" } else { "unavailable" };
        RuntimeCapabilitySummary {
            can_list_hosts: true,
            can_list_workers: inspects,
            can_get_worker: inspects,
            can_spawn_worker: false,
            can_stop_worker: false,
            can_accept_input: false,
            can_stream_events: false,
            can_read_bounded_transcript: false,
            has_workspace_fs: false,
            has_shell: false,
            has_git: false,
            supports_worktrees: false,
            supports_backend_internal_tools: false,
            local_pod_inspection: inspection.to_owned(),
            workspace_scope: SCOPE.to_owned(),
            os: OS.to_owned(),
            arch: ARCH.to_owned(),
            max_workers: limit,
        }
    }

    fn workers(&self, asked: &Asked) -> RuntimeList<WorkerSummary> {
        let Asked::AtMost(limit) = asked else { return RuntimeList::default() };
        let mut list = RuntimeList::default();
        let names = match self.names() {
            Ok(names) => names,
            Err(diagnostic) => {
                list.diagnostics.push(diagnostic);
                return list;
            }
        };
        for name in names {
            if *limit <= list.items.len() {
                break;
            }
            match self.read(&name) {
                Ok(worker) => list.items.push(worker),
                // One bad record more is not worth more words, and hides no worker.
                Err(_) if DIAGNOSTICS_MAX <= list.diagnostics.len() => {}
                Err(diagnostic) => list.diagnostics.push(diagnostic),
            }
        }
        list
    }

    fn worker(&self, asked: &Asked) -> WorkerLookupResult {
        let Asked::Worker(id) = asked else { return WorkerLookupResult::default() };
        let found = match self.names() {
            Ok(names) => names.into_iter().find(|it| &local_worker(it) == id),
            Err(diagnostic) => {
                return WorkerLookupResult { worker: None, diagnostics: vec![diagnostic] };
            }
        };
        match found.map(|it| self.read(&it)) {
            Some(Ok(worker)) => {
                WorkerLookupResult { worker: Some(worker), diagnostics: Vec::new() }
            }
            Some(Err(diagnostic)) => {
                WorkerLookupResult { worker: None, diagnostics: vec![diagnostic] }
            }
            None => WorkerLookupResult::default(),
        }
    }

    /// The names of the records, in order.
    fn names(&self) -> Result<Vec<String>, RuntimeDiagnostic> {
        let directory = self.directory.as_ref().ok_or_else(unavailable)?;
        names(directory).map_err(|_| {
            let message = "the records of local workers cannot be read";
            RuntimeDiagnostic::warning("local_pod_registry_unreadable", message)
        })
    }

    /// One worker, or why it is left out.
    fn read(&self, name: &str) -> Result<WorkerSummary, RuntimeDiagnostic> {
        let directory = self.directory.as_ref().ok_or_else(unavailable)?;
        let record = read(directory, name)?;
        let Some(root) = record.workspace_root.as_deref() else {
            let message = "a record names no workspace; its worker was left out";
            let code = "local_pod_workspace_root_missing";
            return Err(RuntimeDiagnostic::warning(code, message));
        };
        if !same_workspace_root(root, &self.workspace_root) {
            let message = "a record belongs to another workspace; its worker was left out";
            let code = "local_pod_workspace_not_visible";
            return Err(RuntimeDiagnostic::info(code, message));
        }
        Ok(self.project(name, &record))
    }

    fn project(&self, name: &str, record: &Record) -> WorkerSummary {
        let (state, status) = match &record.active {
            Some(active) if active.segment_id.is_some() => ("active", "active:segment"),
            Some(_) => ("active", "active:pending_segment"),
            None => ("metadata_only", "metadata_only"),
        };
        let message = "nothing can be asked of a local worker here yet; it is only shown";
        WorkerSummary {
            runtime_id: LOCAL_RUNTIME_ID.to_owned(),
            worker_id: local_worker(name),
            host_id: self.host_id.clone(),
            label: safe_display_hint(&record.worker_name),
            role: hint(&record.resolved_manifest_snapshot, "role", "role_claim.role"),
            profile: hint(&record.resolved_manifest_snapshot, "profile_selector", "profile"),
            workspace: WorkerWorkspaceSummary {
                visibility: SCOPE.to_owned(),
                identity: "runtime_workspace".to_owned(),
            },
            state: state.to_owned(),
            status: status.to_owned(),
            last_seen_at: None,
            implementation: WorkerImplementationSummary {
                kind: KIND.to_owned(),
                display_hint: safe_display_hint(name),
            },
            capabilities: WorkerCapabilitySummary::default(),
            diagnostics: vec![RuntimeDiagnostic::info("worker_actions_not_implemented", message)],
        }
    }
}

fn unavailable() -> RuntimeDiagnostic {
    let message = "no data directory is configured, so that no local worker is known";
    RuntimeDiagnostic::warning("local_pod_registry_unavailable", message)
}

/// Whether two texts name the same root, by their letters alone.
pub fn same_workspace_root(one: &str, other: &str) -> bool {
    let plain = |root: &str| root.replace('\\', "/").trim_end_matches('/').to_owned();
    plain(one) == plain(other)
}

#[cfg(test)]
mod tests;
