//! What a role opens in a preview, and what becomes of it when the role changes.

use super::{Preview, app, next, open_socket};
use crate::world::{Client, DEADLINE};
use http::header::{COOKIE, HOST};
use protocol::header::Role;
use protocol::preview::PreviewHost;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

// covers: S0.47
#[tokio::test]
async fn a_viewer_sees_the_port_that_the_preview_shows_and_no_other() {
    let preview = Preview::new().await;
    let other = app(&preview.world.scope).await;
    let viewer = preview.member(Role::Viewer).await;
    let editor = preview.member(Role::Editor).await;
    for (port, seen) in [(None, 200), (Some(preview.port), 200), (Some(other), 403)] {
        let asked = preview.grant(&viewer, port).await;
        assert_eq!(asked, seen, "{port:?}");
        assert_eq!(preview.grant(&editor, port).await, 200, "{port:?}");
        // The way past the grant's own check leads to the same answer.
        let inside = preview.enter(&viewer, port).await;
        let answer = inside.get("/page").await;
        assert_eq!(answer.status, seen, "{port:?}: {}", answer.text());
        if seen == 403 {
            assert_eq!(answer.json()["error"]["details"]["reason"], "not_shown");
            let page = inside.clone().with("accept", "text/html").get("/page").await;
            assert!(page.text().contains(&format!("Port {other} is for editors")));
            let socket = TcpStream::connect(inside.address).await.unwrap();
            let opened = tokio_tungstenite::client_async(inside.websocket("/socket"), socket).await;
            assert!(opened.is_err());
        }
        assert_eq!(preview.enter(&editor, port).await.get("/page").await.status, 200, "{port:?}");
    }
    // The preview moves on to the other port, and so does what a viewer sees.
    let inside = preview.enter(&viewer, Some(preview.port)).await;
    preview.runs(Some(other)).await;
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_secs(2)).await;
    tokio::time::resume();
    assert_eq!(inside.get("/page").await.status, 403);
    assert_eq!(preview.enter(&viewer, Some(other)).await.get("/page").await.status, 200);
}

/// A socket and an event stream through the preview, by cookie and by token, end with the role.
// covers: S0.46
#[tokio::test]
async fn a_change_of_role_ends_what_flows_through_the_preview() {
    let preview = Preview::new().await;
    let (member, id) = preview.person(Role::Editor).await;
    let inside = preview.enter(&member, None).await;
    let other = app(&preview.world.scope).await;
    let elsewhere = preview.enter(&member, Some(other)).await;
    let members = format!("/api/v1/workspaces/{}/members/{id}", preview.workspace);

    for (role, status) in [("viewer", 403), ("editor", 200)] {
        let (mut socket, _) = open_socket(&inside, "/socket").await;
        assert!(next(&mut socket).await.is_some());
        let mut events = stream(&inside, "/events").await;
        let body = json!({ "role": role });
        assert_eq!(preview.owner.send("PATCH", &members, Some(body)).await.status, 200);
        assert_eq!(next(&mut socket).await, None);
        ends(&mut events).await;
        assert_eq!(inside.get("/page").await.status, 200);
        assert_eq!(elsewhere.get("/page").await.status, status);
    }
    let (mut socket, _) = open_socket(&inside, "/socket").await;
    assert!(next(&mut socket).await.is_some());
    let mut events = stream(&inside, "/events").await;
    assert_eq!(preview.owner.send("DELETE", &members, None).await.status, 204);
    assert_eq!(next(&mut socket).await, None);
    ends(&mut events).await;
    assert_eq!(inside.get("/page").await.status, 401);
}

/// Opens an event stream and reads its beginning.
pub(crate) async fn stream(client: &Client, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(client.address).await.unwrap();
    let header = |name: &str| client.headers[name].to_str().unwrap().to_owned();
    let (host, cookie) = (header(HOST.as_str()), header(COOKIE.as_str()));
    let head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains("data: first") {
        let read = timeout(DEADLINE, stream.read_buf(&mut seen)).await.expect("a first event");
        assert_ne!(read.unwrap(), 0, "{}", String::from_utf8_lossy(&seen));
    }
    stream
}

pub(crate) async fn ends(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    drop(timeout(DEADLINE, stream.read_to_end(&mut rest)).await.expect("the stream ends"));
}

impl Preview {
    async fn member(&self, role: Role) -> Client {
        self.person(role).await.0
    }

    async fn person(&self, role: Role) -> (Client, protocol::PrincipalId) {
        self.world.person(&self.owner, role.as_str(), Some((&self.workspace, role))).await
    }

    /// The status of asking for a grant.
    async fn grant(&self, client: &Client, port: Option<u16>) -> u16 {
        let path = format!("/api/v1/workspaces/{}/preview/grant", self.workspace);
        client.send("POST", &path, Some(json!({ "port": port, "path": "/" }))).await.status
    }

    /// A browser that came to the preview by its address.
    async fn enter(&self, client: &Client, port: Option<u16>) -> Client {
        let label = PreviewHost { workspace: self.workspace.clone(), port }.label();
        let sent = client.get(&format!("/preview/enter?host={label}")).await;
        let link = sent.header("location").split_once("/.stead/").unwrap().1.to_owned();
        let answer = self.stranger(port).get(&format!("/.stead/{link}")).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        self.stranger(port).with(COOKIE.as_str(), &answer.cookie())
    }
}
