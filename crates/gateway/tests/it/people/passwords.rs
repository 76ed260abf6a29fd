//! Signing in with a password: what is said, how much work it is, and how often it may be tried.

use crate::world::{Client, PASSWORD, World, last_segment};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

#[tokio::test]
async fn the_first_link_may_set_a_password() {
    let world = World::new().await;
    let methods = world.stranger().get("/api/v1/sign-in").await.json();
    assert_eq!(methods, json!({"password": false, "first_start": true, "providers": []}));
    let body = json!({"grant": world.grant(), "name": "Ada", "password": "ada"});
    let refused = world.stranger().send("POST", "/api/v1/enter", Some(body)).await;
    assert_eq!(refused.status, 400, "the link is as good as before");
    let body = json!({"grant": world.grant(), "name": "Ada", "login_name": "Countess", "password": PASSWORD});
    let answer = world.stranger().send("POST", "/api/v1/enter", Some(body)).await;
    let me = world.browser(&answer).get("/api/v1/me").await.json();
    assert_eq!((&me["login_name"], &me["has_password"]), (&json!("countess"), &json!(true)));
    let answer = world.sign_in(" COUNTESS ", PASSWORD).await;
    assert_eq!(world.browser(&answer).get("/api/v1/me").await.json()["name"], "Ada");
    let methods = world.stranger().get("/api/v1/sign-in").await.json();
    assert_eq!(methods, json!({"password": true, "first_start": false, "providers": []}));
}

#[tokio::test]
async fn without_a_password_the_owner_gets_a_log_in_name_all_the_same() {
    let world = World::new().await;
    let owner = world.owner().await;
    let me = owner.get("/api/v1/me").await.json();
    assert_eq!((&me["login_name"], &me["has_password"]), (&json!("ada"), &json!(false)));
    assert_eq!(world.sign_in("ada", "").await.status, 401);
}

#[tokio::test]
async fn whatever_is_wrong_the_answer_and_the_work_are_the_same() {
    let world = World::new().await;
    let owner = world.owner().await;
    for name in ["bea", "cem", "dag"] {
        world.account(&owner, name).await;
    }
    let far = u64::MAX / 4;
    world
        .execute(&[
            "UPDATE principals SET disabled_at_ms = 1 WHERE login_name = 'cem'",
            &format!("UPDATE principals SET locked_until_ms = {far} WHERE login_name = 'dag'"),
        ])
        .await;
    let mut seen = Vec::new();
    for (name, password) in [
        ("nobody", PASSWORD),
        ("bea", "wrong password"),
        ("cem", PASSWORD),
        ("cem", "wrong password"),
        ("dag", PASSWORD),
        ("dag", "wrong password"),
        ("ada", "has no password"),
    ] {
        let before = (hashes(&world).await, failures(&world).await);
        let answer = world.sign_in(name, password).await;
        let work = (hashes(&world).await - before.0, failures(&world).await - before.1);
        let names: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
        seen.push((answer.status, answer.text(), names, work));
    }
    assert_eq!((seen[0].0, seen[0].3), (401, (1, 1)));
    for other in &seen[1..] {
        assert_eq!(other, &seen[0]);
    }
}

// The same, told apart by nothing that a row of the audit log holds but who it was.
#[tokio::test]
async fn failures_are_written_down_without_what_was_typed() {
    let world = World::new().await;
    let owner = world.owner().await;
    world.account(&owner, "bea").await;
    world.sign_in("bea", "wrong password").await;
    world.sign_in("my secret password", "").await;
    let rows = crate::audit::rows(&world).await;
    let failed: Vec<&String> = rows.iter().filter(|it| it.ends_with(" failed")).collect();
    assert!(failed[0].starts_with("login.create usr_"), "{failed:?}");
    assert_eq!(failed[1], "login.create unknown name failed");
    assert!(!rows.iter().any(|it| it.contains("secret")), "{rows:?}");
}

