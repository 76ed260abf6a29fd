//! Writing a file: into a hidden file beside it, then over it in one step.
//!
//! A full disk or a broken connection leaves the old content. A reader sees the old content or the
//! new, never a part; but a small text that a program watches goes into the file that is there
//! (`overwrite.rs`), where a reader would have to come in the middle of one system call. Whether the
//! caller's tag still holds is decided under a lock of the path, so of two writers with the same tag
//! exactly one succeeds.

use super::Files;
use super::error::FileError;
use super::etag::{size_bytes, tag, tag_of_large};
use super::ignored::TEMPORARY_PREFIX;
use super::overwrite::overwrite;
use super::root::{Last, Place, file_type};
use crate::context::By;
use crate::feed::What;
use protocol::file::{FILE_BYTES_MAX, UPLOAD_BYTES_MAX, Written};
use rustix::fs::{AtFlags, FileType, Gid, Mode, OFlags, RenameFlags, Stat, Uid};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use stdx::WorkspacePath;

/// Locks shared by all paths; two paths that share one only wait for each other.
const STRIPES: usize = 64;

/// What must be true of the file for a write to happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Precondition {
    None,
    /// `If-None-Match: *`
    Missing,
    /// `If-Match: *`
    Exists,
    /// `If-Match` with tags.
    Tags(Vec<String>),
}

impl Precondition {
    /// Whether a file that is there, with this tag, may be replaced.
    pub(crate) fn allows(&self, tag: &str) -> bool {
        match self {
            Self::None | Self::Exists => true,
            Self::Missing => false,
            Self::Tags(tags) => tags.iter().any(|it| it == tag),
        }
    }
}

/// Serialises the last step of writes to one path.
#[derive(Debug)]
pub(crate) struct PathLocks {
    hash: RandomState,
    stripes: [Mutex<()>; STRIPES],
}

impl Default for PathLocks {
    fn default() -> Self {
        Self { hash: RandomState::new(), stripes: std::array::from_fn(|_| Mutex::new(())) }
    }
}

impl PathLocks {
    pub(crate) fn lock(&self, path: &WorkspacePath) -> MutexGuard<'_, ()> {
        let stripe = self.hash.hash_one(path) % STRIPES as u64;
        let stripe = usize::try_from(stripe).expect("less than the number of stripes");
        self.stripes[stripe].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A write that has begun. Dropping it leaves everything as it was.
pub(crate) struct Upload {
    files: Files,
    path: WorkspacePath,
    precondition: Precondition,
    place: Place,
    temporary: Temporary,
    hasher: Sha256,
    written_bytes: u64,
    by: By,
}

impl Upload {
    /// Checks the precondition for the first time and makes the hidden file.
    pub(crate) fn begin(
        files: &Files,
        path: &WorkspacePath,
        precondition: Precondition,
        by: &By,
    ) -> Result<Self, FileError> {
        let root = &files.shared.root;
        if root.stat(path, Last::Follow)?.is_none()
            && matches!(precondition, Precondition::Exists | Precondition::Tags(_))
        {
            return Err(FileError::Stale { path: path.clone(), current: None });
        }
        files.shared.room.check(0)?;
        files.make_parents(path, by)?;
        let place = root.parent(path, Last::Follow)?;
        let existing = place.stat()?;
        check(files, &place, existing.as_ref(), &precondition)?;
        let mode = existing.map_or(0o666, |it| it.st_mode & 0o777);
        let temporary = Temporary::create(&place, Mode::from_raw_mode(mode))?;
        Ok(Self {
            files: files.clone(),
            path: path.clone(),
            precondition,
            place,
            temporary,
            hasher: Sha256::new(),
            written_bytes: 0,
            by: by.clone(),
        })
    }

    /// Appends to the new content.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        self.written_bytes += bytes.len() as u64;
        if UPLOAD_BYTES_MAX < self.written_bytes {
            return Err(FileError::TooLarge { limit_bytes: UPLOAD_BYTES_MAX });
        }
        self.files.shared.room.check(self.written_bytes)?;
        self.hasher.update(bytes);
        self.temporary.file.write_all(bytes).map_err(|error| FileError::io(&self.path, error))
    }

