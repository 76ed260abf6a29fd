//! Tokens for programs: what they may do, and what never.

use crate::policy::ask;
use crate::world::{Client, World};
use serde_json::{Value, json};

async fn token(world: &World, owner: &Client, body: Value) -> Client {
    let made = owner.send("POST", "/api/v1/tokens", Some(body)).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let secret = made.json()["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("stead_"));
    world.stranger().with("authorization", &format!("Bearer {secret}"))
}

#[tokio::test]
async fn a_token_is_shown_once_and_works_until_it_is_revoked() {
    let world = World::new().await;
    let owner = world.owner().await;
    let program = token(&world, &owner, json!({"name": "deploy"})).await;
    let list = owner.get("/api/v1/tokens").await;
    assert!(!list.text().contains("stead_"), "{}", list.text());
    assert_eq!(list.json()[0]["used_at_ms"], Value::Null);
    assert_eq!(program.get("/api/v1/me").await.json()["name"], "Ada");
    let id = list.json()[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(owner.send("DELETE", &format!("/api/v1/tokens/{id}"), None).await.status, 204);
    assert_eq!(program.get("/api/v1/me").await.status, 401);
    assert_eq!(owner.get("/api/v1/tokens").await.json(), json!([]));
}

#[tokio::test]
async fn a_token_that_may_only_read_changes_nothing() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    let program = token(&world, &owner, json!({"name": "watch", "read_only": true})).await;
    let path = format!("/api/v1/workspaces/{id}");
    assert_eq!(program.get(&path).await.json()["role"], "viewer");
    assert_eq!(program.get(&format!("{path}/tree")).await.status, 200);
    let create = json!({"name": "w2", "source": {"kind": "empty"}});
    for (method, path, body) in [
        ("PUT", format!("{path}/files/a"), json!({})),
        ("POST", format!("{path}/session/start"), json!({})),
        ("PATCH", path.clone(), json!({"name": "x"})),
        ("DELETE", path.clone(), json!({})),
        ("POST", "/api/v1/workspaces".to_owned(), create),
        ("POST", "/api/v1/leave".to_owned(), json!({})),
    ] {
        let answer = program.send(method, &path, Some(body)).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "forbidden"), "{method} {path}");
    }
}

#[tokio::test]
async fn a_token_for_one_workspace_knows_of_no_other() {
    let world = World::new().await;
    let owner = world.owner().await;
    let (inside, outside) = (world.workspace(&owner).await, world.workspace(&owner).await);
    let program = token(&world, &owner, json!({"name": "one", "workspaces": [inside]})).await;
    let list = program.get("/api/v1/workspaces").await.json();
    let ids: Vec<&Value> = list.as_array().unwrap().iter().map(|it| &it["id"]).collect();
    assert_eq!(ids, [inside.as_str()]);
    assert_eq!(program.get(&format!("/api/v1/workspaces/{inside}")).await.json()["role"], "owner");
    assert_eq!(program.get(&format!("/api/v1/workspaces/{outside}")).await.status, 404);
    let create = json!({"name": "w2", "source": {"kind": "empty"}});
    assert_eq!(program.send("POST", "/api/v1/workspaces", Some(create)).await.status, 403);
    assert_eq!(program.get("/api/v1/accounts").await.status, 403);
    let preview = format!("/preview/enter?host={}", outside.body());
    assert_eq!(program.get(&preview).await.status, 404);
    let host = format!("{}.localhost:{}", outside.body(), world.address.port());
    assert_eq!(program.clone().with("host", &host).get("/").await.status, 401);
}

#[tokio::test]
async fn a_token_for_the_registry_reaches_nothing_else() {
    let world = World::new().await;
    let owner = world.owner().await;
    let workspace = world.workspace(&owner).await;
    let program = token(&world, &owner, json!({"name": "other", "registry_only": true})).await;
    assert_eq!(program.get("/v1/runtime").await.status, 200);
    let mut reached = Vec::new();
    for route in gateway::routes().filter(|it| it.signed_in) {
        let status = ask(&program, &route, &workspace).await;
        if route.for_installations {
            assert!(![401, 403].contains(&status), "{status} {route:?}");
            reached.push(route.path);
        } else {
            assert_eq!(status, 403, "{route:?}");
        }
    }
    assert_eq!(reached.len(), 10);
    assert!(reached.iter().all(|it| it.starts_with("/v1/")), "{reached:?}");
    let preview = format!("{}.localhost:{}", workspace.body(), world.address.port());
    assert_eq!(program.clone().with("host", &preview).get("/").await.status, 401);
    let wrong = json!({"name": "both", "registry_only": true, "workspaces": [workspace]});
    assert_eq!(owner.send("POST", "/api/v1/tokens", Some(wrong)).await.status, 400);
    let reader = json!({"name": "r", "registry_only": true, "read_only": true});
    let reader = token(&world, &owner, reader).await;
    assert_eq!(reader.get("/v1/workers").await.status, 200);
    assert_eq!(reader.send("POST", "/v1/workers", Some(json!({}))).await.status, 403);
    let bea = world.account(&owner, "bea").await;
    let mine = json!({"name": "mine", "registry_only": true});
    assert_eq!(bea.send("POST", "/api/v1/tokens", Some(mine)).await.status, 403);
}

