//! The outbox's file: appended to, and written anew when most of it is no longer needed.

use crate::store::Store;
use protocol::audit::KernelEntry;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;

const FILE: &str = "audit-outbox.jsonl";
const FILE_NEW: &str = "audit-outbox.new.jsonl";

/// Largest file that is read: a full outbox and its acknowledgements many times over.
const READ_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// The file is written anew when it holds this much that nobody needs.
const DEAD_BYTES_MAX: u64 = 256 * 1024;

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub(super) enum Line {
    /// The first one: the outbox's name, and the number at which it goes on.
    Outbox {
        id: String,
        next: u64,
    },
    Entry(KernelEntry),
    /// A gateway has everything up to this number.
    Has {
        through: u64,
    },
    /// There was no room for something.
    Lost(Lost),
    /// The entry before this one says what was lost.
    Told,
}

/// What there was no room for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lost {
    pub(super) count: u64,
    pub(super) since_ms: u64,
    pub(super) until_ms: u64,
}

pub(super) struct LogFile {
    store: Store,
    file: Arc<File>,
    bytes: u64,
    /// The last write failed; said once until one succeeds again.
    failing: bool,
}

impl LogFile {
    /// Opens or makes the file; gives its sound lines with their lengths.
    pub(super) fn open(store: &Store) -> io::Result<(Self, Vec<(Line, usize)>)> {
        let bytes = store.read_bytes(FILE, READ_BYTES_MAX)?.unwrap_or_default();
        let file = Arc::new(store.append(FILE)?);
        let (mut lines, mut unsound, mut whole) = (Vec::new(), 0_u64, 0);
        for line in bytes.split_inclusive(|it| *it == b'\n') {
            // A torn last line was never told to anybody.
            let Some(text) = line.strip_suffix(b"\n") else { break };
            whole += line.len() as u64;
            match serde_json::from_slice(text) {
                Ok(parsed) => lines.push((parsed, line.len())),
                Err(_) => unsound += 1,
            }
        }
        if whole < bytes.len() as u64 {
            file.set_len(whole)?;
        }
        if 0 < unsound {
            tracing::error!(unsound, "the audit outbox has lines that cannot be read");
        }
        Ok((Self { store: store.clone(), file, bytes: whole, failing: false }, lines))
    }

    /// For syncing without holding anybody up.
    pub(super) fn handle(&self) -> Arc<File> {
        Arc::clone(&self.file)
    }

    /// Appends a line; returns its length. What cannot be written stays in memory only, which is
    /// said in the log.
    pub(super) fn write(&mut self, line: &Line) -> usize {
        let bytes = encode(line);
        let result = (&*self.file).write_all(&bytes).inspect_err(|_| {
            // What was written of the line would glue itself to the next one.
            drop(self.file.set_len(self.bytes));
        });
        match &result {
            Ok(()) => self.bytes += bytes.len() as u64,
            Err(error) if !self.failing => {
                tracing::error!("the audit outbox is kept in memory only: {error}");
            }
            Err(_) => {}
        }
        self.failing = result.is_err();
        bytes.len()
    }

    /// Whether the last write failed.
    pub(super) const fn is_failing(&self) -> bool {
        self.failing
    }

    /// Whether most of the file is no longer needed, when `live` bytes are.
    pub(super) fn is_mostly_dead(&self, live: usize) -> bool {
        live as u64 + DEAD_BYTES_MAX < self.bytes
    }

    /// Puts these lines in place of the file. After a crash it is the old one or the new one.
    pub(super) fn replace(&mut self, lines: &[Line]) -> io::Result<()> {
        self.store.remove(FILE_NEW)?;
        let file = self.store.append(FILE_NEW)?;
        let bytes: Vec<u8> = lines.iter().flat_map(encode).collect();
        (&file).write_all(&bytes)?;
        file.sync_data()?;
        self.store.rename(FILE_NEW, FILE)?;
        (self.file, self.bytes) = (Arc::new(file), bytes.len() as u64);
        Ok(())
    }
}

fn encode(line: &Line) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(line).expect("a line is plain data");
    bytes.push(b'\n');
    bytes
}
