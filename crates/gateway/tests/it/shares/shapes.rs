//! The addresses of a share, over HTTP and WebSocket.

use super::{Shared, link, path_of, token};
use crate::preview::{next, open_socket};
use futures_util::SinkExt;
use http::header::{COOKIE, ORIGIN, SET_COOKIE};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

// covers: S0.5, S0.29
#[tokio::test]
async fn a_browser_sees_the_app_on_an_origin_of_the_shares_own() {
    let shared = Shared::new().await;
    let share = shared.share(link()).await;
    let sent = shared.browser().get(&format!("{}/page?x=1&y=%2F", path_of(&share["url"]))).await;
    assert_eq!((sent.status, sent.header("cache-control")), (303, "no-store"));
    assert_eq!(sent.header("referrer-policy"), "no-referrer");
    assert!(!sent.header("location").contains(token(&share)), "the app never sees the token");
    assert_eq!(sent.header("set-cookie"), "", "the gateway's origin remembers nothing");

    let origin = format!("http://{}", shared.host(&share));
    let link = sent.header("location").strip_prefix(&origin).unwrap();
    let swapped = shared.at(&share).get(link).await;
    let cookies: Vec<_> =
        swapped.headers.get_all(SET_COOKIE).iter().map(|it| it.to_str().unwrap()).collect();
    assert!(cookies[0].ends_with("HttpOnly; Secure; SameSite=None; Partitioned"), "{cookies:?}");
    assert!(cookies.iter().all(|it| !it.to_lowercase().contains("domain")), "{cookies:?}");
    let visitor = shared.at(&share).with(COOKIE.as_str(), &swapped.cookie());
    let arrived = visitor.get(swapped.header("location")).await;
    assert_eq!((arrived.status, arrived.header("location")), (303, "/page?x=1&y=%2F"));

    let page = visitor.get("/page").await;
    assert_eq!((page.status, page.text().as_str()), (200, "<h1>the app</h1>"));
    let kept: Vec<_> = page.headers.get_all(SET_COOKIE).iter().collect();
    let own = "session=1; Path=/; HttpOnly; Secure; SameSite=None; Partitioned";
    assert_eq!(kept, [own], "the app's cookie stays on the share's origin");
    let heard = visitor.send("PATCH", "/a%20b?c=%2F", Some(json!({}))).await.json();
    assert_eq!(
        (heard["method"].as_str(), heard["uri"].as_str()),
        (Some("PATCH"), Some("/a%20b?c=%2F"))
    );
    for name in ["cookie", "authorization", "stead-role", "stead-principal"] {
        assert!(heard["headers"].get(name).is_none(), "{heard}");
    }
}

// covers: S0.28, S0.72
#[tokio::test]
async fn an_address_by_name_leads_to_the_same_place_in_both_lengths() {
    let shared = Shared::new().await;
    let share = shared.share(json!({ "slug": "demo" })).await;
    assert_eq!(path_of(&share["slug_url"]), "/ada/demo");
    for path in ["/ada/demo", "/ada/demo/", "/indexes/userspace/shared/ada/demo"] {
        let visitor = shared.arrive(&share, &shared.browser().get(path).await).await;
        assert_eq!(visitor.get("/page").await.status, 200, "{path}");
    }
    let deep = shared.browser().get("/ada/demo/page?a=b").await;
    assert!(deep.header("location").ends_with("path=/page%3Fa%3Db"), "{}", deep.header("location"));
}

// covers: S0.72, S0.74
#[tokio::test]
async fn a_program_gets_the_app_below_the_path_in_an_opaque_origin() {
    let shared = Shared::new().await;
    let share = shared.share(json!({ "slug": "demo" })).await;
    let program = shared.preview.world.stranger();
    let by_token = format!("/indexes/userspace/shared/{}/preview", token(&share));
    for prefix in [by_token.as_str(), "/indexes/userspace/shared/ada/demo"] {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            for (rest, uri) in [("", "/"), ("/", "/"), ("/a%20b/c?d=e", "/a%20b/c?d=e")] {
                let answer = program.send(method, &format!("{prefix}{rest}"), None).await;
                assert_eq!(answer.status, 200, "{method} {prefix}{rest}: {}", answer.text());
                let heard = answer.json();
                assert_eq!(heard["method"], method);
                assert_eq!(heard["uri"], uri);
                assert!(!heard.to_string().contains(token(&share)), "{heard}");
            }
        }
        assert_eq!(program.send("HEAD", &format!("{prefix}/"), None).await.status, 200);
        let page = program.get(&format!("{prefix}/page")).await;
        let policy = page.header("content-security-policy");
        assert!(
            policy.starts_with("sandbox ") && !policy.contains("allow-same-origin"),
            "{policy}"
        );
        assert_eq!(
            (page.header("set-cookie"), page.header("referrer-policy")),
            ("", "no-referrer")
        );
        let worker = program.clone().with("service-worker", "script");
        assert_eq!(worker.get(&format!("{prefix}/sw.js")).await.status, 403);
        let location = program.get(&format!("{prefix}/redirect")).await;
        let own = format!("http://localhost:{}", shared.preview.world.address.port());
        assert_eq!(location.header("location"), format!("{own}{prefix}/page?x"));
    }
}

