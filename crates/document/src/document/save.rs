//! Writing the file: when, what, and what came of it.

use super::{Document, hash};
use crate::align::{Alignment, Splice};
use crate::bases::Base;
use crate::format::encode;
use crate::limits::{QUIET_MS, RETRY_MS, WRITE_MS_MAX};
use crate::record::{FileStep, Hash};
use protocol::channel::AuthorKind;
use protocol::document::Contributor;

/// A file to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Save {
    pub bytes: Vec<u8>,
    pub hash: Hash,
    /// What the file must be for the write to be made.
    pub expected: Hash,
}

/// What came of a save.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveOutcome {
    /// The file has the text.
    Written,
    /// The file was something else, and still is: look at it.
    Changed,
    /// There is no file.
    Missing,
    /// It could not be written, and is what it was.
    Failed,
}

impl Document {
    /// When the file is to be written; `None` while it has everything, or is being written.
    pub fn save_at(&self) -> Option<u64> {
        let (first, last) = self.unsaved?;
        if self.saving.is_some() {
            return None;
        }
        let due = (last + QUIET_MS).min(first + WRITE_MS_MAX);
        Some(self.retry_ms.map_or(due, |it| due.max(it)))
    }

    /// Begins to write the file. The staged records must be durable before the file is touched: from
    /// then on what is written is known as ours, whatever happens.
    pub fn begin_save(&mut self, now_ms: u64) -> Option<Save> {
        if self.saving.is_some() || self.is_deleted {
            return None;
        }
        let since = self.unsaved?;
        self.normalise(now_ms);
        let bytes = encode(self.text(), self.format);
        let hash = hash(&bytes);
        let expected = self.bases.last().hash;
        if hash == expected {
            // Typed and taken back.
            self.unsaved = None;
            return None;
        }
        self.bases.push(Base {
            text: self.text().into(),
            hash,
            format: self.format,
            onward: Alignment::identity(self.text().len()),
            at_ms: now_ms,
            step: FileStep::Intended,
        });
        self.stage_file(now_ms, FileStep::Intended);
        self.saving = Some((hash, since));
        self.unsaved = None;
        Some(Save { bytes, hash, expected })
    }

    /// Ends a save. After [`SaveOutcome::Changed`] and [`SaveOutcome::Missing`] the caller looks at
    /// the file.
    pub fn end_save(&mut self, now_ms: u64, outcome: SaveOutcome) {
        let Some((saved, since)) = self.saving.take() else { return };
        self.retry_ms = None;
        match outcome {
            SaveOutcome::Written => {
                self.bases.confirm(now_ms);
                self.stage_file(now_ms, FileStep::Written);
                self.note_unsaved(now_ms);
            }
            SaveOutcome::Changed | SaveOutcome::Missing => self.not_written(&saved, since),
            SaveOutcome::Failed => {
                self.not_written(&saved, since);
                self.retry_ms = Some(now_ms + RETRY_MS);
            }
        }
    }

    pub fn is_saving(&self) -> bool {
        self.saving.is_some()
    }

    /// Whether the file lacks something.
    pub fn is_unsaved(&self) -> bool {
        self.unsaved.is_some() || self.saving.is_some()
    }

    /// Writes as soon as possible, not when nobody types.
    pub fn hurry(&mut self) {
        if let Some((first, last)) = &mut self.unsaved {
            (*first, *last) = (0, 0);
            self.retry_ms = None;
        }
    }

    fn not_written(&mut self, saved: &Hash, since: (u64, u64)) {
        if self.bases.last().hash == *saved {
            self.bases.withdraw();
        }
        self.unsaved = Some(since);
        self.note_unsaved(since.0);
    }

    /// In a file of `\r\n`, `\n` alone ends the lines of the text.
    fn normalise(&mut self, now_ms: u64) {
        if !self.format.crlf {
            return;
        }
        let splices: Vec<Splice> = self
            .text()
            .match_indices("\r\n")
            .map(|(at, _)| Splice { at: at..at + 1, text: String::new() })
            .collect();
        if !splices.is_empty() {
            let author = Contributor { kind: AuthorKind::Kernel, ..Contributor::default() };
            self.edit(now_ms, &splices, &author);
        }
    }
}
