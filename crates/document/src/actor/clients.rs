//! The clients of a document, what is to be said to them once it is durable, and what they say.

use super::{Actor, Waiting};
use crate::document::{Outgoing, Refusal};
use crate::handle::{Attachment, Close, Command, Disk, FRAME_BYTES_MAX, FRAMES_MAX, Log};
use crate::presence::{NOBODY, Person, Presence};
use crate::replica::Broken;
use crate::update::Refused;
use crate::wire::{self, Incoming};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use protocol::channel::AuthorKind;
use protocol::document::{Contributor, FromDocument, ToDocument, close};
use protocol::terminal::close as common;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{mpsc, oneshot};

/// Updates of one turn up to this many bytes go out as one.
const MERGE_BYTES_MAX: usize = 256 * 1024;

struct Client {
    person: Person,
    author: Contributor,
    /// It wants messages of ours.
    ours: bool,
    frames: mpsc::Sender<Bytes>,
    queued: Arc<AtomicUsize>,
    close: Option<oneshot::Sender<Close>>,
    /// Update messages that were taken or needed nothing, and how many of them were acknowledged.
    updates: u64,
    acknowledged: u64,
    /// It was told that it may not write.
    warned: bool,
    /// It was asked in this turn for what is lacking.
    asked: bool,
}

/// To whom something is said.
enum To {
    One(u64),
    All,
    /// Those who want messages of ours.
    Ours,
    AllBut(u64),
}

type Gone = crate::handle::Work<u64>;

pub(super) struct Clients {
    all: BTreeMap<u64, Client>,
    next: u64,
    inbox: mpsc::WeakSender<Command>,
    presence: Presence,
    /// Resolves for everybody who goes.
    gone: FuturesUnordered<Gone>,
    /// What is said when the turn is durable, in order.
    out: Vec<(To, Bytes)>,
    after: Vec<Box<dyn FnOnce() + Send>>,
}

