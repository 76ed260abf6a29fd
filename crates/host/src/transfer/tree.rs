//! A workspace's storage as one row of bytes: a manifest, and the contents of its files.
//!
//! Names are opened one by one beneath the root and no link is followed.

use super::TransferError;
use crate::backup::{DEPTH_MAX, PARTS, PATH_BYTES_MAX};
use protocol::transfer::{Announced, CHUNK_BYTES, Entry, LINE_BYTES_MAX};
use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;
use sha2::{Digest, Sha256};
use std::ffi::{CStr, CString};
use std::fmt::Write;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Storage with a manifest.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) announced: Announced,
    manifest: File,
    beneath: Beneath,
    cursor: Cursor,
}

/// A line of the manifest, and where its contents begin.
#[derive(Clone, Copy, Debug, Default)]
struct Cursor {
    line: u64,
    at: u64,
}

/// The root of a tree, and the directory that was last opened in it.
#[derive(Debug)]
pub(super) struct Beneath {
    root: OwnedFd,
    last: Option<(Vec<u8>, OwnedFd)>,
}

impl Tree {
    /// The tree at `root` with the manifest at `manifest`.
    pub(super) fn open(root: &Path, manifest: &Path, announced: Announced) -> io::Result<Self> {
        let manifest = File::options().read(true).write(true).open(manifest)?;
        Ok(Self { announced, manifest, beneath: Beneath::open(root)?, cursor: Cursor::default() })
    }

    /// The bytes of a chunk that belong to the manifest, and those of the contents.
    pub(super) fn ranges(&self, chunk: u64) -> (Range<u64>, Range<u64>) {
        let manifest = self.announced.manifest_bytes;
        let (start, end) = (self.announced.bytes_of(chunk), self.announced.bytes_of(chunk + 1));
        let contents = start.saturating_sub(manifest)..end.saturating_sub(manifest);
        (start.min(manifest)..end.min(manifest), contents)
    }

    /// Puts bytes of the manifest in their place.
    pub(super) fn write_manifest(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.manifest.write_all_at(bytes, at)
    }

    /// The bytes of a chunk, from the disk.
    pub(super) fn read_chunk(&mut self, chunk: u64) -> Result<Vec<u8>, TransferError> {
        let (lines, contents) = self.ranges(chunk);
        let wanted = length(&lines) + length(&contents);
        let mut bytes = vec![0; length(&lines)];
        bytes.reserve_exact(length(&contents));
        self.manifest.read_exact_at(&mut bytes, lines.start)?;
        self.each(&contents, |beneath, entry, at| {
            let Entry::File { path, size, .. } = entry else { return Ok(()) };
            let part = part(&contents, at, *size);
            if part.is_empty() {
                return Ok(());
            }
            let file = beneath.open_file(path, OFlags::RDONLY)?;
            if file.metadata()?.len() != *size {
                return Err(TransferError::changed(path));
            }
            let start = bytes.len();
            bytes.resize(start + length(&part), 0);
            file.read_exact_at(&mut bytes[start..], part.start - at)?;
            Ok(())
        })?;
        if bytes.len() == wanted { Ok(bytes) } else { Err(TransferError::malformed("its sizes")) }
    }

    /// Hands on each entry with contents in `range`, and each without that comes there, in order.
    pub(super) fn each(
        &mut self,
        range: &Range<u64>,
        mut act: impl FnMut(&mut Beneath, &Entry, u64) -> Result<(), TransferError>,
    ) -> Result<(), TransferError> {
        let is_last = range.end == self.announced.content_bytes;
        if range.start < self.cursor.at {
            self.cursor = Cursor::default();
        }
        let Cursor { mut line, mut at } = self.cursor;
        let mut lines = Lines::starting_at(&self.manifest, line)?;
        while let Some((entry, bytes)) = lines.next()? {
            let end = at.checked_add(entry.size()).ok_or_else(TransferError::sizes)?;
            if range.end <= at && !is_last {
                break;
            }
            if range.start <= at || range.start < end {
                act(&mut self.beneath, &entry, at)?;
            }
            if range.end < end {
                break;
            }
            (line, at) = (line + bytes, end);
        }
        self.cursor = Cursor { line, at };
        Ok(())
    }

    /// Whether every line of the manifest is one, and all together are what was announced.
    pub(super) fn judge_manifest(&self) -> Result<(), TransferError> {
        let mut lines = Lines::starting_at(&self.manifest, 0)?;
        let (mut entries, mut sizes) = (0, 0_u64);
        while let Some((entry, _)) = lines.next()? {
            checked_path(entry.path())?;
            entries += 1;
            sizes = sizes.checked_add(entry.size()).ok_or_else(TransferError::sizes)?;
        }
        if (entries, sizes) == (self.announced.entries, self.announced.content_bytes) {
            return Ok(());
        }
        Err(TransferError::malformed("what it announced"))
    }

    /// The root itself.
    pub(super) fn root(&self) -> BorrowedFd<'_> {
        self.beneath.root.as_fd()
    }
}

/// The part of a file's contents that lies in a range.
pub(super) fn part(range: &Range<u64>, at: u64, size: u64) -> Range<u64> {
    let start = at.max(range.start);
    start..(at + size).min(range.end).max(start)
}

