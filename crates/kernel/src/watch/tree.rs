//! The directories of a workspace, watched one by one and by descriptor.
//!
//! A new directory is watched first and read afterwards, so a file that is made in between is seen
//! by one or the other. What an event says is never believed beyond "look there": where a directory
//! is, is what its inode says, so it does not matter how far the events lag behind.

use super::Notice;
use super::model::{Entry, Id, Identity, Model, Place, ROOT, Told};
use super::window::{CAME, LEFT, WRITTEN, Who, Window};
use crate::files::{IgnoreList, Name, OwnWrites, Root, names};
use protocol::state::{FileWatch, FileWatchStatus};
use rustix::fd::{AsFd, AsRawFd, OwnedFd};
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::fs::{FileType, OFlags};
use rustix::io::Errno;
use std::io;
use std::mem::MaybeUninit;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use stdx::WorkspacePath;

/// Entries of one directory that are looked at.
pub(super) const NAMES_MAX: usize = 200_000;
/// Bytes of events read at once; a few hundred of usual length.
const BUFFER_BYTES: usize = 16 * 1024;
/// Events taken before the others have their turn: a program that never stops writing must not
/// keep what it wrote from being told.
const EVENTS_MAX: usize = 8192;
/// Directories that are known, watched or not; each costs a few hundred bytes.
const DIRECTORIES_MAX: usize = 100_000;
/// Directories in directories that are entered; each level holds a descriptor meanwhile.
const DEPTH_MAX: usize = 256;
/// Longest time for which changes under Git's lock are taken for Git's: a lock that a killed Git
/// left behind says nothing.
const GIT_MAX: Duration = Duration::from_secs(60);

const EVENTS: WatchFlags = WatchFlags::CREATE
    .union(WatchFlags::DELETE)
    .union(WatchFlags::MODIFY)
    .union(WatchFlags::MOVED_FROM)
    .union(WatchFlags::MOVED_TO)
    .union(WatchFlags::ONLYDIR)
    .union(WatchFlags::EXCL_UNLINK);
/// What says that Git takes and gives back its lock.
const GIT_EVENTS: WatchFlags = WatchFlags::CREATE
    .union(WatchFlags::DELETE)
    .union(WatchFlags::MOVED_FROM)
    .union(WatchFlags::ONLYDIR);

/// How much may be watched.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) directories: usize,
}

impl Default for Limits {
    fn default() -> Self {
        // A fifth of what Linux gives a user by default, who has other workspaces.
        Self { directories: 40_000 }
    }
}

/// The directories of a workspace and what is about to be told of them.
pub(super) struct Tree {
    pub(super) root: Root,
    pub(super) own: OwnWrites,
    ignored: IgnoreList,
    limits: Limits,
    /// `None` when the user has no instance left.
    inotify: Option<Arc<OwnedFd>>,
    pub(super) model: Model,
    pub(super) window: Window,
    /// The watch of `.git`.
    git: Option<i32>,
    git_since: Option<Instant>,
    /// Why not everything is watched, and whether that was told.
    limited: Option<(&'static str, bool)>,
    /// Events were lost: everything is to be compared.
    pub(super) overflowed: bool,
    pub(super) compared: Compared,
    /// The last event that was read may be the first half of a move.
    half_move: bool,
    /// The other half was waited for since the last telling.
    half_waited: bool,
    /// When nothing was left to read, in milliseconds since 1970, as files' times are.
    pub(super) drained_at_ms: u64,
}

/// When the tree was compared.
#[derive(Debug, Default)]
pub(super) struct Compared {
    /// In milliseconds since 1970.
    pub(super) at_ms: u64,
    /// When an overflow was answered by it, and when the next one may be.
    pub(super) next: Option<Instant>,
    /// When people were told of an overflow.
    pub(super) told: Option<Instant>,
}

impl Tree {
    pub(super) fn open(
        root: &Path,
        own: OwnWrites,
        ignored: IgnoreList,
        limits: Limits,
    ) -> io::Result<Self> {
        let inotify = match inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC) {
            Ok(inotify) => Some(Arc::new(inotify)),
            Err(Errno::MFILE | Errno::NFILE | Errno::NOMEM) => None,
            Err(errno) => return Err(errno.into()),
        };
        Ok(Self {
            root: Root::open(root)?,
            own,
            ignored,
            limits,
            inotify,
            model: Model::default(),
            window: Window::default(),
            git: None,
            git_since: None,
            limited: None,
            overflowed: false,
            compared: Compared::default(),
            half_move: false,
            half_waited: false,
            drained_at_ms: 0,
        })
    }

