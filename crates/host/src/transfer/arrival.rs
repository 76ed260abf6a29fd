//! What comes: chunks, put together out of sight until all of it is there and was read back.
//!
//! The other machine is not believed: sizes are those that were announced, names lead below the
//! place they are put in, and every byte counts only with its checksum. A chunk counts when its
//! checksum is noted, and is put in place again when it was not.

use super::TransferError;
use super::hold::{Hold, HoldState};
use super::tree::{Beneath, Tree, length, part, sum};
use crate::record::{sync_directory, write_durably};
use crate::storage::{ID_RANGE, Storage};
use protocol::WorkspaceId;
use protocol::id::MoveId;
use protocol::transfer::{Announced, Entry, Meta};
use rustix::fs::{AtFlags, FallocateFlags, FileType, Gid, Mode, OFlags, Timespec, Timestamps, Uid};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

pub(super) const NOTE: &str = "arrival.json";
const MANIFEST: &str = "manifest";
/// The checksums of the chunks that are here, 64 digits each.
const SUMS: &str = "sums";
const WORKSPACE: &str = "workspace";
const SUM_LENGTH: usize = 64;

/// Largest manifest, in bytes: some million files.
const MANIFEST_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// Chunks that are read back in one step: a slow disk does it in a few seconds.
const CHECKED_AT_ONCE: u64 = 16;
/// Blocks of zeros of this many bytes are left as holes.
const BLOCK_BYTES: usize = 64 * 1024;

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    by: MoveId,
    announced: Announced,
}

/// A workspace on its way here.
#[derive(Debug)]
pub(super) struct Arrival {
    by: MoveId,
    directory: PathBuf,
    tree: Tree,
    sums: File,
    /// Chunks that are here, and how many of them were read back since the last one came.
    have: u64,
    checked: u64,
    id_base: Option<u32>,
}

impl Arrival {
    /// Goes on with what is here of the move. `None`: nothing is.
    pub(super) fn known(directory: &Path, by: &MoveId) -> io::Result<Option<Self>> {
        let Ok(text) = fs::read(directory.join(NOTE)) else { return Ok(None) };
        let Ok(note) = serde_json::from_slice::<Note>(&text) else { return Ok(None) };
        if note.by != *by {
            return Ok(None);
        }
        let place = directory.join(WORKSPACE);
        let id_base = crate::storage::id_base(&fs::read(place.join("host.json"))?);
        let tree = Tree::open(&place, &directory.join(MANIFEST), note.announced)?;
        let sums = File::options().read(true).write(true).open(directory.join(SUMS))?;
        let have = sums.metadata()?.len() / SUM_LENGTH as u64;
        let (directory, by) = (directory.to_owned(), by.clone());
        Ok(Some(Self { by, directory, tree, sums, have, checked: 0, id_base }))
    }

    /// Makes ready for what is announced; nothing of an earlier move is here any more.
    pub(super) fn begin(
        storage: &Storage,
        reserve: u64,
        (id, by): (&WorkspaceId, &MoveId),
        announced: Announced,
    ) -> Result<Self, TransferError> {
        if MANIFEST_BYTES_MAX < announced.manifest_bytes || announced.entries == 0 {
            return Err(TransferError::Refused("it has more files than can be moved".to_owned()));
        }
        let free = storage.free_bytes()?;
        let needed = announced.total_bytes().saturating_add(reserve);
        if free < needed {
            return Err(TransferError::Full(format!(
                "{needed} bytes are needed on the other machine and {free} are free"
            )));
        }
        let directory = storage.on_the_way(id);
        crate::storage::private_directory(&directory)?;
        storage.make(&directory.join(WORKSPACE))?;
        File::create(directory.join(MANIFEST))?;
        File::create(directory.join(SUMS))?;
        let note = serde_json::to_vec(&Note { by: by.clone(), announced })?;
        write_durably(&directory.join(NOTE), &note)?;
        Self::known(&directory, by)?.ok_or_else(|| TransferError::malformed("its note"))
    }

    pub(super) fn announced(&self) -> Announced {
        self.tree.announced
    }

