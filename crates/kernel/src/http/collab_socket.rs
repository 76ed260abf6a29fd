//! `WS /api/v1/text-sync/{path}`: a live document in the words of S0.66 (`protocol::collab`), for
//! clients that do not speak Yjs. Same document, same presence, same rules as `document_socket`.

use super::App;
use super::caller::Caller;
use super::document_socket::{accept, contributor, join};
use super::error::ApiResult;
use super::extract::Path;
use super::socket::{self, Lost, Socket};
use crate::feed::{FileNotice, What};
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::response::Response;
use bytes::Bytes;
use document::handle::{Attachment, Close, Handle, Next, TextState};
use document::limits::{AWARENESS_BYTES_MAX, TEXT_BYTES_MAX};
use document::{presence, wire};
use futures_util::{FutureExt, StreamExt};
use protocol::collab::{CollabUser, FromCollab, ToCollab};
use protocol::document::Contributor;
use protocol::header::Role;
use protocol::terminal::close::COME_BACK;
use protocol::{ErrorBody, WireError};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use stdx::clock::{now_ms, rfc3339};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

/// A whole text as JSON, in which a control character takes six bytes; ordinary texts grow by some
/// hundredths.
const MESSAGE_BYTES_MAX: usize = 2 * TEXT_BYTES_MAX;
/// Name under which clients of this face show their place in the presence of a document.
const PLACE: &str = "text_sync";
const READ_ONLY: &str = "you can look, not change; nothing was changed";

