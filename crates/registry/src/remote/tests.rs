//! A remote runtime that says whatever a test wants.

use super::*;
use crate::identifier::IdentifierKind;
use crate::identifier::validate;
use crate::{EmbeddedRuntime, RegistryError, RuntimeRegistry};
use serde_json::json;
use std::collections::VecDeque;

/// Answers with what it was given, and remembers what it was asked.
#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Result<Answer, RemoteFailure>>>,
    asked: Mutex<Vec<String>>,
    frames: Mutex<VecDeque<String>>,
}

struct Frames(VecDeque<String>);

#[async_trait]
impl Messages for Frames {
    async fn next(&mut self) -> Result<Option<String>, RemoteFailure> {
        Ok(self.0.pop_front())
    }
}

#[async_trait]
impl Transport for Script {
    async fn ask(&self, question: Question) -> Result<Answer, RemoteFailure> {
        let asked = format!("{} {}", question.method, question.path);
        self.asked.lock().unwrap().push(asked);
        self.answers.lock().unwrap().pop_front().unwrap()
    }

    async fn open(&self, path: String) -> Result<Box<dyn Messages>, RemoteFailure> {
        self.asked.lock().unwrap().push(format!("WS {path}"));
        Ok(Box::new(Frames(std::mem::take(&mut *self.frames.lock().unwrap()))))
    }
}

fn answer(status: u16, body: &Value) -> Result<Answer, RemoteFailure> {
    Ok(Answer { status, body: body.to_string().into_bytes() })
}

fn remote(
    answers: impl IntoIterator<Item = Result<Answer, RemoteFailure>>,
) -> (RemoteRuntime, Arc<Script>) {
    let script = Arc::new(Script::default());
    script.answers.lock().unwrap().extend(answers);
    let transport = Arc::<Script>::clone(&script);
    (RemoteRuntime::new("remote-one", "The other\u{7} one", transport), script)
}

/// A worker as a real runtime shows it.
async fn worker() -> Value {
    let runtime = EmbeddedRuntime::new_memory("elsewhere");
    let request = json!({"intent": {"kind": "workspace_companion"},
        "acceptance": {"kind": "run_accepted", "expected_segments": 0}});
    let request = serde_json::from_value(request).unwrap();
    serde_json::to_value(runtime.spawn(request).await.worker.unwrap()).unwrap()
}

fn code(diagnostics: &[RuntimeDiagnostic]) -> &str {
    assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
    &diagnostics[0].code
}

