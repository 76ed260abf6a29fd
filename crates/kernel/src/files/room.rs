//! How much may still be added through the API, as the host last said. Programs in the workspace do
//! not ask here; the host measures what they write.

use super::error::FileError;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes that may still be added. Without word from the host there is no limit but the disk's.
#[derive(Debug)]
pub(crate) struct Room {
    left_bytes: AtomicU64,
}

impl Default for Room {
    fn default() -> Self {
        Self { left_bytes: AtomicU64::new(u64::MAX) }
    }
}

impl Room {
    /// What the host measured.
    pub(crate) fn set(&self, left_bytes: u64) {
        self.left_bytes.store(left_bytes, Ordering::Relaxed);
    }

    /// Whether that many bytes, and at least one, may be added.
    pub(crate) fn check(&self, bytes: u64) -> Result<(), FileError> {
        let left = self.left_bytes.load(Ordering::Relaxed);
        if left < bytes.max(1) { Err(FileError::StorageFull) } else { Ok(()) }
    }

    /// Counts what was added until the host measures again.
    pub(crate) fn take(&self, bytes: u64) {
        let less = |left: u64| (left != u64::MAX).then(|| left.saturating_sub(bytes));
        let _unlimited = self.left_bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_counts_until_the_host_measures_again() {
        let room = Room::default();
        room.take(1 << 40);
        room.check(1 << 60).unwrap();
        room.set(10);
        room.check(10).unwrap();
        room.check(11).unwrap_err();
        room.take(10);
        room.check(0).unwrap_err();
        room.set(1);
        room.check(0).unwrap();
    }
}
