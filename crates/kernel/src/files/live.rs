//! Reading and writing the file of a live document, beside programs that do the same.
//!
//! A write exchanges the file with a hidden one that is complete, in one step, and then looks at what
//! it took away. Whatever somebody wrote in the last moment is there: then both are exchanged back,
//! and the document takes what is in the file before it writes again.
//! A text that a program watches is written in place (decision 003); there the last moment is the
//! time between comparing the file and one `pwrite`, some tens of microseconds, and what somebody
//! writes in it is lost. So it is on file systems that cannot exchange.

use super::Files;
use super::descriptors::{Whose, program_with};
use super::error::FileError;
use super::etag::{millis, size_bytes};
use super::ignored::TEMPORARY_PREFIX;
use super::overwrite::{overwrite, overwrite_anyway};
use super::root::{Last, Place, file_type};
use super::write::Temporary;
use crate::context::By;
use crate::feed::What;
use crate::proc;
use document::limits::TEXT_BYTES_MAX;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, RenameFlags, Stat};
use rustix::io::Errno;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt;
use stdx::{WorkspacePath, clock};

/// A program that keeps a file open for writing is waited for this long after it wrote, in
/// milliseconds; then what is there counts.
const PATIENCE_MS: u64 = 2_000;
/// The same for one that emptied the file: on a busy machine it takes a while from there to the first
/// byte, and what is there means nothing.
const EMPTIED_PATIENCE_MS: u64 = 10_000;
/// And however often it is emptied anew, the document does not wait any longer, in milliseconds.
const EMPTIED_WAIT_MS: u64 = 60_000;
/// Whoever emptied a file this recently is about to fill it, also when nobody is seen to have it open,
/// in milliseconds.
const EMPTIED_MS: u64 = 1_000;
/// After this long every further change of a file shows in its time, in milliseconds: far more than
/// the tick of any file system's clock.
const SETTLED_MS: u64 = 100;
/// Longest file that one of ours can be, in bytes: every line break takes two, and a mark is before it.
const MINE_BYTES_MAX: usize = 2 * TEXT_BYTES_MAX + 3;
/// Somebody else can replace the file in the moment in which it is put back; not that often.
const PUT_BACK_MAX: usize = 100;

type Hash = [u8; 32];

/// Which content a file has. Anything that writes changes it, within the clock's tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    device: u64,
    inode: u64,
    modified: (i64, u64),
    size: i64,
}

impl Identity {
    fn of(stat: &Stat) -> Self {
        Self {
            device: stat.st_dev,
            inode: stat.st_ino,
            modified: (stat.st_mtime, stat.st_mtime_nsec),
            size: stat.st_size,
        }
    }

    /// Length in bytes.
    fn length(&self) -> usize {
        usize::try_from(self.size).unwrap_or(0)
    }
}

/// What is known of a file: what it was when it was last read or written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) identity: Identity,
    /// When anything about the file changed last. Unlike the other times, nobody can set this one.
    changed: (i64, u64),
    hash: Hash,
    /// Changed so shortly before it was looked at that a further change may not show.
    unsettled: bool,
}

impl Known {
    fn new(stat: &Stat, bytes: &[u8]) -> Self {
        let changed_ms = millis(stat.st_ctime, stat.st_ctime_nsec);
        Self {
            identity: Identity::of(stat),
            changed: (stat.st_ctime, stat.st_ctime_nsec),
            hash: Sha256::digest(bytes).into(),
            unsettled: clock::now_ms() < changed_ms + SETTLED_MS,
        }
    }

    /// Whether this is the file, and nothing happened to it since.
    fn is(&self, stat: &Stat) -> bool {
        !self.unsettled
            && self.identity == Identity::of(stat)
            && self.changed == (stat.st_ctime, stat.st_ctime_nsec)
    }
}

/// A program that has a file open for writing, in words that it may have chosen itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Writer {
    pub(crate) name: String,
    /// The agent that it works for.
    pub(crate) agent: Option<String>,
}

