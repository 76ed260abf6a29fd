//! Beginning and end of visits.

use super::{Shared, link, path_of, token, with_password};
use crate::audit::rows;
use crate::preview::roles::{ends, stream};
use crate::preview::{app, next, open_socket};
use http::header::COOKIE;
use protocol::state::SessionStatus;
use serde_json::json;
use stdx::clock::now_ms;

#[tokio::test]
async fn an_ended_share_ends_what_flows_and_what_comes() {
    let shared = Shared::new().await;
    let (share, other) = (shared.share(link()).await, shared.share(link()).await);
    let visitor = shared.visitor(&share).await;
    let elsewhere = shared.visitor(&other).await;
    let (mut socket, _) = open_socket(&visitor, "/socket").await;
    assert!(next(&mut socket).await.is_some());
    let mut events = stream(&visitor, "/events").await;
    let program = shared.preview.world.stranger();
    let below = format!("/indexes/userspace/shared/{}/preview/socket", token(&share));
    let (mut below_path, _) = open_socket(&program, &below).await;
    assert!(next(&mut below_path).await.is_some());

    shared.end(&share).await;
    assert_eq!(next(&mut socket).await, None);
    assert_eq!(next(&mut below_path).await, None);
    ends(&mut events).await;
    assert_eq!(visitor.get("/page").await.status, 401);
    assert_eq!(program.get(&below).await.code(), "link_expired");
    let page = shared.browser().get(path_of(&share["url"])).await;
    assert_eq!(page.status, 410);
    assert!(page.text().contains("This share has ended"), "{}", page.text());
    assert_eq!(elsewhere.get("/page").await.status, 200, "another share goes on");
    let again = format!("{}/{}", shared.path(), share["id"].as_str().unwrap());
    assert_eq!(shared.preview.owner.send("DELETE", &again, None).await.status, 404);
}

