//! The outbox: what the audit log must have and only this kernel saw, kept until a gateway has it.
//!
//! Entries go to a file of one JSON object a line before anybody hears of them. A gateway collects
//! them, writes them into its database and says up to which number it has done so; only then are
//! they forgotten. A number is used once, so an entry that is collected twice becomes one row.
//!
//! *What survives.* The end of this process or of the gateway at any moment loses nothing. The file
//! is synced in the background, so a power failure may lose the last second.
//!
//! *What is bounded.* At [`ENTRIES_MAX`] entries or [`BYTES_MAX`] bytes that no gateway came for,
//! further ones are counted and not kept; an entry `audit.lost` with their number follows as soon as
//! there is room. Older entries are never thrown away for newer ones.

mod fact;
mod file;

pub use fact::Fact;

use crate::context::By;
use crate::store::Store;
use file::{Line, LogFile, Lost};
use protocol::SessionId;
use protocol::audit::{COLLECT_MAX, Collect, Collected, KernelEntry, verb};
use serde_json::Map;
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use stdx::{TaskScope, clock};
use tokio::sync::{Notify, watch};

/// Entries that wait for a gateway; days of busy work.
const ENTRIES_MAX: usize = 10_000;
/// Their bytes.
const BYTES_MAX: usize = 4 * 1024 * 1024;

/// The outbox of one workspace. Cheap to clone.
#[derive(Clone)]
pub struct Outbox {
    shared: Arc<Shared>,
}

struct Shared {
    inner: Mutex<Inner>,
    /// Number that the next entry will have. Written by [`Outbox::append`].
    next: watch::Sender<u64>,
    /// Rises with every collector; the one before it goes. Written by [`Outbox::collect`].
    turn: watch::Sender<u64>,
    /// There is something to sync.
    dirty: Notify,
}

struct Inner {
    file: LogFile,
    /// Names this outbox: one that was lost and made anew counts from 1 under another name. Empty
    /// until there is something to name.
    id: String,
    /// What no gateway has, with the length of its line.
    entries: VecDeque<(KernelEntry, usize)>,
    bytes: usize,
    next: u64,
    lost: Option<Lost>,
}

impl Outbox {
    /// Reads back what an earlier kernel kept; a torn last line is cut off.
    pub fn open(store: &Store) -> io::Result<Self> {
        let (file, lines) = LogFile::open(store)?;
        let mut inner = Inner {
            file,
            id: String::new(),
            entries: VecDeque::new(),
            bytes: 0,
            next: 1,
            lost: None,
        };
        for (line, length) in lines {
            inner.replay(line, length);
        }
        if inner.file.is_mostly_dead(inner.bytes) {
            inner.rewrite()?;
        }
        let next = watch::Sender::new(inner.next);
        let (turn, dirty) = (watch::Sender::new(0), Notify::new());
        Ok(Self { shared: Arc::new(Shared { inner: Mutex::new(inner), next, turn, dirty }) })
    }

    /// Keeps the file synced as long as the scope lives.
    pub fn spawn(&self, scope: &TaskScope) {
        let (outbox, stop) = (self.clone(), scope.clone());
        scope.spawn("outbox", async move {
            loop {
                tokio::select! {
                    () = outbox.shared.dirty.notified() => {}
                    () = stop.stopping() => return,
                }
                let file = outbox.lock().file.handle();
                let synced = tokio::task::spawn_blocking(move || file.sync_data()).await;
                if let Ok(Err(error)) = synced {
                    tracing::warn!("the audit outbox could not be synced: {error}");
                }
            }
        });
    }

    /// Keeps a fact for the audit log. It never fails and never waits: what cannot be kept is
    /// counted.
    pub fn append(&self, by: &By, session_id: Option<SessionId>, fact: Fact) {
        let mut inner = self.lock();
        inner.append(by, session_id, fact);
        let next = inner.next;
        drop(inner);
        self.shared.next.send_replace(next);
        self.shared.dirty.notify_one();
    }

