//! What reaches a kernel, and what comes back.

use crate::world::{Client, DEADLINE, World};
use futures_util::{SinkExt, StreamExt};
use http_body_util::BodyExt;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

type Socket = WebSocketStream<TcpStream>;

// covers: S0.55, S0.57
#[tokio::test]
async fn the_kernel_is_told_who_asks_and_nothing_that_a_client_made_up() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    let sly = owner
        .clone()
        .with("stead-role", "viewer")
        .with("stead-principal", "usr_evil")
        .with("stead-principal-name", "Eve")
        .with("stead-anything", "x")
        .with("x-forwarded-for", "203.0.113.9")
        .with("connection", "x-hop")
        .with("x-hop", "1")
        .with("proxy-authorization", "Basic eA==")
        .with("te", "trailers")
        .with("x-mine", "kept");
    let path = format!("/api/v1/workspaces/{id}/files/a%20b/c?x=1&y=%2F");
    let heard = sly.get(&path).await.json();
    assert_eq!(heard["uri"], "/api/v1/files/a%20b/c?x=1&y=%2F");
    let headers = &heard["headers"];
    assert_eq!(
        (&headers["stead-role"], &headers["stead-operator"]),
        (&json!("owner"), &json!("browser"))
    );
    assert!(headers["stead-principal"].as_str().unwrap().starts_with("usr_"));
    assert_ne!(headers["stead-principal"], "usr_evil");
    assert_eq!(headers["stead-principal-name"], "Ada");
    let origin = format!("http://{{label}}.localhost:{}", world.address.port());
    assert_eq!(headers["stead-preview-origin"], origin);
    assert_eq!(headers["x-mine"], "kept");
    for gone in ["cookie", "authorization", "stead-anything", "x-hop", "proxy-authorization", "te"]
    {
        assert!(headers.get(gone).is_none(), "{gone}: {headers}");
    }
    let with_token = world.program().get(&path).await.json();
    assert!(with_token["headers"].get("authorization").is_none());
    assert_eq!(with_token["headers"]["stead-operator"], "cli");
}

// covers: S0.56
#[tokio::test]
async fn an_answer_brings_no_cookie_no_platform_header_and_runs_nowhere() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    let answer = owner.get(&format!("/api/v1/workspaces/{id}/files/a.html")).await;
    assert_eq!((answer.status, answer.header("etag")), (200, "\"1\""));
    assert_eq!((answer.header("set-cookie"), answer.header("stead-role")), ("", ""));
    assert!(answer.header("content-security-policy").contains("sandbox"));
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn a_body_arrives_whole() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    let body = json!({"text": "x".repeat(300_000)});
    let path = format!("/api/v1/workspaces/{id}/files/big.json");
    let heard = owner.send("PUT", &path, Some(body.clone())).await.json();
    assert_eq!((&heard["method"], &heard["body"]), (&json!("PUT"), &json!(body.to_string())));
}

// covers: S1.65
#[tokio::test]
async fn a_terminal_is_a_splice_to_the_kernel() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    let mut socket =
        connect(&owner, &format!("/api/v1/workspaces/{id}/terminals/main?cols=80"), &[]).await;
    assert_eq!(next(&mut socket).await, Some(Message::text("owner false")));
    for size in [0, 1, 125, 126, 70_000] {
        let bytes = Message::binary(vec![7; size]);
        socket.send(bytes.clone()).await.unwrap();
        assert_eq!(next(&mut socket).await, Some(bytes));
    }
}

#[tokio::test]
async fn a_program_may_bring_its_token_as_a_sub_protocol() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    let path = format!("/api/v1/workspaces/{id}/ws");
    let token = format!("bearer.{}", world.cli_token);
    for (offered, chosen) in [
        (vec![token.as_str()], token.as_str()),
        (vec!["stead", &token], "stead"),
        (vec![&token, "chosen"], "chosen"),
    ] {
        let mut request = world.stranger().websocket(&path);
        request.headers_mut().insert("sec-websocket-protocol", offered.join(", ").parse().unwrap());
        let stream = TcpStream::connect(world.address).await.unwrap();
        let (mut socket, response) =
            tokio_tungstenite::client_async(request, stream).await.unwrap();
        assert_eq!(response.headers()["sec-websocket-protocol"], chosen);
        assert_eq!(next(&mut socket).await, Some(Message::text("owner false")));
    }
}

