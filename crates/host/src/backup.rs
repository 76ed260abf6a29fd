//! Workspaces' storage as archives, and back: of a host that runs, and into a data directory that
//! nobody uses.
//!
//! An archive is a `.tar.gz` with `host.json`, `state/`, `files/` and `home/`, in this order: what
//! the kernel has noted about a file is never newer than the file. Owners are numbers from the
//! workspace's own range on, so they fit another range. Names are opened one by one and no link is
//! followed, because programs in the workspace may rename things meanwhile. What is written while
//! it is read may be torn, except what Stead itself writes: that is replaced whole, or a log whose
//! end may be torn.

use crate::record::{sync_directory, write_durably};
use crate::storage::{ID_RANGE, Storage, StorageError};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use protocol::WorkspaceId;
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat};
use serde::{Deserialize, Serialize};
use std::ffi::{CStr, CString, OsStr};
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tar::{Archive, Builder, EntryType, Header};

/// The parts of a workspace, in the order in which they are read.
pub(crate) const PARTS: [&str; 3] = ["state", "files", "home"];
/// Longer paths cannot be made again by name; the place that they are put back to counts, too.
pub(crate) const PATH_BYTES_MAX: usize = 3_000;
/// A file that says to be longer than what it has on the disk by more than this is left out: it would
/// be read, and written back, without end.
pub(crate) const HOLES_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// Directories within each other: as many as a workspace's own archives have.
pub(crate) const DEPTH_MAX: usize = 256;

/// What was saved of a workspace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// Files and directories.
    pub entries: u64,
    /// The kernel wrote something down meanwhile: the last seconds may be there twice or not at all.
    pub changed: bool,
    /// Entries left out: sockets, pipes, devices, and what was too deep, mostly holes or could not be
    /// read.
    pub left_out: u64,
}

/// Writes a workspace of the host at `data_dir`. `None` when there is no such workspace. Blocks.
pub fn save(data_dir: &Path, id: &WorkspaceId, out: impl Write) -> io::Result<Option<Saved>> {
    let place = data_dir.join("workspaces").join(id.body());
    let record = match fs::read(place.join("host.json")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read?,
    };
    let base = crate::storage::id_base(&record);
    let base = base.unwrap_or_else(|| rustix::process::geteuid().as_raw());
    let mut tar = Builder::new(GzEncoder::new(out, Compression::fast()));
    let mut header = Header::new_gnu();
    header.set_size(record.len() as u64);
    header.set_mode(0o600);
    tar.append_data(&mut header, "host.json", &*record)?;
    let before = fingerprint(&place.join("state"))?;
    let mut saving = Saving { tar, base, saved: Saved::default() };
    let directory = open(rustix::fs::CWD, &place)?;
    for part in PARTS {
        saving.append((&directory, &CString::new(part)?), Path::new(part), DEPTH_MAX)?;
    }
    saving.saved.changed = before != fingerprint(&place.join("state"))?;
    saving.tar.into_inner()?.finish()?.flush()?;
    Ok(Some(saving.saved))
}

struct Saving<W: Write> {
    tar: Builder<GzEncoder<W>>,
    /// User and group that are 0 in the archive.
    base: u32,
    saved: Saved,
}

