//! Deletes a tree that hostile programs made: as deep and as locked as they like.
//!
//! Directories are not descended into: every directory that is found is first moved to the top of
//! the tree and emptied there. So no path is longer than one name, two directories are open at a
//! time whatever the depth, and a link is a name like any other: it is removed and not followed.

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;
use std::ffi::CStr;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Deletes a directory and everything below, also what its owner has locked itself out of. Blocks.
/// A directory that is not there is deleted already.
pub fn remove_tree(path: &Path) -> io::Result<()> {
    match empty(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        emptied => emptied?,
    }
    Ok(rustix::fs::rmdir(path)?)
}

/// Deletes everything in a directory. Blocks.
pub(crate) fn empty(path: &Path) -> io::Result<()> {
    let top = open(rustix::fs::CWD, path)?;
    Flat { top, moved: 0 }.empty_top()
}

/// The tree while it is being flattened.
struct Flat {
    top: OwnedFd,
    /// Directories that were moved to the top, for their names there.
    moved: u64,
}

impl Flat {
    /// Removes everything below the top. Emptying a directory may put others there, so it looks
    /// until a look finds nothing.
    fn empty_top(&mut self) -> io::Result<()> {
        let top = self.top.try_clone()?;
        while let Some(found) = self.look(top.as_fd(), Self::remove_directory)? {
            // A look that could remove nothing will not do better the next time.
            found.map_err(io::Error::from)?;
        }
        Ok(())
    }

    /// Removes a directory at the top after moving the directories in it there.
    fn remove_directory(&mut self, name: &CStr) -> Result<(), Errno> {
        let directory = open(self.top.as_fd(), name)?;
        while let Some(found) =
            self.look(directory.as_fd(), |flat, inner| flat.move_up(directory.as_fd(), inner))?
        {
            found?;
        }
        rustix::fs::unlinkat(&self.top, name, AtFlags::REMOVEDIR)
    }

    fn move_up(&mut self, from: BorrowedFd<'_>, name: &CStr) -> Result<(), Errno> {
        // Whoever moves a directory needs the right to write into it.
        unlock(from, name)?;
        loop {
            self.moved += 1;
            let new = format!(".removed-{}", self.moved);
            match rustix::fs::renameat(from, name, &self.top, &*new) {
                // Somebody has a file or a full directory of that name; an empty one is replaced.
                Err(Errno::EXIST | Errno::NOTEMPTY | Errno::NOTDIR) => {}
                moved => return moved,
            }
        }
    }

    /// Goes through the entries once: files are removed, directories are for `directory`. `None`:
    /// there were no entries. Otherwise whether anything was removed, or the last error.
    fn look(
        &mut self,
        place: BorrowedFd<'_>,
        mut directory: impl FnMut(&mut Self, &CStr) -> Result<(), Errno>,
    ) -> Result<Option<Result<(), Errno>>, Errno> {
        let mut outcome = None;
        for entry in Dir::read_from(place)? {
            let entry = entry?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            let removed = match entry.file_type() {
                FileType::Directory => directory(self, name),
                FileType::Unknown if is_directory(place, name) => directory(self, name),
                FileType::RegularFile
                | FileType::Symlink
                | FileType::Fifo
                | FileType::Socket
                | FileType::CharacterDevice
                | FileType::BlockDevice
                | FileType::Unknown => rustix::fs::unlinkat(place, name, AtFlags::empty()),
            };
            match (&outcome, removed) {
                (_, Ok(())) => outcome = Some(Ok(())),
                (None, Err(error)) => outcome = Some(Err(error)),
                (Some(_), Err(_)) => {}
            }
        }
        Ok(outcome)
    }
}

/// Opens a directory for reading and for removing what is in it.
fn open<P: rustix::path::Arg + Copy>(place: impl AsFd, name: P) -> Result<OwnedFd, Errno> {
    unlock(place.as_fd(), name)?;
    rustix::fs::openat(&place, name, DIRECTORY, Mode::empty())
}

/// Gives the owner every right on a directory. A link is not followed.
fn unlock<P: rustix::path::Arg>(place: BorrowedFd<'_>, name: P) -> Result<(), Errno> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let directory = rustix::fs::openat(place, name, flags, Mode::empty())?;
    let mode = Mode::from_raw_mode(rustix::fs::fstat(&directory)?.st_mode);
    if mode.contains(Mode::RWXU) {
        return Ok(());
    }
    // A descriptor of this kind cannot be changed itself; its name in /proc leads to nothing else.
    rustix::fs::chmod(format!("/proc/self/fd/{}", directory.as_raw_fd()), Mode::RWXU)
}

fn is_directory(place: BorrowedFd<'_>, name: &CStr) -> bool {
    let stat = rustix::fs::statat(place, name, AtFlags::SYMLINK_NOFOLLOW);
    stat.is_ok_and(|it| FileType::from_raw_mode(it.st_mode) == FileType::Directory)
}
