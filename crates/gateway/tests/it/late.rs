//! What was allowed when a request began and is not any more when its body has come.

use crate::world::{Client, DEADLINE, PASSWORD, World};
use futures_util::StreamExt;
use protocol::header::Role;
use serde_json::{Value, json};
use std::fmt::Write as _;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A request that was judged, and whose body is awaited.
struct Slow {
    stream: TcpStream,
    body: String,
}

impl Slow {
    async fn begin(client: &Client, method: &str, path: &str, body: Value) -> Self {
        let body = body.to_string();
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost:{}\r\ncontent-type: application/json\r\n\
             expect: 100-continue\r\ncontent-length: {}\r\n",
            client.address.port(),
            body.len()
        );
        for (name, value) in &client.headers {
            write!(head, "{name}: {}\r\n", value.to_str().unwrap()).unwrap();
        }
        head.push_str("\r\n");
        let mut stream = TcpStream::connect(client.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        // It says so when its handler asks for the body.
        let mut told = [0; 25];
        timeout(DEADLINE, stream.read_exact(&mut told)).await.unwrap().unwrap();
        assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
        Self { stream, body }
    }

    async fn status(mut self) -> u16 {
        self.stream.write_all(self.body.as_bytes()).await.unwrap();
        let mut line = [0; 12];
        timeout(DEADLINE, self.stream.read_exact(&mut line)).await.unwrap().unwrap();
        String::from_utf8_lossy(&line[9..]).parse().unwrap()
    }
}

#[tokio::test]
async fn a_role_that_was_taken_away_gives_nothing_back() {
    let world = World::new().await;
    let ada = world.owner().await;
    let id = world.workspace(&ada).await;
    let (bea, bea_id) = world.person(&ada, "Bea", Some((&id, Role::Owner))).await;
    let path = |rest: &str| format!("/api/v1/workspaces/{id}{rest}");
    let member = path(&format!("/members/{bea_id}"));
    let to_owner = Slow::begin(&bea, "PATCH", &member, json!({"role": "owner"})).await;
    let renamed = Slow::begin(&bea, "PATCH", &path(""), json!({"name": "taken"})).await;
    let demoted = ada.send("PATCH", &member, Some(json!({"role": "editor"}))).await;
    assert_eq!(demoted.status, 200, "{}", demoted.text());
    assert_eq!((to_owner.status().await, renamed.status().await), (403, 403));
    let invites = ada.send("PATCH", &member, Some(json!({"role": "owner"}))).await;
    assert_eq!(invites.status, 200);
    let body = json!({"login_name": "nobody", "role": "owner"});
    let adds = Slow::begin(&bea, "POST", &path("/members"), body).await;
    let invites = Slow::begin(&bea, "POST", &path("/invitations"), json!({"role": "owner"})).await;
    assert_eq!(ada.send("DELETE", &member, None).await.status, 204);
    assert_eq!((adds.status().await, invites.status().await), (404, 404));
    let members = ada.get(&path("/members")).await.json();
    assert_eq!(members.as_array().unwrap().len(), 1, "{members}");
    assert_eq!(ada.get(&path("")).await.json()["name"], "w");
}

#[tokio::test]
async fn of_three_hand_overs_at_once_one_is_made() {
    let world = World::new().await;
    let ada = world.owner().await;
    let id = world.workspace(&ada).await;
    let path = format!("/api/v1/workspaces/{id}/owner");
    let mut begun = Vec::new();
    for name in ["Bea", "Cem", "Dov"] {
        let (_, heir) = world.person(&ada, name, Some((&id, Role::Viewer))).await;
        begun.push(Slow::begin(&ada, "POST", &path, json!({"principal": heir})).await);
    }
    let mut statuses = Vec::new();
    for slow in begun {
        statuses.push(slow.status().await);
    }
    assert_eq!(statuses, [200, 403, 403]);
}

