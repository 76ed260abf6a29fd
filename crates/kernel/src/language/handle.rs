//! What others hold of a language server: messages in, messages out.

use super::place::path_of;
use axum::extract::ws::Utf8Bytes;
use protocol::header::Role;
use protocol::language::LanguageServer;
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use stdx::WorkspacePath;
use tokio::sync::{mpsc, oneshot, watch};

/// Messages that wait for the actor; who has more waits himself.
pub(super) const INBOX_CAPACITY: usize = 256;
/// Messages that wait for a client, and their bytes; one that is further behind is cut off.
const FRAMES_MAX: usize = 1024;
const FRAME_BYTES_MAX: usize = 32 * 1024 * 1024;

/// What came of a request: its result, or what the server or we say instead.
pub(super) type Outcome = Result<Value, String>;
/// The texts of open documents as the server had them when it was asked.
pub(super) type Texts = HashMap<WorkspacePath, Arc<str>>;

pub(super) enum Ask {
    Join {
        role: Role,
        ours: bool,
        reply: oneshot::Sender<Attachment>,
    },
    Message {
        client: u64,
        text: Utf8Bytes,
    },
    Leave {
        client: u64,
    },
    /// A request of the kernel itself.
    Call {
        method: &'static str,
        params: Value,
        reply: oneshot::Sender<(Outcome, Texts)>,
    },
    /// The text of a document is another one.
    TextChanged,
    /// A document was put away.
    TextEnded {
        path: WorkspacePath,
    },
}

/// A language server, whether it runs or not. Cheap to clone.
#[derive(Clone)]
pub(super) struct Handle {
    pub(super) inbox: mpsc::Sender<Ask>,
    pub(super) status: watch::Receiver<LanguageServer>,
}

impl Handle {
    pub(super) async fn join(&self, role: Role, ours: bool) -> Option<Attachment> {
        let (reply, answer) = oneshot::channel();
        self.inbox.send(Ask::Join { role, ours, reply }).await.ok()?;
        answer.await.ok()
    }

    /// Asks the server something. `None`: nobody keeps it any more.
    pub(super) async fn call(
        &self,
        method: &'static str,
        params: Value,
    ) -> Option<(Outcome, Texts)> {
        let (reply, answer) = oneshot::channel();
        self.inbox.send(Ask::Call { method, params, reply }).await.ok()?;
        answer.await.ok()
    }
}

/// One client of a language server. Dropped, it is gone.
pub struct Attachment {
    pub(super) client: u64,
    pub(super) frames: mpsc::Receiver<Utf8Bytes>,
    pub(super) queued: Arc<AtomicUsize>,
    pub(super) inbox: mpsc::Sender<Ask>,
}

impl Attachment {
    /// The next message for the client; `None` when it is cut off. Cancel-safe.
    pub async fn next(&mut self) -> Option<Utf8Bytes> {
        let frame = self.frames.recv().await?;
        self.queued.fetch_sub(frame.len(), Ordering::Relaxed);
        Some(frame)
    }

    /// For the messages that the client sends.
    pub fn sender(&self) -> Sender {
        Sender { client: self.client, inbox: self.inbox.clone() }
    }
}

/// Where a client's messages go. Dropped, the client is gone.
pub struct Sender {
    client: u64,
    inbox: mpsc::Sender<Ask>,
}

impl Sender {
    /// Hands a message over; waits while there is much to do. `false`: nobody takes it any more.
    pub async fn send(&self, text: Utf8Bytes) -> bool {
        self.inbox.send(Ask::Message { client: self.client, text }).await.is_ok()
    }

    /// The client is gone.
    pub async fn leave(self) {
        // A server that nobody keeps has no clients.
        drop(self.inbox.send(Ask::Leave { client: self.client }).await);
    }
}

/// A client as the actor has it.
pub(super) struct Client {
    pub(super) role: Role,
    /// It wants messages of ours.
    pub(super) ours: bool,
    /// Requests that wait for an answer.
    pub(super) outstanding: usize,
    frames: mpsc::Sender<Utf8Bytes>,
    queued: Arc<AtomicUsize>,
}

impl Client {
    pub(super) fn new(
        number: u64,
        (role, ours): (Role, bool),
        inbox: mpsc::Sender<Ask>,
    ) -> (Self, Attachment) {
        let (frames, received) = mpsc::channel(FRAMES_MAX);
        let queued = Arc::new(AtomicUsize::new(0));
        let attachment =
            Attachment { client: number, frames: received, queued: Arc::clone(&queued), inbox };
        (Self { role, ours, outstanding: 0, frames, queued }, attachment)
    }

    /// `false`: the client takes nothing, and is to be cut off.
    pub(super) fn send(&self, text: Utf8Bytes) -> bool {
        let bytes = text.len();
        let before = self.queued.fetch_add(bytes, Ordering::Relaxed);
        // A single large answer reaches whoever has nothing to do.
        (before == 0 || before + bytes <= FRAME_BYTES_MAX) && self.frames.try_send(text).is_ok()
    }
}

/// The document of the workspace that a request is about; an error when it is about another file.
pub(super) fn document_of(
    root: &Path,
    params: &Value,
) -> Result<Option<WorkspacePath>, &'static str> {
    let uri = &params["textDocument"]["uri"];
    if uri.is_null() {
        return Ok(None);
    }
    let path = uri.as_str().and_then(|it| path_of(root, it));
    path.map(Some).ok_or("the document is no file of the workspace")
}
