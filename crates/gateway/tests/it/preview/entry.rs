//! Grants, cookies, and what happens without them.

use super::Preview;
use http::header::{COOKIE, HOST, SET_COOKIE};
use protocol::WorkspaceId;
use protocol::preview::PreviewHost;
use serde_json::json;

#[tokio::test]
async fn a_grant_is_swapped_once_for_a_cookie_that_frames_keep() {
    let preview = Preview::new().await;
    let link = preview.link(None, "/page?a=b&c#d").await;
    let stranger = preview.stranger(None);
    let answer = stranger.get(&link).await;
    assert_eq!(answer.status, 303);
    let cookies: Vec<_> =
        answer.headers.get_all(SET_COOKIE).iter().map(|it| it.to_str().unwrap()).collect();
    assert!(cookies[0].starts_with("__Host-stead-preview="));
    assert!(cookies[0].ends_with("HttpOnly; Secure; SameSite=None; Partitioned"));
    assert!(cookies[1].starts_with("stead_preview=") && cookies[1].ends_with("SameSite=Lax"));

    let visitor = stranger.clone().with(COOKIE.as_str(), &answer.cookie());
    let arrived = visitor.get(answer.header("location")).await;
    assert_eq!((arrived.status, arrived.header("location")), (303, "/page?a=b&c#d"));
    assert_eq!(visitor.get("/page?a=b&c").await.status, 200);

    let without = stranger.get(answer.header("location")).await;
    assert_eq!(without.status, 403);
    assert!(without.text().contains("keeps no cookies"), "{}", without.text());

    let again = stranger.get(&link).await;
    assert_eq!((again.status, again.header("location")), (303, "/page?a=b&c#d"));
    assert_eq!(again.header("set-cookie"), "");
}

#[tokio::test]
async fn a_grant_and_a_cookie_open_their_own_origin_only() {
    let preview = Preview::new().await;
    let link = preview.link(Some(preview.port), "/").await;
    assert_eq!(preview.stranger(None).get(&link).await.header("set-cookie"), "");

    let visitor = preview.visitor(Some(preview.port)).await;
    assert_eq!(visitor.get("/page").await.status, 200);
    let main = visitor.clone().with(HOST.as_str(), &preview.host(None));
    assert_eq!(main.get("/page").await.status, 401);
    let gateway =
        visitor.with(HOST.as_str(), &format!("localhost:{}", preview.world.address.port()));
    assert_eq!(gateway.get("/api/v1/me").await.status, 401);
}

#[tokio::test]
async fn a_cookie_outlives_the_gateway() {
    let mut preview = Preview::new().await;
    let visitor = preview.visitor(None).await;
    preview.world = preview.world.restart().await;
    preview.port = super::app(&preview.world.scope).await;
    let owner = preview.owner.headers[COOKIE].to_str().unwrap().to_owned();
    preview.owner = preview.world.stranger().with(COOKIE.as_str(), &owner).with_origin();
    preview.runs(Some(preview.port)).await;
    let cookie = visitor.headers[COOKIE].to_str().unwrap();
    let visitor = preview.stranger(None).with(COOKIE.as_str(), cookie);
    assert_eq!(visitor.get("/page").await.status, 200);
}

#[tokio::test]
async fn a_tab_is_sent_for_a_grant_and_comes_back() {
    let preview = Preview::new().await;
    let tab = preview
        .stranger(Some(preview.port))
        .with("sec-fetch-dest", "document")
        .with("sec-fetch-mode", "navigate");
    let answer = tab.get("/page?x=1&y=%2F").await;
    assert_eq!(answer.status, 303);
    let gateway = format!("http://localhost:{}", preview.world.address.port());
    let target = answer.header("location").strip_prefix(&gateway).unwrap().to_owned();
    assert!(target.starts_with("/preview/enter?host="), "{target}");

    let entered = preview.owner.get(&target).await;
    assert_eq!(entered.status, 303, "{}", entered.text());
    let origin = format!("http://{}", preview.host(Some(preview.port)));
    let link = entered.header("location").strip_prefix(&origin).unwrap().to_owned();
    let swapped = tab.get(&link).await;
    let visitor = tab.clone().with(COOKIE.as_str(), &swapped.cookie());
    let arrived = visitor.get(swapped.header("location")).await;
    assert_eq!((arrived.status, arrived.header("location")), (303, "/page?x=1&y=%2F"));

    let stranger = preview.world.stranger().get(&target).await;
    assert_eq!((stranger.status, stranger.header("set-cookie")), (303, ""));
    assert!(stranger.header("location").starts_with("/sign-in?next=/preview/enter%3Fhost%3D"));
    let label = PreviewHost { workspace: WorkspaceId::from_random(9), port: None }.label();
    let elsewhere = preview.owner.get(&format!("/preview/enter?host={label}&path=/")).await;
    assert_eq!(elsewhere.status, 404);
}

