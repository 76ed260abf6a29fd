//! The paths of the registry in one installation.

use super::{EMBEDDED, coder, say, spawn};
use crate::world::{Client, World};
use serde_json::{Value, json};

// covers: S4.21, S4.160, S4.161, S4.162, S4.163
#[tokio::test]
async fn a_worker_is_made_spoken_to_read_and_stopped_over_http() {
    let world = World::new().await;
    let owner = world.owner().await;
    let runtimes = owner.get("/api/v1/runtimes").await.json();
    let ids: Vec<_> = runtimes["items"].as_array().unwrap().iter().collect();
    assert_eq!(ids[0]["runtime_id"], "local-worker-runtime");
    assert_eq!(ids[1]["runtime_id"], "embedded-worker-runtime");
    assert_eq!(
        (&ids[1]["source"]["kind"], &ids[1]["source"]["status"]),
        (&json!("embedded_worker_runtime"), &json!("active"))
    );
    for can in ["can_spawn_worker", "can_accept_input", "can_read_bounded_transcript"] {
        assert_eq!(ids[1]["capabilities"][can], true);
    }
    let made = owner.send("POST", EMBEDDED, Some(coder())).await.json();
    assert_eq!(made["state"], "accepted");
    assert_eq!(
        made["acceptance_evidence"][1]["kind"],
        "embedded_runtime_backend_internal_projection"
    );
    let worker = &made["worker"];
    assert_eq!((&worker["profile"], &worker["role"]), (&json!("builtin:coder"), &json!("coder")));
    assert_eq!(
        worker["workspace"],
        json!({"visibility": "backend_internal", "identity": "runtime_registry_worker"})
    );
    let id = worker["worker_id"].as_str().unwrap();
    let path = format!("{EMBEDDED}/{id}");

    let said = say(&owner, &path, "hello").await;
    assert_eq!((&said["state"], &said["transcript_sequence"]), (&json!("accepted"), &json!(1)));
    assert_eq!(
        (&said["runtime_id"], &said["worker_id"]),
        (&json!("embedded-worker-runtime"), &json!(id))
    );
    let transcript = owner.get(&format!("{path}/transcript?start=0&limit=10")).await.json();
    assert_eq!(transcript["total_items"], 1);
    let item = &transcript["items"][0];
    assert_eq!((&item["role"], &item["content"]), (&json!("user"), &json!("hello")));

    let found = owner.get(&path).await.json();
    assert_eq!(&found["worker"], worker);
    let hosts = owner.get("/api/v1/hosts").await.json();
    let host = hosts["items"][1]["host_id"].as_str().unwrap();
    assert!(host.starts_with("embedded-"));
    let of_host = owner.get(&format!("/api/v1/hosts/{host}/workers")).await.json();
    assert_eq!(of_host["items"], json!([worker]));
    assert_eq!(owner.get("/api/v1/workers").await.json()["items"], json!([worker]));
    let shown = json!([ids[1], worker, transcript]).to_string();
    let own = world.directory.path().to_str().unwrap();
    for inside in [own, "metadata.json", "session", "socket", "token", "credential", "provider"] {
        assert!(!shown.contains(inside), "{inside} in {shown}");
    }

    ends_as_it_is_asked(&world, &owner, &path, id).await;
}

