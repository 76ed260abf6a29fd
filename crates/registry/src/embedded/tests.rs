//! The embedded runtime as the registry sees it.

use super::*;
use crate::runtime::Step;
use protocol::registry::{
    EVENTS_BACKLOG, TicketWorkerRole, WorkerEventKind, WorkerInputKind, WorkerSpawnIntent,
    WorkerStopMode,
};
use serde_json::{Value, json};

fn ticket(role: TicketWorkerRole, name: Option<&str>, segments: u32) -> WorkerSpawnRequest {
    WorkerSpawnRequest {
        intent: WorkerSpawnIntent::TicketRole { ticket_id: "T-7".to_owned(), role },
        requested_worker_name: name.map(str::to_owned),
        acceptance: WorkerSpawnAcceptanceRequirement::RunAccepted { expected_segments: segments },
    }
}

async fn spawned(runtime: &EmbeddedRuntime) -> String {
    let result = runtime.spawn(ticket(TicketWorkerRole::Coder, None, 0)).await;
    assert_eq!(result.state, WorkerOperationState::Accepted, "{result:?}");
    result.worker.unwrap().worker_id
}

async fn said(runtime: &EmbeddedRuntime, worker: &str, content: &str) -> WorkerInputResult {
    let content = content.to_owned();
    runtime.input(worker, WorkerInputRequest { kind: WorkerInputKind::User, content }).await
}

fn codes(diagnostics: &[RuntimeDiagnostic]) -> Vec<&str> {
    diagnostics.iter().map(|it| &*it.code).collect()
}

/// A store whose disk is gone.
struct Broken(EmbeddedError, watch::Sender<u64>);

impl Broken {
    fn runtime(error: EmbeddedError) -> EmbeddedRuntime {
        let store = Arc::new(Self(error, watch::Sender::new(0)));
        EmbeddedRuntime::with_id(EMBEDDED_RUNTIME_ID.to_owned(), "local:test", store)
    }
}

#[async_trait]
impl Store for Broken {
    async fn runtime(&self) -> Result<RuntimeRecord, EmbeddedError> {
        Err(self.0.clone())
    }
    async fn workers(&self, _: usize) -> Result<Vec<WorkerRecord>, EmbeddedError> {
        Err(self.0.clone())
    }
    async fn worker(&self, _: &str) -> Result<Option<WorkerRecord>, EmbeddedError> {
        Err(self.0.clone())
    }
    async fn apply(&self, _: Command) -> Result<Applied, EmbeddedError> {
        Err(self.0.clone())
    }
    async fn transcript(
        &self,
        _: &str,
        _: usize,
        _: usize,
    ) -> Result<TranscriptPage, EmbeddedError> {
        Err(self.0.clone())
    }
    async fn events(&self, _: &str, _: u64, _: usize) -> Result<EventPage, EmbeddedError> {
        Err(self.0.clone())
    }
    fn changes(&self) -> watch::Receiver<u64> {
        self.1.subscribe()
    }
}

// covers: S4.2, S4.4, S4.31, S4.117, S4.119, S4.121, S4.122, S4.161
#[tokio::test]
async fn it_shows_itself_its_host_and_what_it_can_do() {
    let runtime = EmbeddedRuntime::new_memory("local:test");
    let summary = runtime.summary(7).await;
    assert_eq!(summary.runtime_id, "embedded-worker-runtime");
    assert_eq!(summary.label, "Workspace backend embedded Runtime");
    assert_eq!((&*summary.kind, &*summary.status), ("embedded_worker_runtime", "running"));
    assert_eq!(summary.host_ids, ["embedded-local-test-a2fa388634a6e2ed"]);
    assert!(summary.diagnostics.is_empty());
    let source = serde_json::to_value(&summary.source).unwrap();
    assert_eq!(
        (&source["kind"], &source["status"]),
        (&json!("embedded_worker_runtime"), &json!("active"))
    );
    // Stopping and streaming work beyond what the row has, so they are told (decision 016).
    let expected = json!({
        "can_list_hosts": true, "can_list_workers": true, "can_get_worker": true,
        "can_spawn_worker": true, "can_stop_worker": true, "can_accept_input": true,
        "can_stream_events": true, "can_read_bounded_transcript": true,
        "has_workspace_fs": false, "has_shell": false, "has_git": false,
        "supports_worktrees": false, "supports_backend_internal_tools": true,
        "local_pod_inspection": "not_applicable", "workspace_scope": "backend_internal",
        "os": std::env::consts::OS, "arch": std::env::consts::ARCH, "max_workers": 7,
    });
    assert_eq!(serde_json::to_value(&summary.capabilities).unwrap(), expected);
    assert!(runtime.summary(0).await.host_ids.is_empty());

    let hosts = runtime.hosts(7).await.items;
    let [host] = &hosts[..] else { panic!("{hosts:?}") };
    assert_eq!(host.host_id, summary.host_ids[0]);
    assert_eq!(host.label, "Workspace backend embedded Runtime");
    assert_eq!((&*host.kind, &*host.status), ("embedded-worker-runtime-host", "available"));
    assert!(host.observed_at.ends_with('Z') && host.last_seen_at.is_none());
    assert_eq!(codes(&host.diagnostics), ["embedded_runtime_host_boundary"]);
    assert!(runtime.hosts(0).await.items.is_empty());
}

