//! Previews as browsers and programs see them, with a real app behind.

mod entry;
mod headers;
mod path;
pub(crate) mod roles;
mod trouble;

use crate::world::{Client, DEADLINE, World};
use axum::Router;
use axum::body::Body;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::extract::{OriginalUri, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use futures_util::{SinkExt, StreamExt};
use http::HeaderMap;
use http::header::{COOKIE, HOST, ORIGIN, SET_COOKIE};
use http_body_util::BodyExt;
use protocol::WorkspaceId;
use protocol::preview::PreviewHost;
use protocol::state::SessionStatus;
use serde_json::json;
use stdx::TaskScope;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;

/// A workspace in which an app runs.
pub(crate) struct Preview {
    pub(crate) world: World,
    pub(crate) owner: Client,
    pub(crate) workspace: WorkspaceId,
    pub(crate) port: u16,
}

impl Preview {
    pub(crate) async fn new() -> Self {
        let world = World::new().await;
        let owner = world.owner().await;
        let workspace = world.workspace(&owner).await;
        let port = app(&world.scope).await;
        let this = Self { world, owner, workspace, port };
        this.runs(Some(this.port)).await;
        this
    }

    /// The session runs and shows `port`. Whoever asks for its state has woken the kernel.
    pub(crate) async fn runs(&self, port: Option<u16>) {
        self.world.provider.set_status(SessionStatus::Running, port);
        let state = format!("/api/v1/workspaces/{}/state", self.workspace);
        assert_eq!(self.owner.get(&state).await.status, 200);
    }

    pub(crate) fn host(&self, port: Option<u16>) -> String {
        let host = PreviewHost { workspace: self.workspace.clone(), port };
        format!("{}.localhost:{}", host.label(), self.world.address.port())
    }

    /// A client that speaks to the preview's origin.
    pub(crate) fn stranger(&self, port: Option<u16>) -> Client {
        self.world.stranger().with(HOST.as_str(), &self.host(port))
    }

    /// A browser that came in by a grant.
    pub(crate) async fn visitor(&self, port: Option<u16>) -> Client {
        let link = self.link(port, "/").await;
        let answer = self.stranger(port).get(&link).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        self.stranger(port).with(COOKIE.as_str(), &answer.cookie())
    }

    /// Path and query of a fresh link into the preview.
    async fn link(&self, port: Option<u16>, path: &str) -> String {
        let body = json!({ "port": port, "path": path });
        let grant = format!("/api/v1/workspaces/{}/preview/grant", self.workspace);
        let answer = self.owner.send("POST", &grant, Some(body)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let answer = answer.json();
        let origin = format!("http://{}", self.host(port));
        assert_eq!(answer["origin"], origin);
        answer["url"].as_str().unwrap().strip_prefix(&origin).unwrap().to_owned()
    }

    fn path(&self, rest: &str) -> String {
        format!("/indexes/userspace/workspaces/{}/preview{rest}", self.workspace)
    }
}

/// An app as people write them; returns its port.
pub(crate) async fn app(scope: &TaskScope) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = Router::new()
        .route("/page", get(page))
        .route("/socket", get(socket))
        .route("/events", get(events))
        .route("/redirect", get(move || async move { redirect(port) }))
        .fallback(any(echo));
    let stopping = scope.clone();
    scope.spawn("app", async move {
        tokio::select! {
            () = stopping.stopping() => {}
            ended = async { axum::serve(listener, router).await } => ended.unwrap(),
        }
    });
    port
}

/// Tells what arrived.
async fn echo(OriginalUri(uri): OriginalUri, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let headers: serde_json::Map<String, serde_json::Value> = head
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), json!(value.to_str().unwrap())))
        .collect();
    let told = json!({
        "method": head.method.as_str(),
        "uri": uri.to_string(),
        "headers": headers,
        "body": String::from_utf8_lossy(&body),
    });
    axum::Json(told).into_response()
}

async fn page() -> Response {
    Response::builder()
        .header("content-type", "text/html")
        .header("x-frame-options", "DENY")
        .header("content-security-policy", "default-src 'self'; frame-ancestors 'none'")
        .header("strict-transport-security", "max-age=1")
        .header("stead-role", "owner")
        .header(SET_COOKIE, "session=1; Path=/; Domain=localhost; HttpOnly")
        .header(SET_COOKIE, "__Host-stead-preview=evil; Path=/; Secure")
        .body(Body::from("<h1>the app</h1>"))
        .unwrap()
}

/// One event, and then silence.
async fn events() -> Response {
    let first = futures_util::stream::once(async { Ok::<_, std::io::Error>("data: first\n\n") });
    let body = Body::from_stream(first.chain(futures_util::stream::pending()));
    ([("content-type", "text/event-stream")], body).into_response()
}

