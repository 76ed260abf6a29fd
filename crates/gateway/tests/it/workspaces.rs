//! Making, listing, renaming and deleting workspaces.

use crate::world::World;
use protocol::state::SessionStatus;
use serde_json::json;

#[tokio::test]
async fn a_workspace_is_made_shown_renamed_and_deleted() {
    let world = World::new().await;
    let owner = world.owner().await;
    let body = json!({"name": " Shop ", "source": {"kind": "template", "id": "vite-react"}});
    let made = owner.send("POST", "/api/v1/workspaces", Some(body)).await;
    assert_eq!(made.status, 201);
    let made = made.json();
    assert_eq!((&made["name"], &made["source"]), (&json!("Shop"), &json!("vite-react")));
    assert_eq!((&made["role"], &made["setup"]), (&json!("owner"), &json!("running")));
    let path = format!("/api/v1/workspaces/{}", made["id"].as_str().unwrap());

    world.provider.set_status(SessionStatus::Running, None);
    let list = owner.get("/api/v1/workspaces").await.json();
    assert_eq!((&list[0]["id"], &list[0]["status"]), (&made["id"], &json!("running")));
    let renamed = owner.send("PATCH", &path, Some(json!({"name": "Store"}))).await;
    assert_eq!((renamed.status, &renamed.json()["name"]), (200, &json!("Store")));

    assert_eq!(owner.send("DELETE", &path, None).await.status, 204);
    assert_eq!(owner.get(&path).await.status, 404);
    assert_eq!(owner.get("/api/v1/workspaces").await.json(), json!([]));
    assert!(world.provider.stored.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_workspace_that_sleeps_is_left_asleep() {
    let world = World::new().await;
    let owner = world.owner().await;
    world.provider.set_status(SessionStatus::Running, None);
    let id = world.workspace(&owner).await;
    let list = owner.get("/api/v1/workspaces").await.json();
    assert_eq!(list[0]["status"], "idle");
    assert_eq!(world.provider.stored.lock().unwrap().get(&id), Some(&false));
}

// covers: S0.54
#[tokio::test]
async fn a_workspace_that_could_not_be_made_leaves_nothing() {
    let world = World::new().await;
    let owner = world.owner().await;
    let template = json!({"name": "w", "source": {"kind": "template", "id": "rust"}});
    for (refused, status) in [("create", 503), ("connect", 503), ("setup", 507)] {
        *world.provider.refuse.lock().unwrap() = Some(refused);
        let made = owner.send("POST", "/api/v1/workspaces", Some(template.clone())).await;
        assert_eq!(made.status, status, "{refused}: {}", made.text());
        *world.provider.refuse.lock().unwrap() = None;
        assert_eq!(owner.get("/api/v1/workspaces").await.json(), json!([]), "{refused}");
        assert!(world.provider.stored.lock().unwrap().is_empty(), "{refused}");
    }
}

// covers: S0.54
#[tokio::test]
async fn a_workspace_that_could_not_be_deleted_is_still_there() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    let path = format!("/api/v1/workspaces/{id}");
    *world.provider.refuse.lock().unwrap() = Some("remove");
    let refused = owner.send("DELETE", &path, None).await;
    assert_eq!((refused.status, refused.code().as_str()), (503, "unavailable"));
    assert_eq!(refused.header("retry-after"), "1");
    *world.provider.refuse.lock().unwrap() = None;
    assert_eq!(owner.get(&path).await.status, 200);
    assert_eq!(owner.send("DELETE", &path, None).await.status, 204);
}

#[tokio::test]
async fn what_was_interrupted_is_cleared_away_at_the_next_start() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    world.execute(&["UPDATE workspaces SET phase = 'deleting'"]).await;
    let world = world.restart().await;
    let gone = async {
        while world.provider.stored.lock().unwrap().contains_key(&id) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(crate::world::DEADLINE, gone).await.unwrap();
}

#[tokio::test]
async fn nonsense_is_refused() {
    let world = World::new().await;
    let owner = world.owner().await;
    for body in [
        json!({"name": "", "source": {"kind": "empty"}}),
        json!({"name": "w", "source": {"kind": "template", "id": "cobol"}}),
        json!({"name": "w", "source": {"kind": "git", "url": "file:///etc"}}),
        json!({"name": "w"}),
        json!({"name": "w", "source": {"kind": "empty"}, "role": "owner"}),
        json!([]),
    ] {
        let answer = owner.send("POST", "/api/v1/workspaces", Some(body.clone())).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "invalid_request"), "{body}");
    }
    let large = json!({"name": "x".repeat(100_000), "source": {"kind": "empty"}});
    assert_eq!(owner.send("POST", "/api/v1/workspaces", Some(large)).await.status, 413);
}
