//! The data directory: who owns it, where a workspace's files are, and under which user they lie.
//!
//! ```text
//! lock                         held by the one host that uses this directory
//! workspaces/<body>/files      the workspace, `/workspace` inside
//!                   home       home directory inside
//!                   state      the kernel's own records, passed as a descriptor only
//!                   host.json  the range of user ids
//!                   hold.json  who moves it elsewhere, or did last
//! moves/<body>/                what is on its way here or from here
//! ballast ballast-last         room for the server when the disk is full
//! run/<body>/kernel.sock handoff.sock kernel.json kernel.log
//! ```

use crate::record::write_atomic;
use protocol::WorkspaceId;
use rustix::fs::{FallocateFlags, FlockOperation, Mode, OFlags};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use supervisor::remove_tree;

/// First user id of the first range. Above what login programs give out by default.
const ID_BASE_FIRST: u32 = 100_000;
/// Ids of one workspace: what a user namespace of its own usually has.
pub(crate) const ID_RANGE: u32 = 65_536;
/// Ranges that fit in 32 bits.
const ID_RANGES_MAX: u32 = (u32::MAX - ID_BASE_FIRST) / ID_RANGE;

/// Directories that are being made or removed have this in front; they count as absent.
const HALF_DONE: &str = ".half-";

/// Files that keep room for the server, in the order in which they are dropped. Whoever still fills
/// the disk takes what the first one gave, and is found by that; the last one is the server's.
const BALLASTS: [&str; 2] = ["ballast", "ballast-last"];
/// Size of each, in bytes: some thousand rows of the server's database.
const BALLAST_BYTES: u64 = 16 * 1024 * 1024;

/// Largest log of a kernel that is kept across a start, in bytes; then it moves to `kernel.log.1`.
const LOG_BYTES_MAX: u64 = 1024 * 1024;

/// The data directory, locked.
#[derive(Debug)]
pub(crate) struct Storage {
    root: PathBuf,
    /// For socket paths that fit whatever the length of the data directory's own path.
    run: OwnedFd,
    /// Released when the process ends, however it ends.
    _lock: File,
    /// Number of ranges in use. `None` when we are not root and everything is our own.
    ranges: Option<Mutex<BTreeSet<u32>>>,
}

/// What is written down about a workspace's storage.
#[derive(Debug, Serialize, Deserialize)]
struct Owner {
    id_base: Option<u32>,
}

/// The first id of the range in a `host.json`.
pub(crate) fn id_base(record: &[u8]) -> Option<u32> {
    serde_json::from_slice::<Owner>(record).ok()?.id_base
}

