//! The life of an open document: takes commands, looks at the file, writes log and file, tells
//! clients. Decides nothing about texts; that is [`Document`].
//!
//! Every turn takes what has come, makes it durable in one piece, and only then tells anybody: what
//! a client gets is on disk, and so is what it is told to be kept.

mod clients;
mod file;
mod history;

use crate::document::Document;
use crate::handle::{
    Close, Command, Disk, Handle, Happened, History, INBOX_CAPACITY, Log, Look, News, Put,
    PutError, Saved, Summary, TextState, Work,
};
use crate::limits::RETRY_MS;
use crate::record::{self, Hash};
use clients::Clients;
use futures_util::FutureExt;
use history::Ask;
use protocol::document::{FromDocument, ReadOnly, Saving};
use protocol::terminal::close;
use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use stdx::{TaskScope, clock};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};

/// Commands that are taken in one turn, and made durable together.
const TURN_MAX: usize = 256;
/// A document that nobody looks at is put away after this long.
const IDLE: Duration = Duration::from_secs(60);
/// Clients of Yjs give a connection up that is silent for 30 seconds.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);
/// The log is made short when it is this long, and at least four times as long as it must be.
const LOG_BYTES_MIN: u64 = 256 * 1024;

/// What a document is opened with.
pub struct Opening<D, L> {
    /// Its name for its whole life.
    pub id: String,
    pub path: String,
    pub document: Document,
    pub disk: D,
    pub log: L,
    pub history: Box<dyn History>,
    /// Nobody may write it, whatever the role.
    pub read_only: Option<ReadOnly>,
    /// Of the file, when it is not UTF-8.
    pub encoding: Option<String>,
}

/// Lets a document live. What it staged so far is durable with the first turn.
pub fn spawn<D: Disk, L: Log>(scope: &TaskScope, opening: Opening<D, L>) -> Handle {
    let (sender, inbox) = mpsc::channel(INBOX_CAPACITY);
    let read_only = opening.read_only.is_some();
    let (publish, summary) = watch::channel(Summary { read_only, ..Summary::default() });
    let news = Arc::<News>::default();
    let handle = Handle { inbox: sender.clone(), news: Arc::clone(&news), summary };
    let actor = Actor {
        id: opening.id,
        path: opening.path,
        document: Some(opening.document),
        disk: opening.disk,
        log: Some(opening.log),
        history: Some(opening.history),
        read_only: opening.read_only,
        encoding: opening.encoding,
        news,
        clients: Clients::new(sender.downgrade()),
        clock: Clock { start: Instant::now(), start_ms: clock::now_ms() },
        unseen_ms: None,
        look_at: None,
        missing_since: None,
        looking: None,
        saving: None,
        saving_state: Saving::Saved,
        puts: VecDeque::new(),
        asks: Vec::new(),
        waiting: Vec::new(),
        text: None,
        publish,
        idle_since: Instant::now(),
        alive_at: Instant::now(),
        compacted_bytes: 0,
        scope: scope.clone(),
        end: None,
    };
    scope.spawn("document", actor.run(inbox));
    handle
}

/// Milliseconds since 1970 that never go back.
struct Clock {
    start: Instant,
    start_ms: u64,
}

impl Clock {
    fn now_ms(&self) -> u64 {
        self.start_ms + u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX / 2)
    }

    fn instant(&self, ms: u64) -> Instant {
        self.start + Duration::from_millis(ms.saturating_sub(self.start_ms))
    }
}

/// Answers somebody who waits until the file has everything.
type Reply = oneshot::Sender<Result<Hash, PutError>>;

/// Somebody who waits until the file has everything.
enum Waiting {
    Caller(Reply),
    /// The client of this connection, which is told; failures are told to all.
    Client(u64),
}

