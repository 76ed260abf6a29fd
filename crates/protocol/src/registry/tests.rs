//! The words and records of the registry, as they are on the wire.

use super::*;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::fmt::Debug;

fn words<T: Serialize + DeserializeOwned + PartialEq + Debug>(all: &[(T, &str)]) {
    for (value, word) in all {
        assert_eq!(serde_json::to_value(value).unwrap(), *word);
        assert_eq!(&serde_json::from_value::<T>(json!(word)).unwrap(), value);
    }
    assert!(serde_json::from_value::<T>(json!("other")).is_err());
}

fn same<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, expected: Value) {
    assert_eq!(serde_json::to_value(value).unwrap(), expected);
    assert_eq!(&serde_json::from_value::<T>(expected).unwrap(), value);
}

fn keys(value: &impl Serialize) -> Vec<String> {
    let value = serde_json::to_value(value).unwrap();
    value.as_object().unwrap().keys().cloned().collect()
}

fn capabilities() -> RuntimeCapabilitySummary {
    RuntimeCapabilitySummary {
        can_list_hosts: true,
        can_list_workers: false,
        can_get_worker: false,
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
        local_pod_inspection: "available".to_owned(),
        workspace_scope: "current_workspace".to_owned(),
        os: "linux".to_owned(),
        arch: "x86_64".to_owned(),
        max_workers: 7,
    }
}

fn worker() -> WorkerSummary {
    WorkerSummary {
        runtime_id: "r".to_owned(),
        worker_id: "w".to_owned(),
        host_id: "h".to_owned(),
        label: "l".to_owned(),
        role: None,
        profile: None,
        workspace: WorkerWorkspaceSummary { visibility: "v".to_owned(), identity: "i".to_owned() },
        state: "s".to_owned(),
        status: "t".to_owned(),
        last_seen_at: None,
        implementation: WorkerImplementationSummary {
            kind: "k".to_owned(),
            display_hint: "d".to_owned(),
        },
        capabilities: WorkerCapabilitySummary::default(),
        diagnostics: Vec::new(),
    }
}

// covers: S4.54, S4.55, S4.56, S4.58, S4.60, S4.61, S4.62
#[test]
fn every_word_is_as_the_contract_has_it() {
    words(&[
        (RuntimeSourceKind::LocalCompatibility, "local_compatibility"),
        (RuntimeSourceKind::EmbeddedWorkerRuntime, "embedded_worker_runtime"),
        (RuntimeSourceKind::RemoteHttp, "remote_http"),
    ]);
    words(&[(RuntimeSourceStatus::Active, "active"), (RuntimeSourceStatus::Reserved, "reserved")]);
    words(&[(RuntimeIdentityAuthority::RuntimeRegistryProjection, "runtime_registry_projection")]);
    words(&[
        (TicketWorkerRole::Intake, "intake"),
        (TicketWorkerRole::Orchestrator, "orchestrator"),
        (TicketWorkerRole::Coder, "coder"),
        (TicketWorkerRole::Reviewer, "reviewer"),
    ]);
    words(&[
        (WorkerOperationState::Accepted, "accepted"),
        (WorkerOperationState::Unsupported, "unsupported"),
        (WorkerOperationState::Rejected, "rejected"),
    ]);
    words(&[(WorkerStopMode::Graceful, "graceful"), (WorkerStopMode::Force, "force")]);
    words(&[(WorkerInputKind::User, "user"), (WorkerInputKind::System, "system")]);
    for role in [TicketWorkerRole::Intake, TicketWorkerRole::Reviewer] {
        assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
    }
}

