//! Channels that only tell administrators what happens. A client that speaks is told so and the
//! channel is closed.

use crate::app::{App, Call};
use crate::forward::OWN_PROTOCOL;
use crate::reply::Reply;
use async_trait::async_trait;
use axum::extract::FromRequestParts;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use bytes::Bytes;
use protocol::registry::{FollowFrame, OBSERVATION_ONLY, RuntimeDiagnostic};
use protocol::{ErrorCode, WireError};
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// Between two questions whether the client is still there; proxies close what is silent for a
/// minute.
const PING_INTERVAL: Duration = Duration::from_secs(30);
/// Time for a client to take a frame.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);
/// Clients say nothing, so what they say may be short.
const MESSAGE_BYTES_MAX: usize = 1024;
/// RFC 6455: the client broke a rule of the server's.
const POLICY: u16 = 1008;

/// What a channel tells.
#[async_trait]
pub(crate) trait Source: Send + 'static {
    /// Waits for the next frame, and tells whether it is the last one. Cancel-safe.
    async fn next(&mut self, app: &App) -> Option<(String, bool)>;

    /// How long nothing further is told; changes in between are in the next frame.
    fn pause(&self) -> Duration;
}

/// A frame as it travels.
pub(crate) fn text(frame: &impl Serialize) -> String {
    serde_json::to_string(frame).expect("wire types are plain JSON")
}

/// Takes the upgrade and tells until there is nothing more to tell.
pub(crate) async fn open(mut call: Call, source: impl Source) -> Reply {
    let changed = call.app.live.person(call.caller());
    // Whoever was signed out before the line above is not told by the token.
    let caller = call.app.identity.caller(&call.head.headers, &call.origin).await?;
    if !caller.is_some_and(|it| it.administrator) {
        let message = "this is for administrators of this Stead";
        return Err(WireError::new(ErrorCode::Forbidden, message));
    }
    let upgrade = WebSocketUpgrade::from_request_parts(&mut call.head, &()).await;
    let upgrade = upgrade.map_err(|_| {
        WireError::new(ErrorCode::UpgradeRequired, "this is no proper WebSocket handshake")
    })?;
    let upgrade = upgrade.max_message_size(MESSAGE_BYTES_MAX).protocols([OWN_PROTOCOL]);
    let app = Arc::clone(&call.app);
    Ok(upgrade.on_upgrade(move |socket| tell(app, socket, source, changed)))
}

async fn tell(
    app: Arc<App>,
    mut socket: WebSocket,
    mut source: impl Source,
    changed: CancellationToken,
) {
    let mut heard = true;
    loop {
        let (frame, is_last) = tokio::select! {
            () = changed.cancelled() => (Message::Close(None), true),
            received = socket.recv() => match received {
                Some(Ok(Message::Pong(_) | Message::Ping(_))) => {
                    heard = true;
                    continue;
                }
                Some(Ok(Message::Text(_) | Message::Binary(_))) => (Message::Text(spoke().into()), true),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
            },
            next = source.next(&app) => match next {
                Some((text, is_last)) => (Message::Text(text.into()), is_last),
                None => (Message::Close(None), true),
            },
            () = sleep(PING_INTERVAL) => {
                if !heard {
                    return;
                }
                heard = false;
                (Message::Ping(Bytes::new()), false)
            }
        };
        let is_farewell = matches!(frame, Message::Close(_));
        if !send(&mut socket, frame).await {
            return;
        }
        if is_last {
            if !is_farewell {
                let closing = CloseFrame { code: POLICY, reason: "".into() };
                let _gone = send(&mut socket, Message::Close(Some(closing))).await;
            }
            return;
        }
        tokio::select! {
            () = changed.cancelled() => {}
            () = sleep(source.pause()) => {}
        }
    }
}

fn spoke() -> String {
    let message = "this channel only tells; it is closed";
    let diagnostic = RuntimeDiagnostic::warning(OBSERVATION_ONLY, message);
    text(&FollowFrame::Diagnostic { diagnostic })
}

/// Whether the client took the frame.
async fn send(socket: &mut WebSocket, frame: Message) -> bool {
    matches!(timeout(SEND_TIMEOUT, socket.send(frame)).await, Ok(Ok(())))
}
