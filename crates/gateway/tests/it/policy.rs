//! Walks the policy as stranger, viewer, editor and owner.

use crate::world::{Client, World};
use gateway::{Route, routes};
use protocol::WorkspaceId;
use protocol::header::Role;
use protocol::id::ShareId;
use serde_json::json;

// covers: S0.86
#[tokio::test]
async fn every_route_is_open_to_its_role_and_closed_below_it() {
    let world = World::new().await;
    let owner = world.owner().await;
    let workspace = world.workspace(&owner).await;
    for route in routes().filter(|it| it.signed_in) {
        let status = ask(&world.stranger(), &route, &workspace).await;
        // A stranger's page of previews is sent to sign in.
        let is_page = route.path == "/preview/enter";
        assert!(status == 401 || (is_page && status != 200), "{route:?}: {status}");
    }
    share(&world, &owner, &workspace).await;
    // The last route asked for is the one after which there is nothing to ask for.
    let (last, mut all): (Vec<_>, Vec<_>) = routes()
        .filter(|it| it.role.is_some())
        .partition(|it| it.method == "DELETE" && it.path == "/api/v1/workspaces/{id}");
    all.extend(last);
    for role in [Role::Viewer, Role::Editor, Role::Owner] {
        let member = member(&world, &owner, &workspace, role).await;
        for route in all.clone() {
            // Whoever left, or was taken out or given another role on the way, is here again.
            let seat = |role: Role| {
                format!(
                    "INSERT INTO members VALUES ('{workspace}', '{}', '{}')
                     ON CONFLICT (workspace, principal) DO UPDATE SET role = excluded.role",
                    principal(role),
                    role.as_str()
                )
            };
            world.execute(&[&seat(Role::Viewer), &seat(role)]).await;
            let status = ask(&member, &route, &workspace).await;
            if route.role.is_some_and(|least| role < least) {
                assert_eq!(status, 403, "{role:?} {route:?}");
            } else if route.path.contains("{invitation}") || route.path.contains("{access}") {
                assert_eq!(status, 404, "there is none: {role:?} {route:?}");
            } else {
                assert!(![401, 403, 404, 405].contains(&status), "{role:?} {route:?}: {status}");
            }
        }
    }
}

#[tokio::test]
async fn an_administrator_is_asked_for_and_is_a_member_of_nothing() {
    let world = World::new().await;
    let owner = world.owner().await;
    assert_eq!(owner.get("/api/v1/me").await.json()["administrator"], true);
    let workspace = world.workspace(&owner).await;
    let editor = member(&world, &owner, &workspace, Role::Editor).await;
    assert_eq!(editor.get("/api/v1/me").await.json()["administrator"], false);
    for route in routes().filter(|it| it.administrator) {
        assert_eq!(ask(&editor, &route, &workspace).await, 403, "{route:?}");
    }
    let accounts = owner.get("/api/v1/accounts").await.json();
    assert_eq!((&accounts[0]["name"], &accounts[1]["name"]), (&json!("Ada"), &json!("editor")));
    world.execute(&["DELETE FROM members WHERE role = 'owner'"]).await;
    assert_eq!(world.program().get(&format!("/api/v1/workspaces/{workspace}")).await.status, 404);
}

#[tokio::test]
async fn a_workspace_of_others_does_not_exist() {
    let world = World::new().await;
    let owner = world.owner().await;
    let workspace = world.workspace(&owner).await;
    let other = member(&world, &owner, &workspace, Role::Viewer).await;
    world.execute(&["DELETE FROM members WHERE role = 'viewer'"]).await;
    for route in routes().filter(|it| it.role.is_some()) {
        assert_eq!(ask(&other, &route, &workspace).await, 404, "{route:?}");
    }
    let unknown = WorkspaceId::from_random(1);
    assert_eq!(owner.get(&format!("/api/v1/workspaces/{unknown}")).await.status, 404);
    assert_eq!(owner.get("/api/v1/workspaces/ws_1/state").await.status, 404);
}

