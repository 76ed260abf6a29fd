//! Refusals of channels whose clients see no status: the upgrade is taken, one `status` frame says
//! why, and the close code says it to programs.

use crate::reply;
use axum::extract::FromRequestParts;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use http::request::Parts;
use protocol::pty::FromPty;
use protocol::terminal::close;
use protocol::{ErrorCode, WireError};
use std::time::Duration;
use tokio::time::timeout;

/// RFC 6455: the server met a condition it did not expect.
const UNEXPECTED: u16 = 1011;
/// Most bytes of a reason that are told; a close frame holds 123.
const REASON_BYTES_MAX: usize = 120;
/// Time for a client to take two small frames.
const FAREWELL_TIMEOUT: Duration = Duration::from_secs(5);

/// Takes the upgrade and closes it; a request that is no proper upgrade gets the status.
pub(crate) async fn refuse(head: &mut Parts, error: WireError) -> Response {
    match WebSocketUpgrade::from_request_parts(head, &()).await {
        Ok(upgrade) => upgrade.on_upgrade(move |socket| farewell(socket, error)),
        Err(_) => reply::refuse(error),
    }
}

async fn farewell(mut socket: WebSocket, error: WireError) {
    let told = FromPty::Status { message: error.message.clone(), read_only: true };
    let told = serde_json::to_string(&told).unwrap_or_default();
    let mut reason = error.message;
    let cut =
        (0..=reason.len().min(REASON_BYTES_MAX)).rev().find(|it| reason.is_char_boundary(*it));
    reason.truncate(cut.unwrap_or(0));
    let closing = CloseFrame { code: code(error.code), reason: reason.into() };
    // A client that is gone needs no farewell.
    let _gone = timeout(FAREWELL_TIMEOUT, async {
        if socket.send(Message::Text(told.into())).await.is_ok() {
            let _gone = socket.send(Message::Close(Some(closing))).await;
        }
    })
    .await;
}

fn code(code: ErrorCode) -> u16 {
    match code.status() {
        401 => close::UNAUTHENTICATED,
        403 => close::FORBIDDEN,
        404 => close::NOT_FOUND,
        _ => UNEXPECTED,
    }
}
