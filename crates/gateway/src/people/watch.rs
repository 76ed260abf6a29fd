//! `WS /api/v1/me/watch`: tells a page that something about its own person has changed.
//!
//! Nothing is said in frames: the connection closes, and the page asks again who it is and opens
//! another. So there is no state that could be told wrongly, and a page that was away misses nothing.

use crate::app::Call;
use crate::reply::Reply;
use axum::extract::FromRequestParts;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use bytes::Bytes;
use protocol::{ErrorCode, WireError};
use std::time::Duration;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// Between two questions whether the page is still there; proxies close what is silent for a minute.
const PING_INTERVAL: Duration = Duration::from_secs(30);
/// Time for a page to take a small frame.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);
/// Pages say nothing, so what they say may be short.
const MESSAGE_BYTES_MAX: usize = 1024;

/// Stays open as long as nothing changes.
pub(crate) async fn watch(mut call: Call) -> Reply {
    let changed = call.app.live.person(call.caller());
    // Whoever was signed out before the line above is not told by the token.
    if call.app.identity.caller(&call.head.headers, &call.origin).await?.is_none() {
        return Err(WireError::new(ErrorCode::Unauthenticated, "sign in first"));
    }
    let upgrade = WebSocketUpgrade::from_request_parts(&mut call.head, &()).await;
    let upgrade = upgrade.map_err(|_| {
        WireError::new(ErrorCode::UpgradeRequired, "this is no proper WebSocket handshake")
    })?;
    let upgrade = upgrade.max_message_size(MESSAGE_BYTES_MAX);
    Ok(upgrade.on_upgrade(move |socket| stay(socket, changed)))
}

async fn stay(mut socket: WebSocket, changed: CancellationToken) {
    let mut heard = true;
    loop {
        let frame = tokio::select! {
            () = changed.cancelled() => Message::Close(None),
            received = socket.recv() => match received {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {
                    heard = true;
                    continue;
                }
            },
            () = sleep(PING_INTERVAL) => {
                if !heard {
                    return;
                }
                heard = false;
                Message::Ping(Bytes::new())
            }
        };
        let is_last = matches!(frame, Message::Close(_));
        let sent = timeout(SEND_TIMEOUT, socket.send(frame)).await;
        if is_last || !matches!(sent, Ok(Ok(()))) {
            return;
        }
    }
}