    pub(super) fn inotify(&self) -> Option<Arc<OwnedFd>> {
        self.inotify.clone()
    }

    /// Whether a part has to be compared instead.
    pub(super) fn is_limited(&self) -> bool {
        self.limited.is_some()
    }

    /// Whether a telling now could fall between the halves of a move. Says so once.
    pub(super) fn waits_for_half(&mut self) -> bool {
        self.half_waited = self.half_move && !self.half_waited;
        self.half_waited
    }

    /// Whether there is something to tell, or to compare.
    pub(super) fn is_dirty(&self) -> bool {
        self.overflowed || 0 < self.window.len()
    }

    /// How it stands, for the state.
    pub(super) fn standing(&self) -> FileWatch {
        let directories = self.model.watched() as u64;
        let status =
            if self.is_limited() { FileWatchStatus::Limited } else { FileWatchStatus::Live };
        FileWatch { status, directories, message: self.limited.map(|it| limit_message(it.0)) }
    }

    /// Watches everything that is there, without telling it.
    pub(super) fn place(&mut self) -> Vec<Notice> {
        self.own.forget();
        self.drained_at_ms = stdx::clock::now_ms();
        self.compared.at_ms = self.drained_at_ms;
        if self.inotify.is_none() {
            self.limit("no inotify instance is left for this user");
        }
        let Ok(open) = self.root.directory(&WorkspacePath::root()) else { return Vec::new() };
        let Ok(identity) = identity(&open) else { return Vec::new() };
        let watch = self.watch(&open);
        self.model.begin(identity, watch);
        self.watch_git(&open);
        self.descend(ROOT, open, false);
        self.limit_notice()
    }

    /// Takes what happened; `true` when there is more to take.
    pub(super) fn read(&mut self) -> bool {
        let Some(inotify) = self.inotify() else { return false };
        let mut buffer = [MaybeUninit::uninit(); BUFFER_BYTES];
        let mut reader = inotify::Reader::new(&*inotify, &mut buffer);
        for _ in 0..EVENTS_MAX {
            let event = match reader.next() {
                Ok(event) => event,
                Err(Errno::INTR) => continue,
                Err(_) => {
                    if !self.overflowed {
                        self.drained_at_ms = stdx::clock::now_ms();
                    }
                    return false;
                }
            };
            let (flags, watch) = (event.events(), event.wd());
            if flags.contains(ReadFlags::QUEUE_OVERFLOW) {
                self.overflowed = true;
                continue;
            }
            if flags.contains(ReadFlags::IGNORED) {
                if let Some(id) = self.model.by_watch(watch) {
                    self.ended(id);
                }
                if self.git == Some(watch) {
                    (self.git, self.git_since) = (None, None);
                }
                continue;
            }
            // A name that is not UTF-8 has no path in Stead.
            let Some(name) = event.file_name().and_then(|it| it.to_str().ok()) else { continue };
            self.half_move = flags.contains(ReadFlags::MOVED_FROM);
            if self.git == Some(watch) {
                self.git_happened(name, flags);
            } else if let Some(id) = self.model.by_watch(watch) {
                self.happened(id, name, (flags, event.cookie()));
            }
        }
        true
    }

