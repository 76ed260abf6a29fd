//! What all WebSockets of the kernel share: limits, refusals, and writing with a deadline.

use super::App;
use super::caller::Caller;
use super::error::ApiError;
use super::traffic::OpenSocket;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use protocol::ErrorCode;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio_tungstenite::tungstenite;

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
    bytes_max: usize,
    open: OpenSocket,
}

impl Accepted {
    /// Answers; `serve` has the socket then.
    pub fn on_upgrade<F>(self, serve: impl FnOnce(Socket) -> F + Send + 'static) -> Response
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (open, bytes_max) = (self.open, self.bytes_max);
        self.upgrade.on_upgrade(move |inner| async move {
            serve(Socket { inner, bytes_max, refusal: None }).await;
            drop(open);
        })
    }
}

/// A WebSocket. A client that sends more at once than it may is told so before it is left.
pub struct Socket {
    inner: WebSocket,
    bytes_max: usize,
    refusal: Option<Refusal>,
}

/// A message was too large, with the error that says so.
struct Refusal {
    error: axum::Error,
    /// The close frame is on its way.
    is_said: bool,
}

impl Socket {
    fn poll_refusal(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(refusal) = &mut self.refusal else { return Poll::Ready(()) };
        if !refusal.is_said {
            if ready!(self.inner.poll_ready_unpin(cx)).is_err() {
                return Poll::Ready(());
            }
            refusal.is_said = true;
            let reason = format!("a message has at most {} bytes here", self.bytes_max);
            let frame = CloseFrame { code: close_code::SIZE, reason: reason.into() };
            if self.inner.start_send_unpin(Message::Close(Some(frame))).is_err() {
                return Poll::Ready(());
            }
        }
        // A client that is gone needs no reason.
        let _gone = ready!(self.inner.poll_flush_unpin(cx));
        Poll::Ready(())
    }
}

impl Stream for Socket {
    type Item = Result<Message, axum::Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.refusal.is_none() {
            match ready!(this.inner.poll_next_unpin(cx)) {
                Some(Err(error)) if is_too_large(&error) => {
                    this.refusal = Some(Refusal { error, is_said: false });
                }
                next => return Poll::Ready(next),
            }
        }
        ready!(this.poll_refusal(cx));
        Poll::Ready(this.refusal.take().map(|it| Err(it.error)))
    }
}

impl Sink<Message> for Socket {
    type Error = axum::Error;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready_unpin(cx)
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), Self::Error> {
        self.inner.start_send_unpin(message)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_flush_unpin(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_close_unpin(cx)
    }
}

fn is_too_large(error: &axum::Error) -> bool {
    let cause = std::error::Error::source(error);
    let cause = cause.and_then(|it| it.downcast_ref::<tungstenite::Error>());
    matches!(cause, Some(tungstenite::Error::Capacity(_)))
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
    Ok(Accepted { upgrade, bytes_max: bytes, open })
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