#[tokio::test]
async fn a_page_of_another_origin_opens_no_channel() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    let foreign = owner.with("origin", "http://evil.example");
    let request = foreign.websocket(&format!("/api/v1/workspaces/{id}/ws"));
    let stream = TcpStream::connect(world.address).await.unwrap();
    match tokio_tungstenite::client_async(request, stream).await {
        Err(tokio_tungstenite::tungstenite::Error::Http(response)) => {
            assert_eq!(response.status(), 403);
        }
        other => panic!("{:?}", other.map(|(_, response)| response)),
    }
}

#[tokio::test]
async fn signing_out_cuts_what_the_login_has_open() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    let path = format!("/api/v1/workspaces/{id}/ws");
    let mut mine = connect(&owner, &path, &[]).await;
    let mut others = connect(&world.program(), &path, &[]).await;
    assert!(next(&mut mine).await.is_some() && next(&mut others).await.is_some());
    assert_eq!(owner.send("POST", "/api/v1/leave", None).await.status, 204);
    assert_eq!(next(&mut mine).await, None);
    others.send(Message::text("still here")).await.unwrap();
    assert_eq!(next(&mut others).await, Some(Message::text("still here")));
    let deleted = world.program().send("DELETE", &format!("/api/v1/workspaces/{id}"), None).await;
    assert_eq!(deleted.status, 204);
    assert_eq!(next(&mut others).await, None);
}

#[tokio::test]
async fn a_gateway_that_stops_lets_its_channels_go() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    let mut socket = connect(&owner, &format!("/api/v1/workspaces/{id}/ws"), &[]).await;
    assert!(next(&mut socket).await.is_some());
    world.scope.stop();
    assert_eq!(next(&mut socket).await, None);
    drop(socket);
    assert!(world.scope.shutdown(DEADLINE).await);
}

#[tokio::test]
async fn requests_come_over_http_2_as_well() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    let stream = TcpStream::connect(world.address).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(Scoped(world.scope.clone()), TokioIo::new(stream))
            .await
            .unwrap();
    world.scope.spawn("client", async move { drop(connection.await) });
    for index in 0..3 {
        let authority = format!("http://localhost:{}", world.address.port());
        let request = http::Request::builder()
            .uri(format!("{authority}/api/v1/workspaces/{id}/files/{index}"))
            .header("authorization", format!("Bearer {}", world.cli_token))
            .body(http_body_util::Empty::<bytes::Bytes>::new())
            .unwrap();
        let response = sender.send_request(request).await.unwrap();
        assert_eq!((response.status().as_u16(), response.version()), (200, http::Version::HTTP_2));
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let told: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(told["uri"], format!("/api/v1/files/{index}"));
    }
}

/// Runs a client's side tasks in the world's scope.
#[derive(Clone)]
struct Scoped(stdx::TaskScope);

impl<F: Future<Output: Send> + Send + 'static> hyper::rt::Executor<F> for Scoped {
    fn execute(&self, future: F) {
        self.0.spawn("client", async move { drop(future.await) });
    }
}

// covers: S0.82
#[tokio::test]
async fn a_kernel_that_cannot_be_reached_is_an_answer_and_not_a_defect() {
    let world = World::new().await;
    let owner = world.owner().await;
    let id = world.workspace(&owner).await;
    *world.provider.refuse.lock().unwrap() = Some("connect");
    let answer = owner.get(&format!("/api/v1/workspaces/{id}/state")).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "unavailable"));
    assert_eq!(answer.header("retry-after"), "1");
}

async fn connect(client: &Client, path: &str, headers: &[(&'static str, &str)]) -> Socket {
    let mut request = client.websocket(path);
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    let stream = TcpStream::connect(client.address).await.unwrap();
    tokio_tungstenite::client_async(request, stream).await.unwrap().0
}

/// The next message; `None` when the channel has ended, in order or not.
async fn next(socket: &mut Socket) -> Option<Message> {
    let message = tokio::time::timeout(DEADLINE, socket.next()).await.expect("in time");
    message.and_then(Result::ok).filter(|it| !it.is_close())
}
