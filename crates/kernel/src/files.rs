//! Files of the workspace over HTTP: list, read, write, move, copy, delete, archive, find.
//!
//! Everything is reached beneath the root by descriptor (`root.rs`), so a path or a link that leaves
//! the workspace is refused even when it is swapped in between. Writes are atomic (`write.rs`).
//! Every change is told once, to the closure given to [`Files::open`]; the watcher leaves out what
//! was told here (`own.rs`). Blocking work runs on blocking threads, never on the runtime's.

mod archive;
mod copy;
mod error;
mod etag;
mod http;
mod ignored;
mod list;
mod names;
mod overwrite;
mod own;
mod read;
mod remove;
mod room;
mod root;
mod walk;
mod write;

#[cfg(test)]
mod tests;

pub use error::FileError;
pub use http::{openapi, router};
pub use ignored::{is_ignored_name, is_ignored_path};
pub use own::OwnWrites;

pub(crate) use list::names;
pub(crate) use read::open_regular;
pub(crate) use root::{Last, Root, file_type};
pub(crate) use write::temporary_name;

use crate::context::By;
use crate::feed::{Author, Change, What};
use etag::Etags;
use protocol::file::FileEntry;
use room::Room;
use rustix::fs::{AtFlags, RenameFlags};
use rustix::io::Errno;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use stdx::WorkspacePath;
use tokio::sync::Semaphore;
use write::PathLocks;

/// Archives made at the same time; each holds a blocking thread while its client reads.
const ARCHIVES_MAX: usize = 4;

/// The files of one workspace. Cheap to clone.
#[derive(Clone)]
pub struct Files {
    shared: Arc<Shared>,
}

struct Shared {
    root: Root,
    etags: Etags,
    locks: PathLocks,
    own: OwnWrites,
    archives: Arc<Semaphore>,
    room: Room,
    on_change: Box<dyn Fn(Change) + Send + Sync>,
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files").field("root", &self.shared.root).finish_non_exhaustive()
    }
}

