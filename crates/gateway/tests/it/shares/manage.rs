//! What owners may do with shares.

use super::{Shared, link, path_of, with_password};
use protocol::header::Role;
use serde_json::json;
use stdx::clock::now_ms;

#[tokio::test]
async fn editors_see_shares_and_owners_make_them() {
    let shared = Shared::new().await;
    let share = shared.share(with_password()).await;
    let of = Some((&shared.preview.workspace, Role::Editor));
    let world = &shared.preview.world;
    let (editor, _) = world.person(&shared.preview.owner, "eddie", of).await;
    let (viewer, _) = world
        .person(&shared.preview.owner, "vera", Some((&shared.preview.workspace, Role::Viewer)))
        .await;
    let path = shared.path();
    let seen = editor.get(&path).await;
    assert_eq!((seen.status, &seen.json()[0]["url"]), (200, &share["url"]));
    assert!(!seen.text().contains("argon2") && !seen.text().contains("sesame"));
    let one = format!("{path}/{}", share["id"].as_str().unwrap());
    for (method, path) in [("POST", &path), ("PATCH", &one), ("DELETE", &one)] {
        assert_eq!(editor.send(method, path, Some(json!({}))).await.status, 403, "{method}");
    }
    assert_eq!(viewer.get(&path).await.status, 403);
}

#[tokio::test]
async fn what_does_not_go_together_is_refused_with_a_reason() {
    let shared = Shared::new().await;
    shared.somebody("eve").await;
    for (body, status, words) in [
        (json!({ "mode": "password" }), 400, "choose a password"),
        (json!({ "mode": "password", "password": "short" }), 400, "6 characters"),
        (json!({ "mode": "chosen" }), 400, "at least one person"),
        (json!({ "mode": "chosen", "people": ["nobody"] }), 400, "`nobody`"),
        (json!({ "people": ["eve"] }), 400, "chosen people"),
        (json!({ "mode": "everyone" }), 400, ""),
        (json!({ "expires_at_ms": now_ms() - 1 }), 400, "in the future"),
        (json!({ "slug": "Not A Slug" }), 400, "lower-case"),
        (json!({ "slug": "../x" }), 400, "lower-case"),
        (json!({ "slug": "members" }), 400, "`members` is a word"),
        (json!({ "token": "mine" }), 400, "token"),
    ] {
        let answer = shared.try_share(body.clone()).await;
        assert_eq!(answer.status, status, "{body} {}", answer.text());
        assert!(answer.text().contains(words), "{body} {}", answer.text());
    }
    let share = shared.share(json!({ "mode": "chosen", "people": ["eve", "EVE "] })).await;
    assert_eq!(share["people"].as_array().unwrap().len(), 1);
    for (body, words) in [
        (json!({ "mode": "password" }), "choose a password"),
        (json!({ "people": [] }), "at least one person"),
        (json!({ "password": "open sesame" }), "belongs to"),
        (json!({ "expires_at_ms": 1 }), "in the future"),
    ] {
        let answer = shared.change(&share, body.clone()).await;
        assert_eq!(answer.status, 400, "{body} {}", answer.text());
        assert!(answer.text().contains(words), "{body} {}", answer.text());
    }
    assert_eq!(shared.seen(&share).await["mode"], "chosen", "nothing was changed");
}

#[tokio::test]
async fn a_slug_is_one_persons_once_and_free_again_when_its_share_ends() {
    let shared = Shared::new().await;
    let check = async |slug: &str| {
        let answer = shared.preview.owner.get(&format!("{}/slugs/{slug}", shared.path())).await;
        answer.json()
    };
    let free = check("demo").await;
    assert_eq!((free["available"].as_bool(), path_of(&free["url"])), (Some(true), "/ada/demo"));
    let share = shared.share(json!({ "slug": "demo" })).await;
    assert_eq!(check("demo").await["available"], false);
    assert!(check("settings").await["reason"].as_str().unwrap().contains("`settings`"));
    let taken = shared.try_share(json!({ "slug": "demo" })).await;
    assert_eq!((taken.status, taken.code().as_str()), (409, "already_exists"));
    let other = shared.share(link()).await;
    assert_eq!(shared.change(&other, json!({ "slug": "demo" })).await.status, 409);
    assert_eq!(shared.change(&share, json!({ "slug": "demo" })).await.status, 200);
    assert_eq!(shared.change(&share, json!({ "slug": "" })).await.json()["slug"], json!(null));
    assert_eq!(shared.change(&other, json!({ "slug": "demo" })).await.status, 200);
    shared.end(&other).await;
    assert_eq!(check("demo").await["available"], true);
    // Without a user name there is no address by name.
    shared.preview.world.execute(&["UPDATE principals SET login_name = NULL"]).await;
    let nameless = shared.try_share(json!({ "slug": "demo" })).await;
    assert_eq!((nameless.status, nameless.code().as_str()), (409, "conflict"));
}

#[tokio::test]
async fn an_address_by_name_goes_with_the_owner() {
    let shared = Shared::new().await;
    let share = shared.share(json!({ "slug": "demo" })).await;
    assert_eq!(shared.browser().get("/ada/demo").await.status, 303);
    let viewer = "UPDATE members SET role = 'viewer'";
    shared.preview.world.execute(&[viewer]).await;
    assert_eq!(shared.browser().get("/ada/demo").await.status, 404);
    assert_eq!(shared.browser().get(path_of(&share["url"])).await.status, 303, "the link stays");
}

#[tokio::test]
async fn shares_of_another_workspace_are_not_found() {
    let shared = Shared::new().await;
    let share = shared.share(link()).await;
    let elsewhere = shared.preview.world.workspace(&shared.preview.owner).await;
    let id = share["id"].as_str().unwrap();
    let path = format!("/api/v1/workspaces/{elsewhere}/shares/{id}");
    for method in ["PATCH", "DELETE"] {
        let answer = shared.preview.owner.send(method, &path, Some(json!({}))).await;
        assert_eq!(answer.status, 404, "{method}");
    }
    for id in ["x", "share_x", elsewhere.as_str()] {
        let path = format!("{}/{id}", shared.path());
        assert_eq!(shared.preview.owner.send("DELETE", &path, None).await.status, 404, "{id}");
    }
    assert_eq!(shared.visitor(&share).await.get("/page").await.status, 200);
}
