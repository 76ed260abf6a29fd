//! How much room a tree takes, whatever a hostile program made of it.

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use std::collections::HashSet;
use std::ffi::CString;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

/// Names that are looked at in one workspace; this many take 8 GiB when each is one block.
const NAMES_MAX: u64 = 2_000_000;

/// Sums up directories that belong together: a file with several names counts once.
#[derive(Debug)]
pub(super) struct Sum {
    bytes: u64,
    names_left: u64,
    /// Files that were counted and have further names.
    linked: HashSet<(u64, u64)>,
}

/// A directory on the way from the root to where we are.
struct Level {
    identity: (u64, u64),
    /// Directories in it that were not looked into yet.
    names: Vec<CString>,
}

impl Default for Sum {
    fn default() -> Self {
        Self { bytes: 0, names_left: NAMES_MAX, linked: HashSet::new() }
    }
}

impl Sum {
    /// Bytes on disk.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Adds a directory and everything below. Links are not followed. Blocks.
    ///
    /// Two directories are open at a time whatever the depth: the way back up is `..`. Where a
    /// program moves directories about meanwhile, the sum ends early.
    pub(super) fn add(&mut self, root: &Path) {
        let Ok(mut here) = open(CWD, root) else { return };
        let mut levels = vec![self.look(here.as_fd())];
        while let Some(level) = levels.last_mut() {
            if let Some(name) = level.names.pop() {
                if let Ok(inner) = open(here.as_fd(), name.as_c_str()) {
                    here = inner;
                    levels.push(self.look(here.as_fd()));
                }
                continue;
            }
            levels.pop();
            let Some(above) = levels.last() else { return };
            match open(here.as_fd(), c"..") {
                Ok(up) if identity(up.as_fd()) == above.identity => here = up,
                _ => return,
            }
        }
    }

    /// Counts what is in one directory.
    fn look(&mut self, place: BorrowedFd<'_>) -> Level {
        let mut level = Level { identity: identity(place), names: Vec::new() };
        let Ok(entries) = Dir::read_from(place) else { return level };
        for entry in entries.flatten() {
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            if self.names_left == 0 {
                break;
            }
            self.names_left -= 1;
            let flags = AtFlags::SYMLINK_NOFOLLOW;
            let Ok(stat) = rustix::fs::statat(place, name, flags) else { continue };
            self.count(&stat);
            if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
                level.names.push(name.to_owned());
            }
        }
        level
    }

    fn count(&mut self, stat: &Stat) {
        let is_directory = FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
        let again = 1 < stat.st_nlink && !is_directory;
        if again && !self.linked.insert((stat.st_dev, stat.st_ino)) {
            return;
        }
        self.bytes += u64::try_from(stat.st_blocks).unwrap_or(0) * 512;
    }
}

fn open<P: rustix::path::Arg>(place: impl AsFd, name: P) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(place, name, flags, Mode::empty())
}

fn identity(directory: BorrowedFd<'_>) -> (u64, u64) {
    rustix::fs::fstat(directory).map(|it| (it.st_dev, it.st_ino)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const MEBIBYTE: u64 = 1 << 20;

    fn bytes(path: &Path) -> u64 {
        let mut sum = Sum::default();
        sum.add(path);
        sum.bytes()
    }

    #[test]
    fn a_size_is_that_of_everything_below_and_of_nothing_a_link_points_to() {
        let directory = tempfile::tempdir().unwrap();
        let deep = directory.path().join("a/b/c");
        fs::create_dir_all(&deep).unwrap();
        fs::create_dir_all(directory.path().join("a/d/e")).unwrap();
        fs::write(deep.join("file"), vec![1; 1 << 20]).unwrap();
        fs::write(directory.path().join("a/d/e/other"), vec![1; 1 << 20]).unwrap();
        std::os::unix::fs::symlink("/usr", directory.path().join("link")).unwrap();
        let one = bytes(directory.path());
        assert!((2 * MEBIBYTE..3 * MEBIBYTE).contains(&one), "{one}");
        fs::hard_link(deep.join("file"), directory.path().join("again")).unwrap();
        assert_eq!(bytes(directory.path()), one, "a second name takes no room");
    }

    #[test]
    fn nothing_is_hidden_by_depth() {
        let directory = tempfile::tempdir().unwrap();
        let mut here = open(CWD, directory.path()).unwrap();
        for _ in 0..3_000 {
            for name in [c"d", c"e"] {
                rustix::fs::mkdirat(&here, name, Mode::RWXU).unwrap();
            }
            here = open(&here, c"d").unwrap();
        }
        // What a directory takes is the file system's affair: nothing, on some.
        let without = bytes(directory.path());
        let file = OFlags::CREATE | OFlags::WRONLY;
        let file = rustix::fs::openat(&here, c"file", file, Mode::RUSR).unwrap();
        rustix::io::write(&file, &vec![1; 1 << 20]).unwrap();
        drop((file, here));
        assert!(without + MEBIBYTE <= bytes(directory.path()));
        supervisor::remove_tree(directory.path()).unwrap();
    }
}
