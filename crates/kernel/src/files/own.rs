//! What the API itself did to files, so that the watcher does not tell it again.
//!
//! A mark says how the API left a path. The watcher compares it with what it finds there: the same
//! means that there is nothing new to tell. No clock is involved, so nothing is told twice because
//! it came late, and a foreign change is never taken for ours.

use super::root::{Last, Root};
use rustix::fs::Stat;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use stdx::WorkspacePath;

/// Paths remembered; forgetting one only means that its change is told twice.
const MARKS_MAX: usize = 4096;

/// How a path was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Gone,
    Directory { device: u64, inode: u64 },
    File { device: u64, inode: u64, modified: (i64, u64), size: i64 },
}

impl Mark {
    fn of(stat: Option<&Stat>) -> Self {
        let Some(stat) = stat else { return Self::Gone };
        let (device, inode) = (stat.st_dev, stat.st_ino);
        if super::root::file_type(stat) == rustix::fs::FileType::Directory {
            return Self::Directory { device, inode };
        }
        let modified = (stat.st_mtime, stat.st_mtime_nsec);
        Self::File { device, inode, modified, size: stat.st_size }
    }
}

/// What the API did last to each path. Cheap to clone; all clones are one.
#[derive(Clone, Debug, Default)]
pub struct OwnWrites {
    marks: Arc<Mutex<HashMap<WorkspacePath, Mark>>>,
}

impl OwnWrites {
    /// Whether what is at `path` now is what the API left there.
    pub(crate) fn explains(&self, path: &WorkspacePath, found: Option<&Stat>) -> bool {
        let marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        marks.get(path) == Some(&Mark::of(found))
    }

    /// `path` is what `stat` says.
    pub(crate) fn present_as(&self, path: &WorkspacePath, stat: &Stat) {
        self.set(path, Mark::of(Some(stat)));
    }

    /// `path` is what is found there.
    pub(crate) fn present(&self, root: &Root, path: &WorkspacePath) {
        if let Ok(Some(stat)) = root.stat(path, Last::Keep) {
            self.present_as(path, &stat);
        }
    }

    /// Nothing is at `path`.
    pub(crate) fn gone(&self, path: &WorkspacePath) {
        self.set(path, Mark::Gone);
    }

    fn set(&self, path: &WorkspacePath, mark: Mark) {
        let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        if MARKS_MAX <= marks.len() {
            marks.clear();
        }
        marks.insert(path.clone(), mark);
    }
}