struct Actor<D, L> {
    id: String,
    path: String,
    /// Away while a blocking thread works with it.
    document: Option<Document>,
    disk: D,
    /// Away while a blocking thread writes it.
    log: Option<L>,
    /// Away while a blocking thread works with it.
    history: Option<Box<dyn History>>,
    read_only: Option<ReadOnly>,
    encoding: Option<String>,
    news: Arc<News>,
    clients: Clients,
    clock: Clock,
    /// Since when the file may be something that was not looked at.
    unseen_ms: Option<u64>,
    look_at: Option<Instant>,
    missing_since: Option<Instant>,
    looking: Option<Work<Look>>,
    saving: Option<Work<Saved>>,
    saving_state: Saving,
    puts: VecDeque<(Put, Reply)>,
    asks: Vec<Ask>,
    waiting: Vec<Waiting>,
    text: Option<watch::Sender<TextState>>,
    publish: watch::Sender<Summary>,
    idle_since: Instant,
    alive_at: Instant,
    compacted_bytes: u64,
    scope: TaskScope,
    /// Why the document is put away.
    end: Option<Close>,
}

/// What a turn begins with.
enum Event {
    Command(Command),
    /// To the file.
    Happened(Happened),
    Gone(u64),
    Looked(Look),
    Saved(Saved),
    Timer,
    Stopping,
    /// Nobody holds the document any more.
    Forgotten,
}

impl<D: Disk, L: Log> Actor<D, L> {
    async fn run(mut self, mut inbox: mpsc::Receiver<Command>) {
        self.compacted_bytes = self.log.as_ref().map_or(0, Log::length);
        self.want_look(self.clock.now_ms());
        while self.end.is_none() {
            let event = self.next(&mut inbox).await;
            let caught = AssertUnwindSafe(self.turn(event, &mut inbox)).catch_unwind().await;
            if caught.is_err() {
                tracing::error!(document = self.id, "a document failed; it is loaded anew");
                self.end = Some(crate::handle::ended());
                self.document = None;
            }
        }
        self.put_away().await;
        // The log is free before anybody hears that the document is put away.
        drop(self);
        drop(inbox);
    }

    async fn next(&mut self, inbox: &mut mpsc::Receiver<Command>) -> Event {
        let timer = self.next_timer();
        tokio::select! {
            biased;
            () = self.scope.stopping() => Event::Stopping,
            connection = self.clients.gone() => Event::Gone(connection),
            look = work(&mut self.looking) => Event::Looked(look),
            saved = work(&mut self.saving) => Event::Saved(saved),
            happened = self.news.next() => Event::Happened(happened),
            command = inbox.recv() => command.map_or(Event::Forgotten, Event::Command),
            () = sleep_until(timer) => Event::Timer,
        }
    }

    /// When something is to be done by itself.
    fn next_timer(&self) -> Instant {
        let idle = self.idle_since + IDLE;
        let alive = self.alive_at + SIGN_OF_LIFE;
        let quiet = if self.clients.is_empty() { idle } else { alive };
        let save = self.document.as_ref().and_then(Document::save_at);
        let save = save.map(|it| self.clock.instant(it)).filter(|_| self.may_save());
        let version = self.document.as_ref().and_then(Document::version_at);
        let version = version.map(|it| self.clock.instant(it));
        [save, version, self.look_at.filter(|_| self.looking.is_none() && self.saving.is_none())]
            .into_iter()
            .flatten()
            .fold(quiet, Instant::min)
    }

    async fn turn(&mut self, event: Event, inbox: &mut mpsc::Receiver<Command>) {
        match event {
            Event::Command(command) => {
                self.command(command);
                for _ in 1..TURN_MAX {
                    let Ok(command) = inbox.try_recv() else { break };
                    self.command(command);
                }
            }
            Event::Happened(happened) => self.happened(happened),
            Event::Gone(connection) => self.clients.leave(connection),
            Event::Looked(look) => {
                self.looking = None;
                self.looked(look).await;
            }
            Event::Saved(saved) => {
                self.saving = None;
                self.saved(saved);
            }
            Event::Timer => self.timer(),
            Event::Stopping | Event::Forgotten => self.end = Some(crate::handle::ended()),
        }
        self.commit().await;
        self.keep_versions().await;
        self.answer_history().await;
        self.go_on().await;
        self.show();
    }

