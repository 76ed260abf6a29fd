//! Links that let people in.

use crate::world::{World, last_segment};
use serde_json::json;

#[tokio::test]
async fn an_invitation_makes_an_account_once() {
    let world = World::new().await;
    let owner = world.owner().await;
    let body = json!({"note": "for Bea"});
    let made = owner.send("POST", "/api/v1/invitations", Some(body)).await;
    let secret = last_segment(&made.json()["url"]);
    let details = json!({"invitation": secret});
    let shown = world.stranger().send("POST", "/api/v1/join/details", Some(details.clone())).await;
    assert_eq!((shown.status, &shown.json()["invited_by"]), (200, &json!("Ada")));
    let bea = world.join(&made, "bea").await;
    let me = bea.get("/api/v1/me").await.json();
    assert_eq!((&me["name"], &me["administrator"]), (&json!("BEA"), &json!(false)));
    assert_eq!((&me["login_name"], &me["has_password"]), (&json!("bea"), &json!(true)));
    let again = world.stranger().send("POST", "/api/v1/join/details", Some(details)).await;
    assert_eq!((again.status, again.code().as_str()), (410, "link_expired"));
    assert_eq!(owner.get("/api/v1/invitations").await.json(), json!([]));
    assert_eq!(bea.get("/api/v1/invitations").await.status, 403);
}

#[tokio::test]
async fn an_invitation_to_a_workspace_makes_members_of_new_and_known_people() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    let bea = world.account(&owner, "bea").await;
    let path = format!("/api/v1/workspaces/{id}");
    assert_eq!(bea.get(&path).await.status, 404);
    let body = json!({"role": "editor", "uses_max": 2});
    let made = owner.send("POST", &format!("{path}/invitations"), Some(body)).await;
    let secret = last_segment(&made.json()["url"]);
    let shown = world
        .stranger()
        .send("POST", "/api/v1/join/details", Some(json!({"invitation": secret})))
        .await;
    assert_eq!(
        (&shown.json()["workspace_name"], &shown.json()["role"]),
        (&json!("w"), &json!("editor"))
    );

    let joined = bea.send("POST", "/api/v1/join", Some(json!({"invitation": secret}))).await;
    assert_eq!((joined.status, &joined.json()["workspace"]), (200, &json!(id.as_str())));
    assert_eq!(bea.get(&path).await.json()["role"], "editor");
    let list = owner.get(&format!("{path}/invitations")).await.json();
    assert_eq!((&list[0]["uses"], &list[0]["uses_max"]), (&json!(1), &json!(2)));
    // Once more changes nothing and uses nothing up, also for somebody with a higher role.
    for client in [&bea, &owner] {
        let again = client.send("POST", "/api/v1/join", Some(json!({"invitation": secret}))).await;
        assert_eq!(again.status, 200, "{}", again.text());
    }
    assert_eq!(owner.get(&path).await.json()["role"], "owner");
    let cem = world.join(&made, "cem").await;
    assert_eq!(cem.get(&path).await.json()["role"], "editor");
    let late = world
        .stranger()
        .send("POST", "/api/v1/join/details", Some(json!({"invitation": secret})))
        .await;
    assert_eq!(late.status, 410);
}

#[tokio::test]
async fn a_revoked_or_late_invitation_lets_nobody_in() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    let path = format!("/api/v1/workspaces/{id}/invitations");
    let made = owner.send("POST", &path, Some(json!({"role": "viewer"}))).await.json();
    let invitation = made["invitation"]["id"].as_str().unwrap().to_owned();
    let elsewhere = owner.send("DELETE", &format!("/api/v1/invitations/{invitation}"), None).await;
    assert_eq!(elsewhere.status, 404);
    assert_eq!(owner.send("DELETE", &format!("{path}/{invitation}"), None).await.status, 204);
    assert_eq!(owner.send("DELETE", &format!("{path}/{invitation}"), None).await.status, 404);
    let late = owner.send("POST", &path, Some(json!({"role": "viewer"}))).await.json();
    world.execute(&["UPDATE invitations SET expires_at_ms = 1"]).await;
    for made in [made, late] {
        let body = json!({"invitation": last_segment(&made["url"]), "name": "Eve",
            "login_name": "eve", "password": crate::world::PASSWORD});
        let answer = world.stranger().send("POST", "/api/v1/join/account", Some(body)).await;
        assert_eq!((answer.status, answer.code().as_str()), (410, "link_expired"));
    }
}

#[tokio::test]
async fn an_invitation_is_as_good_as_its_maker() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    let path = format!("/api/v1/workspaces/{id}/invitations");
    let to_owner = owner.send("POST", &path, Some(json!({"role": "owner"}))).await;
    let bea = world.join(&to_owner, "bea").await;
    let made = bea.send("POST", &path, Some(json!({"role": "owner"}))).await;
    assert_eq!(made.status, 201);
    world.execute(&["UPDATE members SET role = 'editor' WHERE principal IN (SELECT id FROM principals WHERE login_name = 'bea')"]).await;
    let body = json!({"invitation": last_segment(&made.json()["url"])});
    let answer = world.stranger().send("POST", "/api/v1/join/details", Some(body)).await;
    assert_eq!(answer.status, 410);
}

#[tokio::test]
async fn of_many_who_take_the_last_place_at_once_one_gets_in() {
    let world = World::new().await;
    let owner = world.owner().await;
    let made = owner.send("POST", "/api/v1/invitations", Some(json!({}))).await.json();
    let secret = last_segment(&made["url"]);
    let client = world.stranger();
    let tries = (0..4).map(|index| {
        let body = json!({"invitation": secret, "name": "x", "login_name": format!("person{index}"),
            "password": crate::world::PASSWORD});
        client.send("POST", "/api/v1/join/account", Some(body))
    });
    let answers = futures_util::future::join_all(tries).await;
    let mut statuses: Vec<u16> = answers.iter().map(|it| it.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 410, 410, 410]);
    assert_eq!(owner.get("/api/v1/accounts").await.json().as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    for (path, body) in [
        ("/api/v1/invitations".to_owned(), json!({"role": "owner"})),
        ("/api/v1/invitations".to_owned(), json!({"uses_max": 0})),
        ("/api/v1/invitations".to_owned(), json!({"expires_in_s": 0})),
        ("/api/v1/invitations".to_owned(), json!({"expires_in_s": 1_000_000_000})),
        ("/api/v1/invitations".to_owned(), json!({"note": "x".repeat(81)})),
        (format!("/api/v1/workspaces/{id}/invitations"), json!({})),
        (format!("/api/v1/workspaces/{id}/invitations"), json!({"role": "admin"})),
    ] {
        let answer = owner.send("POST", &path, Some(body.clone())).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "invalid_request"), "{body}");
    }
    let made = owner.send("POST", "/api/v1/invitations", Some(json!({}))).await.json();
    let secret = last_segment(&made["url"]);
    for (login_name, password, status) in [
        ("owner name", crate::world::PASSWORD, 400),
        ("bea", "short", 400),
        ("bea", "bea-bea-bea", 400),
        ("ada", crate::world::PASSWORD, 409),
    ] {
        let body = json!({"invitation": secret, "name": "Bea", "login_name": login_name, "password": password});
        let answer = world.stranger().send("POST", "/api/v1/join/account", Some(body)).await;
        assert_eq!(answer.status, status, "{login_name} {password}: {}", answer.text());
    }
    let body = json!({"invitation": secret, "name": "Bea", "login_name": "bea", "password": crate::world::PASSWORD});
    assert_eq!(world.stranger().send("POST", "/api/v1/join/account", Some(body)).await.status, 200);
}