/// What a look shows.
#[derive(Debug)]
pub(crate) enum Sight {
    File {
        bytes: Vec<u8>,
        known: Known,
        /// The program that has it open for writing, if one has.
        writer: Option<Writer>,
    },
    Same,
    /// A program is in the middle of writing it; its name, when it has it open.
    Busy {
        writer: Option<Writer>,
    },
    TooLarge,
    Missing,
    Unreadable(FileError),
}

/// What came of a write.
#[derive(Debug)]
pub(crate) enum Replaced {
    Done(Known),
    /// It is not what was expected, and was left as it is.
    Changed,
    Missing,
    Failed(FileError),
}

/// A write of a document's file.
#[derive(Debug)]
pub(crate) struct Replacement {
    pub(crate) bytes: Vec<u8>,
    pub(crate) expected: Hash,
    pub(crate) known: Option<Known>,
    /// A program keeps the file open for writing, and was waited for long enough.
    pub(crate) kept_open: bool,
    /// Names the hidden file.
    pub(crate) id: String,
    pub(crate) by: By,
}

/// The hidden file of a document.
pub(crate) fn hidden_name(id: &str) -> String {
    format!("{TEMPORARY_PREFIX}{id}")
}

impl Files {
    /// Looks at the file at `path`, and how long whoever writes it was waited for; `None`: what is
    /// there is taken in any case. Blocking.
    pub(crate) fn sight(
        &self,
        path: &WorkspacePath,
        known: Option<&Known>,
        bytes_max: usize,
        waited_ms: Option<u64>,
    ) -> Sight {
        let (file, stat) = match super::open_regular(&self.shared.root, path) {
            Ok(opened) => opened,
            Err(FileError::NotFound(_) | FileError::NotDirectory(_)) => return Sight::Missing,
            Err(error) => return Sight::Unreadable(error),
        };
        let identity = Identity::of(&stat);
        if known.is_some_and(|it| it.is(&stat)) {
            return Sight::Same;
        }
        if (bytes_max as u64) < size_bytes(&stat) {
            return Sight::TooLarge;
        }
        let bytes = match read(&file, bytes_max) {
            Ok(bytes) if bytes_max < bytes.len() => return Sight::TooLarge,
            Ok(bytes) => bytes,
            Err(error) => return Sight::Unreadable(FileError::io(path, error)),
        };
        let after = rustix::fs::fstat(&file).map(|it| Identity::of(&it));
        if after != Ok(identity) {
            return Sight::Busy { writer: writer(&identity) };
        }
        let seen = Known::new(&stat, &bytes);
        let Some(waited_ms) = waited_ms else {
            return Sight::File { bytes, known: seen, writer: None };
        };
        let grows = |it: &Known| {
            it.identity.length() <= bytes.len()
                && it.hash == Hash::from(Sha256::digest(&bytes[..it.identity.length()]))
        };
        let appended = known.is_some_and(grows);
        let age_ms = clock::now_ms().saturating_sub(millis(stat.st_mtime, stat.st_mtime_nsec));
        let is_emptied = bytes.is_empty() && known.is_none_or(|it| 0 < it.identity.length());
        let patience_ms = if is_emptied { EMPTIED_PATIENCE_MS } else { PATIENCE_MS };
        let is_fresh = age_ms < patience_ms;
        let wrote = is_fresh.then(|| writer(&identity)).flatten();
        // Who had it open when it was read may have written and closed it since.
        let after = is_fresh.then(|| rustix::fs::fstat(&file).map(|it| Identity::of(&it)));
        let is_changed = after.is_some_and(|it| it != Ok(identity));
        // Who cannot be looked into empties a file and fills it in the next moment, too.
        let is_filled_soon = is_emptied && age_ms < EMPTIED_MS;
        // What only grows is true at any time; everything else is true when it is closed.
        let is_busy = !appended && (wrote.is_some() || is_changed || is_filled_soon);
        // Who empties it again and again is always about to fill it; the last time counts.
        let waits_ms = if is_emptied { EMPTIED_WAIT_MS } else { patience_ms };
        if is_busy && waited_ms < waits_ms {
            return Sight::Busy { writer: wrote };
        }
        Sight::File { bytes, known: seen, writer: wrote }
    }