    /// What was pushed, when it is no more than `max` bytes.
    pub(crate) fn content(&self, max: usize) -> Result<Option<Vec<u8>>, FileError> {
        let length = usize::try_from(self.written_bytes).ok().filter(|it| *it <= max);
        let Some(length) = length else { return Ok(None) };
        let mut bytes = vec![0; length];
        let read = self.temporary.file.read_exact_at(&mut bytes, 0);
        read.map_err(|error| FileError::io(&self.path, error))?;
        Ok(Some(bytes))
    }

    /// The new content is in the file by other means, which `etag` tells; what was pushed is dropped.
    pub(crate) fn done_elsewhere(self, etag: String) -> Result<Written, FileError> {
        let stat = self.place.stat()?.ok_or_else(|| FileError::NotFound(self.path.clone()))?;
        let path = self.path.as_str().to_owned();
        Ok(Written { path, etag, size_bytes: size_bytes(&stat), created: false })
    }

    /// Puts the new content in place.
    pub(crate) fn commit(mut self) -> Result<Written, FileError> {
        let fail = |error| FileError::io(&self.path, error);
        self.temporary.file.sync_all().map_err(fail)?;
        let files = self.files.clone();
        let guard = files.shared.locks.lock(&self.place.real);
        let existing = self.place.stat()?;
        check(&self.files, &self.place, existing.as_ref(), &self.precondition)?;
        let stat = self.put_in_place(existing.as_ref())?;
        drop(guard);
        let etag = if FILE_BYTES_MAX < self.written_bytes {
            tag_of_large(&stat)
        } else {
            tag(std::mem::take(&mut self.hasher))
        };
        self.files.shared.room.take(self.written_bytes);
        let created = existing.is_none();
        let what = if created { What::Created } else { What::Modified };
        self.files.tell(&self.place.real, what, false, &self.by);
        let path = self.path.as_str().to_owned();
        Ok(Written { path, etag, size_bytes: size_bytes(&stat), created })
    }

    /// The last step: into the file that is there, or over it.
    fn put_in_place(&mut self, existing: Option<&Stat>) -> Result<Stat, FileError> {
        let fail = |errno| FileError::at(&self.path, errno);
        let own = &self.files.shared.own;
        let changing = own.begin(&[&self.place.real]);
        let complete = &self.temporary.file;
        let written =
            existing.and_then(|it| overwrite(&self.place, it, complete, self.written_bytes));
        if let Some(file) = written {
            let stat = rustix::fs::fstat(&file).map_err(fail)?;
            own.present_as(&self.place.real, &stat);
            drop(changing);
            file.sync_all().map_err(|error| FileError::io(&self.path, error))?;
            return Ok(stat);
        }
        if let Some(existing) = existing {
            self.temporary.take_after(existing);
        }
        let exclusive = self.precondition == Precondition::Missing;
        self.temporary.rename(&self.place, exclusive)?;
        let stat = rustix::fs::fstat(&self.temporary.file).map_err(fail)?;
        own.present_as(&self.place.real, &stat);
        drop(changing);
        rustix::fs::fsync(&self.place.directory).map_err(fail)?;
        Ok(stat)
    }
}

