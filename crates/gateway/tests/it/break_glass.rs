//! Administrators in workspaces of others: how they come in, who is told, and how it ends.

use crate::world::{Answer, Client, DEADLINE, PASSWORD, World};
use futures_util::StreamExt;
use protocol::WorkspaceId;
use protocol::header::Role;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;

const REASON: &str = "ticket 4711: the app sends mail in a loop";

/// An administrator, and a workspace of somebody else.
struct Scene {
    world: World,
    admin: Client,
    bea: Client,
    workspace: WorkspaceId,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let admin = world.owner().await;
        let bea = world.account(&admin, "bea").await;
        let change = json!({"new_password": PASSWORD});
        assert_eq!(admin.send("PUT", "/api/v1/me/password", Some(change)).await.status, 204);
        let workspace = world.workspace(&bea).await;
        Self { world, admin, bea, workspace }
    }

    fn path(&self, rest: &str) -> String {
        format!("/api/v1/workspaces/{}{rest}", self.workspace)
    }

    async fn take(&self, role: &str) -> Answer {
        let body = self.body(role, REASON, PASSWORD);
        self.admin.send("POST", "/api/v1/break-glass", Some(body)).await
    }

    fn body(&self, role: &str, reason: &str, password: &str) -> Value {
        json!({
            "workspace": self.workspace, "role": role, "reason": reason, "password": password,
        })
    }

    /// Status of a look by the administrator.
    async fn look(&self) -> u16 {
        self.admin.get(&self.path("/state")).await.status
    }

    /// A WebSocket of the administrator.
    async fn socket(&self) -> impl StreamExt<Item = bool> + Unpin + use<> {
        let mut socket = self.connect(&self.admin, &self.path("/ws")).await;
        assert!(socket.next().await.unwrap().unwrap().into_text().unwrap().starts_with("viewer"));
        socket.map(|it| it.is_ok_and(|it| !it.is_close()))
    }

    /// What tells the owner's page that something concerns it: ends when it does.
    async fn watch(&self) -> impl StreamExt<Item = bool> + Unpin + use<> {
        let socket = self.connect(&self.bea, "/api/v1/me/watch").await;
        socket.map(|it| it.is_ok_and(|it| !it.is_close()))
    }

    async fn connect(&self, client: &Client, path: &str) -> WebSocketStream<TcpStream> {
        let stream = TcpStream::connect(self.world.address).await.unwrap();
        let request = client.websocket(path);
        tokio_tungstenite::client_async(request, stream).await.unwrap().0
    }
}

/// Resolves when nothing comes any more.
async fn ends(mut socket: impl StreamExt<Item = bool> + Unpin) {
    let ending = async { while socket.next().await == Some(true) {} };
    tokio::time::timeout(DEADLINE, ending).await.expect("the socket ends");
}

