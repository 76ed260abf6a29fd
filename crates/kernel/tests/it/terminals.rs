//! One shell a name, for everybody, whatever happens to connections.

use crate::world::{Client, Got, World};
use futures_util::future::join_all;
use http::{Method, StatusCode};
use protocol::terminal::FromTerminal;
use serde_json::json;
use std::collections::BTreeSet;

// covers: S1.3, S1.14, S1.15, S1.20, S1.22, S1.10
#[tokio::test]
async fn fifty_attaches_at_once_are_one_shell() {
    let world = World::running().await;
    let clients = join_all((0..50).map(|_| world.attach("main"))).await;
    let ids: BTreeSet<_> = clients.iter().map(|it| it.id.clone()).collect();
    assert_eq!(ids.len(), 1);
    let state = world.until(|it| it.terminals.iter().any(|it| it.attachments == 50)).await;
    assert_eq!(state.terminals.len(), 1);
    let shells = kernel::proc::members().into_iter().filter(|it| it.parent == std::process::id());
    assert_eq!(shells.map(|it| it.pid).collect::<Vec<_>>(), [state.terminals[0].pid]);
    drop(clients);
    world.until(|it| it.terminals[0].attachments == 0).await;
    world.end().await;
}

// covers: S1.2, S1.16, S1.17, S1.18, S1.27, S1.29, S1.75, S1.82
#[tokio::test]
async fn who_comes_back_finds_the_same_shell_with_its_variables_and_directory() {
    let world = World::running().await;
    std::fs::create_dir(world.path("sub")).unwrap();
    let mut client = world.attach("main").await;
    client.run("X=forty-two; cd sub").await;
    let pid = client.run("echo $$").await;
    let id = client.id.clone();
    drop(client);

    let mut client = world.attach("main").await;
    assert_eq!(client.id, id);
    assert_eq!(client.run("echo $$").await, pid);
    assert_eq!(client.run("echo $X ${PWD##*/}").await, "forty-two sub");
    assert_eq!(world.state().terminals[0].pid.to_string(), pid);
    let directory = |it: &str| it == "sub";
    world.until(|it| it.terminals[0].working_directory.as_deref().is_some_and(directory)).await;
    drop(client);
    world.end().await;
}

// covers: S1.19, S1.21
#[tokio::test]
async fn a_shell_that_ended_is_replaced_at_the_next_attach() {
    let world = World::running().await;
    let mut client = world.attach("main").await;
    client.type_in("exit 3\n").await;
    let exit = loop {
        match client.next().await.unwrap() {
            Got::Control(FromTerminal::Exit { exit }) => break exit,
            Got::Closed(code) => panic!("closed with {code} before the exit was told"),
            Got::Screen | Got::Output(_) | Got::Control(_) => {}
        }
    };
    assert_eq!(exit.code, Some(3));
    assert_eq!(client.closed().await, 4000);
    let (id, offset) = (client.id.clone().unwrap(), client.offset);

    let query = format!("cols=80&rows=24&id={id}&offset={offset}");
    let mut again = world.attach_with("main", &query, "editor").await;
    assert_ne!(again.id, Some(id));
    assert!(!again.resumed);
    assert_eq!(again.run("echo a live shell").await, "a live shell");
    drop(again);
    world.end().await;
}

/// Comes and goes at random while the shell prints; what it gets is put together by offset.
// covers: S1.27, S1.29
#[tokio::test]
async fn random_disconnects_lose_and_repeat_nothing() {
    const LINES: usize = 20_000;
    let world = World::running().await;
    let mut client = world.attach("main").await;
    client.prompt().await;
    let line = format!("for i in $(seq 1 {LINES}); do echo line-$i; done; echo all-\"\"done\n");
    client.type_in(&line).await;
    let mut stream = String::new();
    let mut seed: u32 = 12345;
    let mut turns = 0;
    while !stream.contains("all-done") {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        for _ in 0..seed >> 28 {
            if let Some(Got::Output(bytes)) = client.next().await {
                stream.push_str(&String::from_utf8_lossy(&bytes));
            }
            if stream.contains("all-done") {
                break;
            }
        }
        let query = format!("id={}&offset={}", client.id.clone().unwrap(), client.offset);
        let offset = client.offset;
        drop(client);
        client = world.attach_with("main", &query, "editor").await;
        assert!(client.resumed && client.offset == offset, "not resumed at {offset}");
        turns += 1;
    }
    assert!(2 < turns);
    let stream = stream.replace("\x1b[?2004l\r", "");
    let printed: Vec<usize> =
        stream.lines().filter_map(|it| it.trim().strip_prefix("line-")?.parse().ok()).collect();
    assert!(printed.iter().copied().eq(1..=LINES), "{} lines", printed.len());
    drop(client);
    world.end().await;
}

// covers: S1.85
#[tokio::test]
async fn the_size_of_a_client_reaches_the_program() {
    let world = World::running().await;
    let mut client = world.attach_with("main", "cols=101&rows=33", "editor").await;
    assert_eq!(client.run("stty size").await, "33 101");
    drop(client);
    world.end().await;
}