// covers: S4.172
#[tokio::test]
async fn each_way_to_fail_has_its_code_wherever_it_is_told() {
    let broken = || Ok(Answer { status: 200, body: b"<html>".to_vec() });
    let nothing = json!({});
    for (failing, expected) in [
        (Err(RemoteFailure::Timeout), "remote_runtime_timeout"),
        (Err(RemoteFailure::Network), "remote_runtime_network_error"),
        (Err(RemoteFailure::Client), "remote_runtime_client_error"),
        (answer(401, &nothing), "remote_runtime_auth_failed"),
        (answer(403, &nothing), "remote_runtime_auth_failed"),
        (answer(404, &nothing), "remote_worker_not_found"),
        (answer(405, &nothing), "remote_runtime_unsupported"),
        (answer(501, &nothing), "remote_runtime_unsupported"),
        (answer(500, &nothing), "remote_runtime_http_error"),
        (answer(503, &nothing), "remote_runtime_http_error"),
        (answer(409, &nothing), "remote_runtime_http_rejected"),
        (answer(302, &nothing), "remote_runtime_http_rejected"),
        (broken(), "remote_runtime_malformed_response"),
        (answer(200, &nothing), "remote_runtime_malformed_response"),
    ] {
        let (runtime, _) = remote([failing.clone()]);
        let summary = runtime.summary(9).await;
        assert_eq!((&*summary.status, code(&summary.diagnostics)), ("unavailable", expected));
        assert!(!summary.capabilities.can_spawn_worker && !summary.capabilities.can_list_workers);
        let (runtime, _) = remote([failing.clone()]);
        assert_eq!(code(&runtime.workers(9).await.diagnostics), expected);
        let (runtime, _) = remote([failing.clone()]);
        let request = serde_json::from_value(json!({"content": "x"})).unwrap();
        let said = runtime.input("w", request).await;
        assert_eq!((said.event_id, code(&said.diagnostics)), (None, expected));
        let (runtime, _) = remote([failing.clone()]);
        assert_eq!(code(&runtime.transcript("w", 0, 9).await.diagnostics), expected);
        let (runtime, _) = remote([failing.clone()]);
        assert_eq!(code(&runtime.cancel("w").await.diagnostics), expected);

        let (runtime, _) = remote([failing]);
        let registry = RuntimeRegistry::new([Arc::new(runtime) as Arc<dyn Runtime>]).unwrap();
        match registry.worker("remote-one", "w").await.unwrap_err() {
            RegistryError::RuntimeOperationFailed { runtime_id, code, .. } => {
                assert_eq!((&*runtime_id, &*code), ("remote-one", expected));
            }
            RegistryError::UnknownWorker { diagnostics, .. } => {
                assert_eq!(code(&diagnostics), expected);
            }
            other => panic!("{other}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_is_silent_is_left_alone_for_a_while() {
    let offered = answer(500, &json!({}));
    let (runtime, script) = remote([Err(RemoteFailure::Timeout), offered]);
    for _ in 0..3 {
        assert_eq!(code(&runtime.workers(9).await.diagnostics), "remote_runtime_timeout");
    }
    assert_eq!(script.asked.lock().unwrap().len(), 1);
    tokio::time::advance(QUIET).await;
    assert_eq!(code(&runtime.workers(9).await.diagnostics), "remote_runtime_http_error");
}

// covers: S4.172
#[tokio::test]
async fn a_worker_of_another_installation_is_shown_under_our_ids() {
    let mut told = worker().await;
    told["label"] = json!("/etc/passwd\u{1b}[31m");
    told["diagnostics"] = json!([
        {"code": "fine", "severity": "info", "message": "a\nb"},
        {"code": "not a code", "severity": "info", "message": "x"},
    ]);
    let list = json!({"items": [told, {"worker_id": "../x"}], "diagnostics": []});
    let (runtime, _) = remote([answer(200, &list)]);
    assert_eq!(
        code(&runtime.workers(9).await.diagnostics),
        "remote_runtime_malformed_response",
        "a list with something that is no worker is no list"
    );
    let mut bad = told.clone();
    bad["worker_id"] = json!("../x");
    let list = json!({"items": [told, bad], "diagnostics": []});
    let (runtime, script) = remote([answer(200, &list), answer(200, &told)]);
    let workers = runtime.workers(9).await;
    assert_eq!(code(&workers.diagnostics), "remote_runtime_malformed_response");
    let [worker] = &workers.items[..] else { panic!("{workers:?}") };
    assert_eq!((&*worker.runtime_id, &*worker.label), ("remote-one", "etcpasswd[31m"));
    assert_eq!(worker.host_id, remote_host("remote-one"));
    assert!(worker.host_id.starts_with("remote-"));
    assert!(validate(IdentifierKind::Host, &worker.host_id).is_ok());
    assert_eq!(code(&worker.diagnostics), "fine");
    assert_eq!(worker.diagnostics[0].message, "ab");
    // One that answers for another worker than it was asked for is not believed.
    let found = runtime.worker("worker-0000ffff").await;
    assert_eq!(
        (found.worker, code(&found.diagnostics)),
        (None, "remote_runtime_malformed_response")
    );
    assert_eq!(
        *script.asked.lock().unwrap(),
        ["GET /v1/workers?limit=9", "GET /v1/workers/worker-0000ffff"]
    );
}

#[tokio::test]
async fn a_page_that_is_none_or_never_ends_is_not_passed_on() {
    let page = |change: &dyn Fn(&mut Value)| {
        let item = |sequence| json!({"sequence": sequence, "role": "user", "content": "x", "event_id": sequence});
        let mut page = json!({
            "state": "accepted", "runtime_id": "theirs", "worker_id": "w", "start": 2, "limit": 2,
            "total_items": 9, "next_start": 4, "items": [item(3), item(4)], "diagnostics": [],
        });
        change(&mut page);
        answer(200, &page)
    };
    let read =
        async |change: &dyn Fn(&mut Value)| remote([page(change)]).0.transcript("w", 2, 2).await;
    let good = read(&|_| {}).await;
    assert_eq!((good.items.len(), good.next_start, good.total_items), (2, Some(4), 9));
    assert_eq!((&*good.runtime_id, good.state), ("remote-one", WorkerOperationState::Accepted));
    for next in [json!(2), json!(0), json!(99)] {
        assert_eq!(read(&|it| it["next_start"] = next.clone()).await.next_start, None);
    }
    let bad: [&dyn Fn(&mut Value); 6] = [
        &|it| it["items"][1]["sequence"] = json!(3),
        &|it| it["items"][1]["role"] = json!("root"),
        &|it| it["items"][1]["content"] = json!("x".repeat(20_000)),
        &|it| it["worker_id"] = json!("other"),
        &|it| it["start"] = json!(0),
        &|it| {
            let more = it["items"][0].clone();
            it["items"].as_array_mut().unwrap().insert(0, more);
        },
    ];
    for change in bad {
        let page = read(change).await;
        assert_eq!(code(&page.diagnostics), "remote_runtime_malformed_response");
        assert_eq!((page.items.len(), page.start, page.limit), (0, 2, 2));
    }
}

#[tokio::test]
async fn a_follower_hears_what_is_meant_for_it_and_no_nonsense() {
    let told = worker().await;
    let id = told["worker_id"].as_str().unwrap().to_owned();
    let snapshot = json!({"type": "snapshot", "cursor": "wo_0000000000000002", "worker": told});
    let event = json!({"type": "event", "cursor": "wo_0000000000000003", "event":
        {"event_id": 3, "kind": "worker_stopped", "at": "2026", "worker_id": id}});
    let over = json!({"type": "diagnostic", "diagnostic":
        {"code": "cursor_overrun", "severity": "warning", "message": "x"}});
    let (runtime, script) = remote([]);
    let follow = async |frames: &[&Value], after| {
        let frames = frames.iter().map(|it| it.to_string());
        script.frames.lock().unwrap().extend(frames);
        runtime.follow(&id, after).await.ok().unwrap()
    };
    let mut following = follow(&[&snapshot, &event, &over], Some(2)).await;
    assert!(matches!(following.next().await, Step::Snapshot { after: 2, .. }));
    assert!(matches!(following.next().await, Step::Event(it) if it.event_id == 3));
    assert!(matches!(following.next().await, Step::Over(it) if it.code == "cursor_overrun"));
    assert!(
        matches!(following.next().await, Step::Over(it) if it.code == "remote_runtime_network_error")
    );
    let path = format!("WS /v1/workers/{id}/events/ws?cursor=wo_0000000000000002");
    assert_eq!(script.asked.lock().unwrap().last(), Some(&path));
    let mut foreign = snapshot.clone();
    foreign["worker"]["worker_id"] = json!("other");
    let mut cursor = snapshot.clone();
    cursor["cursor"] = json!("bo_0000000000000002");
    for bad in [json!("no frame"), foreign, cursor] {
        let Step::Over(told) = follow(&[&bad], None).await.next().await else { panic!() };
        assert_eq!(told.code, "remote_runtime_malformed_response");
    }
}