    /// Whether nobody may write the file at `path`.
    pub(crate) fn is_write_protected(&self, path: &WorkspacePath) -> bool {
        let stat = self.shared.root.stat(path, Last::Follow);
        stat.is_ok_and(|it| it.is_some_and(|it| it.st_mode & 0o222 == 0))
    }

    /// The path behind links.
    pub(crate) fn real(&self, path: &WorkspacePath) -> Result<WorkspacePath, FileError> {
        self.shared.root.resolve(path, Last::Follow)
    }

    /// Whether there is something at `path`. Blocking.
    pub(crate) fn is_there(&self, path: &WorkspacePath) -> bool {
        self.shared.root.stat(path, Last::Follow).is_ok_and(|it| it.is_some())
    }

    /// Puts back what a write took away that a crash cut off before it was looked at: the hidden file
    /// of a document, when the file is what the document was about to write. Whether there was one.
    /// Blocking.
    pub(crate) fn put_back(&self, path: &WorkspacePath, id: &str, meant: &Hash) -> bool {
        let Ok(place) = self.shared.root.parent(path, Last::Follow) else { return false };
        let name = hidden_name(id);
        let ours = super::open_regular(&self.shared.root, path)
            .ok()
            .is_some_and(|(file, _)| holds(&file, meant).unwrap_or(false));
        let directory = &place.directory;
        let done = if ours {
            rustix::fs::renameat(directory, name.as_str(), directory, place.name())
        } else {
            rustix::fs::unlinkat(directory, name.as_str(), AtFlags::empty())
        };
        match done {
            Ok(()) => ours,
            Err(Errno::NOENT) => false,
            Err(errno) => {
                tracing::warn!(%errno, "the hidden file of a document remains");
                false
            }
        }
    }

    /// Writes the file at `path` if it is what is expected. Blocking.
    pub(crate) fn replace(&self, path: &WorkspacePath, replacement: Replacement) -> Replaced {
        match self.try_replace(path, replacement) {
            Ok(replaced) => replaced,
            Err(FileError::NotFound(_) | FileError::NotDirectory(_)) => Replaced::Missing,
            Err(error) => Replaced::Failed(error),
        }
    }

    fn try_replace(
        &self,
        path: &WorkspacePath,
        replacement: Replacement,
    ) -> Result<Replaced, FileError> {
        let shared = &self.shared;
        let fail = |error| FileError::io(path, error);
        let place = shared.root.parent(path, Last::Follow)?;
        let Some(existing) = place.stat()? else { return Ok(Replaced::Missing) };
        if file_type(&existing) != FileType::RegularFile || existing.st_mode & 0o222 == 0 {
            return Err(FileError::Denied(path.clone()));
        }
        if !self.is_expected(&place, &existing, &replacement)? {
            return Ok(Replaced::Changed);
        }
        shared.room.check(replacement.bytes.len() as u64)?;
        let mode = Mode::from_raw_mode(existing.st_mode & 0o777);
        let mut temporary = Temporary::create_named(&place, hidden_name(&replacement.id), mode)?;
        temporary.file.write_all(&replacement.bytes).map_err(fail)?;
        temporary.file.sync_all().map_err(fail)?;
        temporary.take_after(&existing);
        // While nobody else can write it.
        let ours = rustix::fs::fstat(&temporary.file).map_err(|it| FileError::at(path, it))?;
        let guard = shared.locks.lock(&place.real);
        let now = place.stat()?;
        if now.as_ref().map(Identity::of) != Some(Identity::of(&existing)) {
            return Ok(if now.is_none() { Replaced::Missing } else { Replaced::Changed });
        }
        let length = replacement.bytes.len() as u64;
        let changing = shared.own.begin(&[&place.real]);
        let write = if replacement.kept_open { overwrite_anyway } else { overwrite };
        let written = write(&place, &existing, &temporary.file, length);
        let in_place = written.is_some();
        if !in_place {
            exchange(&mut temporary, &place)?;
            let expected = &replacement.expected;
            if is_displaced(&temporary, &existing, expected, replacement.kept_open) {
                put_back(&temporary, &place)?;
                return Ok(Replaced::Changed);
            }
        }
        let file = written.as_ref().unwrap_or(&temporary.file);
        let stat = rustix::fs::fstat(file).map_err(|errno| FileError::at(path, errno))?;
        // What somebody wrote into our file since it has the name must not be taken for ours.
        let is_ours = in_place || Identity::of(&stat) == Identity::of(&ours);
        let stat = if is_ours { stat } else { ours };
        shared.own.present_as(&place.real, &stat);
        drop(changing);
        if in_place {
            file.sync_all().map_err(fail)?;
        } else {
            rustix::fs::fsync(&place.directory).map_err(|errno| FileError::at(path, errno))?;
        }
        drop(guard);
        shared.room.take(length);
        self.tell(&place.real, What::Modified, false, &replacement.by);
        Ok(Replaced::Done(Known::new(&stat, &replacement.bytes)))
    }

