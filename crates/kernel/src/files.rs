//! Files of the workspace over HTTP: list, read, write, move, copy, delete, archive, find.
//!
//! Everything is reached beneath the root by descriptor (`root.rs`), so a path or a link that leaves
//! the workspace is refused even when it is swapped in between. Writes are atomic (`write.rs`).
//! Every change is told once, to the closure given to [`Files::open`]; the watcher leaves out what
//! was told here (`own.rs`). Blocking work runs on blocking threads, never on the runtime's.

mod archive;
mod copy;
mod descriptors;
mod error;
mod etag;
mod http;
mod ignored;
mod leftovers;
mod list;
mod live;
mod names;
mod overwrite;
mod own;
mod read;
mod remove;
mod room;
mod root;
mod sweep;
mod write;

#[cfg(test)]
mod tests;

pub use error::FileError;
pub use http::{Writing, openapi, router};
pub use ignored::IgnoreList;
pub use own::OwnWrites;

pub(crate) use descriptors::{Whose, program_with};
pub(crate) use etag::{hex, tag_of, tag_of_content};
pub(crate) use list::{Name, names};
pub(crate) use live::{Known, Replaced, Replacement, Sight, Writer};
pub(crate) use read::open_regular;
pub(crate) use root::{Last, Root, file_type, open_directory};
pub(crate) use sweep::{Choose, Visit, sweep};
pub(crate) use write::{Precondition, temporary_name};

