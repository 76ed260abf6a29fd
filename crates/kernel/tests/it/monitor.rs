//! The system monitor: load of the workspace and of its processes, and what is asked of the kernel.

use crate::channel::{say, until};
use crate::world::World;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::os::unix::fs::MetadataExt;

// covers: S2.16, S2.18, S2.39, S2.49, S2.50, S2.51, S2.52, S2.53, S2.54, S2.55, S2.56
#[tokio::test]
async fn the_load_comes_at_every_interval_with_what_is_asked_of_the_kernel() {
    let world = World::start().await;
    let mut one = world.socket("/api/v1/ws?topics=stats", "viewer").await;
    let two = world.socket("/api/v1/ws?topics=", "viewer").await;
    let before = until(&mut one, "system_stats").await["stats"].clone();
    let number = |stats: &Value, key: &str| stats[key].as_f64().unwrap();
    for key in ["cpu_percent", "memory_percent", "disk_percent"] {
        assert!((0.0..=100.0).contains(&number(&before, key)), "{key}: {before}");
    }
    for key in ["memory_used_bytes", "memory_available_bytes", "disk_available_bytes", "processes"]
    {
        assert!(0.0 < number(&before, key), "{key}: {before}");
    }
    for key in ["network_received_bytes", "network_sent_bytes"] {
        assert!(before[key].is_u64(), "{key}: {before}");
    }
    assert_eq!((&before["file_changes"], &before["errors"]), (&json!(0), &json!(0)));

    let answer = world.post("/api/v1/fs/mkdir", json!({"path": "a/b"})).await;
    answer.expect(StatusCode::CREATED);
    drop(two);
    let after = loop {
        let stats = until(&mut one, "system_stats").await["stats"].clone();
        if stats["websockets"] == 1 {
            break stats;
        }
    };
    assert_eq!(after["file_changes"], 2, "the directory and the one above it");
    assert!(number(&before, "requests") < number(&after, "requests"));
    world.end().await;
}

// covers: S2.50, S2.51
#[tokio::test]
async fn processes_are_told_while_somebody_asks_the_busiest_first() {
    let world = World::running().await;
    let mut client = world.attach("main").await;
    client.prompt().await;
    client.type_in("sh -c 'while :; do :; done' busy-one &\n").await;
    let mut socket = world.socket("/api/v1/ws?topics=processes", "viewer").await;
    let busy = loop {
        let frame = until(&mut socket, "processes").await;
        let first = frame["processes"][0].clone();
        if first["command"].as_str().is_some_and(|it| it.contains("busy-one"))
            && 5.0 < first["cpu_percent"].as_f64().unwrap()
        {
            break first;
        }
    };
    assert!(0 < busy["memory_bytes"].as_u64().unwrap());
    say(&mut socket, json!({"type": "unsubscribe", "topics": ["processes"]})).await;
    assert_eq!(until(&mut socket, "subscribed").await["topics"], json!([]));
    world.end().await;
}

/// The file system's clock moves on by more than a kernel allows for.
fn let_time_pass(world: &World, name: &str) {
    let changed = |name: &str| {
        let found = std::fs::metadata(world.path(name)).unwrap();
        found.ctime() * 1000 + found.ctime_nsec() / 1_000_000
    };
    let begin = changed(name);
    while changed("clock") < begin + 50 {
        world.write("clock", "tick");
    }
}

#[tokio::test]
async fn what_a_dead_kernel_left_of_a_write_is_removed_by_the_next_one() {
    let world = World::start().await;
    let path = "/api/v1/files/a.txt";
    let answer = world.request(Method::PUT, path, "editor", Some(json!("text"))).await;
    answer.expect(StatusCode::CREATED);
    let left = ".stead-tmp-0123456789abcdef0123456789abcdef";
    for name in [left, ".stead-tmp-mine", "clock"] {
        world.write(name, "half");
    }
    let_time_pass(&world, left);
    let world = world.crash().await;
    let mut socket = world.socket("/api/v1/ws?from=1&topics=events", "viewer").await;
    loop {
        let event = until(&mut socket, "event").await;
        if event["event"]["kind"]["code"] == "leftovers_removed"
            || event["event"]["code"] == "leftovers_removed"
        {
            break;
        }
    }
    assert!(!world.path(left).exists());
    assert!(world.path(".stead-tmp-mine").exists() && world.path("a.txt").exists());
    world.end().await;
}
