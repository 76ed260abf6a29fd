//! A provider that says what does not hold signs nobody in.

use super::liar::{Forge, Landing, Liar, Way, base64url};
use crate::world::World;
use gateway::SignUp;
use http::StatusCode;
use ring::hmac;
use ring::signature::KeyPair;
use serde_json::{Value, json};
use stdx::TaskScope;

async fn world() -> (World, Liar, TaskScope) {
    let scope = TaskScope::default();
    let liar = Liar::start(&scope).await;
    let mut settings = liar.settings();
    settings.sign_up = SignUp::Anyone;
    (World::with_oidc(vec![settings]).await, liar, scope)
}

/// What a test changes before the provider signs it.
type Lie = Box<dyn FnOnce(&mut Forge)>;

/// Where somebody lands whom the provider speaks so of.
async fn land(world: &World, liar: &Liar, twist: impl FnOnce(&mut Forge)) -> Landing {
    let way = Way::begin(&world.stranger().with_origin(), json!({})).await;
    way.arrive(&liar.code(&way, twist)).await
}

#[tokio::test]
async fn no_lie_of_a_token_signs_anybody_in() {
    let (world, liar, _scope) = world().await;
    let hmac_key = hmac::Key::new(hmac::HMAC_SHA256, liar.shared.keys[0].public_key().as_ref());
    let claim = |name: &'static str, value: Value| -> (&'static str, Lie) {
        (name, Box::new(move |it: &mut Forge| it.claims[name] = value))
    };
    let lies: Vec<(&str, Lie)> = vec![
        claim("iss", json!("https://evil.example")),
        claim("aud", json!("another client")),
        claim("aud", json!(["stead", "another client"])),
        claim("nonce", json!("another")),
        claim("sub", json!("")),
        claim("sub", json!(null)),
        claim("at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA")),
        ("alg none", Box::new(|it| (it.header, it.key) = (json!({"alg": "none"}), None))),
        ("no signature", Box::new(|it| it.key = None)),
        ("another key", Box::new(|it| it.key = Some(1))),
        ("an unknown key", Box::new(|it| (it.header["kid"], it.key) = (json!("1"), Some(1)))),
        ("crit", Box::new(|it| it.header["crit"] = json!(["b64"]))),
        ("typ", Box::new(|it| it.header["typ"] = json!("at+jwt"))),
        (
            "HS256 with the public key",
            Box::new(move |it| {
                it.header["alg"] = json!("HS256");
                let parts = [&it.header, &it.claims].map(|it| base64url(it.to_string().as_bytes()));
                let message = parts.join(".");
                let tag = base64url(hmac::sign(&hmac_key, message.as_bytes()).as_ref());
                let token = format!("{message}.{tag}");
                let tokens =
                    json!({"access_token": "a", "token_type": "Bearer", "id_token": token});
                it.answer = Some((StatusCode::OK, tokens));
            }),
        ),
        ("no token", Box::new(|it| it.answer = Some((StatusCode::OK, json!({}))))),
        (
            "an access token in its place",
            Box::new(|it| {
                let tokens = json!({"access_token": "a", "token_type": "Bearer"});
                it.answer = Some((StatusCode::OK, tokens));
            }),
        ),
        (
            "a token of another kind",
            Box::new(|it| {
                let tokens = json!({"access_token": "a", "token_type": "mac", "id_token": "a.b.c"});
                it.answer = Some((StatusCode::OK, tokens));
            }),
        ),
    ];
    for (name, lie) in lies {
        assert_eq!(land(&world, &liar, lie).await.problem(), "untrusted", "{name}");
    }
    // The same provider, when it tells the truth.
    land(&world, &liar, |_| {}).await.browser(&world);
    let accounts = world.owner().await.get("/api/v1/accounts").await.json();
    assert_eq!(accounts.as_array().unwrap().len(), 2, "the owner, and whoever told the truth");
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_told_as_that() {
    let (world, liar, _scope) = world().await;
    let now = stdx::clock::now_ms() / 1000;
    for (name, value) in [("exp", now - 61), ("iat", now + 3600), ("nbf", now + 3600)] {
        let landing = land(&world, &liar, |it| it.claims[name] = json!(value)).await;
        assert_eq!(landing.problem(), "clock", "{name}");
    }
}

