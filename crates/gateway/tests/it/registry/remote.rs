//! Two installations, each of them a runtime of the other.

use super::{Channel, EMBEDDED, coder, register, say, spawn, token};
use crate::world::{Client, World};
use serde_json::json;

const REMOTE: &str = "/api/v1/runtimes/remote-other/workers";

fn url(world: &World) -> String {
    format!("http://localhost:{}", world.address.port())
}

async fn two() -> (World, Client, World, Client, String) {
    let (here, there) = (World::new().await, World::new().await);
    let (owner, other) = (here.owner().await, there.owner().await);
    let secret = token(&other).await;
    register(&owner, &url(&there), &secret).await;
    (here, owner, there, other, secret)
}

// covers: S4.54, S4.172
#[tokio::test]
async fn a_worker_of_another_installation_is_used_like_one_of_our_own() {
    let (here, owner, there, other, secret) = two().await;
    let runtimes = owner.get("/api/v1/runtimes").await.json();
    let remote = &runtimes["items"][2];
    assert_eq!(
        (&remote["runtime_id"], &remote["status"]),
        (&json!("remote-other"), &json!("running"))
    );
    assert_eq!(remote["source"]["kind"], "remote_http");
    assert_eq!(remote["source"]["status"], "active");
    assert!(remote["host_ids"][0].as_str().unwrap().starts_with("remote-"));
    for can in ["can_spawn_worker", "can_stop_worker", "can_stream_events"] {
        assert_eq!(remote["capabilities"][can], true);
    }
    let id = spawn(&owner, REMOTE).await;
    let path = format!("{REMOTE}/{id}");
    let mut channel = Channel::open(&here, &owner, &format!("{path}/events/ws")).await;
    let first = channel.next().await;
    assert_eq!(
        (&first["type"], &first["worker"]["runtime_id"]),
        (&json!("snapshot"), &json!("remote-other"))
    );
    let said = say(&owner, &path, "over there").await;
    assert_eq!(
        (&said["runtime_id"], &said["transcript_sequence"]),
        (&json!("remote-other"), &json!(1))
    );
    let event = channel.next().await;
    assert_eq!(event["event"]["kind"], "worker_input_accepted");
    assert!(event["cursor"].as_str().unwrap().starts_with("bo_"));
    let page = owner.get(&format!("{path}/transcript")).await.json();
    assert_eq!(
        (&page["runtime_id"], &page["items"][0]["content"]),
        (&json!("remote-other"), &json!("over there"))
    );
    // It is there, and its own installation shows it too.
    let own = other.get(&format!("{EMBEDDED}/{id}/transcript")).await.json();
    assert_eq!(own["items"], page["items"]);
    let host = remote["host_ids"][0].as_str().unwrap();
    let of_host = owner.get(&format!("/api/v1/hosts/{host}/workers")).await.json();
    assert_eq!(of_host["items"][0]["worker_id"], *id);

    let stopped = owner.send("POST", &format!("{path}/stop"), Some(json!({}))).await.json();
    assert_eq!(stopped["state"], "accepted");
    assert_eq!(channel.next().await["event"]["kind"], "worker_stopped");
    let late = say(&owner, &path, "too late").await;
    assert_eq!(
        (&late["state"], &late["diagnostics"][0]["code"]),
        (&json!("rejected"), &json!("remote_runtime_http_rejected"))
    );
    let missing = owner.get(&format!("{REMOTE}/worker-0000ffff")).await;
    assert_eq!((missing.status, &*missing.code()), (404, "unknown_worker"));
    assert_eq!(
        missing.json()["error"]["details"]["diagnostics"][0]["code"],
        "remote_worker_not_found"
    );
    let page = owner.get(&format!("{path}/transcript?limit=300")).await.json();
    assert_eq!(page["diagnostics"][0]["code"], "remote_runtime_http_rejected");

    // And the other way round, at the same time.
    let back = token(&owner).await;
    register(&other, &url(&here), &back).await;
    let ours = spawn(&other, REMOTE).await;
    assert_eq!(owner.get(&format!("{EMBEDDED}/{ours}")).await.status, 200);

    let mut shown = String::new();
    for path in ["/api/v1/runtimes", "/api/v1/hosts", "/api/v1/workers", "/api/v1/audit"] {
        shown += &owner.get(path).await.text();
    }
    shown += &here.audit_rows().await.join("\n");
    for inside in [&secret, &url(&there), &there.address.port().to_string()] {
        assert!(!shown.contains(inside.as_str()), "{inside} in {shown}");
    }
    let stored = here.stored().await;
    let there = url(&there);
    assert!(!stored.contains(&secret) && !stored.contains(&there), "address and token are sealed");
}

