//! An embedded runtime as others may see it.

use super::machine::{ProfileSelector, WorkerIntent};
use super::{
    EMBEDDED_HOST_KIND, EmbeddedError, EmbeddedRuntime, RuntimeRecord, RuntimeStatus, WorkerRecord,
    WorkerStatus,
};
use crate::hint::safe_display_hint;
use protocol::registry::{
    HostSummary, RuntimeCapabilitySummary, RuntimeDiagnostic, RuntimeSourceSummary, RuntimeSummary,
    WorkerCapabilitySummary, WorkerImplementationSummary, WorkerSummary, WorkerWorkspaceSummary,
};
use std::env::consts::{ARCH, OS};
use stdx::clock::{now_ms, rfc3339};

/// The kind of the runtime and of its workers.
const KIND: &str = "embedded_worker_runtime";
const UNNAMED: &str = "Embedded backend Runtime";
const HOST_LABEL: &str = "Workspace backend embedded Runtime";
const SCOPE: &str = "backend_internal";

impl EmbeddedRuntime {
    pub(super) fn project_runtime(
        &self,
        record: Result<RuntimeRecord, EmbeddedError>,
        limit: usize,
    ) -> RuntimeSummary {
        let capabilities = capabilities(&record, limit);
        let (label, status, host_ids, diagnostics) = match record {
            Ok(record) => {
                let label = record.display_name.unwrap_or_else(|| UNNAMED.to_owned());
                let host_ids = if limit == 0 { vec![] } else { vec![self.host_id.clone()] };
                (label, record.status.as_str(), host_ids, vec![])
            }
            Err(error) => (UNNAMED.to_owned(), "unavailable", vec![], vec![error.diagnostic()]),
        };
        RuntimeSummary {
            runtime_id: self.id.clone(),
            label,
            kind: KIND.to_owned(),
            status: status.to_owned(),
            source: RuntimeSourceSummary::embedded_worker_runtime(),
            host_ids,
            capabilities,
            diagnostics,
        }
    }

    pub(super) fn project_host(
        &self,
        record: &Result<RuntimeRecord, EmbeddedError>,
        limit: usize,
    ) -> HostSummary {
        let message = "the host is the process of the server itself; it is shown by its id only";
        HostSummary {
            runtime_id: self.id.clone(),
            host_id: self.host_id.clone(),
            label: HOST_LABEL.to_owned(),
            kind: EMBEDDED_HOST_KIND.to_owned(),
            status: "available".to_owned(),
            observed_at: rfc3339(now_ms()),
            last_seen_at: None,
            capabilities: capabilities(record, limit),
            diagnostics: vec![RuntimeDiagnostic::info("embedded_runtime_host_boundary", message)],
        }
    }

    pub(super) fn project(&self, record: &WorkerRecord) -> WorkerSummary {
        let message = "the worker is known by runtime id and worker id only";
        let runs = record.status == WorkerStatus::Running;
        WorkerSummary {
            runtime_id: self.id.clone(),
            worker_id: record.id.clone(),
            host_id: self.host_id.clone(),
            label: safe_display_hint(&record.id),
            role: Some(role(&record.intent)),
            profile: Some(profile(&record.profile)),
            workspace: WorkerWorkspaceSummary {
                visibility: SCOPE.to_owned(),
                identity: "runtime_registry_worker".to_owned(),
            },
            state: record.status.as_str().to_owned(),
            status: record.status.as_str().to_owned(),
            last_seen_at: None,
            implementation: WorkerImplementationSummary {
                kind: KIND.to_owned(),
                display_hint: "backend-internal worker-runtime Worker".to_owned(),
            },
            capabilities: WorkerCapabilitySummary {
                can_accept_input: runs,
                can_stream_events: true,
                can_stop: runs,
                can_spawn_followup: false,
                can_read_bounded_transcript: true,
            },
            diagnostics: vec![RuntimeDiagnostic::info("embedded_runtime_projection", message)],
        }
    }
}

/// What works: everything while it runs, reading while it is stopped, nothing while it cannot be
/// reached.
fn capabilities(
    record: &Result<RuntimeRecord, EmbeddedError>,
    limit: usize,
) -> RuntimeCapabilitySummary {
    let reads = record.is_ok();
    let runs = record.as_ref().is_ok_and(|it| it.status == RuntimeStatus::Running);
    RuntimeCapabilitySummary {
        can_list_hosts: true,
        can_list_workers: reads,
        can_get_worker: reads,
        can_spawn_worker: runs,
        can_stop_worker: runs,
        can_accept_input: runs,
        can_stream_events: reads,
        can_read_bounded_transcript: reads,
        has_workspace_fs: false,
        has_shell: false,
        has_git: false,
        supports_worktrees: false,
        supports_backend_internal_tools: true,
        local_pod_inspection: "not_applicable".to_owned(),
        workspace_scope: SCOPE.to_owned(),
        os: OS.to_owned(),
        arch: ARCH.to_owned(),
        max_workers: limit,
    }
}

fn role(intent: &WorkerIntent) -> String {
    match intent {
        WorkerIntent::Assistant { purpose } => {
            safe_display_hint(purpose.as_deref().unwrap_or("assistant"))
        }
        WorkerIntent::Task { objective } => safe_display_hint(objective),
        WorkerIntent::Role { role, .. } => safe_display_hint(role),
    }
}

fn profile(profile: &ProfileSelector) -> String {
    match profile {
        ProfileSelector::RuntimeDefault => "runtime_default".to_owned(),
        ProfileSelector::Builtin(name) | ProfileSelector::Named(name) => safe_display_hint(name),
    }
}
