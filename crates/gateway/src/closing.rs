//! Refusals of channels whose clients see no status: the upgrade is taken, one `status` frame says
//! why, and the close code says it to programs.

use crate::reply;
use axum::extract::FromRequestParts;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use http::request::Parts;
use protocol::WireError;
use protocol::pty::Farewell;
use std::time::Duration;
use tokio::time::timeout;

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
    let Farewell { status, code, reason } = Farewell::new(&error);
    let status = serde_json::to_string(&status).unwrap_or_default();
    let closing = CloseFrame { code, reason: reason.into() };
    // A client that is gone needs no farewell.
    let _gone = timeout(FAREWELL_TIMEOUT, async {
        if socket.send(Message::Text(status.into())).await.is_ok() {
            let _gone = socket.send(Message::Close(Some(closing))).await;
        }
    })
    .await;
}
