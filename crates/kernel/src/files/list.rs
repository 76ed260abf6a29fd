//! One directory, for the file tree.

use super::error::FileError;
use super::etag::{millis, size_bytes};
use super::ignored::{Rules, TEMPORARY_PREFIX};
use super::root::{Root, file_type};
use protocol::file::{FileEntry, FileKind, Listing};
use rustix::fd::AsFd;
use rustix::fs::{AtFlags, Dir, FileType, Stat};
use std::cmp::Ordering;
use stdx::WorkspacePath;

/// Entries listed; more than a person scrolls through, and 1 MB of JSON.
const ENTRIES_MAX: usize = 5_000;
/// Names read before sorting; a directory of more is cut where the file system ends.
const NAMES_MAX: usize = 200_000;

/// What is in `path`: directories first, then by name as people count.
pub(crate) fn list(root: &Root, path: &WorkspacePath) -> Result<Listing, FileError> {
    let directory = root.directory(path)?;
    let mut names = names(&directory, NAMES_MAX).map_err(|errno| FileError::at(path, errno))?;
    let mut truncated = NAMES_MAX <= names.len();
    names.sort_by(|a, b| {
        let rank = |it: &Name| it.kind != FileType::Directory;
        rank(a).cmp(&rank(b)).then_with(|| natural(&a.text, &b.text))
    });
    truncated |= ENTRIES_MAX < names.len();
    names.truncate(ENTRIES_MAX);
    let rules = Rules::of(root, path);
    let entries = names.iter().filter_map(|it| entry(&directory, path, it, &rules)).collect();
    Ok(Listing { path: path.as_str().to_owned(), entries, truncated })
}

/// What the place `path` holds, for the answer to a change.
pub(crate) fn entry_at(root: &Root, path: &WorkspacePath) -> Result<FileEntry, FileError> {
    let directory = root.directory(&path.parent())?;
    let name = Name { text: path.file_name().to_owned(), kind: FileType::Unknown, inode: 0 };
    let rules = Rules::of(root, &path.parent());
    entry(&directory, &path.parent(), &name, &rules)
        .ok_or_else(|| FileError::NotFound(path.clone()))
}

/// A name in a directory.
#[derive(Debug)]
pub(crate) struct Name {
    pub(crate) text: String,
    /// What the directory says; `Unknown` on file systems that do not say.
    pub(crate) kind: FileType,
    pub(crate) inode: u64,
}

/// The names in an open directory, at most `limit`, without those of unfinished writes and
/// those that are not UTF-8, which no path of ours can name.
pub(crate) fn names(directory: impl AsFd, limit: usize) -> rustix::io::Result<Vec<Name>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(directory)? {
        let entry = entry?;
        let bytes = entry.file_name().to_bytes();
        if matches!(bytes, b"." | b"..") || bytes.starts_with(TEMPORARY_PREFIX.as_bytes()) {
            continue;
        }
        if limit <= names.len() {
            break;
        }
        if let Ok(text) = std::str::from_utf8(bytes) {
            names.push(Name { text: text.to_owned(), kind: entry.file_type(), inode: entry.ino() });
        }
    }
    Ok(names)
}

fn entry(
    directory: impl AsFd,
    parent: &WorkspacePath,
    name: &Name,
    rules: &Rules,
) -> Option<FileEntry> {
    let stat =
        rustix::fs::statat(&directory, name.text.as_str(), AtFlags::SYMLINK_NOFOLLOW).ok()?;
    let kind = kind(&stat);
    let target = (kind == FileKind::Symlink)
        .then(|| rustix::fs::readlinkat(&directory, name.text.as_str(), Vec::new()).ok())
        .flatten()
        .map(|it| it.to_string_lossy().into_owned());
    let path = parent.join(&name.text);
    let ignored = match &path {
        Ok(path) => rules.ignores(path, kind == FileKind::Directory),
        Err(_) => false,
    };
    let path = match path {
        Ok(path) => path.as_str().to_owned(),
        Err(_) if parent.is_root() => name.text.clone(),
        Err(_) => format!("{parent}/{}", name.text),
    };
    Some(FileEntry {
        name: name.text.clone(),
        path,
        kind,
        size_bytes: size_bytes(&stat),
        modified_at_ms: millis(stat.st_mtime, stat.st_mtime_nsec),
        executable: kind == FileKind::File && stat.st_mode & 0o111 != 0,
        target,
        ignored,
    })
}

fn kind(stat: &Stat) -> FileKind {
    match file_type(stat) {
        FileType::Directory => FileKind::Directory,
        FileType::RegularFile => FileKind::File,
        FileType::Symlink => FileKind::Symlink,
        FileType::Fifo
        | FileType::Socket
        | FileType::CharacterDevice
        | FileType::BlockDevice
        | FileType::Unknown => FileKind::Other,
    }
}

/// Compares as people count, whatever the case: `a2` before `a10`.
pub(crate) fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.chars().peekable(), b.chars().peekable());
    loop {
        let (Some(x), Some(y)) = (left.peek().copied(), right.peek().copied()) else {
            return left.peek().is_some().cmp(&right.peek().is_some()).then_with(|| a.cmp(b));
        };
        let order = if x.is_ascii_digit() && y.is_ascii_digit() {
            let (x, y) = (number(&mut left), number(&mut right));
            x.len().cmp(&y.len()).then_with(|| x.cmp(&y))
        } else {
            left.next();
            right.next();
            x.to_lowercase().cmp(y.to_lowercase())
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Takes the digits at the front, without leading zeros.
fn number(text: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let mut digits = String::new();
    while let Some(digit) = text.next_if(char::is_ascii_digit) {
        if digit != '0' || !digits.is_empty() {
            digits.push(digit);
        }
    }
    digits
}
