//! What leaves: the manifest of a workspace that is held, and its chunks.

use super::TransferError;
use super::tree::Tree;
use crate::backup::{self, DEPTH_MAX, HOLES_BYTES_MAX, PARTS, PATH_BYTES_MAX};
use crate::record::write_atomic;
use crate::storage::{ID_RANGE, private_directory};
use protocol::id::MoveId;
use protocol::transfer::{Announced, Entry, Meta};
use rustix::fs::{AtFlags, Dir, FileType, Stat};
use serde::{Deserialize, Serialize};
use std::ffi::CString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::os::fd::OwnedFd;
use std::path::Path;

/// Written when the manifest is whole.
pub(super) const NOTE: &str = "departure.json";
const MANIFEST: &str = "manifest";

#[derive(Debug, Serialize, Deserialize)]
struct Note {
    by: MoveId,
    announced: Announced,
}

/// What a move has already looked up of a workspace.
pub(super) fn known(on_the_way: &Path, place: &Path, by: &MoveId) -> io::Result<Option<Tree>> {
    let Ok(text) = fs::read(on_the_way.join(NOTE)) else { return Ok(None) };
    let Ok(note) = serde_json::from_slice::<Note>(&text) else { return Ok(None) };
    if note.by != *by {
        return Ok(None);
    }
    Tree::open(place, &on_the_way.join(MANIFEST), note.announced).map(Some)
}

/// Writes the manifest of the storage at `place`, whose files lie under `base`. Blocks.
pub(super) fn look(
    on_the_way: &Path,
    (place, base): (&Path, Option<u32>),
    by: &MoveId,
) -> Result<Tree, TransferError> {
    private_directory(on_the_way)?;
    let path = on_the_way.join(MANIFEST);
    let base = base.unwrap_or_else(|| rustix::process::geteuid().as_raw());
    let out = BufWriter::new(File::create(&path)?);
    let mut walk = Walk { out, base, announced: Announced::default() };
    let root = backup::open(rustix::fs::CWD, place)?;
    for part in PARTS {
        let directory = backup::open(&root, part)?;
        walk.directory(&directory, part.as_bytes(), DEPTH_MAX)?;
    }
    walk.out.flush()?;
    let announced = walk.announced;
    write_atomic(
        &on_the_way.join(NOTE),
        &serde_json::to_vec(&Note { by: by.clone(), announced })?,
    )?;
    Ok(Tree::open(place, &path, announced)?)
}

struct Walk {
    out: BufWriter<File>,
    /// User and group that are 0 in the manifest.
    base: u32,
    announced: Announced,
}

impl Walk {
    fn write(&mut self, entry: &Entry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        self.announced.entries += 1;
        self.announced.manifest_bytes += line.len() as u64;
        self.announced.content_bytes = self.announced.content_bytes.saturating_add(entry.size());
        self.out.write_all(&line)
    }

    fn directory(
        &mut self,
        directory: &OwnedFd,
        path: &[u8],
        depth: usize,
    ) -> Result<(), TransferError> {
        let stat = rustix::fs::fstat(directory)?;
        let text = stdx::percent::encode(path);
        self.write(&Entry::Directory { path: text.clone() })?;
        for entry in Dir::read_from(directory)? {
            let entry = entry?;
            let name = entry.file_name();
            if !matches!(name.to_bytes(), b"." | b"..") {
                let inner = [path, b"/", name.to_bytes()].concat();
                self.entry((directory, name.to_owned()), &inner, depth)?;
            }
        }
        Ok(self.write(&Entry::Close { path: text, meta: self.meta(&stat) })?)
    }

    fn entry(
        &mut self,
        (directory, name): (&OwnedFd, CString),
        path: &[u8],
        depth: usize,
    ) -> Result<(), TransferError> {
        let text = stdx::percent::encode(path);
        if PATH_BYTES_MAX < path.len() || depth == 0 {
            let start: String = text.chars().take(100).collect();
            return Err(TransferError::Refused(format!("`{start}…` lies too deep to be moved")));
        }
        let stat = rustix::fs::statat(directory, &*name, AtFlags::SYMLINK_NOFOLLOW)?;
        let meta = self.meta(&stat);
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => {
                let inner = backup::open(directory, &*name).map_err(|error| {
                    TransferError::Refused(format!("`{text}` cannot be read: {error}"))
                })?;
                self.directory(&inner, path, depth - 1)?;
            }
            FileType::RegularFile => {
                let size = u64::try_from(stat.st_size).unwrap_or(0);
                let stored = u64::try_from(stat.st_blocks).unwrap_or(0).saturating_mul(512);
                if HOLES_BYTES_MAX < size.saturating_sub(stored) {
                    let why = "is mostly empty and says to be larger than it is; delete it first";
                    return Err(TransferError::Refused(format!("`{text}` {why}")));
                }
                self.write(&Entry::File { path: text, size, meta })?;
            }
            FileType::Symlink => {
                let target = rustix::fs::readlinkat(directory, &*name, Vec::new())?;
                let target = stdx::percent::encode(target.to_bytes());
                self.write(&Entry::Link { path: text, target, meta })?;
            }
            FileType::Fifo => self.write(&Entry::Pipe { path: text, meta })?,
            FileType::Socket
            | FileType::CharacterDevice
            | FileType::BlockDevice
            | FileType::Unknown => self.announced.left_out += 1,
        }
        Ok(())
    }

    fn meta(&self, stat: &Stat) -> Meta {
        // What belongs to nobody in the workspace belongs to its first user.
        let within = |id: u32| id.checked_sub(self.base).filter(|it| *it < ID_RANGE).unwrap_or(0);
        Meta {
            mode: stat.st_mode & 0o7777,
            uid: within(stat.st_uid),
            gid: within(stat.st_gid),
            modified_s: stat.st_mtime,
            modified_ns: u32::try_from(stat.st_mtime_nsec).unwrap_or(0),
        }
    }
}