    /// Forgets what the gateway has and answers with what follows, as soon as there is something.
    /// Without anything when another collector came, or the kernel stops.
    pub async fn collect(&self, request: &Collect, scope: &TaskScope) -> Collected {
        let mut next = self.shared.next.subscribe();
        let mut turn = self.shared.turn.subscribe();
        self.shared.turn.send_modify(|it| *it += 1);
        let own = *turn.borrow_and_update();
        self.lock().acknowledge(request);
        loop {
            next.borrow_and_update();
            let batch = self.lock().batch();
            if !batch.entries.is_empty() {
                return batch;
            }
            tokio::select! {
                changed = next.changed() => if changed.is_err() { return batch },
                _ = turn.wait_for(|it| own < *it) => return batch,
                () = scope.stopping() => return batch,
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.shared.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn replay(&mut self, line: Line, length: usize) {
        match line {
            Line::Outbox { id, next } => {
                self.id = id;
                self.next = self.next.max(next);
            }
            Line::Entry(entry) => {
                self.next = self.next.max(entry.number + 1);
                self.bytes += length;
                self.entries.push_back((entry, length));
            }
            Line::Has { through } => self.forget(through),
            Line::Lost(lost) => self.lost = Some(lost),
            Line::Told => self.lost = None,
        }
    }

    fn append(&mut self, by: &By, session_id: Option<SessionId>, fact: Fact) {
        let time_ms = clock::now_ms();
        if ENTRIES_MAX <= self.entries.len() || BYTES_MAX <= self.bytes {
            let lost = self.lost.get_or_insert(Lost { count: 0, since_ms: time_ms, until_ms: 0 });
            lost.count += 1;
            lost.until_ms = time_ms;
            // Now and then is often enough for a number that only says "many".
            if lost.count.is_power_of_two() {
                tracing::warn!(lost.count, "the audit outbox is full; no gateway collects it");
                let line = Line::Lost(lost.clone());
                self.file.write(&line);
            }
            return;
        }
        self.push(KernelEntry {
            number: 0,
            time_ms,
            session_id,
            principal: by.principal.clone(),
            operator: by.operator.clone(),
            verb: fact.verb.to_owned(),
            object: fact.object,
            details: fact.details,
        });
    }

    fn push(&mut self, mut entry: KernelEntry) {
        if self.id.is_empty() {
            self.id = format!("{:032x}", stdx::random::bits());
            self.file.write(&Line::Outbox { id: self.id.clone(), next: self.next });
        }
        entry.number = self.next;
        self.next += 1;
        let was_failing = self.file.is_failing();
        let length = self.file.write(&Line::Entry(entry.clone()));
        self.bytes += length;
        self.entries.push_back((entry, length));
        if was_failing && !self.file.is_failing() {
            // The disk has room again, for what could not be written before, too.
            self.rewrite_or_warn();
        }
    }

    /// The gateway has everything up to a number.
    fn acknowledge(&mut self, request: &Collect) {
        if request.outbox.as_ref() != Some(&self.id) {
            return;
        }
        if self.next <= request.after {
            // This directory is an older copy of itself. Its entries may be rows already or not:
            // rather twice than never.
            self.renumber(request.after);
            return;
        }
        if self.entries.front().is_some_and(|it| it.0.number <= request.after) {
            self.forget(request.after);
            self.file.write(&Line::Has { through: request.after });
            self.tell_lost();
            if self.file.is_mostly_dead(self.bytes) {
                self.rewrite_or_warn();
            }
        }
    }

    fn forget(&mut self, through: u64) {
        while self.entries.front().is_some_and(|it| it.0.number <= through) {
            if let Some((_, length)) = self.entries.pop_front() {
                self.bytes -= length;
            }
        }
        self.next = self.next.max(through + 1);
    }

    /// There is room again: says how much there was none for.
    fn tell_lost(&mut self) {
        let Some(lost) = self.lost.take() else { return };
        let mut details = Map::new();
        details.insert("count".to_owned(), lost.count.into());
        details.insert("since_ms".to_owned(), lost.since_ms.into());
        details.insert("until_ms".to_owned(), lost.until_ms.into());
        self.push(KernelEntry {
            number: 0,
            time_ms: lost.until_ms,
            session_id: None,
            principal: None,
            operator: None,
            verb: const { verb("audit.lost") }.to_owned(),
            object: None,
            details,
        });
        self.file.write(&Line::Told);
    }

    fn renumber(&mut self, after: u64) {
        tracing::warn!(after, "the audit outbox is older than what the gateway has of it");
        self.next = after + 1;
        for (entry, _) in &mut self.entries {
            entry.number = self.next;
            self.next += 1;
        }
        self.rewrite_or_warn();
    }

    fn batch(&self) -> Collected {
        let entries = self.entries.iter().take(COLLECT_MAX).map(|it| it.0.clone()).collect();
        Collected { outbox: self.id.clone(), entries }
    }

    /// The same where the old file does as well.
    fn rewrite_or_warn(&mut self) {
        if let Err(error) = self.rewrite() {
            tracing::warn!("the audit outbox could not be written anew: {error}");
        }
    }

    /// Writes the file anew with what is still needed.
    fn rewrite(&mut self) -> io::Result<()> {
        let mut lines = vec![Line::Outbox { id: self.id.clone(), next: self.next }];
        lines.extend(self.entries.iter().map(|it| Line::Entry(it.0.clone())));
        lines.extend(self.lost.clone().map(Line::Lost));
        self.file.replace(&lines)
    }
}

#[cfg(test)]
mod tests;