#[tokio::test]
async fn a_token_cannot_speak_for_the_person() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    let program = token(&world, &owner, json!({"name": "all"})).await;
    for route in gateway::routes().filter(|it| it.in_person) {
        let path = route.path.replace("{id}", id.as_str());
        if route.method == "WS" {
            assert_eq!(program.open(&path).await, 403, "{route:?}");
            continue;
        }
        let answer = program.send(route.method, &path, Some(json!({}))).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "forbidden"), "{route:?}");
    }
    let refused: Vec<String> =
        gateway::routes().filter(|it| it.in_person).map(|it| it.path).collect();
    for path in ["/api/v1/tokens", "/api/v1/me/password", "/api/v1/links", "/api/v1/invitations"] {
        assert!(refused.iter().any(|it| it == path), "{path}");
    }
    assert_eq!(program.get("/api/v1/accounts").await.status, 200);
}

#[tokio::test]
async fn an_expired_or_guessed_token_is_nobody() {
    let world = World::new().await;
    let owner = world.owner().await;
    let program = token(&world, &owner, json!({"name": "short", "expires_in_s": 60})).await;
    assert_eq!(program.get("/api/v1/me").await.status, 200);
    let late = token(&world, &owner, json!({"name": "late", "expires_in_s": 60})).await;
    world.execute(&["UPDATE logins SET expires_at_ms = 1 WHERE name = 'late'"]).await;
    assert_eq!(late.get("/api/v1/me").await.status, 401);
    let good = program.headers["authorization"].to_str().unwrap().to_owned();
    let changed =
        good.replace(&good[good.len() - 1..], if good.ends_with('0') { "1" } else { "0" });
    for guess in [
        changed.as_str(),
        &good[..good.len() - 1],
        &good.to_uppercase(),
        "Bearer stead_",
        "Bearer ",
        "Bearer %",
        "Bearer stead_' OR '1'='1",
    ] {
        let client = world.stranger().with("authorization", guess);
        assert_eq!(client.get("/api/v1/me").await.status, 401, "{guess}");
    }
    // A token in the address is no token.
    let secret = good.strip_prefix("Bearer ").unwrap();
    for path in [format!("/api/v1/me?token={secret}"), format!("/api/v1/me?access_token={secret}")]
    {
        assert_eq!(world.stranger().get(&path).await.status, 401);
    }
}

#[tokio::test]
async fn bounds_that_cannot_be_are_refused() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    let bea = world.account(&owner, "bea").await;
    for (client, body, status) in [
        (&owner, json!({"name": ""}), 400),
        (&owner, json!({"name": "x", "expires_in_s": 0}), 400),
        (&owner, json!({"name": "x", "expires_in_s": u64::MAX}), 400),
        (&owner, json!({"name": "x", "workspaces": []}), 400),
        (&owner, json!({"name": "x", "scope": "admin"}), 400),
        (&bea, json!({"name": "x", "workspaces": [id]}), 404),
    ] {
        let answer = client.send("POST", "/api/v1/tokens", Some(body.clone())).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.text());
    }
}

#[tokio::test]
async fn the_first_use_of_a_day_is_written_down() {
    let world = World::new().await;
    let owner = world.owner().await;
    let program = token(&world, &owner, json!({"name": "t"})).await;
    let mut database = world.watch().await;
    for _ in 0..3 {
        assert_eq!(program.get("/api/v1/me").await.status, 200);
    }
    database.until("SELECT COUNT(*) FROM audit WHERE verb = 'token.use'", 1).await;
    database.until("SELECT COUNT(*) FROM logins WHERE name = 't' AND seen_at_ms > 0", 1).await;
    let rows = crate::audit::rows(&world).await;
    assert_eq!(rows.iter().filter(|it| it.starts_with("token.use login_")).count(), 1);
    assert!(owner.get("/api/v1/tokens").await.json()[0]["used_at_ms"].is_u64());
}
