//! The workspace's root as a descriptor, and the one way from a path to a descriptor below it.
//!
//! Every open goes through `openat2` and is refused when any component is a symbolic link. A path
//! with links is first rewritten to one without by [`Root::resolve`], which refuses whatever leaves
//! the root; when a link appears in between, the open fails and the path is resolved again. What
//! is opened is therefore always below the root, whoever swaps what meanwhile.

use super::error::FileError;
use super::ignored::IgnoreList;
use super::remove::DEPTH_MAX;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, ResolveFlags, Stat, StatxFlags};
use rustix::io::Errno;
use std::collections::VecDeque;
use std::ffi::CString;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use stdx::WorkspacePath;

/// Links followed in one path before it counts as a loop; the limit of Linux itself.
const LINKS_MAX: usize = 40;
/// Attempts while somebody swaps components under us.
const ATTEMPTS_MAX: usize = 16;

const BENEATH: ResolveFlags =
    ResolveFlags::BENEATH.union(ResolveFlags::NO_MAGICLINKS).union(ResolveFlags::NO_SYMLINKS);
/// Opens that only name something.
pub(crate) const NAME: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
const DIRECTORY: OFlags = OFlags::DIRECTORY.union(OFlags::RDONLY).union(OFlags::CLOEXEC);

/// What becomes of a link at the end of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Last {
    /// It stands for its target.
    Follow,
    /// It is meant itself.
    Keep,
}

/// The workspace's root.
#[derive(Debug)]
pub(crate) struct Root {
    descriptor: OwnedFd,
    /// For links that name the workspace by its absolute path.
    absolute: PathBuf,
    /// What is left out of searches and of the change feed.
    ignored: Mutex<IgnoreList>,
}

