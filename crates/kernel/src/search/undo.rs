//! What files were before a replacement, in the kernel's own directory, so that it can be taken back.
//!
//! One file of records for each of the last few replacements: a line of JSON says what follows, then
//! come the old bytes. A replacement that was cut short can be taken back as far as it went.

use crate::store::Store;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, Write};

/// Replacements that can be taken back.
const KEPT_MAX: u128 = 3;
/// Old content of one replacement, in bytes.
const KEPT_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// What a line says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Record {
    /// First line. Newer records have higher numbers.
    Undo {
        id: String,
        #[serde(default)]
        number: u64,
    },
    /// `length_bytes` follow: what `path` was.
    Old { path: String, length_bytes: u64 },
    /// What is at `from` is about to be moved.
    Moved { from: String, to: String },
    /// A file that was made, with content of this tag.
    Made { path: String, etag: String },
    /// The last `Old` was replaced, and is content with this tag since.
    Done { etag: String, replaced: u64 },
}

/// One file as it was.
#[derive(Debug)]
pub(super) struct Old {
    pub(super) path: String,
    pub(super) content: Vec<u8>,
    /// The tag of what replaced it.
    pub(super) etag: String,
    pub(super) replaced: u64,
}

/// One thing to take back.
#[derive(Debug)]
pub(super) enum Step {
    Text(Old),
    Moved { from: String, to: String },
    Made { path: String, etag: String },
}

/// Takes down what files were.
pub(super) struct Keeper {
    file: File,
    pub(super) id: String,
    kept_bytes: u64,
}

impl Keeper {
    /// Begins a new record in a free place, or else in that of the oldest one.
    pub(super) fn begin(store: &Store) -> io::Result<Self> {
        let (mut slot, mut oldest, mut newest) = (0, u64::MAX, 0);
        for each in 0..KEPT_MAX {
            let number = number_in(store, each)?;
            if number < oldest {
                (slot, oldest) = (each, number);
            }
            newest = newest.max(number);
        }
        let id = format!("rpl_{slot}_{:032x}", stdx::random::bits());
        store.remove(&name(slot))?;
        let mut keeper = Self { file: store.append(&name(slot))?, id: id.clone(), kept_bytes: 0 };
        keeper.line(&Record::Undo { id, number: newest.saturating_add(1) })?;
        Ok(keeper)
    }

    /// Whether so many bytes more can be kept.
    pub(super) fn has_room(&self, bytes: usize) -> bool {
        self.kept_bytes + bytes as u64 <= KEPT_BYTES_MAX
    }

    /// Keeps what is about to be replaced.
    pub(super) fn old(&mut self, path: &str, content: &[u8]) -> io::Result<()> {
        let length_bytes = content.len() as u64;
        self.line(&Record::Old { path: path.to_owned(), length_bytes })?;
        self.file.write_all(content)?;
        self.kept_bytes += length_bytes;
        self.file.sync_data()
    }

    /// It was replaced.
    pub(super) fn done(&mut self, etag: String, replaced: u64) -> io::Result<()> {
        self.line(&Record::Done { etag, replaced })
    }

    /// Something is about to be moved. Before any text, so that texts are back where they were.
    pub(super) fn moved(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.line(&Record::Moved { from: from.to_owned(), to: to.to_owned() })
    }

    /// A file was made.
    pub(super) fn made(&mut self, path: &str, etag: String) -> io::Result<()> {
        self.line(&Record::Made { path: path.to_owned(), etag })
    }

    fn line(&mut self, record: &Record) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        self.file.write_all(&line)
    }
}

/// The place of a record.
fn slot_of(id: &str) -> Option<u128> {
    let slot = id.strip_prefix("rpl_")?.split_once('_')?.0.parse().ok()?;
    (slot < KEPT_MAX).then_some(slot)
}

/// Reads what a replacement kept, one file after the other.
pub(super) struct Kept {
    file: BufReader<File>,
}

impl Kept {
    /// `None` when there is no such record any more.
    pub(super) fn open(store: &Store, id: &str) -> io::Result<Option<Self>> {
        let Some(slot) = slot_of(id) else { return Ok(None) };
        let mut kept = Self::at(store, slot)?;
        let first = kept.line()?;
        Ok(matches!(first, Some(Record::Undo { id: found, .. }) if found == id).then_some(kept))
    }

    fn at(store: &Store, slot: u128) -> io::Result<Self> {
        let mut file = store.append(&name(slot))?;
        file.rewind()?;
        Ok(Self { file: BufReader::new(file) })
    }

    /// The next thing that was done.
    pub(super) fn next(&mut self) -> io::Result<Option<Step>> {
        let mut last: Option<(String, Vec<u8>)> = None;
        while let Some(record) = self.line()? {
            match record {
                Record::Undo { .. } => {}
                Record::Moved { from, to } => return Ok(Some(Step::Moved { from, to })),
                Record::Made { path, etag } => return Ok(Some(Step::Made { path, etag })),
                Record::Old { path, length_bytes } => {
                    let mut content = Vec::new();
                    let length_bytes = length_bytes.min(KEPT_BYTES_MAX);
                    (&mut self.file).take(length_bytes).read_to_end(&mut content)?;
                    last = Some((path, content));
                }
                Record::Done { etag, replaced } => {
                    if let Some((path, content)) = last.take() {
                        return Ok(Some(Step::Text(Old { path, content, etag, replaced })));
                    }
                }
            }
        }
        Ok(None)
    }

    /// The next line; `None` at the end, also where a crash tore it.
    fn line(&mut self) -> io::Result<Option<Record>> {
        let mut line = Vec::new();
        self.file.read_until(b'\n', &mut line)?;
        Ok(serde_json::from_slice(&line).ok())
    }
}

/// The number of the record in a place; 0 for none.
fn number_in(store: &Store, slot: u128) -> io::Result<u64> {
    let first = Kept::at(store, slot)?.line()?;
    Ok(if let Some(Record::Undo { number, .. }) = first { number } else { 0 })
}

/// Forgets a record.
pub(super) fn forget(store: &Store, id: &str) -> io::Result<()> {
    slot_of(id).map_or(Ok(()), |slot| store.remove(&name(slot)))
}

fn name(slot: u128) -> String {
    format!("replace-{slot}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_record_takes_a_free_place_or_that_of_the_oldest() {
        let directory = tempfile::tempdir().unwrap();
        // Each time as after a restart: nothing is known but what is on the disk.
        let begin = || Keeper::begin(&Store::open(directory.path()).unwrap()).unwrap().id;
        let store = Store::open(directory.path()).unwrap();
        let is_kept = |id: &str| Kept::open(&store, id).unwrap().is_some();
        let ids: Vec<String> = (0..5).map(|_| begin()).collect();
        let kept: Vec<bool> = ids.iter().map(|it| is_kept(it)).collect();
        assert_eq!(kept, [false, false, true, true, true]);
        forget(&store, &ids[3]).unwrap();
        let next = begin();
        assert!(is_kept(&ids[2]) && is_kept(&ids[4]) && is_kept(&next));
    }
}
