//! What the audit log hears of terminals.

use crate::world::World;
use http::StatusCode;
use serde_json::{Value, json};

// covers: S0.52
#[tokio::test]
async fn who_was_at_a_terminal_is_told_until_a_gateway_has_it() {
    let world = World::running().await;
    let mut client = world.attach("main").await;
    client.run("echo hello").await;
    drop(client);
    let (outbox, entries) = collect(&world, &json!({"after": 0}), "terminal.detach").await;
    let verbs: Vec<&str> = entries.iter().filter_map(|it| it["verb"].as_str()).collect();
    assert_eq!(verbs, ["terminal.open", "terminal.detach"]);
    let detach = &entries[1];
    assert_eq!((detach["object"].as_str(), detach["number"].as_u64()), (Some("main"), Some(2)));
    assert!(11 <= detach["details"]["typed_bytes"].as_u64().unwrap(), "{detach}");
    assert!(!detach.to_string().contains("hello"));

    let world = world.crash().await;
    let (again, entries) = collect(&world, &json!({"outbox": outbox, "after": 1}), "").await;
    assert_eq!((again, &entries[0]), (outbox.clone(), detach));

    let body = json!({"dev_server": false});
    world.post("/api/v1/session/run", body).await.expect(StatusCode::OK);
    let mut client = world.attach("main").await;
    client.type_in("exit 3\n").await;
    assert_eq!(client.closed().await, 4000);
    let request = json!({"outbox": outbox, "after": 2});
    let (_, entries) = collect(&world, &request, "terminal.end").await;
    let end = entries.iter().find(|it| it["verb"] == "terminal.end").unwrap();
    assert_eq!(end["details"]["exit_code"], 3);
    world.end().await;
}

/// The outbox and its entries, once one with the verb is among them.
async fn collect(world: &World, request: &Value, verb: &str) -> (String, Vec<Value>) {
    loop {
        let answer = world.own("/audit/collect", request.clone()).await.expect(StatusCode::OK);
        let entries = answer["entries"].as_array().unwrap();
        if verb.is_empty() || entries.iter().any(|it| it["verb"] == verb) {
            return (answer["outbox"].as_str().unwrap().to_owned(), entries.clone());
        }
        tokio::task::yield_now().await;
    }
}
