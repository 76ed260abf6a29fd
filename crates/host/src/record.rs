//! What a host writes down about a kernel, so that the next host finds it again.
//!
//! The record is written *before* the kernel is started, with a marker that is also an argument of
//! the kernel's command line, and again when its process is known. A host that dies in between
//! leaves a marker by which the process is found among all others.

use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Name of the record in the kernel's run directory.
pub(crate) const FILE: &str = "kernel.json";

/// One kernel that was, or was about to be, started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// 32 hexadecimal digits, new with every start.
    pub(crate) marker: String,
    #[serde(flatten)]
    pub(crate) phase: Phase,
    /// Version of the executable that runs as this kernel.
    pub(crate) version: String,
    /// Whether the kernel was given a listener to make for outbound traffic.
    pub(crate) egress: bool,
}

/// How far the start came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub(crate) enum Phase {
    /// Nobody has talked to it yet; it may or may not exist.
    Starting,
    /// The process, by number and start time as in `/proc/<pid>/stat`.
    Running { pid: u32, start_time: u64 },
}

impl Record {
    /// A record for a kernel that is about to be started.
    pub(crate) fn new(egress: bool) -> Self {
        Self {
            marker: format!("{:032x}", stdx::random::bits()),
            phase: Phase::Starting,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            egress,
        }
    }

    /// Writes the record into `directory`, whole or not at all.
    pub(crate) fn write(&self, directory: &Path) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(self).map_err(io::Error::other)?;
        write_atomic(&directory.join(FILE), &text)
    }

    /// Reads the record in `directory`. `None`: there is none, or it is not one of ours.
    pub(crate) fn read(directory: &Path) -> Option<Self> {
        let text = fs::read(directory.join(FILE)).ok()?;
        serde_json::from_slice(&text).ok()
    }
}

/// Replaces `path` by `content` so that a reader sees the old or the new, never a part.
pub(crate) fn write_atomic(path: &Path, content: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("new");
    fs::write(&temporary, content)?;
    fs::rename(&temporary, path)
}

/// The same, and once it returns a power cut leaves the new one.
pub(crate) fn write_durably(path: &Path, content: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("new");
    let mut file = fs::File::create(&temporary)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    sync_directory(path.parent().unwrap_or(Path::new(".")))
}

/// Makes the names in a directory last.
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    fs::File::open(path)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_survives_the_round_trip() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(Record::read(directory.path()), None);
        let mut record = Record::new(true);
        record.write(directory.path()).unwrap();
        assert_eq!(Record::read(directory.path()), Some(record.clone()));
        record.phase = Phase::Running { pid: 7, start_time: 8 };
        record.write(directory.path()).unwrap();
        assert_eq!(Record::read(directory.path()), Some(record));
    }

    #[test]
    fn two_starts_never_share_a_marker() {
        assert_ne!(Record::new(false).marker, Record::new(false).marker);
    }
}
