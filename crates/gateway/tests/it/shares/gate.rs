//! Who is let in, and what the others are told.

use super::{Shared, link, path_of, token, with_password};
use crate::world::Answer;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use http::header::ORIGIN;
use serde_json::json;

#[tokio::test]
async fn a_password_is_asked_for_on_a_page_and_opens_the_app() {
    let shared = Shared::new().await;
    let share = shared.share(with_password()).await;
    let path = path_of(&share["url"]);
    let browser = shared.browser();
    let page = browser.get(path).await;
    assert_eq!((page.status, page.header("cache-control")), (401, "no-store"));
    assert!(page.text().contains("type=\"password\""), "{}", page.text());
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    // Without it nothing of the app is told, and no form of the app is taken for a password.
    let program = shared.preview.world.stranger();
    let below = format!("/indexes/userspace/shared/{}/preview/page", token(&share));
    for method in ["GET", "PUT", "DELETE"] {
        let answer = program.send(method, &below, None).await;
        assert_eq!((answer.status, answer.code().as_str()), (401, "unauthenticated"), "{method}");
    }

    let wrong = browser.form(path, "password=open+sesame+").await;
    assert_eq!(wrong.status, 401);
    assert!(wrong.text().contains("role=\"alert\""), "{}", wrong.text());
    assert_eq!(browser.form(path, "").await.status, 401);
    for page in [browser.clone().with_origin(), browser.clone()] {
        let visitor = shared.arrive(&share, &page.form(path, "password=open+sesame").await).await;
        assert_eq!(visitor.get("/page").await.status, 200);
    }
    let elsewhere = browser.clone().with(ORIGIN.as_str(), "https://evil.example");
    let answer = elsewhere.form(path, "password=open+sesame").await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "foreign_origin"));
    // What was asked for is opened.
    let deep = browser.form(&format!("{path}/page?a=b"), "password=open%20sesame").await;
    assert!(deep.header("location").ends_with("path=/page%3Fa%3Db"), "{}", deep.header("location"));
}

#[tokio::test]
async fn passwords_cannot_be_guessed_in_a_row() {
    let shared = Shared::new().await;
    let share = shared.share(with_password()).await;
    let path = path_of(&share["url"]);
    let browser = shared.browser();
    // All at once: a try comes back every few seconds, and five take longer than that on a busy
    // machine. Those that are refused are answered while the others are still judged.
    let wrong = (0..8).map(|_| browser.form(path, "password=wrong"));
    let mut wrong: FuturesUnordered<_> = wrong.collect();
    let mut statuses = Vec::new();
    while statuses.iter().filter(|it| **it == 429).count() < 3 {
        statuses.push(wrong.next().await.expect("three of eight are refused").status);
    }
    let paused = browser.form(path, "password=open+sesame").await;
    assert_eq!(paused.status, 429, "the right one waits too");
    let forged = browser.clone().with("x-forwarded-for", "203.0.113.9");
    assert_eq!(forged.form(path, "password=open+sesame").await.status, 429);
    assert!(paused.header("retry-after").parse::<u64>().unwrap() <= 3);
    assert!(paused.text().contains("Try again in"), "{}", paused.text());
    assert_eq!(browser.get(path).await.status, 401, "looking is not guessing");
    while let Some(answer) = wrong.next().await {
        statuses.push(answer.status);
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429, 429, 429]);
    // Another share is another lock.
    let other = shared.share(with_password()).await;
    assert_eq!(browser.form(path_of(&other["url"]), "password=open+sesame").await.status, 303);
}

#[tokio::test]
async fn signed_in_people_are_let_in_and_strangers_are_sent_to_sign_in() {
    let shared = Shared::new().await;
    let share = shared.share(json!({ "mode": "signed_in" })).await;
    let path = path_of(&share["url"]);
    let stranger = shared.browser().get(path).await;
    assert_eq!(stranger.status, 401);
    let next = format!("/sign-in?next={path}");
    assert!(stranger.text().contains(&next), "{}", stranger.text());
    let (eve, _) = shared.somebody("eve").await;
    let visitor = shared.arrive(&share, &eve.get(path).await).await;
    assert_eq!(visitor.get("/page").await.status, 200);
    // Her cookie is not enough for a request that any page can send, her token is.
    let below = format!("/indexes/userspace/shared/{}/preview/page", token(&share));
    let mut script = eve.clone();
    script.headers.remove("accept");
    assert_eq!(script.get(&below).await.status, 401);
    assert_eq!(shared.preview.world.program().get(&below).await.status, 200);
    // A token that is bound to another workspace is nobody here.
    let bound = "UPDATE logins SET workspaces = '[\"ws_00000000000000000000000001\"]'
                 WHERE operator <> 'browser'";
    shared.preview.world.execute(&[bound]).await;
    let (world, owner) = (&shared.preview.world, &shared.preview.owner);
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_secs(6)).await;
    tokio::time::resume();
    assert_eq!(world.program().get(&below).await.status, 401);
    assert_eq!(owner.get("/api/v1/me").await.status, 200);
    // Signing out ends what the login opened.
    assert_eq!(eve.send("POST", "/api/v1/leave", None).await.status, 204);
    assert_eq!(visitor.get("/page").await.status, 401);
}