impl<W: Write> Saving<W> {
    /// Appends what `name` in `directory` is. What vanished meanwhile was never there.
    fn append(
        &mut self,
        (directory, name): (&OwnedFd, &CStr),
        path: &Path,
        depth: usize,
    ) -> io::Result<()> {
        let Ok(stat) = rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) else {
            return Ok(());
        };
        if PATH_BYTES_MAX < path.as_os_str().len() {
            self.leave_out();
            return Ok(());
        }
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory if 0 < depth => {
                let Ok(inner) = open(directory.as_fd(), name) else {
                    self.leave_out();
                    return Ok(());
                };
                return self.append_directory(&inner, path, depth - 1);
            }
            FileType::RegularFile => {
                let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let Ok(file) = rustix::fs::openat(directory, name, flags, Mode::empty()) else {
                    self.leave_out();
                    return Ok(());
                };
                let stat = rustix::fs::fstat(&file)?;
                if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
                    self.leave_out();
                    return Ok(());
                }
                let size = u64::try_from(stat.st_size).unwrap_or(0);
                let stored = u64::try_from(stat.st_blocks).unwrap_or(0).saturating_mul(512);
                if HOLES_BYTES_MAX < size.saturating_sub(stored) {
                    self.leave_out();
                    return Ok(());
                }
                let mut header = self.header(&stat, EntryType::Regular, size);
                // One that shrinks is filled up, one that grows is cut: the header has promised.
                let bytes = File::from(file).take(size).chain(io::repeat(0)).take(size);
                self.tar.append_data(&mut header, path, bytes)?;
            }
            FileType::Symlink => {
                let Ok(target) = rustix::fs::readlinkat(directory, name, Vec::new()) else {
                    self.leave_out();
                    return Ok(());
                };
                let mut header = self.header(&stat, EntryType::Symlink, 0);
                self.tar.append_link(&mut header, path, OsStr::from_bytes(target.to_bytes()))?;
            }
            FileType::Directory
            | FileType::Fifo
            | FileType::Socket
            | FileType::CharacterDevice
            | FileType::BlockDevice
            | FileType::Unknown => {
                self.leave_out();
                return Ok(());
            }
        }
        self.saved.entries += 1;
        Ok(())
    }

    fn append_directory(
        &mut self,
        directory: &OwnedFd,
        path: &Path,
        depth: usize,
    ) -> io::Result<()> {
        let stat = rustix::fs::fstat(directory)?;
        let mut header = self.header(&stat, EntryType::Directory, 0);
        self.tar.append_data(&mut header, path, io::empty())?;
        self.saved.entries += 1;
        for entry in Dir::read_from(directory)? {
            let entry = entry?;
            let bytes = entry.file_name().to_bytes();
            if !matches!(bytes, b"." | b"..") {
                let inner = path.join(OsStr::from_bytes(bytes));
                self.append((directory, entry.file_name()), &inner, depth)?;
            }
        }
        Ok(())
    }

    fn leave_out(&mut self) {
        self.saved.left_out += 1;
    }

    fn header(&self, stat: &Stat, kind: EntryType, size: u64) -> Header {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_mode(stat.st_mode & 0o7777);
        header.set_mtime(u64::try_from(stat.st_mtime).unwrap_or(0));
        header.set_uid(stat.st_uid.saturating_sub(self.base).into());
        header.set_gid(stat.st_gid.saturating_sub(self.base).into());
        header
    }
}

/// Differs when something was written into the directory. Only the kernel can.
fn fingerprint(directory: &Path) -> io::Result<u64> {
    use std::os::unix::fs::MetadataExt;
    let mut seen = Vec::new();
    let mut waiting = vec![directory.to_owned()];
    while let Some(place) = waiting.pop() {
        for entry in fs::read_dir(&place)? {
            let entry = entry?;
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_dir() {
                waiting.push(entry.path());
            }
            seen.push((entry.path(), metadata.len(), metadata.mtime(), metadata.mtime_nsec()));
        }
    }
    seen.sort();
    let mut hasher = DefaultHasher::new();
    seen.hash(&mut hasher);
    Ok(hasher.finish())
}

pub(crate) fn open(at: impl AsFd, name: impl rustix::path::Arg) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(at, name, flags, Mode::empty())
}

/// There from before the first thing is put in place until everything is.
const BEGUN: &str = "restore.json";

/// What is written down about a backup that is being put in place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// The backup's directory.
    pub from: PathBuf,
    pub began_at_ms: u64,
}

/// Refuses a data directory that a restore was interrupted in. Blocks.
pub fn refuse_half(data_dir: &Path) -> Result<(), StorageError> {
    let io = |source| StorageError::Io { path: data_dir.to_owned(), source };
    match begun(data_dir).map_err(io)? {
        Some(Begun { from, .. }) => {
            Err(StorageError::Restoring { path: data_dir.to_owned(), from })
        }
        None => Ok(()),
    }
}

