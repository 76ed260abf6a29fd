//! What the API itself did to files, so that the watcher does not tell it again.
//!
//! A mark says how the API left a path. The watcher compares it with what it finds there: the same
//! means that there is nothing new to tell. While the API is about to change a path, the watcher
//! waits for the mark. No clock is involved, so nothing is told twice because it came late, and a
//! foreign change is never taken for ours.

use super::root::{Last, Root};
use crate::context::By;
use rustix::fs::Stat;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    marks: HashMap<WorkspacePath, (Mark, Option<Arc<By>>)>,
    /// Paths that the API is about to change, and how often.
    changing: HashMap<WorkspacePath, usize>,
}

/// The API is changing paths; dropped, it has marked them or left them as they were.
#[derive(Debug)]
pub(crate) struct Changing {
    own: OwnWrites,
    paths: Vec<WorkspacePath>,
}

impl OwnWrites {
    /// The API is about to change these paths, or something below them.
    pub(crate) fn begin(&self, paths: &[&WorkspacePath]) -> Changing {
        let paths: Vec<WorkspacePath> = paths.iter().map(|it| (*it).clone()).collect();
        let mut shared = self.lock();
        for path in &paths {
            *shared.changing.entry(path.clone()).or_default() += 1;
        }
        drop(shared);
        Changing { own: self.clone(), paths }
    }

    /// Whether the API is changing `path` or something above it just now.
    pub(crate) fn is_changing(&self, path: &WorkspacePath) -> bool {
        self.lock().changing.keys().any(|it| path.starts_with(it))
    }

    /// Whether what is at `path` now is what the API left there. A mark that does not fit is old
    /// and is forgotten.
    pub(crate) fn explains(&self, path: &WorkspacePath, found: Option<&Stat>) -> bool {
        let mut shared = self.lock();
        let Some((mark, _)) = shared.marks.get(path) else { return false };
        if *mark == Mark::of(found) {
            return true;
        }
        shared.marks.remove(path);
        false
    }

    /// Who made the directory at `path`, with all that is in it, by one request.
    pub(crate) fn maker(&self, path: &WorkspacePath) -> Option<Arc<By>> {
        self.lock().marks.get(path)?.1.clone()
    }

    /// `path` is what `stat` says.
    pub(crate) fn present_as(&self, path: &WorkspacePath, stat: &Stat) {
        self.set(path, Mark::of(Some(stat)), None);
    }

    /// `path` is what is found there.
    pub(crate) fn present(&self, root: &Root, path: &WorkspacePath) {
        if let Ok(Some(stat)) = root.stat(path, Last::Keep) {
            self.present_as(path, &stat);
        }
    }

    /// `path` is what is found there, and `by` made all that is in it.
    pub(crate) fn present_whole(&self, root: &Root, path: &WorkspacePath, by: &By) {
        if let Ok(Some(stat)) = root.stat(path, Last::Keep) {
            self.set(path, Mark::of(Some(&stat)), Some(Arc::new(by.clone())));
        }
    }

    /// Nothing is at `path`.
    pub(crate) fn gone(&self, path: &WorkspacePath) {
        self.set(path, Mark::Gone, None);
    }

    /// A watch begins: what was done before is not seen by it.
    pub(crate) fn forget(&self) {
        self.lock().marks.clear();
    }

    fn set(&self, path: &WorkspacePath, mark: Mark, maker: Option<Arc<By>>) {
        let mut shared = self.lock();
        if MARKS_MAX <= shared.marks.len() {
            shared.marks.clear();
        }
        shared.marks.insert(path.clone(), (mark, maker));
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Changing {
    fn drop(&mut self) {
        let mut shared = self.own.lock();
        for path in &self.paths {
            if let Some(count) = shared.changing.get_mut(path) {
                *count -= 1;
                if *count == 0 {
                    shared.changing.remove(path);
                }
            }
        }
    }
}
