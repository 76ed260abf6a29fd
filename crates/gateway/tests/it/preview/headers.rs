//! What an app sees of a browser, and a browser of an app.

use super::Preview;
use http::header::{COOKIE, SET_COOKIE};

// covers: S0.55, S0.57
#[tokio::test]
async fn an_app_sees_itself_on_localhost_and_nothing_of_the_platform() {
    let preview = Preview::new().await;
    let port = Some(preview.port);
    let origin = format!("http://{}", preview.host(port));
    let visitor = preview.visitor(port).await;
    let cookie =
        format!("{}; theme=dark; stead_session=x", visitor.headers[COOKIE].to_str().unwrap());
    let browser = visitor
        .clone()
        .with(COOKIE.as_str(), &cookie)
        .with("origin", &origin)
        .with("referer", &format!("{origin}/page"))
        .with("authorization", "Bearer of.the.app")
        .with("x-forwarded-for", "6.6.6.6")
        .with("x-forwarded-host", "evil.example")
        .with("stead-role", "owner")
        .with("connection", "x-hop")
        .with("x-hop", "1");
    let heard = browser.send("POST", "/form", None).await.json();
    let own = format!("localhost:{}", preview.port);
    let headers = heard["headers"].as_object().unwrap();
    for (name, value) in [
        ("host", own.as_str()),
        ("origin", &format!("http://{own}")),
        ("referer", &format!("http://{own}/page")),
        ("cookie", "theme=dark"),
        ("authorization", "Bearer of.the.app"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-host", &own),
        ("x-forwarded-proto", "http"),
    ] {
        assert_eq!(headers.get(name).and_then(|it| it.as_str()), Some(value), "{heard}");
    }
    for name in ["stead-role", "x-hop", "connection"] {
        assert!(!headers.contains_key(name), "{heard}");
    }
    let foreign = browser.with("origin", "https://evil.example");
    let heard = foreign.send("POST", "/form", None).await.json();
    assert_eq!(heard["headers"]["origin"], "https://evil.example");
    // Below one page the previews of all workspaces share a jar: another one's code is refused.
    let other = protocol::WorkspaceId::from_random(99);
    let other = format!("http://{}.localhost:{}", other.body(), preview.world.address.port());
    let sibling = visitor.with("origin", &other);
    assert_eq!(sibling.send("POST", "/form", None).await.status, 403);
}

// covers: S0.56, S0.57
#[tokio::test]
async fn an_answer_stays_on_its_origin_and_in_our_frames() {
    let preview = Preview::new().await;
    let visitor = preview.visitor(None).await;
    let answer = visitor.get("/page").await;
    let all = |name: &str| -> Vec<&str> {
        answer.headers.get_all(name).iter().map(|it| it.to_str().unwrap()).collect()
    };
    let port = preview.world.address.port();
    let ancestors =
        format!("frame-ancestors 'self' http://localhost:{port} http://127.0.0.1:{port}");
    assert_eq!(all("content-security-policy"), ["default-src 'self'", &ancestors]);
    let cookie = "session=1; Path=/; HttpOnly; Secure; SameSite=None; Partitioned";
    assert_eq!(all(SET_COOKIE.as_str()), [cookie]);
    for name in ["x-frame-options", "strict-transport-security", "stead-role"] {
        assert!(all(name).is_empty(), "{name}");
    }
    let location = visitor.get("/redirect").await.header("location").to_owned();
    assert_eq!(location, format!("http://{}/page?x", preview.host(None)));
}