#[tokio::test]
async fn it_opens_a_workspace_for_one_browser_in_one_role_and_says_so() {
    let scene = Scene::new().await;
    assert_eq!(scene.look().await, 404);
    let taken = scene.take("viewer").await;
    assert_eq!(taken.status, 201, "{}", taken.text());
    let access = taken.json();
    let until = access["expires_at_ms"].as_u64().unwrap();
    assert_eq!(until - access["begun_at_ms"].as_u64().unwrap(), 60 * 60 * 1000);
    assert_eq!(scene.look().await, 200);
    let seen = scene.admin.get(&scene.path("")).await.json();
    assert_eq!((&seen["role"], &seen["break_glass_until_ms"]), (&json!("viewer"), &json!(until)));
    let write = scene.admin.send("PUT", &scene.path("/files/a"), Some(json!({}))).await;
    assert_eq!(write.status, 403);
    // Not in the list of workspaces, not a member, and no other browser or program has it.
    assert_eq!(scene.admin.get("/api/v1/workspaces").await.json(), json!([]));
    assert_eq!(scene.admin.get(&scene.path("/members")).await.json().as_array().unwrap().len(), 1);
    assert_eq!(scene.world.program().get(&scene.path("/state")).await.status, 404);
    let made = scene.admin.send("POST", "/api/v1/tokens", Some(json!({"name": "t"}))).await.json();
    let bearer = format!("Bearer {}", made["secret"].as_str().unwrap());
    let program = scene.world.stranger().with("authorization", &bearer);
    assert_eq!(program.get(&scene.path("/state")).await.status, 404);
    // Its owner sees who, why and for how long, and what was done is marked in the log.
    let told = &scene.bea.get(&scene.path("/break-glass")).await.json()[0];
    assert_eq!((&told["name"], &told["reason"]), (&json!("Ada"), &json!(REASON)));
    assert_eq!((&told["seen"], &told["ended_at_ms"]), (&json!(false), &Value::Null));
    let seen = scene.path(&format!("/break-glass/{}/seen", access["id"].as_str().unwrap()));
    assert_eq!(scene.bea.send("POST", &seen, None).await.status, 204);
    let told = &scene.bea.get(&scene.path("/break-glass")).await.json()[0];
    assert_eq!(told["seen"], true);
    assert_eq!(scene.take("viewer").await.status, 409, "inside already");
    let rows = scene.world.audit_rows().await;
    let id = access["id"].as_str().unwrap();
    let begun = format!(r#"break_glass.begin {id} ok {{"reason":"{REASON}","role":"viewer"}}"#);
    assert!(rows.contains(&begun), "{rows:#?}");
    let denied = format!(r#"file.write a denied {{"break_glass":"{id}"}}"#);
    assert!(rows.contains(&denied), "{rows:#?}");
}

#[tokio::test]
async fn an_owners_page_is_told_at_once_when_it_begins_and_when_it_ends() {
    let scene = Scene::new().await;
    let begins = scene.watch().await;
    let access = scene.take("viewer").await.json();
    ends(begins).await;
    let over = scene.watch().await;
    let path = format!("/api/v1/break-glass/{}", access["id"].as_str().unwrap());
    assert_eq!(scene.admin.send("DELETE", &path, None).await.status, 204);
    ends(over).await;
}

#[tokio::test]
async fn it_asks_for_the_password_a_reason_and_never_gives_ownership() {
    let scene = Scene::new().await;
    let ask = async |body: Value| {
        scene.admin.send("POST", "/api/v1/break-glass", Some(body)).await.status
    };
    assert_eq!(ask(scene.body("owner", REASON, PASSWORD)).await, 400);
    assert_eq!(ask(scene.body("admin", REASON, PASSWORD)).await, 400);
    assert_eq!(ask(scene.body("viewer", "because", PASSWORD)).await, 400);
    assert_eq!(ask(scene.body("viewer", &format!("{REASON}\nforged"), PASSWORD)).await, 400);
    assert_eq!(ask(scene.body("viewer", REASON, "wrong horse battery")).await, 403);
    assert_eq!(
        ask(json!({"workspace": scene.workspace, "role": "viewer", "reason": REASON})).await,
        403
    );
    let other = json!({"workspace": WorkspaceId::from_random(1), "role": "viewer",
        "reason": REASON, "password": PASSWORD});
    assert_eq!(ask(other).await, 404);
    assert_eq!(scene.look().await, 404);
    // Nobody else takes it, and an editor by it is still no owner.
    let body = scene.body("editor", REASON, PASSWORD);
    assert_eq!(scene.bea.send("POST", "/api/v1/break-glass", Some(body)).await.status, 403);
    assert_eq!(scene.take("editor").await.status, 201);
    for (method, path) in [
        ("DELETE", scene.path("")),
        ("GET", scene.path("/break-glass")),
        ("POST", scene.path("/break-glass/x/seen")),
        ("POST", scene.path("/invitations")),
        ("GET", scene.path("/audit")),
    ] {
        assert_eq!(scene.admin.send(method, &path, None).await.status, 403, "{method} {path}");
    }
    // Whoever guesses waits.
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(ask(scene.body("viewer", REASON, "wrong horse battery")).await);
    }
    assert_eq!(statuses, [403, 403, 403, 403, 403, 429]);
}

#[tokio::test]
async fn the_command_line_neither_takes_it_nor_has_it() {
    let scene = Scene::new().await;
    let (program, body) = (scene.world.program(), scene.body("viewer", REASON, PASSWORD));
    let refused = program.send("POST", "/api/v1/break-glass", Some(body)).await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "forbidden"));
    assert!(refused.text().contains("browser"), "{}", refused.text());
    // Even one that was written down for it opens nothing.
    assert_eq!(scene.take("viewer").await.status, 201);
    let cli = "UPDATE break_glass SET login = (SELECT id FROM logins WHERE operator = 'cli')";
    scene.world.execute(&[cli]).await;
    assert_eq!(program.get(&scene.path("/state")).await.status, 404);
}

