//! What happened within one window, as the difference between before and after.

use crate::feed::What;
use std::collections::HashMap;
use stdx::WorkspacePath;

/// Paths in one window; above, everybody looks again at everything, which is cheaper for all.
const PATHS_MAX: usize = 4096;

/// Paths that something happened to, in the order in which it began.
#[derive(Debug, Default)]
pub(super) struct Pending {
    /// Whether each path existed before.
    existed: HashMap<WorkspacePath, bool>,
    order: Vec<WorkspacePath>,
    overflow: bool,
}

/// What a path is after the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    Missing,
    Directory,
    Other,
}

impl Pending {
    /// Something happened to `path`.
    pub(super) fn touch(&mut self, path: WorkspacePath, existed: bool) {
        if self.overflow || self.existed.contains_key(&path) {
            return;
        }
        if PATHS_MAX <= self.order.len() {
            self.overflow();
            return;
        }
        self.existed.insert(path.clone(), existed);
        self.order.push(path);
    }

    /// More happened than can be told.
    pub(super) fn overflow(&mut self) {
        self.overflow = true;
        self.existed.clear();
        self.order.clear();
    }

    /// Ends the window: the paths with what they were before, or `None` after an overflow.
    pub(super) fn take(&mut self) -> Option<Vec<(WorkspacePath, bool)>> {
        let taken = std::mem::take(self);
        if taken.overflow {
            return None;
        }
        let existed = |it: &WorkspacePath| taken.existed.get(it).copied().unwrap_or(false);
        Some(taken.order.iter().map(|it| (it.clone(), existed(it))).collect())
    }
}

/// What to tell of a path; nothing of one that came and went, or of a directory that stayed.
pub(super) fn change(existed: bool, after: After) -> Option<What> {
    match (existed, after) {
        (false, After::Missing) | (true, After::Directory) => None,
        (false, After::Directory | After::Other) => Some(What::Created),
        (true, After::Other) => Some(What::Modified),
        (true, After::Missing) => Some(What::Deleted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> WorkspacePath {
        WorkspacePath::parse(text).unwrap()
    }

    #[test]
    fn a_path_is_told_once_with_what_it_was_before_the_window() {
        let mut pending = Pending::default();
        pending.touch(path("b"), true);
        pending.touch(path("a"), false);
        pending.touch(path("b"), false);
        assert_eq!(pending.take(), Some(vec![(path("b"), true), (path("a"), false)]));
        assert_eq!(pending.take(), Some(Vec::new()));
    }

    #[test]
    fn a_flood_is_told_as_a_flood() {
        let mut pending = Pending::default();
        for index in 0..=PATHS_MAX {
            pending.touch(path(&format!("f{index}")), false);
        }
        assert_eq!(pending.take(), None);
        pending.touch(path("a"), false);
        assert_eq!(pending.take().map(|it| it.len()), Some(1));
    }

    #[test]
    fn an_atomic_save_is_a_modification_and_a_passing_file_is_nothing() {
        assert_eq!(change(true, After::Other), Some(What::Modified));
        assert_eq!(change(false, After::Missing), None);
        assert_eq!(change(true, After::Directory), None);
        assert_eq!(change(true, After::Missing), Some(What::Deleted));
        assert_eq!(change(false, After::Directory), Some(What::Created));
    }
}