/// A worker is stopped, and another one cancelled; the audit log says so and not what was said.
async fn ends_as_it_is_asked(world: &World, owner: &Client, path: &str, id: &str) {
    let points = owner.get(&format!("{path}/connect-points")).await.json();
    assert_eq!(
        (&points[0]["kind"], &points[0]["status"]),
        (&json!("event_stream"), &json!("available"))
    );
    let stopped = owner.send("POST", &format!("{path}/stop"), Some(json!({"mode": "force"}))).await;
    assert_eq!(stopped.json(), json!({"state": "accepted", "diagnostics": []}));
    assert_eq!(owner.get(path).await.json()["worker"]["status"], "stopped");
    let refused = say(owner, path, "too late").await;
    assert_eq!(
        (&refused["state"], &refused["diagnostics"][0]["code"]),
        (&json!("rejected"), &json!("embedded_runtime_stopped"))
    );
    let other = spawn(owner, EMBEDDED).await;
    let cancelled = owner.send("POST", &format!("{EMBEDDED}/{other}/cancel"), None).await;
    assert_eq!(cancelled.json()["state"], "accepted");
    assert_eq!(
        owner.get(&format!("{EMBEDDED}/{other}")).await.json()["worker"]["status"],
        "cancelled"
    );

    let rows = world.audit_rows().await.join("\n");
    for row in [
        "worker.spawn embedded-worker-runtime ok".to_owned(),
        format!("worker.input {id} ok"),
        format!("worker.stop {id} ok"),
        format!("worker.cancel {other} ok"),
    ] {
        assert!(rows.contains(&row), "{row} in {rows}");
    }
    assert!(!rows.contains("hello"), "what is said stays out of the audit log");
}

#[tokio::test]
async fn everything_is_there_after_a_restart_and_goes_on_where_it_was() {
    let world = World::new().await;
    let owner = world.owner().await;
    let (first, second) = (spawn(&owner, EMBEDDED).await, spawn(&owner, EMBEDDED).await);
    let path = format!("{EMBEDDED}/{first}");
    say(&owner, &path, "one").await;
    owner.send("POST", &format!("{EMBEDDED}/{second}/cancel"), None).await;
    let hosts = owner.get("/api/v1/hosts").await.json();
    let world = world.restart().await;
    let owner = world.program();
    let after = owner.get("/api/v1/hosts").await.json();
    assert_eq!(after["items"][1]["host_id"], hosts["items"][1]["host_id"]);
    assert_eq!(
        owner.get(&format!("{EMBEDDED}/{second}")).await.json()["worker"]["status"],
        "cancelled"
    );
    let said = say(&owner, &path, "two").await;
    assert_eq!((&said["transcript_sequence"], &said["event_id"]), (&json!(2), &json!(6)));
    let page = owner.get(&format!("{path}/transcript?limit=1")).await.json();
    assert_eq!((&page["next_start"], &page["items"][0]["content"]), (&json!(1), &json!("one")));
    let page = owner.get(&format!("{path}/transcript?start=1&limit=1")).await.json();
    assert_eq!((&page["next_start"], &page["items"][0]["content"]), (&Value::Null, &json!("two")));
    let third = spawn(&owner, EMBEDDED).await;
    assert_eq!(third, "worker-00000003");
}

// covers: S4.96, S4.167
#[tokio::test]
async fn what_is_wrong_is_told_by_status_and_code() {
    let world = World::new().await;
    let owner = world.owner().await;
    let long = "a".repeat(121);
    for (path, status, code) in [
        ("/api/v1/hosts/a%2eb/workers", 400, "invalid_identifier"),
        ("/api/v1/hosts/..secret/workers", 400, "invalid_identifier"),
        (&*format!("/api/v1/hosts/{long}/workers"), 400, "invalid_identifier"),
        ("/api/v1/hosts/%2e%2e/workers", 400, "invalid_path"),
        ("/api/v1/hosts/local-missing/workers", 404, "unknown_host"),
        ("/api/v1/runtimes/none/workers/w", 404, "unknown_runtime"),
        ("/api/v1/runtimes/no%20ne/workers/w", 400, "invalid_identifier"),
        (&*format!("{EMBEDDED}/worker-0000ffff"), 404, "unknown_worker"),
        (&*format!("{EMBEDDED}/worker-0000ffff/transcript"), 404, "unknown_worker"),
        ("/api/v1/runtimes/local-worker-runtime/workers/w", 404, "unknown_worker"),
        ("/api/v1/runtimes?limit=x", 400, "invalid_request"),
        ("/api/runtimes/none", 404, "not_found"),
        ("/api/nothing", 404, "not_found"),
        ("/v1/nothing", 404, "not_found"),
    ] {
        let answer = owner.clone().with("accept", "text/html").get(path).await;
        assert_eq!((answer.status, &*answer.code()), (status, code), "{path}");
    }
    let missing = owner.get(&format!("{EMBEDDED}/worker-0000ffff")).await.json();
    assert_eq!(missing["error"]["details"]["runtime_id"], "embedded-worker-runtime");
    assert_eq!(missing["error"]["details"]["worker_id"], "worker-0000ffff");

    let local = "/api/v1/runtimes/local-worker-runtime/workers";
    let unsupported = owner.send("POST", local, Some(coder())).await;
    assert_eq!((unsupported.status, &*unsupported.code()), (501, "unsupported"));
    assert_eq!(unsupported.json()["state"], "unsupported");
    assert_eq!(unsupported.json()["diagnostics"][0]["code"], "worker_spawn_resolver_pending");
}