#[tokio::test]
async fn somebody_without_a_password_signs_in_anew() {
    let scene = Scene::new().await;
    scene.world.execute(&["UPDATE principals SET password_hash = NULL"]).await;
    scene.world.execute(&["UPDATE logins SET authenticated_at_ms = 1000"]).await;
    assert_eq!(scene.take("viewer").await.status, 403);
    let now = stdx::clock::now_ms();
    scene.world.execute(&[&format!("UPDATE logins SET authenticated_at_ms = {now}")]).await;
    assert_eq!(scene.take("viewer").await.status, 201);
}

#[tokio::test]
async fn the_owner_the_administrator_and_a_sign_out_end_it_and_what_is_open() {
    let scene = Scene::new().await;
    let id = |answer: &Answer| answer.json()["id"].as_str().unwrap().to_owned();
    let first = id(&scene.take("viewer").await);
    let socket = scene.socket().await;
    let path = scene.path(&format!("/break-glass/{first}"));
    assert_eq!(scene.bea.send("DELETE", &path, None).await.status, 204);
    ends(socket).await;
    assert_eq!(scene.look().await, 404);
    let second = id(&scene.take("viewer").await);
    let socket = scene.socket().await;
    // The owner of another workspace has no say here.
    let cem = scene.world.account(&scene.admin, "cem").await;
    let elsewhere = scene.world.workspace(&cem).await;
    let foreign = format!("/api/v1/workspaces/{elsewhere}/break-glass/{second}");
    assert_eq!(cem.send("DELETE", &foreign, None).await.status, 404);
    assert_eq!(scene.look().await, 200);
    let own = format!("/api/v1/break-glass/{second}");
    assert_eq!(scene.admin.send("DELETE", &own, None).await.status, 204);
    ends(socket).await;
    let third = id(&scene.take("viewer").await);
    let socket = scene.socket().await;
    assert_eq!(scene.admin.send("POST", "/api/v1/leave", None).await.status, 204);
    ends(socket).await;
    let told = scene.bea.get(&scene.path("/break-glass")).await.json();
    let by = |index: usize| (told[index]["id"].clone(), told[index]["ended_by"].clone());
    assert_eq!(by(0), (json!(third), Value::Null));
    assert_eq!(by(1), (json!(second), json!("Ada")));
    assert_eq!(by(2), (json!(first), json!("BEA")));
    assert!(told.as_array().unwrap().iter().all(|it| it["ended_at_ms"].is_u64()), "{told}");
}

#[tokio::test]
async fn an_owner_has_seen_what_was_shown_and_nothing_else() {
    let scene = Scene::new().await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let id = scene.take("viewer").await.json()["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/break-glass/{id}");
        assert_eq!(scene.admin.send("DELETE", &path, None).await.status, 204);
        ids.push(id);
    }
    let seen = |id: &str| scene.path(&format!("/break-glass/{id}/seen"));
    // Not by a program, not from another workspace, and nothing that there is not.
    let made = scene.bea.send("POST", "/api/v1/tokens", Some(json!({"name": "t"}))).await.json();
    let bearer = format!("Bearer {}", made["secret"].as_str().unwrap());
    let program = scene.world.stranger().with("authorization", &bearer);
    assert_eq!(program.send("POST", &seen(&ids[0]), None).await.status, 403);
    let elsewhere = scene.world.workspace(&scene.bea).await;
    let foreign = format!("/api/v1/workspaces/{elsewhere}/break-glass/{}/seen", ids[0]);
    assert_eq!(scene.bea.send("POST", &foreign, None).await.status, 404);
    assert_eq!(scene.bea.send("POST", &seen("x"), None).await.status, 404);
    for _ in 0..2 {
        assert_eq!(scene.bea.send("POST", &seen(&ids[0]), None).await.status, 204);
    }
    let told = scene.bea.get(&scene.path("/break-glass")).await.json();
    for it in told.as_array().unwrap() {
        assert_eq!(it["seen"], it["id"] == ids[0].as_str(), "{told}");
    }
}