    fn happened(&mut self, id: Id, name: &str, (flags, cookie): (ReadFlags, u32)) {
        let is_directory = flags.contains(ReadFlags::ISDIR);
        let appears = flags.intersects(ReadFlags::MOVED_TO | ReadFlags::CREATE);
        if id == ROOT && name == ".git" && is_directory && appears {
            if let Ok(open) = self.root.directory(&WorkspacePath::root()) {
                self.watch_git(&open);
            }
            return;
        }
        if !self.is_of_interest(name) {
            return;
        }
        let mut touched = 0;
        if flags.intersects(ReadFlags::CREATE | ReadFlags::MODIFY) {
            touched |= WRITTEN;
        }
        if flags.contains(ReadFlags::MOVED_FROM) {
            touched |= LEFT;
        }
        if flags.contains(ReadFlags::MOVED_TO) {
            touched |= CAME;
        }
        let place = (id, name.into());
        self.touch_by(&place, (touched, cookie));
        if is_directory && appears {
            self.arrive(&place);
        }
    }

    /// A directory is deleted, and its inode may be another directory's by now.
    fn ended(&mut self, id: Id) {
        if let Some(place) = self.model.end(id) {
            self.touch(&place, 0);
            self.model.set(&place, None);
        }
    }

    /// Whether a name is told at all.
    pub(super) fn is_of_interest(&self, name: &str) -> bool {
        !self.ignored.names(name) && WorkspacePath::parse(name).is_ok()
    }

    pub(super) fn touch(&mut self, place: &Place, flags: u8) {
        self.touch_by(place, (flags, 0));
    }

    fn touch_by(&mut self, place: &Place, flags: (u8, u32)) {
        let git = self.git_since.is_some_and(|it| it.elapsed() < GIT_MAX);
        let who = if git { Who::Git } else { Who::Process };
        self.window.touch(place, self.model.entry(place), flags, who);
    }

    /// A directory is said to be at `place`: finds out which, and watches it.
    pub(super) fn arrive(&mut self, place: &Place) {
        let Some(path) = self.model.path(place.0).and_then(|it| it.join(&place.1).ok()) else {
            return;
        };
        // It may be gone again, or be a link by now.
        match self.root.open_real(&path, OFlags::RDONLY | OFlags::DIRECTORY) {
            Ok(open) => {
                if let Some(id) = self.meet(place, &open, true) {
                    self.descend(id, open, true);
                }
            }
            Err(Errno::ACCESS | Errno::PERM) => self.model.set(place, Some(Entry::Closed)),
            Err(_) => {}
        }
    }

    /// The open directory is at `place`. Answers with its number when what is in it is not known.
    fn meet(&mut self, place: &Place, open: &OwnedFd, tell: bool) -> Option<Id> {
        let identity = identity(open).ok()?;
        if let Some(id) = self.model.by_identity(identity) {
            let at = self.model.get(id).and_then(|it| it.place.clone());
            if id != ROOT && at.as_ref() != Some(place) {
                at.iter().chain([place]).for_each(|it| self.touch(it, 0));
                self.model.relocate(id, place);
            }
            return None;
        }
        if tell {
            self.touch(place, WRITTEN);
        }
        if DIRECTORIES_MAX <= self.model.len() {
            self.limit("the workspace has more than 100,000 directories");
            self.model.set(place, Some(Entry::Closed));
            return None;
        }
        let watch = self.watch(open);
        let told = if tell { Told::Never } else { Told::Here };
        Some(self.model.add(place.clone(), told, identity, watch))
    }

    /// Takes in what is in the new directory `id`, and all that is below.
    fn descend(&mut self, id: Id, open: OwnedFd, tell: bool) {
        let names = self.take_names(id, &open, tell);
        let mut stack = vec![(id, open, names)];
        while let Some((id, open, directories)) = stack.last_mut() {
            let Some(name) = directories.pop() else {
                stack.pop();
                continue;
            };
            let place: Place = (*id, name.text.as_str().into());
            let inner = crate::files::open_directory(&*open, name.text.as_str());
            match inner {
                Ok(inner) if stack.len() < DEPTH_MAX => {
                    if let Some(id) = self.meet(&place, &inner, tell) {
                        let names = self.take_names(id, &inner, tell);
                        stack.push((id, inner, names));
                    }
                }
                _ if tell => {}
                _ => self.model.set(&place, Some(Entry::Closed)),
            }
        }
    }