    /// Whether what is at `place` is what is expected there.
    fn is_expected(
        &self,
        place: &Place,
        existing: &Stat,
        replacement: &Replacement,
    ) -> Result<bool, FileError> {
        let known = replacement.known.filter(|it| it.is(existing));
        if known.is_some_and(|it| it.hash == replacement.expected) {
            return Ok(true);
        }
        let (file, _) = super::open_regular(&self.shared.root, &place.real)?;
        holds(&file, &replacement.expected).map_err(|error| FileError::io(&place.real, error))
    }
}

/// Puts the hidden file in place, and what was there under the hidden name.
fn exchange(temporary: &mut Temporary, place: &Place) -> Result<(), FileError> {
    let name = temporary.name.clone().unwrap_or_default();
    let flags = RenameFlags::EXCHANGE;
    let swap = |flags| {
        let (from, to) = (&temporary.directory, &place.directory);
        rustix::fs::renameat_with(from, name.as_str(), to, place.name(), flags)
    };
    match swap(flags) {
        Ok(()) => Ok(()),
        // The file system cannot do it.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            swap(RenameFlags::empty()).map_err(|errno| FileError::at(&place.real, errno))?;
            temporary.name = None;
            Ok(())
        }
        Err(errno) => Err(FileError::at(&place.real, errno)),
    }
}

/// Whether an exchange took away something else than what was expected, or what somebody still
/// writes.
fn is_displaced(temporary: &Temporary, existing: &Stat, expected: &Hash, kept_open: bool) -> bool {
    let Some(name) = temporary.name.as_deref() else { return false };
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let opened = rustix::fs::openat(&temporary.directory, name, flags, Mode::empty());
    let Ok(file) = opened.map(File::from) else { return true };
    // First: it has no name any more under which somebody else could open it, so what it is when
    // nobody has it open it stays.
    if !kept_open && writer(&Identity::of(existing)).is_some() {
        return true;
    }
    let same = |stat: &Stat| Identity::of(stat) == Identity::of(existing);
    if !rustix::fs::fstat(&file).is_ok_and(|it| same(&it)) {
        return true;
    }
    // Within one tick of the file system's clock a second change does not show.
    let unsettled =
        clock::now_ms() < millis(existing.st_ctime, existing.st_ctime_nsec) + SETTLED_MS;
    unsettled && !holds(&file, expected).unwrap_or(false)
}

/// Exchanges back: what was taken away is newer than ours. When somebody replaces the file at this
/// very moment, it is his file that comes out, and goes in again.
fn put_back(temporary: &Temporary, place: &Place) -> Result<(), FileError> {
    let fail = |errno| FileError::at(&place.real, errno);
    let Some(name) = temporary.name.as_deref() else { return Ok(()) };
    let ours = rustix::fs::fstat(&temporary.file).map_err(fail)?;
    for _ in 0..PUT_BACK_MAX {
        let (from, to) = (&temporary.directory, &place.directory);
        match rustix::fs::renameat_with(from, name, to, place.name(), RenameFlags::EXCHANGE) {
            Ok(()) => {}
            // It was deleted meanwhile, and what it was before that is of no use to anybody.
            Err(Errno::NOENT) => return Ok(()),
            Err(errno) => return Err(fail(errno)),
        }
        let hidden = rustix::fs::statat(from, name, AtFlags::SYMLINK_NOFOLLOW).map_err(fail)?;
        if (hidden.st_dev, hidden.st_ino) == (ours.st_dev, ours.st_ino) {
            break;
        }
    }
    Ok(())
}

