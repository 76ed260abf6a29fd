//! The manager's contract (S0.14–S0.25, U0.4–U0.7) by a client that knows the rows and nothing else.

use crate::runtime::{Runtime, TOKEN};
use crate::world::{DEADLINE, eventually, is_alive, listeners, signal, stead};
use futures_util::{SinkExt, StreamExt};
use manager::Least;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::fs;
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// The session's id in an answer.
fn id(answer: &Value) -> String {
    answer["provider_session_id"].as_str().unwrap().to_owned()
}

// covers: S0.14, S0.15, S0.16, S0.17, S0.90
#[test]
fn a_session_is_started_found_restarted_and_stopped() {
    let runtime = Runtime::start(&[("RUNTIME_RECONCILE_INTERVAL_SECONDS", "1")]);
    let health =
        json!({"status": "ok", "workers_total": 1, "workers_leased": 0, "active_sessions": 0});
    assert_eq!(runtime.api("GET", "/health", None), (200, health));
    let (status, started) = runtime.start_session("demo");
    assert_eq!(status, 200, "{started}");
    let fields: Vec<&str> = started.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = [
        "provider_session_id",
        "workspace_id",
        "state",
        "preview_internal_url",
        "devserver_running",
        "last_error",
        "updated_at",
    ];
    expected.sort_unstable();
    assert_eq!(fields, expected);
    assert_eq!((&started["workspace_id"], &started["state"]), (&json!("demo"), &json!("running")));
    let session = format!("/sessions/{}", id(&started));

    let kernel = runtime.only_kernel();
    assert_eq!(id(&runtime.start_session("demo").1), id(&started), "twice is once");
    let resume = json!({"workspace_id": "demo", "leased_by_user_id": "bob",
        "provider_session_id": id(&started)});
    let resumed = runtime.api("POST", "/sessions/start", Some(&resume));
    assert_eq!((resumed.0, id(&resumed.1)), (200, id(&started)));
    assert_eq!(runtime.only_kernel(), kernel, "nothing was started twice");
    assert_eq!(runtime.api("GET", &session, None).1["state"], "running");
    let restarted = runtime.api("POST", &format!("{session}/restart"), None);
    assert_eq!((restarted.0, id(&restarted.1)), (200, id(&started)));
    let counts = || {
        let health = runtime.api("GET", "/health", None).1;
        (health["workers_leased"].as_u64(), health["active_sessions"].as_u64())
    };
    assert_eq!(counts(), (Some(1), Some(1)));

    let stopped = runtime.api("POST", &format!("{session}/stop"), None);
    assert_eq!((stopped.0, &stopped.1["state"]), (200, &json!("stopped")));
    assert_eq!(counts(), (Some(0), Some(0)), "what was done is counted at once");
    assert!([200, 404].contains(&runtime.api("POST", &format!("{session}/stop"), None).0));
    eventually("it is dropped", || (runtime.api("GET", &session, None).0 == 404).then_some(()));
    let unknown = "/sessions/mgr-00000000000000000000000000000000";
    assert_eq!(runtime.api("GET", unknown, None).0, 404);
    let again = runtime.api("POST", "/sessions/start", Some(&resume));
    assert_eq!((again.0, id(&again.1)), (200, id(&started)), "a client resumes under its old id");
    assert_eq!(counts(), (Some(1), Some(1)));
    for body in [json!({}), json!({"workspace_id": "../x", "leased_by_user_id": "a"})] {
        assert_eq!(runtime.api("POST", "/sessions/start", Some(&body)).0, 400, "{body}");
    }
}

// covers: S0.22, S0.38, S0.91, S0.94
#[test]
fn files_are_read_written_and_deleted_by_path() {
    let runtime = Runtime::start(&[]);
    let session = id(&runtime.start_session("files").1);
    let at = |path: &str| format!("/sessions/{session}/fs/{path}");
    let content = json!({"content": "one\nä\n"});
    let written = runtime.api("PUT", &at("deep/a%20b.txt"), Some(&content));
    let expected = json!({"path": "deep/a b.txt", "content": "one\nä\n"});
    assert_eq!(written, (200, expected.clone()));
    assert_eq!(runtime.api("GET", &at("deep/a%20b.txt"), None), (200, expected));
    let root = runtime.data().join("_userspace/files");
    assert_eq!(fs::read_to_string(root.join("deep/a b.txt")).unwrap(), "one\nä\n");
    let bearer = format!("Bearer {TOKEN}");
    let bytes = [("Authorization", bearer.as_str()), ("Content-Type", "application/octet-stream")];
    assert_eq!(runtime.send("PUT", &at("raw"), &bytes, "raw bytes").unwrap().0, 201);
    let accept = [("Authorization", bearer.as_str()), ("Accept", "application/octet-stream")];
    assert_eq!(
        runtime.send("GET", &at("raw"), &accept, "").unwrap(),
        (200, "raw bytes".to_owned())
    );
    assert_eq!(
        runtime.api("DELETE", &at("raw"), None),
        (200, json!({"path": "raw", "success": true}))
    );
    assert_eq!(runtime.api("DELETE", &at("raw"), None).0, 404);
    assert_eq!(runtime.api("GET", &at("raw"), None).0, 404);
    for path in ["..%2f..%2fetc%2fpasswd", "../x", "a//b", "%2fetc/passwd", "a%5cb"] {
        let (status, answer) = runtime.api("GET", &at(path), None);
        assert_eq!(status, 400, "{path}: {answer}");
    }
}