#[tokio::test]
async fn guessing_is_slowed_down_for_names_that_exist_and_for_others() {
    for name in ["bea", "nobody"] {
        let world = World::new().await;
        let owner = world.owner().await;
        world.account(&owner, "bea").await;
        // The waits double, so at some try a slow machine has not waited long enough, either.
        let (mut wrong, mut last) = (0, Instant::now());
        while world.sign_in(name, "wrong password").await.status == 401 {
            (wrong, last) = (wrong + 1, Instant::now());
            assert!(wrong < 15, "{name}");
        }
        assert!(5 <= wrong, "{name}: {wrong}");
        // Nor is the right one looked at while a wait lasts.
        let waiting = world.sign_in(name, PASSWORD).await;
        if Duration::from_secs(1) <= last.elapsed() {
            eprintln!("SKIPPED: this machine took longer than the wait");
            continue;
        }
        assert_eq!((waiting.status, waiting.code().as_str()), (429, "rate_limited"), "{name}");
        assert!(1 <= waiting.header("retry-after").parse::<u64>().unwrap());
    }
}

#[tokio::test]
async fn strangers_who_guess_do_not_keep_a_person_out() {
    let world = World::new().await;
    let owner = world.owner().await;
    let bea = world.account(&owner, "bea").await;
    // As if many machines had guessed for a long time.
    let far = u64::MAX / 4;
    let locked = format!(
        "UPDATE principals SET failures = 100, locked_until_ms = {far} WHERE login_name = 'bea'"
    );
    world.execute(&[&locked]).await;
    assert_eq!(world.sign_in("bea", PASSWORD).await.status, 401, "a browser that nobody knows");
    let mut known = bea.clone();
    let cookies = bea.headers["cookie"].to_str().unwrap();
    let device = cookies.split("; ").find(|it| it.starts_with("stead_device_")).unwrap();
    known.headers.insert("cookie", device.parse().unwrap());
    let body = json!({"login_name": "bea", "password": PASSWORD});
    let answer = known.send("POST", "/api/v1/sign-in", Some(body.clone())).await;
    assert_eq!(answer.status, 200, "a browser in which she was signed in before");
    // That freed everybody; a device cookie of somebody else is worth nothing.
    world.execute(&[&locked]).await;
    let device = device.replacen("stead_device", "x", 1);
    known.headers.insert("cookie", device.parse().unwrap());
    assert_eq!(known.send("POST", "/api/v1/sign-in", Some(body)).await.status, 401);
}

#[tokio::test]
async fn changing_the_password_asks_the_old_one_and_ends_other_sign_ins() {
    let world = World::new().await;
    let owner = world.owner().await;
    let bea = world.account(&owner, "bea").await;
    let other = world.browser(&world.sign_in("bea", PASSWORD).await);
    let change = async |old: Value, new: &str| {
        let body = json!({"old_password": old, "new_password": new});
        bea.send("PUT", "/api/v1/me/password", Some(body)).await
    };
    let new = "another horse battery";
    assert_eq!(change(Value::Null, new).await.status, 403);
    assert_eq!(change(json!("wrong password"), new).await.code(), "forbidden");
    assert_eq!(change(json!(PASSWORD), "short").await.status, 400);
    assert_eq!(other.get("/api/v1/me").await.status, 200);
    assert_eq!(change(json!(PASSWORD), new).await.status, 204);
    assert_eq!(other.get("/api/v1/me").await.status, 401);
    assert_eq!(bea.get("/api/v1/me").await.status, 200);
    assert_eq!(world.sign_in("bea", PASSWORD).await.status, 401);
    assert_eq!(world.sign_in("bea", new).await.status, 200);
}

#[tokio::test]
async fn a_stolen_sign_in_without_a_password_proves_nothing_by_a_link_or_a_password_of_its_own() {
    let world = World::new().await;
    let owner = world.owner().await;
    // The browser was left open: its person signed in a while ago.
    world.execute(&["UPDATE logins SET authenticated_at_ms = authenticated_at_ms - 600001"]).await;
    let by_link_of = async |maker: &Client| {
        let link = maker.send("POST", "/api/v1/links", None).await.json();
        let body = json!({"grant": last_segment(&link["url"])});
        let answer = world.stranger().send("POST", "/api/v1/enter", Some(body)).await;
        world.browser(&answer)
    };
    let set = async |client: &Client| {
        let body = json!({"new_password": PASSWORD});
        client.send("PUT", "/api/v1/me/password", Some(body)).await
    };
    let refused = set(&owner).await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "forbidden"));
    assert!(refused.text().contains("sign in anew"), "{}", refused.text());
    let linked = by_link_of(&owner).await;
    assert_eq!(set(&linked).await.status, 403);
    // Nor does a link of a link, and the command line speaks for no person.
    assert_eq!(set(&by_link_of(&linked).await).await.status, 403);
    assert_eq!(set(&world.program()).await.status, 403);
    assert_eq!(owner.get("/api/v1/me").await.json()["has_password"], false);
    // A link from the machine's console is a proof, and so is every link made soon after it.
    let console = by_link_of(&world.program()).await;
    assert_eq!(set(&by_link_of(&console).await).await.status, 204);
}

