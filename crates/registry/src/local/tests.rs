//! The local runtime over records of every kind.

use super::*;
use crate::identifier::{IdentifierKind, validate};
use crate::{RegistryError, RuntimeRegistry};
use protocol::registry::{RuntimeSourceKind, RuntimeSourceStatus};
use serde_json::{Value, json};
use std::fs;
use tempfile::TempDir;

const ROOT: &str = "/workspace/project";

/// A data directory with records.
struct Data(TempDir);

impl Data {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("pods")).unwrap();
        Self(directory)
    }

    fn raw(&self, name: &str, text: &str) -> &Self {
        let directory = self.0.path().join("pods").join(name);
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("metadata.json"), text).unwrap();
        self
    }

    fn record(&self, name: &str, more: Value) -> &Self {
        let mut record = json!({"worker_name": name, "workspace_root": ROOT});
        record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.raw(name, &record.to_string())
    }

    fn runtime(&self) -> LocalRuntime {
        LocalRuntime::new("local:test", ROOT, Some(self.0.path().to_owned()))
    }
}

fn codes(diagnostics: &[RuntimeDiagnostic]) -> Vec<(&str, &'static str)> {
    let severity = |it: &RuntimeDiagnostic| match it.severity {
        protocol::registry::DiagnosticSeverity::Info => "info",
        protocol::registry::DiagnosticSeverity::Warning => "warning",
        protocol::registry::DiagnosticSeverity::Error => "error",
    };
    diagnostics.iter().map(|it| (&*it.code, severity(it))).collect()
}

// covers: S4.1, S4.3, S4.43, S4.147, S4.148, S4.149, S4.165
#[tokio::test]
async fn without_a_data_directory_the_host_is_there_and_says_what_is_missing() {
    let runtime = LocalRuntime::new("local:test", ROOT, None);
    let summary = runtime.summary(7).await;
    assert_eq!(summary.runtime_id, "local-worker-runtime");
    assert_eq!((&*summary.label, &*summary.kind), ("Local Worker runtime", "local_pod"));
    assert_eq!(summary.status, "available");
    assert_eq!(summary.source.kind, RuntimeSourceKind::LocalCompatibility);
    assert_eq!(summary.source.status, RuntimeSourceStatus::Active);
    assert_eq!(summary.host_ids, ["local-local-test-a2fa388634a6e2ed"]);
    let missing = [("local_pod_registry_unavailable", "warning")];
    assert_eq!(codes(&summary.diagnostics), missing);
    let expected = json!({
        "can_list_hosts": true, "can_list_workers": false, "can_get_worker": false,
        "can_spawn_worker": false, "can_stop_worker": false, "can_accept_input": false,
        "can_stream_events": false, "can_read_bounded_transcript": false,
        "has_workspace_fs": false, "has_shell": false, "has_git": false,
        "supports_worktrees": false, "supports_backend_internal_tools": false,
        "local_pod_inspection": "unavailable", "workspace_scope": "current_workspace",
        "os": std::env::consts::OS, "arch": std::env::consts::ARCH, "max_workers": 7,
    });
    assert_eq!(serde_json::to_value(&summary.capabilities).unwrap(), expected);

    let hosts = runtime.hosts(7).await;
    let [host] = &hosts.items[..] else { panic!("{hosts:?}") };
    assert_eq!(host.host_id, "local-local-test-a2fa388634a6e2ed");
    assert!(validate(IdentifierKind::Host, &host.host_id).is_ok());
    assert_eq!((&*host.kind, &*host.label), ("local-worker-host", "project"));
    assert_eq!((&*host.status, &host.last_seen_at), ("degraded", &None));
    assert_eq!(codes(&host.diagnostics), missing);
    assert_eq!(codes(&hosts.diagnostics), missing);
    assert_eq!(serde_json::to_value(&host.capabilities).unwrap(), expected);
    assert!(runtime.hosts(0).await.items.is_empty());

    let workers = runtime.workers(7).await;
    assert!(workers.items.is_empty());
    assert_eq!(codes(&workers.diagnostics), missing);
    assert_eq!(codes(&runtime.worker("w").await.diagnostics), missing);
    let shown = json!([summary, host]).to_string();
    assert!(!shown.contains(ROOT) && !shown.contains("metadata.json"), "{shown}");
}

