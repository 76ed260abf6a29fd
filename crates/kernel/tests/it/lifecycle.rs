//! From Run to Stop, and what the next kernel finds.

use crate::world::World;
use http::StatusCode;
use protocol::event::EventKind;
use protocol::state::{DevServerStatus, PreviewStatus, SessionStatus, SetupStatus};
use serde_json::json;
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Forks twice, leaves its session, ignores TERM and HUP, and listens.
const STUBBORN: &str = r"
import os, signal, socket, sys, time
for name in ('SIGTERM', 'SIGHUP', 'SIGINT'):
    signal.signal(getattr(signal, name), signal.SIG_IGN)
if os.fork():
    sys.exit()
os.setsid()
if os.fork():
    sys.exit()
listener = socket.socket()
listener.bind(('127.0.0.1', 0))
listener.listen()
open('port', 'w').write(str(listener.getsockname()[1]))
os.rename('port', 'port.done')
while True:
    time.sleep(1000)
";

// covers: S1.9, S1.33, S1.42, S1.77, S1.4
#[tokio::test]
async fn stop_ends_a_tree_that_ignores_terminate_and_frees_its_port() {
    let world = World::running().await;
    world.write("stubborn.py", STUBBORN);
    let mut client = world.attach("main").await;
    client.run("python3 stubborn.py; while [ ! -e port.done ]; do sleep 0.05; done").await;
    let port: u16 = std::fs::read_to_string(world.path("port.done")).unwrap().parse().unwrap();
    TcpStream::connect(("127.0.0.1", port)).unwrap();
    world.until(|it| it.ports.iter().any(|it| it.port == port)).await;
    let shown = world.until(|it| it.preview.status == PreviewStatus::Running).await;
    assert_eq!(shown.preview.port, Some(port));

    let begun = Instant::now();
    let state = world.post("/api/v1/session/stop", json!({})).await.expect(StatusCode::OK);
    assert!(begun.elapsed() < Duration::from_secs(4), "two seconds, and room for a busy machine");
    assert_eq!(state["status"], "stopped");
    assert_eq!(state["terminals"], json!([]));
    assert_eq!(state["ports"], json!([]));
    assert_eq!(state["preview"]["status"], "stopped");
    assert_eq!(state["preview"]["port"], json!(null));
    assert_eq!(kernel::proc::members(), []);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    assert_eq!(client.closed().await, 4000);
    world.end().await;
}

// covers: S1.48, S1.52, S1.68, S1.69, S1.87
#[tokio::test]
async fn running_twice_is_refused_with_the_state_and_stopping_twice_is_not_running() {
    let world = World::start().await;
    let body = json!({"dev_server": false});
    let state = world.post("/api/v1/session/run", body.clone()).await.expect(StatusCode::OK);
    assert_eq!((&state["status"], &state["generation"]), (&json!("running"), &json!(1)));
    let refused = world.post("/api/v1/session/run", body.clone()).await;
    let refused = refused.refused(StatusCode::CONFLICT, "session_already_running");
    assert_eq!(refused["error"]["details"]["session_id"], state["session_id"]);
    let again = world.post("/api/v1/session/start", body).await.expect(StatusCode::OK);
    assert_eq!(again["session_id"], state["session_id"]);
    world.post("/api/v1/session/stop", json!({})).await.expect(StatusCode::OK);
    let refused = world.post("/api/v1/session/stop", json!({})).await;
    refused.refused(StatusCode::CONFLICT, "session_not_running");
    world.end().await;
}