    pub(super) fn have(&self) -> u64 {
        self.have
    }

    /// Takes a chunk, if it is the next one.
    pub(super) fn write(
        &mut self,
        chunk: u64,
        (bytes, announced_sum): (&[u8], &str),
    ) -> Result<(), TransferError> {
        if chunk != self.have || self.announced().chunks() <= chunk {
            return Ok(());
        }
        let (lines, contents) = self.tree.ranges(chunk);
        if bytes.len() != length(&lines) + length(&contents) || sum(bytes) != announced_sum {
            return Err(TransferError::Broken("a chunk was damaged on its way".to_owned()));
        }
        let (head, body) = bytes.split_at(length(&lines));
        self.tree.write_manifest(lines.start, head)?;
        let manifest_bytes = self.announced().manifest_bytes;
        if lines.start < lines.end && lines.end == manifest_bytes {
            self.tree.judge_manifest()?;
        }
        if lines.end == manifest_bytes {
            let id_base = self.id_base;
            self.tree.each(&contents, |beneath, entry, at| {
                put(beneath, entry, id_base, (at, &contents, body))
            })?;
        }
        self.sums.write_all_at(announced_sum.as_bytes(), chunk * SUM_LENGTH as u64)?;
        (self.have, self.checked) = (chunk + 1, 0);
        Ok(())
    }

    /// Reads some chunks back. `false`: the next one is not what came; it and what follows count no
    /// longer.
    pub(super) fn check(&mut self, chunk: u64) -> Result<(u64, bool), TransferError> {
        if chunk == 0 {
            // What was read back from memory alone would say nothing about the disk.
            rustix::fs::syncfs(self.tree.root()).map_err(io::Error::from)?;
            self.checked = 0;
        }
        if chunk != self.checked {
            return Ok((self.checked, true));
        }
        let end = (chunk + CHECKED_AT_ONCE).min(self.have);
        let mut noted = [0; SUM_LENGTH];
        for chunk in chunk..end {
            self.sums.read_exact_at(&mut noted, chunk * SUM_LENGTH as u64)?;
            let is_good = match self.tree.read_chunk(chunk) {
                Ok(bytes) => sum(&bytes).as_bytes() == noted,
                Err(TransferError::Io(error)) if super::is_full(&error) => return Err(error.into()),
                Err(error) => {
                    tracing::warn!(%error, "what has come cannot be read back");
                    false
                }
            };
            if !is_good {
                self.sums.set_len(chunk * SUM_LENGTH as u64)?;
                (self.have, self.checked) = (chunk, 0);
                return Ok((chunk, false));
            }
        }
        self.checked = end;
        Ok((end, true))
    }

    /// Puts the workspace in its place, held.
    pub(super) fn commit(self, storage: &Storage, id: &WorkspaceId) -> Result<(), TransferError> {
        let chunks = self.announced().chunks();
        if self.have != chunks || self.checked != chunks {
            return Err(TransferError::Unchecked);
        }
        let place = self.directory.join(WORKSPACE);
        Hold::write(&self.by, HoldState::Held, &place)?;
        rustix::fs::syncfs(self.tree.root()).map_err(io::Error::from)?;
        let target = storage.workspace(id);
        fs::rename(&place, &target)?;
        sync_directory(target.parent().unwrap_or(&target))?;
        Ok(())
    }
}

