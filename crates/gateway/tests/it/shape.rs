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
    let browser = world.stranger().with("accept", "text/html");
    let page = browser.get("/workspaces/x").await;
    assert_eq!((page.status, page.header("cache-control")), (200, "no-store"));
    let port = world.address.port();
    let policy = page.header("content-security-policy").to_owned();
    for part in [
        &format!("script-src http://localhost:{port}/assets/ http://localhost:{port}/theme.js;"),
        &format!(
            "frame-src blob: http://localhost:{port}/indexes/userspace/ http://*.localhost:{port};"
        ),
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "require-trusted-types-for 'script'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    let again = browser.get("/workspaces/x").await;
    assert_ne!(again.header("content-security-policy"), policy, "a nonce is used once");
    assert_eq!(page.header("cross-origin-opener-policy"), "same-origin");
    assert!(page.header("permissions-policy").contains("camera=()"));
    assert_eq!(world.stranger().send("POST", "/workspaces/x", None).await.status, 405);
    let program = world.stranger().with("accept", "*/*");
    assert_eq!(program.get("/assets/gone.js").await.status, 404);
    let start = program.get("/").await;
    assert_eq!((start.status, start.header("content-type")), (200, "text/html; charset=utf-8"));
}

#[tokio::test]
async fn no_answer_of_ours_is_a_document_that_runs_or_is_framed() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    let stranger = world.stranger();
    for (what, answer) in [
        ("data", owner.get("/api/v1/me").await),
        ("a refusal", stranger.get("/api/v1/me").await),
        ("nothing there", stranger.get("/api/v1/nothing").await),
        ("a wrong method", stranger.send("DELETE", "/api/v1/me", None).await),
        ("a socket without an upgrade", owner.get(&format!("/api/v1/workspaces/{id}/ws")).await),
        ("what a kernel says", owner.get(&format!("/api/v1/workspaces/{id}/files/a.html")).await),
        ("health", stranger.get("/health").await),
        ("a foreign name", stranger.clone().with("host", "evil.example").get("/").await),
        ("no such file", stranger.get("/assets/gone.js").await),
        (
            "a preview for nobody",
            stranger.get(&format!("/indexes/userspace/workspaces/{id}/preview")).await,
        ),
        ("a share that is none", stranger.get("/s/nothing").await),
    ] {
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{what}: {policy}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{what}");
        assert_eq!(answer.header("strict-transport-security"), "", "{what} came without TLS");
    }
}

#[tokio::test]
async fn under_tls_every_origin_asks_for_tls_and_cookies_are_bound_to_their_host() {
    let (name, previews) = ("stead.example.org", "preview.example.org");
    let world = World::new_with(|it| {
        it.public_url = Some(format!("https://{name}"));
        it.preview_domain = previews.to_owned();
    })
    .await;
    let body = json!({"grant": world.grant(), "name": "Ada"});
    let browser = world.stranger().with("host", name).with("origin", "https://stead.example.org");
    let entered = browser.send("POST", "/api/v1/enter", Some(body)).await;
    assert_eq!(entered.status, 200, "{}", entered.text());
    for cookie in entered.headers.get_all("set-cookie") {
        let cookie = cookie.to_str().unwrap();
        assert!(cookie.starts_with("__Host-stead-"), "{cookie}");
        assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
        assert!(cookie.contains("; Path=/;") && !cookie.contains("Domain"), "{cookie}");
    }
    let id = protocol::WorkspaceId::from_random(1);
    let preview = format!("5173--{}.{previews}", id.body());
    let share =
        format!("{}.{previews}", protocol::share::label(&protocol::id::ShareId::from_random(1)));
    for host in [name, &preview, &share] {
        let answer = world.stranger().with("host", host).with("accept", "text/html").get("/").await;
        let told = answer.header("strict-transport-security");
        assert_eq!(told, "max-age=31536000", "{host}: {}", answer.status);
    }
    // By its address it is a plain server beside others.
    let local = world.stranger().get("/health").await;
    assert_eq!(local.header("strict-transport-security"), "");
}