// covers: S1.58, S1.61, S1.78
#[tokio::test]
async fn running_again_is_a_new_clean_session() {
    let world = World::running().await;
    let mut client = world.attach("main").await;
    client.run("X=old").await;
    let first = world.state();
    let body = json!({"dev_server": false});
    world.post("/api/v1/session/restart", body).await.expect(StatusCode::OK);
    let second = world.state();
    assert_eq!((first.generation + 1, second.status), (second.generation, SessionStatus::Running));
    assert_ne!(first.session_id, second.session_id);
    let told = world.server.app.context.journal.page(0, 1000).events;
    let told: Vec<_> = told.into_iter().map(|it| it.kind).collect();
    let stopped = told.iter().position(|it| *it == EventKind::RuntimeStopped);
    let again = told.iter().position(|it| *it == EventKind::RuntimeStarted { generation: 2 });
    assert!(stopped.is_some() && stopped < again, "{told:?}");
    let mut client = world.attach("main").await;
    assert_eq!(client.run("echo [$X]").await, "[]");
    assert_ne!(world.state().terminals[0].pid, first.terminals[0].pid);
    drop(client);
    world.end().await;
}

// covers: S1.56, S1.58
#[tokio::test]
async fn the_journal_goes_on_over_a_restart_of_the_kernel() {
    let world = World::running().await;
    world.post("/api/v1/session/stop", json!({})).await.expect(StatusCode::OK);
    let revision = world.state().revision;
    let before = world.get("/api/v1/events").await.expect(StatusCode::OK);
    let world = world.restart().await;
    let state = world.state();
    assert_eq!((state.status, state.generation), (SessionStatus::Stopped, 1));
    assert!(revision < state.revision);
    let after = world.get("/api/v1/events").await.expect(StatusCode::OK);
    assert_eq!(before, after);
    let types: Vec<_> = after["events"].as_array().unwrap().iter().map(|it| &it["type"]).collect();
    assert_eq!(types, ["RUNTIME_STARTED", "RUNTIME_STOPPED"]);
    let body = json!({"dev_server": false});
    let state = world.post("/api/v1/session/start", body).await.expect(StatusCode::OK);
    assert_eq!(state["generation"], 2);
    let path = format!("/api/v1/events?from={}", after["next_seq"]);
    let rest = world.get(&path).await.expect(StatusCode::OK);
    assert_eq!(rest["events"][0]["type"], "RUNTIME_STARTED");
    assert_eq!(rest["events"][0]["seq"], after["next_seq"]);
    world.end().await;
}

// covers: S1.57, S1.83
#[tokio::test]
async fn a_kernel_that_vanished_is_told_as_a_crash_with_its_reason() {
    let world = World::running().await;
    let world = world.crash().await;
    let state = world.state();
    assert_eq!(state.status, SessionStatus::Crashed);
    assert!(state.reason.as_deref().is_some_and(|it| it.contains("unexpectedly")));
    let last = world.server.app.context.journal.page(0, 100).events.pop().unwrap();
    assert!(matches!(last.kind, EventKind::RuntimeCrashed { .. }));
    assert_eq!(last.session_id, state.session_id);
    let body = json!({"dev_server": false});
    world.post("/api/v1/session/run", body).await.expect(StatusCode::OK);
    world.end().await;
}

#[tokio::test]
async fn a_new_workspace_is_filled_once_and_then_runs() {
    let world = World::start().await;
    let source = json!({"kind": "template", "id": "static"});
    let answer = world.own("/api/v1/setup", source.clone()).await;
    assert_eq!(answer.expect(StatusCode::ACCEPTED)["setup"]["status"], "running");
    let state = world.until(|it| it.setup.status != SetupStatus::Running).await;
    assert_eq!(state.setup.status, SetupStatus::Done, "{:?}", state.setup.message);
    assert!(world.path("index.html").exists());
    world.own("/api/v1/setup", source).await.refused(StatusCode::CONFLICT, "conflict");
    let world = world.restart().await;
    assert_eq!(world.state().setup.status, SetupStatus::Done);
    world.end().await;
}

