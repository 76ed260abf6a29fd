//! Real servers: from the command to the port, and when they break.

use crate::world::World;
use http::StatusCode;
use protocol::event::EventKind;
use protocol::state::{BuildStatus, DevServerStatus, PreviewStatus, SessionStatus};
use protocol::workspace::{RestartPolicy, Settings};
use serde_json::json;
use std::net::TcpStream;

/// A port that nobody uses right now.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

async fn run(command: &str, port: u16, restart: RestartPolicy) -> World {
    let world = World::start().await;
    let command = Some(command.to_owned());
    world.set(Settings { command, port: Some(port), restart, ..Settings::default() });
    world.post("/api/v1/session/run", json!({})).await.expect(StatusCode::OK);
    world
}

fn kinds(world: &World) -> Vec<EventKind> {
    let page = world.server.app.context.journal.page(0, 1000);
    page.events.into_iter().map(|it| it.kind).collect()
}

// covers: S1.8, S1.32, S1.36, S1.38, S1.39, S1.40, S1.41, S1.71, S1.74
#[tokio::test]
async fn a_python_server_is_ready_when_its_port_answers_and_gone_after_stop() {
    let port = free_port();
    let command = "exec python3 -m http.server $PORT";
    let world = run(command, port, RestartPolicy::Never).await;
    let waiting = world.get("/api/v1/preview/ready").await;
    assert_eq!(waiting.status, StatusCode::NO_CONTENT, "{}", waiting.text);
    let state = world.until(|it| it.preview.status == PreviewStatus::Running).await;
    assert_eq!(state.dev_server.status, DevServerStatus::Ready);
    assert_eq!(state.preview.port, Some(port));
    let primary: Vec<u16> = state.ports.iter().filter(|it| it.primary).map(|it| it.port).collect();
    assert_eq!(primary, [port]);
    let told = world.get("/api/v1/state").await.expect(StatusCode::OK);
    let url = format!("http://{}.localhost:7832/", state.workspace_id.body());
    assert_eq!(told["preview"]["url"], url);
    TcpStream::connect(("127.0.0.1", port)).unwrap();
    let log = world.get("/api/v1/dev-server/log").await;
    assert!(log.text.contains("http.server"), "{}", log.text);

    world.post("/api/v1/session/stop", json!({})).await.expect(StatusCode::OK);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    assert_eq!(world.state().dev_server.status, DevServerStatus::Stopped);
    let kinds = kinds(&world);
    assert!(kinds.contains(&EventKind::PreviewReady { port }), "{kinds:?}");
    assert!(kinds.contains(&EventKind::PreviewStopped), "{kinds:?}");
    world.end().await;
}

// covers: S1.42, S1.83
#[tokio::test]
async fn who_stops_the_dev_server_is_answered_without_preview_and_port() {
    let port = free_port();
    let world = run("exec python3 -m http.server $PORT", port, RestartPolicy::Never).await;
    world.until(|it| it.preview.status == PreviewStatus::Running && !it.ports.is_empty()).await;
    let kinds = kinds(&world);
    assert!(!kinds.contains(&EventKind::BuildSucceeded), "nothing was built: {kinds:?}");
    let state = world.post("/api/v1/dev-server/stop", json!({})).await.expect(StatusCode::OK);
    assert_eq!(state["dev_server"]["status"], "stopped");
    assert_eq!(state["preview"]["status"], "stopped");
    assert_eq!(state["ports"], json!([]));
    world.end().await;
}

// covers: S1.83
#[tokio::test]
async fn a_node_server_that_throws_is_failed_with_code_and_last_lines() {
    let command = "echo starting; node -e 'throw new Error(\"broken on purpose\")'";
    let world = run(command, free_port(), RestartPolicy::Never).await;
    let state = world.until(|it| it.dev_server.status == DevServerStatus::Failed).await;
    assert_eq!(state.status, SessionStatus::Running);
    assert_eq!(state.dev_server.exit.and_then(|it| it.code), Some(1));
    assert!(state.dev_server.reason.is_some());
    let lines = state.dev_server.last_lines.join("\n");
    assert!(lines.contains("broken on purpose") && !lines.contains('\x1b'), "{lines}");
    let exited =
        kinds(&world).into_iter().find(|it| matches!(it, EventKind::DevServerExited { .. }));
    assert!(exited.is_some());
    let log = world.get("/api/v1/dev-server/log").await;
    assert!(log.text.contains("broken on purpose"), "the log outlives the process: {}", log.text);
    world.end().await;
}

