//! Who gets in, as whom: known people, invited ones, strangers, and people who join accounts.

use super::liar::{Liar, Way};
use crate::world::{Client, PASSWORD, World, last_segment};
use gateway::{OidcProvider, SignUp};
use serde_json::{Value, json};
use stdx::TaskScope;

/// A gateway with one provider, changed as a test wants.
async fn world(change: impl FnOnce(&mut OidcProvider)) -> (World, Liar, TaskScope) {
    let scope = TaskScope::default();
    let liar = Liar::start(&scope).await;
    let mut settings = liar.settings();
    change(&mut settings);
    (World::with_oidc(vec![settings]).await, liar, scope)
}

async fn open() -> (World, Liar, TaskScope) {
    world(|it| it.sign_up = SignUp::Anyone).await
}

/// Somebody who came by the provider.
async fn arrive(world: &World, liar: &Liar, subject: &str) -> Client {
    let way = Way::begin(&world.stranger().with_origin(), json!({})).await;
    let code = liar.code(&way, |it| it.claims["sub"] = json!(subject));
    way.arrive(&code).await.browser(world)
}

/// Sends somebody who is signed in on its way to join accounts.
async fn link(browser: &Client, password: Option<&str>) -> crate::world::Answer {
    let body = json!({"password": password});
    browser.send("POST", "/api/v1/oidc/company/link", Some(body)).await
}

async fn identities(browser: &Client) -> Value {
    browser.get("/api/v1/me/identities").await.json()
}