#[tokio::test]
async fn a_setup_that_fails_says_why_and_can_be_tried_again() {
    let world = World::start().await;
    let unknown = json!({"kind": "template", "id": "nothing"});
    world.own("/api/v1/setup", unknown).await.expect(StatusCode::ACCEPTED);
    let state = world.until(|it| it.setup.status == SetupStatus::Failed).await;
    assert!(state.setup.message.as_deref().is_some_and(|it| it.contains("nothing")));
    world.own("/api/v1/setup", json!({"kind": "empty"})).await.expect(StatusCode::ACCEPTED);
    world.until(|it| it.setup.status == SetupStatus::Done).await;
    world.end().await;
}

#[tokio::test]
async fn a_clone_is_cancelled_and_leaves_nothing() {
    let world = World::start().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/x.git", listener.local_addr().unwrap());
    let cancel =
        async || world.request(http::Method::DELETE, "/api/v1/setup", "owner", None).await.status;
    assert_eq!(cancel().await, StatusCode::CONFLICT);
    let secret = address.replace("//", "//me:sesame@");
    let source = json!({"kind": "git", "url": secret, "branch": null});
    world.own("/api/v1/setup", source).await.expect(StatusCode::ACCEPTED);
    // A remote that accepts connections and says nothing.
    let _held = tokio::time::timeout(crate::world::DEADLINE, listener.accept()).await.unwrap();
    assert_eq!(cancel().await, StatusCode::NO_CONTENT);
    let state = world.until(|it| it.setup.status == SetupStatus::Failed).await;
    let message = format!("the clone of {address} was cancelled; nothing of it is here");
    assert_eq!(state.setup.message.as_deref(), Some(message.as_str()));
    world.own("/api/v1/setup", json!({"kind": "empty"})).await.expect(StatusCode::ACCEPTED);
    world.until(|it| it.setup.status == SetupStatus::Done).await;
    world.end().await;
}

#[tokio::test]
async fn an_empty_workspace_runs_calmly_and_says_what_would_be_an_app() {
    let world = World::start().await;
    let state = world.post("/api/v1/session/run", json!({})).await.expect(StatusCode::OK);
    assert_eq!(state["status"], "running");
    let state = world.until(|it| it.dev_server.reason.is_some()).await;
    assert_eq!(state.dev_server.status, DevServerStatus::Stopped);
    let reason = state.dev_server.reason.as_deref().unwrap();
    assert!(reason.contains("nothing to run yet") && reason.contains("package.json"), "{reason}");
    let mut client = world.attach("main").await;
    assert_eq!(client.run("echo terminals work").await, "terminals work");
    drop(client);
    world.write("index.html", "hello");
    world.post("/api/v1/dev-server/start", json!({})).await.expect(StatusCode::OK);
    let state = world.until(|it| it.dev_server.status == DevServerStatus::Ready).await;
    assert_eq!(state.dev_server.reason, None);
    world.end().await;
}

async fn as_host(world: &World, report: serde_json::Value) -> crate::world::Answer {
    world.request(http::Method::POST, "/host/disk", "owner", Some(report)).await
}

#[tokio::test]
async fn a_session_that_the_host_ends_for_want_of_room_tells_why() {
    let world = World::running().await;
    let report = json!({"used_bytes": 5000, "stop": null});
    as_host(&world, report).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(world.state().disk.used_bytes, Some(5000));
    assert_eq!(world.state().status, SessionStatus::Running);
    let report = json!({"used_bytes": 6000, "stop": "There is no room."});
    as_host(&world, report).await.expect(StatusCode::NO_CONTENT);
    let state = world.until(|it| it.status == SessionStatus::Crashed).await;
    assert_eq!(state.reason.as_deref(), Some("There is no room."));
    let events = world.server.app.context.journal.page(0, 100).events;
    let told = events.iter().any(|it| {
        matches!(&it.kind, EventKind::Diagnostic { code, message }
            if code == "disk_full" && message == "There is no room.")
    });
    assert!(told, "{events:#?}");
    world.post("/api/v1/session/start", json!({})).await.expect(StatusCode::OK);
    world.end().await;
}
