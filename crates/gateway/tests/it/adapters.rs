//! The contracts of `/api/runtime/…`.

use crate::world::{Client, World};
use protocol::WorkspaceId;
use protocol::state::SessionStatus;
use serde_json::json;

// covers: S1.49, S1.68, S1.69, S1.48, S1.87, S1.63
#[tokio::test]
async fn run_and_stop_are_the_kernels_and_so_is_the_state() {
    let (world, owner, id) = world().await;
    let status = owner.get(&format!("/api/runtime/status?projectId={id}")).await;
    assert_eq!((status.status, &status.json()["status"]), (200, &json!("idle")));

    let started = owner.send("POST", &format!("/api/runtime/run?workspaceId={id}"), None).await;
    assert_eq!((started.status, &started.json()["status"]), (200, &json!("running")));
    for running in [SessionStatus::Running, SessionStatus::Starting] {
        world.provider.set_status(running, None);
        let refused =
            owner.send("POST", "/api/runtime/run", Some(json!({"projectId": id.as_str()}))).await;
        assert_eq!((refused.status, refused.code().as_str()), (409, "session_already_running"));
        assert_eq!(refused.json()["state"]["status"], serde_json::to_value(running).unwrap());
    }

    world.provider.set_status(SessionStatus::Running, None);
    let stopped = owner.send("POST", &format!("/api/runtime/stop?projectId={id}"), None).await;
    assert_eq!((stopped.status, &stopped.json()["status"]), (200, &json!("stopped")));
    let again = owner.send("POST", &format!("/api/runtime/stop?projectId={id}"), None).await;
    assert_eq!((again.status, again.code().as_str()), (409, "session_not_running"));
}

// covers: S1.37, S1.71
#[tokio::test]
async fn the_preview_has_a_url_only_while_it_is_there() {
    let (world, owner, id) = world().await;
    let path = format!("/api/runtime/preview/url?projectId={id}");
    assert_eq!(owner.get(&path).await.status, 400);
    world.provider.set_status(SessionStatus::Running, None);
    let early = owner.get(&path).await;
    assert_eq!((early.status, early.code().as_str()), (404, "not_found"));
    world.provider.set_status(SessionStatus::Running, Some(5173));
    world.provider.state.lock().unwrap().preview.url = Some("http://x.localhost/".to_owned());
    let there = owner.get(&path).await;
    let expected = json!({"url": "http://x.localhost/", "port": 5173, "status": "running"});
    assert_eq!((there.status, there.json()), (200, expected));
}

// covers: S1.23, S1.24, S1.70, S1.63
#[tokio::test]
async fn attaching_to_a_terminal_is_asked_of_the_kernel() {
    let (_world, owner, id) = world().await;
    let path = format!("/api/runtime/terminal/attach?projectId={id}");
    let attached = owner.send("POST", &path, Some(json!({"cols": 80, "rows": 24}))).await;
    assert_eq!((attached.status, &attached.json()["terminal"]["name"]), (200, &json!("main")));
    assert!(attached.json()["sessionId"].as_str().unwrap().starts_with("term_"));
    let made = owner.send("POST", &path, Some(json!({"terminal": "build"}))).await;
    assert_eq!((made.status, &made.json()["terminal"]["name"]), (200, &json!("build")));
    let typed = owner.send("POST", &path, Some(json!({"input": "ls\r"}))).await;
    assert_eq!(typed.status, 204);
    let odd = owner.send("POST", &path, Some(json!({"terminal": "../x"}))).await;
    assert_eq!(odd.status, 400);

    let events = owner.clone().with("last-event-id", "42");
    let heard = events.get(&format!("{path}&terminal=build&cols=80")).await.json();
    assert_eq!(heard["uri"], "/api/v1/terminals/build/output?cols=80");
    assert_eq!(heard["headers"]["last-event-id"], "42");
}

#[tokio::test]
async fn a_request_that_names_no_workspace_is_told_so() {
    let (_world, owner, _) = world().await;
    let unnamed = owner.get("/api/runtime/status").await;
    assert_eq!((unnamed.status, unnamed.code().as_str()), (400, "invalid_request"));
    assert_eq!(owner.get("/api/runtime/status?projectId=nothing").await.status, 404);
}

async fn world() -> (World, Client, WorkspaceId) {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    (world, owner, id)
}
