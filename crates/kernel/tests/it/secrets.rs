//! Secrets with real shells and servers: who is given them, and who gets to see them.

use crate::world::{Client, Got, World};
use http::{Method, StatusCode};
use protocol::event::EventKind;
use protocol::state::{BuildStatus, DevServerStatus};
use protocol::terminal::close;
use protocol::workspace::{RestartPolicy, Settings};
use serde_json::{Value, json};

const SECRET: &str = "hunter2-hunter3";
const MASK: &str = "***************";

impl World {
    /// Gives the workspace's variables, as a gateway does.
    async fn give(&self, revision: u64, variables: Value) {
        let body = json!({
            "person": null, "revision": revision, "variables": variables, "credentials": []
        });
        let path = "/api/v1/environment";
        let answer = self.request_by(Method::PUT, path, ("owner", None), Some(body)).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text);
    }

    async fn give_secret(&self, revision: u64, value: &str) {
        let all = ["terminals", "dev_server", "agents", "setup"];
        let one = json!([{"name": "KEY", "value": value, "secret": true, "uses": all}]);
        self.give(revision, one).await;
    }
}

/// Reads on until `end` was seen, or the connection is closed.
async fn closed_or(client: &mut Client, end: &str) -> Option<u16> {
    while !client.seen.contains(end) {
        if let Some(Got::Closed(code)) = client.next().await {
            return Some(code);
        }
    }
    None
}

// covers: S2.33, S2.34, S2.35
#[tokio::test]
async fn a_new_terminal_has_a_new_secret_and_viewers_see_stars() {
    let world = World::running().await;
    world.set(Settings { viewers_see_terminals: true, ..Settings::default() });
    let mut old = world.attach("main").await;
    old.prompt().await;
    world.give_secret(1, SECRET).await;
    assert_eq!(old.run("echo \"[$KEY]\"").await, "[]", "what runs keeps what it has");
    let mut viewer = world.attach_with("main", "", "viewer").await;
    let mut editor = world.attach("second").await;
    editor.prompt().await;
    let mut watcher = world.attach_with("second", "", "viewer").await;
    assert_eq!(editor.run("echo \"[$KEY]\"").await, format!("[{SECRET}]"));
    watcher.until(&format!("[{MASK}]")).await;
    editor.run("printf \"${KEY%-*}-\"; printf \"${KEY#*-} %s\\n\" ready").await;
    watcher.until(&format!("{MASK} ready")).await;
    editor.run("printf \"\\033[31m${KEY%-*}\\033[0m-${KEY#*-} %s\\n\" coloured").await;
    watcher.until("coloured").await;
    old.run(&format!("echo {SECRET} typed")).await;
    viewer.until(&format!("{MASK} typed")).await;
    for seen in [&viewer.seen, &watcher.seen] {
        assert!(!seen.contains("hunter"), "{seen}");
    }
    let screen = async |role| {
        let path = "/api/v1/terminals/second/screen";
        world.request(Method::GET, path, role, None).await.text
    };
    assert!(screen("editor").await.contains(SECRET));
    let shown = screen("viewer").await;
    assert!(shown.contains(MASK) && !shown.contains("hunter"), "{shown}");
    let processes = json!(world.get("/api/v1/processes").await.text);
    assert!(!processes.to_string().contains(SECRET));
    world.end().await;
}

#[tokio::test]
async fn a_viewer_who_watches_when_the_first_secret_comes_is_asked_to_come_again() {
    let world = World::running().await;
    world.set(Settings { viewers_see_terminals: true, ..Settings::default() });
    let mut editor = world.attach("main").await;
    editor.prompt().await;
    editor.run(&format!("echo {SECRET}")).await;
    let mut viewer = world.attach_with("main", "", "viewer").await;
    viewer.until(SECRET).await;
    world.give_secret(1, SECRET).await;
    assert_eq!(closed_or(&mut viewer, "never").await, Some(close::COME_BACK));
    let query = format!("id={}&offset=0", viewer.id.unwrap());
    let mut viewer = world.attach_with("main", &query, "viewer").await;
    viewer.until(MASK).await;
    assert!(!viewer.seen.contains("hunter"), "{}", viewer.seen);
    world.end().await;
}

#[tokio::test]
async fn the_dev_server_has_the_new_value_after_a_restart_and_its_log_and_events_are_masked() {
    let world = World::start().await;
    world.give_secret(1, "first-secret").await;
    world.write(
        "serve.sh",
        "echo \"key is $KEY\"\necho \"src/a.ts(1,2): error TS1: no $KEY here\"\nexit 3\n",
    );
    let command = Some("sh serve.sh".to_owned());
    world.set(Settings { command, restart: RestartPolicy::Never, ..Settings::default() });
    world.post("/api/v1/session/run", json!({})).await.expect(StatusCode::OK);
    let state = world.until(|it| it.dev_server.status == DevServerStatus::Failed).await;
    assert!(state.dev_server.last_lines.contains(&"key is ************".to_owned()));
    let log = world.get("/api/v1/dev-server/log").await.text;
    assert!(log.contains("key is ************"), "{log}");

    world.give_secret(2, "second-secret").await;
    world.post("/api/v1/dev-server/restart", json!({})).await.expect(StatusCode::OK);
    let masked = "key is *************".to_owned();
    let state = world
        .until(|it| {
            it.dev_server.last_lines.contains(&masked) && it.build.status == BuildStatus::Failed
        })
        .await;
    assert!(state.build.errors[0].message.contains("no ************* here"), "{state:?}");
    let events = world.server.app.context.journal.page(0, 1000).events;
    let told = serde_json::to_string(&events).unwrap();
    assert!(events.iter().any(|it| matches!(it.kind, EventKind::BuildFailed { .. })));
    for text in [&told, &format!("{state:?}"), &world.get("/api/v1/dev-server/log").await.text] {
        assert!(!text.contains("first-secret") && !text.contains("second-secret"), "{text}");
    }
    let journal = std::fs::read_to_string(world.directory.path().join("state/journal.jsonl"));
    assert!(!journal.unwrap().contains("-secret"));
    world.end().await;
}

#[tokio::test]
async fn nobody_but_the_gateway_gives_a_kernel_its_environment() {
    let world = World::start().await;
    let body = json!({"person": null, "revision": 9, "variables": [], "credentials": []});
    for caller in [("owner", Some("usr_test")), ("editor", None), ("viewer", None)] {
        let path = "/api/v1/environment";
        let answer = world.request_by(Method::PUT, path, caller, Some(body.clone())).await;
        answer.refused(StatusCode::FORBIDDEN, "forbidden");
    }
    world.end().await;
}