impl Root {
    /// Opens the directory at `path`.
    pub(crate) fn open(path: &Path) -> std::io::Result<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let descriptor = rustix::fs::openat(CWD, path, flags, Mode::empty())?;
        Ok(Self { descriptor, absolute: path.to_owned(), ignored: Mutex::default() })
    }

    /// The names that nobody looks at.
    pub(crate) fn ignored(&self) -> IgnoreList {
        self.ignored.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes the names that nobody looks at.
    pub(crate) fn set_ignored(&self, list: IgnoreList) {
        *self.ignored.lock().unwrap_or_else(PoisonError::into_inner) = list;
    }

    /// Opens `path`, in which no component is a link, for example a result of [`Self::resolve`].
    pub(crate) fn open_real(
        &self,
        path: &WorkspacePath,
        flags: OFlags,
    ) -> rustix::io::Result<OwnedFd> {
        open_beneath(self.descriptor.as_fd(), path.as_path(), flags)
    }

    /// Opens `path`, following links that stay inside.
    pub(crate) fn open_at(
        &self,
        path: &WorkspacePath,
        last: Last,
        flags: OFlags,
    ) -> Result<OwnedFd, FileError> {
        // `O_PATH` would open a link itself, so one that is to be followed is resolved first.
        let names_link = flags.contains(OFlags::PATH) && last == Last::Follow;
        let mut outcome = if names_link { Err(Errno::LOOP) } else { self.open_real(path, flags) };
        for _ in 0..ATTEMPTS_MAX {
            match outcome {
                Ok(it) => return Ok(it),
                Err(Errno::LOOP | Errno::AGAIN | Errno::XDEV) => {
                    outcome = self.open_real(&self.resolve(path, last)?, flags);
                }
                Err(errno) => return Err(FileError::at(path, errno)),
            }
        }
        Err(FileError::at(path, outcome.err().unwrap_or(Errno::LOOP)))
    }

    /// Opens the directory `path` for reading.
    pub(crate) fn directory(&self, path: &WorkspacePath) -> Result<OwnedFd, FileError> {
        self.open_at(path, Last::Follow, DIRECTORY)
    }

    /// What is at `path`, or `None`.
    pub(crate) fn stat(&self, path: &WorkspacePath, last: Last) -> Result<Option<Stat>, FileError> {
        match self.open_at(path, last, NAME) {
            Ok(descriptor) => {
                rustix::fs::fstat(descriptor).map(Some).map_err(|errno| FileError::at(path, errno))
            }
            Err(FileError::NotFound(_) | FileError::NotDirectory(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// When what is at `path` was made, links not followed: seconds since 1970 and nanoseconds. `None`
    /// where there is nothing, or the file system does not say.
    pub(crate) fn made(&self, path: &WorkspacePath) -> Option<(i64, u64)> {
        let (descriptor, wanted) = (self.open_at(path, Last::Keep, NAME).ok()?, StatxFlags::BTIME);
        let stat = rustix::fs::statx(descriptor, c"", AtFlags::EMPTY_PATH, wanted).ok()?;
        let is_known = stat.stx_mask & wanted.bits() != 0;
        is_known.then(|| (stat.stx_btime.tv_sec, u64::from(stat.stx_btime.tv_nsec)))
    }

    /// The directory that holds `path` and the name of `path` in it. For changes: links on the way
    /// are followed, what `last` says holds for the last component, reserved names are refused
    /// again after that.
    pub(crate) fn parent(&self, path: &WorkspacePath, last: Last) -> Result<Place, FileError> {
        let mut outcome = Err(Errno::AGAIN);
        for _ in 0..ATTEMPTS_MAX {
            let real = self.resolve(path, last)?;
            WorkspacePath::parse_for_write(real.as_str())?;
            outcome = self.open_real(&real.parent(), DIRECTORY);
            match outcome {
                Ok(directory) => return Ok(Place { directory, real }),
                Err(Errno::LOOP | Errno::AGAIN | Errno::XDEV) => {}
                Err(errno) => return Err(FileError::at(&path.parent(), errno)),
            }
        }
        Err(FileError::at(path, outcome.err().unwrap_or(Errno::LOOP)))
    }

    /// Makes the directory that holds `path`, and those above it, where they are missing. Answers
    /// with what was made, outermost first.
    pub(crate) fn make_parents(
        &self,
        path: &WorkspacePath,
    ) -> Result<Vec<WorkspacePath>, FileError> {
        let parent = path.parent();
        if parent.is_root() || self.stat(&parent, Last::Follow)?.is_some() {
            return Ok(Vec::new());
        }
        let mut made = Vec::new();
        let mut outcome = Err(Errno::AGAIN);
        for _ in 0..ATTEMPTS_MAX {
            let real = self.resolve(&parent, Last::Follow)?;
            WorkspacePath::parse_for_write(real.as_str())?;
            check_depth(&real)?;
            outcome = self.make_real(&real, &mut made);
            match outcome {
                Ok(()) => return Ok(made),
                // Somebody swaps or deletes what is on the way.
                Err(Errno::LOOP | Errno::AGAIN | Errno::XDEV | Errno::NOENT) => {}
                Err(errno) => return Err(FileError::at(&parent, errno)),
            }
        }
        Err(FileError::at(&parent, outcome.err().unwrap_or(Errno::LOOP)))
    }

    /// Makes the directory `path`, in which no component is a link, going down from the root once.
    fn make_real(
        &self,
        path: &WorkspacePath,
        made: &mut Vec<WorkspacePath>,
    ) -> rustix::io::Result<()> {
        let flags = NAME | OFlags::DIRECTORY;
        let mut directory = self.open_real(&WorkspacePath::root(), flags)?;
        let text = path.as_str();
        let ends = text.match_indices('/').map(|it| it.0).chain([text.len()]);
        let mut start = 0;
        for end in ends {
            let name = &text[start..end];
            start = end + 1;
            directory = match open_beneath(directory.as_fd(), name, flags) {
                Err(Errno::NOENT) => {
                    match rustix::fs::mkdirat(&directory, name, Mode::from(0o777)) {
                        Ok(()) => made.extend(WorkspacePath::parse(&text[..end])),
                        Err(Errno::EXIST) => {}
                        Err(errno) => return Err(errno),
                    }
                    open_beneath(directory.as_fd(), name, flags)?
                }
                opened => opened?,
            };
        }
        Ok(())
    }

    /// Rewrites `path` to one in which no component is a link. What does not exist is kept as it
    /// is written.
    pub(crate) fn resolve(
        &self,
        path: &WorkspacePath,
        last: Last,
    ) -> Result<WorkspacePath, FileError> {
        let mut queue: VecDeque<String> =
            path.as_str().split('/').filter(|it| !it.is_empty()).map(str::to_owned).collect();
        let mut real = WorkspacePath::root();
        let mut links = 0;
        while let Some(component) = queue.pop_front() {
            if component == ".." {
                if real.is_root() {
                    return Err(FileError::Escapes(path.clone()));
                }
                real = real.parent();
                continue;
            }
            let here = real.join(&component)?;
            let keep = last == Last::Keep && queue.is_empty();
            let Some(target) = (if keep { None } else { self.link(&real, &component) }) else {
                real = here;
                continue;
            };
            links += 1;
            if LINKS_MAX < links {
                return Err(FileError::Escapes(path.clone()));
            }
            let mut target = PathBuf::from(target);
            if target.is_absolute() {
                let inside = target.strip_prefix(&self.absolute).map(Path::to_path_buf);
                target = inside.map_err(|_| FileError::Escapes(path.clone()))?;
                real = WorkspacePath::root();
            }
            let target = target.to_str().ok_or_else(|| FileError::NotFound(path.clone()))?;
            for part in target.split('/').rev().filter(|it| !matches!(*it, "" | ".")) {
                queue.push_front(part.to_owned());
            }
        }
        Ok(real)
    }

    /// Where the link `name` in `directory` points; `None` when it is no link or is not there.
    fn link(&self, directory: &WorkspacePath, name: &str) -> Option<std::ffi::OsString> {
        let directory = self.open_real(directory, NAME | OFlags::DIRECTORY).ok()?;
        let target = rustix::fs::readlinkat(directory, name, Vec::new()).ok()?;
        Some(std::os::unix::ffi::OsStringExt::from_vec(target.into_bytes()))
    }
}

/// Refuses a directory that could not be deleted again, because it is too far down.
pub(crate) fn check_depth(directory: &WorkspacePath) -> Result<(), FileError> {
    let depth = directory.as_str().split('/').count();
    if DEPTH_MAX < depth { Err(FileError::TooDeep) } else { Ok(()) }
}

/// A place for a file: an open directory and a name in it.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) directory: OwnedFd,
    /// The whole path, free of links.
    pub(crate) real: WorkspacePath,
}

impl Place {
    /// The name in the directory.
    pub(crate) fn name(&self) -> &str {
        self.real.file_name()
    }

    /// The name as system calls take it.
    pub(crate) fn c_name(&self) -> CString {
        CString::new(self.name()).expect("a workspace path has no zero byte")
    }

    /// What is there now, links not followed.
    pub(crate) fn stat(&self) -> Result<Option<Stat>, FileError> {
        match rustix::fs::statat(&self.directory, self.name(), AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(FileError::at(&self.real, errno)),
        }
    }
}

/// Opens `path` below `directory`; a link anywhere in it is refused with `ELOOP`.
pub(crate) fn open_beneath(
    directory: BorrowedFd<'_>,
    path: impl rustix::path::Arg + Copy,
    flags: OFlags,
) -> rustix::io::Result<OwnedFd> {
    let flags = flags | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    rustix::fs::openat2(directory, path, flags, Mode::empty(), BENEATH)
}

/// Opens the directory `name` of `directory` for reading, never through a link.
pub(crate) fn open_directory(
    directory: impl AsFd,
    name: impl rustix::path::Arg + Copy,
) -> rustix::io::Result<OwnedFd> {
    open_beneath(directory.as_fd(), name, DIRECTORY)
}

/// What kind of thing a stat describes.
pub(crate) fn file_type(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}