#[tokio::test]
async fn whoever_is_signed_out_disabled_or_demoted_changes_nothing_any_more() {
    let world = World::new().await;
    let ada = world.owner().await;
    let bea = world.account(&ada, "bea").await;
    let bea_id = bea.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    let account = format!("/api/v1/accounts/{bea_id}");
    let change = async |body: Value| ada.send("PATCH", &account, Some(body)).await.status;
    assert_eq!(change(json!({"administrator": true})).await, 200);
    let again = Slow::begin(&bea, "PATCH", &account, json!({"administrator": true})).await;
    assert_eq!(change(json!({"administrator": false})).await, 200);
    assert_eq!(again.status().await, 403);
    assert_eq!(bea.get("/api/v1/accounts").await.status, 403);

    let token = Slow::begin(&bea, "POST", "/api/v1/tokens", json!({"name": "t"})).await;
    let new = json!({"old_password": PASSWORD, "new_password": "another horse battery"});
    let password = Slow::begin(&bea, "PUT", "/api/v1/me/password", new).await;
    let source = json!({"name": "w", "source": {"kind": "empty"}});
    let workspace = Slow::begin(&bea, "POST", "/api/v1/workspaces", source).await;
    assert_eq!(change(json!({"disabled": true})).await, 200);
    assert_eq!(
        (token.status().await, password.status().await, workspace.status().await),
        (401, 401, 401)
    );
    assert_eq!(change(json!({"disabled": false})).await, 200);
    let back = world.sign_in("bea", PASSWORD).await;
    assert_eq!(back.status, 200, "{}", back.text());
    let bea = world.browser(&back);
    assert_eq!(bea.get("/api/v1/tokens").await.json(), json!([]));

    let token = Slow::begin(&bea, "POST", "/api/v1/tokens", json!({"name": "t"})).await;
    assert_eq!(bea.send("POST", "/api/v1/leave", None).await.status, 204);
    assert_eq!(token.status().await, 401);
}

#[tokio::test]
async fn a_link_ends_with_the_sign_in_that_made_it() {
    let world = World::new().await;
    let ada = world.owner().await;
    world.account(&ada, "bea").await;
    let password = |old: &str, new: &str| json!({"old_password": old, "new_password": new});
    let other = "another horse battery";
    for (method, path, body, next) in [
        ("POST", "/api/v1/leave", None, PASSWORD),
        ("DELETE", "/api/v1/sign-ins", None, PASSWORD),
        ("PUT", "/api/v1/me/password", Some(password(PASSWORD, other)), other),
    ] {
        let bea = world.browser(&world.sign_in("bea", PASSWORD).await);
        let link = bea.send("POST", "/api/v1/links", None).await.json();
        assert_eq!(bea.send(method, path, body).await.status, 204, "{method} {path}");
        let grant = crate::world::last_segment(&link["url"]);
        let enter = json!({"grant": grant});
        let browser = world.stranger().with_origin();
        let entered = browser.send("POST", "/api/v1/enter", Some(enter)).await;
        assert_eq!(entered.status, 410, "{method} {path}");
        assert_eq!(world.sign_in("bea", next).await.status, 200);
    }
}

#[tokio::test]
async fn what_a_token_has_open_ends_when_it_expires() {
    let world = World::new().await;
    let ada = world.owner().await;
    let id = world.workspace(&ada).await;
    let body = json!({"name": "t", "expires_in_s": 2});
    let made = ada.send("POST", "/api/v1/tokens", Some(body)).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let bearer = format!("Bearer {}", made.json()["secret"].as_str().unwrap());
    let program = world.stranger().with("authorization", &bearer);
    let stream = TcpStream::connect(world.address).await.unwrap();
    let request = program.websocket(&format!("/api/v1/workspaces/{id}/ws"));
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
    let ending = async { while socket.next().await.is_some_and(|it| it.is_ok()) {} };
    timeout(DEADLINE, ending).await.expect("the socket ends");
    assert_eq!(program.get("/api/v1/me").await.status, 401);
}
