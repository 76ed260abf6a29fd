//! Programs that are known as agents: what they say and write is told as theirs.

use crate::channel::until;
use crate::editor::Editor;
use crate::world::{Socket, World};
use http::StatusCode;
use protocol::channel::AuthorKind;
use protocol::document::FromDocument;
use protocol::workspace::Settings;
use serde_json::{Value, json};

const FOLLOW: &str = "/api/v1/ws?topics=agents,events";

impl World {
    /// An agent that is a script.
    async fn agent(&self, name: &str, script: &str) -> Value {
        let body = json!({"name": name, "command": ["sh", "-c", script], "agent": true});
        self.post("/api/v1/terminals", body).await.expect(StatusCode::CREATED)
    }

    async fn tell(&self, agent: &str, line: &str) {
        let path = format!("/api/v1/terminals/{agent}/input");
        let body = json!({"data": format!("{line}\n")});
        self.post(&path, body).await.expect(StatusCode::NO_CONTENT);
    }
}

/// What an agent says, until `end` is in it.
async fn heard(socket: &mut Socket, agent: &str, end: &str) -> String {
    let mut text = String::new();
    while !text.contains(end) {
        let frame = until(socket, "agent_output").await;
        assert_eq!(frame["agent"], agent);
        if frame["screen"] == true {
            text.clear();
        }
        text.push_str(frame["content"].as_str().unwrap());
    }
    text
}

/// The next event of this kind.
async fn event(socket: &mut Socket, kind: &str) -> Value {
    loop {
        let event = until(socket, "event").await["event"].clone();
        if event["type"] == kind {
            return event;
        }
    }
}

// covers: S2.20, S2.40
#[tokio::test]
async fn what_an_agent_says_is_broadcast_and_its_life_is_in_the_journal() {
    let world = World::running().await;
    let mut here = world.socket(FOLLOW, "editor").await;
    let mut too = world.socket(FOLLOW, "editor").await;
    let info = world
        .agent("helper", "echo I am $STEAD_AGENT; read it; printf 'd\\303'; printf '\\266ne %s\\n' $it; exit 3")
        .await;
    assert_eq!((&info["kind"], &info["name"]), (&json!("agent"), &json!("helper")));
    let started = event(&mut here, "AGENT_STARTED").await;
    assert_eq!((&started["agent"], &started["pid"]), (&json!("helper"), &info["pid"]));
    assert_eq!(started["principal"], "usr_test");
    // Each client hears it, and so does one who comes later.
    heard(&mut here, "helper", "I am helper").await;
    heard(&mut too, "helper", "I am helper").await;
    let mut late = world.socket("/api/v1/ws?topics=agents", "editor").await;
    heard(&mut late, "helper", "I am helper").await;
    world.tell("helper", "tests").await;
    for socket in [&mut here, &mut late] {
        heard(socket, "helper", "döne tests").await;
    }
    let exited = event(&mut too, "AGENT_EXITED").await;
    assert_eq!((&exited["agent"], &exited["exit"]["code"]), (&json!("helper"), &json!(3)));
    let nobody = json!({"name": "nobody", "agent": true});
    let refused = world.post("/api/v1/terminals", nobody).await;
    refused.refused(StatusCode::BAD_REQUEST, "invalid_request");
    world.end().await;
}

#[tokio::test]
async fn a_viewer_hears_agents_when_the_settings_say_so_and_no_longer() {
    let world = World::running().await;
    let mut viewer = world.socket("/api/v1/ws?topics=agents", "viewer").await;
    let mut editor = world.socket("/api/v1/ws?topics=agents", "editor").await;
    world.agent("helper", "echo first; while read it; do echo \"did $it\"; done").await;
    heard(&mut editor, "helper", "first").await;
    // Its first word is from after it was allowed.
    let allow = |viewers_see_terminals| Settings { viewers_see_terminals, ..Settings::default() };
    world.set(allow(true));
    heard(&mut viewer, "helper", "first").await;
    world.tell("helper", "one").await;
    heard(&mut viewer, "helper", "did one").await;
    world.set(allow(false));
    crate::channel::say(&mut viewer, json!({"type": "ping"})).await;
    until(&mut viewer, "pong").await;
    world.tell("helper", "two").await;
    heard(&mut editor, "helper", "did two").await;
    crate::channel::say(&mut viewer, json!({"type": "ping"})).await;
    loop {
        let frame = crate::channel::frame(&mut viewer).await;
        assert_ne!(frame["type"], "agent_output", "{frame}");
        if frame["type"] == "pong" {
            break;
        }
    }
    world.end().await;
}

#[tokio::test]
async fn what_an_agent_is_seen_to_write_into_a_document_is_its_own() {
    let world = World::running().await;
    world.write("a.txt", "one\n");
    let mut ada = Editor::open(&world, "a.txt", "ada", 1).await;
    // A program that it started, and that left its terminal.
    world
        .agent("helper", "mkfifo pipe; setsid sh -c 'exec 3>>a.txt 4<>pipe; echo two >&3; read never <&4' & read it")
        .await;
    let told = ada.until_ours(|it| matches!(it, FromDocument::Changed { .. })).await;
    let FromDocument::Changed { author, .. } = told else { panic!() };
    assert_eq!((author.kind, author.name.as_deref()), (AuthorKind::Agent, Some("helper")));
    ada.until_shows("one\ntwo\n").await;
    world.end().await;
}
