//! What is told as it happens.

use super::{Channel, EMBEDDED, say, spawn};
use crate::world::World;
use serde_json::json;

// covers: S4.173
#[tokio::test]
async fn a_worker_is_followed_from_a_snapshot_on_and_again_from_a_cursor() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = spawn(&owner, EMBEDDED).await;
    let path = format!("{EMBEDDED}/{id}");
    let events = format!("{path}/events/ws");
    let mut channel = Channel::open(&world, &owner, &events).await;
    let first = channel.next().await;
    assert_eq!((&first["type"], &first["worker"]["worker_id"]), (&json!("snapshot"), &json!(id)));
    assert_eq!(first["cursor"], "bo_0000000000000002");
    say(&owner, &path, "one").await;
    let event = channel.next().await;
    assert_eq!(
        (&event["type"], &event["event"]["kind"]),
        (&json!("event"), &json!("worker_input_accepted"))
    );
    assert_eq!(
        (&event["event"]["transcript_sequence"], &event["event"]["event_id"]),
        (&json!(1), &json!(3))
    );
    let cursor = event["cursor"].as_str().unwrap().to_owned();
    drop(channel);
    owner.send("POST", &format!("{path}/cancel"), None).await;
    let mut back = Channel::open(&world, &owner, &format!("{events}?cursor={cursor}")).await;
    assert_eq!(back.next().await["worker"]["status"], "cancelled");
    let missed = back.next().await;
    assert_eq!(
        (&missed["event"]["kind"], &missed["event"]["event_id"]),
        (&json!("worker_cancelled"), &json!(4))
    );
    // The same over the path without a version.
    let bare = events.replace("/api/v1/", "/api/");
    assert_eq!(Channel::open(&world, &owner, &bare).await.next().await["type"], "snapshot");
}

#[tokio::test]
async fn a_channel_only_tells_and_says_why_it_is_closed() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = spawn(&owner, EMBEDDED).await;
    let events = format!("{EMBEDDED}/{id}/events/ws");
    let mut channel = Channel::open(&world, &owner, &events).await;
    channel.next().await;
    channel.say("{}").await;
    assert_eq!(channel.next().await["diagnostic"]["code"], "observation_only");
    assert!(channel.next().await.is_null());
    for (cursor, code) in [
        ("bo_zz", "cursor_malformed"),
        ("wo_0000000000000001", "cursor_malformed"),
        ("bo_00000000000000ff", "cursor_unknown"),
    ] {
        let mut channel = Channel::open(&world, &owner, &format!("{events}?cursor={cursor}")).await;
        assert_eq!(channel.next().await["diagnostic"]["code"], code);
        assert!(channel.next().await.is_null());
    }
    world.execute(&["UPDATE worker_runtime SET last_event = 2000"]).await;
    let expired = format!("{events}?cursor=bo_0000000000000001");
    let mut channel = Channel::open(&world, &owner, &expired).await;
    assert_eq!(channel.next().await["diagnostic"]["code"], "cursor_expired");
    assert_eq!(owner.open(&format!("{EMBEDDED}/worker-0000ffff/events/ws")).await, 404);
    let local = "/api/v1/runtimes/local-worker-runtime/workers/w/events/ws";
    assert_eq!(owner.open(local).await, 404);
}

#[tokio::test]
async fn the_registry_is_shown_anew_whenever_it_changes_and_ends_with_the_sign_in() {
    let world = World::new().await;
    let owner = world.owner().await;
    let mut channel = Channel::open(&world, &owner, "/api/v1/registry/ws").await;
    let first = channel.next().await;
    assert_eq!(first["runtimes"]["items"].as_array().unwrap().len(), 2);
    assert_eq!(first["workers"]["items"], json!([]));
    let id = spawn(&owner, EMBEDDED).await;
    channel.until("the worker", |it| it["workers"]["items"][0]["worker_id"] == *id).await;
    owner.send("POST", &format!("{EMBEDDED}/{id}/stop"), Some(json!({}))).await;
    channel.until("its end", |it| it["workers"]["items"][0]["status"] == "stopped").await;
    owner.send("POST", "/api/v1/leave", None).await;
    assert!(channel.next().await.is_null());
}
