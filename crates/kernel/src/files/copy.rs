//! Copying a tree: into a hidden name beside the target, then renamed, so that a copy that fails
//! half-way leaves nothing.

use super::error::FileError;
use super::remove::{self, DEPTH_MAX};
use super::root::{Place, open_beneath, open_directory};
use super::write::temporary_name;
use protocol::file::UPLOAD_BYTES_MAX;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, RenameFlags};
use rustix::io::Errno;
use std::ffi::CStr;
use std::fs::File;
use stdx::WorkspacePath;

/// Files and directories in one copy.
const ENTRIES_MAX: usize = 100_000;

/// A copy under a hidden name. Dropped, it is removed again.
pub(crate) struct Copied {
    /// `None` once it has its final name.
    hidden: Option<Place>,
}

/// Copies what is at `source` to a hidden name beside `target`. Links stay links; sockets, pipes
/// and devices are left out.
pub(crate) fn prepare(source: &Place, target: &Place) -> Result<Copied, FileError> {
    let found = source.stat()?.ok_or_else(|| FileError::NotFound(source.real.clone()))?;
    if !is_copied(super::root::file_type(&found)) {
        return Err(FileError::NotRegular(source.real.clone()));
    }
    let hidden = target.real.parent().join(&temporary_name())?;
    let directory = rustix::io::fcntl_dupfd_cloexec(&target.directory, 0)
        .map_err(|errno| FileError::at(&target.real, errno))?;
    let hidden = Place { directory, real: hidden };
    let (to, name) = (rustix::io::fcntl_dupfd_cloexec(&hidden.directory, 0), hidden.c_name());
    let to = to.map_err(|errno| FileError::at(&target.real, errno))?;
    let outcome = Copied { hidden: Some(hidden) };
    let mut copier = Copier { path: &source.real, entries: 0, bytes: 0 };
    copier.copy(&source.directory, &source.c_name(), (&to, &name), DEPTH_MAX)?;
    Ok(outcome)
}

/// Whether a copy has things of this kind.
fn is_copied(kind: FileType) -> bool {
    matches!(kind, FileType::Directory | FileType::RegularFile | FileType::Symlink)
}

impl Copied {
    /// Gives the copy its name, which must be free.
    pub(crate) fn put_in_place(mut self, target: &Place) -> Result<(), FileError> {
        let Some(hidden) = &self.hidden else { return Ok(()) };
        let (from, to) = (&hidden.directory, &target.directory);
        let flags = RenameFlags::NOREPLACE;
        rustix::fs::renameat_with(from, hidden.name(), to, target.name(), flags)
            .map_err(|errno| FileError::at(&target.real, errno))?;
        self.hidden = None;
        Ok(())
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        if let Some(hidden) = &self.hidden
            && let Err(error) = remove::remove(hidden)
        {
            tracing::warn!(%error, "the remains of a copy stay under a hidden name");
        }
    }
}

/// Counts what one copy does.
struct Copier<'a> {
    path: &'a WorkspacePath,
    entries: usize,
    bytes: u64,
}

impl Copier<'_> {
    fn copy(
        &mut self,
        from: &OwnedFd,
        name: &CStr,
        to: (&OwnedFd, &CStr),
        depth: usize,
    ) -> Result<(), FileError> {
        let fail = |errno| FileError::at(self.path, errno);
        self.entries += 1;
        if ENTRIES_MAX < self.entries {
            return Err(FileError::TooMany("100,000 files"));
        }
        let stat = rustix::fs::statat(from, name, AtFlags::SYMLINK_NOFOLLOW).map_err(fail)?;
        match super::root::file_type(&stat) {
            FileType::Directory => self.copy_directory(from, name, to, depth),
            FileType::RegularFile => self.copy_file(from, name, to),
            FileType::Symlink => {
                let target = rustix::fs::readlinkat(from, name, Vec::new()).map_err(fail)?;
                rustix::fs::symlinkat(target, to.0, to.1).map_err(fail)
            }
            FileType::Fifo
            | FileType::Socket
            | FileType::CharacterDevice
            | FileType::BlockDevice
            | FileType::Unknown => Ok(()),
        }
    }

    fn copy_directory(
        &mut self,
        from: &OwnedFd,
        name: &CStr,
        to: (&OwnedFd, &CStr),
        depth: usize,
    ) -> Result<(), FileError> {
        let fail = |errno| FileError::at(self.path, errno);
        let depth = depth.checked_sub(1);
        let depth = depth.ok_or(FileError::TooMany("256 directories inside one another"))?;
        let source = open_directory(from, name).map_err(fail)?;
        let mode = rustix::fs::fstat(&source).map_err(fail)?.st_mode & 0o777;
        rustix::fs::mkdirat(to.0, to.1, Mode::from_raw_mode(mode | 0o700)).map_err(fail)?;
        let target = open_directory(to.0, to.1).map_err(fail)?;
        for entry in Dir::read_from(&source).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let name = entry.file_name();
            if !matches!(name.to_bytes(), b"." | b"..") {
                match self.copy(&source, name, (&target, name), depth) {
                    // Somebody deleted it meanwhile.
                    Ok(()) | Err(FileError::NotFound(_)) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    fn copy_file(
        &mut self,
        from: &OwnedFd,
        name: &CStr,
        to: (&OwnedFd, &CStr),
    ) -> Result<(), FileError> {
        let fail = |errno: Errno| FileError::at(self.path, errno);
        let source = open_beneath(from.as_fd(), name, OFlags::RDONLY | OFlags::NONBLOCK);
        let mut source = File::from(source.map_err(fail)?);
        let stat = rustix::fs::fstat(&source).map_err(fail)?;
        self.bytes = self.bytes.saturating_add(super::etag::size_bytes(&stat));
        if UPLOAD_BYTES_MAX < self.bytes {
            return Err(FileError::TooLarge { limit_bytes: UPLOAD_BYTES_MAX });
        }
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(stat.st_mode & 0o777);
        let target = rustix::fs::openat(to.0, to.1, flags | OFlags::NOFOLLOW, mode);
        let mut target = File::from(target.map_err(fail)?);
        std::io::copy(&mut source, &mut target).map_err(|error| FileError::io(self.path, error))?;
        Ok(())
    }
}
