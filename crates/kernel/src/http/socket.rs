//! What all WebSockets of the kernel share: limits, refusals, and writing with a deadline.

use super::App;
use super::caller::Caller;
use super::error::ApiError;
use super::traffic::OpenSocket;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use futures_util::{Sink, SinkExt};
use protocol::ErrorCode;
use std::time::Duration;

/// Largest message from a client, in bytes: a pasted text, not a file.
const MESSAGE_BYTES_MAX: usize = 1024 * 1024;
/// Memory of an idle connection.
const READ_BUFFER_BYTES: usize = 8 * 1024;
/// Bytes that wait in memory for a client's network before the writer waits.
const WRITE_BUFFER_BYTES: usize = 64 * 1024;
/// A client that takes no byte for this long is gone or hostile.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// Time for the closing handshake.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// An upgrade that will be answered; its socket counts until it is closed.
pub struct Accepted {
    upgrade: WebSocketUpgrade,
    open: OpenSocket,
}

impl Accepted {
    /// Answers; `serve` has the socket then.
    pub fn on_upgrade<F>(self, serve: impl FnOnce(WebSocket) -> F + Send + 'static) -> Response
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let open = self.open;
        self.upgrade.on_upgrade(move |socket| async move {
            serve(socket).await;
            drop(open);
        })
    }
}

/// The upgrade, or what a client without one or with too many is told.
pub fn accept(
    app: &App,
    caller: &Caller,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Accepted, ApiError> {
    accept_up_to(app, caller, upgrade, MESSAGE_BYTES_MAX)
}

/// The same for messages of up to `bytes`.
pub fn accept_up_to(
    app: &App,
    caller: &Caller,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    bytes: usize,
) -> Result<Accepted, ApiError> {
    let Ok(upgrade) = upgrade else {
        let message = "this route speaks WebSocket only";
        return Err(ApiError::new(ErrorCode::UpgradeRequired, message));
    };
    let Some(open) = app.traffic.open_socket(caller) else {
        let message = "you have too many connections to this workspace; close some and try again";
        return Err(ApiError::new(ErrorCode::RateLimited, message));
    };
    let upgrade = upgrade
        .max_message_size(bytes)
        .max_frame_size(bytes)
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(WRITE_BUFFER_BYTES + 2 * bytes);
    Ok(Accepted { upgrade, open })
}

/// Why a frame did not reach the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The connection is gone.
    Gone,
    /// The client takes nothing.
    Slow,
}

/// Writes one message; waits for the client's network, but not for ever.
pub async fn send<S>(sink: &mut S, message: Message) -> Result<(), Lost>
where
    S: Sink<Message> + Unpin,
{
    match tokio::time::timeout(WRITE_TIMEOUT, sink.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(Lost::Gone),
        Err(_) => Err(Lost::Slow),
    }
}

/// Says why and hangs up.
pub async fn close<S>(mut sink: S, code: u16, reason: impl Into<String>)
where
    S: Sink<Message> + Unpin,
{
    let mut reason: String = reason.into();
    // A close frame holds 123 bytes of reason.
    let cut = (0..=reason.len().min(120)).rev().find(|it| reason.is_char_boundary(*it));
    reason.truncate(cut.unwrap_or(0));
    let frame = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
    // A client that is gone needs no farewell.
    let _gone = tokio::time::timeout(CLOSE_TIMEOUT, async {
        if sink.send(frame).await.is_ok() {
            let _gone = sink.close().await;
        }
    })
    .await;
}
