//! The watched directories: one inotify watch each, placed by descriptor.
//!
//! A new directory is watched first and read afterwards, so a file that is made in between is seen
//! by one or the other. A directory that moves loses its watches and gets new ones where it appears.

use super::Notice;
use super::pending::{After, Pending, change};
use crate::feed::{Author, Change};
use crate::files::{Last, OwnWrites, Root, file_type, is_ignored_name, names};
use protocol::channel::RescanReason;
use rustix::fd::{AsRawFd, OwnedFd};
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::fs::{FileType, OFlags};
use rustix::io::Errno;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::mem::MaybeUninit;
use std::path::Path;
use std::sync::Arc;
use stdx::WorkspacePath;

/// Names of one directory that are remembered; beyond, a modification may be told as a creation.
const NAMES_MAX: usize = 50_000;
/// Events read at once; a few hundred of usual length.
const BUFFER_BYTES: usize = 16 * 1024;

const EVENTS: WatchFlags = WatchFlags::CREATE
    .union(WatchFlags::DELETE)
    .union(WatchFlags::MODIFY)
    .union(WatchFlags::MOVED_FROM)
    .union(WatchFlags::MOVED_TO)
    .union(WatchFlags::ONLYDIR)
    .union(WatchFlags::EXCL_UNLINK);

/// How much may be watched.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) directories: usize,
}

impl Default for Limits {
    fn default() -> Self {
        // Together with their names a few megabytes, and far more than people have outside of
        // ignored directories.
        Self { directories: 20_000 }
    }
}

/// The directories of a workspace and what is about to be told of them.
pub(super) struct Tree {
    root: Root,
    own: OwnWrites,
    limits: Limits,
    /// `None` when the user has no instance left.
    inotify: Option<Arc<OwnedFd>>,
    directories: HashMap<i32, Directory>,
    descriptors: HashMap<WorkspacePath, i32>,
    pending: Pending,
    hash: RandomState,
    /// Not everything is watched, and that was told.
    limited: bool,
}

/// A watched directory.
struct Directory {
    path: WorkspacePath,
    /// Hashes of the names in it, to tell a replaced file from a new one.
    names: HashSet<u64>,
}