#[tokio::test]
async fn chosen_people_are_let_in_and_by_name_the_others_learn_nothing() {
    let shared = Shared::new().await;
    let (eve, _) = shared.somebody("eve").await;
    let (mallory, _) = shared.somebody("mallory").await;
    let share = json!({ "mode": "chosen", "people": ["eve"], "slug": "demo" });
    let share = shared.share(share).await;
    let by_token = path_of(&share["url"]);
    let visitor = shared.arrive(&share, &eve.get("/ada/demo").await).await;
    assert_eq!(visitor.get("/page").await.status, 200);
    assert_eq!(
        shared.arrive(&share, &eve.get(by_token).await).await.get("/page").await.status,
        200
    );

    let refused = mallory.get(by_token).await;
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("mallory"), "{}", refused.text());
    assert_eq!(shared.browser().get(by_token).await.status, 401);
    // The same words for a share that is for others, for one that is not there, and for an owner
    // who is not there.
    for client in [&mallory, &shared.browser()] {
        let told = [
            client.get("/ada/demo").await,
            client.get("/ada/nope").await,
            client.get("/nobody/demo").await,
        ];
        assert!(told.iter().all(|it| it.status == 404), "{}", told[0].text());
        let [first, second, third] = told.each_ref().map(without_what_differs);
        assert_eq!(first.replace("/ada/demo", ""), second.replace("/ada/nope", ""));
        assert_eq!(first.replace("/ada/demo", ""), third.replace("/nobody/demo", ""));
        assert_eq!(names(&told[0]), names(&told[1]));
    }
    // Who is no longer named is out at once.
    let answer = shared.change(&share, json!({ "people": ["mallory"] })).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(visitor.get("/page").await.status, 401);
    assert_eq!(eve.get("/ada/demo").await.status, 404);
    assert_eq!(mallory.get("/ada/demo").await.status, 303);
}

/// The page without its nonce.
fn without_what_differs(answer: &Answer) -> String {
    let policy = answer.header("content-security-policy");
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    answer.text().replace(nonce, "")
}

fn names(answer: &Answer) -> Vec<String> {
    let mut names: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
    names.sort();
    names
}

#[tokio::test]
async fn addresses_cannot_be_tried_in_a_row() {
    let shared = Shared::new().await;
    let share = shared.share(link()).await;
    let browser = shared.browser();
    let mut last = 0;
    for index in 0..80 {
        last = browser.get(&format!("/s/{index:032x}")).await.status;
        if last == 429 {
            break;
        }
    }
    assert_eq!(last, 429);
    let waits = browser.get(path_of(&share["url"])).await;
    assert_eq!(waits.status, 429);
    assert!(!waits.header("retry-after").is_empty());
    assert_eq!(browser.get("/ada/anything").await.status, 429);
    // Who is inside already is not disturbed, and the application goes on.
    assert_eq!(shared.preview.owner.get("/api/v1/me").await.status, 200);
}

#[tokio::test]
async fn an_address_that_was_copied_from_the_bar_leads_to_the_gate() {
    let shared = Shared::new().await;
    for (body, status, words) in [
        (link(), 401, "Open the link again"),
        (with_password(), 401, "type=\"password\""),
        (json!({ "mode": "signed_in" }), 401, "Sign in to see this app"),
        (json!({ "slug": "demo" }), 303, ""),
    ] {
        let share = shared.share(body).await;
        let tab = shared.at(&share).with("sec-fetch-dest", "document");
        let sent = tab.get("/page?a=b").await;
        assert_eq!(sent.status, 303);
        let gateway = format!("http://localhost:{}", shared.preview.world.address.port());
        let path = sent.header("location").strip_prefix(&gateway).unwrap().to_owned();
        let answer = shared.browser().get(&path).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        assert!(answer.text().contains(words), "{}", answer.text());
        if words.contains("password") {
            let opened = shared.browser().form(&path, "password=open+sesame").await;
            assert!(opened.header("location").ends_with("path=/page%3Fa%3Db"));
        }
    }
}