// covers: S4.148, S4.149
#[tokio::test]
async fn with_a_data_directory_it_can_be_looked_into_and_nothing_else() {
    let runtime = Data::new().runtime();
    let summary = runtime.summary(3).await;
    assert!(summary.diagnostics.is_empty());
    let shown = serde_json::to_value(&summary.capabilities).unwrap();
    let able: Vec<_> = shown.as_object().unwrap().iter().filter(|it| it.1 == true).collect();
    let names: Vec<_> = able.iter().map(|it| &**it.0).collect();
    assert_eq!(names, ["can_get_worker", "can_list_hosts", "can_list_workers"]);
    assert_eq!(summary.capabilities.local_pod_inspection, "available");
    assert_eq!(runtime.hosts(3).await.items[0].status, "available");
}

// covers: S4.44
#[tokio::test]
async fn a_directory_that_cannot_be_read_is_told_without_its_path() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().to_owned();
    let runtime = LocalRuntime::new("w", ROOT, Some(data.clone()));
    for diagnostics in [runtime.workers(3).await.diagnostics, runtime.worker("w").await.diagnostics]
    {
        assert_eq!(codes(&diagnostics), [("local_pod_registry_unreadable", "warning")]);
        assert!(!diagnostics[0].message.contains(data.to_str().unwrap()));
    }
}

