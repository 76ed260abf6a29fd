//! What others hold of an open document: commands in, frames out.

use crate::bases::Evidence;
use crate::document::{Merged, Save, SaveOutcome};
use crate::format::NotText;
use crate::presence::Person;
use crate::record::Hash;
use crate::timeline::Version;
use bytes::Bytes;
use protocol::document::{
    Contributor, DocumentConflict, DocumentVersion, DocumentVersionText, Keep, Saving,
};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Notify, mpsc, oneshot, watch};

/// Commands that wait for the document; who has more waits himself.
pub(crate) const INBOX_CAPACITY: usize = 256;
/// Frames that wait for a client, and their bytes; one that is further behind comes back and gets
/// what it lacks in one piece.
pub(crate) const FRAMES_MAX: usize = 1024;
pub(crate) const FRAME_BYTES_MAX: usize = 32 * 1024 * 1024;

/// A future that a driver makes.
pub type Work<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The file of a document, as the operating system has it.
pub trait Disk: Send + 'static {
    /// Looks at the file.
    fn look(&self) -> Work<Look>;
    /// Writes the file if it is what is expected.
    fn save(&self, save: Save) -> Work<Saved>;
    /// The document goes on under another path.
    fn moved(&mut self, path: &str);
}

/// The log of a document. Blocks; what was appended or replaced is durable.
pub trait Log: Send + 'static {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Replaces the whole log in one step.
    fn replace(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Its length in bytes.
    fn length(&self) -> u64;
    /// Nothing more comes, and the file has everything that it can have.
    fn put_away(&mut self);
}

/// Where the versions of a document are kept. Blocks.
pub trait History: Send + 'static {
    /// Keeps versions of the document that is at `path`.
    fn append(&mut self, path: &str, versions: Vec<Version>) -> io::Result<()>;
    /// Number of the next one; `None` where none is kept.
    fn next(&self) -> Option<u64>;
    /// All of them, oldest first.
    fn list(&self) -> io::Result<Vec<DocumentVersion>>;
    /// One, with its text.
    fn text(&self, version: u64) -> io::Result<Option<DocumentVersionText>>;
}

/// What a look at the file shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    File {
        bytes: Vec<u8>,
        author: Contributor,
        /// When it became what it is, at the latest, in milliseconds since 1970.
        changed_ms: u64,
        /// Since when whoever wrote it was at it, when that is known, in milliseconds since 1970.
        began_ms: Option<u64>,
        /// Whoever wrote it may have been ended in the middle of it.
        is_cut: bool,
    },
    /// Nothing happened to it since the last look or save.
    Same,
    /// Somebody is in the middle of writing it; look again soon.
    Busy,
    Missing,
    TooLarge,
    /// It is a directory, a pipe, or cannot be read.
    Unreadable,
    /// It is in another encoding than it was: the document is to be opened anew.
    Reencoded,
}

/// What came of writing the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saved {
    Done(SaveOutcome),
    /// The disk or a quota is full.
    Full,
}

/// Why a document ends, or a connection to it; a close code and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    pub code: u16,
    pub reason: String,
}

/// Why a text that somebody wants to put there is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PutError {
    /// The file is not what the caller said it is; this is what it is.
    Stale(Option<Hash>),
    NotText(NotText),
    TooLarge,
    /// The text is in the document, and the disk is full.
    Full,
    /// The text is in the document, and the file cannot be written.
    Failed,
    /// The document is not open any more: ask again.
    Closed,
}

/// Decides whether a file with this content may be replaced.
pub type Precondition = Box<dyn FnOnce(&Hash) -> bool + Send>;

/// A text that a request puts in place of the file.
pub struct Put {
    pub bytes: Vec<u8>,
    pub author: Contributor,
    pub precondition: Precondition,
    /// The caller said what it replaces.
    pub deliberate: bool,
}

/// The text as text, for those who do not speak Yjs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextState {
    pub revision: u64,
    pub text: Arc<str>,
}

