//! The way there and back: in one browser, once, in time, and to nowhere else.

use super::liar::{Landing, Liar, Way};
use crate::world::World;
use gateway::SignUp;
use http::StatusCode;
use serde_json::{Value, json};
use stdx::TaskScope;

async fn world() -> (World, Liar, TaskScope) {
    let scope = TaskScope::default();
    let liar = Liar::start(&scope).await;
    let mut settings = liar.settings();
    settings.sign_up = SignUp::Anyone;
    let mut other = settings.clone();
    (other.id, other.issuer) = ("other".to_owned(), "http://127.0.0.1:9".to_owned());
    (World::with_oidc(vec![settings, other]).await, liar, scope)
}

#[tokio::test]
async fn a_browser_is_sent_away_with_what_binds_the_answer_to_it() {
    let (world, liar, _scope) = world().await;
    let browser = world.stranger().with_origin();
    let answer = browser.send("POST", "/api/v1/oidc/company/start", Some(json!({}))).await;
    let url = answer.json()["url"].as_str().unwrap().to_owned();
    assert!(url.starts_with(&format!("{}/authorize?response_type=code&", liar.issuer)), "{url}");
    let port = world.address.port();
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with(&format!("stead_oidc_{port}=")), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax"), "{cookie}");
    let way = Way::of(&browser, &answer);
    assert_eq!(way.asked["redirect_uri"], format!("http://localhost:{port}/oidc/company/callback"));
    assert_eq!(way.asked["scope"], "openid email profile");
    assert_eq!((way.asked["client_id"].as_str(), way.asked.len()), ("stead", 8));
    assert_eq!(way.asked["code_challenge_method"], "S256");
    for name in ["state", "nonce", "code_challenge"] {
        assert!(43 <= way.asked[name].len(), "{name}");
    }
    // Two ways have nothing in common, and the browser is the same.
    let again = Way::begin(&way.browser, json!({})).await;
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(way.asked[name], again.asked[name], "{name}");
    }
    for way in [&way, &again] {
        way.arrive(&liar.code(way, |_| {})).await.browser(&world);
    }
}

#[tokio::test]
async fn an_answer_counts_once_in_the_browser_that_asked() {
    let (world, liar, _scope) = world().await;
    let way = Way::begin(&world.stranger().with_origin(), json!({})).await;
    let code = liar.code(&way, |_| {});
    let query = format!("state={}&code={code}", way.asked["state"]);
    let landed = async |client: crate::world::Client, path: String| {
        Landing::of(client.get(&path).await).problem().to_owned()
    };
    // Somebody else's browser: the victim of a forced sign-in, or whoever read the address.
    let callback = format!("/oidc/company/callback?{query}");
    assert_eq!(landed(world.stranger(), callback.clone()).await, "stale");
    let other = Way::begin(&world.stranger().with_origin(), json!({})).await;
    assert_eq!(landed(other.browser.clone(), callback.clone()).await, "stale");
    // The right browser with another way's state, another provider's address, or parts twice.
    for path in [
        "/oidc/company/callback".to_owned(),
        format!("/oidc/company/callback?code={code}"),
        format!("/oidc/company/callback?state=&code={code}"),
        format!("/oidc/company/callback?state={}&code={code}", "0".repeat(64)),
        format!("/oidc/company/callback?{query}&code=other"),
        format!("/oidc/company/callback?{query}&state=other"),
    ] {
        assert_eq!(landed(way.browser.clone(), path.clone()).await, "stale", "{path}");
    }
    let elsewhere = format!("/oidc/other/callback?{query}");
    let place = Landing::of(way.browser.get(&elsewhere).await).place;
    assert_eq!(place, "/sign-in?problem=stale&provider=other");
    assert_eq!(way.browser.get("/oidc/nobody/callback").await.status, 404);
    // None of that used it up; the first good answer does.
    way.arrive(&code).await.browser(&world);
    let again = liar.code(&way, |_| {});
    assert_eq!(way.arrive(&again).await.problem(), "stale");
}

#[tokio::test]
async fn a_failed_answer_uses_its_way_up() {
    let (world, liar, _scope) = world().await;
    let body = json!({"next": "/w/x?a=b"});
    let way = Way::begin(&world.stranger().with_origin(), body).await;
    let place = way.arrive("made-up").await.place;
    let next = "next=/w/x%3Fa%3Db";
    assert_eq!(place, format!("/sign-in?problem=provider_refused&provider=company&{next}"));
    let code = liar.code(&way, |_| {});
    assert_eq!(way.arrive(&code).await.problem(), "stale");
}