// covers: S0.27, S0.73, S0.75
#[tokio::test]
async fn sockets_work_on_the_own_origin_and_below_both_paths() {
    let shared = Shared::new().await;
    let share = shared.share(json!({ "slug": "demo" })).await;
    let visitor = shared.visitor(&share).await;
    let visitor = visitor.with(ORIGIN.as_str(), &format!("http://{}", shared.host(&share)));
    // Pages in an opaque origin say so.
    let opaque = shared.preview.world.stranger().with(ORIGIN.as_str(), "null");
    let by_token = format!("/indexes/userspace/shared/{}/preview/socket", token(&share));
    for (client, path) in [
        (visitor, "/socket"),
        (opaque.clone(), &by_token),
        (opaque, "/indexes/userspace/shared/ada/demo/socket"),
    ] {
        let (mut socket, _) = open_socket(&client, path).await;
        assert!(next(&mut socket).await.is_some());
        for message in [Message::text("text"), Message::binary(vec![0, 255, 1])] {
            socket.send(message.clone()).await.unwrap();
            assert_eq!(next(&mut socket).await, Some(message), "{path}");
        }
    }
}

#[tokio::test]
async fn without_a_preview_domain_people_see_the_app_below_the_path() {
    let shared = Shared::new().await;
    let share = shared.share(json!({ "slug": "demo" })).await;
    let port = shared.preview.world.address.port();
    let phone = shared.browser().with("host", &format!("192.168.1.4:{port}"));
    let by_token = format!("/indexes/userspace/shared/{}/preview/", token(&share));
    for (path, leads_to) in [
        (path_of(&share["url"]), by_token.as_str()),
        ("/ada/demo", "/indexes/userspace/shared/ada/demo/"),
        ("/indexes/userspace/shared/ada/demo", "/indexes/userspace/shared/ada/demo/"),
    ] {
        let sent = phone.get(path).await;
        assert_eq!((sent.status, sent.header("location")), (303, leads_to));
        let page = phone.get(&format!("{leads_to}page")).await;
        assert_eq!((page.status, page.text().as_str()), (200, "<h1>the app</h1>"));
        assert!(page.header("content-security-policy").starts_with("sandbox "));
    }
    // Behind a password the path holds a visit of its own, and no cookie is needed.
    let secret = shared.share(super::with_password()).await;
    let opened = phone.form(path_of(&secret["url"]), "password=open+sesame").await;
    assert_eq!((opened.status, opened.header("set-cookie")), (303, ""));
    let base = opened.header("location").to_owned();
    assert!(!base.contains(token(&secret)), "{base}");
    assert_eq!(phone.get(&format!("{base}page")).await.status, 200);
    let opaque = shared.preview.world.stranger().with(ORIGIN.as_str(), "null");
    let opaque = opaque.with("host", &format!("192.168.1.4:{port}"));
    assert_eq!(opaque.send("POST", &format!("{base}x"), None).await.status, 200);
    shared.change(&secret, json!({ "password": "another one" })).await;
    assert_eq!(phone.get(&format!("{base}page")).await.status, 401);
}

// covers: S0.74
#[tokio::test]
async fn the_tokens_shape_is_routed_before_the_slugs() {
    let shared = Shared::new().await;
    let refused = shared.try_share(json!({ "slug": "preview" })).await;
    assert_eq!((refused.status, refused.code().as_str()), (400, "invalid_request"));
    assert!(refused.text().contains("`preview` is a word of Stead's own addresses"));
    // A user whose name is a token: `preview` is still not a slug of theirs.
    let share = shared.share(link()).await;
    let name = token(&share).to_owned();
    let statements = [
        format!("UPDATE principals SET login_name = '{name}'"),
        "UPDATE shares SET slug = 'preview'".to_owned(),
    ];
    shared.preview.world.execute(&statements.each_ref().map(String::as_str)).await;
    let program = shared.preview.world.stranger();
    let path = format!("/indexes/userspace/shared/{name}/preview/x");
    assert_eq!(program.get(&path).await.json()["uri"], "/x");
    shared.end(&share).await;
    assert_eq!(program.get(&path).await.code(), "link_expired");
}

#[tokio::test]
async fn an_address_by_name_hides_nothing_of_the_application() {
    let shared = Shared::new().await;
    let browser = shared.browser();
    // The application's own pages and files, whoever is called like them.
    for name in ["w", "assets", "settings", "api", "enter", "s", "shared", "preview"] {
        let renamed = format!("UPDATE principals SET login_name = '{name}'");
        shared.preview.world.execute(&["DELETE FROM shares", &renamed]).await;
        let share = shared.share(json!({ "slug": "demo" })).await;
        let long = format!("/indexes/userspace/shared/{name}/demo");
        assert_eq!(path_of(&share["slug_url"]), long);
        let answer = browser.get(&format!("/{name}/demo")).await;
        assert_ne!(answer.status, 303, "{name}: {}", answer.header("location"));
        assert_eq!(browser.get(&long).await.status, 303, "{name}");
    }
    // Names that cannot be are the application's too.
    for path in ["/Ada/demo", "/ada/Demo", "/.well-known/demo", "/ada/a--b", "/-/demo"] {
        let answer = browser.get(path).await;
        assert!(!answer.text().contains("Nothing is shared"), "{path}");
    }
}
