//! Walks the policy as stranger, viewer, editor and owner.

use crate::world::{Client, World};
use gateway::{Route, routes};
use protocol::WorkspaceId;
use protocol::header::Role;
use protocol::id::ShareId;
use serde_json::json;

// covers: S0.10, S0.46, S0.47, S0.48, S0.49, S0.50, S0.51, S0.86
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

// covers: S0.46
#[tokio::test]
async fn to_an_administrator_a_workspace_of_others_does_not_exist_by_any_route() {
    let world = World::new().await;
    let admin = world.owner().await;
    let bea = world.account(&admin, "bea").await;
    let workspace = world.workspace(&bea).await;
    for route in routes().filter(|it| it.role.is_some()) {
        assert_eq!(ask(&admin, &route, &workspace).await, 404, "{route:?}");
    }
    assert_eq!(bea.get(&format!("/api/v1/workspaces/{workspace}")).await.status, 200);
}

// covers: S0.46, S0.48
#[tokio::test]
async fn a_token_that_only_reads_has_the_routes_of_a_viewer_and_no_more() {
    let world = World::new().await;
    let owner = world.owner().await;
    let workspace = world.workspace(&owner).await;
    let program = token(&world, &owner, json!({"name": "t", "read_only": true})).await;
    for route in routes().filter(|it| it.signed_in) {
        let is_safe = matches!(route.method, "GET" | "ANY" | "WS");
        let passes = match route.role {
            _ if route.in_person => false,
            Some(least) => least == Role::Viewer,
            None => is_safe,
        };
        let status = ask(&program, &route, &workspace).await;
        if passes {
            // A page of the preview's is asked for without its host.
            let is_known = ![401, 403, 405].contains(&status);
            assert!(is_known && (status != 404 || route.role.is_none()), "{route:?}: {status}");
        } else {
            assert_eq!(status, 403, "{route:?}");
        }
    }
}

// covers: S0.46
#[tokio::test]
async fn a_token_for_some_workspaces_has_no_route_to_another_and_none_of_the_installation() {
    let world = World::new().await;
    let owner = world.owner().await;
    let (inside, outside) = (world.workspace(&owner).await, world.workspace(&owner).await);
    let program = token(&world, &owner, json!({"name": "t", "workspaces": [inside]})).await;
    for route in routes().filter(|it| it.signed_in) {
        let status = ask(&program, &route, &outside).await;
        let is_safe = matches!(route.method, "GET" | "ANY" | "WS");
        match route.role {
            _ if route.in_person => assert_eq!(status, 403, "{route:?}"),
            Some(_) => assert_eq!(status, 404, "{route:?}"),
            None if route.administrator || route.across_workspaces || !is_safe => {
                assert_eq!(status, 403, "{route:?}");
            }
            None => assert!(![401, 403, 405].contains(&status), "{route:?}: {status}"),
        }
    }
    let own = format!("/api/v1/workspaces/{inside}");
    assert_eq!(program.get(&own).await.json()["role"], "owner");
}

// covers: S0.46
#[tokio::test]
async fn with_its_account_disabled_a_token_and_a_browser_are_nobody_on_every_route() {
    let world = World::new().await;
    let owner = world.owner().await;
    let bea = world.account(&owner, "bea").await;
    let workspace = world.workspace(&bea).await;
    let program = token(&world, &bea, json!({"name": "t"})).await;
    assert_eq!(program.get("/api/v1/me").await.status, 200);
    let account = bea.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/accounts/{account}");
    let disable = Some(json!({"disabled": true}));
    assert_eq!(owner.send("PATCH", &path, disable).await.status, 200);
    for route in routes().filter(|it| it.signed_in) {
        for client in [&program, &bea] {
            let status = ask(client, &route, &workspace).await;
            let is_page = route.path == "/preview/enter";
            assert!(status == 401 || (is_page && status == 303), "{route:?}: {status}");
        }
    }
}

// covers: S0.45
#[test]
fn roles_hop_by_hop_headers_and_paths_are_each_judged_in_one_place() {
    let crates = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for (what, place) in [
        ("\"proxy-connection\"", "proxy/src"),
        ("SELECT role FROM members", "gateway/src/database/members.rs"),
        ("struct WorkspacePath(", "stdx/src"),
    ] {
        let mut found = Vec::new();
        search(crates, what, &mut found);
        let elsewhere = |it: &&String| !it.contains(place);
        assert!(!found.is_empty() && !found.iter().any(|it| elsewhere(&it)), "{what}: {found:?}");
    }
}

/// Rust files of the program below `directory` that contain `what`; the host's way out of
/// workspaces is a proxy of its own.
fn search(directory: &std::path::Path, what: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(directory).unwrap().flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() && !["tests", "target", "host"].contains(&name.as_str()) {
            search(&path, what, found);
        } else if name.ends_with(".rs") && name != "tests.rs" {
            let text = std::fs::read_to_string(&path).unwrap();
            if text.contains(what) {
                found.push(path.display().to_string());
            }
        }
    }
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

/// A program with a token that this browser made.
async fn token(world: &World, browser: &Client, bounds: serde_json::Value) -> Client {
    let made = browser.send("POST", "/api/v1/tokens", Some(bounds)).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let bearer = format!("Bearer {}", made.json()["secret"].as_str().unwrap());
    world.stranger().with("authorization", &bearer)
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
pub(crate) async fn ask(client: &Client, route: &Route, workspace: &WorkspaceId) -> u16 {
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