// covers: S1.34
#[tokio::test]
async fn a_server_killed_behind_the_kernels_back_comes_back_by_itself() {
    let port = free_port();
    let command = "exec python3 -m http.server $PORT";
    let world = run(command, port, RestartPolicy::OnFailure).await;
    let first = world.until(|it| it.dev_server.status == DevServerStatus::Ready).await;
    let pid = first.dev_server.pid.unwrap();
    kernel::proc::signal(pid, "KILL").unwrap();
    let failed = world.until(|it| it.dev_server.status == DevServerStatus::Failed).await;
    assert_eq!(failed.dev_server.exit.and_then(|it| it.signal), Some(9));
    assert!(failed.dev_server.retry_at_ms.is_some());
    let second = world.until(|it| it.dev_server.status == DevServerStatus::Ready).await;
    assert_ne!(second.dev_server.pid, Some(pid));
    assert_eq!(second.dev_server.restarts, 1);

    let stopped = world.post("/api/v1/dev-server/stop", json!({})).await.expect(StatusCode::OK);
    assert_eq!(stopped["dev_server"]["status"], "stopped");
    assert_eq!(stopped["status"], "running");
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    world.post("/api/v1/dev-server/start", json!({})).await.expect(StatusCode::OK);
    world.until(|it| it.dev_server.status == DevServerStatus::Ready).await;
    world.end().await;
}

#[tokio::test]
async fn what_the_command_left_behind_is_ended_with_it() {
    let port = free_port();
    let command = "setsid python3 -m http.server $PORT & while ! python3 -c \
                   \"import socket,os; socket.create_connection(('127.0.0.1',int(os.environ['PORT'])))\" \
                   2>/dev/null; do sleep 0.1; done; exit 7";
    let world = run(command, port, RestartPolicy::Never).await;
    let state = world.until(|it| it.dev_server.status == DevServerStatus::Failed).await;
    assert_eq!(state.dev_server.exit.and_then(|it| it.code), Some(7));
    world.until(|it| it.ports.is_empty()).await;
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    assert_eq!(kernel::proc::members(), []);
    world.end().await;
}

// covers: S1.55, S1.80
#[tokio::test]
async fn a_build_that_fails_is_told_with_file_line_and_message() {
    let world = World::start().await;
    world.write("main.py", "import json\n\nprint(undefined_name)\n");
    let command = Some("python3 main.py".to_owned());
    world.set(Settings { command, restart: RestartPolicy::Never, ..Settings::default() });
    world.post("/api/v1/session/run", json!({})).await.expect(StatusCode::OK);
    let state = world.until(|it| it.dev_server.status == DevServerStatus::Failed).await;
    assert_eq!(state.build.status, BuildStatus::Failed);
    let error = &state.build.errors[0];
    assert_eq!((error.file.as_str(), error.line), ("main.py", 3));
    assert!(error.message.contains("undefined_name"), "{}", error.message);
    let errors = state.build.errors.clone();
    assert!(kinds(&world).contains(&EventKind::BuildFailed { errors }));
    world.end().await;
}

// covers: S1.7
#[tokio::test]
async fn looking_starts_nothing() {
    let world = World::start().await;
    for path in ["state", "events", "terminals", "processes", "settings", "tree"] {
        world.get(&format!("/api/v1/{path}")).await.expect(StatusCode::OK);
    }
    assert_eq!(kernel::proc::members(), []);
    let state = world.state();
    assert_eq!((state.status, state.generation), (SessionStatus::Idle, 0));
    world.end().await;
}

// covers: S1.36, S1.86
#[tokio::test]
async fn a_server_that_ignores_port_is_found_where_it_listens() {
    let world = World::start().await;
    world.write(
        "server.js",
        "require('http').createServer((_, it) => it.end('hello')).listen(0, '127.0.0.1')",
    );
    let command = Some("node server.js".to_owned());
    world.set(Settings { command, ..Settings::default() });
    world.post("/api/v1/session/run", json!({})).await.expect(StatusCode::OK);
    let state = world.until(|it| it.preview.status == PreviewStatus::Running).await;
    let port = state.preview.port.unwrap();
    TcpStream::connect(("127.0.0.1", port)).unwrap();
    let answer = world.get(&format!("/api/v1/preview/ready?port={port}")).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    world.end().await;
}

// covers: S1.53, S1.54
#[tokio::test]
async fn builds_are_told_as_they_begin_and_end() {
    let world = World::start().await;
    world
        .write("build.txt", "Starting compilation in watch mode...\n\nFound 0 errors. Watching.\n");
    let command = Some("cat build.txt; sleep 1000".to_owned());
    world.set(Settings { command, restart: RestartPolicy::Never, ..Settings::default() });
    world.post("/api/v1/session/run", json!({})).await.expect(StatusCode::OK);
    world.until(|it| it.build.status == BuildStatus::Success).await;
    let kinds = kinds(&world);
    let at = |wanted: &EventKind| kinds.iter().position(|it| it == wanted);
    let (begun, ended) = (at(&EventKind::BuildStarted), at(&EventKind::BuildSucceeded));
    assert!(begun.is_some() && begun < ended, "{kinds:?}");
    world.end().await;
}
