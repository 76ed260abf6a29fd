//! Opening a file to send it: its tag, its type, and the range that was asked for.

use super::error::FileError;
use super::etag::{Etags, size_bytes};
use super::root::{Last, Root, file_type};
use rustix::fs::{FileType, OFlags, Stat};
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use stdx::WorkspacePath;

/// Looked at to tell text from other content, in bytes.
const SNIFF_BYTES: usize = 8 * 1024;

/// A file that is open for reading.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) file: File,
    pub(crate) size_bytes: u64,
    pub(crate) modified: i64,
    pub(crate) etag: String,
    pub(crate) content_type: &'static str,
}

/// Opens the regular file at `path`.
pub(crate) fn open(root: &Root, etags: &Etags, path: &WorkspacePath) -> Result<Opened, FileError> {
    let (file, stat) = open_regular(root, path)?;
    let etag = etags.of(&file, &stat).map_err(|error| FileError::io(path, error))?;
    let content_type = content_type(path.file_name(), &file);
    Ok(Opened { size_bytes: size_bytes(&stat), modified: stat.st_mtime, file, etag, content_type })
}

/// Opens `path`, which must be a regular file after links.
pub(crate) fn open_regular(root: &Root, path: &WorkspacePath) -> Result<(File, Stat), FileError> {
    // Without `NONBLOCK` a pipe would make us wait for its writer.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
    let found = root.stat(path, Last::Follow)?.ok_or_else(|| FileError::NotFound(path.clone()))?;
    regular(path, &found)?;
    let file = root.open_at(path, Last::Follow, flags)?;
    let stat = rustix::fs::fstat(&file).map_err(|errno| FileError::at(path, errno))?;
    regular(path, &stat)?;
    Ok((File::from(file), stat))
}

fn regular(path: &WorkspacePath, stat: &Stat) -> Result<(), FileError> {
    match file_type(stat) {
        FileType::RegularFile => Ok(()),
        FileType::Directory => Err(FileError::IsDirectory(path.clone())),
        FileType::Symlink
        | FileType::Fifo
        | FileType::Socket
        | FileType::CharacterDevice
        | FileType::BlockDevice
        | FileType::Unknown => Err(FileError::NotRegular(path.clone())),
    }
}

/// A type under which no browser runs anything: pictures without scripts, plain text, bytes.
fn content_type(name: &str, file: &File) -> &'static str {
    let extension = name.rsplit_once('.').map(|(_, it)| it.to_ascii_lowercase());
    match extension.as_deref() {
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        Some("avif") => "image/avif",
        Some("bmp") => "image/bmp",
        Some("ico") => "image/x-icon",
        _ if is_text(file) => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Whether the beginning is UTF-8 without zero bytes.
fn is_text(file: &File) -> bool {
    let mut buffer = [0; SNIFF_BYTES];
    let Ok(count) = file.read_at(&mut buffer, 0) else { return false };
    let bytes = &buffer[..count];
    if bytes.contains(&0) {
        return false;
    }
    match std::str::from_utf8(bytes) {
        Ok(_) => true,
        // A character cut by the end of the buffer is no fault of the file.
        Err(error) => error.error_len().is_none() && SNIFF_BYTES <= count,
    }
}

/// What a `Range` header means for a file of `size_bytes`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Whole,
    Bytes(Range<u64>),
    Outside,
}

/// Reads a `Range` header. Several ranges, other units and nonsense stand for the whole file, as
/// HTTP allows.
pub(crate) fn part(header: Option<&str>, size_bytes: u64) -> Part {
    let Some(spec) = header.and_then(|it| it.strip_prefix("bytes=")) else { return Part::Whole };
    let Some((first, last)) = spec.trim().split_once('-') else { return Part::Whole };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let range = match (first.trim().is_empty(), last.trim().is_empty()) {
        (true, true) => return Part::Whole,
        (true, false) => match number(last) {
            Some(0) => return Part::Outside,
            Some(count) => size_bytes.saturating_sub(count)..size_bytes,
            None => return Part::Whole,
        },
        (false, true) => match number(first) {
            Some(first) => first..size_bytes,
            None => return Part::Whole,
        },
        (false, false) => match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => {
                first..last.saturating_add(1).min(size_bytes)
            }
            _ => return Part::Whole,
        },
    };
    if range.start < range.end { Part::Bytes(range) } else { Part::Outside }
}
