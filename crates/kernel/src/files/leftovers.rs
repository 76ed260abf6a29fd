//! What writes leave under hidden names when the kernel dies in the middle of them.
//!
//! Before the first such name is made, a mark is put into the kernel's own directory; a kernel that
//! ends properly takes it away. One that starts and finds the mark looks through the tree, beside
//! everything else, and removes what has a name that only we give and is older than itself.

use super::etag::millis;
use super::ignored::TEMPORARY_PREFIX;
use super::remove;
use super::root::{Place, Root, open_directory};
use crate::store::Store;
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, Dir, FileType};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Once};
use stdx::WorkspacePath;

/// Name of the mark.
const MARK: &str = "writing";
/// Letters of a hidden name after the prefix.
const DIGITS: usize = 32;
/// A file system may take its time from a clock that is this much behind.
const CLOCK_MS: u64 = 20;
/// Directories in directories that are entered; each level holds a descriptor.
const DEPTH_MAX: usize = 128;

/// The mark of one kernel.
#[derive(Debug)]
pub(crate) struct Leftovers {
    store: Option<Store>,
    once: Once,
    /// Hidden names that are in use now.
    held: AtomicUsize,
}

/// A hidden name is in use while this lives.
pub(crate) struct Hiding(Arc<Leftovers>);

impl Drop for Hiding {
    fn drop(&mut self) {
        self.0.held.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Leftovers {
    pub(crate) fn new(store: Option<Store>) -> Arc<Self> {
        Arc::new(Self { store, once: Once::new(), held: AtomicUsize::new(0) })
    }

    /// Before a hidden name is made.
    pub(crate) fn hide(self: &Arc<Self>) -> Hiding {
        self.once.call_once(|| {
            let Some(store) = &self.store else { return };
            if let Err(error) = store.append(MARK) {
                tracing::warn!("the mark of a write was not made: {error}");
            }
        });
        self.held.fetch_add(1, Ordering::Relaxed);
        Hiding(Arc::clone(self))
    }

    /// Whether an earlier kernel may have left something.
    pub(crate) fn are_likely(&self) -> bool {
        let mark = self.store.as_ref().map(|it| it.read_bytes(MARK, 1));
        matches!(mark, Some(Ok(Some(_))))
    }

    /// The kernel ends properly.
    pub(crate) fn leave(&self) {
        if self.held.load(Ordering::Relaxed) == 0
            && let Some(store) = &self.store
            && let Err(error) = store.remove(MARK)
        {
            tracing::warn!("the mark of writes remains: {error}");
        }
    }
}

/// Removes what was left before `start_ms` since 1970; how much. Blocking, and slow in a large
/// tree.
pub(crate) fn sweep(root: &Root, start_ms: u64) -> usize {
    let top = WorkspacePath::root();
    let Ok(directory) = root.directory(&top) else { return 0 };
    sweep_directory(directory, &top, (start_ms, 0))
}

fn sweep_directory(
    directory: OwnedFd,
    path: &WorkspacePath,
    (start_ms, depth): (u64, usize),
) -> usize {
    let Ok(entries) = Dir::read_from(&directory) else { return 0 };
    let mut removed = 0;
    let (mut ours, mut inner) = (Vec::new(), Vec::new());
    for entry in entries.flatten() {
        let Ok(name) = entry.file_name().to_str() else { continue };
        if is_ours(name) {
            ours.push(name.to_owned());
        } else if entry.file_type() == FileType::Directory && !matches!(name, "." | ".." | ".git") {
            inner.push(name.to_owned());
        }
    }
    for name in inner.iter().filter(|_| depth < DEPTH_MAX) {
        if let (Ok(it), Ok(path)) = (open_directory(&directory, name.as_str()), path.join(name)) {
            removed += sweep_directory(it, &path, (start_ms, depth + 1));
        }
    }
    for name in ours {
        let Ok(stat) = rustix::fs::statat(&directory, &*name, AtFlags::SYMLINK_NOFOLLOW) else {
            continue;
        };
        // Nobody can set this time back, so what is in use now is never older than this kernel.
        if start_ms <= millis(stat.st_ctime, stat.st_ctime_nsec) + CLOCK_MS {
            continue;
        }
        let Ok(real) = path.join(&name) else { continue };
        let Ok(directory) = rustix::io::fcntl_dupfd_cloexec(&directory, 0) else { continue };
        match remove::remove(&Place { directory, real }) {
            Ok(()) => removed += 1,
            Err(error) => tracing::warn!("what a write left behind remains: {error}"),
        }
    }
    removed
}

/// Whether a name is one of those that `temporary_name` makes.
fn is_ours(name: &str) -> bool {
    name.strip_prefix(TEMPORARY_PREFIX).is_some_and(|it| {
        it.len() == DIGITS && it.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::temporary_name;
    use std::fs;

    #[test]
    fn only_our_names_from_before_are_removed() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        fs::create_dir_all(at("a/node_modules")).unwrap();
        fs::create_dir_all(at(".git")).unwrap();
        let (file, tree, git) = (temporary_name(), temporary_name(), temporary_name());
        fs::write(at(&format!("a/node_modules/{file}")), "half").unwrap();
        fs::create_dir_all(at(&format!("{tree}/b"))).unwrap();
        fs::write(at(&format!("{tree}/b/c")), "half").unwrap();
        fs::write(at(&format!(".git/{git}")), "theirs").unwrap();
        let theirs =
            [".stead-tmp-", ".stead-tmp-notes", ".stead-tmp-0123456789ABCDEF0123456789ABCDEF"];
        for name in theirs {
            fs::write(at(name), "theirs").unwrap();
        }
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join(temporary_name()), "theirs").unwrap();
        std::os::unix::fs::symlink(outside.path(), at("link")).unwrap();

        let root = Root::open(directory.path()).unwrap();
        assert_eq!(sweep(&root, 0), 0, "what is as young as the kernel is in use");
        assert_eq!(sweep(&root, u64::MAX), 2);
        assert!(!at(&format!("a/node_modules/{file}")).exists() && !at(&tree).exists());
        assert!(theirs.iter().all(|it| at(it).exists()));
        assert!(at(&format!(".git/{git}")).exists());
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_kernel_that_ended_properly_left_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let open = || Leftovers::new(Some(store.clone()));
        let leftovers = open();
        assert!(!leftovers.are_likely());
        let hiding = leftovers.hide();
        assert!(open().are_likely());
        leftovers.leave();
        assert!(open().are_likely(), "a name is in use");
        drop(hiding);
        leftovers.leave();
        assert!(!open().are_likely());
    }
}