// covers: S4.62, S4.86
#[tokio::test]
async fn a_spawn_takes_intents_and_nothing_that_names_a_place() {
    let world = World::new().await;
    let owner = world.owner().await;
    let with = |place: &str, name: &str| {
        let mut body = coder();
        let object = if place.is_empty() { &mut body } else { &mut body[place] };
        object[name] = json!("/root");
        body
    };
    for (place, name) in [
        ("", "workspace_root"),
        ("", "cwd"),
        ("", "executable"),
        ("", "profile"),
        ("intent", "cwd"),
        ("intent", "profile_selector"),
        ("acceptance", "path"),
    ] {
        let answer = owner.send("POST", EMBEDDED, Some(with(place, name))).await;
        assert_eq!((answer.status, &*answer.code()), (400, "invalid_request"), "{name}");
    }
    for kind in ["workspace_companion", "workspace_orchestrator"] {
        let mut body = coder();
        body["intent"] = json!({"kind": kind, "cwd": "/root"});
        assert_eq!(owner.send("POST", EMBEDDED, Some(body.clone())).await.status, 400);
        body["intent"] = json!({"kind": kind});
        assert_eq!(owner.send("POST", EMBEDDED, Some(body)).await.status, 200);
    }
    assert_eq!(owner.get("/api/v1/workers").await.json()["items"].as_array().unwrap().len(), 2);
    let mut body = coder();
    body["acceptance"] = json!({"kind": "socket_ready"});
    let answer = owner.send("POST", EMBEDDED, Some(body)).await.json();
    assert_eq!(
        (&answer["state"], &answer["diagnostics"][0]["code"]),
        (&json!("rejected"), &json!("embedded_runtime_no_socket"))
    );
}

#[tokio::test]
async fn the_paths_without_a_version_are_the_same() {
    let world = World::new().await;
    let owner = world.owner().await;
    let bare = "/api/runtimes/embedded-worker-runtime/workers";
    let id = spawn(&owner, bare).await;
    say(&owner, &format!("{bare}/{id}"), "hello").await;
    for rest in ["", "/transcript?start=0&limit=9", "/connect-points"] {
        let (one, other) = (format!("{bare}/{id}{rest}"), format!("{EMBEDDED}/{id}{rest}"));
        assert_eq!(owner.get(&one).await.json(), owner.get(&other).await.json());
    }
    assert_eq!(owner.get("/api/runtimes").await.json(), owner.get("/api/v1/runtimes").await.json());
    assert_eq!(owner.get("/api/workers").await.json(), owner.get("/api/v1/workers").await.json());
    let hosts = owner.get("/api/hosts").await.json();
    let host = hosts["items"][1]["host_id"].as_str().unwrap();
    let workers = owner.get(&format!("/api/hosts/{host}/workers")).await.json();
    assert_eq!(workers["items"][0]["worker_id"], *id);
    let stopped = owner.send("POST", &format!("{bare}/{id}/stop"), Some(json!({}))).await;
    assert_eq!(stopped.json()["state"], "accepted");
    let cancelled = owner.send("POST", &format!("{bare}/{id}/cancel"), None).await;
    assert_eq!(cancelled.json()["state"], "accepted");
    assert_eq!(owner.get(&format!("{bare}/{id}")).await.json()["worker"]["status"], "stopped");
}