    fn timer(&mut self) {
        let (now, now_ms) = (Instant::now(), self.clock.now_ms());
        if self.document().version_at().is_some_and(|it| it <= now_ms) {
            self.document().end_version();
        }
        if self.alive_at + SIGN_OF_LIFE <= now {
            self.alive_at = now;
            self.clients.sign_of_life();
        }
        let busy = self.document().is_unsaved() || self.looking.is_some();
        if !self.clients.is_empty() || self.text_is_watched() || busy {
            self.idle_since = now;
        } else if self.idle_since + IDLE <= now {
            self.end = Some(crate::handle::ended());
        }
    }

    fn document(&mut self) -> &mut Document {
        self.document.as_mut().expect("it is there between two pieces of work")
    }

    fn command(&mut self, command: Command) {
        let now_ms = self.clock.now_ms();
        match command {
            Command::Attach { person, ours, reply } => self.attach(person, ours, reply),
            Command::Frame { connection, bytes } => self.frame(connection, &bytes),
            Command::Put { put, reply } => {
                self.puts.push_back((put, reply));
                self.want_look(now_ms);
            }
            Command::Rewrite { revision, text, author, reply } => {
                let document = self.document();
                let is_current = document.revision() == revision;
                if is_current {
                    document.rewrite(now_ms, &text, &author);
                }
                let answer = is_current.then_some(document.revision());
                self.clients.after_commit(move || _ = reply.send(answer));
            }
            Command::Text { reply } => drop(reply.send(self.watch_text())),
            Command::Conflicts { reply } => drop(reply.send(self.document().conflicts())),
            Command::Resolve { id, keep, author, reply } => {
                let found = self.document().resolve(now_ms, id, keep, &author);
                if found {
                    self.clients.tell_ours(&FromDocument::ConflictResolved { id });
                }
                self.clients.after_commit(move || _ = reply.send(found));
            }
            Command::Versions { reply } => self.asks.push(Ask::Versions(reply)),
            Command::Version { version, ends_running, reply } => {
                if ends_running {
                    self.document().end_version();
                }
                self.asks.push(Ask::Version(version, reply));
            }
            Command::Flush { reply } => self.write_now(Waiting::Caller(reply)),
        }
    }

    /// Makes durable what the turn did, then tells it.
    async fn commit(&mut self) {
        let Some(document) = self.document.as_mut() else { return };
        let records = document.take_staged();
        if !records.is_empty() {
            let mut bytes = Vec::new();
            record::write(&mut bytes, &records);
            if !self.append(bytes).await {
                // Nobody was told of it; its clients bring it again.
                self.document = None;
                self.end = Some(crate::handle::ended());
                return;
            }
        }
        let outgoing = self.document().take_outgoing();
        self.clients.tell_updates(outgoing);
        // Before the acknowledgement: whoever hears that must not take an older “saved” for its own.
        if self.document().is_unsaved() && self.saving_state == Saving::Saved {
            self.tell_saving(Saving::Pending);
        }
        // Also before it: whoever flushes documents then must find this one.
        self.show();
        self.clients.release();
        if !self.text_is_watched() {
            self.text = None;
        }
        if let Some(text) = &self.text
            && let Some(document) = &self.document
            && text.borrow().revision != document.revision()
        {
            let revision = document.revision();
            text.send_replace(TextState { revision, text: document.text().into() });
        }
        self.compact().await;
    }

    /// Appends to the log, and does not go on until that is done: nobody may see what could be lost.
    /// `false`: everything ends before it could be.
    async fn append(&mut self, bytes: Vec<u8>) -> bool {
        loop {
            let Some(mut log) = self.log.take() else { return false };
            let piece = bytes.clone();
            let written = blocking(move || {
                let written = log.append(&piece);
                (log, written)
            })
            .await;
            let (log, written) = written;
            self.log = Some(log);
            match written {
                Ok(()) => return true,
                Err(error) => {
                    tracing::warn!(document = self.id, "the log of a document: {error}");
                    self.tell_saving(Saving::StorageFull);
                    self.clients.release_ours();
                    self.clients.sign_of_life();
                    tokio::select! {
                        () = self.scope.stopping() => return false,
                        () = sleep_until(Instant::now() + Duration::from_millis(RETRY_MS)) => {}
                    }
                }
            }
        }
    }

    /// Makes the log short when it has become long.
    async fn compact(&mut self) {
        let length = self.log.as_ref().map_or(0, Log::length);
        if LOG_BYTES_MIN.max(4 * self.compacted_bytes) < length {
            self.write_compacted().await;
        }
    }

