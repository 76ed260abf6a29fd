//! Entity tags: what a file's content is, in 34 characters.

use protocol::file::FILE_BYTES_MAX;
use rustix::fs::Stat;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt::Write;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::{Mutex, PoisonError};
use stdx::clock;

/// Files whose tag is remembered; a page of the editor asks for a few dozen.
const ENTRIES_MAX: usize = 4096;
/// A file changed this recently may change again without a new time stamp, in milliseconds;
/// several ticks of the coarsest clock a file system uses.
const SETTLED_MS: u64 = 100;
/// Read at once while hashing, in bytes.
const CHUNK_BYTES: usize = 128 * 1024;

/// Which content a file had when it was hashed. Anything that writes changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    modified: (i64, u64),
    changed: (i64, u64),
    size: i64,
}

/// Tags of files that did not change since they were hashed.
#[derive(Debug, Default)]
pub(crate) struct Etags {
    known: Mutex<HashMap<(u64, u64), (Identity, String)>>,
}

impl Etags {
    /// The tag of an open file. Reads it whole, at most once for every change.
    pub(crate) fn of(&self, file: &File, stat: &Stat) -> std::io::Result<String> {
        if FILE_BYTES_MAX < size_bytes(stat) {
            return Ok(tag_of_large(stat));
        }
        let key = (stat.st_dev, stat.st_ino);
        let identity = identity(stat);
        {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((at, tag)) = known.get(&key)
                && *at == identity
            {
                return Ok(tag.clone());
            }
        }
        let tag = hash(file)?;
        self.remember(stat, &tag);
        Ok(tag)
    }

    /// Keeps a tag that was computed on the way.
    pub(crate) fn remember(&self, stat: &Stat, tag: &str) {
        let changed_ms = millis(stat.st_ctime, stat.st_ctime_nsec);
        if clock::now_ms() < changed_ms.saturating_add(SETTLED_MS) {
            return;
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if ENTRIES_MAX <= known.len() {
            known.clear();
        }
        known.insert((stat.st_dev, stat.st_ino), (identity(stat), tag.to_owned()));
    }
}

fn identity(stat: &Stat) -> Identity {
    Identity {
        modified: (stat.st_mtime, stat.st_mtime_nsec),
        changed: (stat.st_ctime, stat.st_ctime_nsec),
        size: stat.st_size,
    }
}

/// Length of what a stat describes.
pub(crate) fn size_bytes(stat: &Stat) -> u64 {
    u64::try_from(stat.st_size).unwrap_or(0)
}

/// Milliseconds since 1970 of a time stamp; 0 before that.
pub(crate) fn millis(seconds: i64, nanoseconds: u64) -> u64 {
    u64::try_from(seconds).unwrap_or(0).saturating_mul(1000).saturating_add(nanoseconds / 1_000_000)
}

/// The tag for the hash of a content.
pub(crate) fn tag(hasher: Sha256) -> String {
    tag_of(&hasher.finalize().into())
}

/// The tag for a SHA-256.
pub(crate) fn tag_of(digest: &[u8; 32]) -> String {
    format!("\"{}\"", hex(&digest[..16]))
}

/// Bytes in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        write!(digits, "{byte:02x}").expect("a string takes everything");
    }
    digits
}

/// The tag of a content in memory.
pub(crate) fn tag_of_content(content: &[u8]) -> String {
    tag(Sha256::new_with_prefix(content))
}

/// Hashing gigabytes before the first byte is sent would take too long, so the tag of a large file
/// is that of its last change.
pub(crate) fn tag_of_large(stat: &Stat) -> String {
    format!(
        "\"c{:x}-{:x}-{:x}{:08x}-{:x}\"",
        stat.st_dev, stat.st_ino, stat.st_ctime, stat.st_ctime_nsec, stat.st_size
    )
}

fn hash(file: &File) -> std::io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut offset = 0;
    loop {
        let count = file.read_at(&mut buffer, offset)?;
        if count == 0 {
            return Ok(tag(hasher));
        }
        hasher.update(&buffer[..count]);
        offset += count as u64;
    }
}