#[tokio::test]
async fn a_page_hears_of_changes_elsewhere_and_of_one_that_goes() {
    let (here, owner, there, other, _) = two().await;
    let mut channel = Channel::open(&here, &owner, "/api/v1/registry/ws").await;
    channel.next().await;
    let id = spawn(&other, EMBEDDED).await;
    let named = |it: &serde_json::Value| {
        let workers = it["workers"]["items"].as_array().unwrap();
        workers.iter().any(|it| it["worker_id"] == *id && it["runtime_id"] == "remote-other")
    };
    channel.until("the worker elsewhere", named).await;
    there.stop().await;
    let is_away = |it: &serde_json::Value| it["runtimes"]["items"][2]["status"] == "unavailable";
    let away = channel.until("the other one is away", is_away).await;
    assert_eq!(
        away["runtimes"]["items"][2]["diagnostics"][0]["code"],
        "remote_runtime_network_error"
    );
    let lookup = owner.get(&format!("{REMOTE}/{id}")).await;
    assert_eq!((lookup.status, &*lookup.code()), (502, "runtime_operation_failed"));
    let removed = owner.send("DELETE", "/api/v1/runtimes/remote-other", None).await;
    assert_eq!(removed.status, 204);
    channel.until("it is gone", |it| it["runtimes"]["items"].as_array().unwrap().len() == 2).await;
    assert_eq!(owner.get(&format!("{REMOTE}/{id}")).await.code(), "unknown_runtime");
}

#[tokio::test]
async fn a_remote_runtime_lasts_until_it_is_removed_and_is_let_in_while_its_token_is_good() {
    let (here, owner, there, other, _) = two().await;
    drop(owner);
    let here = here.restart().await;
    let owner = here.program();
    assert_eq!(owner.get("/api/v1/runtimes").await.json()["items"][2]["status"], "running");
    let tokens = other.get("/api/v1/tokens").await.json();
    let id = tokens[0]["id"].as_str().unwrap();
    assert_eq!(other.send("DELETE", &format!("/api/v1/tokens/{id}"), None).await.status, 204);
    let refused = &owner.get("/api/v1/runtimes").await.json()["items"][2];
    assert_eq!(refused["diagnostics"][0]["code"], "remote_runtime_auth_failed");
    assert_eq!(owner.send("DELETE", "/api/v1/runtimes/remote-other", None).await.status, 204);
    assert_eq!(owner.send("DELETE", "/api/v1/runtimes/remote-other", None).await.status, 404);
    for own in ["embedded-worker-runtime", "local-worker-runtime"] {
        let answer = owner.send("DELETE", &format!("/api/v1/runtimes/{own}"), None).await;
        assert_eq!(answer.status, 409);
    }
    drop(there);
    let rows = here.audit_rows().await.join("\n");
    for row in ["runtime.register remote-other ok", "runtime.remove remote-other ok"] {
        assert!(rows.contains(row), "{row} in {rows}");
    }
}