#[tokio::test]
async fn a_stranger_needs_an_invitation() {
    let (world, liar, _scope) = world(|_| {}).await;
    let owner = world.owner().await;
    let offered = world.stranger().get("/api/v1/sign-in").await.json();
    assert_eq!(offered["providers"], json!([{"id": "company", "label": "Company"}]));
    let way = Way::begin(&world.stranger().with_origin(), json!({})).await;
    let landing = way.arrive(&liar.code(&way, |_| {})).await;
    assert_eq!(landing.problem(), "not_invited");
    assert_eq!(owner.get("/api/v1/accounts").await.json().as_array().unwrap().len(), 1);

    let id = world.workspace(&owner).await;
    let path = format!("/api/v1/workspaces/{id}/invitations");
    let made = owner.send("POST", &path, Some(json!({"role": "editor"}))).await.json();
    let invitation = json!({"invitation": last_segment(&made["url"]), "next": "/settings"});
    let way = Way::begin(&world.stranger().with_origin(), invitation.clone()).await;
    let landing = way.arrive(&liar.code(&way, |_| {})).await;
    assert_eq!(landing.place, format!("/w/{id}"));
    let ada = landing.browser(&world);
    let me = ada.get("/api/v1/me").await.json();
    assert_eq!((&me["name"], &me["login_name"]), (&json!("Ada Lovelace"), &json!("ada-2")));
    assert_eq!((&me["email"], &me["has_password"]), (&json!("ada@example.org"), &json!(false)));
    assert_eq!(ada.get(&format!("/api/v1/workspaces/{id}")).await.json()["role"], "editor");
    // It is used up, and the person is known from now on.
    let browser = world.stranger().with_origin();
    let late = browser.send("POST", "/api/v1/oidc/company/start", Some(invitation)).await;
    assert_eq!((late.status, late.code().as_str()), (410, "link_expired"));
    let way = Way::begin(&browser, json!({"next": "/w/x?a=b"})).await;
    let landing = way.arrive(&liar.code(&way, |_| {})).await;
    assert_eq!(landing.place, "/w/x?a=b");
    assert_eq!(landing.browser(&world).get("/api/v1/me").await.json()["id"], me["id"]);

    let rows = world.audit_rows().await;
    let told: Vec<&str> = rows.iter().map(String::as_str).collect();
    assert!(told.contains(&r#"login.create company failed {"reason":"not_invited"}"#), "{told:?}");
    for verb in ["account.create ", "account.link http://127", "invitation.accept "] {
        assert!(told.iter().any(|it| it.starts_with(verb)), "{verb}: {told:?}");
    }
}

#[tokio::test]
async fn an_invitation_that_ends_on_the_way_lets_nobody_in() {
    let (world, liar, _scope) = world(|_| {}).await;
    let owner = world.owner().await;
    let made = owner.send("POST", "/api/v1/invitations", Some(json!({}))).await.json();
    let secret = last_segment(&made["url"]);
    let browser = world.stranger().with_origin();
    let ways = [
        Way::begin(&browser, json!({"invitation": secret})).await,
        Way::begin(&browser, json!({"invitation": secret})).await,
    ];
    let first = liar.code(&ways[0], |_| {});
    assert_eq!(ways[0].arrive(&first).await.place, "/");
    let second = liar.code(&ways[1], |it| it.claims["sub"] = json!("bea"));
    assert_eq!(ways[1].arrive(&second).await.problem(), "invitation_over");
    assert_eq!(owner.get("/api/v1/accounts").await.json().as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn strangers_come_in_where_the_operator_says_so_and_administer_nothing() {
    let (world, liar, _scope) = world(|it| {
        it.sign_up = SignUp::Anyone;
        it.email_domains = vec!["example.org".to_owned()];
    })
    .await;
    // Nobody has been here: the first one by a provider is not the owner for that.
    let ada = arrive(&world, &liar, "ada").await;
    assert_eq!(ada.get("/api/v1/me").await.json()["administrator"], false);
    let way = Way::begin(&world.stranger().with_origin(), json!({})).await;
    let code = liar.code(&way, |it| {
        it.claims["sub"] = json!("eve");
        it.claims["email"] = json!("eve@evil.example");
    });
    assert_eq!(way.arrive(&code).await.problem(), "email_domain");
    // Who moved away is not let in any more, either.
    let way = Way::begin(&world.stranger().with_origin(), json!({})).await;
    let code = liar.code(&way, |it| it.claims["email"] = json!("ada@elsewhere.example"));
    assert_eq!(way.arrive(&code).await.problem(), "email_domain");
}

#[tokio::test]
async fn an_address_leads_to_no_account() {
    let (world, liar, _scope) = world(|_| {}).await;
    let owner = world.owner().await;
    let made = owner.send("POST", "/api/v1/invitations", Some(json!({}))).await.json();
    let body = json!({"invitation": last_segment(&made["url"])});
    let way = Way::begin(&world.stranger().with_origin(), body).await;
    way.arrive(&liar.code(&way, |_| {})).await.browser(&world);
    // The same verified address, and somebody else.
    let way = Way::begin(&world.stranger().with_origin(), json!({})).await;
    let code = liar.code(&way, |it| it.claims["sub"] = json!("other"));
    assert_eq!(way.arrive(&code).await.problem(), "not_invited");
}

#[tokio::test]
async fn whoever_arrives_gets_a_sign_in_of_its_own() {
    let (world, liar, _scope) = open().await;
    let ada = arrive(&world, &liar, "ada").await;
    let brought = ada.headers["cookie"].clone();
    let way = Way::begin(&ada, json!({})).await;
    let code = liar.code(&way, |it| it.claims["sub"] = json!("bea"));
    let bea = way.arrive(&code).await.browser(&world);
    assert_ne!(bea.headers["cookie"], brought);
    // What the browser brought ended, and became nobody else's.
    assert_eq!(ada.get("/api/v1/me").await.status, 401);
    assert_eq!(bea.get("/api/v1/sign-ins").await.json().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_invitation_that_changes_nothing_is_not_used_up() {
    let (world, liar, _scope) = open().await;
    let owner = world.owner().await;
    arrive(&world, &liar, "ada").await;
    let made = owner.send("POST", "/api/v1/invitations", Some(json!({}))).await.json();
    let body = json!({"invitation": last_segment(&made["url"])});
    let way = Way::begin(&world.stranger().with_origin(), body).await;
    way.arrive(&liar.code(&way, |_| {})).await.browser(&world);
    assert_eq!(owner.get("/api/v1/invitations").await.json()[0]["uses"], 0);
}

#[tokio::test]
async fn two_of_a_name_get_names_of_their_own() {
    let (world, liar, _scope) = open().await;
    let one = arrive(&world, &liar, "one").await.get("/api/v1/me").await.json();
    let two = arrive(&world, &liar, "two").await.get("/api/v1/me").await.json();
    assert_eq!((&one["login_name"], &two["login_name"]), (&json!("ada"), &json!("ada-2")));
    assert_ne!(one["id"], two["id"]);
}

#[tokio::test]
async fn a_disabled_account_stays_out() {
    let (world, liar, _scope) = open().await;
    let owner = world.owner().await;
    let ada = arrive(&world, &liar, "ada").await;
    let id = ada.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/accounts/{id}");
    assert_eq!(owner.send("PATCH", &path, Some(json!({"disabled": true}))).await.status, 200);
    assert_eq!(ada.get("/api/v1/me").await.status, 401);
    let way = Way::begin(&world.stranger().with_origin(), json!({})).await;
    assert_eq!(way.arrive(&liar.code(&way, |_| {})).await.problem(), "disabled");
    assert_eq!(owner.send("PATCH", &path, Some(json!({"disabled": false}))).await.status, 200);
    arrive(&world, &liar, "ada").await;
    // A deleted one is a stranger.
    assert_eq!(owner.send("DELETE", &path, None).await.status, 204);
    let again = arrive(&world, &liar, "ada").await.get("/api/v1/me").await.json();
    assert_ne!(again["id"], id.as_str());
}

#[tokio::test]
async fn accounts_are_joined_by_their_person_with_the_password() {
    let (world, liar, _scope) = world(|_| {}).await;
    let owner = world.owner().await;
    let bea = world.account(&owner, "bea").await;
    assert_eq!(identities(&bea).await, json!([]));
    for wrong in [None, Some("wrong password")] {
        let refused = link(&bea, wrong).await;
        assert_eq!((refused.status, refused.code().as_str()), (403, "forbidden"));
    }
    let way = Way::of(&bea, &link(&bea, Some(PASSWORD)).await);
    let landing = way.arrive(&liar.code(&way, |_| {})).await;
    assert_eq!(landing.place, "/settings/sign-in-methods?linked=company");
    let found = identities(&bea).await;
    assert_eq!(found[0]["provider"], "Company");
    assert_eq!(
        (&found[0]["email"], &found[0]["usable"]),
        (&json!("ada@example.org"), &json!(true))
    );
    assert!(!found.to_string().contains("\"ada\""), "the subject is nobody's business");
    // It signs in the account now, in another browser too.
    let ada = arrive(&world, &liar, "ada").await;
    assert_eq!(ada.get("/api/v1/me").await.json()["login_name"], "bea");
    // Doing it once more changes nothing.
    let way = Way::of(&bea, &link(&bea, Some(PASSWORD)).await);
    way.arrive(&liar.code(&way, |_| {})).await;
    assert_eq!(identities(&bea).await.as_array().unwrap().len(), 1);

    // Somebody else cannot have it.
    let cem = world.account(&owner, "cem").await;
    let way = Way::of(&cem, &link(&cem, Some(PASSWORD)).await);
    let landing = way.arrive(&liar.code(&way, |_| {})).await;
    assert_eq!(landing.place, "/settings/sign-in-methods?problem=taken&provider=company");

    let path = format!("/api/v1/me/identities/{}", found[0]["id"].as_str().unwrap());
    assert_eq!(cem.send("DELETE", &path, None).await.status, 404);
    assert_eq!(bea.send("DELETE", &path, None).await.status, 204);
    assert_eq!(identities(&bea).await, json!([]));
    let way = Way::begin(&world.stranger().with_origin(), json!({})).await;
    assert_eq!(way.arrive(&liar.code(&way, |_| {})).await.problem(), "not_invited");
    let rows = world.audit_rows().await;
    for row in [
        r#"account.link company failed {"reason":"password"}"#.to_owned(),
        r#"account.link company failed {"reason":"taken"}"#.to_owned(),
        format!("account.link {} ok", liar.issuer),
        format!("account.unlink {} ok", liar.issuer),
    ] {
        assert!(rows.contains(&row), "{row}: {rows:?}");
    }
}

#[tokio::test]
async fn accounts_are_joined_only_by_whoever_began_it() {
    let (world, liar, _scope) = world(|_| {}).await;
    let owner = world.owner().await;
    let bea = world.account(&owner, "bea").await;
    let way = Way::of(&bea, &link(&bea, Some(PASSWORD)).await);
    let code = liar.code(&way, |_| {});
    // Signed out meanwhile, or signed in as somebody else.
    assert_eq!(bea.send("POST", "/api/v1/leave", None).await.status, 204);
    let landing = way.arrive(&code).await;
    assert_eq!(landing.place, "/settings/sign-in-methods?problem=signed_out&provider=company");
    let bea = world.browser(&world.sign_in("bea", PASSWORD).await);
    assert_eq!(identities(&bea).await, json!([]));
    // A token speaks for nobody here.
    assert_eq!(link(&world.program(), None).await.status, 403);
    assert_eq!(link(&world.stranger(), None).await.status, 401);
}

#[tokio::test]
async fn without_a_password_the_sign_in_must_be_recent() {
    let (world, liar, _scope) = open().await;
    let ada = arrive(&world, &liar, "ada").await;
    let way = Way::of(&ada, &link(&ada, None).await);
    let code = liar.code(&way, |it| it.claims["sub"] = json!("ada's other account"));
    assert_eq!(way.arrive(&code).await.place, "/settings/sign-in-methods?linked=company");
    world.execute(&["UPDATE logins SET authenticated_at_ms = authenticated_at_ms - 600001"]).await;
    let refused = link(&ada, None).await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "forbidden"));
    // Of two ways in one can go, the last one cannot.
    for (index, status) in [(0, 204), (0, 409)] {
        let found = identities(&ada).await;
        let path = format!("/api/v1/me/identities/{}", found[index]["id"].as_str().unwrap());
        assert_eq!(ada.send("DELETE", &path, None).await.status, status, "{found}");
    }
    world.execute(&["UPDATE logins SET authenticated_at_ms = created_at_ms"]).await;
    let body = json!({"new_password": PASSWORD});
    assert_eq!(ada.send("PUT", "/api/v1/me/password", Some(body)).await.status, 204);
    let found = identities(&ada).await;
    let path = format!("/api/v1/me/identities/{}", found[0]["id"].as_str().unwrap());
    assert_eq!(ada.send("DELETE", &path, None).await.status, 204);
}