#[tokio::test]
async fn an_administrator_makes_a_link_that_resets_a_password_once() {
    let world = World::new().await;
    let owner = world.owner().await;
    let bea = world.account(&owner, "bea").await;
    let id = bea.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/accounts/{id}/reset");
    assert_eq!(bea.send("POST", &path, None).await.status, 403);
    let first = owner.send("POST", &path, None).await.json();
    let link = owner.send("POST", &path, None).await.json();
    assert_eq!(world.sign_in("bea", PASSWORD).await.status, 200, "until the link is used");
    let details = async |url: &Value| {
        let body = json!({"grant": last_segment(url)});
        world.stranger().send("POST", "/api/v1/reset/details", Some(body)).await
    };
    assert_eq!(details(&first["url"]).await.status, 410, "a later link takes its place");
    assert_eq!(details(&link["url"]).await.json(), json!({"name": "BEA", "login_name": "bea"}));
    let new = "another horse battery";
    let body = json!({"grant": last_segment(&link["url"]), "password": new});
    let enter = json!({"grant": last_segment(&link["url"])});
    let wrong_door = world.stranger().send("POST", "/api/v1/enter", Some(enter)).await;
    assert_eq!(wrong_door.status, 410);
    let reset = world.stranger().send("POST", "/api/v1/reset", Some(body.clone())).await;
    let again = world.stranger().send("POST", "/api/v1/reset", Some(body)).await;
    assert_eq!(again.status, 410);
    assert_eq!(bea.get("/api/v1/me").await.status, 401);
    assert_eq!(world.browser(&reset).get("/api/v1/me").await.json()["id"], id.as_str());
    assert_eq!(world.sign_in("bea", PASSWORD).await.status, 401);
    assert_eq!(world.sign_in("bea", new).await.status, 200);
}

#[tokio::test]
async fn every_sign_in_is_a_new_one() {
    let world = World::new().await;
    let owner = world.owner().await;
    let bea = world.account(&owner, "bea").await;
    let port = world.address.port();
    let body = json!({"login_name": "bea", "password": PASSWORD});
    // What somebody else planted in the browser, and what was good until now, are both replaced.
    for planted in ["f".repeat(64), session(&bea, port)] {
        let browser = world
            .stranger()
            .with_origin()
            .with("cookie", &format!("stead_session_{port}={planted}"));
        let answer = browser.send("POST", "/api/v1/sign-in", Some(body.clone())).await;
        assert_eq!(answer.status, 200);
        assert_ne!(session(&world.browser(&answer), port), planted);
        assert_eq!(browser.get("/api/v1/me").await.status, 401);
    }
    assert_eq!(bea.get("/api/v1/me").await.status, 401);
}

#[tokio::test]
async fn another_page_signs_nobody_in_or_out() {
    let world = World::new().await;
    let owner = world.owner().await;
    let bea = world.account(&owner, "bea").await;
    let body = json!({"login_name": "bea", "password": PASSWORD});
    let foreign = world.stranger().with("origin", "http://evil.example");
    assert_eq!(foreign.send("POST", "/api/v1/sign-in", Some(body)).await.code(), "foreign_origin");
    for (method, path) in [
        ("PUT", "/api/v1/me/password"),
        ("POST", "/api/v1/tokens"),
        ("DELETE", "/api/v1/sign-ins"),
        ("POST", "/api/v1/join"),
    ] {
        let foreign = bea.clone().with("origin", "http://evil.example");
        let answer = foreign.send(method, path, Some(json!({}))).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "foreign_origin"), "{path}");
    }
}

fn session(client: &Client, port: u16) -> String {
    let cookies = client.headers["cookie"].to_str().unwrap();
    let name = format!("stead_session_{port}=");
    cookies.split("; ").find_map(|it| it.strip_prefix(&name)).unwrap().to_owned()
}

async fn hashes(world: &World) -> u64 {
    let text = world.stranger().get("/metrics").await.text();
    let line = text.lines().find_map(|it| it.strip_prefix("stead_gateway_password_hashes "));
    line.unwrap().parse().unwrap()
}

async fn failures(world: &World) -> usize {
    crate::audit::rows(world).await.iter().filter(|it| it.ends_with(" failed")).count()
}
