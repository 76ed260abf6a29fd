//! A gateway whose workspaces live elsewhere: behind a manager, and on workers behind that.

use crate::runtime::Runtime;
use crate::terminal::Terminal;
use crate::world::{World, eventually};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A run, a file, a terminal and the preview of a workspace that is elsewhere.
pub(crate) async fn works_like_here(world: &World, id: &str) {
    assert_eq!(world.run(id, "echo $((1000 + 234)) > n; cat n"), (0, "1234\n".to_owned()));
    assert_eq!(world.get(id, "files/n"), 1234);

    let mut terminal = Terminal::new(world, id, "main");
    terminal.connect().await;
    terminal.type_line("stty -echo; PS1=; echo here-$$").await;
    assert!(terminal.read_until("here-").await);

    world.until(id, "the preview runs", |it| it["preview"]["status"] == "running");
    let path = format!("/indexes/userspace/workspaces/{id}/preview/");
    let (status, page) = world.api("GET", &path, None).unwrap();
    let page = String::from_utf8_lossy(&page);
    assert!(status == 200 && page.contains("<html"), "{status} {page}");
}

/// The session of a workspace by the path of S0.59.
fn session(world: &World, workspace: &str) -> Value {
    let path = format!("/indexes/userspace/runtime/workspaces/{workspace}/session");
    let (status, body) = world.api("GET", &path, None).unwrap();
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    serde_json::from_slice::<Value>(&body).unwrap()["session"].clone()
}

fn body(workspace: &str) -> String {
    workspace.strip_prefix("ws_").unwrap().to_owned()
}

// covers: S0.1, S0.3, S0.11, S0.13, S0.36, S0.86, S0.87, S0.88, S0.89
#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_behind_a_manager_is_like_one_here() {
    let manager = Runtime::start(&[]);
    let world = World::behind(&manager, &[]);
    let id = world.say(&["new", "site", "--template", "static"]);
    world.say(&["start", &id]);
    assert_eq!(manager.bodies(), BTreeSet::from([body(&id)]));
    assert!(!world.data().join("workspaces").exists(), "the gateway has no files of it");
    works_like_here(&world, &id).await;

    let path = format!("/indexes/userspace/runtime/workspaces/{id}/devserver/status");
    let (status, answer) = world.api("GET", &path, None).unwrap();
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!((status, &answer["devserver_running"]), (200, &json!(true)));
}

// covers: S0.12
#[tokio::test(flavor = "multi_thread")]
async fn no_byte_of_a_terminal_is_lost_when_the_manager_or_the_gateway_is_killed() {
    let mut manager = Runtime::start(&[]);
    let mut world = World::behind(&manager, &[]);
    let id = world.running("survivor");
    let before = session(&world, &id);
    let mut terminal = Terminal::new(&world, &id, "main");
    terminal.connect().await;
    terminal.type_line("stty -echo; PS1=").await;
    terminal
        .type_line("for i in $(seq 1 1500); do echo line-$i.; sleep 0.001; done; echo do''ne.")
        .await;
    assert!(terminal.read_until("line-200.").await);
    let screens = terminal.screens;
    manager.kill();
    assert!(!terminal.read_until("never printed").await);
    manager.restart();
    terminal.connect().await;
    assert!(terminal.read_until("line-700.").await);
    world.kill();
    assert!(!terminal.read_until("never printed").await);
    world.restart();
    terminal.connect().await;
    assert!(terminal.read_until("done.").await);
    let text = terminal.text();
    let lines: Vec<&str> = text.split("\r\n").filter(|it| it.starts_with("line-")).collect();
    let expected: Vec<String> = (1..=1500).map(|it| format!("line-{it}.")).collect();
    assert!(lines == expected, "{} lines, the last is {:?}", lines.len(), lines.last());
    assert_eq!(terminal.screens, screens, "it went on where it was");
    let after = session(&world, &id);
    assert_eq!((&after["id"], &after["state"]), (&before["id"], &json!("running")));
}

// covers: S0.18, S0.19
#[test]
fn workers_share_the_workspaces_and_one_that_is_killed_takes_none_elsewhere() {
    let mut workers = [Runtime::worker(&[]), Runtime::worker(&[])];
    let urls = format!("{},{}", workers[0].url(), workers[1].url());
    let manager = Runtime::start(&[
        ("RUNTIME_WORKER_URLS", &urls),
        ("RUNTIME_RECONCILE_INTERVAL_SECONDS", "1"),
    ]);
    let world = World::behind(&manager, &[]);
    let ids = [world.running("one"), world.running("two")];
    let homes = |workers: &[Runtime; 2]| [workers[0].bodies(), workers[1].bodies()];
    let before = homes(&workers);
    assert_eq!((before[0].len(), before[1].len()), (1, 1), "they are spread");
    assert_eq!(manager.bodies().len(), 0, "a manager with workers runs nothing itself");
    let health =
        json!({"status": "ok", "workers_total": 2, "workers_leased": 2, "active_sessions": 2});
    // What is known of kernels may be a second old.
    eventually("both are counted", || {
        (manager.api("GET", "/health", None) == (200, health.clone())).then_some(())
    });

    let here = usize::from(before[1].contains(&body(&ids[0])));
    let (away, there) = (ids[0].clone(), ids[1].clone());
    let (session_before, kernel) = (session(&world, &away), workers[here].kernel_pid(&body(&away)));
    workers[here].kill();
    let path = format!("/api/v1/workspaces/{away}/session/start");
    assert_eq!(world.api("POST", &path, Some(&json!({}))).unwrap().0, 503);
    assert_eq!(world.run(&there, "echo still"), (0, "still\n".to_owned()));
    assert_eq!(manager.api("GET", "/health", None).1["status"], "degraded");
    workers[here].restart();
    eventually("it is back", || (world.get(&away, "state")["status"] == "running").then_some(()));
    assert_eq!(session(&world, &away)["id"], session_before["id"]);
    assert_eq!(workers[here].kernel_pid(&body(&away)), kernel);
    assert_eq!(homes(&workers), before, "nothing was made anywhere else");
}

