//! A directory or file as a `.tar.gz`, made while it is sent.

use super::error::FileError;
use super::remove::DEPTH_MAX;
use super::root::{Last, Root, file_type, open_beneath, open_directory};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{AtFlags, Dir, FileType, OFlags, Stat};
use std::ffi::CStr;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use stdx::WorkspacePath;
use tar::{Builder, EntryType, Header};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// Pieces that wait for the client; with [`PIECE_BYTES`] half a megabyte.
pub(crate) const PIECES_MAX: usize = 8;
/// Size of a piece.
const PIECE_BYTES: usize = 64 * 1024;
/// A client that takes nothing for this long is gone.
const STALL: Duration = Duration::from_mins(1);

/// One piece of the archive; an error ends the response so that it is seen to be incomplete.
pub(crate) type Piece = io::Result<Bytes>;

/// Writes the archive of `path` into `pieces` until done or until nobody listens. Blocking; must
/// run on a thread of `runtime`.
pub(crate) fn write(
    root: &Root,
    path: &WorkspacePath,
    pieces: mpsc::Sender<Piece>,
    runtime: Handle,
) {
    let out = Pieces { client: pieces.clone(), runtime, buffer: Vec::with_capacity(PIECE_BYTES) };
    let outcome = build(root, path, out);
    if let Err(error) = outcome {
        // Full or closed: either way nobody is there to be told.
        let told = pieces.try_send(Err(error));
        tracing::debug!(told = told.is_ok(), "an archive was not finished");
    }
}

/// The name of the archive's top directory.
pub(crate) fn top_name(path: &WorkspacePath) -> &str {
    if path.is_root() { "workspace" } else { path.file_name() }
}

fn build(root: &Root, path: &WorkspacePath, out: Pieces) -> io::Result<()> {
    let mut tar = Builder::new(GzEncoder::new(out, Compression::fast()));
    let top = PathBuf::from(top_name(path));
    let fail = |error: FileError| io::Error::other(error.to_string());
    if path.is_root() {
        let directory = root.directory(path).map_err(fail)?;
        append_directory(&mut tar, &directory, &top, DEPTH_MAX)?;
    } else {
        let real = root.resolve(path, Last::Follow).map_err(fail)?;
        let parent = root.directory(&real.parent()).map_err(fail)?;
        let name = std::ffi::CString::new(real.file_name())?;
        append(&mut tar, (&parent, &name), &top, DEPTH_MAX)?;
    }
    let mut out = tar.into_inner()?.finish()?;
    out.flush()
}

type Tar = Builder<GzEncoder<Pieces>>;

/// Appends what `name` in `directory` is. What vanished meanwhile is left out, and so are sockets,
/// pipes and devices.
fn append(
    tar: &mut Tar,
    (directory, name): (&OwnedFd, &CStr),
    path: &Path,
    depth: usize,
) -> io::Result<()> {
    let Ok(stat) = rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) else {
        return Ok(());
    };
    match file_type(&stat) {
        FileType::Directory => match open_directory(directory, name) {
            Ok(inner) => append_directory(tar, &inner, path, depth),
            Err(_) => Ok(()),
        },
        FileType::RegularFile => {
            let flags = OFlags::RDONLY | OFlags::NONBLOCK;
            match open_beneath(directory.as_fd(), name, flags) {
                Ok(file) => append_file(tar, File::from(file), path),
                Err(_) => Ok(()),
            }
        }
        FileType::Symlink => {
            let Ok(target) = rustix::fs::readlinkat(directory, name, Vec::new()) else {
                return Ok(());
            };
            let mut header = header(&stat, EntryType::Symlink, 0);
            tar.append_link(&mut header, path, std::ffi::OsStr::from_bytes(target.to_bytes()))
        }
        FileType::Fifo
        | FileType::Socket
        | FileType::CharacterDevice
        | FileType::BlockDevice
        | FileType::Unknown => Ok(()),
    }
}

fn append_directory(
    tar: &mut Tar,
    directory: &OwnedFd,
    path: &Path,
    depth: usize,
) -> io::Result<()> {
    let depth = depth.checked_sub(1).ok_or_else(|| io::Error::other("nested too deeply"))?;
    let stat = rustix::fs::fstat(directory)?;
    tar.append_data(&mut header(&stat, EntryType::Directory, 0), path, io::empty())?;
    for entry in Dir::read_from(directory)? {
        let entry = entry?;
        let bytes = entry.file_name().to_bytes();
        if matches!(bytes, b"." | b"..")
            || bytes.starts_with(super::ignored::TEMPORARY_PREFIX.as_bytes())
        {
            continue;
        }
        let inner = path.join(std::ffi::OsStr::from_bytes(bytes));
        append(tar, (directory, entry.file_name()), &inner, depth)?;
    }
    Ok(())
}

/// A file that shrinks while it is read is filled up with zeros, one that grows is cut: the header
/// has promised a length.
fn append_file(tar: &mut Tar, file: File, path: &Path) -> io::Result<()> {
    let stat = rustix::fs::fstat(&file)?;
    let size = super::etag::size_bytes(&stat);
    let mut header = header(&stat, EntryType::Regular, size);
    tar.append_data(&mut header, path, file.take(size).chain(io::repeat(0)).take(size))
}

fn header(stat: &Stat, kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(stat.st_mode & 0o7777);
    header.set_mtime(u64::try_from(stat.st_mtime).unwrap_or(0));
    header
}

/// Sends what is written, in pieces, and waits while the client is slow.
struct Pieces {
    client: mpsc::Sender<Piece>,
    runtime: Handle,
    buffer: Vec<u8>,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if PIECE_BYTES <= self.buffer.len() {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.buffer, Vec::with_capacity(PIECE_BYTES));
        let sent = tokio::time::timeout(STALL, self.client.send(Ok(Bytes::from(piece))));
        match self.runtime.block_on(sent) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}