// covers: S4.57, S4.59, S4.85, S4.86
#[test]
fn a_spawn_names_an_intent_and_takes_nothing_else() {
    let request = WorkerSpawnRequest {
        intent: WorkerSpawnIntent::TicketRole {
            ticket_id: "T-7".to_owned(),
            role: TicketWorkerRole::Coder,
        },
        requested_worker_name: Some("Friendly".to_owned()),
        acceptance: WorkerSpawnAcceptanceRequirement::RunAccepted { expected_segments: 2 },
    };
    let sent = json!({
        "intent": {"kind": "ticket_role", "ticket_id": "T-7", "role": "coder"},
        "requested_worker_name": "Friendly",
        "acceptance": {"kind": "run_accepted", "expected_segments": 2},
    });
    same(&request, sent.clone());
    same(&WorkerSpawnIntent::WorkspaceCompanion {}, json!({"kind": "workspace_companion"}));
    same(&WorkerSpawnIntent::WorkspaceOrchestrator {}, json!({"kind": "workspace_orchestrator"}));
    same(&WorkerSpawnAcceptanceRequirement::SocketReady {}, json!({"kind": "socket_ready"}));
    let refused = |value: Value| serde_json::from_value::<WorkerSpawnRequest>(value).is_err();
    for name in ["workspace_root", "cwd", "executable", "profile"] {
        for place in ["", "/intent", "/acceptance"] {
            let mut more = sent.clone();
            more.pointer_mut(place).unwrap()[name] = json!("/root");
            assert!(refused(more), "{place} {name}");
        }
    }
    let companion = json!({"kind": "workspace_companion", "cwd": "/root"});
    assert!(serde_json::from_value::<WorkerSpawnIntent>(companion).is_err());
}

// covers: S4.69, S4.70, S4.71, S4.72, S4.73, S4.74
#[test]
fn every_source_says_what_it_is_and_by_whose_word() {
    for (source, kind, status, note) in [
        (
            RuntimeSourceSummary::local_compatibility(),
            "local_compatibility",
            "active",
            "read-only compatibility projection",
        ),
        (
            RuntimeSourceSummary::embedded_worker_runtime(),
            "embedded_worker_runtime",
            "active",
            "only through projections of runtime_id plus worker_id",
        ),
        (
            RuntimeSourceSummary::embedded_worker_runtime_reserved(),
            "embedded_worker_runtime",
            "reserved",
            "",
        ),
        (
            RuntimeSourceSummary::remote_http_reserved(),
            "remote_http",
            "reserved",
            "no HTTP client or REST server is implemented here",
        ),
        (RuntimeSourceSummary::remote_http(), "remote_http", "active", ""),
    ] {
        let told = serde_json::to_value(&source).unwrap();
        assert_eq!((&told["kind"], &told["status"]), (&json!(kind), &json!(status)));
        assert_eq!(told["identity_authority"], "runtime_registry_projection");
        assert!(source.note.contains(note), "{}", source.note);
        assert_eq!(keys(&source), ["identity_authority", "kind", "note", "status"]);
    }
    let local = RuntimeSourceSummary::local_compatibility().note;
    assert!(local.contains("no socket, session or path authority is exposed"));
}

// covers: S4.75, S4.76, S4.77, S4.78
#[test]
fn runtimes_and_hosts_have_the_same_eighteen_capabilities() {
    let told = serde_json::to_value(capabilities()).unwrap();
    let fields = told.as_object().unwrap();
    assert_eq!(fields.len(), 18);
    assert_eq!(fields.values().filter(|it| it.is_boolean()).count(), 13);
    assert_eq!(fields.values().filter(|it| it.is_string()).count(), 4);
    let host: HostCapabilitySummary = capabilities();
    let runtime = RuntimeSummary {
        runtime_id: "r".to_owned(),
        label: "l".to_owned(),
        kind: "k".to_owned(),
        status: "s".to_owned(),
        source: RuntimeSourceSummary::local_compatibility(),
        host_ids: vec!["h".to_owned()],
        capabilities: capabilities(),
        diagnostics: Vec::new(),
    };
    let expected = json!({
        "runtime_id": "r", "label": "l", "kind": "k", "status": "s",
        "source": serde_json::to_value(&runtime.source).unwrap(), "host_ids": ["h"],
        "capabilities": told, "diagnostics": [],
    });
    same(&runtime, expected);
    let summary = HostSummary {
        runtime_id: "r".to_owned(),
        host_id: "h".to_owned(),
        label: "l".to_owned(),
        kind: "k".to_owned(),
        status: "s".to_owned(),
        observed_at: "2026-11-21T12:34:56.789Z".to_owned(),
        last_seen_at: None,
        capabilities: host,
        diagnostics: Vec::new(),
    };
    let expected = json!({
        "runtime_id": "r", "host_id": "h", "label": "l", "kind": "k", "status": "s",
        "observed_at": "2026-11-21T12:34:56.789Z", "capabilities": told, "diagnostics": [],
    });
    same(&summary, expected);
}