    async fn write_compacted(&mut self) {
        // A short log does not tell any more who wrote what.
        self.document().end_version();
        self.keep_versions().await;
        let (Some(document), Some(mut log)) = (self.document.take(), self.log.take()) else {
            return;
        };
        let done = blocking(move || {
            let mut bytes = Vec::new();
            record::write(&mut bytes, &document.compacted());
            let done = log.replace(&bytes);
            (document, log, done)
        });
        let (document, log, done) = done.await;
        if let Err(error) = done {
            // The long log is as good.
            tracing::warn!(document = self.id, "the log of a document stays long: {error}");
        }
        self.compacted_bytes = log.length();
        (self.document, self.log) = (Some(document), Some(log));
    }

    /// Publishes what others see.
    fn show(&mut self) {
        let Some(document) = &self.document else { return };
        let summary = Summary {
            connections: self.clients.count(),
            size_bytes: document.text().len(),
            conflicts: document.conflict_count(),
            saving: self.saving_state,
            read_only: self.read_only.is_some(),
        };
        self.publish.send_if_modified(|it| {
            let changed = *it != summary;
            *it = summary;
            changed
        });
    }

    /// Before the end: writes what the file lacks, and leaves a short log.
    async fn put_away(&mut self) {
        let close = self.end.take().unwrap_or_else(crate::handle::ended);
        if self.document.is_some() {
            self.last_save().await;
            self.commit().await;
        }
        if self.document.is_some() {
            self.document().end_version();
            self.keep_versions().await;
            if self.log.as_ref().is_some_and(|it| self.compacted_bytes < it.length()) {
                self.write_compacted().await;
            }
        }
        if let Some(log) = &mut self.log {
            log.put_away();
        }
        self.clients.close_all(&close);
        for (_, reply) in self.puts.drain(..) {
            drop(reply.send(Err(PutError::Closed)));
        }
        self.nobody_waits(&PutError::Closed);
    }

    fn text_is_watched(&self) -> bool {
        self.text.as_ref().is_some_and(|it| 0 < it.receiver_count())
    }

    fn watch_text(&mut self) -> watch::Receiver<TextState> {
        let document = self.document.as_ref().expect("it is there between two pieces of work");
        let state = || TextState { revision: document.revision(), text: document.text().into() };
        let text = self.text.get_or_insert_with(|| watch::Sender::new(state()));
        text.subscribe()
    }

    fn attach(
        &mut self,
        person: crate::presence::Person,
        ours: bool,
        reply: oneshot::Sender<crate::handle::Attachment>,
    ) {
        let read_only = if person.read_only { Some(ReadOnly::Viewer) } else { self.read_only };
        let vector = self.document().state_vector();
        self.idle_since = Instant::now();
        let attachment = self.clients.join(person, ours, read_only.is_some());
        let connection = attachment.connection;
        let hello = FromDocument::Hello {
            document_id: self.id.clone(),
            path: self.path.clone(),
            connection,
            read_only,
            encoding: self.encoding.clone(),
            saving: self.saving_state,
            conflicts: self.document().conflicts(),
        };
        self.clients.greet(connection, &hello, &vector);
        if reply.send(attachment).is_err() {
            self.clients.leave(connection);
        }
    }

    fn tell_saving(&mut self, saving: Saving) {
        if self.saving_state != saving {
            self.saving_state = saving;
            self.clients.tell_ours(&FromDocument::Saving { saving });
        }
    }

    /// The close code of a document that goes on elsewhere or anew.
    fn ends(&mut self, code: u16, reason: impl Into<String>) {
        let code = if code == 0 { close::COME_BACK } else { code };
        self.end = Some(Close { code, reason: reason.into() });
    }
}

/// The result of a piece of work; never, while there is none.
async fn work<T>(work: &mut Option<Work<T>>) -> T {
    match work {
        Some(work) => work.await,
        None => std::future::pending().await,
    }
}

/// Runs `work` on a blocking thread.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => std::panic::resume_unwind(
            error.try_into_panic().unwrap_or_else(|_| Box::new("the runtime ends")),
        ),
    }
}

#[cfg(test)]
mod tests;