impl Tree {
    pub(super) fn open(root: &Path, own: OwnWrites, limits: Limits) -> io::Result<Self> {
        let inotify = match inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC) {
            Ok(inotify) => Some(Arc::new(inotify)),
            Err(Errno::MFILE | Errno::NFILE | Errno::NOMEM) => None,
            Err(errno) => return Err(errno.into()),
        };
        Ok(Self {
            root: Root::open(root)?,
            own,
            limits,
            inotify,
            directories: HashMap::new(),
            descriptors: HashMap::new(),
            pending: Pending::default(),
            hash: RandomState::new(),
            limited: false,
        })
    }

    pub(super) fn inotify(&self) -> Option<Arc<OwnedFd>> {
        self.inotify.clone()
    }

    pub(super) fn is_limited(&self) -> bool {
        self.limited
    }

    /// Watches everything that is there, without telling it.
    pub(super) fn place(&mut self) -> Vec<Notice> {
        let mut notices = Vec::new();
        if self.inotify.is_none() {
            self.limit("no inotify instance is left for this user", &mut notices);
            return notices;
        }
        self.enter(&WorkspacePath::root(), false, &mut notices);
        notices
    }

    /// Takes what happened. Tells only what cannot wait.
    pub(super) fn read(&mut self) -> Vec<Notice> {
        let mut notices = Vec::new();
        let Some(inotify) = self.inotify() else { return notices };
        let mut buffer = [MaybeUninit::uninit(); BUFFER_BYTES];
        let mut reader = inotify::Reader::new(&*inotify, &mut buffer);
        loop {
            let event = match reader.next() {
                Ok(event) => event,
                Err(Errno::INTR) => continue,
                Err(_) => return notices,
            };
            let (flags, watch) = (event.events(), event.wd());
            if flags.contains(ReadFlags::QUEUE_OVERFLOW) {
                self.start_over(&mut notices);
                continue;
            }
            if flags.contains(ReadFlags::IGNORED) {
                self.forget(watch);
                continue;
            }
            // A name that is not UTF-8 has no path in Stead.
            let Some(name) = event.file_name().and_then(|it| it.to_str().ok()) else { continue };
            self.happened(watch, name, flags, &mut notices);
        }
    }

    /// Ends the window and tells what is different after it.
    pub(super) fn flush(&mut self) -> Vec<Notice> {
        let Some(paths) = self.pending.take() else {
            return vec![Notice::Rescan(RescanReason::Many)];
        };
        let mut changes = Vec::new();
        for (path, existed) in paths {
            let Ok(stat) = self.root.stat(&path, Last::Keep) else { continue };
            let after = match &stat {
                None => After::Missing,
                Some(it) if file_type(it) == FileType::Directory => After::Directory,
                Some(_) => After::Other,
            };
            self.note_name(&path, after != After::Missing);
            if !self.own.explains(&path, stat.as_ref())
                && let Some(what) = change(existed, after)
            {
                changes.push(Change { path, what, author: Author::Process });
            }
        }
        vec![Notice::Changes(changes)]
    }

    fn happened(&mut self, watch: i32, name: &str, flags: ReadFlags, notices: &mut Vec<Notice>) {
        let Some(directory) = self.directories.get(&watch) else { return };
        let Ok(path) = directory.path.join(name) else { return };
        if is_ignored_name(name) {
            return;
        }
        let existed = directory.names.contains(&self.hash.hash_one(name));
        self.pending.touch(path.clone(), existed);
        if flags.contains(ReadFlags::ISDIR) {
            if flags.intersects(ReadFlags::MOVED_FROM | ReadFlags::DELETE) {
                self.leave(&path);
            }
            if flags.intersects(ReadFlags::MOVED_TO | ReadFlags::CREATE) {
                self.enter(&path, true, notices);
            }
        }
    }

    /// Watches `path` and what is below; tells what is found there when `tell` says so.
    fn enter(&mut self, path: &WorkspacePath, tell: bool, notices: &mut Vec<Notice>) {
        let mut stack = vec![path.clone()];
        while let Some(path) = stack.pop() {
            if self.limits.directories <= self.directories.len() {
                self.limit("the workspace has too many directories to watch them all", notices);
                return;
            }
            // It may be gone again, or be a link by now.
            let flags = OFlags::RDONLY | OFlags::DIRECTORY;
            let Ok(open) = self.root.open_real(&path, flags) else { continue };
            let watch = match self.watch(&open) {
                Ok(Some(watch)) => watch,
                Ok(None) => continue,
                Err(errno) => {
                    if matches!(errno, Errno::NOSPC | Errno::NOMEM) {
                        self.limit("no inotify watch is left for this user", notices);
                        return;
                    }
                    tracing::debug!(%errno, "a directory cannot be watched");
                    continue;
                }
            };
            let mut known = HashSet::new();
            for name in names(&open, NAMES_MAX).unwrap_or_default() {
                if is_ignored_name(&name.text) {
                    continue;
                }
                let Ok(inner) = path.join(&name.text) else { continue };
                if tell {
                    self.pending.touch(inner.clone(), false);
                } else {
                    known.insert(self.hash.hash_one(name.text.as_str()));
                }
                if name.kind == FileType::Directory {
                    stack.push(inner);
                }
            }
            self.descriptors.insert(path.clone(), watch);
            self.directories.insert(watch, Directory { path, names: known });
        }
    }

    /// Places a watch on an open directory; `None` when it has one already.
    fn watch(&self, directory: &OwnedFd) -> rustix::io::Result<Option<i32>> {
        let Some(inotify) = &self.inotify else { return Ok(None) };
        // The link in `/proc` names the open directory itself, whatever its path is by now.
        let link = format!("/proc/self/fd/{}", directory.as_raw_fd());
        let watch = inotify::add_watch(&**inotify, link, EVENTS)?;
        Ok((!self.directories.contains_key(&watch)).then_some(watch))
    }

    /// `path` and what was below is not there any more.
    fn leave(&mut self, path: &WorkspacePath) {
        let gone: Vec<i32> = self
            .descriptors
            .iter()
            .filter(|(it, _)| it.starts_with(path))
            .map(|(_, watch)| *watch)
            .collect();
        for watch in gone {
            self.forget(watch);
            if let Some(inotify) = &self.inotify
                && let Err(errno) = inotify::remove_watch(&**inotify, watch)
            {
                // A deleted directory took its watch along.
                tracing::trace!(%errno, "a watch was gone already");
            }
        }
    }

    fn forget(&mut self, watch: i32) {
        if let Some(directory) = self.directories.remove(&watch)
            && self.descriptors.get(&directory.path) == Some(&watch)
        {
            self.descriptors.remove(&directory.path);
        }
    }

    /// Events were lost: everything is watched anew, and everybody looks again.
    fn start_over(&mut self, notices: &mut Vec<Notice>) {
        self.leave(&WorkspacePath::root());
        self.pending.overflow();
        self.enter(&WorkspacePath::root(), false, notices);
    }

    fn note_name(&mut self, path: &WorkspacePath, present: bool) {
        let name = self.hash.hash_one(path.file_name());
        let watch = self.descriptors.get(&path.parent());
        if let Some(directory) = watch.and_then(|it| self.directories.get_mut(it)) {
            if !present {
                directory.names.remove(&name);
            } else if directory.names.len() < NAMES_MAX {
                directory.names.insert(name);
            }
        }
    }

    fn limit(&mut self, what: &str, notices: &mut Vec<Notice>) {
        if std::mem::replace(&mut self.limited, true) {
            return;
        }
        let message = format!(
            "{what}: changes in a part of the workspace are seen only every ten seconds; raise \
             `fs.inotify.max_user_watches` and `fs.inotify.max_user_instances`, or move large \
             directories to an ignored name"
        );
        notices.push(Notice::Diagnostic { code: "watch_limited", message });
    }
}