fn redirect(port: u16) -> Response {
    Response::builder()
        .status(302)
        .header("location", format!("http://localhost:{port}/page?x"))
        .body(Body::empty())
        .unwrap()
}

/// Repeats whatever comes, after saying which origin it was told.
async fn socket(upgrade: WebSocketUpgrade, headers: HeaderMap) -> Response {
    let origin = headers.get(ORIGIN).map_or("none", |it| it.to_str().unwrap()).to_owned();
    upgrade.protocols(["vite-hmr"]).on_upgrade(async move |mut socket: WebSocket| {
        use axum::extract::ws::Message;
        if socket.send(Message::text(origin)).await.is_err() {
            return;
        }
        while let Some(Ok(message)) = socket.recv().await {
            if socket.send(message).await.is_err() {
                return;
            }
        }
    })
}

pub(crate) type Socket = tokio_tungstenite::WebSocketStream<TcpStream>;

pub(crate) async fn open_socket(
    client: &Client,
    path: &str,
) -> (Socket, http::Response<Option<Vec<u8>>>) {
    let stream = TcpStream::connect(client.address).await.unwrap();
    let opening = tokio_tungstenite::client_async(client.websocket(path), stream);
    tokio::time::timeout(DEADLINE, opening).await.unwrap().unwrap()
}

pub(crate) async fn next(socket: &mut Socket) -> Option<Message> {
    let next = tokio::time::timeout(DEADLINE, socket.next()).await.expect("a message in time");
    next.and_then(Result::ok)
}

// covers: S0.26, S0.80
#[tokio::test]
async fn the_app_answers_on_the_origin_of_its_port_and_on_the_main_one() {
    let preview = Preview::new().await;
    for port in [None, Some(preview.port)] {
        let visitor = preview.visitor(port).await;
        let answer = visitor.get("/page").await;
        assert_eq!((answer.status, answer.text().as_str()), (200, "<h1>the app</h1>"));
        let body = json!({ "some": "thing" });
        let heard = visitor.send("PATCH", "/a%20b/?c=%2F&d", Some(body.clone())).await.json();
        assert_eq!(heard["method"], "PATCH");
        assert_eq!(heard["uri"], "/a%20b/?c=%2F&d");
        assert_eq!(heard["body"], body.to_string());
    }
}

// covers: S0.27
#[tokio::test]
async fn hot_reload_works_with_text_and_binary_messages_in_both_directions() {
    let preview = Preview::new().await;
    let port = Some(preview.port);
    let origin = format!("http://{}", preview.host(port));
    let client = preview.visitor(port).await.with(ORIGIN.as_str(), &origin);
    let client = client.with("sec-websocket-protocol", "vite-hmr");
    let (mut socket, response) = open_socket(&client, "/socket").await;
    assert_eq!(response.headers()["sec-websocket-protocol"], "vite-hmr");
    let told = format!("http://localhost:{}", preview.port);
    assert_eq!(next(&mut socket).await, Some(Message::text(told)));
    let binary: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    for message in [Message::text("größe"), Message::binary(binary), Message::text("")] {
        socket.send(message.clone()).await.unwrap();
        assert_eq!(next(&mut socket).await, Some(message));
    }
    socket.close(None).await.unwrap();
    assert!(matches!(next(&mut socket).await, Some(Message::Close(_)) | None));
}

#[tokio::test]
async fn signing_out_ends_what_flows_and_what_comes() {
    let preview = Preview::new().await;
    let visitor = preview.visitor(None).await;
    let (mut socket, _) = open_socket(&visitor, "/socket").await;
    assert!(next(&mut socket).await.is_some());
    assert_eq!(visitor.get("/page").await.status, 200);
    let answer = preview.owner.send("POST", "/api/v1/leave", None).await;
    assert_eq!(answer.status, 204, "{}", answer.text());
    assert_eq!(next(&mut socket).await, None);
    assert_eq!(visitor.get("/page").await.status, 401);
}

#[tokio::test]
async fn a_deleted_workspace_ends_what_flows_and_what_comes() {
    let preview = Preview::new().await;
    let visitor = preview.visitor(None).await;
    let (mut socket, _) = open_socket(&visitor, "/socket").await;
    assert!(next(&mut socket).await.is_some());
    let path = format!("/api/v1/workspaces/{}", preview.workspace);
    assert_eq!(preview.owner.send("DELETE", &path, None).await.status, 204);
    assert_eq!(next(&mut socket).await, None);
    assert_eq!(visitor.get("/page").await.status, 401);
}
