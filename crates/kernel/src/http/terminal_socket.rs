//! `WS /api/v1/terminals/{name}`: one client of a terminal (`protocol::terminal`).

use super::App;
use super::caller::Caller;
use super::error::ApiResult;
use super::extract::{Path, Query};
use super::socket::{self, Lost, Socket};
use crate::terminals::OpenError;
use crate::typing::Presence;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::response::Response;
use futures_util::stream::SplitStream;
use futures_util::{SinkExt, StreamExt};
use protocol::header::Role;
use protocol::id::TerminalId;
use protocol::terminal::{FromTerminal, ToTerminal, UNACKNOWLEDGED_BYTES_MAX, close};
use serde::Deserialize;
use supervisor::process::SpawnError;
use terminal::{AttachRequest, Attachment, Encoded, Frame, InputError, InputHandle, Terminal};
use tokio::sync::{mpsc, watch};
use utoipa::IntoParams;

/// Answers to a client that wait for its writer; it asks one thing after the other.
const REPLY_CAPACITY: usize = 8;
/// Largest frame of output that a terminal hands out.
const FRAME_BYTES_MAX: u64 = 64 * 1024;
/// What a viewer is told who may not watch, or no longer.
pub const VIEWERS_SEE_NONE: &str = "viewers do not see the terminals of this workspace; its \
                                    settings can let them";
/// RFC 6455: the server met a condition it did not expect; and: try again later.
pub const CLOSE_UNEXPECTED: u16 = 1011;
const CLOSE_TRY_LATER: u16 = 1013;

/// Query of an attachment.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AttachQuery {
    /// What the client can show.
    pub cols: Option<u16>,
    pub rows: Option<u16>,
    /// The PTY that the client was attached to, and the offset after its last byte.
    pub id: Option<String>,
    pub offset: Option<u64>,
    /// Masks secrets also for those who may see them; for viewers they always are.
    pub redact: Option<bool>,
}

impl AttachQuery {
    /// As the terminal wants it.
    pub fn request(&self, caller: &Caller) -> AttachRequest {
        let id = self.id.as_deref().and_then(TerminalId::parse);
        AttachRequest {
            cols: self.cols,
            rows: self.rows,
            resume: id.zip(self.offset),
            read_only: caller.role < Role::Editor,
            // Editors see what they type and what their programs say as it is: masks would break
            // what they work with, and every program they start has the values anyway.
            redacted: caller.role < Role::Editor || self.redact == Some(true),
        }
    }
}