// covers: S0.23, S0.65, S0.91
#[tokio::test(flavor = "multi_thread")]
async fn the_terminal_is_opened_by_the_url_that_is_asked_for() {
    let runtime = Runtime::start(&[]);
    let session = id(&runtime.start_session("terminal").1);
    let url = runtime.api("GET", &format!("/sessions/{session}/pty/ws-url"), None).1;
    let url = url["ws_url"].as_str().unwrap().to_owned();
    let (mut socket, _) = tokio_tungstenite::connect_async(&url).await.unwrap();
    let text = |frame: Message| -> Value {
        serde_json::from_str(frame.to_text().unwrap()).unwrap_or(Value::Null)
    };
    let first = text(socket.next().await.unwrap().unwrap());
    assert_eq!((&first["type"], &first["read_only"]), (&json!("status"), &json!(false)));
    let input = json!({"type": "input", "data": "echo $((20000+345))\n"}).to_string();
    socket.send(Message::text(input)).await.unwrap();
    let mut output = String::new();
    while !output.contains("20345") {
        let frame = tokio::time::timeout(DEADLINE, socket.next()).await.unwrap();
        output.push_str(text(frame.unwrap().unwrap())["data"].as_str().unwrap_or_default());
    }
    assert_eq!(refused(&url, None).await, 4401, "the grant is good once");
    let bare = url.split('?').next().unwrap();
    assert_eq!(refused(bare, None).await, 4401, "nor without one");
    assert_eq!(refused(bare, Some("wrong")).await, 4403);
    let unknown = bare.replace(&session, "mgr-00000000000000000000000000000000");
    assert_eq!(refused(&unknown, Some(TOKEN)).await, 4404);
    assert!(!runtime.log().contains("grant="), "no secret is logged");
}

/// The close code of a terminal that is not opened; a `status` frame says why before.
async fn refused(url: &str, token: Option<&str>) -> u16 {
    let mut request = url.into_client_request().unwrap();
    if let Some(token) = token {
        let bearer = format!("Bearer {token}").parse().unwrap();
        request.headers_mut().insert("authorization", bearer);
    }
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let Some(Ok(Message::Text(told))) = socket.next().await else { panic!("a frame of text") };
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&told["type"], &told["read_only"]), (&json!("status"), &json!(true)), "{told}");
    let Some(Ok(Message::Close(Some(end)))) = socket.next().await else { panic!("a close") };
    assert_eq!(told["message"], end.reason.as_str());
    end.code.into()
}

// covers: S0.93
#[test]
fn nobody_without_the_token_is_told_anything() {
    let runtime = Runtime::start(&[]);
    for row in manager::rows() {
        let method = if row.method == "ANY" { "POST" } else { row.method };
        let path =
            row.path.replace("{id}", "mgr-1").replace("{*path}", "a").replace("{*rest}", "a");
        let path = path.replace("{port}", "80");
        let status = |headers: &[(&str, &str)]| runtime.send(method, &path, headers, "").unwrap().0;
        if row.least == Least::Anyone {
            assert_eq!(status(&[]), 200, "{path}");
            continue;
        }
        assert_eq!(status(&[]), 401, "{method} {path}");
        assert_eq!(status(&[("Authorization", "Basic abc")]), 401, "{method} {path}");
        assert_eq!(status(&[("Authorization", "Bearer ")]), 401, "{method} {path}");
        assert_eq!(status(&[("Authorization", "Bearer wrong")]), 403, "{method} {path}");
    }
    assert_eq!(runtime.send("GET", "/nothing", &[], "").unwrap().0, 401);
    assert!(!runtime.log().contains(TOKEN));
}