/// Whether this is the content of a file that was just opened. No more of it is read than one of
/// ours can have: it is somebody else's by now, and may be of any size.
fn holds(file: &File, hash: &Hash) -> std::io::Result<bool> {
    let bytes = read(file, MINE_BYTES_MAX)?;
    Ok(bytes.len() <= MINE_BYTES_MAX && Hash::from(Sha256::digest(&bytes)) == *hash)
}

/// Everything from the beginning of a file that was just opened, and one byte beyond `max` at most.
fn read(file: &File, max: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut file = file;
    Read::take(&mut file, (max as u64).saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A program that we may look into and that has this file open for writing.
fn writer(identity: &Identity) -> Option<Writer> {
    let is_it = |it: fs::Metadata| (it.dev(), it.ino()) == (identity.device, identity.inode);
    let process = program_with(Whose::Others, |link, info| {
        fs::metadata(link).is_ok_and(is_it) && writes(info)
    })?;
    // A program may call itself anything.
    let name = fs::read(process.join("comm")).unwrap_or_default();
    let name = String::from_utf8_lossy(&name).chars().filter(|it| !it.is_control()).collect();
    let pid = process.file_name().and_then(|it| it.to_str()?.parse().ok());
    Some(Writer { name, agent: pid.and_then(proc::agent_of) })
}

/// Whether the flags of an open file allow writing.
fn writes(info: &std::path::Path) -> bool {
    let mut text = String::new();
    let read = File::open(info).and_then(|it| it.take(4096).read_to_string(&mut text));
    let flags = text.lines().find_map(|it| it.strip_prefix("flags:"));
    let flags = flags.and_then(|it| u32::from_str_radix(it.trim(), 8).ok());
    read.is_ok() && flags.is_some_and(|it| it & 0o3 != 0)
}

impl Known {
    /// The file was away meanwhile: it is to be read, whatever its time says.
    pub(crate) fn doubt(&mut self) {
        self.unsettled = true;
    }

    /// When the file was written last, in milliseconds since 1970.
    pub(crate) fn modified_ms(&self) -> u64 {
        millis(self.identity.modified.0, self.identity.modified.1)
    }

    /// When it became what it is, at the latest, in milliseconds since 1970.
    pub(crate) fn changed_ms(&self) -> u64 {
        millis(self.changed.0, self.changed.1)
    }
}

impl Files {
    /// When the index of the repository around `path` was written last. Blocking.
    pub(crate) fn git_index_ms(&self, path: &WorkspacePath) -> Option<u64> {
        let stat = self.in_repository(path, "index")?;
        Some(millis(stat.st_mtime, stat.st_mtime_nsec))
    }

    /// Whether Git holds the index of the repository around `path`. Blocking.
    pub(crate) fn git_is_writing(&self, path: &WorkspacePath) -> bool {
        self.in_repository(path, "index.lock").is_some()
    }

    /// When Git began what it does, or did last, in the repository around `path`: then it made the
    /// lock, which becomes the index when it is done. `None` where files do not say when they were
    /// made. Blocking.
    pub(crate) fn git_began_ms(&self, path: &WorkspacePath) -> Option<u64> {
        let made_ms = |name| {
            let (seconds, nanoseconds) =
                self.shared.root.made(&self.path_in_repository(path, name)?)?;
            Some(millis(seconds, nanoseconds))
        };
        made_ms("index.lock").or_else(|| made_ms("index"))
    }

    fn in_repository(&self, path: &WorkspacePath, name: &str) -> Option<Stat> {
        let path = self.path_in_repository(path, name)?;
        self.shared.root.stat(&path, Last::Keep).ok()?
    }

    fn path_in_repository(&self, path: &WorkspacePath, name: &str) -> Option<WorkspacePath> {
        let mut directory = path.parent();
        loop {
            let git = directory.join(".git").ok()?;
            if let Ok(Some(_)) = self.shared.root.stat(&git, Last::Keep) {
                return git.join(name).ok();
            }
            if directory.is_root() {
                return None;
            }
            directory = directory.parent();
        }
    }
}