#[tokio::test]
async fn a_code_of_another_way_is_worth_nothing() {
    let (world, liar, _scope) = world().await;
    let mine = Way::begin(&world.stranger().with_origin(), json!({})).await;
    let victims = Way::begin(&world.stranger().with_origin(), json!({})).await;
    // PKCE: the provider refuses a code that was meant for another verifier.
    let stolen = liar.code(&victims, |_| {});
    assert_eq!(mine.arrive(&stolen).await.problem(), "provider_refused");
    // And where a provider does not, the nonce tells.
    let mine = Way::begin(&world.stranger().with_origin(), json!({})).await;
    let injected = liar.code(&mine, |it| it.claims["nonce"] = json!(victims.asked["nonce"]));
    assert_eq!(mine.arrive(&injected).await.problem(), "untrusted");
}

#[tokio::test]
async fn nobody_is_sent_elsewhere_afterwards() {
    let (world, liar, _scope) = world().await;
    let browser = world.stranger().with_origin();
    for next in
        ["//evil.example", "https://evil.example", "/\\evil.example", "", "\t//evil.example"]
    {
        let body = Some(json!({"next": next}));
        let answer = browser.send("POST", "/api/v1/oidc/company/start", body).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "invalid_request"), "{next:?}");
    }
    // What nobody types is not kept for everybody.
    let way = Way::begin(&browser, json!({"next": format!("/{}", "x".repeat(2000))})).await;
    assert_eq!(way.arrive(&liar.code(&way, |_| {})).await.place, "/");
}

#[tokio::test]
async fn only_our_own_page_under_the_public_address_sends_somebody_away() {
    let (world, _liar, _scope) = world().await;
    let start = "/api/v1/oidc/company/start";
    let foreign = world.stranger().with("origin", "https://evil.example");
    let answer = foreign.send("POST", start, Some(json!({}))).await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "foreign_origin"));
    // An address that a request names never becomes the one that a provider sends codes to.
    let port = world.address.port();
    let near = world.stranger().with("host", &format!("127.0.0.1:{port}"));
    let answer = near.send("POST", start, Some(json!({}))).await;
    assert_eq!((answer.status, answer.code().as_str()), (409, "conflict"));
    let home = format!("http://localhost:{port}");
    assert_eq!(answer.json()["error"]["details"]["address"], home);
    let forwarded = world.stranger().with_origin().with("x-forwarded-host", "evil.example");
    let way = Way::begin(&forwarded.with("x-forwarded-proto", "https"), json!({})).await;
    assert!(way.asked["redirect_uri"].starts_with(&home), "{}", way.asked["redirect_uri"]);
    let nobody = world.stranger().send("POST", "/api/v1/oidc/nobody/start", Some(json!({}))).await;
    assert_eq!(nobody.status, 404);
}

#[tokio::test]
async fn an_answer_says_which_provider_it_is_from() {
    let (world, liar, _scope) = world().await;
    let browser = world.stranger().with_origin();
    let evil = "&iss=https://evil.example";
    let mine = format!("&iss={}", liar.issuer);
    let way = Way::begin(&browser, json!({})).await;
    let code = liar.code(&way, |_| {});
    assert_eq!(way.arrive(&format!("{code}{evil}")).await.problem(), "untrusted");
    let way = Way::begin(&browser, json!({})).await;
    way.arrive(&format!("{}{mine}", liar.code(&way, |_| {}))).await.browser(&world);
    // A refusal of another provider is none of this one.
    let way = Way::begin(&browser, json!({})).await;
    let landing = way.arrive_with(&format!("error=access_denied{evil}")).await;
    assert_eq!(landing.problem(), "untrusted");
}

#[tokio::test]
async fn a_provider_that_names_itself_does_so_always() {
    let scope = TaskScope::default();
    let liar = Liar::start(&scope).await;
    let name = "authorization_response_iss_parameter_supported";
    liar.shared.document.lock().unwrap()[name] = json!(true);
    let world = World::with_oidc(vec![liar.settings()]).await;
    let way = Way::begin(&world.stranger().with_origin(), json!({})).await;
    assert_eq!(way.arrive(&liar.code(&way, |_| {})).await.problem(), "untrusted");
}