// covers: S0.24, S0.25, S0.93
#[test]
fn what_is_not_a_mode_and_what_is_no_token_does_not_start() {
    let directory = tempfile::tempdir().unwrap();
    let refused = |environment: &[(&str, &str)]| {
        let mut command = stead();
        command.args(["host", "--listen", "127.0.0.1:0", "--data-dir"]).arg(directory.path());
        let output = command.envs(environment.iter().copied()).output().unwrap();
        assert!(!output.status.success(), "{environment:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let token = ("RUNTIME_MANAGER_AUTH_TOKEN", TOKEN);
    assert!(refused(&[("RUNTIME_SERVICE_MODE", "both"), token]).contains("manager"));
    assert!(refused(&[]).contains("RUNTIME_MANAGER_AUTH_TOKEN"));
    assert!(refused(&[("RUNTIME_MANAGER_AUTH_TOKEN", "changeme")]).contains("examples"));
    let worker = refused(&[("RUNTIME_SERVICE_MODE", "worker"), token]);
    assert!(worker.contains("RUNTIME_WORKER_AUTH_TOKEN"), "{worker}");
}

#[test]
fn a_full_machine_says_so_and_nothing_is_left_of_those_it_refused() {
    let runtime = Runtime::start(&[("RUNTIME_MAX_SESSIONS", "1")]);
    let answers: Vec<(u16, Value)> = std::thread::scope(|scope| {
        let ask = |number: usize| {
            let runtime = &runtime;
            scope.spawn(move || runtime.start_session(&format!("crowd-{number}")))
        };
        let asking: Vec<_> = (0..6).map(ask).collect();
        asking.into_iter().map(|it| it.join().unwrap()).collect()
    });
    let good: Vec<&Value> = answers.iter().filter(|it| it.0 == 200).map(|it| &it.1).collect();
    let full: Vec<&Value> = answers.iter().filter(|it| it.0 == 503).map(|it| &it.1).collect();
    assert_eq!((good.len(), full.len()), (1, 5), "{answers:?}");
    let message = full[0]["error"]["message"].as_str().unwrap();
    assert!(message.contains("retry after an existing session stops"), "{message}");
    assert_eq!(runtime.bodies().len(), 1);
    let stop = format!("/sessions/{}/stop", id(good[0]));
    assert_eq!(runtime.api("POST", &stop, None).0, 200);
    assert_eq!(runtime.start_session("next").0, 200);
}

#[test]
fn a_lease_that_nobody_renews_ends_what_runs() {
    let runtime = Runtime::start(&[
        ("RUNTIME_LEASE_TTL_SECONDS", "2"),
        ("RUNTIME_RECONCILE_INTERVAL_SECONDS", "1"),
    ]);
    let session = id(&runtime.start_session("leased").1);
    let renewed = Instant::now();
    // Asking renews: it goes on for longer than a lease.
    while renewed.elapsed() < Duration::from_secs(5) {
        let answer = runtime.api("GET", &format!("/sessions/{session}"), None);
        assert_eq!((answer.0, &answer.1["state"]), (200, &json!("running")));
    }
    eventually("it ends", || {
        let health = runtime.api("GET", "/health", None).1;
        (health["active_sessions"] == 0).then_some(())
    });
    let (status, answer) = runtime.api("GET", &format!("/sessions/{session}"), None);
    let expired = status == 200 && answer["last_error"] == "Lease expired";
    assert!(expired || status == 404, "{status} {answer}");
}

// covers: S0.20
#[test]
fn a_session_that_is_said_to_run_has_a_process_behind_it() {
    let runtime = Runtime::start(&[]);
    let session = id(&runtime.start_session("victim").1);
    let kernel = runtime.only_kernel().unwrap();
    assert!(is_alive(kernel));
    signal(kernel, Signal::KILL);
    eventually("the session says so", || {
        let (status, answer) = runtime.api("GET", &format!("/sessions/{session}"), None);
        assert_eq!(status, 200, "{answer}");
        (answer["state"] == "error").then_some(())
    });
    let again = runtime.start_session("victim");
    assert_eq!((again.0, &again.1["state"]), (200, &json!("running")));
    assert_ne!(id(&again.1), session);
}

#[test]
fn a_stale_session_ends_nothing_that_came_after_it() {
    let runtime = Runtime::start(&[]);
    let stale = id(&runtime.start_session("fenced").1);
    let kernel = |what: &str, body: Value| {
        let path = format!("/sessions/{stale}/kernel/api/v1/session/{what}");
        runtime.api("POST", &path, Some(&body))
    };
    // Somebody else stops it and starts another one.
    assert_eq!(kernel("stop", json!({"generation": 7})).0, 409);
    assert_eq!(kernel("restart", json!({})).1["generation"], 2);
    let stopped = runtime.api("POST", &format!("/sessions/{stale}/stop"), None);
    assert_eq!((stopped.0, &stopped.1["state"]), (200, &json!("stopped")));
    let next = runtime.start_session("fenced").1;
    assert_ne!(id(&next), stale);
    let path = format!("/sessions/{}/kernel/api/v1/state", id(&next));
    let told = runtime.api("GET", &path, None).1;
    assert_eq!((&told["status"], &told["generation"]), (&json!("running"), &json!(2)));
}

// covers: S0.12
#[test]
fn sessions_outlive_a_manager_that_is_killed() {
    let mut runtime = Runtime::start(&[]);
    let session = id(&runtime.start_session("survivor").1);
    let kernel = runtime.only_kernel();
    for _ in 0..3 {
        runtime.kill();
        runtime.restart();
        let (status, answer) = runtime.api("GET", &format!("/sessions/{session}"), None);
        assert_eq!((status, &answer["state"]), (200, &json!("running")), "{answer}");
        assert_eq!(id(&runtime.start_session("survivor").1), session);
    }
    assert_eq!(runtime.only_kernel(), kernel);
}

#[test]
fn a_start_that_fails_half_way_leaves_nothing() {
    let runtime = Runtime::start(&[]);
    // Its storage can be made, and then its root cannot be shown.
    let root = runtime.data().join("_userspace");
    fs::create_dir_all(root.join("taken")).unwrap();
    let (status, answer) = runtime.start_session("taken");
    assert_eq!(status, 503, "{answer}");
    assert_eq!(runtime.bodies().len(), 0, "no storage");
    assert_eq!(runtime.api("GET", "/kernels", None).1, json!([]), "no kernel");
    assert_eq!(runtime.api("GET", "/health", None).1["active_sessions"], 0);
    assert!(root.join("taken").is_dir(), "what was there is there");
    fs::remove_dir(root.join("taken")).unwrap();
    assert_eq!(runtime.start_session("taken").0, 200);
}

#[test]
fn killed_at_any_moment_of_a_start_nothing_runs_twice_and_nothing_stays_half() {
    const ROUNDS: u64 = 8;
    let mut runtime = Runtime::start(&[("RUNTIME_RECONCILE_INTERVAL_SECONDS", "1")]);
    for round in 0..ROUNDS {
        let name = format!("trial-{round}");
        let pid = runtime.pid();
        std::thread::scope(|scope| {
            let runtime = &runtime;
            let body = json!({"workspace_id": name, "leased_by_user_id": "ann"});
            let asking = scope.spawn(move || {
                drop(runtime.ask("POST", "/sessions/start", Some(&body)));
            });
            // A different moment of the start in every round.
            std::thread::park_timeout(Duration::from_millis(round * 25));
            signal(pid, Signal::KILL);
            asking.join().unwrap();
        });
        runtime.kill();
        runtime.restart();
        let (status, answer) = runtime.start_session(&name);
        assert_eq!((status, &answer["state"]), (200, &json!("running")), "{round}: {answer}");
        let bodies = runtime.bodies();
        assert_eq!(bodies.len(), 1, "{round}: {bodies:?}");
        assert_eq!(listeners(&bodies).len(), 1, "{round}");
        let body = bodies.first().unwrap();
        let state = format!("/sessions/{}/kernel/api/v1/state", id(&answer));
        let generation = runtime.api("GET", &state, None).1["generation"].clone();
        assert!([json!(1), json!(2)].contains(&generation), "{round}: {generation}");
        assert_eq!(runtime.api("DELETE", &format!("/workspaces/ws_{body}"), None).0, 204);
        assert_eq!(runtime.bodies().len(), 0);
    }
}

// covers: S0.21
#[test]
fn the_app_of_a_session_answers_where_the_session_says() {
    let runtime = Runtime::start(&[]);
    let session = id(&runtime.start_session("app").1);
    let at = format!("/sessions/{session}");
    let page = json!({"content": "<html>hello from inside</html>"});
    assert_eq!(runtime.api("PUT", &format!("{at}/fs/index.html"), Some(&page)).0, 200);
    assert_eq!(runtime.api("POST", &format!("{at}/restart"), None).0, 200);
    let ready = eventually("the app listens", || {
        let answer = runtime.api("GET", &at, None).1;
        answer["preview_internal_url"].as_str().map(ToOwned::to_owned)
    });
    let path = ready.strip_prefix(&runtime.url()).unwrap();
    let bearer = format!("Bearer {TOKEN}");
    let headers = [("Authorization", bearer.as_str())];
    let (status, body) = runtime.send("GET", path, &headers, "").unwrap();
    assert!(status == 200 && body.contains("hello from inside"), "{status} {body}");
    assert_eq!(runtime.api("GET", &at, None).1["devserver_running"], true);
}