/// Whether what is at `place` may be replaced.
fn check(
    files: &Files,
    place: &Place,
    existing: Option<&Stat>,
    precondition: &Precondition,
) -> Result<(), FileError> {
    let stale = |current| Err(FileError::Stale { path: place.real.clone(), current });
    let Some(stat) = existing else {
        return match precondition {
            Precondition::None | Precondition::Missing => Ok(()),
            Precondition::Exists | Precondition::Tags(_) => stale(None),
        };
    };
    match file_type(stat) {
        FileType::RegularFile => {}
        FileType::Directory => return Err(FileError::IsDirectory(place.real.clone())),
        FileType::Symlink => return Err(FileError::Escapes(place.real.clone())),
        FileType::Fifo
        | FileType::Socket
        | FileType::CharacterDevice
        | FileType::BlockDevice
        | FileType::Unknown => return Err(FileError::NotRegular(place.real.clone())),
    }
    if stat.st_mode & 0o222 == 0 {
        return Err(FileError::Denied(place.real.clone()));
    }
    if matches!(precondition, Precondition::None | Precondition::Exists) {
        return Ok(());
    }
    let (file, stat) = super::read::open_regular(&files.shared.root, &place.real)?;
    let current =
        files.shared.etags.of(&file, &stat).map_err(|error| FileError::io(&place.real, error))?;
    if precondition.allows(&current) { Ok(()) } else { stale(Some(current)) }
}

/// A hidden file that is removed again unless it was renamed.
#[derive(Debug)]
pub(super) struct Temporary {
    pub(super) file: File,
    pub(super) directory: rustix::fd::OwnedFd,
    /// `None` once it has its final name.
    pub(super) name: Option<String>,
}

impl Temporary {
    fn create(place: &Place, mode: Mode) -> Result<Self, FileError> {
        Self::create_named(place, temporary_name(), mode)
    }

    /// Under a name that only the caller uses; what a crash left there is removed.
    pub(super) fn create_named(place: &Place, name: String, mode: Mode) -> Result<Self, FileError> {
        let fail = |errno| FileError::at(&place.real, errno);
        match rustix::fs::unlinkat(&place.directory, name.as_str(), AtFlags::empty()) {
            Ok(()) | Err(rustix::io::Errno::NOENT) => {}
            Err(errno) => return Err(fail(errno)),
        }
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::RDWR | OFlags::NOFOLLOW;
        let file =
            rustix::fs::openat(&place.directory, name.as_str(), flags | OFlags::CLOEXEC, mode)
                .map_err(fail)?;
        let directory = rustix::io::fcntl_dupfd_cloexec(&place.directory, 0).map_err(fail)?;
        Ok(Self { file: file.into(), directory, name: Some(name) })
    }

    /// Takes over mode and owner of the file that is about to be replaced. What the system does
    /// not let us give away stays ours, as with every editor.
    pub(super) fn take_after(&self, existing: &Stat) {
        let ours = rustix::fs::fstat(&self.file);
        if ours.is_ok_and(|it| (it.st_uid, it.st_gid) != (existing.st_uid, existing.st_gid)) {
            let (user, group) = (Uid::from_raw(existing.st_uid), Gid::from_raw(existing.st_gid));
            if let Err(errno) = rustix::fs::fchown(&self.file, Some(user), Some(group)) {
                tracing::debug!(%errno, "a replaced file changes its owner");
            }
        }
        let mode = Mode::from_raw_mode(existing.st_mode & 0o7777);
        if let Err(errno) = rustix::fs::fchmod(&self.file, mode) {
            tracing::debug!(%errno, "a replaced file changes its mode");
        }
    }

    fn rename(&mut self, place: &Place, exclusive: bool) -> Result<(), FileError> {
        let name = self.name.as_deref().expect("it is renamed once");
        let flags = if exclusive { RenameFlags::NOREPLACE } else { RenameFlags::empty() };
        rustix::fs::renameat_with(&self.directory, name, &place.directory, place.name(), flags)
            .map_err(|errno| match errno {
                rustix::io::Errno::EXIST => {
                    FileError::Stale { path: place.real.clone(), current: None }
                }
                errno => FileError::at(&place.real, errno),
            })?;
        self.name = None;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(name) = self.name.take()
            && let Err(errno) =
                rustix::fs::unlinkat(&self.directory, name.as_str(), AtFlags::empty())
        {
            tracing::warn!(%errno, "the hidden file of an abandoned write remains");
        }
    }
}

/// A name that no one else uses.
pub(crate) fn temporary_name() -> String {
    format!("{TEMPORARY_PREFIX}{:032x}", stdx::random::bits())
}