// covers: S4.45, S4.46, S4.47, S4.48, S4.142, S4.168
#[tokio::test]
async fn a_bad_record_is_left_out_and_hides_no_other() {
    let data = Data::new();
    fs::create_dir(data.0.path().join("pods/a-unreadable")).unwrap();
    data.raw("b-invalid", r#"{"worker_name": "SECRET-WORD", "#)
        .raw("c-rootless", r#"{"worker_name": "x"}"#)
        .record("d-foreign", json!({"workspace_root": "/workspace/other"}))
        .record("e-good", json!({}));
    let list = data.runtime().workers(9).await;
    let labels: Vec<_> = list.items.iter().map(|it| &*it.label).collect();
    assert_eq!(labels, ["e-good"]);
    assert_eq!(
        codes(&list.diagnostics),
        [
            ("local_pod_metadata_unreadable", "warning"),
            ("local_pod_metadata_invalid", "warning"),
            ("local_pod_workspace_root_missing", "warning"),
            ("local_pod_workspace_not_visible", "info"),
        ]
    );
    let told = serde_json::to_string(&list.diagnostics).unwrap();
    for inside in ["SECRET-WORD", "/workspace", "line", data.0.path().to_str().unwrap()] {
        assert!(!told.contains(inside), "{inside} in {told}");
    }
}

// covers: S4.53
#[tokio::test]
async fn after_sixteen_diagnostics_workers_are_still_collected() {
    let data = Data::new();
    for number in 0..30 {
        data.raw(&format!("bad-{number:02}"), "no JSON");
    }
    data.record("good", json!({}));
    let list = data.runtime().workers(9).await;
    assert_eq!((list.items.len(), list.diagnostics.len()), (1, 16));
}

// covers: S4.140, S4.141, S4.150
#[tokio::test]
async fn directories_are_looked_at_in_order_up_to_the_limit() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let data = Data::new();
    data.record("b", json!({})).record("a", json!({})).record("c", json!({}));
    let pods = data.0.path().join("pods");
    fs::write(pods.join("file"), "{}").unwrap();
    fs::create_dir(pods.join(OsStr::from_bytes(b"\xff\xfe"))).unwrap();
    std::os::unix::fs::symlink(pods.join("a"), pods.join("link")).unwrap();
    let labels = async |limit| -> Vec<String> {
        data.runtime().workers(limit).await.items.into_iter().map(|it| it.label).collect()
    };
    assert_eq!(labels(9).await, ["a", "b", "c"]);
    assert_eq!(labels(2).await, ["a", "b"]);
    assert!(labels(0).await.is_empty());
    assert!(data.runtime().workers(9).await.diagnostics.is_empty());
}

// covers: S4.143
#[test]
fn roots_are_compared_by_their_letters() {
    assert!(same_workspace_root("/workspace/project", "/workspace/project///"));
    assert!(same_workspace_root("C:\\work\\a\\", "C:/work/a"));
    assert!(!same_workspace_root("/workspace/project", "/workspace/./project"));
    assert!(!same_workspace_root("/workspace/Project", "/workspace/project"));
}

// covers: S4.49, S4.68, S4.144, S4.145, S4.146
#[tokio::test]
async fn a_worker_is_shown_by_its_record_and_can_do_nothing() {
    let data = Data::new();
    data.record(
        "a.b",
        json!({
            "worker_name": "co/der\u{7}",
            "active": {"session_id": "s", "segment_id": "g"},
            "resolved_manifest_snapshot": {
                "role_claim": {"role": "coder"}, "profile_selector": {"name": "builtin:coder"},
            },
        }),
    )
    .record("b", json!({"active": {"session_id": "s"}}))
    .record("c", json!({"active": null}));
    let workers = data.runtime().workers(9).await.items;
    let shown: Vec<_> = workers.iter().map(|it| (&*it.state, &*it.status)).collect();
    assert_eq!(
        shown,
        [
            ("active", "active:segment"),
            ("active", "active:pending_segment"),
            ("metadata_only", "metadata_only")
        ]
    );
    let first = serde_json::to_value(&workers[0]).unwrap();
    let expected = json!({
        "runtime_id": "local-worker-runtime",
        "worker_id": local_worker("a.b"),
        "host_id": "local-local-test-a2fa388634a6e2ed",
        "label": "coder", "role": "coder", "profile": "builtin:coder",
        "workspace": {"visibility": "current_workspace", "identity": "runtime_workspace"},
        "state": "active", "status": "active:segment",
        "implementation": {"kind": "local_pod", "display_hint": "a.b"},
        "capabilities": {
            "can_accept_input": false, "can_stream_events": false, "can_stop": false,
            "can_spawn_followup": false, "can_read_bounded_transcript": false,
        },
        "diagnostics": first["diagnostics"],
    });
    assert_eq!(first, expected);
    assert_eq!(codes(&workers[0].diagnostics), [("worker_actions_not_implemented", "info")]);
    assert_eq!((&workers[1].role, &workers[1].profile), (&None, &None));
}

// covers: S4.151, S4.169
#[tokio::test]
async fn one_worker_is_found_by_its_id() {
    let data = Data::new();
    data.record("coder", json!({})).raw("broken", "no JSON");
    let runtime = data.runtime();
    let found = runtime.worker(&local_worker("coder")).await;
    let worker = found.worker.unwrap();
    assert_eq!((&*worker.label, &*worker.workspace.identity), ("coder", "runtime_workspace"));
    assert_eq!(worker, runtime.workers(9).await.items[0]);
    assert!(found.diagnostics.is_empty());
    let broken = runtime.worker(&local_worker("broken")).await;
    assert_eq!((broken.worker, codes(&broken.diagnostics).len()), (None, 1));
    assert_eq!(broken.diagnostics[0].code, "local_pod_metadata_invalid");
    let unknown = runtime.worker("local-worker-none").await;
    assert_eq!(unknown, WorkerLookupResult::default());
}

// covers: S4.152
#[tokio::test]
async fn nothing_can_be_asked_of_a_local_worker() {
    let data = Data::new();
    data.record("coder", json!({}));
    let registry = RuntimeRegistry::new([Arc::new(data.runtime()) as Arc<dyn Runtime>]).unwrap();
    let id = local_worker("coder");
    let unsupported = protocol::registry::WorkerOperationState::Unsupported;
    let input = serde_json::from_value(json!({"content": "hello"})).unwrap();
    let said = registry.send_input(LOCAL_RUNTIME_ID, &id, input).await.unwrap();
    assert_eq!(said.state, unsupported);
    let page = registry.transcript(LOCAL_RUNTIME_ID, &id, 0, 9).await.unwrap();
    assert_eq!(page.state, unsupported);
    let stopped = registry.stop_worker(LOCAL_RUNTIME_ID, &id, Default::default()).await.unwrap();
    assert_eq!(stopped.state, unsupported);
    let request = json!({"intent": {"kind": "workspace_companion"},
        "acceptance": {"kind": "run_accepted", "expected_segments": 0}});
    let request = serde_json::from_value(request).unwrap();
    let spawned = registry.spawn_worker(LOCAL_RUNTIME_ID, request).await.unwrap();
    assert_eq!(spawned.state, unsupported);
    let points = registry.connect_points(LOCAL_RUNTIME_ID, &id).await.unwrap();
    assert_eq!(points[0].status, "not_implemented");
    let followed = registry.follow(LOCAL_RUNTIME_ID, &id, None).await;
    assert!(matches!(followed, Err(RegistryError::Unsupported { .. })));
}

// covers: S4.14, S4.171
#[tokio::test]
async fn awkward_names_have_ids_of_their_own_that_lead_back() {
    let data = Data::new();
    let long = "TicketWorkerWithVeryLongName".repeat(8);
    let (first, second) = (format!("{long}-A"), format!("{long}-B"));
    let names = [
        "00001KVWECEQG-Coder.Worker",
        "Ticket#Worker@Reviewer",
        "foo.bar",
        "foo-bar",
        first.as_str(),
        second.as_str(),
    ];
    for name in names {
        data.record(name, json!({}));
    }
    let runtime = Arc::new(data.runtime());
    let shared = Arc::<LocalRuntime>::clone(&runtime);
    let registry = RuntimeRegistry::new([shared as Arc<dyn Runtime>]).unwrap();
    let workers = registry.list_workers(20).await.items;
    let ids: std::collections::BTreeSet<_> = workers.iter().map(|it| &it.worker_id).collect();
    assert_eq!(ids.len(), 6, "all are listed, each under an id of its own");
    assert_ne!(local_worker("foo.bar"), local_worker("foo-bar"));
    assert!(ids.iter().any(|it| it.len() == 120));
    for worker in &workers {
        let id = &worker.worker_id;
        assert!(validate(IdentifierKind::Worker, id).is_ok() && !id.contains(['.', '@', '#']));
        assert_eq!(
            registry.worker(LOCAL_RUNTIME_ID, id).await.unwrap().worker.as_ref(),
            Some(worker)
        );
        assert_eq!(runtime.worker(id).await.worker.as_ref(), Some(worker));
    }
}

#[tokio::test]
async fn a_record_that_is_a_pipe_a_link_or_endless_is_not_read() {
    let data = Data::new();
    let pods = data.0.path().join("pods");
    for name in ["link", "huge"] {
        fs::create_dir(pods.join(name)).unwrap();
    }
    let outside = data.0.path().join("outside.json");
    fs::write(&outside, json!({"worker_name": "x", "workspace_root": ROOT}).to_string()).unwrap();
    std::os::unix::fs::symlink(&outside, pods.join("link/metadata.json")).unwrap();
    fs::write(pods.join("huge/metadata.json"), " ".repeat(300_000)).unwrap();
    let list = data.runtime().workers(9).await;
    assert!(list.items.is_empty());
    assert_eq!(codes(&list.diagnostics), [("local_pod_metadata_unreadable", "warning"); 2]);
}
