//! Deleting a tree by descriptor: a directory that is swapped for a link is unlinked, not entered.

use super::error::FileError;
use super::root::{Place, open_directory};
use super::unlink;
use rustix::fd::OwnedFd;
use rustix::fs::Dir;
use rustix::io::Errno;
use std::ffi::CString;

/// Directories in directories that are deleted; each level holds a descriptor.
pub(crate) const DEPTH_MAX: usize = 256;
/// Attempts to empty a directory that somebody fills meanwhile.
const ATTEMPTS_MAX: usize = 8;

/// Deletes what is at `place` with everything below. What was deleted before a failure is gone.
pub(crate) fn remove(place: &Place) -> Result<(), FileError> {
    let name = place.c_name();
    match remove_name(&place.directory, &name, DEPTH_MAX) {
        Ok(()) => Ok(()),
        Err(Errno::NOENT) => Ok(()),
        Err(Errno::MLINK) => Err(FileError::TooMany("256 directories inside one another")),
        Err(errno) => Err(FileError::at(&place.real, errno)),
    }
}

/// Deletes the file at `place`; a directory is refused in the same step.
pub(crate) fn remove_file(place: &Place) -> Result<(), FileError> {
    match unlink(&place.directory, place.c_name().as_c_str(), false) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(errno) => Err(FileError::at(&place.real, errno)),
    }
}

/// `EMLINK` stands for "too deep".
fn remove_name(directory: &OwnedFd, name: &CString, depth: usize) -> rustix::io::Result<()> {
    for _ in 0..ATTEMPTS_MAX {
        match unlink(directory, name.as_c_str(), false) {
            // `EPERM` is what other systems and some file systems say of directories.
            Err(Errno::ISDIR | Errno::PERM) => {}
            done => return done,
        }
        let inner = match open_directory(directory, name.as_c_str()) {
            Ok(inner) => inner,
            // It became something else in between: look again.
            Err(Errno::NOTDIR | Errno::LOOP) => continue,
            Err(errno) => return Err(errno),
        };
        let depth = depth.checked_sub(1).ok_or(Errno::MLINK)?;
        for entry in names(&inner)? {
            match remove_name(&inner, &entry, depth) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(errno) => return Err(errno),
            }
        }
        match unlink(directory, name.as_c_str(), true) {
            Err(Errno::NOTEMPTY | Errno::NOTDIR) => {}
            done => return done,
        }
    }
    Err(Errno::BUSY)
}

/// The names in an open directory, whatever their bytes.
fn names(directory: &OwnedFd) -> rustix::io::Result<Vec<CString>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(directory)? {
        let entry = entry?;
        if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
            names.push(entry.file_name().to_owned());
        }
    }
    Ok(names)
}
