//! The registry over runtimes of a test, and over the real ones.

use super::*;
use crate::runtime::worker_spawn_intent_label;
use crate::{EMBEDDED_RUNTIME_ID, LOCAL_RUNTIME_ID, placeholder_worker};
use async_trait::async_trait;
use protocol::registry::{
    RuntimeSourceSummary, TicketWorkerRole, WorkerInputKind, WorkerOperationState,
    WorkerSpawnAcceptanceRequirement, WorkerSpawnIntent,
};
use serde_json::Value;
use std::sync::Mutex;

/// A runtime that knows its workers by heart, and nothing else of the contract.
struct Fixture {
    id: &'static str,
    hosts: Vec<&'static str>,
    /// Worker and host.
    workers: Vec<(String, &'static str)>,
    diagnostics: usize,
    /// What was asked of it, with its limit.
    asked: Mutex<Vec<(&'static str, usize)>>,
}

impl Fixture {
    fn new(id: &'static str, hosts: &[&'static str], workers: &[(&str, &'static str)]) -> Self {
        Self {
            id,
            hosts: hosts.to_vec(),
            workers: workers.iter().map(|(id, host)| ((*id).to_owned(), *host)).collect(),
            diagnostics: 0,
            asked: Mutex::default(),
        }
    }

    fn asked(&self) -> Vec<(&'static str, usize)> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    fn worker_summary(&self, (id, host): &(String, &str)) -> WorkerSummary {
        WorkerSummary {
            runtime_id: self.id.to_owned(),
            worker_id: id.clone(),
            label: format!("{id} of {}", self.id),
            ..placeholder_worker(host)
        }
    }

    fn told(&self) -> Vec<RuntimeDiagnostic> {
        let told = |it| RuntimeDiagnostic::info("fixture", format!("{} {it}", self.id));
        (0..self.diagnostics).map(told).collect()
    }
}

#[async_trait]
impl Runtime for Fixture {
    fn id(&self) -> &str {
        self.id
    }

    async fn summary(&self, limit: usize) -> RuntimeSummary {
        self.asked.lock().unwrap().push(("summary", limit));
        let local = LocalRuntime::new("w", "/w", None).summary(limit).await;
        RuntimeSummary {
            runtime_id: self.id.to_owned(),
            source: RuntimeSourceSummary::local_compatibility(),
            diagnostics: self.told(),
            ..local
        }
    }

    async fn hosts(&self, limit: usize) -> RuntimeList<HostSummary> {
        self.asked.lock().unwrap().push(("hosts", limit));
        let local = LocalRuntime::new("w", "/w", None).hosts(1).await.items.remove(0);
        let host = |it: &&str| HostSummary {
            runtime_id: self.id.to_owned(),
            host_id: (*it).to_owned(),
            ..local.clone()
        };
        RuntimeList {
            items: self.hosts.iter().take(limit).map(host).collect(),
            diagnostics: self.told(),
        }
    }

    async fn workers(&self, limit: usize) -> RuntimeList<WorkerSummary> {
        self.asked.lock().unwrap().push(("workers", limit));
        let workers = self.workers.iter().take(limit).map(|it| self.worker_summary(it));
        RuntimeList { items: workers.collect(), diagnostics: self.told() }
    }

    async fn worker(&self, worker_id: &str) -> WorkerLookupResult {
        let found = self.workers.iter().find(|it| it.0 == worker_id);
        WorkerLookupResult {
            worker: found.map(|it| self.worker_summary(it)),
            diagnostics: self.told(),
        }
    }
}

fn registry(fixtures: impl IntoIterator<Item = Fixture>) -> (RuntimeRegistry, Vec<Arc<Fixture>>) {
    let fixtures: Vec<_> = fixtures.into_iter().map(Arc::new).collect();
    let runtimes = fixtures.iter().map(|it| Arc::<Fixture>::clone(it) as Arc<dyn Runtime>);
    (RuntimeRegistry::new(runtimes).unwrap(), fixtures)
}

fn coder() -> WorkerSpawnRequest {
    WorkerSpawnRequest {
        intent: WorkerSpawnIntent::TicketRole {
            ticket_id: "7".to_owned(),
            role: TicketWorkerRole::Coder,
        },
        requested_worker_name: Some("Friendly Coder".to_owned()),
        acceptance: WorkerSpawnAcceptanceRequirement::RunAccepted { expected_segments: 0 },
    }
}

fn says(content: &str) -> WorkerInputRequest {
    WorkerInputRequest { kind: WorkerInputKind::User, content: content.to_owned() }
}

// covers: S4.98, S4.112, S4.158
#[tokio::test]
async fn a_worker_is_looked_for_in_the_runtime_that_is_named() {
    let (registry, _) = registry([
        Fixture::new("one", &["host-1"], &[("shared-worker", "host-1")]),
        Fixture::new("two", &["host-2"], &[("shared-worker", "host-2")]),
    ]);
    for (runtime, host) in [("one", "host-1"), ("two", "host-2")] {
        let worker = registry.worker(runtime, "shared-worker").await.unwrap().worker.unwrap();
        assert_eq!((&*worker.runtime_id, &*worker.host_id), (runtime, host));
        assert_eq!(worker.label, format!("shared-worker of {runtime}"));
    }
}

// covers: S4.95, S4.96, S4.97, S4.111, S4.159
#[tokio::test]
async fn what_is_missing_is_named() {
    let (registry, _) = registry([Fixture { diagnostics: 1, ..Fixture::new("one", &[], &[]) }]);
    let wire = |error: RegistryError| {
        let error = WireError::from(error);
        (error.code, error.code.status(), error.details.unwrap())
    };
    let error = registry.worker("two", "w").await.unwrap_err();
    assert_eq!(error, RegistryError::UnknownRuntime("two".to_owned()));
    assert_eq!(wire(error), (ErrorCode::UnknownRuntime, 404, json!({"runtime_id": "two"})));

    let error = registry.worker("one", "w").await.unwrap_err();
    let told = json!([{"code": "fixture", "severity": "info", "message": "one 0"}]);
    assert_eq!(
        wire(error),
        (
            ErrorCode::UnknownWorker,
            404,
            json!({"runtime_id": "one", "worker_id": "w", "diagnostics": told})
        )
    );

    let error = registry.list_workers_for_host("h", 1).await.unwrap_err();
    assert_eq!(wire(error), (ErrorCode::UnknownHost, 404, json!({"host_id": "h"})));

    for (runtime, worker, kind) in [("../a", "w", "runtime"), ("one", "a b", "worker")] {
        let error = registry.worker(runtime, worker).await.unwrap_err();
        let value = if kind == "runtime" { runtime } else { worker };
        let details = json!({"kind": kind, "value": value});
        assert_eq!(wire(error), (ErrorCode::InvalidIdentifier, 400, details));
    }
    let failed = RegistryError::RuntimeOperationFailed {
        runtime_id: "r".to_owned(),
        code: "remote_runtime_timeout".to_owned(),
        message: "late".to_owned(),
    };
    assert_eq!(wire(failed).1, 502);
}

// covers: S4.25, S4.26, S4.27, S4.28, S4.29, S4.99, S4.100, S4.101, S4.102, S4.103
#[tokio::test]
async fn a_runtime_that_offers_nothing_says_so_for_each_question() {
    let (registry, _) = registry([Fixture::new("one", &["h"], &[("w", "h")])]);
    let unsupported = WorkerOperationState::Unsupported;
    let info = |told: &[RuntimeDiagnostic], code: &str| {
        let severity = protocol::registry::DiagnosticSeverity::Info;
        assert_eq!((told.len(), &*told[0].code, told[0].severity), (1, code, severity));
    };

    let spawned = registry.spawn_worker("one", coder()).await.unwrap();
    assert_eq!((spawned.state, &spawned.worker), (unsupported, &None));
    assert!(spawned.acceptance_evidence.is_empty());
    info(&spawned.diagnostics, "worker_spawn_resolver_pending");
    assert!(spawned.diagnostics[0].message.contains("ticket_coder"));

    let stopped = registry.stop_worker("one", "w", WorkerStopBody::default()).await.unwrap();
    assert_eq!(stopped.state, unsupported);
    info(&stopped.diagnostics, "worker_stop_pending");
    assert_eq!(registry.cancel_worker("one", "w").await.unwrap(), stopped);

    let said = registry.send_input("one", "w", says("hello")).await.unwrap();
    assert_eq!((said.state, &*said.runtime_id, &*said.worker_id), (unsupported, "one", "w"));
    assert_eq!((said.transcript_sequence, said.event_id), (None, None));
    info(&said.diagnostics, "worker_input_pending");

    let page = registry.transcript("one", "w", 7, 9).await.unwrap();
    assert_eq!((page.state, page.start, page.limit, page.total_items), (unsupported, 7, 9, 0));
    assert!(page.items.is_empty() && page.next_start.is_none());
    info(&page.diagnostics, "worker_transcript_pending");

    let points = registry.connect_points("one", "w").await.unwrap();
    assert_eq!((points.len(), &*points[0].kind), (1, "stream_proxy"));
    assert_eq!(points[0].status, "not_implemented");
    info(&points[0].diagnostics, "worker_proxy_pending");

    let error = registry.follow("one", "w", None).await.err().unwrap();
    assert_eq!(WireError::from(error).code.status(), 501);
}

// covers: S4.104
#[test]
fn every_intent_has_a_word() {
    let ticket = |role| WorkerSpawnIntent::TicketRole { ticket_id: "7".to_owned(), role };
    for (intent, word) in [
        (WorkerSpawnIntent::WorkspaceCompanion {}, "workspace_companion"),
        (WorkerSpawnIntent::WorkspaceOrchestrator {}, "workspace_orchestrator"),
        (ticket(TicketWorkerRole::Intake), "ticket_intake"),
        (ticket(TicketWorkerRole::Orchestrator), "ticket_orchestrator"),
        (ticket(TicketWorkerRole::Coder), "ticket_coder"),
        (ticket(TicketWorkerRole::Reviewer), "ticket_reviewer"),
    ] {
        assert_eq!(worker_spawn_intent_label(&intent), word);
    }
}

// covers: S4.105
#[tokio::test]
async fn a_registry_is_made_in_three_ways_and_takes_each_id_once() {
    let ids = async |registry: &RuntimeRegistry| -> Vec<String> {
        registry.list_runtimes(9).await.items.into_iter().map(|it| it.runtime_id).collect()
    };
    let local = RuntimeRegistry::for_local_pods("w", "/w", None).unwrap();
    assert_eq!(ids(&local).await, [LOCAL_RUNTIME_ID]);
    let embedded = EmbeddedRuntime::new_memory("w");
    let both = RuntimeRegistry::for_workspace("w", "/w", None, embedded.clone()).unwrap();
    assert_eq!(ids(&both).await, [LOCAL_RUNTIME_ID, EMBEDDED_RUNTIME_ID]);
    both.register(Arc::new(Fixture::new("one", &[], &[]))).unwrap();
    assert_eq!(ids(&both).await, [LOCAL_RUNTIME_ID, EMBEDDED_RUNTIME_ID, "one"]);

    let again = both.register(Arc::new(Fixture::new("one", &["h"], &[]))).unwrap_err();
    assert_eq!(again, RegistryError::DuplicateRuntime("one".to_owned()));
    assert!(both.register(Arc::new(embedded)).is_err());
    let fixture = |id| Arc::new(Fixture::new(id, &[], &[])) as Arc<dyn Runtime>;
    assert!(RuntimeRegistry::new([fixture("one"), fixture("one")]).is_err());
    assert!(both.register(fixture("a b")).is_err(), "no id");
    assert_eq!(ids(&both).await.len(), 3);
    assert!(both.unregister("one") && !both.unregister("one"));
}

// covers: S4.5, S4.52, S4.106
#[tokio::test]
async fn runtimes_are_listed_in_order_with_the_limit_and_the_first_diagnostics() {
    let loud = |id| Fixture { diagnostics: 10, ..Fixture::new(id, &["h"], &[]) };
    let (registry, fixtures) = registry([loud("b"), loud("a"), loud("c")]);
    let list = registry.list_runtimes(2).await;
    let ids: Vec<_> = list.items.iter().map(|it| &*it.runtime_id).collect();
    assert_eq!(ids, ["b", "a"]);
    assert_eq!(list.diagnostics.len(), 16);
    assert_eq!(list.diagnostics[0].message, "b 0");
    assert_eq!(list.diagnostics[15].message, "a 5");
    assert_eq!(list.items[1].diagnostics.len(), 10, "a runtime's own are its own");
    assert_eq!(fixtures[0].asked(), [("summary", 2)]);
    assert_eq!((fixtures[1].asked(), fixtures[2].asked()), (vec![("summary", 2)], vec![]));
    assert_eq!(registry.list_hosts(9).await.diagnostics.len(), 16);
    assert_eq!(registry.list_workers(9).await.diagnostics.len(), 16);
    let of_host = registry.list_workers_for_host("h", 9).await.unwrap();
    assert_eq!(of_host.diagnostics.len(), 16);
    assert!(registry.list_runtimes(0).await.items.is_empty());
}

// covers: S4.107, S4.108
#[tokio::test]
async fn each_runtime_is_asked_for_what_is_left() {
    let (registry, fixtures) = registry([
        Fixture::new("a", &["h1", "h2"], &[("w1", "h1"), ("w2", "h2")]),
        Fixture::new("b", &["h3", "h4"], &[("w3", "h3"), ("w4", "h4")]),
        Fixture::new("c", &["h5"], &[("w5", "h5")]),
    ]);
    let hosts = registry.list_hosts(3).await.items;
    let ids: Vec<_> = hosts.iter().map(|it| &*it.host_id).collect();
    assert_eq!(ids, ["h1", "h2", "h3"]);
    let asked: Vec<_> = fixtures.iter().map(|it| it.asked()).collect();
    assert_eq!(asked, [vec![("hosts", 3)], vec![("hosts", 1)], vec![]]);
    let workers = registry.list_workers(4).await.items;
    let ids: Vec<_> = workers.iter().map(|it| &*it.worker_id).collect();
    assert_eq!(ids, ["w1", "w2", "w3", "w4"]);
    let asked: Vec<_> = fixtures.iter().map(|it| it.asked()).collect();
    assert_eq!(asked, [vec![("workers", 4)], vec![("workers", 2)], vec![]]);
    assert!(registry.list_workers(0).await.items.is_empty());
    assert!(registry.list_hosts(0).await.items.is_empty());
}

// covers: S4.6, S4.109, S4.110
#[tokio::test]
async fn the_workers_of_a_host_are_found_behind_those_of_a_busy_one() {
    let mut busy = Fixture::new("a", &["busy", "calm"], &[]);
    busy.workers = (0..300).map(|it| (format!("w{it}"), "busy")).collect();
    busy.workers.push(("last".to_owned(), "calm"));
    let (registry, fixtures) = registry([
        busy,
        Fixture::new("b", &["other", "idle"], &[("x", "other")]),
        Fixture::new("c", &["calm"], &[("y", "calm"), ("z", "calm")]),
    ]);
    let found = registry.list_workers_for_host("calm", 2).await.unwrap().items;
    let ids: Vec<_> = found.iter().map(|it| (&*it.runtime_id, &*it.worker_id)).collect();
    assert_eq!(ids, [("a", "last"), ("c", "y")]);
    assert_eq!(fixtures[0].asked(), [("hosts", 256), ("workers", WORKER_SCAN_MAX)]);
    assert_eq!(fixtures[1].asked(), [("hosts", 256)], "it does not own the host");
    assert_eq!(registry.list_workers_for_host("busy", 20).await.unwrap().items.len(), 20);
    assert_eq!(registry.list_workers_for_host("idle", 20).await.unwrap().items, []);
    assert_eq!(registry.list_workers_for_host("calm", 0).await.unwrap().items, []);
    fixtures.iter().for_each(|it| drop(it.asked()));
    let refused = registry.list_workers_for_host("../secret", 2).await.unwrap_err();
    assert!(matches!(refused, RegistryError::InvalidIdentifier(_)));
    assert!(fixtures.iter().all(|it| it.asked().is_empty()), "nobody is asked about no id");
}

// covers: S4.6
#[tokio::test]
async fn no_more_than_256_hosts_of_a_runtime_are_looked_at() {
    let names: Vec<&'static str> =
        (0..300).map(|it| &*Box::leak(format!("h{it}").into_boxed_str())).collect();
    let (registry, _) = registry([Fixture::new("a", &names, &[])]);
    assert!(registry.list_workers_for_host("h255", 1).await.is_ok());
    assert!(registry.list_workers_for_host("h256", 1).await.is_err());
}

// covers: S4.113, S4.114, S4.115, S4.116, S4.164, S4.173
#[tokio::test]
async fn what_is_asked_of_a_worker_goes_to_its_runtime_and_to_no_other() {
    let embedded = EmbeddedRuntime::new_memory("w");
    let registry = RuntimeRegistry::for_workspace("w", "/w", None, embedded).unwrap();
    let unknown = RegistryError::UnknownRuntime("none".to_owned());
    assert_eq!(registry.spawn_worker("none", coder()).await.unwrap_err(), unknown);
    assert!(registry.spawn_worker("no/ne", coder()).await.is_err());
    let spawned = registry.spawn_worker(EMBEDDED_RUNTIME_ID, coder()).await.unwrap();
    let id = spawned.worker.unwrap().worker_id;

    let elsewhere = registry.send_input(LOCAL_RUNTIME_ID, &id, says("hello")).await.unwrap_err();
    let RegistryError::UnknownWorker { runtime_id, worker_id, .. } = elsewhere else {
        panic!("{elsewhere}")
    };
    assert_eq!((&*runtime_id, &worker_id), (LOCAL_RUNTIME_ID, &id));
    for runtime in ["no/ne", "none", LOCAL_RUNTIME_ID] {
        assert!(registry.transcript(runtime, &id, 0, 9).await.is_err());
        assert!(registry.stop_worker(runtime, &id, WorkerStopBody::default()).await.is_err());
        assert!(registry.cancel_worker(runtime, &id).await.is_err());
        assert!(registry.connect_points(runtime, &id).await.is_err());
        assert!(registry.follow(runtime, &id, None).await.is_err());
    }
    assert!(registry.send_input(EMBEDDED_RUNTIME_ID, "a b", says("x")).await.is_err());
    let missing = registry.send_input(EMBEDDED_RUNTIME_ID, "worker-0000ffff", says("x")).await;
    assert!(matches!(missing, Err(RegistryError::UnknownWorker { .. })));

    assert_eq!(
        registry.send_input(EMBEDDED_RUNTIME_ID, &id, says("hello")).await.unwrap().state,
        WorkerOperationState::Accepted
    );
    let page = registry.transcript(EMBEDDED_RUNTIME_ID, &id, 0, 9).await.unwrap();
    assert_eq!(page.items[0].content, "hello");
    let points = registry.connect_points(EMBEDDED_RUNTIME_ID, &id).await.unwrap();
    assert_eq!((&*points[0].kind, &*points[0].status), ("event_stream", "available"));
    let stopped = registry.stop_worker(EMBEDDED_RUNTIME_ID, &id, WorkerStopBody::default()).await;
    assert_eq!(stopped.unwrap().state, WorkerOperationState::Accepted);
    let worker = registry.worker(EMBEDDED_RUNTIME_ID, &id).await.unwrap().worker.unwrap();
    assert_eq!(worker.status, "stopped");
}

// covers: S4.21, S4.166, S4.167
#[tokio::test]
async fn one_local_worker_is_the_same_in_every_list() {
    let directory = tempfile::tempdir().unwrap();
    let record = directory.path().join("pods/coder");
    std::fs::create_dir_all(&record).unwrap();
    let metadata = json!({"worker_name": "coder", "workspace_root": "/workspace/project"});
    std::fs::write(record.join("metadata.json"), metadata.to_string()).unwrap();
    let data = Some(directory.path().to_owned());
    let registry =
        RuntimeRegistry::for_local_pods("local:test", "/workspace/project", data).unwrap();

    let runtime = registry.list_runtimes(9).await.items.remove(0);
    let host = registry.list_hosts(9).await.items.remove(0);
    let worker = registry.list_workers(9).await.items.remove(0);
    assert_eq!((&*runtime.runtime_id, &*host.runtime_id), (LOCAL_RUNTIME_ID, LOCAL_RUNTIME_ID));
    assert_eq!(worker.runtime_id, LOCAL_RUNTIME_ID);
    assert_eq!(runtime.host_ids, [host.host_id.clone()]);
    assert_eq!(host.host_id, "local-local-test-a2fa388634a6e2ed");
    assert_eq!(worker.host_id, host.host_id);
    assert_eq!(worker.worker_id, "local-worker-coder-c84a9e3ad144b43d");
    for id in [&runtime.runtime_id, &host.host_id, &worker.worker_id] {
        assert!(validate(IdentifierKind::Worker, id).is_ok());
    }
    assert_eq!(worker.workspace.visibility, "current_workspace");
    assert_eq!(worker.implementation.display_hint, "coder");
    let found = registry.list_workers_for_host(&host.host_id, 9).await.unwrap().items;
    assert_eq!(found, [worker.clone()]);
    let missing = registry.list_workers_for_host("local-missing", 9).await.unwrap_err();
    assert_eq!(missing, RegistryError::UnknownHost("local-missing".to_owned()));
    let secret = registry.list_workers_for_host("../secret", 9).await.unwrap_err();
    assert!(matches!(secret, RegistryError::InvalidIdentifier(_)));

    let shown: Value = json!([runtime, host, worker]);
    let own = directory.path().to_str().unwrap();
    for inside in ["/workspace/project", "metadata.json", own] {
        assert!(!shown.to_string().contains(inside), "{inside} in {shown}");
    }
}
