//! What stands where no runtime answers.

use protocol::registry::{
    RuntimeDiagnostic, WorkerCapabilitySummary, WorkerImplementationSummary, WorkerOperationState,
    WorkerSpawnResult, WorkerSummary, WorkerWorkspaceSummary,
};

const RUNTIME_ID: &str = "placeholder";
const WORKER_ID: &str = "worker-placeholder";
const UNSUPPORTED: &str = "unsupported";

/// A worker that can do nothing, and says so.
pub fn placeholder_worker(host_id: &str) -> WorkerSummary {
    let message = "no runtime is behind this worker";
    WorkerSummary {
        runtime_id: RUNTIME_ID.to_owned(),
        worker_id: WORKER_ID.to_owned(),
        host_id: host_id.to_owned(),
        label: "Placeholder".to_owned(),
        role: None,
        profile: None,
        workspace: WorkerWorkspaceSummary {
            visibility: "none".to_owned(),
            identity: UNSUPPORTED.to_owned(),
        },
        state: UNSUPPORTED.to_owned(),
        status: UNSUPPORTED.to_owned(),
        last_seen_at: None,
        implementation: WorkerImplementationSummary {
            kind: RUNTIME_ID.to_owned(),
            display_hint: UNSUPPORTED.to_owned(),
        },
        capabilities: WorkerCapabilitySummary::default(),
        diagnostics: vec![RuntimeDiagnostic::info("runtime_capability_unsupported", message)],
    }
}

/// The answer to a spawn where nothing spawns.
pub fn placeholder_spawn_response(host_id: &str) -> WorkerSpawnResult {
    let message = "no runtime here makes workers";
    WorkerSpawnResult {
        state: WorkerOperationState::Unsupported,
        worker: Some(placeholder_worker(host_id)),
        acceptance_evidence: Vec::new(),
        diagnostics: vec![RuntimeDiagnostic::info("worker_spawn_unsupported", message)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::registry::DiagnosticSeverity;
    use serde_json::json;

    // covers: S4.50, S4.156
    #[test]
    fn a_placeholder_can_do_nothing() {
        let worker = serde_json::to_value(placeholder_worker("local-x")).unwrap();
        assert_eq!(worker["runtime_id"], "placeholder");
        assert_eq!(worker["worker_id"], "worker-placeholder");
        assert_eq!(worker["host_id"], "local-x");
        assert_eq!(worker["workspace"], json!({"visibility": "none", "identity": "unsupported"}));
        assert_eq!(worker["state"], "unsupported");
        let capabilities = worker["capabilities"].as_object().unwrap();
        assert_eq!(capabilities.len(), 5);
        assert!(capabilities.values().all(|it| it == false), "{capabilities:?}");
        assert_eq!(worker["diagnostics"][0]["code"], "runtime_capability_unsupported");
        assert_eq!(worker["diagnostics"][0]["severity"], "info");
    }

    // covers: S4.51, S4.157
    #[test]
    fn a_spawn_where_nothing_spawns_is_unsupported_and_shows_the_placeholder() {
        let result = placeholder_spawn_response("h");
        assert_eq!(result.state, WorkerOperationState::Unsupported);
        assert_eq!(result.worker, Some(placeholder_worker("h")));
        assert!(result.acceptance_evidence.is_empty());
        assert_eq!(result.diagnostics.len(), 1);
        assert_eq!(result.diagnostics[0].code, "worker_spawn_unsupported");
        assert_eq!(result.diagnostics[0].severity, DiagnosticSeverity::Info);
    }
}
