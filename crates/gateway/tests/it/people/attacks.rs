//! What somebody may try who wants to be somebody else.

use crate::world::{PASSWORD, World};
use serde_json::json;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Error;

#[tokio::test]
async fn links_lead_where_the_request_came_and_not_where_a_header_says() {
    let world = World::new().await;
    let owner = world.owner().await;
    let account = owner.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    let own = format!("http://localhost:{}/", world.address.port());
    let lying = owner
        .clone()
        .with("x-forwarded-host", "evil.example")
        .with("x-forwarded-proto", "https")
        .with("forwarded", "host=evil.example;proto=https");
    for path in [
        "/api/v1/links".to_owned(),
        "/api/v1/invitations".to_owned(),
        format!("/api/v1/accounts/{account}/reset"),
    ] {
        let answer = lying.send("POST", &path, Some(json!({}))).await.json();
        assert!(answer["url"].as_str().unwrap().starts_with(&own), "{path}: {answer}");
    }
}

#[tokio::test]
async fn a_planted_cookie_neither_signs_in_nor_out() {
    let world = World::new().await;
    let owner = world.owner().await;
    let name = format!("stead_session_{}", world.address.port());
    let good = owner.headers["cookie"].to_str().unwrap();
    for planted in ["", "x", "' OR 1=1", &"0".repeat(64)] {
        let both = world.stranger().with("cookie", &format!("{name}={planted}; {good}"));
        assert_eq!(both.get("/api/v1/me").await.status, 200, "{planted}");
        let alone = world.stranger().with("cookie", &format!("{name}={planted}"));
        assert_eq!(alone.get("/api/v1/me").await.status, 401, "{planted}");
    }
    // The cookie of another Stead on this host, and one of a secure origin, say nothing here.
    let secret = good.split_once('=').unwrap().1;
    for name in ["stead_session", "stead_session_1", "__Host-stead-session"] {
        let other = world.stranger().with("cookie", &format!("{name}={secret}"));
        assert_eq!(other.get("/api/v1/me").await.status, 401, "{name}");
    }
}

#[tokio::test]
async fn a_page_of_another_origin_opens_no_socket() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    for origin in ["null", "http://evil.example", "http://localhost"] {
        let stream = TcpStream::connect(world.address).await.unwrap();
        let foreign = owner.clone().with("origin", origin);
        let request = foreign.websocket(&format!("/api/v1/workspaces/{id}/ws"));
        match tokio_tungstenite::client_async(request, stream).await {
            Err(Error::Http(refused)) => assert_eq!(refused.status(), 403, "{origin}"),
            other => panic!("{origin}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_person_may_not_do_what_is_for_another() {
    let world = World::new().await;
    let owner = world.owner().await;
    let bea = world.account(&owner, "bea").await;
    let cem = world.account(&owner, "cem").await;
    let token = cem.send("POST", "/api/v1/tokens", Some(json!({"name": "t"}))).await.json();
    let token = token["token"]["id"].as_str().unwrap().to_owned();
    assert_eq!(bea.send("DELETE", &format!("/api/v1/tokens/{token}"), None).await.status, 404);
    assert_eq!(cem.get("/api/v1/tokens").await.json().as_array().unwrap().len(), 1);
    let account = cem.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    for (method, path, body) in [
        ("PATCH", format!("/api/v1/accounts/{account}"), json!({"administrator": true})),
        ("DELETE", format!("/api/v1/accounts/{account}"), json!({})),
        ("POST", format!("/api/v1/accounts/{account}/reset"), json!({})),
        ("PATCH", "/api/v1/me".to_owned(), json!({"administrator": true})),
    ] {
        let answer = bea.send(method, &path, Some(body)).await;
        assert!(matches!(answer.status, 400 | 403), "{method} {path}: {}", answer.status);
    }
    assert_eq!(bea.get("/api/v1/me").await.json()["administrator"], false);
    assert_eq!(world.sign_in("cem", PASSWORD).await.status, 200);
}
