//! Putting new text into the file that is there, rather than another file into its place.
//!
//! Programs that watch single files watch what a name meant when they looked: after a file was
//! replaced, `node --watch` sees one change and then none, and a file mounted alone into a container
//! stays the old one. So small texts are written into the file itself, in one piece; whatever stands
//! in the way of that, the caller replaces the file, which also heals a write that broke off.

use super::root::Place;
use rustix::fs::{Mode, OFlags, Stat};
use std::fs::File;
use std::os::unix::fs::FileExt;

/// Larger files are replaced: a reader would see part of the change for too long.
const IN_PLACE_BYTES_MAX: u64 = 1024 * 1024;

/// Writes what `complete` holds, `length_bytes` of it, into the file at `place`, which was
/// `existing` a moment ago. `None`: it was not done, or not to the end, and the file must be replaced.
pub(super) fn overwrite(
    place: &Place,
    existing: &Stat,
    complete: &File,
    length_bytes: u64,
) -> Option<File> {
    // Who shares the content by a hard link, as package managers' stores do, must not see ours.
    let is_plain = existing.st_nlink == 1 && existing.st_mode & 0o7000 == 0;
    if !is_plain || IN_PLACE_BYTES_MAX < length_bytes {
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
    if (found.st_dev, found.st_ino) != (existing.st_dev, existing.st_ino) {
        return None;
    }
    let file = File::from(file);
    file.write_all_at(&text, 0).ok()?;
    if i64::try_from(length_bytes).ok()? < found.st_size {
        file.set_len(length_bytes).ok()?;
    }
    Some(file)
}
