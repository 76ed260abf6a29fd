//! The contracts of `/indexes/userspace/runtime/…`.

use crate::world::{Client, DEADLINE, World};
use futures_util::StreamExt;
use protocol::WorkspaceId;
use protocol::header::Role;
use protocol::pty::FromPty;
use protocol::state::SessionStatus;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

// covers: S0.59, S0.60, S0.61, S0.77, S0.78, S0.51
#[tokio::test]
async fn a_session_is_found_started_and_stopped() {
    let (world, owner, id) = super::world().await;
    let (editor, _) = world.person(&owner, "Grace", Some((&id, Role::Editor))).await;
    let (viewer, _) = world.person(&owner, "Alan", Some((&id, Role::Viewer))).await;
    let path = |rest: &str| format!("/indexes/userspace/runtime/workspaces/{id}/session{rest}");
    world.provider.state.lock().unwrap().workspace_id = id.clone();

    let none = viewer.get(&path("")).await;
    assert_eq!(none.json(), json!({"workspace_id": id, "session": null}));
    for rest in ["/start", "/stop"] {
        assert_eq!(viewer.send("POST", &path(rest), None).await.status, 403);
    }
    assert_eq!(editor.send("POST", &path("/stop"), None).await.status, 404);

    let started = editor.send("POST", &path("/start"), None).await.json();
    let session = started["session_id"].as_str().unwrap().to_owned();
    let expected = json!({
        "workspace_id": id, "session_id": session, "state": "running", "success": true,
    });
    assert_eq!(started, expected);
    assert_eq!(owner.send("POST", &path("/start"), None).await.json(), expected);
    let there = viewer.get(&path("")).await.json();
    let mut there = there["session"].clone();
    assert!(there["updated_at"].as_str().unwrap().ends_with('Z'));
    there["updated_at"] = Value::Null;
    let expected = json!({
        "id": session, "workspace_id": id, "leased_by_user_id": "usr_somebody",
        "state": "running", "created_at": "2026-11-21T12:34:56.789Z", "updated_at": null,
        "last_error": null,
    });
    assert_eq!(there, expected);

    let stopped = editor.send("POST", &path("/stop"), None).await.json();
    assert_eq!((&stopped["state"], &stopped["success"]), (&json!("stopped"), &json!(true)));
    world.provider.set_status(SessionStatus::Crashed, None);
    assert_eq!(viewer.get(&path("")).await.json()["session"]["state"], "error");
}

// covers: S0.62, S0.63, S0.64, S0.79
#[tokio::test]
async fn the_dev_server_is_started_restarted_and_told_about() {
    let (world, owner, id) = super::world().await;
    let (viewer, _) = world.person(&owner, "Alan", Some((&id, Role::Viewer))).await;
    let path = |rest: &str| format!("/indexes/userspace/runtime/workspaces/{id}/devserver/{rest}");
    world.provider.state.lock().unwrap().workspace_id = id.clone();
    let nothing = json!({
        "workspace_id": id, "session_state": "stopped", "session_id": null,
        "devserver_running": false, "devserver_port": null, "preview_url": null,
        "last_error": null,
    });
    assert_eq!(viewer.get(&path("status")).await.json(), nothing);
    for rest in ["start", "restart"] {
        assert_eq!(viewer.send("POST", &path(rest), None).await.status, 403);
        let early = owner.send("POST", &path(rest), None).await;
        assert_eq!((early.status, early.code().as_str()), (409, "session_not_running"));
    }
    let session = format!("/indexes/userspace/runtime/workspaces/{id}/session/start");
    let session = owner.send("POST", &session, None).await.json()["session_id"].clone();
    for rest in ["start", "restart"] {
        let done = owner.send("POST", &path(rest), None).await.json();
        assert_eq!((&done["success"], &done["session_id"]), (&json!(true), &session));
    }
    world.provider.set_status(SessionStatus::Running, Some(5173));
    let running = json!({
        "workspace_id": id, "session_state": "running", "session_id": session,
        "devserver_running": true, "devserver_port": 5173,
        "preview_url": format!("/indexes/userspace/workspaces/{id}/preview/"), "last_error": null,
    });
    assert_eq!(viewer.get(&path("status")).await.json(), running);
}

// covers: S0.65
#[tokio::test]
async fn a_refused_terminal_says_why_and_closes_with_a_code() {
    let (world, owner, id) = super::world().await;
    let (viewer, _) = world.person(&owner, "Alan", Some((&id, Role::Viewer))).await;
    let path = |id: &WorkspaceId| format!("/indexes/userspace/runtime/workspaces/{id}/pty");
    let foreign = owner.clone().with("origin", "http://evil.example");
    let unknown = WorkspaceId::from_random(9);
    for (client, id, code) in [
        (&world.stranger(), &id, 4401),
        (&foreign, &id, 4403),
        (&owner, &unknown, 4404),
    ] {
        let (told, closed) = refusal(client, &path(id)).await;
        assert!(matches!(told, FromPty::Status { read_only: true, .. }));
        assert_eq!(closed, code);
    }
    // Behind the gateway it is the kernel that judges, by the role it is told.
    for (client, role) in [(&owner, "owner"), (&viewer, "viewer")] {
        let stream = TcpStream::connect(client.address).await.unwrap();
        let request = client.websocket(&path(&id));
        let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
        let first = tokio::time::timeout(DEADLINE, socket.next()).await.unwrap();
        assert_eq!(first.unwrap().unwrap(), Message::text(format!("{role} false")));
    }
    let plain = owner.get(&path(&id)).await;
    assert_eq!((plain.status, plain.code().as_str()), (426, "upgrade_required"));
}

/// The first frame and the close code.
async fn refusal(client: &Client, path: &str) -> (FromPty, u16) {
    let stream = TcpStream::connect(client.address).await.unwrap();
    let (mut socket, _) =
        tokio_tungstenite::client_async(client.websocket(path), stream).await.unwrap();
    let mut frames = Vec::new();
    while let Some(Ok(frame)) = tokio::time::timeout(DEADLINE, socket.next()).await.unwrap() {
        frames.push(frame);
    }
    let [Message::Text(told), Message::Close(Some(close))] = &frames[..] else {
        panic!("{frames:?}");
    };
    (serde_json::from_str(told).unwrap(), close.code.into())
}