// covers: S4.105
#[tokio::test]
async fn what_is_no_address_no_token_or_known_already_is_not_registered() {
    let (here, owner, there, _, secret) = two().await;
    let good = json!({"label": "Other", "base_url": url(&there), "token": secret, "runtime_id": "remote-other"});
    let again = owner.send("POST", "/api/v1/runtimes", Some(good.clone())).await;
    assert_eq!((again.status, &*again.code()), (409, "already_exists"));
    for (name, value) in [
        ("base_url", json!("ftp://localhost")),
        ("base_url", json!("http://example.org")),
        ("base_url", json!("http://user:secret-word@localhost")),
        ("base_url", json!("http://localhost/?token=secret-word")),
        ("token", json!("")),
        ("token", json!("secret-word\r\nx: y")),
        ("label", json!(" ")),
        ("runtime_id", json!("../secret-word")),
        ("runtime_id", json!("embedded-worker-runtime")),
        ("more", json!(1)),
    ] {
        let mut body = good.clone();
        body["runtime_id"] = json!("remote-new");
        body[name] = value.clone();
        let answer = owner.send("POST", "/api/v1/runtimes", Some(body)).await;
        assert!(matches!(answer.status, 400 | 409), "{name} {value}: {}", answer.text());
        let is_id = name == "runtime_id";
        assert!(is_id || !answer.text().contains("secret-word"), "{}", answer.text());
    }
    let mut unnamed = good;
    unnamed.as_object_mut().unwrap().remove("runtime_id");
    let made = owner.send("POST", "/api/v1/runtimes", Some(unnamed)).await.json();
    assert!(made["runtime_id"].as_str().unwrap().starts_with("runtime-other-"), "{made}");
    assert_eq!(owner.get("/api/v1/runtimes").await.json()["items"].as_array().unwrap().len(), 4);
    drop(here);
}

#[tokio::test]
async fn what_is_offered_to_others_is_told_by_statuses() {
    let world = World::new().await;
    let program = {
        world.owner().await;
        world.program()
    };
    let offered = program.get("/v1/runtime").await.json();
    assert_eq!(
        (&offered["runtime_id"], &offered["status"]),
        (&json!("embedded-worker-runtime"), &json!("running"))
    );
    assert_eq!(
        (&offered["transcript_items_max"], &offered["events_max"]),
        (&json!(256), &json!(256))
    );
    let made = program.send("POST", "/v1/workers", Some(coder())).await;
    assert_eq!(made.status, 201);
    let id = made.json()["worker"]["worker_id"].as_str().unwrap().to_owned();
    let path = format!("/v1/workers/{id}");
    assert_eq!(program.get(&path).await.json()["worker_id"], *id);
    let ask = async |path: &str, body| program.send("POST", path, Some(body)).await.status;
    assert_eq!(ask(&format!("{path}/input"), json!({"content": "x"})).await, 200);
    assert_eq!(ask(&format!("{path}/input"), json!({"content": " "})).await, 400);
    assert_eq!(ask("/v1/workers/worker-0000ffff/input", json!({"content": "x"})).await, 404);
    assert_eq!(ask("/v1/workers/a%20b/input", json!({"content": "x"})).await, 400);
    assert_eq!(program.get(&format!("{path}/transcript?limit=257")).await.status, 400);
    assert_eq!(program.get(&format!("{path}/transcript")).await.json()["total_items"], 1);
    assert_eq!(program.get("/v1/workers/worker-0000ffff/transcript").await.status, 404);
    let mut channel = Channel::open(&world, &program, &format!("{path}/events/ws")).await;
    assert_eq!(channel.next().await["cursor"], "wo_0000000000000003");
    assert_eq!(ask(&format!("{path}/stop"), json!({"mode": "graceful"})).await, 200);
    assert_eq!(
        ask(&format!("{path}/stop"), json!({"mode": "graceful"})).await,
        200,
        "once is enough"
    );
    assert_eq!(ask(&format!("{path}/cancel"), json!({})).await, 200);
    assert_eq!(ask(&format!("{path}/input"), json!({"content": "x"})).await, 409);
    let wrong = world.stranger().with("authorization", "Bearer nothing");
    assert_eq!(wrong.get(&path).await.status, 401);
}