    /// Takes in the names of one directory; answers with those of directories.
    fn take_names(&mut self, id: Id, open: &OwnedFd, tell: bool) -> Vec<Name> {
        let mut directories = Vec::new();
        for name in names(open, NAMES_MAX).unwrap_or_default() {
            if !self.is_of_interest(&name.text) {
                continue;
            }
            let place: Place = (id, name.text.as_str().into());
            if tell {
                // It was made here, or came before the directory was watched.
                self.touch(&place, WRITTEN | CAME);
            } else if name.kind != FileType::Directory {
                self.model.set(&place, Some(other(name.inode)));
            }
            if name.kind == FileType::Directory {
                directories.push(name);
            }
        }
        directories
    }

    /// Places a watch on an open directory; `None` when that is not possible.
    fn watch(&mut self, directory: &OwnedFd) -> Option<i32> {
        let inotify = self.inotify.as_ref()?;
        if self.limits.directories <= self.model.watched() {
            self.limit("the workspace has more directories than are watched");
            return None;
        }
        match inotify::add_watch(&**inotify, link(directory), EVENTS) {
            Ok(watch) => Some(watch),
            Err(errno) => {
                if matches!(errno, Errno::NOSPC | Errno::NOMEM) {
                    self.limit("no inotify watch is left for this user");
                }
                tracing::debug!(%errno, "a directory cannot be watched");
                None
            }
        }
    }

    pub(super) fn unwatch(&self, watches: Vec<i32>) {
        let Some(inotify) = &self.inotify else { return };
        for watch in watches {
            if let Err(errno) = inotify::remove_watch(&**inotify, watch) {
                // A deleted directory took its watch along.
                tracing::trace!(%errno, "a watch was gone already");
            }
        }
    }

    fn watch_git(&mut self, root: &OwnedFd) {
        let Some(inotify) = &self.inotify else { return };
        if let Ok(git) = crate::files::open_directory(root, ".git") {
            self.git = inotify::add_watch(&**inotify, link(&git), GIT_EVENTS).ok();
            self.git_since = None;
        }
    }

    /// Git holds `index.lock` while it changes the files of the workspace.
    fn git_happened(&mut self, name: &str, flags: ReadFlags) {
        if name == "index.lock" {
            let taken = flags.contains(ReadFlags::CREATE);
            self.git_since = taken.then(Instant::now);
        }
    }

    fn limit(&mut self, what: &'static str) {
        self.limited.get_or_insert((what, false));
    }

    /// Says once that not everything is watched.
    pub(super) fn limit_notice(&mut self) -> Vec<Notice> {
        let Some((what, told)) = &mut self.limited else { return Vec::new() };
        if std::mem::replace(told, true) {
            return Vec::new();
        }
        vec![Notice::Diagnostic { code: "watch_limited", message: limit_message(what) }]
    }
}

fn limit_message(what: &'static str) -> String {
    format!(
        "{what}: changes in a part of the workspace are found by comparing every ten seconds or \
         more; raise `fs.inotify.max_user_watches` and `fs.inotify.max_user_instances` (see `stead \
         doctor`), or move large directories to an ignored name"
    )
}

/// The link in `/proc` names the open directory itself, whatever its path is by now.
fn link(directory: &OwnedFd) -> String {
    format!("/proc/self/fd/{}", directory.as_raw_fd())
}

/// Which directory or file is open.
pub(super) fn identity(open: impl AsFd) -> rustix::io::Result<Identity> {
    rustix::fs::fstat(open).map(|it| (it.st_dev, it.st_ino))
}

/// What is known of a file with this inode: the low bits are enough to tell two files apart that
/// one name had one after the other.
#[expect(clippy::cast_possible_truncation, reason = "the low bits are what is kept")]
pub(super) fn other(inode: u64) -> Entry {
    Entry::Other(inode as u32)
}