#[tokio::test]
async fn a_refusal_is_told_in_the_words_of_its_kind() {
    let (world, _liar, _scope) = world().await;
    for (error, problem) in [
        ("access_denied", "cancelled"),
        ("server_error", "provider_down"),
        ("temporarily_unavailable", "provider_down"),
        ("invalid_scope", "provider_refused"),
        ("%0d%0a%3Cscript%3E", "provider_refused"),
    ] {
        let way = Way::begin(&world.stranger().with_origin(), json!({})).await;
        assert_eq!(way.arrive_with(&format!("error={error}")).await.problem(), problem);
    }
    let way = Way::begin(&world.stranger().with_origin(), json!({})).await;
    assert_eq!(way.arrive_with("").await.problem(), "untrusted");
}

#[tokio::test]
async fn a_provider_that_is_away_keeps_nobody_from_the_other_ways() {
    let (world, liar, _scope) = world().await;
    let browser = world.stranger().with_origin();
    let start = "/api/v1/oidc/other/start";
    let answer = browser.send("POST", start, Some(json!({}))).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "unavailable"));
    assert!(answer.text().contains("does not answer as it should"), "{}", answer.text());
    world.owner().await;
    let way = Way::begin(&browser, json!({})).await;
    way.arrive(&liar.code(&way, |_| {})).await.browser(&world);
}

#[tokio::test]
async fn a_description_that_lies_sends_nobody_away() {
    for (name, value) in [
        ("issuer", json!("https://evil.example")),
        ("token_endpoint", json!("http://127.0.0.1:1/token")),
        ("jwks_uri", json!("https://evil.example/jwks")),
        ("code_challenge_methods_supported", json!(["plain"])),
        ("token_endpoint", Value::Null),
    ] {
        let scope = TaskScope::default();
        let liar = Liar::start(&scope).await;
        liar.shared.document.lock().unwrap()[name] = value;
        let world = World::with_oidc(vec![liar.settings()]).await;
        let browser = world.stranger().with_origin();
        let answer = browser.send("POST", "/api/v1/oidc/company/start", Some(json!({}))).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{name}");
    }
}

#[tokio::test]
async fn one_network_begins_only_so_many_ways() {
    let (world, _liar, _scope) = world().await;
    let browser = world.stranger().with_origin();
    let mut last = 200;
    for _ in 0..200 {
        let answer = browser.send("POST", "/api/v1/oidc/company/start", Some(json!({}))).await;
        last = answer.status;
        if last != 200 {
            assert!(!answer.header("retry-after").is_empty());
            break;
        }
    }
    assert_eq!(last, 429);
    // Passwords are another matter: whoever floods one door does not close the next.
    assert_eq!(world.sign_in("ada", "wrong").await.status, 401);
}

#[tokio::test]
async fn answers_that_nobody_waits_for_close_no_door() {
    let (world, liar, _scope) = world().await;
    let callback = "/oidc/company/callback?state=x&code=y";
    // As the images of any page do: without the cookie.
    for _ in 0..100 {
        assert_eq!(Landing::of(world.stranger().get(callback).await).problem(), "stale");
    }
    // With some cookie they are counted.
    let cookie = format!("stead_oidc_{}=forged", world.address.port());
    let forged = world.stranger().with("cookie", &cookie);
    let (mut stale, mut last) = (0, String::new());
    while last != "too_many" && stale < 1000 {
        last = Landing::of(forged.get(callback).await).problem().to_owned();
        stale += usize::from(last == "stale");
    }
    assert!(60 <= stale && last == "too_many", "{stale} {last}");
    // A class on one network signs in all the same, by a provider and by passwords.
    for _ in 0..30 {
        let way = Way::begin(&world.stranger().with_origin(), json!({})).await;
        way.arrive(&liar.code(&way, |_| {})).await.browser(&world);
    }
    assert_eq!(world.sign_in("ada", "wrong").await.status, 401);
    // Only those with the cookie were written down, and none that was over the count.
    let written = r#"login.create company failed {"reason":"stale"}"#;
    let rows = world.audit_rows().await;
    assert_eq!(rows.iter().filter(|it| *it == written).count(), stale, "{rows:#?}");
}
