//! The audit log as people and programs ask for it.

use crate::world::{Client, World};
use serde_json::{Value, json};

async fn entries(client: &Client, path: &str) -> Vec<Value> {
    let answer = client.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()["entries"].as_array().unwrap().clone()
}

fn verbs(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|it| it["verb"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_administrator_sees_everything_and_an_owner_the_workspace() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    let other = world.workspace(&owner).await;
    let path = format!("/api/v1/workspaces/{id}");
    owner.send("PATCH", &path, Some(json!({"name": "New name"}))).await;
    owner.send("PATCH", &format!("/api/v1/workspaces/{other}"), Some(json!({"name": "x"}))).await;

    let all = owner.get("/api/v1/audit").await.json();
    let seen = all["entries"].as_array().unwrap();
    assert_eq!(
        verbs(seen),
        [
            "workspace.update",
            "workspace.update",
            "workspace.create",
            "workspace.create",
            "login.create"
        ]
    );
    let (who, address) = (&seen[1]["principal"], &seen[1]["address"]);
    assert_eq!((&seen[1]["object"], address), (&json!("New name"), &json!("127.0.0.1")));
    assert!(seen[1]["login"].as_str().unwrap().starts_with("login_"));
    assert_eq!(all["people"][who.as_str().unwrap()], "Ada");
    assert_eq!(all["workspaces"][id.as_str()], "New name");
    assert_eq!(all["next"], Value::Null);

    let own = entries(&owner, &format!("{path}/audit")).await;
    assert_eq!(verbs(&own), ["workspace.update", "workspace.create"]);
    assert_eq!((&own[0]["address"], &own[0]["login"]), (&Value::Null, &Value::Null));
    let sneaky = entries(&owner, &format!("{path}/audit?workspace={other}")).await;
    assert_eq!(sneaky, own, "the workspace of the path counts");
}

#[tokio::test]
async fn filters_narrow_and_pages_go_on() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    let path = format!("/api/v1/workspaces/{id}");
    for name in ["one", "two", "three"] {
        owner.send("PATCH", &path, Some(json!({"name": name}))).await;
    }
    let find = async |query: &str| {
        let all = entries(&owner, &format!("/api/v1/audit?{query}")).await;
        all.iter().map(|it| it["object"].as_str().unwrap_or("-").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(find("verb=workspace.update").await, ["three", "two", "one"]);
    assert_eq!(find("verb=workspaces,accounts&limit=2").await, ["three", "two"]);
    // Identifiers, which are searched too, have no `o`.
    assert_eq!(find("text=TWO").await, ["two"]);
    assert_eq!(find("outcome=denied").await, [""; 0]);
    assert_eq!(find("person=usr_nobody").await, [""; 0]);
    let first = owner.get("/api/v1/audit?limit=2").await.json();
    let next = first["next"].as_str().unwrap();
    assert_eq!(find(&format!("limit=2&before={next}")).await, ["one", "empty"]);
    let time = first["entries"][1]["time_ms"].as_u64().unwrap();
    assert_eq!(
        find(&format!("until_ms={time}&verb=workspace.update")).await.first().unwrap(),
        "one"
    );
    for wrong in ["verb=nothing", "outcome=x", "before=x", "from_ms=yesterday"] {
        let answer = owner.get(&format!("/api/v1/audit?{wrong}")).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "invalid_request"), "{wrong}");
    }
}

#[tokio::test]
async fn a_file_of_the_log_is_written_down_before_it_is_given() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    let lines = owner.get("/api/v1/audit/export").await;
    assert_eq!(lines.header("content-type"), "application/x-ndjson");
    assert_eq!(lines.header("content-disposition"), "attachment; filename=\"stead-audit.jsonl\"");
    let rows: Vec<Value> =
        lines.text().lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    assert_eq!(rows.iter().map(|it| it["seq"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(verbs(&rows)[3], "audit.export");
    let path = format!("/api/v1/workspaces/{id}/audit/export?format=csv&verb=workspace.create");
    let table = owner.get(&path).await;
    assert_eq!(table.text().lines().count(), 3, "{}", table.text());
    assert!(table.text().starts_with("seq,time,"));
    // Addresses and log-ins are for administrators.
    let program = &rows[2];
    assert!(program["login"].is_string() && program["address"].is_string(), "{program}");
    let (login, address) = (program["login"].as_str().unwrap(), "127.0.0.1");
    for format in ["jsonl", "csv"] {
        let file =
            owner.get(&format!("/api/v1/workspaces/{id}/audit/export?format={format}")).await;
        let text = file.text();
        assert!(text.contains("workspace.create"), "{text}");
        assert!(!text.contains(login) && !text.contains(address), "{text}");
    }
}

#[tokio::test]
async fn the_log_is_checked_while_it_is_used() {
    let world = World::new().await;
    let owner = world.owner().await;
    world.workspace(&owner).await;
    let before = owner.get("/api/v1/audit/state").await.json();
    assert_eq!((&before["rows"], &before["check"]), (&json!(3), &Value::Null));
    assert_eq!(before["writable"], true);
    let checked = owner.send("POST", "/api/v1/audit/check", None).await.json();
    assert_eq!(checked["check"]["result"], json!({"kind": "whole"}), "{checked}");
    world.execute(&["UPDATE audit SET object = 'other' WHERE seq = 2"]).await;
    let checked = owner.send("POST", "/api/v1/audit/check", None).await.json();
    assert_eq!(checked["check"]["result"], json!({"kind": "broken", "seq": 2}));
    let words = owner.get("/api/v1/audit/verbs").await.json();
    assert!(words.as_array().unwrap().iter().any(|it| it["name"] == "file.rename"));
}

#[tokio::test]
async fn what_is_denied_is_written_down() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    world.execute(&["UPDATE members SET role = 'viewer'"]).await;
    let world = world.restart().await;
    let cookie = owner.headers["cookie"].to_str().unwrap();
    let owner = world.stranger().with("cookie", cookie).with_origin();
    let path = format!("/api/v1/workspaces/{id}");
    for _ in 0..3 {
        let denied = owner.send("DELETE", &format!("{path}/files/a%20b"), None).await;
        assert_eq!(denied.status, 403);
    }
    assert_eq!(owner.get(&format!("{path}/audit")).await.status, 403);
    let rows = world.audit_rows().await;
    let denied: Vec<&String> = rows.iter().filter(|it| it.contains(" denied")).collect();
    assert_eq!(denied.len(), 4, "{rows:?}");
    assert_eq!(denied[0], "file.delete a b denied");
    assert_eq!(denied[3], "access.ask /api/v1/workspaces/{id}/audit denied");
}
