//! The log of a document: what it went through, in frames of records that belong together.
//!
//! ```text
//! body of a frame: records
//! record: head length u32 · length u32 · head (JSON) · bytes
//! ```
//!
//! A log is cut at the first frame that is not whole (`frame.rs`). So a change of the text and what it means for the file are both there or both not.

use crate::align::Splice;
use crate::format::Format;
use crate::frame::{self, length, number};
use protocol::document::{Contributor, DocumentConflict};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Before every record.
const HEADER_BYTES: usize = 8;

/// SHA-256 of a file's bytes.
pub type Hash = [u8; 32];

/// What happened to a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// Everything up to here; the first record of a log.
    State {
        principals: BTreeMap<u64, String>,
        conflicts: Vec<KeptConflict>,
        state: Vec<u8>,
    },
    Update {
        at_ms: u64,
        author: Contributor,
        update: Vec<u8>,
    },
    /// What the file is, or is about to be.
    File(FileRecord),
    /// The file is gone.
    Deleted {
        at_ms: u64,
    },
    Conflict(KeptConflict),
    Resolved {
        id: u64,
    },
}

/// What is known of the file at a place in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    pub at_ms: u64,
    pub hash: Hash,
    pub format: Format,
    pub step: FileStep,
    /// From the document's text at this place in the log to the file's text.
    pub splices: Vec<Splice>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileStep {
    /// We are about to write it.
    Intended,
    /// We wrote it.
    Written,
    /// Somebody else wrote it, and it was merged.
    Found,
}

/// A conflict as it is kept: places are bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptConflict {
    pub conflict: DocumentConflict,
    /// What both versions were in the text when they met.
    pub merged: String,
    pub start: usize,
    pub end: usize,
}

/// The JSON before a record's bytes.
#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Head {
    State {
        /// Pairs, because JSON has no numbers as keys.
        principals: Vec<(u64, String)>,
        conflicts: Vec<KeptConflict>,
    },
    Update {
        at_ms: u64,
        author: Contributor,
    },
    File {
        file: FileRecord,
    },
    Deleted {
        at_ms: u64,
    },
    Conflict {
        conflict: KeptConflict,
    },
    Resolved {
        id: u64,
    },
}

/// Appends a frame with these records to `log`; nothing when there are none.
pub fn write(log: &mut Vec<u8>, records: &[Record]) {
    if records.is_empty() {
        return;
    }
    frame::write(log, |log| {
        for record in records {
            let (head, bytes) = record.parts();
            let head = serde_json::to_vec(&head).expect("a record is plain data");
            log.extend_from_slice(&length(head.len()));
            log.extend_from_slice(&length(bytes.len()));
            log.extend_from_slice(&head);
            log.extend_from_slice(bytes);
        }
    });
}

/// The records of a log, and how many bytes of it are sound.
pub fn read(log: &[u8]) -> (Vec<Record>, usize) {
    let mut records = Vec::new();
    let mut at = 0;
    while let Some((frame, end)) = read_frame(log, at) {
        records.extend(frame);
        at = end;
    }
    (records, at)
}

/// What was about to be written when the log ended.
pub fn meant(records: &[Record]) -> Option<Hash> {
    let files = records.iter().rev().find_map(|it| match it {
        Record::File(file) => Some(file),
        Record::State { .. }
        | Record::Update { .. }
        | Record::Deleted { .. }
        | Record::Conflict(_)
        | Record::Resolved { .. } => None,
    });
    files.filter(|it| it.step == FileStep::Intended).map(|it| it.hash)
}

/// The records of the frame at `at`, and where it ends.
fn read_frame(log: &[u8], at: usize) -> Option<(Vec<Record>, usize)> {
    let mut body = frame::read(log, at)?;
    let end = at + frame::HEADER_BYTES + body.len();
    let mut records = Vec::new();
    while !body.is_empty() {
        let (head_length, bytes_length) = (number(body, 0)?, number(body, 4)?);
        let (head, rest) = body.get(HEADER_BYTES..)?.split_at_checked(head_length)?;
        let (bytes, rest) = rest.split_at_checked(bytes_length)?;
        records.push(Record::from_parts(serde_json::from_slice(head).ok()?, bytes.to_vec()));
        body = rest;
    }
    // A file of zeros, as some file systems leave after a crash, is no frame.
    (!records.is_empty()).then_some((records, end))
}

impl Record {
    fn parts(&self) -> (Head, &[u8]) {
        match self {
            Self::State { principals, conflicts, state } => {
                let principals = principals.clone().into_iter().collect();
                (Head::State { principals, conflicts: conflicts.clone() }, state)
            }
            Self::Update { at_ms, author, update } => {
                (Head::Update { at_ms: *at_ms, author: author.clone() }, update)
            }
            Self::File(file) => (Head::File { file: file.clone() }, &[]),
            Self::Deleted { at_ms } => (Head::Deleted { at_ms: *at_ms }, &[]),
            Self::Conflict(conflict) => (Head::Conflict { conflict: conflict.clone() }, &[]),
            Self::Resolved { id } => (Head::Resolved { id: *id }, &[]),
        }
    }

    fn from_parts(head: Head, bytes: Vec<u8>) -> Self {
        match head {
            Head::State { principals, conflicts } => {
                let principals = principals.into_iter().collect();
                Self::State { principals, conflicts, state: bytes }
            }
            Head::Update { at_ms, author } => Self::Update { at_ms, author, update: bytes },
            Head::File { file } => Self::File(file),
            Head::Deleted { at_ms } => Self::Deleted { at_ms },
            Head::Conflict { conflict } => Self::Conflict(conflict),
            Head::Resolved { id } => Self::Resolved { id },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records() -> Vec<Record> {
        let author = Contributor { principal: Some("usr_1".to_owned()), ..Contributor::default() };
        let splices = vec![Splice { at: 1..2, text: "ä".to_owned() }];
        let file = FileRecord {
            at_ms: 7,
            hash: [9; 32],
            format: Format { mark: true, crlf: false },
            step: FileStep::Found,
            splices,
        };
        let principals = BTreeMap::from([(1 << 52, "usr_2".to_owned())]);
        vec![
            Record::State { principals, conflicts: vec![], state: vec![1, 2, 3] },
            Record::Update { at_ms: 5, author, update: vec![] },
            Record::File(file),
            Record::Deleted { at_ms: 8 },
            Record::Resolved { id: 3 },
        ]
    }

    fn log() -> (Vec<u8>, Vec<usize>) {
        let (mut log, mut ends) = (Vec::new(), vec![0]);
        for frame in records().chunks(2) {
            write(&mut log, frame);
            ends.push(log.len());
        }
        (log, ends)
    }

    #[test]
    fn a_log_cut_anywhere_gives_the_frames_before_the_cut() {
        let (log, ends) = log();
        assert_eq!(read(&log), (records(), log.len()));
        for cut in 0..log.len() {
            let whole = ends.iter().filter(|it| **it <= cut).count() - 1;
            assert_eq!(read(&log[..cut]), (records()[..2 * whole].to_vec(), ends[whole]));
        }
    }

    #[test]
    fn a_flipped_bit_ends_the_log_and_zeros_are_no_frame() {
        let (log, _) = log();
        for at in 0..log.len() {
            let mut broken = log.clone();
            broken[at] ^= 0x10;
            let (read, sound) = read(&broken);
            assert!(sound <= at && read == records()[..read.len()], "byte {at}");
        }
        assert_eq!(read(&[0; 64]), (vec![], 0));
    }
}
