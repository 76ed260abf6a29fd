//! What an intruder tries with a share.

use super::{Shared, link, path_of, token, with_password};
use crate::world::Client;
use gateway::routes;
use http::header::{COOKIE, HOST, ORIGIN};
use protocol::preview::PreviewHost;
use serde_json::json;
use tokio::net::TcpStream;
use tokio_tungstenite::client_async;

fn cookie(client: &Client) -> String {
    client.headers[COOKIE].to_str().unwrap().to_owned()
}

/// With everything that a visit gave, somebody is a stranger to every row of the policy.
// covers: S0.46, S0.29
#[tokio::test]
async fn a_visitor_is_a_stranger_everywhere_else() {
    let shared = Shared::new().await;
    let share = shared.share(json!({ "slug": "demo" })).await;
    let sealed = cookie(&shared.visitor(&share).await);
    let value = sealed.split_once('=').unwrap().1;
    let cookies = format!("{sealed}; stead_preview={value}; stead_session={value}");
    let stranger = shared.preview.world.stranger().with_origin();
    let visitor = stranger.clone().with(COOKIE.as_str(), &cookies);
    let id = shared.preview.workspace.as_str();
    for route in routes().filter(|it| it.signed_in) {
        let path = route.path.replace("{id}", id).replace("{share}", share["id"].as_str().unwrap());
        let path = path.replace("{*path}", "a").replace("{*rest}", "a");
        let path = path.replace("{slug}", "demo").replace(['{', '}'], "");
        let path = format!("{path}?projectId={id}");
        let method = if matches!(route.method, "ANY" | "WS") { "GET" } else { route.method };
        let ask = async |client: &Client| {
            if route.method == "WS" {
                assert_eq!(client.open(&path).await, 401, "{route:?}");
            }
            client.send(method, &path, None).await
        };
        let (seen, expected) = (ask(&visitor).await, ask(&stranger).await);
        // A page sends strangers to sign in.
        let is_sent = seen.header("location").starts_with("/sign-in?next=");
        assert!(is_sent || matches!(seen.status, 401 | 426), "{route:?}: {}", seen.status);
        assert_eq!((seen.status, seen.text()), (expected.status, expected.text()), "{route:?}");
    }
    // Other origins below the preview domain: the workspace's previews, every port, other shares.
    let other = shared.share(link()).await;
    for port in [None, Some(shared.preview.port)] {
        let preview = PreviewHost { workspace: shared.preview.workspace.clone(), port };
        let host = format!("{}.localhost:{}", preview.label(), shared.preview.world.address.port());
        assert_eq!(visitor.clone().with(HOST.as_str(), &host).get("/page").await.status, 401);
    }
    let elsewhere = visitor.with(HOST.as_str(), &shared.host(&other));
    assert_eq!(elsewhere.get("/page").await.status, 401);
    // And a member's preview cookie is none of a share's.
    let member = cookie(&shared.preview.visitor(None).await);
    assert_eq!(shared.at(&share).with(COOKIE.as_str(), &member).get("/page").await.status, 401);
}

#[tokio::test]
async fn a_share_opens_its_own_workspace_only() {
    let shared = Shared::new().await;
    let share = shared.share(link()).await;
    let mine = shared.preview.world.workspace(&shared.preview.owner).await;
    let path = format!("/api/v1/workspaces/{mine}/shares");
    let other = shared.preview.owner.send("POST", &path, Some(json!({}))).await.json();
    let sealed = cookie(&shared.visitor(&other).await);
    // A cookie, a grant, a changed cookie.
    let at = shared.at(&share);
    assert_eq!(at.clone().with(COOKIE.as_str(), &sealed).get("/page").await.status, 401);
    let sent = shared.browser().get(path_of(&other["url"])).await;
    let grant = sent.header("location").split_once("/.stead/").unwrap().1.to_owned();
    assert_eq!(at.get(&format!("/.stead/{grant}")).await.header("set-cookie"), "");
    let own = cookie(&shared.visitor(&share).await);
    for forged in [
        own.replacen("=1.", "=2.", 1),
        own.replacen(".-.", ".0.", 1),
        format!("{own}x"),
        format!("{}{}", sealed.rsplit_once('.').unwrap().0, own.rsplit_once('.').unwrap().1),
    ] {
        assert_eq!(at.clone().with(COOKIE.as_str(), &forged).get("/page").await.status, 401);
    }
    // Cookies that somebody tossed beside the good one change nothing.
    let tossed = format!("stead_preview=x; {own}; __Host-stead-preview=1.-.-.9.x; {sealed}");
    assert_eq!(at.with(COOKIE.as_str(), &tossed).get("/page").await.status, 200);
}

#[tokio::test]
async fn a_grant_is_good_once() {
    let shared = Shared::new().await;
    let share = shared.share(link()).await;
    let sent = shared.browser().get(path_of(&share["url"])).await;
    let link = sent.header("location").split_once(&shared.host(&share)).unwrap().1;
    assert_ne!(shared.at(&share).get(link).await.header("set-cookie"), "");
    assert_eq!(shared.at(&share).get(link).await.header("set-cookie"), "");
    // One that was given before the share ended opens nothing after it.
    let sent = shared.browser().get(path_of(&share["url"])).await;
    shared.end(&share).await;
    let late = shared.arrive(&share, &sent).await;
    assert_eq!(late.get("/page").await.status, 401);
}

