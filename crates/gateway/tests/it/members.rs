//! Roles: who has which, who may change them, and that a change is heard at once.

use crate::audit;
use crate::world::{Client, DEADLINE, World};
use futures_util::{SinkExt, StreamExt};
use protocol::header::Role;
use protocol::{PrincipalId, WorkspaceId};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

// covers: S0.10
#[tokio::test]
async fn an_owner_gives_and_takes_the_three_roles_and_there_is_no_fourth() {
    let it = Team::new().await;
    let (editor, id) = it.person("Grace", Role::Editor).await;
    assert_eq!(it.list(&it.owner).await, ["Ada owner", "Grace editor"]);
    assert_eq!(it.list(&editor).await, ["Ada owner", "Grace editor"]);

    assert_eq!(it.change(&editor, &id, "owner").await, 403);
    assert_eq!(it.change(&it.owner, &id, "admin").await, 400);
    assert_eq!(it.change(&it.owner, &id, "viewer").await, 200);
    assert_eq!(it.list(&editor).await, ["Ada owner", "Grace viewer"]);
    let write = editor.send("PUT", &it.path("files/a"), Some(json!({}))).await;
    assert_eq!(write.status, 403, "{}", write.text());

    assert_eq!(it.remove(&editor, &id).await, 403);
    assert_eq!(it.remove(&it.owner, &id).await, 204);
    assert_eq!(editor.get(&it.path("state")).await.status, 404);
    assert_eq!(it.remove(&it.owner, &id).await, 404);
    assert_eq!(it.change(&it.owner, &PrincipalId::from_random(9), "viewer").await, 404);
    assert_eq!(it.list(&it.owner).await, ["Ada owner"]);
}

// covers: S0.46
#[tokio::test]
async fn an_owner_adds_somebody_by_the_exact_name_and_guessing_is_slow() {
    let it = Team::new().await;
    let bea = it.world.account(&it.owner, "bea").await;
    let (editor, _) = it.person("Grace", Role::Editor).await;
    let add = async |client: &Client, name: &str, role: &str| {
        let body = json!({"login_name": name, "role": role});
        client.send("POST", &it.path("members"), Some(body)).await.status
    };
    assert_eq!(bea.get(&it.path("state")).await.status, 404);
    assert_eq!(add(&editor, "bea", "viewer").await, 403);
    assert_eq!(add(&bea, "bea", "owner").await, 404);
    assert_eq!(add(&it.owner, "bea", "admin").await, 400);
    assert_eq!(add(&it.owner, "be", "viewer").await, 404, "a part of a name is no name");
    assert_eq!(add(&it.owner, " Bea ", "viewer").await, 200);
    assert_eq!(bea.get(&it.path("state")).await.status, 200, "it is in force at once");
    assert_eq!(add(&it.owner, "bea", "editor").await, 409);
    assert_eq!(it.list(&it.owner).await, ["Ada owner", "BEA viewer", "Grace editor"]);
    // Whoever is found does not count; whoever is not does, and then those who are there wait too.
    let mut last = 404;
    for guess in 0..8 {
        last = add(&it.owner, &format!("guess{guess}"), "viewer").await;
    }
    assert_eq!(last, 429);
    assert_eq!(add(&it.owner, "bea", "viewer").await, 429);
    let audit = audit::rows(&it.world).await;
    let added: Vec<_> = audit.iter().filter(|it| it.starts_with("member.add")).collect();
    let found = added.iter().filter(|it| it.contains(" ok")).count();
    assert_eq!((found, added.len() > found), (1, true), "{added:?}");
    assert!(!audit.iter().any(|it| it.contains("guess1")), "what was typed is not kept");
}

#[tokio::test]
async fn a_page_is_told_at_once_that_its_person_has_another_role_or_right() {
    let it = Team::new().await;
    let (member, id) = it.person("Grace", Role::Editor).await;
    let (other, _) = it.person("Alan", Role::Editor).await;
    let account = format!("/api/v1/accounts/{id}");
    let seat = it.path(&format!("members/{id}"));
    for (client, method, path, body) in [
        (&it.owner, "PATCH", &seat, Some(json!({"role": "viewer"}))),
        (&it.owner, "DELETE", &seat, None),
        (&it.owner, "PATCH", &account, Some(json!({"administrator": true}))),
        (&member, "PATCH", &"/api/v1/me".to_owned(), Some(json!({"name": "Hopper"}))),
        (&it.owner, "DELETE", &format!("{account}/sign-ins"), None),
    ] {
        let mut watch = connect(&member, "/api/v1/me/watch").await;
        let mut untouched = connect(&other, "/api/v1/me/watch").await;
        assert!(client.send(method, path, body).await.status < 300, "{method} {path}");
        assert!(matches!(next(&mut watch).await, Some(Message::Close(_)) | None), "{path}");
        untouched.send(Message::Ping("still here".into())).await.unwrap();
        assert_eq!(next(&mut untouched).await, Some(Message::Pong("still here".into())));
    }
    assert_eq!(member.open("/api/v1/me/watch").await, 401);
}

