//! The event channel: hello, state, what was missed, then live.

use crate::world::{DEADLINE, Socket, World};
use futures_util::{SinkExt, StreamExt};
use http::StatusCode;
use protocol::workspace::{RestartPolicy, Settings};
use serde_json::{Value, json};
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

pub(crate) async fn frame(socket: &mut Socket) -> Value {
    loop {
        let next = tokio::time::timeout(DEADLINE, socket.next()).await.expect("a frame in time");
        match next.expect("an open socket").expect("a sound frame") {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Close(frame) => {
                return json!({"type": "closed", "code": frame.map(|it| u16::from(it.code))});
            }
            Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }
}

/// Somebody's connection.
async fn join(world: &World, name: &str, role: &str) -> Socket {
    let principal = format!("usr_{}", name.len());
    let name = protocol::header::encode_text(name);
    let headers =
        [("stead-role", role), ("stead-principal", &principal), ("stead-principal-name", &name)];
    world.socket_of("/api/v1/ws?topics=people", &headers).await
}

/// Name and path of everybody, as the next frame about people has them.
async fn people(socket: &mut Socket) -> Vec<(String, Value)> {
    let frame = until(socket, "people").await;
    let people = frame["people"].as_array().unwrap().iter();
    people.map(|it| (it["name"].as_str().unwrap().to_owned(), it["looking"].clone())).collect()
}

/// Reads until a frame is of this type.
pub(crate) async fn until(socket: &mut Socket, kind: &str) -> Value {
    loop {
        let frame = frame(socket).await;
        if frame["type"] == kind {
            return frame;
        }
    }
}

pub(crate) async fn say(socket: &mut Socket, frame: Value) {
    socket.send(Message::Text(frame.to_string().into())).await.unwrap();
}

// covers: S1.13, S1.43, S1.50, S1.60, S1.86, S2.36, S2.48, S2.66
#[tokio::test]
async fn a_client_gets_state_and_events_as_they_come_and_what_it_missed() {
    let world = World::start().await;
    let mut socket = world.socket("/api/v1/ws", "viewer").await;
    let hello = frame(&mut socket).await;
    let nobody = json!({"type": "hello", "next_seq": 1, "read_only": true, "connection": null});
    assert_eq!(hello, nobody);
    assert_eq!(frame(&mut socket).await["state"]["status"], "idle");
    let body = json!({"dev_server": false});
    world.post("/api/v1/session/start", body).await.expect(StatusCode::OK);
    let event = until(&mut socket, "event").await["event"].clone();
    assert_eq!((&event["type"], &event["seq"]), (&json!("RUNTIME_STARTED"), &json!(1)));
    assert_eq!(event["principal"], "usr_test");
    drop(socket);

    world.post("/api/v1/session/stop", json!({})).await.expect(StatusCode::OK);
    let mut socket = world.socket("/api/v1/ws?from=2", "editor").await;
    let hello = frame(&mut socket).await;
    assert_eq!(
        hello,
        json!({"type": "hello", "next_seq": 2, "read_only": false, "connection": null})
    );
    assert_eq!(frame(&mut socket).await["state"]["status"], "stopped");
    let event = until(&mut socket, "event").await["event"].clone();
    assert_eq!((&event["type"], &event["seq"]), (&json!("RUNTIME_STOPPED"), &json!(2)));
    drop(socket);
    world.end().await;
}

#[tokio::test]
async fn who_asks_for_what_the_journal_no_longer_has_is_told() {
    let world = World::start().await;
    let journal = &world.server.app.context;
    for _ in 0..5000 {
        let kind = protocol::EventKind::RuntimeStopped;
        journal.emit(&kernel::context::By::kernel(), kind);
    }
    let mut socket = world.socket("/api/v1/ws?from=1", "viewer").await;
    let hello = frame(&mut socket).await;
    assert_eq!(frame(&mut socket).await["type"], "state");
    let gap = frame(&mut socket).await;
    assert_eq!((&gap["type"], &gap["next_seq"]), (&json!("gap"), &hello["next_seq"]));
    let first = gap["next_seq"].as_u64().unwrap();
    assert!(1 < first);
    for seq in first..=5000 {
        assert_eq!(until(&mut socket, "event").await["event"]["seq"], seq);
    }
    drop(socket);
    world.end().await;
}

// covers: S2.57
#[tokio::test]
async fn load_is_sent_to_who_asks_and_pings_are_answered() {
    let world = World::start().await;
    let mut socket = world.socket("/api/v1/ws", "viewer").await;
    say(&mut socket, json!({"type": "ping"})).await;
    until(&mut socket, "pong").await;
    say(&mut socket, json!({"type": "stats", "on": true})).await;
    for _ in 0..2 {
        let stats = until(&mut socket, "system_stats").await;
        assert!(stats["stats"]["processes"].as_u64().unwrap() > 0);
    }
    drop(socket);
    world.end().await;
}

#[tokio::test]
async fn a_kernel_that_ends_tells_its_clients_to_come_back() {
    let world = World::running().await;
    let mut socket = world.socket("/api/v1/ws", "viewer").await;
    until(&mut socket, "state").await;
    let mut client = world.attach("main").await;
    client.prompt().await;
    let ((), (come_back, closed), code) = tokio::join!(
        world.end(),
        async { (until(&mut socket, "come_back").await, until(&mut socket, "closed").await) },
        client.closed(),
    );
    assert!(come_back["after_ms"].as_u64().is_some());
    assert_eq!((&closed["code"], code), (&json!(4001), 4001));
}

#[tokio::test]
async fn a_client_that_reads_nothing_is_closed_and_comes_back_for_the_rest() {
    let world = World::start().await;
    let mut socket = world.socket("/api/v1/ws?from=1", "viewer").await;
    until(&mut socket, "state").await;
    let context = &world.server.app.context;
    let message = "x".repeat(2000);
    for _ in 0..3000 {
        let code = "test".to_owned();
        let kind = protocol::EventKind::Diagnostic { code, message: message.clone() };
        context.emit(&kernel::context::By::kernel(), kind);
        tokio::task::yield_now().await;
    }
    let mut next = 1;
    let code = loop {
        let frame = frame(&mut socket).await;
        match frame["type"].as_str() {
            Some("event") => {
                assert_eq!(frame["event"]["seq"], next);
                next += 1;
            }
            Some("closed") => break frame["code"].clone(),
            _ => {}
        }
    };
    assert_eq!(code, 4002);
    assert!(next < 3000, "it was not slow");
    let mut socket = world.socket(&format!("/api/v1/ws?from={next}"), "viewer").await;
    let hello = frame(&mut socket).await;
    let from = hello["next_seq"].as_u64().unwrap();
    for seq in from..=3000 {
        assert_eq!(until(&mut socket, "event").await["event"]["seq"], seq);
    }
    drop(socket);
    world.end().await;
}

// covers: S2.12, S2.13, S2.38
#[tokio::test]
async fn changes_of_files_are_told_to_whoever_looks() {
    let world = World::start().await;
    let mut socket = world.socket("/api/v1/ws", "viewer").await;
    until(&mut socket, "state").await;
    let put = world.request(http::Method::PUT, "/api/v1/files/by-route.txt", "editor", None).await;
    put.expect(StatusCode::CREATED);
    let told = until(&mut socket, "file_changed").await;
    assert_eq!((&told["path"], &told["event_type"]), (&json!("by-route.txt"), &json!("created")));
    world.write("by-program.txt", "text");
    while until(&mut socket, "file_changed").await["path"] != "by-program.txt" {}
    drop(socket);
    world.end().await;
}

// covers: S1.61, S1.62
#[tokio::test]
async fn an_observer_follows_a_real_failing_build_and_can_change_nothing() {
    let world = World::start().await;
    let mut observer = world.socket("/api/v1/ws?from=1", "viewer").await;
    world.write("broken.py", "def broken(:\n");
    let command = Some("python3 broken.py".to_owned());
    world.set(Settings { command, restart: RestartPolicy::Never, ..Settings::default() });
    world.post("/api/v1/session/run", json!({})).await.expect(StatusCode::OK);
    let mut seen = Vec::new();
    while seen.last().is_none_or(|it| it != "DEV_SERVER_EXITED") {
        let event = until(&mut observer, "event").await["event"].clone();
        if event["type"] == "BUILD_FAILED" {
            assert_eq!(event["errors"][0]["file"], "broken.py");
            assert_eq!(event["errors"][0]["line"], 1);
        }
        seen.push(event["type"].as_str().unwrap().to_owned());
    }
    assert!(seen.iter().any(|it| it == "RUNTIME_STARTED"), "{seen:?}");
    assert!(seen.iter().any(|it| it == "BUILD_FAILED"), "{seen:?}");
    let before = world.until(|_| true).await.revision;
    say(&mut observer, json!({"type": "stop"})).await;
    say(&mut observer, json!({"type": "ping"})).await;
    until(&mut observer, "pong").await;
    assert_eq!(world.until(|_| true).await.revision, before);
    drop(observer);
    world.end().await;
}

// covers: S0.32, S2.19
#[tokio::test]
async fn people_see_who_comes_what_they_look_at_and_who_goes() {
    let world = World::start().await;
    let mut ada = join(&world, "Ada", "owner").await;
    let hello = frame(&mut ada).await;
    let first = frame(&mut ada).await;
    assert_eq!(first["people"][0]["connection"], hello["connection"]);
    assert_eq!(first["people"][0]["principal"], "usr_3");
    let mut grace = join(&world, "Gräce", "viewer").await;
    let named = |name: &str, path: Value| (name.to_owned(), path);
    let both = vec![named("Ada", Value::Null), named("Gräce", Value::Null)];
    assert_eq!(people(&mut grace).await, both);
    assert_eq!(people(&mut ada).await, both);
    say(&mut grace, json!({"type": "looking", "path": "src/main.rs"})).await;
    assert_eq!(people(&mut ada).await[1], named("Gräce", json!("src/main.rs")));
    say(&mut grace, json!({"type": "looking", "path": "../secret"})).await;
    assert!(until(&mut grace, "error").await["message"].as_str().unwrap().contains("`..`"));
    drop(grace);
    assert_eq!(people(&mut ada).await, [named("Ada", Value::Null)]);
    drop(ada);
    world.end().await;
}

// covers: S2.37
#[tokio::test]
async fn a_client_gets_the_topics_it_subscribed_to_and_no_others() {
    let world = World::start().await;
    let mut socket = world.socket("/api/v1/ws?topics=files", "viewer").await;
    assert_eq!(frame(&mut socket).await["type"], "hello");
    world.post("/api/v1/session/start", json!({"dev_server": false})).await.expect(StatusCode::OK);
    world.write("one.txt", "1");
    assert_eq!(frame(&mut socket).await["type"], "file_changed");
    say(&mut socket, json!({"type": "unsubscribe", "topics": ["files"]})).await;
    let subscribed = frame(&mut socket).await;
    assert_eq!(subscribed, json!({"type": "subscribed", "topics": []}));
    world.write("two.txt", "1");
    say(&mut socket, json!({"type": "subscribe", "topics": ["state", "events", "files"]})).await;
    assert_eq!(frame(&mut socket).await["state"]["status"], "running");
    assert_eq!(frame(&mut socket).await["type"], "files_rescan");
    assert_eq!(frame(&mut socket).await["topics"], json!(["state", "events", "files"]));
    let event = until(&mut socket, "event").await["event"].clone();
    assert_eq!((&event["type"], &event["seq"]), (&json!("RUNTIME_STARTED"), &json!(1)));
    say(&mut socket, json!({"type": "subscribe", "topics": ["everything"]})).await;
    until(&mut socket, "error").await;
    say(&mut socket, json!({"type": "ping"})).await;
    until(&mut socket, "pong").await;
    drop(socket);
    world.end().await;
}

// covers: S2.21
#[tokio::test]
async fn a_peer_that_is_silent_is_asked_and_one_that_does_not_answer_is_dropped() {
    let world = World::start_as(|it| it.heartbeat = Duration::from_millis(200)).await;
    let mut ada = join(&world, "Ada", "owner").await;
    people(&mut ada).await;
    // A connection that is never read: its library answers no ping.
    let silent = join(&world, "Silent", "viewer").await;
    assert_eq!(people(&mut ada).await.len(), 2);
    assert_eq!(people(&mut ada).await.len(), 1);
    drop(silent);
    drop(ada);
    world.end().await;
}

#[tokio::test]
async fn a_message_that_is_too_large_is_told_to_be_that() {
    let world = World::running().await;
    world.write("a.txt", "");
    let faces = [
        "/api/v1/ws",
        "/api/v1/terminals/main",
        "/api/v1/documents/a.txt",
        "/api/v1/text-sync/a.txt",
    ];
    for face in faces {
        let (mut sink, mut stream) = world.socket(face, "owner").await.split();
        let reading = async {
            loop {
                match stream.next().await {
                    Some(Ok(Message::Close(frame))) => return frame.map(|it| u16::from(it.code)),
                    Some(Ok(_)) => {}
                    other => panic!("{face}: {other:?}"),
                }
            }
        };
        // It is refused for its size before it is there, so it may not all be taken.
        let sending = sink.send(Message::Binary(vec![0; 20 << 20].into()));
        let (code, _refused) = tokio::join!(tokio::time::timeout(DEADLINE, reading), sending);
        assert_eq!(code, Ok(Some(1009)), "{face}");
    }
    world.end().await;
}