/// How many bytes of one chunk.
pub(super) fn length(range: &Range<u64>) -> usize {
    usize::try_from((range.end - range.start).min(CHUNK_BYTES)).expect("a chunk fits in memory")
}

/// SHA-256 in hexadecimal digits.
pub(super) fn sum(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(bytes) {
        write!(text, "{byte:02x}").expect("a string takes everything");
    }
    text
}

/// The lines of a manifest.
struct Lines<'a> {
    from: BufReader<&'a File>,
    line: Vec<u8>,
}

impl<'a> Lines<'a> {
    fn starting_at(manifest: &'a File, at: u64) -> io::Result<Self> {
        let mut from = BufReader::new(manifest);
        from.seek(SeekFrom::Start(at))?;
        Ok(Self { from, line: Vec::new() })
    }

    /// The next entry, and the bytes of its line.
    fn next(&mut self) -> Result<Option<(Entry, u64)>, TransferError> {
        self.line.clear();
        let most = LINE_BYTES_MAX as u64;
        let read = (&mut self.from).take(most).read_until(b'\n', &mut self.line)?;
        if read == 0 {
            return Ok(None);
        }
        let Some(line) = self.line.strip_suffix(b"\n") else {
            return Err(TransferError::malformed("a line that does not end"));
        };
        let entry = serde_json::from_slice(line)
            .map_err(|_| TransferError::malformed("a line that is none"))?;
        Ok(Some((entry, read as u64)))
    }
}

/// A path as bytes, if it leads to something below a part of the workspace, or to the part.
fn checked_path(text: &str) -> Result<Vec<u8>, TransferError> {
    let path = stdx::percent::decode_bytes(text);
    let mut names = path.split(|it| *it == b'/');
    let is_part = names.next().is_some_and(|it| PARTS.iter().any(|part| part.as_bytes() == it));
    let is_name = |it: &[u8]| !matches!(it, b"" | b"." | b"..") && !it.contains(&0);
    let depth = names.clone().count();
    if is_part && names.all(is_name) && depth <= DEPTH_MAX && path.len() <= PATH_BYTES_MAX {
        return Ok(path);
    }
    Err(TransferError::malformed("a path that leads elsewhere"))
}

impl Beneath {
    fn open(root: &Path) -> io::Result<Self> {
        Ok(Self { root: crate::backup::open(rustix::fs::CWD, root)?, last: None })
    }

    /// The directory in which a path is, and its name there.
    pub(super) fn place(&mut self, text: &str) -> Result<(BorrowedFd<'_>, CString), TransferError> {
        let path = checked_path(text)?;
        let (parent, name) = match path.iter().rposition(|it| *it == b'/') {
            Some(slash) => (&path[..slash], &path[slash + 1..]),
            None => (&[][..], &path[..]),
        };
        let name = CString::new(name).map_err(io::Error::other)?;
        if self.last.as_ref().is_none_or(|(known, _)| known != parent) {
            let mut directory = self.root.try_clone()?;
            for name in parent.split(|it| *it == b'/').filter(|it| !it.is_empty()) {
                directory = crate::backup::open(&directory, name)?;
            }
            self.last = Some((parent.to_owned(), directory));
        }
        let directory = self.last.as_ref().map_or(self.root.as_fd(), |(_, it)| it.as_fd());
        Ok((directory, name))
    }

    /// A plain file, opened with these flags.
    pub(super) fn open_file(&mut self, text: &str, flags: OFlags) -> Result<File, TransferError> {
        let (directory, name) = self.place(text)?;
        let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let mode = Mode::RUSR | Mode::WUSR;
        let opened = match rustix::fs::openat(directory, &*name, flags, mode) {
            // One that came with rights that keep its owner out, before an interruption.
            Err(Errno::ACCESS) if flags.contains(OFlags::CREATE) => unlock(directory, &name)
                .and_then(|()| rustix::fs::openat(directory, &*name, flags, mode)),
            opened => opened,
        };
        let file = match opened {
            Ok(file) => file,
            Err(Errno::ACCESS) => {
                return Err(TransferError::Refused(format!("`{text}` may not be read")));
            }
            Err(Errno::NOENT | Errno::LOOP | Errno::NOTDIR) => {
                return Err(TransferError::changed(text));
            }
            Err(error) => return Err(io::Error::from(error).into()),
        };
        let stat = rustix::fs::fstat(&file)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(TransferError::changed(text));
        }
        Ok(file.into())
    }
}

/// Lets the owner of a plain file write into it. A link is not followed.
fn unlock(place: BorrowedFd<'_>, name: &CStr) -> Result<(), Errno> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::openat(place, name, flags, Mode::empty())?;
    if FileType::from_raw_mode(rustix::fs::fstat(&file)?.st_mode) != FileType::RegularFile {
        return Err(Errno::ACCESS);
    }
    // A descriptor of this kind cannot be changed itself; its name in /proc leads to nothing else.
    rustix::fs::chmod(format!("/proc/self/fd/{}", file.as_raw_fd()), Mode::RUSR | Mode::WUSR)
}