impl Clients {
    pub(super) fn new(inbox: mpsc::WeakSender<Command>) -> Self {
        Self {
            all: BTreeMap::new(),
            next: 1,
            inbox,
            presence: Presence::default(),
            gone: FuturesUnordered::new(),
            out: Vec::new(),
            after: Vec::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn count(&self) -> usize {
        self.all.len()
    }

    /// Resolves when somebody goes.
    pub(super) async fn gone(&mut self) -> u64 {
        match self.gone.next().await {
            Some(connection) => connection,
            None => std::future::pending().await,
        }
    }

    pub(super) fn join(&mut self, person: Person, ours: bool, read_only: bool) -> Attachment {
        let connection = self.next;
        self.next += 1;
        let person = Person { connection, read_only, ..person };
        let (frames, receiver) = mpsc::channel(FRAMES_MAX);
        let (close, closed) = oneshot::channel();
        let queued = Arc::new(AtomicUsize::new(0));
        let going = frames.clone();
        self.gone.push(Box::pin(async move {
            going.closed().await;
            connection
        }));
        let author = Contributor {
            kind: AuthorKind::Person,
            principal: person.principal.clone(),
            name: person.name.clone(),
            operator: person.operator.clone(),
        };
        let client = Client {
            person,
            author,
            ours,
            frames,
            queued: Arc::clone(&queued),
            close: Some(close),
            updates: 0,
            acknowledged: 0,
            warned: false,
            asked: false,
        };
        self.all.insert(connection, client);
        let inbox = self.inbox.upgrade().expect("somebody asked for the attachment just now");
        Attachment { connection, frames: receiver, queued, close: closed, inbox }
    }

    /// The first things that a client hears.
    pub(super) fn greet(&mut self, connection: u64, hello: &FromDocument, state_vector: &[u8]) {
        if self.all.get(&connection).is_some_and(|it| it.ours) {
            self.say(To::One(connection), wire::ours(hello));
        }
        self.say(To::One(connection), wire::have(state_vector));
        if let Some(all) = self.presence.all() {
            self.say(To::One(connection), wire::awareness(&all));
        }
    }

    pub(super) fn leave(&mut self, connection: u64) {
        if self.all.remove(&connection).is_some()
            && let Some(left) = self.presence.leave(connection)
        {
            self.say(To::All, wire::awareness(&left));
        }
    }

    fn say(&mut self, to: To, frame: Vec<u8>) {
        self.out.push((to, frame.into()));
    }

    pub(super) fn tell_ours(&mut self, message: &FromDocument) {
        self.say(To::Ours, wire::ours(message));
    }

    /// Says it to one, if that one wants messages of ours.
    pub(super) fn tell(&mut self, connection: u64, message: &FromDocument) {
        if self.all.get(&connection).is_some_and(|it| it.ours) {
            self.say(To::One(connection), wire::ours(message));
        }
    }

    /// Done when the turn is durable.
    pub(super) fn after_commit(&mut self, what: impl FnOnce() + Send + 'static) {
        self.after.push(Box::new(what));
    }

    /// Updates of a turn: as one message where that is small.
    pub(super) fn tell_updates(&mut self, outgoing: Vec<Outgoing>) {
        let bytes: usize = outgoing.iter().map(|it| it.update.len()).sum();
        let first = outgoing.first().and_then(|it| it.from);
        let same = outgoing.iter().all(|it| it.from == first);
        let mut updates: Vec<Vec<u8>> = outgoing.into_iter().map(|it| it.update).collect();
        if 1 < updates.len()
            && bytes <= MERGE_BYTES_MAX
            && let Ok(merged) = yrs::merge_updates_v1(&updates)
        {
            updates = vec![merged];
        }
        for update in updates {
            // Whoever wrote all of it has it; whoever wrote a part gets that once more.
            let to = first.filter(|_| same).map_or(To::All, To::AllBut);
            self.say(to, wire::update(&update));
        }
    }

    /// The turn is durable: says what there is to say.
    pub(super) fn release(&mut self) {
        for client in self.all.values_mut() {
            client.asked = false;
        }
        let acknowledged: Vec<(u64, u64)> = self
            .all
            .iter_mut()
            .filter(|(_, it)| it.ours && it.acknowledged < it.updates)
            .map(|(connection, it)| {
                it.acknowledged = it.updates;
                (*connection, it.updates)
            })
            .collect();
        for (connection, updates) in acknowledged {
            self.say(To::One(connection), wire::ours(&FromDocument::Ack { updates }));
        }
        for (to, frame) in std::mem::take(&mut self.out) {
            self.send(&to, &frame);
        }
        for what in self.after.drain(..) {
            what();
        }
    }

    /// Says only what is of ours: the turn is not durable yet.
    pub(super) fn release_ours(&mut self) {
        let (now, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.out).into_iter().partition(|it| matches!(it.0, To::Ours));
        self.out = later;
        for (to, frame) in now {
            self.send(&to, &frame);
        }
    }

    fn send(&mut self, to: &To, frame: &Bytes) {
        for (connection, client) in &mut self.all {
            let is_meant = match to {
                To::One(one) => connection == one,
                To::All => true,
                To::Ours => client.ours,
                To::AllBut(one) => connection != one,
            };
            if is_meant {
                client.send(frame);
            }
        }
    }

    /// An empty message, so that nobody takes the silence for the end.
    pub(super) fn sign_of_life(&mut self) {
        let frame = wire::awareness(NOBODY).into();
        self.send(&To::All, &frame);
    }

    pub(super) fn close(&mut self, connection: u64, code: u16, reason: impl Into<String>) {
        if let Some(client) = self.all.get_mut(&connection) {
            client.close(Close { code, reason: reason.into() });
        }
    }

    pub(super) fn close_all(&mut self, close: &Close) {
        self.release();
        for client in self.all.values_mut() {
            client.close(close.clone());
        }
        self.all.clear();
    }

    fn refuse(&mut self, connection: u64, reason: &str) {
        let Some(client) = self.all.get_mut(&connection) else { return };
        if std::mem::replace(&mut client.warned, true) {
            return;
        }
        let ours = client.ours;
        self.say(To::One(connection), wire::denied(reason));
        if ours {
            let refused = FromDocument::Refused { reason: reason.to_owned() };
            self.say(To::One(connection), wire::ours(&refused));
        }
    }
}

impl Client {
    fn send(&mut self, frame: &Bytes) {
        let queued = self.queued.fetch_add(frame.len(), Ordering::Relaxed) + frame.len();
        if FRAME_BYTES_MAX < queued || self.frames.try_send(frame.clone()).is_err() {
            let reason = "the client is too far behind";
            self.close(Close { code: common::TOO_SLOW, reason: reason.to_owned() });
        }
    }

    fn close(&mut self, close: Close) {
        if let Some(told) = self.close.take() {
            // A client that is gone needs no farewell.
            drop(told.send(close));
        }
    }
}

impl<D: Disk, L: Log> Actor<D, L> {
    /// A client says something.
    pub(super) fn frame(&mut self, connection: u64, frame: &[u8]) {
        let Ok(messages) = wire::read(frame) else {
            self.clients.close(connection, close::UNSUPPORTED, "that is no message of Yjs");
            return;
        };
        for message in messages {
            // It may have been closed by the message before.
            let Some(client) = self.clients.all.get(&connection) else { return };
            if client.close.is_none() {
                return;
            }
            match message {
                Incoming::Have(vector) => self.synchronise(connection, vector),
                Incoming::Update(update) => self.update(connection, update),
                Incoming::Awareness(entries) => {
                    let person = client.person.clone();
                    match self.clients.presence.receive(&person, entries) {
                        Ok(Some(told)) => self.clients.say(To::All, wire::awareness(&told)),
                        Ok(None) => {}
                        Err(error) => {
                            self.clients.close(connection, close::UNSUPPORTED, error.to_string());
                        }
                    }
                }
                Incoming::Ours(ToDocument::Save) => {
                    let waits =
                        |it: &Waiting| matches!(it, Waiting::Client(it) if *it == connection);
                    if !client.person.read_only && !self.waiting.iter().any(waits) {
                        self.write_now(Waiting::Client(connection));
                    }
                }
                Incoming::QueryAwareness => {
                    let all = self.clients.presence.all().unwrap_or_else(|| NOBODY.to_vec());
                    self.clients.say(To::One(connection), wire::awareness(&all));
                }
            }
        }
    }

    fn synchronise(&mut self, connection: u64, vector: &[u8]) {
        match self.document().lacking(vector) {
            Ok(Some(update)) => self.clients.say(To::One(connection), wire::rest(&update)),
            Ok(None) => self.clients.close(
                connection,
                close::STALE,
                "this replica is of another document; begin anew with an empty one",
            ),
            Err(error) => {
                self.clients.close(connection, close::UNSUPPORTED, error.to_string());
            }
        }
    }

    fn update(&mut self, connection: u64, update: &[u8]) {
        let now_ms = self.clock.now_ms();
        let Some(client) = self.clients.all.get_mut(&connection) else { return };
        client.updates += 1;
        if client.person.read_only {
            self.refuse_writing(connection, update);
            return;
        }
        let author = client.author.clone();
        match self.document().receive(now_ms, &author, update, Some(connection)) {
            Ok(_) => {}
            Err(Refusal::Update(Refused::Gap)) => self.ask_for_all(connection),
            Err(Refusal::Update(error @ (Refused::Malformed(_) | Refused::NotText))) => {
                self.clients.close(connection, close::UNSUPPORTED, error.to_string());
            }
            Err(error @ (Refusal::TooLarge | Refusal::HistoryFull)) => {
                self.clients.refuse(connection, &error.to_string());
                self.clients.close(connection, close::TOO_LARGE, error.to_string());
            }
            Err(error @ Refusal::Impostor) => {
                self.clients.close(connection, close::FORBIDDEN, error.to_string());
            }
            Err(Refusal::Broken(Broken)) => {
                self.clients.close(connection, close::UNSUPPORTED, Broken.to_string());
                // What is in memory cannot be trusted; what is in the log can.
                self.document = None;
                self.end = Some(crate::handle::ended());
            }
        }
    }

    /// A viewer's updates are dropped; what is nothing new is no attempt to write.
    fn refuse_writing(&mut self, connection: u64, update: &[u8]) {
        if !self.document().is_known(update) {
            self.clients.refuse(connection, "you may look at this document, and not change it");
        }
    }

    /// What lacks comes with the next synchronisation, for which the client is asked.
    fn ask_for_all(&mut self, connection: u64) {
        let vector = self.document().state_vector();
        let Some(client) = self.clients.all.get_mut(&connection) else { return };
        // It counts when it comes with the rest.
        client.updates -= 1;
        if !std::mem::replace(&mut client.asked, true) {
            self.clients.say(To::One(connection), wire::have(&vector));
        }
    }
}