#[tokio::test]
async fn only_a_real_true_verifies_an_address() {
    let (world, liar, _scope) = world().await;
    for verified in [json!("true"), json!(1), json!(false), json!(null), json!({}), json!([true])] {
        let landing =
            land(&world, &liar, |it| it.claims["email_verified"] = verified.clone()).await;
        assert_eq!(landing.problem(), "email_unverified", "{verified}");
    }
    let landing = land(&world, &liar, |it| {
        it.claims.as_object_mut().unwrap().remove("email_verified");
    });
    assert_eq!(landing.await.problem(), "email_unverified");
    let landing = land(&world, &liar, |it| it.claims["email"] = json!(["ada@example.org"]));
    assert_eq!(landing.await.problem(), "email_unverified");
}

#[tokio::test]
async fn an_address_may_come_from_userinfo_but_never_half_of_it() {
    let (world, liar, _scope) = world().await;
    let short = |it: &mut Forge| {
        it.claims.as_object_mut().unwrap().remove("email");
    };
    let info = |value: Value| *liar.shared.user_info.lock().unwrap() = value;
    info(
        json!({"sub": "ada", "email": "ada@example.org", "email_verified": true, "name": "Ada K"}),
    );
    let me = land(&world, &liar, short).await.browser(&world).get("/api/v1/me").await.json();
    assert_eq!((&me["name"], &me["email"]), (&json!("Ada K"), &json!("ada@example.org")));
    // Verified is what the token says of nothing, and the address what userinfo says of itself.
    for (said, problem) in [
        (json!({"sub": "ada", "email": "ada@example.org"}), "email_unverified"),
        (json!({"sub": "ada", "email": "a@b.c", "email_verified": "true"}), "email_unverified"),
        (json!({"sub": "ada"}), "email_unverified"),
        (json!({"sub": "eve", "email": "ada@example.org", "email_verified": true}), "untrusted"),
        (json!({"email": "ada@example.org", "email_verified": true}), "untrusted"),
        (json!("a.b.c"), "untrusted"),
    ] {
        info(said.clone());
        assert_eq!(land(&world, &liar, short).await.problem(), problem, "{said}");
    }
}

#[tokio::test]
async fn keys_that_cannot_be_had_sign_nobody_in() {
    for answer in [
        (StatusCode::OK, format!("{{\"keys\": [], \"x\": \"{}\"}}", "x".repeat(300_000))),
        (StatusCode::OK, "{\"keys\": []}".to_owned()),
        (StatusCode::OK, "<html>".to_owned()),
        (StatusCode::FOUND, String::new()),
        (StatusCode::INTERNAL_SERVER_ERROR, String::new()),
    ] {
        let (world, liar, _scope) = world().await;
        *liar.shared.jwks.lock().unwrap() = Some(answer.clone());
        let landing = land(&world, &liar, |_| {}).await;
        assert_eq!(landing.problem(), "provider_down", "{}", answer.0);
    }
}

#[tokio::test]
async fn unknown_keys_do_not_make_the_gateway_hammer_a_provider() {
    let (world, liar, _scope) = world().await;
    land(&world, &liar, |_| {}).await.browser(&world);
    for _ in 0..5 {
        let landing = land(&world, &liar, |it| it.header["kid"] = json!("new")).await;
        assert_eq!(landing.problem(), "untrusted");
    }
    assert_eq!(*liar.shared.asked_for_keys.lock().unwrap(), 1);
}

#[tokio::test]
async fn a_token_endpoint_that_fails_is_not_the_person_s_fault() {
    let (world, liar, _scope) = world().await;
    for (status, problem) in [
        (StatusCode::INTERNAL_SERVER_ERROR, "provider_down"),
        (StatusCode::FOUND, "provider_down"),
        (StatusCode::TOO_MANY_REQUESTS, "provider_down"),
    ] {
        let landing = land(&world, &liar, |it| it.answer = Some((status, Value::Null))).await;
        assert_eq!(landing.problem(), problem, "{status}");
    }
    let refused = Some((StatusCode::BAD_REQUEST, json!({"error": "unauthorized_client"})));
    let landing = land(&world, &liar, |it| it.answer = refused).await;
    assert_eq!(landing.problem(), "provider_refused");
}
