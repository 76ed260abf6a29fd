//! What administrators do with accounts, and what nobody can.

use crate::world::{Client, PASSWORD, World, last_segment};
use serde_json::{Value, json};

async fn path_of(client: &Client) -> String {
    let id = client.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    format!("/api/v1/accounts/{id}")
}

#[tokio::test]
async fn the_last_administrator_cannot_leave() {
    let world = World::new().await;
    let owner = world.owner().await;
    let bea = world.account(&owner, "bea").await;
    let (ada_path, bea_path) = (path_of(&owner).await, path_of(&bea).await);
    for (method, body) in [
        ("PATCH", json!({"administrator": false})),
        ("PATCH", json!({"disabled": true})),
        ("PATCH", json!({"disabled": true, "administrator": true})),
        ("DELETE", Value::Null),
    ] {
        let answer = owner.send(method, &ada_path, Some(body.clone())).await;
        assert_eq!((answer.status, answer.code().as_str()), (409, "conflict"), "{method} {body}");
    }
    let promoted = owner.send("PATCH", &bea_path, Some(json!({"administrator": true}))).await;
    assert_eq!(promoted.json()["administrator"], true);
    assert_eq!(bea.get("/api/v1/accounts").await.status, 200, "at once");
    let demoted = bea.send("PATCH", &ada_path, Some(json!({"administrator": false}))).await;
    assert_eq!(demoted.status, 200);
    assert_eq!(owner.get("/api/v1/accounts").await.status, 403, "at once");
}

#[tokio::test]
async fn a_disabled_account_is_out_and_comes_back() {
    let world = World::new().await;
    let owner = world.owner().await;
    let bea = world.account(&owner, "bea").await;
    let link = bea.send("POST", "/api/v1/links", None).await.json();
    let path = path_of(&bea).await;
    let disabled = owner.send("PATCH", &path, Some(json!({"disabled": true}))).await;
    assert_eq!(disabled.json()["disabled"], true);
    assert_eq!(bea.get("/api/v1/me").await.status, 401);
    assert_eq!(world.sign_in("bea", PASSWORD).await.status, 401);
    let body = json!({"grant": last_segment(&link["url"])});
    assert_eq!(world.stranger().send("POST", "/api/v1/enter", Some(body)).await.status, 410);
    owner.send("PATCH", &path, Some(json!({"disabled": false}))).await;
    assert_eq!(world.sign_in("bea", PASSWORD).await.status, 200);
    let verbs = crate::audit::rows(&world).await.join("\n");
    assert!(verbs.contains("account.disable usr_") && verbs.contains("account.enable usr_"));
}

#[tokio::test]
async fn an_account_is_deleted_only_when_no_workspace_is_left_alone() {
    let world = World::new().await;
    let owner = world.owner().await;
    let bea = world.account(&owner, "bea").await;
    let workspace = world.workspace(&bea).await;
    let path = path_of(&bea).await;
    let refused = owner.send("DELETE", &path, None).await;
    assert_eq!((refused.status, refused.code().as_str()), (409, "conflict"));
    let details = &refused.json()["error"]["details"];
    assert_eq!(details["workspaces"], json!([{"id": workspace, "name": "w"}]));
    assert_eq!(bea.get("/api/v1/me").await.status, 200, "nothing was changed");

    let invite = format!("/api/v1/workspaces/{workspace}/invitations");
    let made = bea.send("POST", &invite, Some(json!({"role": "owner"}))).await;
    let cem = world.join(&made, "cem").await;
    let left = bea.send("POST", &invite, Some(json!({"role": "owner"}))).await;
    assert_eq!(owner.send("DELETE", &path, None).await.status, 204);
    assert_eq!(bea.get("/api/v1/me").await.status, 401);
    assert_eq!(world.sign_in("bea", PASSWORD).await.status, 401);
    let kept = cem.get(&format!("/api/v1/workspaces/{workspace}")).await.json();
    assert_eq!(kept["owner"], cem.get("/api/v1/me").await.json()["id"]);
    let body = json!({"invitation": last_segment(&left.json()["url"])});
    assert_eq!(cem.send("POST", "/api/v1/join/details", Some(body)).await.status, 410);
    assert_eq!(owner.get("/api/v1/accounts").await.json().as_array().unwrap().len(), 2);
    assert_eq!(owner.send("DELETE", &path, None).await.status, 404);
    // The name is free again.
    world.account(&owner, "bea").await;
}

#[tokio::test]
async fn log_in_names_are_unique() {
    let world = World::new().await;
    let owner = world.owner().await;
    let bea = world.account(&owner, "bea").await;
    let taken = bea.send("PATCH", "/api/v1/me", Some(json!({"login_name": "Ada"}))).await;
    assert_eq!((taken.status, taken.code().as_str()), (409, "already_exists"));
    let changed = bea.send("PATCH", "/api/v1/me", Some(json!({"login_name": "Bea.B"}))).await;
    assert_eq!(changed.json()["login_name"], "bea.b");
    assert_eq!(world.sign_in("bea.b", PASSWORD).await.status, 200);
}