// covers: S0.19
#[test]
fn a_session_over_workers_says_when_its_worker_is_away_and_ends_where_it_began() {
    let mut worker = Runtime::worker(&[]);
    let url = worker.url();
    let mut manager = Runtime::start(&[
        ("RUNTIME_WORKER_URLS", &url),
        ("RUNTIME_RECONCILE_INTERVAL_SECONDS", "1"),
    ]);
    let (status, started) = manager.start_session("demo");
    assert_eq!(status, 200, "{started}");
    let at = format!("/sessions/{}", started["provider_session_id"].as_str().unwrap());
    let kernel = worker.only_kernel();
    worker.kill();
    eventually("the heartbeat is missed", || {
        let answer = manager.api("GET", &at, None).1;
        (answer["last_error"] == "Runtime worker heartbeat failed").then_some(())
    });
    let (status, answer) = manager.start_session("demo");
    assert_eq!(status, 503, "nothing else is started: {answer}");
    manager.kill();
    manager.restart();
    worker.restart();
    eventually("it runs again", || {
        let (status, answer) = manager.api("GET", &at, None);
        (status == 200 && answer["state"] == "running").then_some(())
    });
    assert_eq!(worker.only_kernel(), kernel);
    assert_eq!(manager.api("POST", &format!("{at}/stop"), None).1["state"], "stopped");
}

#[test]
fn a_full_manager_is_told_by_the_gateway_with_what_to_do() {
    let manager = Runtime::start(&[("RUNTIME_MAX_SESSIONS", "1")]);
    let world = World::behind(&manager, &[]);
    let first = world.running("first");
    let second = world.say(&["new", "second"]);
    let path = format!("/api/v1/workspaces/{second}/session/start");
    let (status, answer) = world.api("POST", &path, Some(&json!({}))).unwrap();
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!((status, &answer["error"]["code"]), (503, &json!("capacity")));
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.contains("stop one and try again"), "{message}");
    world.say(&["stop", &first]);
    world.say(&["start", &second]);
    assert_eq!(world.get(&second, "state")["status"], "running");
}

#[test]
fn without_its_manager_a_gateway_says_so_and_comes_back_by_itself() {
    let mut manager = Runtime::start(&[]);
    let world = World::behind(&manager, &[]);
    let id = world.running("w");
    manager.kill();
    assert_eq!(world.api("GET", "/readyz", None).unwrap().0, 503);
    let path = format!("/api/v1/workspaces/{id}/state");
    assert_eq!(world.api("GET", &path, None).unwrap().0, 503);
    manager.restart();
    eventually("it is ready", || {
        (world.api("GET", "/readyz", None).unwrap().0 == 200).then_some(())
    });
    assert_eq!(world.get(&id, "state")["status"], "running");
}

#[test]
fn over_tls_a_gateway_trusts_the_manager_that_it_was_told_to_trust_and_no_other() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(at("ca.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
    std::fs::write(at("key.pem"), key.serialize_pem()).unwrap();
    let files = [("RUNTIME_TLS_CERT_FILE", at("ca.pem")), ("RUNTIME_TLS_KEY_FILE", at("key.pem"))];
    let manager = Runtime::over_tls(&files.each_ref().map(|(name, it)| (*name, it.as_str())));
    let world = World::behind(&manager, &["--ca-file", &at("ca.pem")]);
    let id = world.running("secret");
    assert_eq!(world.run(&id, "echo over tls"), (0, "over tls\n".to_owned()));
    drop(world.say(&["rm", &id, "--yes"]));
    let mut other = World::prepare_behind(&manager);
    other.spawn();
    eventually("it serves", || other.api("GET", "/health", None).ok().filter(|it| it.0 == 200));
    assert_eq!(other.api("GET", "/readyz", None).unwrap().0, 503, "it is not trusted");
    other.kill();
    other.options(&["--ca-file", &at("ca.pem")]);
    other.restart();
    eventually("it is trusted", || other.api("GET", "/readyz", None).ok().filter(|it| it.0 == 200));
}