pub(crate) enum Command {
    Attach {
        person: Person,
        ours: bool,
        reply: oneshot::Sender<Attachment>,
    },
    Frame {
        connection: u64,
        bytes: Bytes,
    },
    Put {
        put: Put,
        reply: oneshot::Sender<Result<Hash, PutError>>,
    },
    Rewrite {
        revision: u64,
        text: String,
        author: Contributor,
        reply: oneshot::Sender<Option<u64>>,
    },
    Text {
        reply: oneshot::Sender<watch::Receiver<TextState>>,
    },
    Conflicts {
        reply: oneshot::Sender<Vec<DocumentConflict>>,
    },
    Resolve {
        id: u64,
        keep: Keep,
        author: Contributor,
        reply: oneshot::Sender<bool>,
    },
    Versions {
        reply: oneshot::Sender<io::Result<Vec<DocumentVersion>>>,
    },
    Version {
        version: u64,
        /// What was written so far becomes a version of its own.
        ends_running: bool,
        reply: oneshot::Sender<io::Result<Option<DocumentVersionText>>>,
    },
    Flush {
        reply: oneshot::Sender<Result<Hash, PutError>>,
    },
}

/// What happened to the file of a document and was not taken note of yet. It is told without waiting:
/// a document that waits for its disk must not hold up those who follow the files.
#[derive(Debug, Default)]
pub(crate) struct News {
    happened: Mutex<Happened>,
    told: Notify,
}

#[derive(Debug, Default)]
pub(crate) struct Happened {
    pub(crate) changed: bool,
    /// The last path that it was given.
    pub(crate) renamed: Option<String>,
    /// On purpose.
    pub(crate) deleted: bool,
}

impl News {
    fn tell(&self, what: impl FnOnce(&mut Happened)) {
        what(&mut self.happened.lock().unwrap_or_else(PoisonError::into_inner));
        self.told.notify_one();
    }

    /// What happened, once something did. Cancel-safe.
    pub(crate) async fn next(&self) -> Happened {
        self.told.notified().await;
        std::mem::take(&mut self.happened.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What others see of a document at any time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub connections: usize,
    pub size_bytes: usize,
    pub conflicts: usize,
    pub saving: Saving,
    /// Nobody may write it, whatever the role.
    pub read_only: bool,
}

/// An open document. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Handle {
    pub(crate) inbox: mpsc::Sender<Command>,
    pub(crate) news: Arc<News>,
    pub(crate) summary: watch::Receiver<Summary>,
}

impl Handle {
    /// A client comes. `ours`: it wants to be told in messages of ours, too. `None`: the document is
    /// not open any more.
    pub async fn attach(&self, person: Person, ours: bool) -> Option<Attachment> {
        self.ask(|reply| Command::Attach { person, ours, reply }).await
    }

    /// The file may have changed.
    pub fn changed(&self) {
        self.news.tell(|it| it.changed = true);
    }

    /// Replaces the file; answers with what it is then.
    pub async fn put(&self, put: Put) -> Result<Hash, PutError> {
        self.ask(|reply| Command::Put { put, reply }).await.unwrap_or(Err(PutError::Closed))
    }

    /// Makes the text another one if it is still at `revision`; answers with the next revision.
    pub async fn rewrite(&self, revision: u64, text: String, author: Contributor) -> Option<u64> {
        self.ask(|reply| Command::Rewrite { revision, text, author, reply }).await.flatten()
    }

    /// The text and its changes.
    pub async fn text(&self) -> Option<watch::Receiver<TextState>> {
        self.ask(|reply| Command::Text { reply }).await
    }

    pub async fn conflicts(&self) -> Option<Vec<DocumentConflict>> {
        self.ask(|reply| Command::Conflicts { reply }).await
    }

    /// Ends a conflict; `None` when the document is not open any more.
    pub async fn resolve(&self, id: u64, keep: Keep, author: Contributor) -> Option<bool> {
        self.ask(|reply| Command::Resolve { id, keep, author, reply }).await
    }

