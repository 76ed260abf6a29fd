//! Putting new text into the file that is there, rather than another file into its place.
//!
//! Programs that watch single files watch what a name meant when they looked: after a file was
//! replaced, `node --watch` sees one change and then none. So a small text that a program of the
//! workspace watches just now is written into the file itself, in one piece (decision 003). In every
//! other case, and whatever stands in the way of this one, the caller replaces the file, which also
//! heals a write that broke off.

use super::descriptors::{Whose, program_with};
use super::root::Place;
use rustix::fs::{Mode, OFlags, Stat};
use std::fs::{self, File};
use std::os::unix::fs::FileExt;

/// Larger files are replaced: a reader would see part of the change for too long.
const IN_PLACE_BYTES_MAX: u64 = 1024 * 1024;

/// What a descriptor of inotify links to.
const INOTIFY: &str = "anon_inode:inotify";

/// Writes what `complete` holds, `length_bytes` of it, into the file at `place`, which was
/// `existing` a moment ago. `None`: it was not done, or not to the end, and the file must be replaced.
pub(super) fn overwrite(
    place: &Place,
    existing: &Stat,
    complete: &File,
    length_bytes: u64,
) -> Option<File> {
    let is_wanted = length_bytes <= IN_PLACE_BYTES_MAX && is_watched(existing.st_ino);
    if is_wanted { overwrite_anyway(place, existing, complete, length_bytes) } else { None }
}

/// The same for a file that a program keeps open, whatever its size: what it writes next must not go
/// into a file that has no name any more.
pub(super) fn overwrite_anyway(
    place: &Place,
    existing: &Stat,
    complete: &File,
    length_bytes: u64,
) -> Option<File> {
    // Who shares the content by a hard link, as package managers' stores do, must not see ours.
    if existing.st_nlink != 1 || existing.st_mode & 0o7000 != 0 {
        return None;
    }
    let mut text = vec![0; usize::try_from(length_bytes).ok()?];
    complete.read_exact_at(&mut text, 0).ok()?;
    // Libraries, databases and the like may be mapped into memory, where a change is a crash.
    if text.contains(&0) {
        return None;
    }
    let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = rustix::fs::openat(&place.directory, place.name(), flags, Mode::empty()).ok()?;
    let found = rustix::fs::fstat(&file).ok()?;
    let content = |it: &Stat| (it.st_dev, it.st_ino, it.st_mtime, it.st_mtime_nsec, it.st_size);
    if content(&found) != content(existing) {
        return None;
    }
    let file = File::from(file);
    file.write_all_at(&text, 0).ok()?;
    if i64::try_from(length_bytes).ok()? < found.st_size {
        file.set_len(length_bytes).ok()?;
    }
    Some(file)
}

/// Whether a program that we may look into watches this very file, as inotify tells.
/// Only the number of the file is compared: some file systems name another device there than
/// `stat` does, and a chance match only means that the file is written in place.
fn is_watched(inode: u64) -> bool {
    let wanted = format!(" ino:{inode:x} ");
    let watches = |it: &str| it.starts_with("inotify ") && it.contains(&wanted);
    let program = program_with(Whose::All, |link, info| {
        fs::read_link(link).is_ok_and(|to| to.as_os_str() == INOTIFY)
            && fs::read_to_string(info).is_ok_and(|it| it.lines().any(watches))
    });
    program.is_some()
}