// covers: S4.118, S4.119
#[tokio::test]
async fn one_that_is_there_already_keeps_its_own_id() {
    for (own, expected) in [
        ("runtime-mem-00000000000000ff", "runtime-mem-00000000000000ff"),
        ("a b", EMBEDDED_RUNTIME_ID),
    ] {
        let store = Arc::new(MemoryStore::new(own, None, 5));
        let runtime = EmbeddedRuntime::from_runtime("w", store).await;
        assert_eq!(runtime.id(), expected);
        assert_eq!(runtime.summary(1).await.label, "Embedded backend Runtime");
    }
}

// covers: S4.41, S4.42, S4.63, S4.120, S4.121, S4.123, S4.125, S4.131, S4.137, S4.139
#[tokio::test]
async fn one_whose_store_is_gone_says_so_and_nothing_of_the_store() {
    let runtime = Broken::runtime(EmbeddedError::StoreIo("/var/lib/secret.db is gone".to_owned()));
    let summary = runtime.summary(7).await;
    assert_eq!((&*summary.status, &*summary.label), ("unavailable", "Embedded backend Runtime"));
    assert!(summary.host_ids.is_empty());
    let can = serde_json::to_value(&summary.capabilities).unwrap();
    for no in [
        "can_list_workers",
        "can_get_worker",
        "can_spawn_worker",
        "can_accept_input",
        "can_read_bounded_transcript",
    ] {
        assert_eq!(can[no], false, "{no}");
    }
    assert_eq!(can["can_list_hosts"], true);
    assert_eq!(runtime.hosts(1).await.items.len(), 1);
    let list = runtime.workers(7).await;
    assert!(list.items.is_empty());
    let found = runtime.worker("worker-1").await;
    assert!(found.worker.is_none());
    let made = runtime.spawn(ticket(TicketWorkerRole::Coder, Some("name"), 1)).await;
    assert_eq!((made.state, &made.worker), (WorkerOperationState::Rejected, &None));
    assert!(made.acceptance_evidence.is_empty());
    assert_eq!(
        codes(&made.diagnostics),
        [
            "embedded_worker_name_ignored",
            "embedded_runtime_tools_less",
            "embedded_runtime_store_error"
        ]
    );
    let input = said(&runtime, "worker-1", "x").await;
    assert_eq!((input.state, input.event_id), (WorkerOperationState::Rejected, None));
    let page = runtime.transcript("worker-1", 3, 9).await;
    assert_eq!((page.state, page.start, page.limit), (WorkerOperationState::Rejected, 3, 9));
    for told in [
        &summary.diagnostics,
        &list.diagnostics,
        &found.diagnostics,
        &input.diagnostics,
        &page.diagnostics,
    ] {
        assert_eq!(codes(told), ["embedded_runtime_store_error"]);
        assert!(!told[0].message.contains("secret"));
    }
    let poisoned = Broken::runtime(EmbeddedError::StatePoisoned).summary(1).await;
    assert_eq!(codes(&poisoned.diagnostics), ["embedded_runtime_state_unavailable"]);
}