    /// The versions so far, the one that goes on included; `None` when the document is not open any
    /// more.
    pub async fn versions(&self) -> Option<io::Result<Vec<DocumentVersion>>> {
        self.ask(|reply| Command::Versions { reply }).await
    }

    /// A version with its text.
    pub async fn version(&self, version: u64) -> Option<io::Result<Option<DocumentVersionText>>> {
        self.ask(|reply| Command::Version { version, ends_running: false, reply }).await
    }

    /// The same for somebody who puts it in place of the text: what was written so far becomes a
    /// version of its own, so that there is a way back.
    pub async fn version_to_restore(
        &self,
        version: u64,
    ) -> Option<io::Result<Option<DocumentVersionText>>> {
        self.ask(|reply| Command::Version { version, ends_running: true, reply }).await
    }

    /// Writes the file now; answers with what it is then.
    pub async fn flush(&self) -> Result<Hash, PutError> {
        self.ask(|reply| Command::Flush { reply }).await.unwrap_or(Err(PutError::Closed))
    }

    /// The document goes on under another path, where it looks at its file.
    pub fn renamed(&self, path: &str) {
        self.news.tell(|it| it.renamed = Some(path.to_owned()));
    }

    /// The file was deleted on purpose.
    pub fn deleted(&self) {
        self.news.tell(|it| it.deleted = true);
    }

    pub fn summary(&self) -> Summary {
        self.summary.borrow().clone()
    }

    /// Resolves when the document is put away, and its log is free.
    pub async fn closed(&self) {
        self.inbox.closed().await;
    }

    pub fn is_closed(&self) -> bool {
        self.inbox.is_closed()
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.inbox.send(command(reply)).await.ok()?;
        answer.await.ok()
    }
}

/// One client of a document. Dropped, it is gone.
#[derive(Debug)]
pub struct Attachment {
    pub connection: u64,
    pub(crate) frames: mpsc::Receiver<Bytes>,
    pub(crate) queued: Arc<AtomicUsize>,
    pub(crate) close: oneshot::Receiver<Close>,
    pub(crate) inbox: mpsc::Sender<Command>,
}

/// What is next for a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    Frame(Bytes),
    Close(Close),
}

impl Attachment {
    /// The next frame for the client, or the end. Cancel-safe.
    pub async fn next(&mut self) -> Next {
        tokio::select! {
            // What was said before the end is said.
            biased;
            Some(frame) = self.frames.recv() => {
                self.queued.fetch_sub(frame.len(), Ordering::Relaxed);
                Next::Frame(frame)
            }
            close = &mut self.close => Next::Close(close.unwrap_or_else(|_| ended())),
        }
    }

    /// For the frames that the client sends.
    pub fn sender(&self) -> FrameSender {
        FrameSender { connection: self.connection, inbox: self.inbox.clone() }
    }
}

/// Where a client's frames go.
#[derive(Clone, Debug)]
pub struct FrameSender {
    connection: u64,
    inbox: mpsc::Sender<Command>,
}

impl FrameSender {
    /// Hands a frame over; waits while the document has much to do. `false`: it is put away.
    pub async fn send(&self, bytes: Bytes) -> bool {
        let connection = self.connection;
        self.inbox.send(Command::Frame { connection, bytes }).await.is_ok()
    }
}

/// The document ended without a word: come back.
pub(crate) fn ended() -> Close {
    let code = protocol::terminal::close::COME_BACK;
    Close { code, reason: "the document is opened anew".to_owned() }
}

/// What a change of the file means for those who look.
pub(crate) fn told(merged: Merged) -> bool {
    merged.changed && 0 < merged.added + merged.removed
}

/// Evidence of a write that came to its end.
pub(crate) fn evidence(written_ms: u64, deliberate: bool) -> Evidence {
    Evidence { deliberate, ..Evidence::written(written_ms) }
}