#[tokio::test]
async fn a_workspace_always_has_an_owner() {
    let it = Team::new().await;
    let own = it.own_id().await;
    assert_eq!(it.change(&it.owner, &own, "viewer").await, 409);
    assert_eq!(it.remove(&it.owner, &own).await, 409);
    assert_eq!(it.leave(&it.owner).await, 409);
    assert_eq!(it.list(&it.owner).await, ["Ada owner"]);

    let (second, id) = it.person("Grace", Role::Owner).await;
    assert_eq!(it.leave(&it.owner).await, 204);
    assert_eq!(it.owner.get(&it.path("state")).await.status, 404);
    let workspace = second.get(&it.path("")[..it.path("").len() - 1]).await.json();
    assert_eq!((&workspace["owner"], &workspace["role"]), (&json!(id), &json!("owner")));
    assert_eq!(it.leave(&second).await, 409);
}

#[tokio::test]
async fn the_last_owner_who_can_sign_in_stays_the_owner() {
    let it = Team::new().await;
    let own = it.own_id().await;
    let (_, out) = it.person("Grace", Role::Owner).await;
    let (member, _) = it.person("Alan", Role::Editor).await;
    let is_disabled = json!({"disabled": true});
    let account = format!("/api/v1/accounts/{out}");
    let answer = it.owner.send("PATCH", &account, Some(is_disabled)).await;
    assert!(answer.status < 300, "{}", answer.text());
    assert_eq!(it.leave(&it.owner).await, 409);
    assert_eq!(it.change(&it.owner, &own, "editor").await, 409);
    assert_eq!(it.remove(&it.owner, &own).await, 409);
    let hand_over = json!({"principal": out});
    let answer = it.owner.send("POST", &it.path("owner"), Some(hand_over)).await;
    assert_eq!(answer.status, 409, "{}", answer.text());
    assert_eq!(it.list(&it.owner).await, ["Ada owner", "Alan editor", "Grace owner"]);
    // Everybody else may still go, whoever is disabled too.
    assert_eq!(it.leave(&member).await, 204);
    assert_eq!(it.remove(&it.owner, &out).await, 204);
    assert_eq!(it.list(&it.owner).await, ["Ada owner"]);
}