// covers: S4.30, S4.123, S4.124, S4.129, S4.162
#[tokio::test]
async fn a_worker_looks_the_same_in_the_list_and_alone() {
    let runtime = EmbeddedRuntime::new_memory("local:test");
    let id = spawned(&runtime).await;
    let worker = runtime.worker(&id).await.worker.unwrap();
    assert_eq!(runtime.workers(9).await.items, [worker.clone()]);
    let shown = serde_json::to_value(&worker).unwrap();
    let expected = json!({
        "runtime_id": "embedded-worker-runtime", "worker_id": "worker-00000001",
        "host_id": "embedded-local-test-a2fa388634a6e2ed", "label": "worker-00000001",
        "role": "coder", "profile": "builtin:coder",
        "workspace": {"visibility": "backend_internal", "identity": "runtime_registry_worker"},
        "state": "running", "status": "running",
        "implementation": {
            "kind": "embedded_worker_runtime",
            "display_hint": "backend-internal worker-runtime Worker",
        },
        // Without tools: no file system, no follow-up; what it can do beyond the row works.
        "capabilities": {
            "can_accept_input": true, "can_stream_events": true, "can_stop": true,
            "can_spawn_followup": false, "can_read_bounded_transcript": true,
        },
        "diagnostics": shown["diagnostics"],
    });
    assert_eq!(shown, expected);
    assert_eq!(codes(&worker.diagnostics), ["embedded_runtime_projection"]);
    spawned(&runtime).await;
    assert_eq!(runtime.workers(1).await.items.len(), 1);
    assert_eq!(runtime.workers(0).await, RuntimeList::default());
    runtime.stop(WorkerStopRequest { worker_id: id.clone(), mode: WorkerStopMode::Graceful }).await;
    let stopped = runtime.worker(&id).await.worker.unwrap();
    assert_eq!((&*stopped.state, &*stopped.status), ("stopped", "stopped"));
    assert!(!stopped.capabilities.can_accept_input && !stopped.capabilities.can_stop);
}

// covers: S4.32, S4.125, S4.137, S4.139
#[tokio::test]
async fn an_id_that_names_nobody_is_told_from_a_worker_that_is_not_there() {
    let runtime = EmbeddedRuntime::new_memory("w");
    for id in ["", "  "] {
        let found = runtime.worker(id).await;
        assert_eq!((found.worker, codes(&found.diagnostics)), (None, vec![REFUSED_ID]));
        assert_eq!(codes(&said(&runtime, id, "x").await.diagnostics), [REFUSED_ID]);
        assert_eq!(codes(&runtime.transcript(id, 0, 1).await.diagnostics), [REFUSED_ID]);
    }
    assert_eq!(runtime.worker("worker-00000009").await, WorkerLookupResult::default());
    let missing = said(&runtime, "worker-00000009", "x").await;
    assert_eq!(codes(&missing.diagnostics), ["embedded_worker_not_found"]);
}

// covers: S4.33, S4.126, S4.170
#[tokio::test]
async fn nothing_waits_for_a_transport_that_is_not_there() {
    let runtime = EmbeddedRuntime::new_memory("w");
    let request = WorkerSpawnRequest {
        acceptance: WorkerSpawnAcceptanceRequirement::SocketReady {},
        ..ticket(TicketWorkerRole::Coder, Some("name"), 0)
    };
    let result = runtime.spawn(request).await;
    assert_eq!((result.state, result.worker), (WorkerOperationState::Rejected, None));
    assert!(result.acceptance_evidence.is_empty());
    assert_eq!(codes(&result.diagnostics), ["embedded_runtime_no_socket"]);
    assert!(runtime.workers(9).await.items.is_empty(), "nothing was made");
}

// covers: S4.34, S4.35, S4.127, S4.128, S4.130
#[tokio::test]
async fn a_name_is_ignored_and_segments_are_not_run() {
    let runtime = EmbeddedRuntime::new_memory("w");
    let result = runtime.spawn(ticket(TicketWorkerRole::Reviewer, Some("Friendly"), 3)).await;
    assert_eq!(result.state, WorkerOperationState::Accepted);
    assert_eq!(
        codes(&result.diagnostics),
        ["embedded_worker_name_ignored", "embedded_runtime_tools_less"]
    );
    let evidence: Vec<_> = result.acceptance_evidence.iter().map(|it| &*it.kind).collect();
    assert_eq!(
        evidence,
        ["embedded_runtime_worker_created", "embedded_runtime_backend_internal_projection"]
    );
    let worker = result.worker.unwrap();
    assert_eq!(worker.worker_id, "worker-00000001");
    assert!(!serde_json::to_string(&worker).unwrap().contains("Friendly"));
}