fn begun(data_dir: &Path) -> io::Result<Option<Begun>> {
    match fs::read(data_dir.join(BEGUN)) {
        Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A data directory into which workspaces are put. No host can start on it meanwhile.
#[derive(Debug)]
pub struct Target {
    storage: Storage,
    root: PathBuf,
    interrupted: Option<Begun>,
}

/// Why workspaces cannot be put there.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// A host uses it, or it cannot be written.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// It has workspaces.
    #[error("the data directory `{0}` has workspaces already; a backup is put over nothing")]
    NotEmpty(PathBuf),
}

impl Target {
    /// Locks a data directory without workspaces, or with those of an attempt that was interrupted;
    /// makes it when it is not there. Blocks.
    pub fn open(data_dir: &Path) -> Result<Self, TargetError> {
        let storage = Storage::open(data_dir)?;
        let io = |source| StorageError::Io { path: data_dir.to_owned(), source };
        let interrupted = begun(data_dir).map_err(io)?;
        let mut workspaces = fs::read_dir(data_dir.join("workspaces")).map_err(io)?;
        if interrupted.is_none() && workspaces.next().is_some() {
            return Err(TargetError::NotEmpty(data_dir.to_owned()));
        }
        Ok(Self { storage, root: data_dir.to_owned(), interrupted })
    }

    /// The attempt that was interrupted here.
    pub const fn interrupted(&self) -> Option<&Begun> {
        self.interrupted.as_ref()
    }

    /// Writes down that a backup is being put in place. Blocks.
    pub fn begin(&self, begun: &Begun) -> io::Result<()> {
        write_durably(&self.root.join(BEGUN), &serde_json::to_vec(begun)?)
    }

    /// Makes what was put in place so far last. Blocks.
    pub fn sync(&self) -> io::Result<()> {
        Ok(rustix::fs::syncfs(File::open(&self.root)?)?)
    }

    /// Everything is in place, or nothing is: a host may start. Blocks.
    pub fn end(&self) -> io::Result<()> {
        fs::remove_file(self.root.join(BEGUN))?;
        sync_directory(&self.root)
    }

    /// Puts a workspace in place, whole or not at all. As root it gets a range of user ids of this
    /// machine; otherwise everything belongs to us. Blocks.
    pub fn load(&self, id: &WorkspaceId, archive: impl Read) -> io::Result<()> {
        self.storage.create(id)?;
        let base = self.storage.directories(id).and_then(|it| it.id_base);
        let place = self.root.join("workspaces").join(id.body());
        let loaded = unpack(archive, &place, base);
        if loaded.is_err() {
            self.storage.remove(id)?;
        }
        loaded
    }

    /// Takes the workspaces back that were put in place, and says how many these were. Blocks.
    pub fn clear(&self) -> io::Result<usize> {
        let mut count = 0;
        for entry in fs::read_dir(self.root.join("workspaces"))? {
            supervisor::remove_tree(&entry?.path())?;
            count += 1;
        }
        Ok(count)
    }
}

fn unpack(archive: impl Read, place: &Path, base: Option<u32>) -> io::Result<()> {
    let mut archive = Archive::new(GzDecoder::new(archive));
    let mut directories = Vec::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        // The range is this machine's.
        if path == Path::new("host.json") {
            continue;
        }
        if !PARTS.iter().any(|it| path.starts_with(it)) {
            return Err(io::Error::other(format!(
                "`{}` is no part of a workspace",
                path.display()
            )));
        }
        entry.set_preserve_permissions(true);
        entry.set_preserve_mtime(true);
        let mode = entry.header().mode()?;
        let (uid, gid) = (entry.header().uid()?, entry.header().gid()?);
        let kind = entry.header().entry_type();
        if !(kind.is_dir() || kind.is_file() || kind.is_symlink()) {
            return Err(io::Error::other(format!("`{}` is of no kind known", path.display())));
        }
        if kind.is_dir() {
            // A directory that nobody may write into gets its contents first.
            directories.push((place.join(&path), mode));
            entry.set_preserve_permissions(false);
        }
        // The archive may be somebody else's: nothing is put behind a link, and nothing is another
        // workspace's.
        let through_link = path
            .ancestors()
            .skip(1)
            .any(|it| place.join(it).symlink_metadata().is_ok_and(|it| it.is_symlink()));
        if through_link || !entry.unpack_in(place)? {
            return Err(io::Error::other(format!("`{}` leads elsewhere", path.display())));
        }
        if kind.is_dir() {
            // It may be one that nobody writes into, and files follow.
            let open = fs::Permissions::from_mode(mode | 0o700);
            fs::set_permissions(place.join(&path), open)?;
        }
        if let Some(base) = base {
            let owner = |id: u64| {
                let id = u32::try_from(id).ok().filter(|it| *it < ID_RANGE);
                id.and_then(|it| base.checked_add(it))
                    .ok_or_else(|| io::Error::other("an owner is outside of the workspace's range"))
            };
            std::os::unix::fs::lchown(place.join(&path), Some(owner(uid)?), Some(owner(gid)?))?;
        }
    }
    for (path, mode) in directories.into_iter().rev() {
        fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt, symlink};

    fn write(path: PathBuf, bytes: &[u8], mode: u32) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_workspace_comes_back_as_it_was_and_no_link_is_followed() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let secret = from.path().join("secret");
        write(secret.clone(), b"the host's", 0o600);
        let (other, id) = (WorkspaceId::from_random(1), WorkspaceId::from_random(2));
        let storage = Storage::open(from.path()).unwrap();
        storage.create(&other).unwrap();
        storage.create(&id).unwrap();
        let files = storage.directories(&id).unwrap().files;
        write(files.join("a/b.sh"), b"#!/bin/sh\n", 0o755);
        write(files.join("locked/c"), b"c", 0o400);
        fs::set_permissions(files.join("locked"), fs::Permissions::from_mode(0o555)).unwrap();
        symlink(&secret, files.join("link")).unwrap();
        symlink("/", files.join("root")).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            files.join("pipe"),
            FileType::Fifo,
            Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        write(storage.directories(&id).unwrap().state.join("x.log"), b"log", 0o600);
        let mut archive = Vec::new();
        let saved = save(from.path(), &id, &mut archive).unwrap().unwrap();
        assert_eq!((saved.left_out, saved.changed), (1, false));
        assert_eq!(save(from.path(), &WorkspaceId::from_random(9), io::sink()).unwrap(), None);

        let target = Target::open(to.path()).unwrap();
        target.load(&id, &*archive).unwrap();
        let found = target.storage.directories(&id).unwrap();
        assert_eq!(fs::read(found.files.join("a/b.sh")).unwrap(), b"#!/bin/sh\n");
        let mode = |path: &str| fs::metadata(found.files.join(path)).unwrap().mode() & 0o7777;
        assert_eq!([mode("a/b.sh"), mode("locked"), mode("locked/c")], [0o755, 0o555, 0o400]);
        assert_eq!(fs::read_link(found.files.join("link")).unwrap(), secret);
        assert!(!found.files.join("pipe").exists());
        assert_eq!(fs::read(found.state.join("x.log")).unwrap(), b"log");
        if let Some(base) = found.id_base {
            assert_ne!(base, storage.directories(&id).unwrap().id_base.unwrap());
            assert_eq!(fs::metadata(&found.files).unwrap().uid(), base);
        }
        drop(target);
        assert!(matches!(Target::open(to.path()), Err(TargetError::NotEmpty(_))));
    }

    #[test]
    fn what_was_interrupted_is_known_until_it_ended() {
        let to = tempfile::tempdir().unwrap();
        let target = Target::open(to.path()).unwrap();
        assert_eq!(target.interrupted(), None);
        let begun = Begun { from: "/backups/a".into(), began_at_ms: 7 };
        target.begin(&begun).unwrap();
        let id = WorkspaceId::from_random(1);
        target.storage.create(&id).unwrap();
        drop(target);
        let refused = refuse_half(to.path()).unwrap_err();
        assert!(matches!(&refused, StorageError::Restoring { .. }), "{refused}");
        let target = Target::open(to.path()).unwrap();
        assert_eq!(target.interrupted(), Some(&begun));
        assert_eq!(target.clear().unwrap(), 1);
        target.end().unwrap();
        drop(target);
        refuse_half(to.path()).unwrap();
        assert_eq!(Target::open(to.path()).unwrap().interrupted(), None);
    }

    #[test]
    fn an_archive_that_leads_elsewhere_is_refused_and_leaves_nothing() {
        let to = tempfile::tempdir().unwrap();
        let target = Target::open(to.path()).unwrap();
        let id = WorkspaceId::from_random(1);
        for path in ["run/x", "files"] {
            let mut tar = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
            let mut link = Header::new_gnu();
            link.set_entry_type(EntryType::Symlink);
            link.set_size(0);
            tar.append_link(&mut link, "files/out", to.path()).unwrap();
            let mut header = Header::new_gnu();
            header.set_size(1);
            let path = if path == "files" { "files/out/evil" } else { path };
            tar.append_data(&mut header, path, &b"x"[..]).unwrap();
            let archive = tar.into_inner().unwrap().finish().unwrap();
            assert!(target.load(&id, &*archive).is_err(), "{path}");
            assert!(!target.storage.exists(&id) && !to.path().join("evil").exists());
        }
    }
}