#[tokio::test]
async fn a_workspace_is_handed_over_to_a_member_and_the_giver_stays_as_an_editor() {
    let it = Team::new().await;
    let (heir, id) = it.person("Grace", Role::Viewer).await;
    let path = it.path("owner");
    let stranger = PrincipalId::from_random(9);
    for (client, to, status) in [
        (&heir, &id, 403),
        (&it.owner, &stranger, 404),
        (&it.owner, &it.own_id().await, 409),
        (&it.owner, &id, 200),
    ] {
        let answer = client.send("POST", &path, Some(json!({"principal": to}))).await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
    assert_eq!(it.list(&heir).await, ["Ada editor", "Grace owner"]);
    assert_eq!(it.owner.send("DELETE", &it.path("members/x"), None).await.status, 403);
    let audit = audit::rows(&it.world).await;
    assert!(audit.contains(&format!("workspace.hand_over {} to {id} ok", it.own_id().await)));
}

#[tokio::test]
async fn each_change_of_a_role_is_written_down() {
    let it = Team::new().await;
    let (_, id) = it.person("Grace", Role::Editor).await;
    it.change(&it.owner, &id, "viewer").await;
    it.change(&it.owner, &id, "viewer").await;
    it.remove(&it.owner, &id).await;
    let (leaver, other) = it.person("Alan", Role::Editor).await;
    it.leave(&leaver).await;
    let audit = audit::rows(&it.world).await;
    let members: Vec<_> = audit.iter().filter(|it| it.starts_with("member.")).collect();
    assert_eq!(
        members,
        [
            &format!("member.change {id} editor to viewer ok"),
            &format!("member.remove {id} viewer ok"),
            &format!("member.leave {other} editor ok"),
        ]
    );
}

/// Everything that outlasts a request ends with the role it was opened by, and comes back by the
/// new one.
// covers: S0.48
#[tokio::test]
async fn a_change_of_role_ends_what_was_opened_by_the_old_one() {
    let it = Team::new().await;
    let (member, id) = it.person("Grace", Role::Editor).await;
    let (other, _) = it.person("Alan", Role::Editor).await;
    for after in ["viewer", "editor"] {
        let before = if after == "viewer" { "editor" } else { "viewer" };
        let mut sockets = vec![
            connect(&member, &it.path("ws")).await,
            connect(&member, &it.path("terminals/main")).await,
        ];
        let mut untouched = connect(&other, &it.path("ws")).await;
        for socket in &mut sockets {
            assert_eq!(next(socket).await, Some(Message::text(format!("{before} false"))));
        }
        assert_eq!(it.change(&it.owner, &id, after).await, 200);
        for socket in &mut sockets {
            assert_eq!(next(socket).await, None);
        }
        let mut again = connect(&member, &it.path("terminals/main")).await;
        assert_eq!(next(&mut again).await, Some(Message::text(format!("{after} false"))));
        assert_eq!(next(&mut untouched).await, Some(Message::text("editor false")));
        untouched.send(Message::text("still here")).await.unwrap();
        assert_eq!(next(&mut untouched).await, Some(Message::text("still here")));
    }
}

/// A client that takes no byte is sent none after its role is gone: the connection closes without
/// being read.
// covers: S0.46
#[tokio::test]
async fn a_download_that_nobody_reads_ends_with_the_role() {
    let it = Team::new().await;
    let (member, id) = it.person("Grace", Role::Viewer).await;
    let mut stream = TcpStream::connect(member.address).await.unwrap();
    let cookie = member.headers["cookie"].to_str().unwrap();
    let head = format!(
        "GET {} HTTP/1.1\r\nHost: localhost:{}\r\nCookie: {cookie}\r\n\r\n",
        it.path("archive?path=endless"),
        member.address.port()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    let mut endless = it.world.provider.endless.subscribe();
    assert_eq!(*endless.borrow_and_update(), 1);
    assert_eq!(it.remove(&it.owner, &id).await, 204);
    timeout(DEADLINE, endless.wait_for(|it| *it == 0)).await.expect("the answer ends").unwrap();
    let mut rest = Vec::new();
    // What was on its way arrives; then the connection is over, and not with a proper end.
    drop(timeout(DEADLINE, stream.read_to_end(&mut rest)).await.expect("an end"));
    assert!(!rest.ends_with(b"0\r\n\r\n"));
}

struct Team {
    world: World,
    owner: Client,
    workspace: WorkspaceId,
}

impl Team {
    async fn new() -> Self {
        let world = World::new().await;
        let owner = world.owner().await;
        let workspace = world.workspace(&owner).await;
        Self { world, owner, workspace }
    }

    async fn person(&self, name: &str, role: Role) -> (Client, PrincipalId) {
        self.world.person(&self.owner, name, Some((&self.workspace, role))).await
    }

    async fn own_id(&self) -> PrincipalId {
        let me = self.owner.get("/api/v1/me").await.json();
        PrincipalId::parse(me["id"].as_str().unwrap()).unwrap()
    }

    fn path(&self, rest: &str) -> String {
        format!("/api/v1/workspaces/{}/{rest}", self.workspace)
    }

    async fn list(&self, client: &Client) -> Vec<String> {
        let members = client.get(&self.path("members")).await.json();
        let word = |it: &serde_json::Value| it.as_str().unwrap().to_owned();
        let line = |it: &serde_json::Value| format!("{} {}", word(&it["name"]), word(&it["role"]));
        members.as_array().unwrap().iter().map(line).collect()
    }

    async fn change(&self, client: &Client, who: &PrincipalId, role: &str) -> u16 {
        let path = self.path(&format!("members/{who}"));
        client.send("PATCH", &path, Some(json!({"role": role}))).await.status
    }

    async fn remove(&self, client: &Client, who: &PrincipalId) -> u16 {
        client.send("DELETE", &self.path(&format!("members/{who}")), None).await.status
    }

    async fn leave(&self, client: &Client) -> u16 {
        client.send("POST", &self.path("leave"), None).await.status
    }
}

type Socket = WebSocketStream<TcpStream>;

async fn connect(client: &Client, path: &str) -> Socket {
    let stream = TcpStream::connect(client.address).await.unwrap();
    tokio_tungstenite::client_async(client.websocket(path), stream).await.unwrap().0
}

async fn next(socket: &mut Socket) -> Option<Message> {
    let next = timeout(DEADLINE, socket.next()).await.expect("a message in time");
    next.and_then(Result::ok)
}