impl Files {
    /// Opens the workspace at the absolute path `root`. `on_change` is called from blocking
    /// threads, once for every change through the API; it must not block.
    pub fn open(
        root: &Path,
        on_change: impl Fn(Change) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let shared = Shared {
            root: Root::open(root)?,
            etags: Etags::default(),
            locks: PathLocks::default(),
            own: OwnWrites::default(),
            archives: Arc::new(Semaphore::new(ARCHIVES_MAX)),
            room: Room::default(),
            on_change: Box::new(on_change),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Says how many bytes may be added from here on.
    pub(crate) fn set_room(&self, left_bytes: u64) {
        self.shared.room.set(left_bytes);
    }

    /// For [`crate::watch::Watch::start`].
    pub fn own_writes(&self) -> OwnWrites {
        self.shared.own.clone()
    }

    fn tell(&self, path: &WorkspacePath, what: What, by: &By) {
        let author = Author::By(by.clone());
        (self.shared.on_change)(Change { path: path.clone(), what, author });
    }

    /// Writes a whole file on behalf of the kernel itself. Blocking.
    pub(crate) fn write(&self, path: &WorkspacePath, content: &[u8]) -> Result<(), FileError> {
        let none = write::Precondition::None;
        let mut upload = write::Upload::begin(self, path, none, &By::kernel())?;
        upload.push(content)?;
        upload.commit().map(|_| ())
    }

    /// Deletes like a request, on behalf of the kernel itself. Blocking.
    pub(crate) fn remove_own(&self, path: &WorkspacePath) -> Result<(), FileError> {
        self.remove(path, &By::kernel())
    }

    fn make_parents(&self, path: &WorkspacePath, by: &By) -> Result<(), FileError> {
        for made in self.shared.root.make_parents(path)? {
            self.shared.own.present(&self.shared.root, &made);
            self.tell(&made, What::Created, by);
        }
        Ok(())
    }

    /// Makes the directory `path` and those above it. It must not exist.
    fn make_directory(&self, path: &WorkspacePath, by: &By) -> Result<FileEntry, FileError> {
        let root = &self.shared.root;
        self.shared.room.check(0)?;
        self.make_parents(path, by)?;
        let place = root.parent(path, Last::Keep)?;
        rustix::fs::mkdirat(&place.directory, place.name(), 0o777.into())
            .map_err(|errno| FileError::at(path, errno))?;
        self.shared.own.present(root, &place.real);
        self.tell(&place.real, What::Created, by);
        list::entry_at(root, path)
    }

    /// Moves what is at `from`, a link itself and not its target, to `to`, which must not exist.
    fn rename(
        &self,
        from: &WorkspacePath,
        to: &WorkspacePath,
        by: &By,
    ) -> Result<FileEntry, FileError> {
        let root = &self.shared.root;
        if root.stat(from, Last::Keep)?.is_none() {
            return Err(FileError::NotFound(from.clone()));
        }
        let source = root.parent(from, Last::Keep)?;
        if to != from && root.resolve(to, Last::Keep)?.starts_with(&source.real) {
            return Err(FileError::IntoItself(from.clone()));
        }
        self.make_parents(to, by)?;
        let target = root.parent(to, Last::Keep)?;
        rustix::fs::renameat_with(
            &source.directory,
            source.name(),
            &target.directory,
            target.name(),
            RenameFlags::NOREPLACE,
        )
        .map_err(|errno| match errno {
            Errno::EXIST => FileError::AlreadyExists(to.clone()),
            Errno::INVAL => FileError::IntoItself(from.clone()),
            Errno::XDEV => FileError::OtherFileSystem(from.clone()),
            errno => FileError::at(from, errno),
        })?;
        self.shared.own.gone(&source.real);
        self.shared.own.present(root, &target.real);
        self.tell(&target.real, What::Renamed { from: source.real }, by);
        list::entry_at(root, to)
    }

    /// Copies what is at `from`, with everything below, to `to`, which must not exist.
    fn copy(
        &self,
        from: &WorkspacePath,
        to: &WorkspacePath,
        by: &By,
    ) -> Result<FileEntry, FileError> {
        let root = &self.shared.root;
        if root.stat(from, Last::Keep)?.is_none() {
            return Err(FileError::NotFound(from.clone()));
        }
        if root.stat(to, Last::Keep)?.is_some() {
            return Err(FileError::AlreadyExists(to.clone()));
        }
        self.shared.room.check(0)?;
        let source = root.parent(from, Last::Keep)?;
        if root.resolve(to, Last::Keep)?.starts_with(&source.real) {
            return Err(FileError::IntoItself(from.clone()));
        }
        self.make_parents(to, by)?;
        let target = root.parent(to, Last::Keep)?;
        copy::copy(&source, &target)?;
        self.shared.own.present(root, &target.real);
        self.tell(&target.real, What::Created, by);
        list::entry_at(root, to)
    }

    /// Deletes what is at `path`, a link itself and not its target, with everything below.
    pub(crate) fn remove(&self, path: &WorkspacePath, by: &By) -> Result<(), FileError> {
        let place = self.shared.root.parent(path, Last::Keep)?;
        if place.stat()?.is_none() {
            return Err(FileError::NotFound(path.clone()));
        }
        remove::remove(&place)?;
        self.shared.own.gone(&place.real);
        self.tell(&place.real, What::Deleted, by);
        Ok(())
    }
}

/// Removes the name `name` of `directory`, which is no directory or an empty one.
fn unlink(
    directory: &rustix::fd::OwnedFd,
    name: impl rustix::path::Arg,
    is_directory: bool,
) -> rustix::io::Result<()> {
    let flags = if is_directory { AtFlags::REMOVEDIR } else { AtFlags::empty() };
    rustix::fs::unlinkat(directory, name, flags)
}