/// Attaches to a terminal; opens it when there is none and the caller may.
#[utoipa::path(
    get, path = "/api/v1/terminals/{name}", params(("name" = String, Path), AttachQuery),
    responses((status = 101), (status = 426, body = protocol::ErrorBody))
)]
pub async fn attach(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Query(query): Query<AttachQuery>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> ApiResult<Response> {
    let upgrade = socket::accept(&app, &caller, upgrade)?;
    let request = query.request(&caller);
    Ok(match find(&app, &caller, &name, &request) {
        Ok(terminal) => {
            let presence = app.typing.enter(caller.by(), &name, request.read_only);
            upgrade.on_upgrade(move |socket| async move {
                serve((app, presence), socket, terminal, request).await;
            })
        }
        Err(error) => {
            let (code, reason) = (close_code(&error), error.to_string());
            upgrade.on_upgrade(move |socket| socket::close(socket, code, reason))
        }
    })
}

/// The terminal of this name; made when the caller may make it (S1.23, S1.24).
pub fn find(
    app: &App,
    caller: &Caller,
    name: &str,
    request: &AttachRequest,
) -> Result<Terminal, OpenError> {
    if request.read_only {
        return app.terminals.get(name).ok_or(OpenError::NotFound { name: name.to_owned() });
    }
    app.terminals.get_or_open(name, request.cols.zip(request.rows), &caller.by())
}

/// Resolves when viewers may no longer see terminals, for an attachment of one of them.
pub async fn blinded(app: &App, read_only: bool) {
    let mut settings = app.context.settings.subscribe();
    // Without settings the kernel ends anyway.
    let _settings = settings.wait_for(|it| read_only && !it.viewers_see_terminals).await;
}

pub fn close_code(error: &OpenError) -> u16 {
    match error {
        OpenError::NotRunning | OpenError::Stopping | OpenError::Spawn(SpawnError::Terminating) => {
            close::NOT_RUNNING
        }
        OpenError::NotFound { .. } | OpenError::Name => close::NOT_FOUND,
        OpenError::TooMany | OpenError::Spawn(SpawnError::Limit(_)) => CLOSE_TRY_LATER,
        OpenError::Exists { .. }
        | OpenError::DevServer
        | OpenError::Command
        | OpenError::Agent
        | OpenError::Directory(_)
        | OpenError::Spawn(_) => CLOSE_UNEXPECTED,
    }
}

async fn serve(
    (app, presence): (App, Presence),
    socket: Socket,
    terminal: Terminal,
    request: AttachRequest,
) {
    let (mut sink, stream) = socket.split();
    let read_only = request.read_only;
    let mut attachment = terminal.attach(request);
    let outdated = attachment.outdated();
    let (replies, answers) = mpsc::channel(REPLY_CAPACITY);
    let (shown, acknowledged) = watch::channel(None);
    let reader = Reader {
        app: &app,
        presence: &presence,
        input: attachment.input_handle(),
        replies,
        shown,
        warned: false,
    };
    let reader = reader.run(stream);
    let mut window = Window { acknowledged, base: 0, sent: 0 };
    let (code, reason) = tokio::select! {
        // The client went away, in whatever way.
        () = reader => return,
        () = app.context.scope.stopping() => (close::COME_BACK, "the workspace restarts"),
        () = outdated => (close::COME_BACK, "secrets are masked from here on"),
        () = blinded(&app, read_only) => (close::FORBIDDEN, VIEWERS_SEE_NONE),
        end = write(&mut sink, &mut attachment, answers, &mut window) => match end {
            End::Ended => (close::ENDED, "the terminal has ended"),
            End::Lost(Lost::Slow) => (close::TOO_SLOW, "the client takes nothing"),
            End::Lost(Lost::Gone) => return,
        },
    };
    drop(attachment);
    socket::close(sink, code, reason).await;
}

enum End {
    Ended,
    Lost(Lost),
}

/// How much may be on its way to a client that acknowledges.
struct Window {
    /// What the client says it has shown; `None` from one that does not say.
    acknowledged: watch::Receiver<Option<u64>>,
    /// Offset of the last screen: what came before it needs no acknowledgement.
    base: u64,
    /// Offset after the last byte that was sent.
    sent: u64,
}

impl Window {
    fn note(&mut self, frame: &Frame) {
        match frame {
            Frame::Output { offset, bytes } => self.sent = offset + bytes.len() as u64,
            Frame::Screen { offset, .. } => (self.base, self.sent) = (*offset, *offset),
            Frame::Control(_) => {}
        }
    }

    /// Waits until another frame may be sent. Cancel-safe.
    async fn open(&mut self) {
        let (base, sent) = (self.base, self.sent);
        let fits = |shown: &Option<u64>| {
            let shown = shown.map_or(sent, |it| it.max(base));
            sent.saturating_sub(shown) + FRAME_BYTES_MAX <= UNACKNOWLEDGED_BYTES_MAX
        };
        // Without a reader the attachment ends anyway.
        drop(self.acknowledged.wait_for(fits).await);
    }
}

/// Frames to the client, until one side ends.
async fn write<S>(
    sink: &mut S,
    attachment: &mut Attachment,
    mut answers: mpsc::Receiver<FromTerminal>,
    window: &mut Window,
) -> End
where
    S: SinkExt<Message> + Unpin,
{
    loop {
        let next = async {
            window.open().await;
            attachment.next().await
        };
        let message = tokio::select! {
            frame = next => {
                let Some(frame) = frame else { return End::Ended };
                window.note(&frame);
                match frame.encode() {
                    Encoded::Binary(bytes) => Message::Binary(bytes),
                    Encoded::Text(text) => json(&text),
                }
            }
            Some(answer) = answers.recv() => json(&answer),
        };
        if let Err(lost) = socket::send(sink, message).await {
            return End::Lost(lost);
        }
    }
}

fn json(frame: &FromTerminal) -> Message {
    Message::Text(serde_json::to_string(frame).unwrap_or_default().into())
}

/// What comes from the client.
struct Reader<'a> {
    app: &'a App,
    presence: &'a Presence,
    input: InputHandle,
    replies: mpsc::Sender<FromTerminal>,
    shown: watch::Sender<Option<u64>>,
    /// The client was told that it may not type.
    warned: bool,
}

impl Reader<'_> {
    /// Takes frames until the client goes.
    async fn run(mut self, mut stream: SplitStream<Socket>) {
        while let Some(Ok(message)) = stream.next().await {
            let answer = match message {
                Message::Binary(bytes) => self.type_in(&bytes).await,
                Message::Text(text) => self.take(&text).await,
                Message::Ping(_) | Message::Pong(_) => None,
                Message::Close(_) => return,
            };
            if let Some(answer) = answer
                && self.replies.send(answer).await.is_err()
            {
                return;
            }
        }
    }

    async fn take(&mut self, text: &str) -> Option<FromTerminal> {
        match serde_json::from_str(text) {
            Ok(ToTerminal::Input { data }) => return self.type_in(data.as_bytes()).await,
            Ok(ToTerminal::Resize { cols, rows }) => self.input.resize(cols, rows),
            Ok(ToTerminal::Ack { offset }) => {
                self.shown.send_replace(Some(offset));
            }
            Ok(ToTerminal::Ping) => return Some(FromTerminal::Pong),
            Err(error) => {
                let message = format!("the frame cannot be understood: {error}");
                return Some(FromTerminal::Error { message });
            }
        }
        None
    }

    /// A refusal is told once; the bytes are dropped each time.
    async fn type_in(&mut self, bytes: &[u8]) -> Option<FromTerminal> {
        match self.input.send(bytes).await {
            Ok(()) => {
                self.app.terminals.touch();
                self.presence.typed(bytes.len());
                None
            }
            Err(InputError::Ended) => None,
            Err(InputError::ReadOnly) if self.warned => None,
            Err(error @ InputError::ReadOnly) => {
                self.warned = true;
                Some(FromTerminal::Error { message: error.to_string() })
            }
        }
    }
}
