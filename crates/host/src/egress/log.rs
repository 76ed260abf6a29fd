//! What went out of a workspace, and what was refused: the last connections, newest last.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Entries that are kept of each workspace.
const ENTRIES_MAX: usize = 256;

/// One connection, or one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Milliseconds since 1970 at which it was asked for.
    pub time_ms: u64,
    pub host: String,
    pub port: u16,
    /// Where it led, when it came so far.
    pub address: Option<IpAddr>,
    pub outcome: Outcome,
    /// From the workspace to the server.
    pub sent_bytes: u64,
    /// From the server to the workspace.
    pub received_bytes: u64,
}

/// How a connection went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was made, and has ended.
    Carried,
    /// The policy refused it, for this reason.
    Refused(String),
    /// The server could not be reached, for this reason.
    Failed(String),
}

/// The last entries. Written by the proxy, read by whoever shows them.
#[derive(Debug, Default)]
pub(crate) struct Log {
    entries: Mutex<VecDeque<Entry>>,
}

impl Log {
    pub(crate) fn push(&self, entry: Entry) {
        let (sent, received) = (entry.sent_bytes, entry.received_bytes);
        tracing::debug!(
            egress.host = entry.host,
            egress.port = entry.port,
            egress.outcome = ?entry.outcome,
            egress.sent_bytes = sent,
            egress.received_bytes = received,
            "outbound connection ended"
        );
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() == ENTRIES_MAX {
            entries.pop_front();
        }
        entries.push_back(entry);
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.iter().cloned().collect()
    }
}