use crate::context::By;
use crate::feed::{Author, Change, What};
use crate::store::Store;
use etag::Etags;
use leftovers::{Hiding, Leftovers};
use names::Names;
use protocol::file::{FileEntry, FileKind, Written};
use room::Room;
use root::Place;
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
    leftovers: Arc<Leftovers>,
    names: Names,
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
    /// `store` remembers that writes may have left something behind.
    pub fn open(
        root: &Path,
        store: Option<Store>,
        on_change: impl Fn(Change) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let shared = Shared {
            root: Root::open(root)?,
            etags: Etags::default(),
            locks: PathLocks::default(),
            own: OwnWrites::default(),
            archives: Arc::new(Semaphore::new(ARCHIVES_MAX)),
            room: Room::default(),
            leftovers: Leftovers::new(store),
            names: Names::default(),
            on_change: Box::new(on_change),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Removes what an earlier kernel left in the middle of writes, if it may have; says how much.
    /// Blocking, and slow in a large tree.
    pub(crate) fn remove_leftovers(&self, start_ms: u64) -> usize {
        if !self.shared.leftovers.are_likely() {
            return 0;
        }
        leftovers::sweep(&self.shared.root, start_ms)
    }

    /// Whoever sees every change says how many there were; `None` while it does not see them all.
    pub(crate) fn set_generation(&self, of: impl Fn() -> Option<u64> + Send + Sync + 'static) {
        self.shared.names.set_generation(of);
    }

    /// Nobody looks for files by name for now.
    pub(crate) fn forget_names(&self) {
        self.shared.names.forget();
    }

    /// Something writes under a hidden name for as long as the answer lives.
    pub(crate) fn hide(&self) -> Hiding {
        self.shared.leftovers.hide()
    }

    /// The kernel ends properly.
    pub(crate) fn leave(&self) {
        self.shared.leftovers.leave();
    }

    /// Says how many bytes may be added from here on.
    pub(crate) fn set_room(&self, left_bytes: u64) {
        self.shared.room.set(left_bytes);
    }

    /// What searches and the file tree leave out from here on.
    pub fn set_ignored(&self, list: IgnoreList) {
        self.shared.root.set_ignored(list);
    }

    /// What searches, the file tree and the change feed leave out.
    pub fn ignored(&self) -> IgnoreList {
        self.shared.root.ignored()
    }

    /// For [`crate::watch::Watch::start`].
    pub fn own_writes(&self) -> OwnWrites {
        self.shared.own.clone()
    }

    fn tell(&self, path: &WorkspacePath, what: What, directory: bool, by: &By) {
        let author = Author::By(by.clone());
        (self.shared.on_change)(Change { path: path.clone(), what, directory, author });
    }

    /// Writes a whole file on behalf of the kernel itself. Blocking.
    pub(crate) fn write(&self, path: &WorkspacePath, content: &[u8]) -> Result<(), FileError> {
        let none = write::Precondition::None;
        let mut upload = write::Upload::begin(self, path, none, &By::kernel())?;
        upload.push(content)?;
        upload.commit().map(|_| ())
    }

    /// Writes over a file whose content has this tag, on behalf of whoever replaces in it. Blocking.
    pub(crate) fn write_over(
        &self,
        path: &WorkspacePath,
        content: &[u8],
        (etag, by): (&str, &By),
    ) -> Result<Written, FileError> {
        let tags = write::Precondition::Tags(vec![etag.to_owned()]);
        let mut upload = write::Upload::begin(self, path, tags, by)?;
        upload.push(content)?;
        upload.commit()
    }

    /// Makes a file that is not there, on behalf of whoever replaces in many. Blocking.
    pub(crate) fn make(
        &self,
        path: &WorkspacePath,
        content: &[u8],
        by: &By,
    ) -> Result<Written, FileError> {
        let mut upload = write::Upload::begin(self, path, write::Precondition::Missing, by)?;
        upload.push(content)?;
        upload.commit()
    }

    /// The root, for those who read many files.
    pub(crate) fn root(&self) -> &Root {
        &self.shared.root
    }

    /// Deletes like a request, on behalf of the kernel itself. Blocking.
    pub(crate) fn remove_own(&self, path: &WorkspacePath) -> Result<(), FileError> {
        self.remove(path, &By::kernel())
    }

    fn make_parents(&self, path: &WorkspacePath, by: &By) -> Result<(), FileError> {
        let own = &self.shared.own;
        let top = path.as_str().split('/').next().unwrap_or_default();
        let changing = own.begin(&[&WorkspacePath::parse(top)?]);
        let made = self.shared.root.make_parents(path)?;
        for it in &made {
            own.present(&self.shared.root, it);
        }
        drop(changing);
        for it in &made {
            self.tell(it, What::Created, true, by);
        }
        Ok(())
    }

    /// Makes the directory `path` and those above it. It must not exist.
    fn make_directory(&self, path: &WorkspacePath, by: &By) -> Result<FileEntry, FileError> {
        let root = &self.shared.root;
        self.shared.room.check(0)?;
        self.make_parents(path, by)?;
        let place = root.parent(path, Last::Keep)?;
        root::check_depth(&place.real)?;
        let changing = self.shared.own.begin(&[&place.real]);
        rustix::fs::mkdirat(&place.directory, place.name(), 0o777.into())
            .map_err(|errno| FileError::at(path, errno))?;
        self.shared.own.present(root, &place.real);
        drop(changing);
        self.tell(&place.real, What::Created, true, by);
        list::entry_at(root, path)
    }

    /// Moves what is at `from`, a link itself and not its target, to `to`, which must not exist.
    pub(crate) fn rename(
        &self,
        from: &WorkspacePath,
        to: &WorkspacePath,
        by: &By,
    ) -> Result<FileEntry, FileError> {
        let (source, target) = self.ends(from, to, by)?;
        let own = &self.shared.own;
        let changing = own.begin(&[&source.real, &target.real]);
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
        own.gone(&source.real);
        own.present(&self.shared.root, &target.real);
        drop(changing);
        let entry = list::entry_at(&self.shared.root, to);
        let directory = entry.as_ref().is_ok_and(|it| it.kind == FileKind::Directory);
        self.tell(&target.real, What::Renamed { from: source.real }, directory, by);
        entry
    }

    /// Copies what is at `from`, with everything below, to `to`, which must not exist.
    fn copy(
        &self,
        from: &WorkspacePath,
        to: &WorkspacePath,
        by: &By,
    ) -> Result<FileEntry, FileError> {
        let root = &self.shared.root;
        if root.stat(to, Last::Keep)?.is_some() {
            return Err(FileError::AlreadyExists(to.clone()));
        }
        self.shared.room.check(0)?;
        let (source, target) = self.ends(from, to, by)?;
        let own = &self.shared.own;
        let _hiding = self.hide();
        let copied = copy::prepare(&source, &target)?;
        let changing = own.begin(&[&target.real]);
        copied.put_in_place(&target)?;
        own.present_whole(root, &target.real, by);
        drop(changing);
        let entry = list::entry_at(root, to);
        let directory = entry.as_ref().is_ok_and(|it| it.kind == FileKind::Directory);
        self.tell(&target.real, What::Created, directory, by);
        entry
    }

    /// The places of a move or copy, with the directories above the target.
    fn ends(
        &self,
        from: &WorkspacePath,
        to: &WorkspacePath,
        by: &By,
    ) -> Result<(Place, Place), FileError> {
        let root = &self.shared.root;
        if root.stat(from, Last::Keep)?.is_none() {
            return Err(FileError::NotFound(from.clone()));
        }
        let source = root.parent(from, Last::Keep)?;
        if to != from && root.resolve(to, Last::Keep)?.starts_with(&source.real) {
            return Err(FileError::IntoItself(from.clone()));
        }
        self.make_parents(to, by)?;
        Ok((source, root.parent(to, Last::Keep)?))
    }

    /// Deletes what is at `path`, a link itself and not its target, with everything below.
    pub(crate) fn remove(&self, path: &WorkspacePath, by: &By) -> Result<(), FileError> {
        self.remove_by(remove::remove, path, by)
    }

    /// Deletes a file, and no directory.
    pub(crate) fn remove_file(&self, path: &WorkspacePath, by: &By) -> Result<(), FileError> {
        self.remove_by(remove::remove_file, path, by)
    }

    fn remove_by(
        &self,
        remove: fn(&Place) -> Result<(), FileError>,
        path: &WorkspacePath,
        by: &By,
    ) -> Result<(), FileError> {
        let place = self.shared.root.parent(path, Last::Keep)?;
        let stat = place.stat()?.ok_or_else(|| FileError::NotFound(path.clone()))?;
        let directory = file_type(&stat) == rustix::fs::FileType::Directory;
        let changing = self.shared.own.begin(&[&place.real]);
        remove(&place)?;
        self.shared.own.gone(&place.real);
        drop(changing);
        self.tell(&place.real, What::Deleted, directory, by);
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
