//! The journal: what happened in the workspace, numbered without gap for its whole life.
//!
//! New entries go to a file of one JSON object a line and to a ring in memory. Readers hold a
//! sequence number and come for what follows; none of them can hold up a writer. When a file has
//! grown to [`FILE_BYTES_MAX`] it becomes the old one and the older one goes.

use crate::environment::redacted;
use crate::store::Store;
use protocol::event::{Event, EventPage};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use stdx::Needles;
use tokio::sync::watch;

const FILE: &str = "journal.jsonl";
const FILE_OLD: &str = "journal.old.jsonl";

/// Size at which a file is rotated. Two of them are the most that a journal takes on disk.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Entries in memory; enough for a client that was away for a working day of ordinary use.
const RING_ENTRIES_MAX: usize = 4096;
/// Bytes of entries in memory, so that long error lists do not make an idle workspace heavy.
const RING_BYTES_MAX: usize = 1024 * 1024;

/// The journal of one workspace. Cheap to clone.
#[derive(Clone)]
pub struct Journal {
    shared: Arc<Shared>,
}

struct Shared {
    inner: Mutex<Inner>,
    next_seq: watch::Sender<u64>,
    secrets: watch::Receiver<Needles>,
}

struct Inner {
    store: Store,
    file: File,
    file_bytes: u64,
    /// JSON of the newest entries, without line end; the last one has number `next_seq - 1`.
    ring: VecDeque<Arc<str>>,
    ring_bytes: usize,
    next_seq: u64,
    /// The last write failed; said once until a write succeeds again.
    failing: bool,
}

/// What a reader gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// JSON of the entries in order.
    pub entries: Vec<Arc<str>>,
    /// Number of the first entry, also when there is none.
    pub first_seq: u64,
    /// Entries between what was asked and `first_seq` are gone.
    pub gap: bool,
}

impl Batch {
    /// Where to go on.
    pub fn next_seq(&self) -> u64 {
        self.first_seq + self.entries.len() as u64
    }
}

impl Journal {
    /// Reads back what an earlier kernel wrote; a torn last line is cut off.
    /// `secrets` are masked in what is written from here on.
    pub fn open(store: &Store, secrets: watch::Receiver<Needles>) -> io::Result<Self> {
        let mut inner = Inner {
            store: store.clone(),
            file: store.append(FILE)?,
            file_bytes: 0,
            ring: VecDeque::new(),
            ring_bytes: 0,
            next_seq: 1,
            failing: false,
        };
        for name in [FILE_OLD, FILE] {
            let bytes = store.read_bytes(name, 2 * FILE_BYTES_MAX)?.unwrap_or_default();
            let whole = inner.load(&bytes);
            if name == FILE {
                inner.file_bytes = whole;
                inner.file.set_len(whole)?;
            }
        }
        let next_seq = watch::Sender::new(inner.next_seq);
        Ok(Self { shared: Arc::new(Shared { inner: Mutex::new(inner), next_seq, secrets }) })
    }

    /// Number that the next entry will have, and its changes.
    pub fn next_seq(&self) -> watch::Receiver<u64> {
        self.shared.next_seq.subscribe()
    }

    /// Numbers the entry, writes it and shows it to readers. A full disk loses the entry's copy on
    /// disk, never the entry.
    pub fn append(&self, event: Event) -> u64 {
        let mut event = redacted(event, &self.shared.secrets.borrow());
        let mut inner = self.lock();
        event.seq = inner.next_seq;
        let line = serde_json::to_string(&event).expect("an event is plain data");
        inner.write(&line);
        inner.remember(line.into());
        inner.next_seq += 1;
        let next_seq = inner.next_seq;
        drop(inner);
        self.shared.next_seq.send_replace(next_seq);
        next_seq - 1
    }

    /// Up to `max` entries from number `from` on. A number of the future counts as the next one.
    pub fn read(&self, from: u64, max: usize) -> Batch {
        let inner = self.lock();
        let oldest = inner.next_seq - inner.ring.len() as u64;
        let first_seq = from.max(1).clamp(oldest, inner.next_seq);
        let skip = usize::try_from(first_seq - oldest).expect("at most the ring's length");
        let entries = inner.ring.iter().skip(skip).take(max).cloned().collect();
        Batch { entries, first_seq, gap: from.max(1) < oldest }
    }

    /// The same for `GET /api/v1/events`.
    pub fn page(&self, from: u64, max: usize) -> EventPage {
        let batch = self.read(from, max);
        let events = batch.entries.iter().filter_map(|it| serde_json::from_str(it).ok()).collect();
        EventPage { events, next_seq: batch.next_seq(), gap: batch.gap }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.shared.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Takes whole lines into the ring; returns how many bytes were whole and sound.
    fn load(&mut self, bytes: &[u8]) -> u64 {
        let mut whole = 0;
        for line in bytes.split_inclusive(|it| *it == b'\n') {
            let Some(text) = line.strip_suffix(b"\n") else { break };
            let Ok(event) = serde_json::from_slice::<Event>(text) else { break };
            if !self.ring.is_empty() && event.seq != self.next_seq {
                self.ring.clear();
                self.ring_bytes = 0;
            }
            self.remember(String::from_utf8_lossy(text).into());
            self.next_seq = event.seq + 1;
            whole += line.len() as u64;
        }
        whole
    }

    fn remember(&mut self, line: Arc<str>) {
        self.ring_bytes += line.len();
        self.ring.push_back(line);
        while RING_ENTRIES_MAX < self.ring.len() || RING_BYTES_MAX < self.ring_bytes {
            let Some(oldest) = self.ring.pop_front() else { break };
            self.ring_bytes -= oldest.len();
        }
    }

    fn write(&mut self, line: &str) {
        let result = self.rotate().and_then(|()| {
            let bytes = [line.as_bytes(), b"\n"].concat();
            self.file.write_all(&bytes).inspect_err(|_| {
                // What was written of the line would glue itself to the next one.
                drop(self.file.set_len(self.file_bytes));
            })?;
            self.file_bytes += bytes.len() as u64;
            Ok(())
        });
        if let Err(error) = &result
            && !self.failing
        {
            tracing::warn!("the journal is kept in memory only; writing it failed: {error}");
        }
        self.failing = result.is_err();
    }

    fn rotate(&mut self) -> io::Result<()> {
        if self.file_bytes < FILE_BYTES_MAX {
            return Ok(());
        }
        self.store.rename(FILE, FILE_OLD)?;
        self.file = self.store.append(FILE)?;
        self.file_bytes = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