#[tokio::test]
async fn a_change_of_who_is_let_in_ends_every_visit() {
    let shared = Shared::new().await;
    let share = shared.share(link()).await;
    for (body, path) in [
        (json!({ "mode": "password", "password": "open sesame" }), Some("password=open+sesame")),
        (json!({ "password": "another one" }), Some("password=another+one")),
        (json!({ "mode": "link" }), None),
    ] {
        let sent = match shared.seen(&share).await["mode"].as_str().unwrap() {
            "password" => {
                let right = if path.is_some() { "open+sesame" } else { "another+one" };
                let form = format!("password={right}");
                shared.browser().form(path_of(&share["url"]), &form).await
            }
            _ => shared.browser().get(path_of(&share["url"])).await,
        };
        let visitor = shared.arrive(&share, &sent).await;
        let (mut socket, _) = open_socket(&visitor, "/socket").await;
        assert!(next(&mut socket).await.is_some());
        let answer = shared.change(&share, body.clone()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(next(&mut socket).await, None, "{body}");
        assert_eq!(visitor.get("/page").await.status, 401, "{body}");
        assert_eq!(answer.json()["url"], share["url"], "the link stays");
    }
    // What lets in no fewer people disturbs nobody.
    let visitor = shared.visitor(&share).await;
    let (mut socket, _) = open_socket(&visitor, "/socket").await;
    assert!(next(&mut socket).await.is_some());
    shared.change(&share, json!({ "slug": "demo", "expires_at_ms": now_ms() + 3_600_000 })).await;
    assert_eq!(visitor.get("/page").await.status, 200);
    // A new link: the old one leads nowhere.
    let changed = shared.change(&share, json!({ "new_link": true })).await.json();
    assert_eq!(next(&mut socket).await, None);
    assert_ne!(changed["url"], share["url"]);
    assert_eq!(shared.browser().get(path_of(&share["url"])).await.status, 404);
    assert_eq!(shared.visitor(&changed).await.get("/page").await.status, 200);
}

#[tokio::test]
async fn a_share_that_expires_ends_what_flows() {
    let shared = Shared::new().await;
    let share = shared.share(link()).await;
    let visitor = shared.visitor(&share).await;
    let (mut socket, _) = open_socket(&visitor, "/socket").await;
    assert!(next(&mut socket).await.is_some());
    let mut events = stream(&visitor, "/events").await;
    let soon = json!({ "expires_at_ms": now_ms() + 700 });
    assert_eq!(shared.change(&share, soon).await.status, 200);
    assert_eq!(next(&mut socket).await, None);
    ends(&mut events).await;
    assert_eq!(visitor.get("/page").await.status, 401);
    let page = shared.browser().get(path_of(&share["url"])).await;
    assert_eq!(page.status, 410);
    assert!(page.text().contains("This share has expired"), "{}", page.text());
    assert_eq!(shared.seen(&share).await["expired"], true);
    // An owner may give it more time; who was in is in again.
    assert_eq!(shared.change(&share, json!({ "expires_at_ms": 0 })).await.status, 200);
    assert_eq!(visitor.get("/page").await.status, 200);
}

#[tokio::test]
async fn a_deleted_workspace_ends_its_shares() {
    let shared = Shared::new().await;
    let share = shared.share(json!({ "slug": "demo" })).await;
    let visitor = shared.visitor(&share).await;
    let (mut socket, _) = open_socket(&visitor, "/socket").await;
    assert!(next(&mut socket).await.is_some());
    let path = format!("/api/v1/workspaces/{}", shared.preview.workspace);
    assert_eq!(shared.preview.owner.send("DELETE", &path, None).await.status, 204);
    assert_eq!(next(&mut socket).await, None);
    assert_eq!(visitor.get("/page").await.status, 401);
    assert_eq!(shared.browser().get(path_of(&share["url"])).await.status, 404);
    assert_eq!(shared.browser().get("/ada/demo").await.status, 404);
}

#[tokio::test]
async fn a_visit_outlives_the_gateway() {
    let mut shared = Shared::new().await;
    let share = shared.share(with_password()).await;
    let opened = shared.browser().form(path_of(&share["url"]), "password=open+sesame").await;
    let visitor = shared.arrive(&share, &opened).await;
    shared.preview.world = shared.preview.world.restart().await;
    shared.preview.port = app(&shared.preview.world.scope).await;
    let owner = shared.preview.owner.headers[COOKIE].to_str().unwrap().to_owned();
    shared.preview.owner =
        shared.preview.world.stranger().with(COOKIE.as_str(), &owner).with_origin();
    shared.preview.runs(Some(shared.preview.port)).await;
    let cookie = visitor.headers[COOKIE].to_str().unwrap();
    let visitor = shared.at(&share).with(COOKIE.as_str(), cookie);
    assert_eq!(visitor.get("/page").await.status, 200);
    assert_eq!(token(&shared.seen(&share).await), token(&share));
}

// covers: S0.40
#[tokio::test]
async fn visitors_of_a_stopped_workspace_wait_and_wake_nothing() {
    let shared = Shared::new().await;
    let share = shared.share(link()).await;
    let visitor = shared.visitor(&share).await;
    shared.preview.world.provider.set_status(SessionStatus::Stopped, None);
    let asleep = || {
        let mut stored = shared.preview.world.provider.stored.lock().unwrap();
        std::mem::replace(stored.get_mut(&shared.preview.workspace).unwrap(), false)
    };
    assert!(asleep());
    let page = visitor.clone().with("sec-fetch-dest", "document").get("/").await;
    assert_eq!(page.status, 502);
    assert!(page.text().contains("The app is not running"), "{}", page.text());
    assert!(page.text().contains(r#"fetch("/.stead/ready""#), "{}", page.text());
    let workspace = shared.preview.workspace.as_str();
    let port = shared.preview.port.to_string();
    for hidden in [workspace, &workspace[3..], port.as_str(), "Open the workspace"] {
        assert!(!page.text().contains(hidden), "{hidden}: {}", page.text());
    }
    let refused = visitor.get("/").await;
    assert_eq!(refused.json()["error"]["details"]["reason"], "not_running");
    assert!(!asleep(), "the kernel sleeps on");
    // It comes alive by itself.
    let (ready, ()) = tokio::join!(visitor.get("/.stead/ready"), async {
        let world = &shared.preview.world;
        world.provider.set_status(SessionStatus::Running, Some(shared.preview.port));
        world.provider.stored.lock().unwrap().insert(shared.preview.workspace.clone(), true);
    });
    assert_eq!(ready.status, 204);
    assert_eq!(visitor.get("/page").await.status, 200);
}

#[tokio::test]
async fn a_visit_is_counted_and_written_down_without_its_token() {
    let shared = Shared::new().await;
    let share = shared.share(json!({ "slug": "demo" })).await;
    assert_eq!((share["views"].as_u64(), share["viewed_at_ms"].as_u64()), (Some(0), None));
    let visitor = shared.visitor(&share).await;
    for _ in 0..3 {
        assert_eq!(visitor.get("/page").await.status, 200);
    }
    shared.arrive(&share, &shared.browser().get("/ada/demo").await).await;
    let seen = shared.seen(&share).await;
    assert_eq!(seen["views"], 2);
    assert!(seen["viewed_at_ms"].as_u64().unwrap() <= now_ms());
    // Below a path all requests of one network within half an hour are one visit.
    let program = shared.preview.world.stranger();
    let below = format!("/indexes/userspace/shared/{}/preview/page", token(&share));
    for _ in 0..3 {
        assert_eq!(program.get(&below).await.status, 200);
    }
    assert_eq!(shared.seen(&share).await["views"], 3);
    // Whoever asks for the head alone sees nothing, and is given nothing to see it with.
    for path in [path_of(&share["url"]), "/ada/demo", &below] {
        let head = shared.browser().send("HEAD", path, None).await;
        assert!(head.status < 400 && head.headers.get("location").is_none(), "{path}");
    }
    assert_eq!(shared.seen(&share).await["views"], 3);
    shared.end(&share).await;

    let id = share["id"].as_str().unwrap();
    let rows = rows(&shared.preview.world).await;
    let of_share: Vec<&String> = rows.iter().filter(|it| it.contains(id)).collect();
    let verbs = ["share.create", "share.view", "share.view", "share.view", "share.end"];
    assert_eq!(of_share, verbs.map(|verb| format!("{verb} {id} ok")).each_ref());
    assert!(rows.iter().all(|it| !it.contains(token(&share))), "{rows:?}");
    let metrics = program.get("/metrics").await;
    assert!(metrics.text().contains("/s/{token}"), "{}", metrics.text());
    assert!(!metrics.text().contains(token(&share)));
}
