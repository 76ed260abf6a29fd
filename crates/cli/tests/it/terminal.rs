//! A terminal client that counts every byte.

use crate::world::{DEADLINE, World};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};

/// One terminal of one workspace, across connections.
pub(crate) struct Terminal {
    address: String,
    token: String,
    path: String,
    socket: Option<WebSocketStream<TcpStream>>,
    pub(crate) id: String,
    pub(crate) offset: u64,
    /// Everything that came as output, in order.
    pub(crate) output: Vec<u8>,
    /// Screens that replaced output; none as long as resuming works.
    pub(crate) screens: usize,
}

impl Terminal {
    pub(crate) fn new(world: &World, workspace: &str, name: &str) -> Self {
        Self {
            address: world.address().to_owned(),
            token: world.token(),
            path: format!("/api/v1/workspaces/{workspace}/terminals/{name}"),
            socket: None,
            id: String::new(),
            offset: 0,
            output: Vec::new(),
            screens: 0,
        }
    }

    /// Goes on through another server from the next connection on.
    pub(crate) fn go_through(&mut self, world: &World) {
        (self.address, self.token) = (world.address().to_owned(), world.token());
    }

    /// Attaches, or comes back with id and offset.
    pub(crate) async fn connect(&mut self) {
        let mut url = format!("ws://{}{}?cols=80&rows=24", self.address, self.path);
        if !self.id.is_empty() {
            url = format!("{url}&id={}&offset={}", self.id, self.offset);
        }
        let mut request = url.into_client_request().unwrap();
        let bearer = format!("Bearer {}", self.token).parse().unwrap();
        request.headers_mut().insert("authorization", bearer);
        let stream = TcpStream::connect(&self.address).await.unwrap();
        self.socket = Some(client_async(request, stream).await.unwrap().0);
        let deadline = tokio::time::Instant::now() + DEADLINE;
        let mut attached = false;
        while !attached {
            let next = self.socket.as_mut().unwrap().next();
            let frame = tokio::time::timeout_at(deadline, next).await.unwrap().unwrap().unwrap();
            attached = self.take(frame);
        }
    }

    pub(crate) async fn type_line(&mut self, line: &str) {
        let bytes = format!("{line}\n").into_bytes();
        self.socket.as_mut().unwrap().send(Message::Binary(bytes.into())).await.unwrap();
    }

    /// Reads until the output contains `text`; `false` when the connection went away before.
    pub(crate) async fn read_until(&mut self, text: &str) -> bool {
        let deadline = tokio::time::Instant::now() + DEADLINE;
        while !self.text().contains(text) {
            let Some(socket) = &mut self.socket else { return false };
            let next = tokio::time::timeout_at(deadline, socket.next()).await;
            assert!(next.is_ok(), "`{text}` never came; the output is {:?}", self.text());
            match next {
                Ok(Some(Ok(frame))) => {
                    self.take(frame);
                }
                Ok(_) | Err(_) => self.socket = None,
            }
        }
        true
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.output).into_owned()
    }

    /// Whether it was the first frame.
    fn take(&mut self, frame: Message) -> bool {
        match frame {
            Message::Text(text) => {
                let value: Value = serde_json::from_str(text.as_str()).unwrap();
                if value["type"] == "attached" {
                    let resumed = value["resumed"].as_bool().unwrap();
                    let id = value["id"].as_str().unwrap().to_owned();
                    assert!(self.id.is_empty() || resumed && self.id == id, "{value}");
                    self.offset = value["offset"].as_u64().unwrap();
                    self.id = id;
                    return true;
                }
            }
            Message::Binary(frame) => {
                let offset = u64::from_be_bytes(frame[1..9].try_into().unwrap());
                if frame[0] == 0 {
                    assert_eq!(offset, self.offset, "a byte was lost or repeated");
                    self.output.extend_from_slice(&frame[9..]);
                    self.offset += frame.len() as u64 - 9;
                } else {
                    self.screens += 1;
                    self.offset = offset;
                }
            }
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => {}
        }
        false
    }
}
