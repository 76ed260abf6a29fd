//! One attachment to a terminal that outlives its connections: it comes back with the terminal's id
//! and the offset it has reached, so that no byte is lost or shown twice.

use super::{Client, Socket, SocketError, encode, path_of};
use futures_util::{SinkExt, StreamExt};
use protocol::state::Exit;
use protocol::terminal::{
    FRAME_HEADER_LENGTH, FRAME_OUTPUT, FRAME_SCREEN, FromTerminal, ToTerminal, close,
};
use protocol::{TerminalId, WorkspaceId};
use std::time::Duration;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;

/// Time between two tries to come back, doubled each time.
const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_MAX: Duration = Duration::from_secs(3);
/// A connection on which nothing came for this long is asked whether it is still there.
const QUIET: Duration = Duration::from_secs(15);

/// A terminal, and how far it was read.
#[derive(Debug)]
pub(crate) struct Attachment {
    client: Client,
    workspace: WorkspaceId,
    name: String,
    /// Which PTY, and the offset of the next byte; known after the first attach.
    position: Option<(TerminalId, u64)>,
    size: Option<(u16, u16)>,
    socket: Option<Socket>,
    /// What was said while there was no connection.
    unsent: Vec<Message>,
    /// When to try again, and how long to wait after that; `None` while connected.
    retry: Option<(Instant, Duration)>,
    /// A ping is on its way.
    asked: bool,
    /// Secrets are to be masked.
    redacted: bool,
}

/// Input that waits for a connection, in frames; a person stops typing before that.
const UNSENT_MAX: usize = 256;

/// What comes from a terminal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Incoming {
    /// Output, in order and without gap or repeat.
    Output(Vec<u8>),
    /// Forget what is shown, and show this.
    Screen(Vec<u8>),
    /// The program ended.
    Exit(Exit),
    /// The terminal is gone, without a word about its program.
    Ended,
}

/// Why an attachment cannot go on.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Refused(String);

impl Attachment {
    /// An attachment that attaches when it is first read.
    pub(crate) fn new(
        client: Client,
        workspace: WorkspaceId,
        name: String,
        size: Option<(u16, u16)>,
    ) -> Self {
        Self {
            client,
            workspace,
            name,
            position: None,
            size,
            socket: None,
            unsent: Vec::new(),
            retry: None,
            asked: false,
            redacted: false,
        }
    }

    /// With secrets masked.
    pub(crate) fn redacted(mut self) -> Self {
        self.redacted = true;
        self
    }

    /// From this position on: everything since is wanted.
    pub(crate) fn from(mut self, id: TerminalId, offset: u64) -> Self {
        self.position = Some((id, offset));
        self
    }