#[tokio::test]
async fn what_is_unknown_is_said_in_json() {
    let world = World::new().await;
    let owner = world.owner().await;
    let workspace = world.workspace(&owner).await;
    for path in ["/api", "/api/v1/nothing", "/api/v2/me", "/indexes/other"] {
        let answer = owner.clone().with("accept", "text/html").get(path).await;
        assert_eq!((answer.status, answer.code().as_str()), (404, "not_found"), "{path}");
    }
    let nothing = owner.get(&format!("/api/v1/workspaces/{workspace}/nothing")).await;
    assert_eq!((nothing.status, nothing.code().as_str()), (404, "not_found"));
    let wrong = owner.send("DELETE", "/api/v1/me", None).await;
    assert_eq!((wrong.status, wrong.header("allow")), (405, "GET, HEAD, PATCH"));
    assert_eq!(wrong.code(), "method_not_allowed");
    let plain = owner.get(&format!("/api/v1/workspaces/{workspace}/ws")).await;
    assert_eq!((plain.status, plain.code().as_str()), (426, "upgrade_required"));
    let dots = owner.get(&format!("/api/v1/workspaces/{workspace}/files/%2e%2E/stop")).await;
    assert_eq!((dots.status, dots.code().as_str()), (400, "invalid_path"));
}

/// A further person with a role in the workspace, signed in by a link.
async fn member(world: &World, owner: &Client, workspace: &WorkspaceId, role: Role) -> Client {
    let id = principal(role);
    let role = role.as_str();
    let link = owner.send("POST", "/api/v1/links", None).await.json();
    let grant = link["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    world
        .execute(&[
            &format!(
                "INSERT INTO principals (id, name, created_at_ms) VALUES ('{id}', '{role}', 9)"
            ),
            &format!(
                "INSERT INTO members VALUES ('{workspace}', '{id}', '{role}')
                      ON CONFLICT DO NOTHING"
            ),
            &format!("UPDATE grants SET principal = '{id}'"),
        ])
        .await;
    let body = json!({"grant": grant});
    let answer = world.stranger().send("POST", "/api/v1/enter", Some(body)).await;
    assert_eq!(answer.json()["id"], id.as_str());
    world.stranger().with("cookie", &answer.cookie()).with_origin()
}

/// Who has this role in the walk.
fn principal(role: Role) -> protocol::PrincipalId {
    protocol::PrincipalId::from_random(role as u128 + 7)
}

/// A share whose id the routes are asked with.
async fn share(world: &World, owner: &Client, workspace: &WorkspaceId) {
    let path = format!("/api/v1/workspaces/{workspace}/shares");
    assert_eq!(owner.send("POST", &path, Some(json!({}))).await.status, 201);
    let id = ShareId::from_random(1);
    world.execute(&[&format!("UPDATE shares SET id = '{id}'")]).await;
}

/// The status that a client gets for a route, with something at each placeholder. What a request
/// may do is undone by nobody, so routes that would end the workspace are asked wrongly.
async fn ask(client: &Client, route: &Route, workspace: &WorkspaceId) -> u16 {
    let path = route
        .path
        .replace("{id}", workspace.as_str())
        .replace("{name}", "main")
        .replace("{invitation}", protocol::id::InvitationId::from_random(1).as_str())
        .replace("{access}", protocol::id::BreakGlassId::from_random(1).as_str())
        .replace("{pid}", "1")
        .replace("{principal}", principal(Role::Viewer).as_str())
        .replace("{share}", ShareId::from_random(1).as_str())
        .replace("{word}", "demo")
        .replace("{*path}", "a/b")
        .replace("{*rest}", "a");
    let query = if path.starts_with("/api/runtime/") {
        format!("{path}?projectId={workspace}")
    } else {
        path
    };
    match route.method {
        "WS" => client.open(&query).await,
        // Some answers have no end, so their bodies are left alone.
        "ANY" | "GET" => client.begin("GET", &query, None).await.status().as_u16(),
        method => {
            let text = match method {
                "PUT" if query.ends_with("/environment/main") => r#"{"value":"x","kind":"plain"}"#,
                _ => "{}",
            };
            let body = Some(("application/json", text.to_owned()));
            client.begin(method, &query, body).await.status().as_u16()
        }
    }
}