#[tokio::test]
async fn its_hour_and_the_loss_of_the_office_end_it() {
    let scene = Scene::new().await;
    assert_eq!(scene.take("viewer").await.status, 201);
    let socket = scene.socket().await;
    // As if another gateway had taken it an hour ago: this one asks the database now and then.
    scene.world.execute(&["UPDATE break_glass SET expires_at_ms = begun_at_ms + 1"]).await;
    ends(socket).await;
    assert_eq!(scene.look().await, 404);
    let mut watch = scene.world.watch().await;
    watch.until("SELECT COUNT(*) FROM audit WHERE verb = 'break_glass.expire'", 1).await;
    assert_eq!(scene.take("viewer").await.status, 201);
    let socket = scene.socket().await;
    scene.world.execute(&["UPDATE principals SET administrator = 1"]).await;
    let ada = scene.admin.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    let demote = json!({"administrator": false});
    let path = format!("/api/v1/accounts/{ada}");
    assert_eq!(scene.admin.send("PATCH", &path, Some(demote)).await.status, 200);
    ends(socket).await;
    assert_eq!(scene.look().await, 404);
}

#[tokio::test]
async fn an_end_that_cannot_be_written_holds_up_no_other_and_is_written_later() {
    const UNENDED: &str = "SELECT COUNT(*) FROM break_glass WHERE ended_at_ms IS NULL";
    let scene = Scene::new().await;
    let workspaces = [scene.workspace.clone(), scene.world.workspace(&scene.bea).await];
    let mut watch = scene.world.watch().await;
    // Whichever of the two the gateway comes to first.
    for kept in &workspaces {
        for workspace in &workspaces {
            let body = json!({"workspace": workspace, "role": "viewer", "reason": REASON,
                "password": PASSWORD});
            let taken = scene.admin.send("POST", "/api/v1/break-glass", Some(body)).await;
            assert_eq!(taken.status, 201, "{}", taken.text());
        }
        let (keep, release) = if scene.world.is_postgres() {
            let keep = format!(
                "ALTER TABLE break_glass ADD CONSTRAINT kept
                 CHECK (workspace <> '{kept}' OR ended_at_ms IS NULL) NOT VALID"
            );
            (keep, "ALTER TABLE break_glass DROP CONSTRAINT kept")
        } else {
            let keep = format!(
                "CREATE TRIGGER kept BEFORE UPDATE OF ended_at_ms ON break_glass
                 WHEN OLD.workspace = '{kept}' BEGIN SELECT RAISE(ABORT, 'kept'); END"
            );
            (keep, "DROP TRIGGER kept")
        };
        let over = "UPDATE break_glass SET expires_at_ms = begun_at_ms + 1
                    WHERE ended_at_ms IS NULL";
        scene.world.execute(&[&keep, over]).await;
        watch.until(UNENDED, 1).await;
        scene.world.execute(&[release]).await;
        watch.until(UNENDED, 0).await;
    }
    watch.until("SELECT COUNT(*) FROM audit WHERE verb = 'break_glass.expire'", 4).await;
}

#[tokio::test]
async fn an_end_at_another_gateway_is_felt_here() {
    let scene = Scene::new().await;
    assert_eq!(scene.take("viewer").await.status, 201);
    let other = scene.world.beside().await;
    let admin = scene.admin.clone().at(&other);
    assert_eq!(admin.get(&scene.path("/state")).await.status, 200);
    let stream = TcpStream::connect(other.address).await.unwrap();
    let request = admin.websocket(&scene.path("/ws"));
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
    assert!(socket.next().await.unwrap().is_ok());
    let told = scene.bea.get(&scene.path("/break-glass")).await.json();
    let path = scene.path(&format!("/break-glass/{}", told[0]["id"].as_str().unwrap()));
    assert_eq!(scene.bea.send("DELETE", &path, None).await.status, 204);
    ends(socket.map(|it| it.is_ok_and(|it| !it.is_close()))).await;
    assert_eq!(admin.get(&scene.path("/state")).await.status, 404);
}

#[tokio::test]
async fn what_was_taken_outlasts_a_restart_and_a_member_needs_none() {
    let mut scene = Scene::new().await;
    assert_eq!(scene.take("editor").await.status, 201);
    scene.world = scene.world.restart().await;
    scene.admin = scene.admin.at(&scene.world);
    assert_eq!(scene.look().await, 200);
    let ada = scene.admin.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    let seat = Role::Viewer.as_str();
    let workspace = &scene.workspace;
    let statement = format!("INSERT INTO members VALUES ('{workspace}', '{ada}', '{seat}')");
    scene.world.execute(&["UPDATE break_glass SET expires_at_ms = 1", &statement]).await;
    let mut watch = scene.world.watch().await;
    watch.until("SELECT COUNT(*) FROM break_glass WHERE ended_at_ms = 1", 1).await;
    assert_eq!(scene.look().await, 200);
    assert_eq!(scene.take("editor").await.status, 409);
}