#[tokio::test]
async fn a_list_has_its_limit_and_a_page_of_nothing_leads_nowhere() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = spawn(&owner, EMBEDDED).await;
    spawn(&owner, EMBEDDED).await;
    let path = format!("{EMBEDDED}/{id}");
    say(&owner, &path, "one").await;
    let count = async |path: &str| owner.get(path).await.json()["items"].as_array().unwrap().len();
    assert_eq!(count("/api/v1/workers?limit=1").await, 1);
    assert_eq!(count("/api/v1/workers?limit=0").await, 0);
    assert_eq!(count("/api/v1/workers?limit=100000").await, 2);
    let runtimes = owner.get("/api/v1/runtimes?limit=100000").await.json();
    assert_eq!(runtimes["items"][1]["capabilities"]["max_workers"], 200, "lists are capped");
    let nothing = owner.get(&format!("{path}/transcript?limit=0")).await.json();
    assert_eq!((&nothing["next_start"], &nothing["total_items"]), (&Value::Null, &json!(1)));
    let large = owner.get(&format!("{path}/transcript?limit=257")).await.json();
    assert_eq!(large["diagnostics"][0]["code"], "embedded_runtime_limit_too_large");
}

// covers: S4.140, S4.144
#[tokio::test]
async fn local_workers_are_read_from_their_records() {
    let data = tempfile::tempdir().unwrap();
    let records = data.path().to_owned();
    let world = World::new_with(|it| it.worker_records = Some(records)).await;
    let record = data.path().join("pods/coder");
    std::fs::create_dir(&record).unwrap();
    let root = data.path().display().to_string();
    let metadata =
        json!({"worker_name": "coder", "workspace_root": root, "active": {"segment_id": "s"}});
    std::fs::write(record.join("metadata.json"), metadata.to_string()).unwrap();
    let owner = world.owner().await;
    let workers = owner.get("/api/v1/workers").await.json();
    let worker = &workers["items"][0];
    assert_eq!(worker["worker_id"], "local-worker-coder-c84a9e3ad144b43d");
    assert_eq!((&worker["label"], &worker["status"]), (&json!("coder"), &json!("active:segment")));
    let shown = owner.get("/api/v1/hosts").await.text() + &workers.to_string();
    assert!(!shown.contains(&root) && !shown.contains("metadata.json"), "{shown}");
}

#[tokio::test]
async fn the_registry_is_for_administrators_and_is_asked_by_nobody_else() {
    let world = World::new().await;
    let owner = world.owner().await;
    let other = world.account(&owner, "bea").await;
    for path in ["/api/v1/runtimes", "/api/hosts", "/api/v1/workers", "/v1/runtime", "/v1/workers"]
    {
        assert_eq!(world.stranger().get(path).await.status, 401, "{path}");
        assert_eq!(other.get(path).await.status, 403, "{path}");
        assert_eq!(world.program().get(path).await.status, 200, "{path}");
    }
    let wrong = world.stranger().with("authorization", "Bearer stead_wrong");
    assert_eq!(wrong.get("/v1/runtime").await.status, 401);
    assert_eq!(other.open("/api/v1/registry/ws").await, 403);
}

#[tokio::test]
async fn a_store_that_cannot_be_read_is_told_without_what_is_in_it() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = spawn(&owner, EMBEDDED).await;
    world.execute(&["UPDATE workers SET intent = 'SECRET'"]).await;
    let broken = owner.get(&format!("{EMBEDDED}/{id}")).await;
    assert_eq!((broken.status, &*broken.code()), (502, "runtime_operation_failed"));
    assert_eq!(broken.json()["error"]["details"]["code"], "embedded_runtime_store_error");
    let list = owner.get("/api/v1/workers").await;
    assert_eq!(list.json()["diagnostics"][1]["code"], "embedded_runtime_store_error");
    assert!(!list.text().contains("SECRET") && !broken.text().contains("SECRET"));
    world.execute(&["DELETE FROM worker_runtime"]).await;
    let runtimes = owner.get("/api/v1/runtimes").await.json();
    assert_eq!(runtimes["items"][1]["status"], "unavailable");
    assert_eq!(owner.get("/v1/runtime").await.status, 500);
}
