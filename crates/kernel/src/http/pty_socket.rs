//! `WS /api/v1/pty`: the primary terminal in the words of S0.65 (`protocol::pty`), for clients that
//! know neither offsets nor binary frames. Same shell, same rules as `terminal_socket`.

use super::App;
use super::caller::Caller;
use super::error::ApiResult;
use super::extract::Query;
use super::socket::{self, Lost, Socket};
use super::text::Pieces;
use super::terminal_socket::{
    AttachQuery, CLOSE_UNEXPECTED, VIEWERS_SEE_NONE, blinded, close_code, find,
};
use crate::typing::Presence;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::response::Response;
use futures_util::{Sink, StreamExt};
use protocol::pty::{FromPty, ToPty};
use protocol::terminal::{FromTerminal, PRIMARY, close};
use terminal::{Attachment, Frame, InputError};

/// Path as the router has it; a refused client is told why here, before it is closed.
pub const PATH: &str = "/api/v1/pty";
/// RFC 6455: all that was to be said was said.
const CLOSE_NORMAL: u16 = 1000;
/// Makes a terminal forget what it shows: a screen follows.
const RESET: &[u8] = b"\x1bc";

/// Attaches to the primary terminal; opens it when there is none and the caller may.
#[utoipa::path(
    get, path = "/api/v1/pty", params(AttachQuery),
    responses((status = 101), (status = 426, body = protocol::ErrorBody))
)]
pub async fn attach_pty(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<AttachQuery>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> ApiResult<Response> {
    let upgrade = socket::accept(&app, &caller, upgrade)?;
    let mut request = query.request(&caller);
    request.resume = None;
    let read_only = request.read_only;
    Ok(match find(&app, &caller, PRIMARY, &request) {
        Ok(terminal) => {
            let presence = app.typing.enter(caller.by(), PRIMARY, read_only);
            let client = Client { app, presence, read_only, output: Pieces::default() };
            upgrade.on_upgrade(move |socket| async move {
                let attachment = terminal.attach(request);
                client.serve(socket, attachment).await;
            })
        }
        Err(error) => {
            // This face has no word for a session that does not run but that there is none.
            let code = match close_code(&error) {
                close::NOT_RUNNING | close::NOT_FOUND => close::NOT_FOUND,
                _ => CLOSE_UNEXPECTED,
            };
            let message = error.to_string();
            upgrade.on_upgrade(move |socket| farewell(socket, code, message, read_only))
        }
    })
}

/// Says why, then hangs up.
pub async fn farewell<S>(mut socket: S, code: u16, message: String, read_only: bool)
where
    S: Sink<Message> + Unpin,
{
    let told = FromPty::Status { message: message.clone(), read_only };
    if send(&mut socket, &told).await.is_ok() {
        socket::close(socket, code, message).await;
    }
}

async fn send<S: Sink<Message> + Unpin>(sink: &mut S, frame: &FromPty) -> Result<(), Lost> {
    let text = serde_json::to_string(frame).unwrap_or_default();
    socket::send(sink, Message::Text(text.into())).await
}

struct Client {
    app: App,
    presence: Presence,
    read_only: bool,
    output: Pieces,
}

impl Client {
    async fn serve(mut self, mut socket: Socket, mut attachment: Attachment) {
        let app = self.app.clone();
        let mut outdated = Box::pin(attachment.outdated());
        let message = if self.read_only { "attached; you can look, not type" } else { "attached" };
        let mut next = Some(self.status(message));
        let (code, reason) = loop {
            if let Some(frame) = next.take()
                && send(&mut socket, &frame).await.is_err()
            {
                return;
            }
            next = tokio::select! {
                frame = attachment.next() => match frame {
                    Some(frame) => self.translate(frame),
                    None => break (CLOSE_NORMAL, "the terminal has ended"),
                },
                message = socket.next() => match message {
                    Some(Ok(message)) => self.take(&attachment, &message).await,
                    Some(Err(_)) | None => return,
                },
                () = &mut outdated => break (close::COME_BACK, "secrets are masked from here on"),
                () = blinded(&app, self.read_only) => break (close::FORBIDDEN, VIEWERS_SEE_NONE),
                () = app.context.scope.stopping() => {
                    break (close::COME_BACK, "the workspace restarts");
                }
            };
        };
        drop(attachment);
        farewell(socket, code, reason.to_owned(), self.read_only).await;
    }

    fn status(&self, message: &str) -> FromPty {
        FromPty::Status { message: message.to_owned(), read_only: self.read_only }
    }

    /// What a frame of the terminal is in this face's words; some have none.
    fn translate(&mut self, frame: Frame) -> Option<FromPty> {
        match frame {
            Frame::Output { bytes, .. } => self.output(&bytes),
            Frame::Screen { bytes, .. } => {
                self.output.clear();
                self.output(&[RESET, &bytes].concat())
            }
            Frame::Control(FromTerminal::Exit { exit }) => {
                let how = exit.code.map_or("was ended by a signal".to_owned(), |code| {
                    format!("ended with code {code}")
                });
                Some(self.status(&format!("the shell {how}")))
            }
            Frame::Control(FromTerminal::Error { message }) => Some(self.status(&message)),
            Frame::Control(_) => None,
        }
    }

    fn output(&mut self, bytes: &[u8]) -> Option<FromPty> {
        let data = self.output.text(bytes);
        (!data.is_empty()).then_some(FromPty::Output { data })
    }

    async fn take(&mut self, attachment: &Attachment, message: &Message) -> Option<FromPty> {
        let text = match message {
            Message::Text(text) => text,
            Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Close(_) => {
                return None;
            }
        };
        match serde_json::from_str(text) {
            Ok(ToPty::Input { data }) => {
                match attachment.input_handle().send(data.as_bytes()).await {
                    Ok(()) => {
                        self.app.terminals.touch();
                        self.presence.typed(data.len());
                        None
                    }
                    Err(InputError::Ended) => None,
                    Err(error @ InputError::ReadOnly) => Some(self.status(&error.to_string())),
                }
            }
            Ok(ToPty::Resize { cols, rows }) => {
                attachment.input_handle().resize(cols, rows);
                None
            }
            Err(error) => Some(self.status(&format!("the frame cannot be understood: {error}"))),
        }
    }
}