    /// Waits for what comes next, through losses of the connection. Cancel-safe: a connection that
    /// was being made when it was cancelled is made again.
    pub(crate) async fn next(&mut self) -> Result<Incoming, Refused> {
        loop {
            let Some(socket) = &mut self.socket else {
                self.attach().await?;
                continue;
            };
            let message = match tokio::time::timeout(QUIET, socket.next()).await {
                Ok(message) => message,
                Err(_) if self.asked => {
                    self.lost();
                    continue;
                }
                Err(_) => {
                    self.asked = true;
                    self.send(&ToTerminal::Ping).await;
                    continue;
                }
            };
            self.asked = false;
            let incoming = match message {
                Some(Ok(Message::Binary(frame))) => self.binary(&frame),
                Some(Ok(Message::Text(text))) => self.text(text.as_str()),
                Some(Ok(Message::Close(frame))) => {
                    let (code, reason) = frame
                        .map_or((0, String::new()), |it| (it.code.into(), it.reason.to_string()));
                    self.closed(code, reason)?
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => None,
                Some(Err(_)) | None => {
                    self.lost();
                    None
                }
            };
            if let Some(incoming) = incoming {
                return Ok(incoming);
            }
        }
    }

    /// Sends what was typed; kept for later while the connection is down.
    pub(crate) async fn input(&mut self, bytes: Vec<u8>) {
        self.deliver(Message::Binary(bytes.into())).await;
    }

    /// Says what this side can show.
    pub(crate) async fn resize(&mut self, cols: u16, rows: u16) {
        self.size = Some((cols, rows));
        self.send(&ToTerminal::Resize { cols, rows }).await;
    }

    /// Leaves; the terminal goes on.
    pub(crate) async fn detach(mut self) {
        if let Some(mut socket) = self.socket.take() {
            // The server notices a connection that is gone as well.
            drop(tokio::time::timeout(RETRY_MAX, socket.close(None)).await);
        }
    }

    async fn send(&mut self, message: &ToTerminal) {
        if let Ok(text) = serde_json::to_string(message) {
            self.deliver(Message::Text(text.into())).await;
        }
    }

    async fn deliver(&mut self, message: Message) {
        match &mut self.socket {
            // A failure shows at the next read.
            Some(socket) => drop(socket.send(message).await),
            None if self.unsent.len() < UNSENT_MAX => self.unsent.push(message),
            None => {}
        }
    }

    /// Tries once to connect, after the pause that is due.
    async fn attach(&mut self) -> Result<(), Refused> {
        let pause = match self.retry {
            Some((at, pause)) => {
                tokio::time::sleep_until(at).await;
                pause
            }
            None => RETRY_FIRST,
        };
        match self.client.socket(&self.path()).await {
            Ok(socket) => {
                self.retry = None;
                self.asked = false;
                self.socket = Some(socket);
                for message in std::mem::take(&mut self.unsent) {
                    self.deliver(message).await;
                }
                Ok(())
            }
            Err(SocketError::Refused(why)) => Err(Refused(why.message)),
            Err(SocketError::Unreachable(why)) if self.position.is_none() => Err(Refused(why)),
            Err(SocketError::Unreachable(_)) => {
                self.retry = Some((Instant::now() + pause, (pause * 2).min(RETRY_MAX)));
                Ok(())
            }
        }
    }

    fn path(&self) -> String {
        let mut query = Vec::new();
        if let Some((cols, rows)) = self.size {
            query.push(format!("cols={cols}&rows={rows}"));
        }
        if let Some((id, offset)) = &self.position {
            query.push(format!("id={id}&offset={offset}"));
        }
        if self.redacted {
            query.push("redact=true".to_owned());
        }
        let rest = format!("terminals/{}?{}", encode(&self.name), query.join("&"));
        path_of(&self.workspace, &rest)
    }

    fn binary(&mut self, frame: &[u8]) -> Option<Incoming> {
        let (header, bytes) = frame.split_at_checked(FRAME_HEADER_LENGTH)?;
        let offset = u64::from_be_bytes(header[1..].try_into().ok()?);
        let position = &mut self.position.as_mut()?.1;
        match header[0] {
            FRAME_OUTPUT => {
                *position = offset + bytes.len() as u64;
                Some(Incoming::Output(bytes.to_vec()))
            }
            FRAME_SCREEN => {
                *position = offset;
                Some(Incoming::Screen(bytes.to_vec()))
            }
            _ => None,
        }
    }

    fn text(&mut self, text: &str) -> Option<Incoming> {
        match serde_json::from_str(text).ok()? {
            FromTerminal::Attached { id, offset, .. } => {
                self.position = Some((id, offset));
                None
            }
            FromTerminal::Exit { exit } => Some(Incoming::Exit(exit)),
            FromTerminal::Error { message } => {
                tracing::debug!(message, "the terminal refused a frame");
                None
            }
            FromTerminal::Size { .. }
            | FromTerminal::Title { .. }
            | FromTerminal::WorkingDirectory { .. }
            | FromTerminal::Bell
            | FromTerminal::Clipboard { .. }
            | FromTerminal::Pong => None,
        }
    }

    fn closed(&mut self, code: u16, reason: String) -> Result<Option<Incoming>, Refused> {
        let attached = self.position.is_some();
        self.lost();
        match code {
            close::ENDED => Ok(Some(Incoming::Ended)),
            close::UNAUTHENTICATED => Err(Refused("the token is not valid".to_owned())),
            close::FORBIDDEN if !reason.is_empty() => Err(Refused(reason)),
            close::FORBIDDEN => Err(Refused("this is not allowed".to_owned())),
            close::NOT_FOUND | close::NOT_RUNNING if attached => Ok(Some(Incoming::Ended)),
            close::NOT_FOUND => Err(Refused(format!("there is no terminal `{}`", self.name))),
            close::NOT_RUNNING => {
                Err(Refused("no session runs; start one with `stead start`".to_owned()))
            }
            _ => Ok(None),
        }
    }

    /// The next read connects again.
    fn lost(&mut self) {
        self.socket = None;
        self.asked = false;
        self.retry = Some((Instant::now() + RETRY_FIRST, RETRY_FIRST * 2));
    }
}