#[tokio::test]
async fn a_frame_asks_its_page_and_a_fetch_is_refused() {
    let preview = Preview::new().await;
    let stranger = preview.stranger(None);
    let frame =
        stranger.clone().with("sec-fetch-dest", "iframe").with("sec-fetch-mode", "navigate");
    let answer = frame.get("/").await;
    assert_eq!(answer.status, 401);
    assert!(answer.text().contains("stead-preview-grant-needed"), "{}", answer.text());
    let ancestors = format!("http://localhost:{}", preview.world.address.port());
    assert!(answer.header("content-security-policy").contains(&ancestors));

    for client in [stranger.clone(), stranger.with("sec-fetch-dest", "empty")] {
        let answer = client.get("/").await;
        assert_eq!((answer.status, answer.code().as_str()), (401, "unauthenticated"));
    }
}

#[tokio::test]
async fn the_page_around_a_frame_can_ask_whether_scripts_keep_cookies_there() {
    let preview = Preview::new().await;
    let answer = preview.stranger(None).get("/.stead/cookies").await;
    assert_eq!((answer.status, answer.header("set-cookie")), (200, ""));
    assert!(answer.text().contains("stead-preview-cookies"), "{}", answer.text());
    let ancestors = format!("http://localhost:{}", preview.world.address.port());
    let policy = answer.header("content-security-policy");
    assert!(policy.contains(&ancestors) && policy.starts_with("default-src 'none'"), "{policy}");
    // What it leaves behind is not the app's.
    let visitor = preview.visitor(None).await.with(COOKIE.as_str(), "stead-kept=1; own=1");
    let heard = visitor.get("/.stead-like").await.json();
    assert!(!heard["headers"].to_string().contains("stead-kept"), "{heard}");
}

#[tokio::test]
async fn a_grant_never_leads_elsewhere() {
    let preview = Preview::new().await;
    let grant = format!("/api/v1/workspaces/{}/preview/grant", preview.workspace);
    for path in ["//evil.example", "/\\evil.example", "https://evil.example", "a", "/a\r\nb: c"] {
        let answer = preview.owner.send("POST", &grant, Some(json!({ "path": path }))).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "invalid_request"), "{path}");
    }
    let stranger = preview.stranger(None);
    for path in
        ["%2F%2Fevil.example", "%2F%5Cevil.example", "https:%2F%2Fevil.example", "%0D%0Aa:b"]
    {
        for route in ["enter", "arrived"] {
            let answer = stranger.get(&format!("/.stead/{route}?grant=x&path={path}")).await;
            assert_eq!((answer.status, answer.header("location")), (400, ""), "{route} {path}");
        }
        let target = format!("/preview/enter?host={}&path={path}", preview.workspace.body());
        assert_eq!(preview.owner.get(&target).await.status, 400, "{path}");
    }
}

#[tokio::test]
async fn a_program_comes_with_its_token_and_the_app_never_sees_it() {
    let preview = Preview::new().await;
    let program = preview.world.program().with(HOST.as_str(), &preview.host(None));
    let heard = program.get("/anything").await.json();
    assert_eq!(heard["uri"], "/anything");
    assert!(heard["headers"].get("authorization").is_none(), "{heard}");
    let wrong = preview.stranger(None).with("authorization", "Bearer stead_wrong");
    assert_eq!(wrong.get("/").await.status, 401);
}

#[tokio::test]
async fn nothing_else_below_the_reserved_path_reaches_the_app() {
    let preview = Preview::new().await;
    let visitor = preview.visitor(None).await;
    assert_eq!(visitor.get("/.stead/anything").await.status, 404);
    assert_eq!(visitor.get("/.steadfast").await.json()["uri"], "/.steadfast");
    assert_eq!(visitor.send("POST", "/.stead/enter", None).await.status, 405);
}
