//! Signing in and out, and whose page may speak.

use crate::world::World;
use serde_json::json;

#[tokio::test]
async fn the_first_link_makes_an_owner_and_works_once() {
    let world = World::new().await;
    assert_eq!(world.stranger().get("/api/v1/me").await.status, 401);
    let body = json!({"grant": world.grant(), "name": "Ada"});
    let first = world.stranger().send("POST", "/api/v1/enter", Some(body.clone())).await;
    assert_eq!((first.status, first.json()["name"].as_str()), (200, Some("Ada")));
    let cookie = first.header("set-cookie");
    let port = world.address.port();
    for flag in
        [&format!("stead_session_{port}="), "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="]
    {
        assert!(cookie.contains(flag), "{cookie}");
    }
    let again = world.stranger().send("POST", "/api/v1/enter", Some(body)).await;
    assert_eq!((again.status, again.code().as_str()), (410, "link_expired"));
}

#[tokio::test]
async fn of_many_who_open_a_link_at_once_one_gets_in() {
    let world = World::new().await;
    let (client, grant) = (world.stranger(), world.grant());
    let tries =
        (0..10).map(|_| client.send("POST", "/api/v1/enter", Some(json!({"grant": grant}))));
    let answers = futures_util::future::join_all(tries).await;
    let mut statuses: Vec<u16> = answers.iter().map(|it| it.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 410, 410, 410, 410, 410, 410, 410, 410, 410]);
}

#[tokio::test]
async fn opening_the_link_alone_uses_nothing_up() {
    let world = World::new().await;
    let path = format!("/enter/{}", world.grant());
    let page = world.stranger().with("accept", "text/html").get(&path).await;
    assert_eq!((page.status, page.header("referrer-policy")), (200, "no-referrer"));
    world.owner().await;
}

#[tokio::test]
async fn a_person_may_change_its_name() {
    let world = World::new().await;
    let owner = world.owner().await;
    let renamed = owner.send("PATCH", "/api/v1/me", Some(json!({"name": " Ada L. "}))).await;
    assert_eq!((renamed.status, &renamed.json()["name"]), (200, &json!("Ada L.")));
    let refused = owner.send("PATCH", "/api/v1/me", Some(json!({"name": "\u{1b}[2J"}))).await;
    assert_eq!((refused.status, refused.code().as_str()), (400, "invalid_request"));
    assert_eq!(owner.get("/api/v1/me").await.json()["name"], "Ada L.");
}

#[tokio::test]
async fn a_further_link_signs_in_another_device() {
    let world = World::new().await;
    let owner = world.owner().await;
    let link = owner.send("POST", "/api/v1/links", None).await.json();
    let url = link["url"].as_str().unwrap();
    assert!(url.starts_with(&format!("http://localhost:{}/enter/", world.address.port())), "{url}");
    let body = json!({"grant": url.rsplit('/').next().unwrap()});
    assert_eq!(world.stranger().send("POST", "/api/v1/enter", Some(body)).await.status, 200);
}

#[tokio::test]
async fn leaving_ends_this_login_only() {
    let world = World::new().await;
    let owner = world.owner().await;
    let left = owner.send("POST", "/api/v1/leave", None).await;
    assert_eq!(left.status, 204);
    assert!(left.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(owner.get("/api/v1/me").await.status, 401);
    assert_eq!(world.program().get("/api/v1/me").await.status, 200);
}

#[tokio::test]
async fn a_page_of_another_origin_changes_nothing() {
    let world = World::new().await;
    let owner = world.owner().await;
    let body = json!({"name": "w", "source": {"kind": "empty"}});
    let port = world.address.port();
    for origin in [
        "null".to_owned(),
        "http://evil.example".to_owned(),
        format!("http://x.localhost:{port}"),
        format!("https://localhost:{port}"),
        "http://localhost".to_owned(),
    ] {
        let answer = owner
            .clone()
            .with("origin", &origin)
            .send("POST", "/api/v1/workspaces", Some(body.clone()))
            .await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "foreign_origin"), "{origin}");
    }
    let mut silent = owner.clone();
    silent.headers.remove("origin");
    assert_eq!(silent.send("POST", "/api/v1/leave", None).await.status, 403);
    assert_eq!(silent.get("/api/v1/me").await.status, 200);
    let foreign = world.program().with("origin", "http://evil.example");
    assert_eq!(foreign.send("POST", "/api/v1/workspaces", Some(body)).await.status, 201);
}

#[tokio::test]
async fn signing_a_browser_in_from_another_page_is_refused() {
    let world = World::new().await;
    let foreign = world.stranger().with("origin", "http://evil.example");
    let body = json!({"grant": world.grant()});
    assert_eq!(foreign.send("POST", "/api/v1/enter", Some(body)).await.status, 403);
    world.owner().await;
}

#[tokio::test]
async fn names_that_are_not_ours_are_not_served() {
    let world = World::new().await;
    for host in ["evil.example", "stead.localhost", "localhost.evil.example"] {
        let answer = world.program().with("host", host).get("/api/v1/me").await;
        assert_eq!(answer.status, 421, "{host}");
    }
    let by_address = format!("127.0.0.1:{}", world.address.port());
    assert_eq!(world.program().with("host", &by_address).get("/api/v1/me").await.status, 200);
}

#[tokio::test]
async fn guessing_links_is_slowed_down() {
    let world = World::new().await;
    let mut limited = None;
    for _ in 0..40 {
        let body = json!({"grant": "0".repeat(64)});
        let answer = world.stranger().send("POST", "/api/v1/enter", Some(body)).await;
        if answer.status == 429 {
            limited = Some(answer);
            break;
        }
        assert_eq!(answer.status, 410);
    }
    let limited = limited.expect("the limit is reached");
    assert!(limited.header("retry-after").parse::<u64>().unwrap() >= 1);
}

#[tokio::test]
async fn a_restart_keeps_people_signed_in_and_their_workspaces() {
    let world = World::new().await;
    let owner = world.owner().await;
    let workspace = world.workspace(&owner).await;
    let token = world.cli_token.clone();
    let world = world.restart().await;
    assert_eq!(world.first_link, None);
    assert_eq!(world.cli_token, token);
    let mut again = world.stranger();
    again.headers = owner.headers.clone();
    assert_eq!(again.get("/api/v1/me").await.json()["name"], "Ada");
    let list = again.get("/api/v1/workspaces").await.json();
    assert_eq!(list[0]["id"], workspace.as_str());
    assert_eq!(world.program().get("/api/v1/me").await.status, 200);
}

#[tokio::test]
async fn the_database_holds_no_secret() {
    let world = World::new().await;
    let owner = world.owner().await;
    let link = owner.send("POST", "/api/v1/links", None).await.json();
    let cookie = owner.headers["cookie"].to_str().unwrap().split('=').nth(1).unwrap().to_owned();
    let grant = link["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let stored = world.stored().await;
    assert!(stored.contains("Ada"));
    for secret in [cookie.as_str(), grant.as_str(), world.cli_token.as_str()] {
        assert!(!stored.contains(secret), "{secret}");
    }
}