#[tokio::test]
async fn a_socket_needs_a_visit_and_the_apps_own_page() {
    let shared = Shared::new().await;
    let share = shared.share(link()).await;
    let secret = shared.share(with_password()).await;
    let visitor = shared.visitor(&share).await;
    let opens = async |client: &Client, path: &str| {
        let socket = TcpStream::connect(client.address).await.unwrap();
        client_async(client.websocket(path), socket).await.is_ok()
    };
    assert!(opens(&visitor, "/socket").await);
    assert!(!opens(&shared.at(&share), "/socket").await);
    let by_token = format!("/indexes/userspace/shared/{}/preview/socket", token(&secret));
    assert!(!opens(&shared.preview.world.stranger(), &by_token).await);
    let port = shared.preview.world.address.port();
    let neighbour = format!("http://{}.localhost:{port}", shared.preview.workspace.body());
    let sibling = format!("http://{}", shared.host(&secret));
    for page in ["https://evil.example", "null", &neighbour, &sibling] {
        let foreign = visitor.clone().with(ORIGIN.as_str(), page);
        assert!(!opens(&foreign, "/socket").await, "{page}");
    }
    for page in [&neighbour, &sibling] {
        let foreign = visitor.clone().with(ORIGIN.as_str(), page);
        assert_eq!(foreign.get("/page").await.code(), "foreign_origin", "{page}");
    }
    // A share's page has no business in a member's preview either.
    let member = shared.preview.visitor(None).await;
    let foreign = member.with(ORIGIN.as_str(), &format!("http://{}", shared.host(&share)));
    assert_eq!(foreign.get("/page").await.code(), "foreign_origin");
}

#[tokio::test]
async fn nothing_leads_a_visitor_elsewhere() {
    let shared = Shared::new().await;
    let share = shared.share(json!({ "slug": "demo" })).await;
    let browser = shared.browser();
    let base = path_of(&share["url"]);
    let id = share["id"].as_str().unwrap().strip_prefix("share_").unwrap();
    for path in [
        format!("{base}//evil.example"),
        format!("{base}/%5Cevil.example"),
        "/ada/demo//evil.example".to_owned(),
        format!("/shared/enter?share={id}&path=//evil.example"),
        format!("/shared/enter?share={id}&path=https:%2F%2Fevil.example"),
        format!("/shared/enter?share={id}&path=%2F%5Cevil.example"),
        format!("/shared/enter?share={id}&path=%0D%0Aset-cookie:x"),
    ] {
        let answer = browser.get(&path).await;
        let location = answer.header("location");
        let origin = format!("http://{}/.stead/enter?", shared.host(&share));
        let stays = location.is_empty() || location.starts_with(&origin);
        assert!(stays && !location.contains("path=//"), "{path}: {} {location}", answer.status);
        assert!(!location.contains("path=%5C") && !location.contains('\r'), "{path}: {location}");
    }
    for path in [
        format!("{base}/../../api/v1/me"),
        format!("{base}/%2e%2e/%2E%2e/api/v1/me"),
        format!("/indexes/userspace/shared/{}/preview/../../../../metrics", token(&share)),
        "/ada/demo/%2e%2e/%2e%2e/metrics".to_owned(),
        "/indexes/userspace/shared/../workspaces".to_owned(),
    ] {
        let answer = browser.get(&path).await;
        assert!(matches!(answer.status, 400 | 404), "{path}: {}", answer.status);
    }
}

#[tokio::test]
async fn headers_of_a_visitor_say_nothing_of_the_platform() {
    let shared = Shared::new().await;
    let share = shared.share(link()).await;
    let visitor = shared.visitor(&share).await;
    let cookies = format!("{}; theme=dark; stead_session=x", cookie(&visitor));
    let visitor = visitor
        .with(COOKIE.as_str(), &cookies)
        .with("authorization", &format!("Bearer {}", shared.preview.world.cli_token))
        .with("stead-role", "owner")
        .with("stead-principal", "usr_1")
        .with("x-forwarded-host", "evil.example")
        .with("x-forwarded-for", "6.6.6.6")
        .with("connection", "x-hop")
        .with("x-hop", "1");
    let heard = visitor.get("/echo").await.json();
    let headers = heard["headers"].as_object().unwrap();
    assert_eq!(headers["cookie"], "theme=dark");
    assert_eq!(headers["x-forwarded-for"], "127.0.0.1");
    let local = format!("localhost:{}", shared.preview.port);
    assert_eq!(
        (headers["host"].as_str(), headers["x-forwarded-host"].as_str()),
        (Some(local.as_str()), Some(local.as_str()))
    );
    for name in ["authorization", "stead-role", "stead-principal", "x-hop"] {
        assert!(!headers.contains_key(name), "{heard}");
    }
    // A token of the platform is no way into a share's origin.
    let program = shared.preview.world.program().with(HOST.as_str(), &shared.host(&share));
    assert_eq!(program.get("/page").await.status, 401);
}

#[tokio::test]
async fn the_origin_of_a_share_that_does_not_exist_is_like_one_without_a_cookie() {
    let shared = Shared::new().await;
    let share = shared.share(link()).await;
    let nobody = json!({ "id": protocol::id::ShareId::from_random(9).as_str() });
    for path in ["/", "/.stead/ready", "/.stead/enter?grant=x&path=/", "/.stead/other"] {
        let (real, none) = (shared.at(&share).get(path).await, shared.at(&nobody).get(path).await);
        assert_eq!((real.status, real.text()), (none.status, none.text()), "{path}");
    }
}