// covers: S1.11, S1.25, S1.26, S1.28, S1.30
#[tokio::test]
async fn server_sent_output_and_posted_input_are_one_logical_session() {
    let world = World::running().await;
    let mut stream = world.stream("/api/v1/terminals/main/output?cols=80&rows=24", None).await;
    let (name, _, connected) = stream.next().await.unwrap();
    assert_eq!((name.as_str(), &connected["type"]), ("connected", &json!("connected")));
    let state = world.until(|it| !it.terminals.is_empty()).await;
    assert_eq!(connected["sessionId"], json!(state.terminals[0].id));

    let input = json!({"data": "echo $((6*7))-posted\n"});
    world.post("/api/v1/terminals/main/input", input).await.expect(StatusCode::NO_CONTENT);
    let mut seen = String::new();
    let mut last = String::new();
    while !seen.contains("42-posted") {
        let (name, id, data) = stream.next().await.unwrap();
        if name == "output" {
            seen.push_str(&decode(data["data"].as_str().unwrap()));
            last = id;
        }
    }
    drop(stream);
    let input = json!({"data": "echo $((6*8))-later\n"});
    world.post("/api/v1/terminals/main/input", input).await.expect(StatusCode::NO_CONTENT);
    let mut stream = world.stream("/api/v1/terminals/main/output", Some(&last)).await;
    let mut rest = String::new();
    while !rest.contains("48-later") {
        let (name, _, data) = stream.next().await.unwrap();
        if name == "output" {
            rest.push_str(&decode(data["data"].as_str().unwrap()));
        }
    }
    assert!(!rest.contains("42-posted"), "what was received is not sent again: {rest:?}");

    let mut socket = world.attach("main").await;
    assert_eq!(socket.run("echo same").await, "same");
    assert_eq!(json!(socket.id), connected["sessionId"]);
    drop((socket, stream));
    world.end().await;
}

fn decode(text: &str) -> String {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn terminals_are_opened_by_name_and_closed_with_all_they_run() {
    let world = World::running().await;
    let body = json!({"name": "build", "command": ["sleep", "1000"]});
    let info = world.post("/api/v1/terminals", body.clone()).await.expect(StatusCode::CREATED);
    assert_eq!(info["name"], "build");
    world.post("/api/v1/terminals", body).await.refused(StatusCode::CONFLICT, "already_exists");
    let bad = json!({"name": "../x"});
    world.post("/api/v1/terminals", bad).await.refused(StatusCode::BAD_REQUEST, "invalid_request");
    let info = world.post("/api/v1/terminals", json!({})).await.expect(StatusCode::CREATED);
    assert_eq!(info["name"], "main");
    let info = world.post("/api/v1/terminals", json!({})).await.expect(StatusCode::CREATED);
    assert_eq!(info["name"], "terminal-2");

    let close = |name: &str| format!("/api/v1/terminals/{name}");
    let closed = world.request(Method::DELETE, &close("build"), "editor", None).await;
    closed.expect(StatusCode::NO_CONTENT);
    let state = world.until(|it| it.terminals.len() == 2).await;
    assert!(state.terminals.iter().all(|it| it.name != "build"));
    let gone = world.request(Method::DELETE, &close("build"), "editor", None).await;
    gone.refused(StatusCode::NOT_FOUND, "not_found");
    let list = world.get("/api/v1/terminals").await.expect(StatusCode::OK);
    assert_eq!(list.as_array().unwrap().len(), 2);
    world.end().await;
}

// covers: S1.79
#[tokio::test]
async fn without_a_session_an_attach_ends_in_a_stated_refusal() {
    let world = World::start().await;
    let socket = world.socket("/api/v1/terminals/main?cols=80&rows=24", "editor").await;
    assert_eq!(Client::new(socket).closed().await, 4409);
    assert_eq!(kernel::proc::members(), []);
    world.end().await;
}

#[tokio::test]
async fn viewers_see_terminals_only_when_they_may_and_never_type() {
    let world = World::running().await;
    let mut editor = world.attach("main").await;
    let socket = world.socket("/api/v1/terminals/main", "viewer").await;
    assert_eq!(Client::new(socket).closed().await, 4403);

    let settings =
        protocol::workspace::Settings { viewers_see_terminals: true, ..Default::default() };
    world.set(settings);
    let mut viewer = world.attach_with("main", "cols=20&rows=5", "viewer").await;
    assert!(viewer.read_only);
    viewer.type_in("echo typed-by-$((1+1))-viewer\n").await;
    assert_eq!(editor.run("stty size").await, "24 80");
    viewer.until("24 80").await;
    assert!(!viewer.seen.contains("typed-by"), "{:?}", viewer.seen);
    let socket = world.socket("/api/v1/terminals/other", "viewer").await;
    assert_eq!(Client::new(socket).closed().await, 4404);
    let input = json!({"data": "x"});
    let path = "/api/v1/terminals/main/input";
    let refused = world.request(Method::POST, path, "viewer", Some(input)).await;
    refused.refused(StatusCode::FORBIDDEN, "forbidden");
    drop((editor, viewer));
    world.end().await;
}

#[tokio::test]
async fn titles_reach_the_state_without_a_flood_of_revisions() {
    let world = World::running().await;
    let mut client = world.attach("main").await;
    client.prompt().await;
    let before = world.state().revision;
    client.run("for i in $(seq 1 2000); do printf '\\033]2;title-%d\\007' $i; done; unset PROMPT_COMMAND; PS1='> '; printf '\\033]2;the end\\007'").await;
    let state = world.until(|it| it.terminals[0].title == "the end").await;
    assert!(state.revision - before < 200, "{} revisions", state.revision - before);
    drop(client);
    world.end().await;
}