/// Makes an entry, or the part of a file that has come.
fn put(
    beneath: &mut Beneath,
    entry: &Entry,
    id_base: Option<u32>,
    (at, range, body): (u64, &Range<u64>, &[u8]),
) -> Result<(), TransferError> {
    match entry {
        Entry::Directory { path } => {
            let (place, name) = beneath.place(path)?;
            match rustix::fs::mkdirat(place, &*name, Mode::RWXU) {
                // One of ours, from before an interruption, or a part of the workspace.
                Err(Errno::EXIST) => {
                    let directory = crate::backup::open(place, &*name)?;
                    rustix::fs::fchmod(directory, Mode::RWXU).map_err(io::Error::from)?;
                }
                made => made.map_err(io::Error::from)?,
            }
        }
        Entry::Close { path, meta } => {
            let (place, name) = beneath.place(path)?;
            let directory = crate::backup::open(place, &*name)?;
            finish(&directory.into(), meta, id_base)?;
        }
        Entry::File { path, size, meta } => {
            let file = beneath.open_file(path, OFlags::WRONLY | OFlags::CREATE)?;
            let part = part(range, at, *size);
            if part.start == at {
                file.set_len(*size)?;
            }
            let offset = usize::try_from(part.start - range.start).unwrap_or(usize::MAX);
            let bytes = &body[offset.min(body.len())..][..length(&part)];
            fill(&file, bytes, part.start - at)?;
            if part.end == at + size {
                finish(&file, meta, id_base)?;
            }
        }
        Entry::Link { path, target, meta } => {
            let (place, name) = beneath.place(path)?;
            let target = stdx::percent::decode_bytes(target);
            let _absent = rustix::fs::unlinkat(place, &*name, AtFlags::empty());
            rustix::fs::symlinkat(&*target, place, &*name).map_err(io::Error::from)?;
            mark(place, &name, meta, id_base)?;
        }
        Entry::Pipe { path, meta } => {
            let (place, name) = beneath.place(path)?;
            let _absent = rustix::fs::unlinkat(place, &*name, AtFlags::empty());
            let mode = Mode::from_raw_mode(meta.mode & 0o777);
            rustix::fs::mknodat(place, &*name, FileType::Fifo, mode, 0).map_err(io::Error::from)?;
            mark(place, &name, meta, id_base)?;
        }
    }
    Ok(())
}

/// Writes bytes and makes holes where there is nothing but zeros.
fn fill(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    let hole = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    let mut at = at;
    for block in bytes.chunks(BLOCK_BYTES) {
        let is_hole = block.iter().all(|it| *it == 0)
            && rustix::fs::fallocate(file, hole, at, block.len() as u64).is_ok();
        if !is_hole {
            file.write_all_at(block, at)?;
        }
        at += block.len() as u64;
    }
    Ok(())
}

/// Gives a file or directory its owner, its mode and its time.
fn finish(file: &File, meta: &Meta, id_base: Option<u32>) -> Result<(), TransferError> {
    if let Some((uid, gid)) = owner(meta, id_base)? {
        rustix::fs::fchown(file, Some(uid), Some(gid)).map_err(io::Error::from)?;
    }
    let mode = Mode::from_raw_mode(meta.mode & 0o7777);
    rustix::fs::fchmod(file, mode).map_err(io::Error::from)?;
    Ok(rustix::fs::futimens(file, &times(meta)).map_err(io::Error::from)?)
}

/// The same for what is not opened; a link is not followed.
fn mark(
    place: std::os::fd::BorrowedFd<'_>,
    name: &std::ffi::CStr,
    meta: &Meta,
    id_base: Option<u32>,
) -> Result<(), TransferError> {
    if let Some((uid, gid)) = owner(meta, id_base)? {
        let flags = AtFlags::SYMLINK_NOFOLLOW;
        rustix::fs::chownat(place, name, Some(uid), Some(gid), flags).map_err(io::Error::from)?;
    }
    let flags = AtFlags::SYMLINK_NOFOLLOW;
    Ok(rustix::fs::utimensat(place, name, &times(meta), flags).map_err(io::Error::from)?)
}

fn owner(meta: &Meta, id_base: Option<u32>) -> Result<Option<(Uid, Gid)>, TransferError> {
    let Some(base) = id_base else { return Ok(None) };
    if ID_RANGE <= meta.uid || ID_RANGE <= meta.gid {
        return Err(TransferError::malformed("an owner outside of the workspace's range"));
    }
    Ok(Some((Uid::from_raw(base + meta.uid), Gid::from_raw(base + meta.gid))))
}

fn times(meta: &Meta) -> Timestamps {
    let nanoseconds = i64::from(meta.modified_ns.min(999_999_999));
    let time = Timespec { tv_sec: meta.modified_s, tv_nsec: nanoseconds };
    Timestamps { last_access: time, last_modification: time }
}