/// Why a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// Another host runs on it.
    #[error(
        "another Stead (process {pid}) uses the data directory `{path}`; stop it first, or choose another with --data-dir"
    )]
    Locked { path: PathBuf, pid: String },
    /// It cannot be made, read or written.
    #[error("the data directory `{path}` cannot be used: {source}")]
    Io {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

/// The directories of one workspace.
#[derive(Clone, Debug)]
pub(crate) struct Directories {
    pub(crate) files: PathBuf,
    pub(crate) home: PathBuf,
    pub(crate) state: PathBuf,
    /// Uid and gid of the workspace's programs outside, when they are not our own.
    pub(crate) id_base: Option<u32>,
}

/// Storage that is out of the way and not deleted yet.
#[derive(Debug)]
pub(crate) struct Removed {
    half: Option<PathBuf>,
    /// Its range of ids, free when nothing has them any more.
    number: Option<u32>,
}

impl Storage {
    /// Makes the directory if need be, locks it, and removes what was half done. Blocks.
    pub(crate) fn open(root: &Path) -> Result<Self, StorageError> {
        let io = |source| StorageError::Io { path: root.to_owned(), source };
        private_directory(root).map_err(io)?;
        let lock = lock(root)?;
        private_directory(&root.join("workspaces")).map_err(io)?;
        private_directory(&root.join("moves")).map_err(io)?;
        private_directory(&root.join("run")).map_err(io)?;
        let run = rustix::fs::open(
            root.join("run"),
            OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::PATH,
            Mode::empty(),
        )
        .map_err(|error| io(error.into()))?;
        let mut storage = Self { root: root.to_owned(), run, _lock: lock, ranges: None };
        storage.remove_half_done().map_err(io)?;
        if rustix::process::geteuid().is_root() {
            storage.ranges = Some(Mutex::new(storage.ranges_in_use().map_err(io)?));
        }
        storage.hold_ballast(u64::MAX);
        Ok(storage)
    }

    /// Makes the storage of a workspace, all of it or nothing. Blocks. Twice is once.
    pub(crate) fn create(&self, id: &WorkspaceId) -> io::Result<()> {
        let place = self.workspace(id);
        if place.exists() {
            return Ok(());
        }
        let half = self.half_done(id);
        remove_tree(&half)?;
        let made = self.make(&half).and_then(|()| fs::rename(&half, &place));
        if made.is_err() {
            let _kept_for_the_next_start = remove_tree(&half);
        }
        made
    }

    /// Makes empty storage at a place of its own, with a range of ids.
    pub(crate) fn make(&self, at: &Path) -> io::Result<()> {
        private_directory(at)?;
        let number = self.take_range()?;
        let id_base = number.map(|it| ID_BASE_FIRST + it * ID_RANGE);
        let owner = serde_json::to_vec(&Owner { id_base }).map_err(io::Error::other)?;
        write_atomic(&at.join("host.json"), &owner)?;
        for name in ["files", "home", "state"] {
            private_directory(&at.join(name))?;
            if id_base.is_some() {
                std::os::unix::fs::chown(at.join(name), id_base, id_base)?;
            }
        }
        Ok(())
    }

    /// Takes the storage of a workspace whose kernel is gone out of the way; from then on there is
    /// none, and [`Self::discard`] or the next start deletes what it was. Blocks shortly. Twice is once.
    pub(crate) fn remove(&self, id: &WorkspaceId) -> io::Result<Removed> {
        let number = self.directories(id).and_then(|it| it.id_base).map(range_number);
        remove_tree(&self.run_directory(id))?;
        let half = self.set_aside(id, &self.workspace(id))?;
        Ok(Removed { half, number })
    }

    /// Takes away what is on its way here or from here. Blocks shortly. Twice is once.
    pub(crate) fn remove_move(&self, id: &WorkspaceId) -> io::Result<Removed> {
        let coming = read_owner(&self.on_the_way(id).join("workspace"));
        let number = coming.and_then(|it| it.id_base).map(range_number);
        Ok(Removed { half: self.set_aside(id, &self.on_the_way(id))?, number })
    }

    /// Gives a directory a name under which it counts as absent; `None` when it is not there.
    fn set_aside(&self, id: &WorkspaceId, path: &Path) -> io::Result<Option<PathBuf>> {
        for attempt in 0_u32.. {
            // One of the same name may still be on its way out.
            let half = self.half_done(id).with_extension(attempt.to_string());
            match fs::rename(path, &half) {
                Ok(()) => return Ok(Some(half)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => break,
                Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Deletes what was removed, however much that is. Blocks.
    pub(crate) fn discard(&self, removed: &Removed) -> io::Result<()> {
        if let Some(half) = &removed.half {
            remove_tree(half)?;
        }
        if let (Some(ranges), Some(number)) = (&self.ranges, removed.number) {
            locked(ranges).remove(&number);
        }
        Ok(())
    }

    /// Where a workspace is, if it has storage.
    pub(crate) fn directories(&self, id: &WorkspaceId) -> Option<Directories> {
        let place = self.workspace(id);
        let owner = read_owner(&place)?;
        Some(Directories {
            files: place.join("files"),
            home: place.join("home"),
            state: place.join("state"),
            id_base: owner.id_base,
        })
    }

    /// Whether a workspace has storage.
    pub(crate) fn exists(&self, id: &WorkspaceId) -> bool {
        self.workspace(id).join("host.json").exists()
    }

    /// Every workspace that has a run directory, and therefore may have a kernel.
    pub(crate) fn with_run_directory(&self) -> io::Result<Vec<WorkspaceId>> {
        let mut ids = Vec::new();
        for entry in fs::read_dir(self.root.join("run"))? {
            let name = entry?.file_name();
            ids.extend(name.to_str().and_then(WorkspaceId::from_body));
        }
        Ok(ids)
    }

    /// Directory of the kernel's sockets, record and log.
    pub(crate) fn run_directory(&self, id: &WorkspaceId) -> PathBuf {
        self.root.join("run").join(id.body())
    }

    /// A path to a socket of the kernel that is short enough for `sun_path`.
    pub(crate) fn socket(&self, id: &WorkspaceId, name: &str) -> PathBuf {
        let run = self.run.as_raw_fd();
        PathBuf::from(format!("/proc/self/fd/{run}/{}/{name}", id.body()))
    }

    /// Opens the kernel's log for appending, after moving a large one out of the way.
    pub(crate) fn open_log(&self, id: &WorkspaceId) -> io::Result<File> {
        let path = self.log(id);
        if fs::metadata(&path).is_ok_and(|it| LOG_BYTES_MAX < it.len()) {
            fs::rename(&path, path.with_extension("log.1"))?;
        }
        fs::OpenOptions::new().create(true).append(true).open(path)
    }

    /// Path of the kernel's log.
    pub(crate) fn log(&self, id: &WorkspaceId) -> PathBuf {
        self.run_directory(id).join("kernel.log")
    }

    /// Bytes that are free on the file system of the data directory for an ordinary user.
    pub(crate) fn free_bytes(&self) -> io::Result<u64> {
        Ok(self.disk_bytes()?.1)
    }

    /// Bytes of that file system, and those that are free for an ordinary user.
    pub(crate) fn disk_bytes(&self) -> io::Result<(u64, u64)> {
        let stat = rustix::fs::statvfs(&self.root)?;
        let bytes = |blocks: u64| blocks.saturating_mul(stat.f_frsize);
        Ok((bytes(stat.f_blocks), bytes(stat.f_bavail)))
    }

    /// Makes the files that keep a little room for the server itself, of at most `spare` bytes.
    pub(crate) fn hold_ballast(&self, mut spare: u64) {
        // The last to be dropped is the first to be there again.
        for path in BALLASTS.iter().rev().map(|it| self.root.join(it)) {
            if path.exists() {
                continue;
            }
            let Some(rest) = spare.checked_sub(BALLAST_BYTES) else { return };
            spare = rest;
            if let Err(error) = fill(&path) {
                tracing::debug!(%error, "there is no room for the ballast");
                drop(fs::remove_file(&path));
            }
        }
    }

    /// Drops the next of them; `false` when there was none.
    pub(crate) fn drop_ballast(&self) -> bool {
        BALLASTS.iter().any(|it| fs::remove_file(self.root.join(it)).is_ok())
    }

    /// Where a workspace's storage is, or would be.
    pub(crate) fn workspace(&self, id: &WorkspaceId) -> PathBuf {
        self.workspaces().join(id.body())
    }

    /// Where all of them are.
    pub(crate) fn workspaces(&self) -> PathBuf {
        self.root.join("workspaces")
    }

    /// Where what moves is kept meanwhile.
    pub(crate) fn on_the_way(&self, id: &WorkspaceId) -> PathBuf {
        self.root.join("moves").join(id.body())
    }

    fn half_done(&self, id: &WorkspaceId) -> PathBuf {
        self.root.join("workspaces").join(format!("{HALF_DONE}{}", id.body()))
    }

    fn remove_half_done(&self) -> io::Result<()> {
        for entry in fs::read_dir(self.root.join("workspaces"))? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(HALF_DONE) {
                // What cannot be removed must not keep every other workspace from starting.
                if let Err(error) = remove_tree(&entry.path()) {
                    let path = entry.path();
                    tracing::error!(%error, path = %path.display(), "what was half done stays");
                }
            }
        }
        Ok(())
    }

    fn ranges_in_use(&self) -> io::Result<BTreeSet<u32>> {
        let mut ranges = BTreeSet::new();
        for entry in fs::read_dir(self.root.join("workspaces"))? {
            let name = entry?.file_name();
            let id = name.to_str().and_then(WorkspaceId::from_body);
            let base = id.and_then(|id| self.directories(&id)).and_then(|it| it.id_base);
            ranges.extend(base.map(range_number));
        }
        for entry in fs::read_dir(self.root.join("moves"))? {
            let coming = read_owner(&entry?.path().join("workspace"));
            ranges.extend(coming.and_then(|it| it.id_base).map(range_number));
        }
        Ok(ranges)
    }

    /// The lowest range that no files lie under; `None` when ranges are not for us.
    fn take_range(&self) -> io::Result<Option<u32>> {
        let Some(ranges) = &self.ranges else { return Ok(None) };
        let mut ranges = locked(ranges);
        let number = (0..ID_RANGES_MAX)
            .find(|it| !ranges.contains(it))
            .ok_or_else(|| io::Error::other("every range of user ids is in use"))?;
        ranges.insert(number);
        Ok(Some(number))
    }
}

fn read_owner(place: &Path) -> Option<Owner> {
    serde_json::from_slice(&fs::read(place.join("host.json")).ok()?).ok()
}

/// Makes a file that takes up room.
fn fill(path: &Path) -> io::Result<()> {
    let file = File::create(path)?;
    Ok(rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, BALLAST_BYTES)?)
}

fn range_number(id_base: u32) -> u32 {
    id_base.saturating_sub(ID_BASE_FIRST) / ID_RANGE
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Makes a directory, with its parents, that only we can enter.
pub(crate) fn private_directory(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
}

/// Takes the lock. A process that was forked by a dead host and has not yet become its program
/// still holds it, so whoever gets it knows that there is none.
fn lock(root: &Path) -> Result<File, StorageError> {
    let io = |source| StorageError::Io { path: root.to_owned(), source };
    let mut file = fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(root.join("lock"))
        .map_err(io)?;
    for attempt in 0..LOCK_ATTEMPTS {
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {
                file.set_len(0).map_err(io)?;
                write!(file, "{}", std::process::id()).map_err(io)?;
                return Ok(file);
            }
            Err(rustix::io::Errno::WOULDBLOCK) if attempt + 1 < LOCK_ATTEMPTS => {
                std::thread::sleep(LOCK_INTERVAL);
            }
            Err(rustix::io::Errno::WOULDBLOCK) => break,
            Err(error) => return Err(io(error.into())),
        }
    }
    let mut pid = String::new();
    let _unknown_pid_is_fine = file.read_to_string(&mut pid);
    Err(StorageError::Locked { path: root.to_owned(), pid })
}

/// A host that was just killed takes a moment to let go of the lock.
const LOCK_ATTEMPTS: u32 = 20;
const LOCK_INTERVAL: std::time::Duration = std::time::Duration::from_millis(50);

#[cfg(test)]
mod tests;