/// Opens the document of a file for a client that sends whole texts.
#[utoipa::path(
    get, path = "/api/v1/text-sync/{path}", tag = "documents",
    params(("path" = String, Path, description = "Workspace-relative path")),
    responses((status = 101), (status = 426, body = ErrorBody))
)]
pub async fn open_text(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<String>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> ApiResult<Response> {
    let upgrade = accept(&app, &caller, upgrade, MESSAGE_BYTES_MAX)?;
    let (close, message) = match join(&app, &caller, &path, false).await {
        Ok((handle, attachment)) => match handle.text().await {
            Some(text) => {
                let client = Client::new(app, &caller, path, handle, text);
                return Ok(upgrade.on_upgrade(move |socket| client.serve(socket, attachment)));
            }
            None => (COME_BACK, "the document is opened anew".to_owned()),
        },
        Err(error) => (error.close_code(), WireError::from(error).message),
    };
    Ok(upgrade.on_upgrade(move |socket| farewell(socket, close, message)))
}

/// Says why, then hangs up.
async fn farewell(mut socket: Socket, code: u16, message: String) {
    let told = FromCollab::Error { message: message.clone() };
    if send(&mut socket, &told).await.is_ok() {
        socket::close(socket, code, message).await;
    }
}

async fn send(socket: &mut Socket, frame: &FromCollab) -> Result<(), Lost> {
    let text = serde_json::to_string(frame).unwrap_or_default();
    socket::send(socket, Message::Text(text.into())).await
}

/// What is to be told a client, or why it ends.
type Told = Result<Vec<FromCollab>, Close>;

struct Client {
    app: App,
    author: Contributor,
    read_only: bool,
    path: String,
    handle: Handle,
    text: watch::Receiver<TextState>,
    /// Version that the client knows.
    version: u64,
    /// Everybody by client id of the presence, this client too.
    users: BTreeMap<u64, CollabUser>,
    /// Our own client id and clock there.
    own: (u64, u64),
}

impl Client {
    fn new(
        app: App,
        caller: &Caller,
        path: String,
        handle: Handle,
        text: watch::Receiver<TextState>,
    ) -> Self {
        // Client ids of Yjs are numbers of 32 bits.
        let id = u64::from(u32::from_le_bytes(stdx::random::bytes()));
        Self {
            app,
            author: contributor(caller),
            read_only: caller.role < Role::Editor,
            path,
            handle,
            text,
            version: 0,
            users: BTreeMap::new(),
            own: (id, 0),
        }
    }

    async fn serve(mut self, mut socket: Socket, mut attachment: Attachment) {
        let mut files = self.app.feed.subscribe();
        let mut frames = vec![self.snapshot()];
        // Who was here before is told at once; what else comes now is of no use to this client.
        while let Some(next) = attachment.next().now_or_never() {
            match next {
                Next::Frame(frame) => _ = self.hear(&frame),
                Next::Close(close) => return farewell(socket, close.code, close.reason).await,
            }
        }
        self.show(&attachment, Value::Null, Value::Null).await;
        frames.push(self.presence());
        let mut told: Told = Ok(frames);
        let close = loop {
            match told {
                Ok(frames) => {
                    for frame in frames {
                        if send(&mut socket, &frame).await.is_err() {
                            return;
                        }
                    }
                }
                Err(close) => break close,
            }
            told = tokio::select! {
                next = attachment.next() => match next {
                    Next::Frame(frame) if self.hear(&frame) => Ok(vec![self.presence()]),
                    Next::Frame(_) => Ok(Vec::new()),
                    Next::Close(close) => Err(close),
                },
                changed = self.text.changed() => match changed {
                    Ok(()) => Ok(self.update().into_iter().collect()),
                    Err(_) => Err(end(&mut attachment).await),
                },
                notice = files.recv() => match notice {
                    Ok(FileNotice::Changes(changes)) => {
                        Ok(changes.iter().filter_map(|it| self.file(&it.path, &it.what)).collect())
                    }
                    Ok(FileNotice::Rescan(_)) | Err(RecvError::Lagged(_)) => Ok(Vec::new()),
                    Err(RecvError::Closed) => Err(come_back()),
                },
                message = socket.next() => match message {
                    Some(Ok(Message::Text(text))) => self.take(&attachment, &text).await,
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                    Some(Ok(_)) => Ok(Vec::new()),
                },
                () = self.app.context.scope.stopping() => Err(come_back()),
            };
        };
        drop(attachment);
        farewell(socket, close.code, close.reason).await;
    }

    /// Does what the client asks.
    async fn take(&mut self, attachment: &Attachment, text: &str) -> Told {
        match serde_json::from_str(text) {
            Ok(ToCollab::Update { content, version }) => self.rewrite(content, version).await,
            Ok(ToCollab::Presence { cursor, selection }) => {
                if AWARENESS_BYTES_MAX / 2 < cursor.to_string().len() + selection.to_string().len()
                {
                    return Ok(vec![error("that is too much for a place in a text")]);
                }
                self.show(attachment, cursor, selection).await;
                Ok(vec![self.presence()])
            }
            Err(source) => Ok(vec![error(&format!("the message is not understood: {source}"))]),
        }
    }

    async fn rewrite(&mut self, content: String, version: u64) -> Told {
        if self.read_only {
            return Ok(vec![error(READ_ONLY)]);
        }
        if TEXT_BYTES_MAX < content.len() {
            let message = format!("a document has {TEXT_BYTES_MAX} bytes at most");
            return Ok(vec![error(&format!("{message}; nothing was changed"))]);
        }
        match self.handle.rewrite(version, content, self.author.clone()).await {
            Some(version) => {
                self.version = version;
                Ok(vec![FromCollab::Ack { version }])
            }
            None if self.handle.is_closed() => Err(come_back()),
            None => {
                let message = "the document has changed since; nothing was changed";
                Ok(vec![error(message), self.snapshot()])
            }
        }
    }

    fn snapshot(&mut self) -> FromCollab {
        let state = self.text.borrow_and_update().clone();
        self.version = state.revision;
        FromCollab::Snapshot {
            workspace_id: self.app.context.config.workspace_id.to_string(),
            file_path: self.path.clone(),
            version: state.revision,
            content: state.text.to_string(),
            read_only: self.read_only,
        }
    }

    /// The text, if it is newer than what the client knows.
    fn update(&mut self) -> Option<FromCollab> {
        let state = self.text.borrow_and_update().clone();
        (self.version < state.revision).then(|| {
            self.version = state.revision;
            FromCollab::Update {
                file_path: self.path.clone(),
                version: state.revision,
                content: state.text.to_string(),
            }
        })
    }

    /// What happened to a file, as all clients of the workspace are told.
    fn file(&mut self, path: &stdx::WorkspacePath, what: &What) -> Option<FromCollab> {
        let path = path.as_str().to_owned();
        Some(match what {
            What::Created => FromCollab::FileCreated { file_path: path },
            What::Deleted => FromCollab::FileDeleted { file_path: path },
            What::Renamed { from, .. } => {
                let from = from.as_str();
                if let Some(rest) = self.path.strip_prefix(from)
                    && (rest.is_empty() || rest.starts_with('/'))
                {
                    self.path = format!("{path}{rest}");
                }
                FromCollab::FileRenamed { old_path: from.to_owned(), new_path: path }
            }
            What::Modified => return None,
        })
    }

    fn presence(&self) -> FromCollab {
        FromCollab::Presence { users: self.users.values().cloned().collect() }
    }

    /// Shows where this client is, to those who speak Yjs as well.
    async fn show(&mut self, attachment: &Attachment, cursor: Value, selection: Value) {
        self.own.1 += 1;
        let (id, clock) = self.own;
        let state = json!({ "user": {}, PLACE: { "cursor": cursor, "selection": selection } });
        let frame = wire::awareness(&presence::one(id, clock, &state.to_string()));
        // A document that is put away closes the attachment, which is seen next.
        let _put_away = attachment.sender().send(Bytes::from(frame)).await;
        let mut user = user(id, &state);
        user.user_id = self.author.principal.clone().unwrap_or_default();
        user.name.clone_from(&self.author.name);
        self.users.insert(id, user);
    }

    /// Learns from a frame of the document who is here. Answers whether anything changed.
    fn hear(&mut self, frame: &[u8]) -> bool {
        let mut changed = false;
        for message in wire::read(frame).unwrap_or_default() {
            let wire::Incoming::Awareness(entries) = message else { continue };
            for (id, _, state) in presence::read(entries).unwrap_or_default() {
                changed |= match serde_json::from_str(state) {
                    _ if id == self.own.0 => false,
                    Ok(state @ Value::Object(_)) => {
                        self.users.insert(id, user(id, &state));
                        true
                    }
                    Ok(_) | Err(_) => self.users.remove(&id).is_some(),
                };
            }
        }
        changed
    }
}

/// Why a document ended.
async fn end(attachment: &mut Attachment) -> Close {
    loop {
        if let Next::Close(close) = attachment.next().await {
            return close;
        }
    }
}

/// An entry of a document's presence in the words of this face.
fn user(client_id: u64, state: &Value) -> CollabUser {
    let text = |name: &str| state["user"][name].as_str().map(str::to_owned);
    CollabUser {
        user_id: text("principal").unwrap_or_default(),
        client_id,
        name: text("name"),
        cursor: state[PLACE]["cursor"].clone(),
        selection: state[PLACE]["selection"].clone(),
        updated_at: rfc3339(now_ms()),
    }
}

fn error(message: &str) -> FromCollab {
    FromCollab::Error { message: message.to_owned() }
}

fn come_back() -> Close {
    Close { code: COME_BACK, reason: "come back".to_owned() }
}