// covers: S4.134, S4.135
#[tokio::test]
async fn roles_and_profiles_are_shown_by_safe_words() {
    let runtime = EmbeddedRuntime::new_memory("w");
    let shown = |intent, profile| {
        let (id, status) = ("worker-00000001".to_owned(), WorkerStatus::Running);
        let worker =
            runtime.project(&WorkerRecord { id, intent, profile, status, created_at_ms: 0 });
        (worker.role.unwrap(), worker.profile.unwrap())
    };
    let text = |it: &str| Some(it.to_owned());
    let named = |it: &str| ProfileSelector::Named(it.to_owned());
    for (intent, profile, role, label) in [
        (
            WorkerIntent::Assistant { purpose: None },
            ProfileSelector::RuntimeDefault,
            "assistant",
            "runtime_default",
        ),
        (WorkerIntent::Assistant { purpose: text("he/lp\n") }, named("a\\b"), "help", "ab"),
        (
            WorkerIntent::Task { objective: "/do\u{7} it".to_owned() },
            ProfileSelector::Builtin("builtin:coder".to_owned()),
            "do it",
            "builtin:coder",
        ),
        (WorkerIntent::Role { role: "co/der".to_owned(), purpose: None }, named("x"), "coder", "x"),
    ] {
        assert_eq!(shown(intent, profile), (role.to_owned(), label.to_owned()));
    }
    let request = WorkerSpawnRequest {
        intent: WorkerSpawnIntent::WorkspaceCompanion {},
        ..ticket(TicketWorkerRole::Coder, None, 0)
    };
    let worker = runtime.spawn(request).await.worker.unwrap();
    assert_eq!(worker.role.as_deref(), Some("workspace_companion"));
    assert_eq!(worker.profile.as_deref(), Some("runtime_default"));
}

// covers: S4.65, S4.136, S4.138, S4.163
#[tokio::test]
async fn what_is_said_is_numbered_and_read_back_page_by_page() {
    let runtime = EmbeddedRuntime::new_memory("w");
    let id = spawned(&runtime).await;
    let first = said(&runtime, &id, "one").await;
    assert_eq!(first.state, WorkerOperationState::Accepted);
    assert_eq!((&*first.runtime_id, &first.worker_id), (EMBEDDED_RUNTIME_ID, &id));
    assert_eq!((first.transcript_sequence, first.event_id), (Some(1), Some(3)));
    let system = WorkerInputRequest { kind: WorkerInputKind::System, content: "two".to_owned() };
    assert_eq!(runtime.input(&id, system).await.transcript_sequence, Some(2));
    said(&runtime, &id, "three").await;

    let page = runtime.transcript(&id, 0, 2).await;
    assert_eq!((page.state, page.start, page.limit), (WorkerOperationState::Accepted, 0, 2));
    assert_eq!((page.total_items, page.next_start), (3, Some(2)));
    let items: Vec<_> =
        page.items.iter().map(|it| (it.sequence, &*it.role, &*it.content)).collect();
    assert_eq!(items, [(1, "user", "one"), (2, "system", "two")]);
    assert_eq!(page.items[0].event_id, 3);
    let rest = runtime.transcript(&id, 2, 2).await;
    assert_eq!((rest.items.len(), rest.next_start), (1, None));
    // Pages of nothing lead nowhere.
    for (start, limit) in [(0, 0), (3, 2), (usize::MAX, 256)] {
        let page = runtime.transcript(&id, start, limit).await;
        assert_eq!((page.items.len(), page.next_start, page.total_items), (0, None, 3));
    }
    assert_eq!(runtime.transcript(&id, 0, 256).await.items.len(), 3);
}

// covers: S4.39, S4.137, S4.139
#[tokio::test]
async fn what_is_refused_changes_nothing() {
    let runtime = EmbeddedRuntime::new_memory("w");
    let (id, other) = (spawned(&runtime).await, spawned(&runtime).await);
    said(&runtime, &id, "kept").await;
    let refused = async |worker: &str, content: &str, code: &str| {
        let result = said(&runtime, worker, content).await;
        assert_eq!(result.state, WorkerOperationState::Rejected);
        assert_eq!((result.transcript_sequence, result.event_id), (None, None));
        assert_eq!(codes(&result.diagnostics), [code]);
    };
    refused(&id, " \n", "embedded_runtime_invalid_request").await;
    runtime.cancel(&other).await;
    refused(&other, "x", "embedded_runtime_stopped").await;
    runtime.stop_runtime().await.unwrap();
    refused(&id, "x", "embedded_runtime_stopped").await;
    let spawn = runtime.spawn(ticket(TicketWorkerRole::Coder, None, 0)).await;
    assert_eq!(codes(&spawn.diagnostics), ["embedded_runtime_stopped"]);
    let summary = runtime.summary(1).await;
    assert_eq!(summary.status, "stopped");
    assert!(!summary.capabilities.can_accept_input && summary.capabilities.can_get_worker);

    let page = runtime.transcript(&id, 5, 257).await;
    assert_eq!((page.state, page.start, page.limit), (WorkerOperationState::Rejected, 5, 257));
    assert_eq!((page.total_items, page.items.len()), (0, 0));
    assert_eq!(codes(&page.diagnostics), ["embedded_runtime_limit_too_large"]);
    assert!(page.diagnostics[0].message.contains("257 were asked for, 256 is the most"));
    assert_eq!(runtime.transcript(&id, 0, 9).await.items.len(), 1, "it stays readable");
}

