//! The registry from outside: one installation, two that work with each other, and one that lies.

mod face;
mod follow;
mod liar;
mod remote;

use crate::world::{Client, DEADLINE, World};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

pub(crate) const EMBEDDED: &str = "/api/v1/runtimes/embedded-worker-runtime/workers";

/// Asks for a worker that codes.
pub(crate) fn coder() -> Value {
    json!({
        "intent": {"kind": "ticket_role", "ticket_id": "T-7", "role": "coder"},
        "requested_worker_name": "Friendly",
        "acceptance": {"kind": "run_accepted", "expected_segments": 0},
    })
}

/// The id of a new worker.
pub(crate) async fn spawn(client: &Client, path: &str) -> String {
    let made = client.send("POST", path, Some(coder())).await;
    assert!((200..300).contains(&made.status), "{}", made.text());
    assert_eq!(made.json()["state"], "accepted", "{}", made.text());
    made.json()["worker"]["worker_id"].as_str().unwrap().to_owned()
}

/// Says something to a worker.
pub(crate) async fn say(client: &Client, worker: &str, content: &str) -> Value {
    let body = json!({"content": content});
    let answer = client.send("POST", &format!("{worker}/input"), Some(body)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// A token of the owner, with which another installation may come.
pub(crate) async fn token(owner: &Client) -> String {
    let body = json!({"name": "other", "registry_only": true});
    let made = owner.send("POST", "/api/v1/tokens", Some(body)).await;
    made.json()["secret"].as_str().unwrap().to_owned()
}

/// Registers a runtime at an address.
pub(crate) async fn register(owner: &Client, base_url: &str, token: &str) -> Value {
    let body = json!({
        "label": "Other", "base_url": base_url, "token": token, "runtime_id": "remote-other",
    });
    let made = owner.send("POST", "/api/v1/runtimes", Some(body)).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()
}

/// A channel that tells.
pub(crate) struct Channel(WebSocketStream<TcpStream>);

impl Channel {
    pub(crate) async fn open(world: &World, client: &Client, path: &str) -> Self {
        let stream = TcpStream::connect(world.address).await.unwrap();
        let opened = tokio_tungstenite::client_async(client.websocket(path), stream).await;
        Self(opened.unwrap_or_else(|error| panic!("{path}: {error}")).0)
    }

    /// The next frame; `Null` when the channel is closed.
    pub(crate) async fn next(&mut self) -> Value {
        loop {
            let next = tokio::time::timeout(DEADLINE, self.0.next()).await;
            match next.expect("a frame in time") {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Value::Null,
                Some(Ok(_)) => {}
            }
        }
    }

    /// Reads until a frame is as it should be.
    pub(crate) async fn until(&mut self, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        loop {
            let frame = self.next().await;
            assert!(!frame.is_null(), "the channel was closed before {what}");
            if is_so(&frame) {
                return frame;
            }
        }
    }

    pub(crate) async fn say(&mut self, text: &str) {
        use futures_util::SinkExt;
        self.0.send(Message::text(text.to_owned())).await.unwrap();
    }
}