// covers: S4.79, S4.80, S4.81, S4.82, S4.83, S4.84
#[test]
fn a_worker_is_shown_without_a_place() {
    let expected = json!({
        "runtime_id": "r", "worker_id": "w", "host_id": "h", "label": "l",
        "workspace": {"visibility": "v", "identity": "i"}, "state": "s", "status": "t",
        "implementation": {"kind": "k", "display_hint": "d"},
        "capabilities": {
            "can_accept_input": false, "can_stream_events": false, "can_stop": false,
            "can_spawn_followup": false, "can_read_bounded_transcript": false,
        },
        "diagnostics": [],
    });
    same(&worker(), expected.clone());
    let mut named = worker();
    (named.role, named.profile) = (Some("coder".to_owned()), Some("p".to_owned()));
    named.last_seen_at = Some("2026".to_owned());
    let told = serde_json::to_value(&named).unwrap();
    assert_eq!((&told["role"], &told["profile"]), (&json!("coder"), &json!("p")));
    same(&WorkerLookupResult::default(), json!({"diagnostics": []}));
    let list = RuntimeList { items: vec![worker()], diagnostics: Vec::new() };
    same(&list, json!({"items": [expected.clone()], "diagnostics": []}));
    let found = WorkerLookupResult { worker: Some(worker()), diagnostics: Vec::new() };
    same(&found, json!({"worker": expected, "diagnostics": []}));
}

// covers: S4.62, S4.87, S4.88, S4.89, S4.90, S4.91, S4.92, S4.93, S4.94
#[test]
fn results_leave_out_what_there_is_not() {
    let state = WorkerOperationState::Rejected;
    let (runtime_id, worker_id) = ("r".to_owned(), "w".to_owned());
    let evidence = |kind: &str| WorkerSpawnAcceptanceEvidence {
        kind: kind.to_owned(),
        detail: "d".to_owned(),
    };
    let spawned = WorkerSpawnResult {
        state,
        worker: None,
        acceptance_evidence: vec![evidence("k")],
        diagnostics: Vec::new(),
    };
    let told = json!([{"kind": "k", "detail": "d"}]);
    same(&spawned, json!({"state": "rejected", "acceptance_evidence": told, "diagnostics": []}));
    let stop = WorkerStopRequest { worker_id: worker_id.clone(), mode: WorkerStopMode::Force };
    same(&stop, json!({"worker_id": "w", "mode": "force"}));
    let stopped = WorkerStopResult { state, diagnostics: Vec::new() };
    same(&stopped, json!({"state": "rejected", "diagnostics": []}));
    let said: WorkerInputRequest = serde_json::from_value(json!({"content": "x"})).unwrap();
    same(&said, json!({"kind": "user", "content": "x"}));
    let mut input = WorkerInputResult {
        state,
        runtime_id: runtime_id.clone(),
        worker_id: worker_id.clone(),
        transcript_sequence: None,
        event_id: None,
        diagnostics: Vec::new(),
    };
    let bare = json!({"state": "rejected", "runtime_id": "r", "worker_id": "w", "diagnostics": []});
    same(&input, bare);
    (input.transcript_sequence, input.event_id) = (Some(1), Some(2));
    assert_eq!(serde_json::to_value(&input).unwrap()["transcript_sequence"], 1);
    let item = WorkerTranscriptItem {
        sequence: 1,
        role: "user".to_owned(),
        content: "x".to_owned(),
        event_id: 2,
    };
    let page = WorkerTranscriptProjection {
        state,
        runtime_id,
        worker_id,
        start: 0,
        limit: 9,
        total_items: 1,
        next_start: None,
        items: vec![item],
        diagnostics: Vec::new(),
    };
    let items = json!([{"sequence": 1, "role": "user", "content": "x", "event_id": 2}]);
    let expected = json!({
        "state": "rejected", "runtime_id": "r", "worker_id": "w", "start": 0, "limit": 9,
        "total_items": 1, "items": items, "diagnostics": [],
    });
    same(&page, expected);
    let point = WorkerProxyConnectPoint {
        kind: "stream_proxy".to_owned(),
        status: "not_implemented".to_owned(),
        diagnostics: Vec::new(),
    };
    same(&point, json!({"kind": "stream_proxy", "status": "not_implemented", "diagnostics": []}));
}