// covers: S4.160
#[tokio::test]
async fn nothing_of_the_inside_is_in_what_it_shows() {
    let runtime = EmbeddedRuntime::new_memory("/workspace/project");
    let id = spawned(&runtime).await;
    said(&runtime, &id, "hello").await;
    let shown = json!([
        runtime.summary(9).await,
        runtime.hosts(9).await,
        runtime.worker(&id).await,
        runtime.transcript(&id, 0, 9).await,
    ]);
    let shown: String = Value::to_string(&shown);
    for word in [
        "/workspace/project",
        "metadata.json",
        "session",
        "socket",
        "token",
        "credential",
        "provider",
    ] {
        assert!(!shown.contains(word), "{word} in {shown}");
    }
}

#[tokio::test]
async fn a_follower_sees_the_worker_and_then_everything_that_happens_to_it() {
    let runtime = EmbeddedRuntime::new_memory("w");
    let (id, other) = (spawned(&runtime).await, spawned(&runtime).await);
    let mut following = runtime.follow(&id, None).await.ok().unwrap();
    let Step::Snapshot { after, worker } = following.next().await else { panic!() };
    assert_eq!((after, &worker.worker_id), (3, &id));
    said(&runtime, &other, "not for this one").await;
    let waiting = async { following.next().await };
    let (step, _) = tokio::join!(waiting, said(&runtime, &id, "hello"));
    let Step::Event(event) = step else { panic!("{step:?}") };
    assert_eq!((event.event_id, event.kind), (5, WorkerEventKind::WorkerInputAccepted));
    assert_eq!(event.transcript_sequence, Some(1));
    runtime.cancel(&id).await;
    runtime.stop_runtime().await.unwrap();
    let mut kinds = Vec::new();
    for _ in 0..2 {
        let Step::Event(event) = following.next().await else { panic!() };
        kinds.push((event.event_id, event.kind));
    }
    assert_eq!(
        kinds,
        [(6, WorkerEventKind::WorkerCancelled), (7, WorkerEventKind::RuntimeStopped)]
    );
    // Whoever comes back gets what it missed, once.
    let mut back = runtime.follow(&id, Some(5)).await.ok().unwrap();
    assert!(matches!(back.next().await, Step::Snapshot { after: 5, .. }));
    for expected in [6, 7] {
        let Step::Event(event) = back.next().await else { panic!() };
        assert_eq!(event.event_id, expected);
    }
}

#[tokio::test]
async fn a_cursor_that_leads_nowhere_and_a_reader_that_is_too_slow_are_told() {
    let runtime = EmbeddedRuntime::new_memory("w");
    let id = spawned(&runtime).await;
    let over = async |runtime: &EmbeddedRuntime, after| {
        let mut following = runtime.follow(&id, Some(after)).await.ok().unwrap();
        match following.next().await {
            Step::Over(told) => told.code,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(over(&runtime, 99).await, "cursor_unknown");
    let mut slow = runtime.follow(&id, None).await.ok().unwrap();
    assert!(matches!(slow.next().await, Step::Snapshot { .. }));
    for number in 0..=EVENTS_BACKLOG {
        said(&runtime, &id, &number.to_string()).await;
    }
    assert_eq!(over(&runtime, 1).await, "cursor_expired");
    let Step::Over(told) = slow.next().await else { panic!() };
    assert_eq!(told.code, "cursor_overrun");
    let mut missing = runtime.follow("worker-0000ffff", None).await.ok().unwrap();
    let Step::Over(told) = missing.next().await else { panic!() };
    assert_eq!(told.code, "embedded_worker_not_found");
}
