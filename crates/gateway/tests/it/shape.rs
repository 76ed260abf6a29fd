//! What the gateway is built of, and what it says to those who watch it.

use crate::world::World;
use serde_json::json;

// covers: S1.64, S1.66, S1.81, S1.67
#[test]
fn the_gateway_cannot_start_a_process_or_make_a_terminal() {
    let manifest = include_str!("../../Cargo.toml");
    for crate_name in ["supervisor", "kernel", "host", "terminal", "rustix", "libc"] {
        let depends = manifest.lines().any(|it| it.starts_with(&format!("{crate_name}.")));
        assert!(!depends, "{crate_name}");
    }
    let bans = include_str!("../../../../clippy.toml");
    assert!(bans.contains("std::process::Command::new"));
}

// covers: S2.57
#[tokio::test]
async fn health_is_open_to_anyone() {
    let world = World::new().await;
    let health = world.stranger().get("/health").await;
    assert_eq!((health.status, health.json()), (200, json!({"status": "ok"})));
    assert_eq!(world.stranger().get("/readyz").await.status, 200);
    *world.provider.refuse.lock().unwrap() = Some("health");
    let away = world.stranger().get("/readyz").await;
    assert_eq!((away.status, &away.json()["error"]["details"]["host"]), (503, &json!(false)));
}

#[tokio::test]
async fn numbers_name_routes_and_no_secret() {
    let world = World::new().await;
    world.stranger().with("accept", "text/html").get("/enter/abc123").await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    owner.get(&format!("/api/v1/workspaces/{id}/files/private.txt")).await;
    let metrics = world.stranger().get("/metrics").await.text();
    let route = "route=\"/api/v1/workspaces/{id}/files/{*path}\",status=\"200\"} 1";
    assert!(metrics.contains(route), "{metrics}");
    assert!(metrics.contains("stead_workspaces 1\n"));
    for hidden in ["abc123", "private.txt", id.as_str()] {
        assert!(!metrics.contains(hidden), "{hidden}");
    }
}

#[tokio::test]
async fn the_application_is_served_with_a_strict_policy() {
    let world = World::new().await;
    let page = world.stranger().with("accept", "text/html").get("/workspaces/x").await;
    assert_eq!((page.status, page.header("cache-control")), (200, "no-cache"));
    let policy = page.header("content-security-policy");
    for part in ["script-src 'self';", "frame-ancestors 'none'", "base-uri 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    let frames = format!("frame-src 'self' blob: http://*.localhost:{};", world.address.port());
    assert!(policy.contains(&frames), "{policy}");
    assert_eq!(page.header("cross-origin-opener-policy"), "same-origin");
    assert_eq!(world.stranger().send("POST", "/workspaces/x", None).await.status, 405);
    let missing = world.stranger().with("accept", "*/*").get("/assets/gone.js").await;
    assert_eq!(missing.status, 404);
}
