//! Stretches that both sides rewrote: kept until somebody decides.

use super::Document;
use crate::align::{Alignment, Splice};
use crate::diff;
use crate::limits::{CONFLICT_BYTES_MAX, CONFLICTS_MAX};
use crate::merge::{self, Conflict, Texts};
use crate::record::{KeptConflict, Record};
use protocol::document::{Contributor, DocumentConflict, Keep};
use std::ops::Range;

impl Document {
    /// The open conflicts, with their places as they are now.
    pub fn conflicts(&self) -> Vec<DocumentConflict> {
        self.conflicts.iter().map(|it| self.shown(it)).collect()
    }

    pub fn conflict_count(&self) -> usize {
        self.conflicts.len()
    }

    /// Conflicts that came since the last call.
    pub fn take_new_conflicts(&mut self) -> Vec<DocumentConflict> {
        let first = std::mem::replace(&mut self.untold_conflict, self.next_conflict);
        let new = self.conflicts.iter().filter(|it| first <= it.conflict.id);
        new.map(|it| self.shown(it)).collect()
    }

    fn shown(&self, kept: &KeptConflict) -> DocumentConflict {
        let anchor = |at| self.replica.anchor(at).unwrap_or_default();
        let line = self.text()[..kept.start].matches('\n').count() as u64 + 1;
        let conflict = kept.conflict.clone();
        DocumentConflict { line, from: anchor(kept.start), to: anchor(kept.end), ..conflict }
    }

    /// Ends a conflict. `false`: there is none of this number.
    pub fn resolve(&mut self, now_ms: u64, id: u64, keep: Keep, author: &Contributor) -> bool {
        let Some(index) = self.conflicts.iter().position(|it| it.conflict.id == id) else {
            return false;
        };
        let kept = self.conflicts.remove(index);
        let wanted = match keep {
            Keep::Document => Some(&kept.conflict.document),
            Keep::Disk => Some(&kept.conflict.disk),
            Keep::Both => None,
        };
        if let Some(wanted) = wanted {
            let now = &self.text()[kept.start..kept.end];
            // What was typed there since is merged like everything else.
            let texts = Texts { base: &kept.merged, disk: wanted, document: now };
            let typed = diff::align(&kept.merged, now, self.deadline());
            let chosen = diff::align(&kept.merged, wanted, self.deadline());
            let shift = |it: Range<usize>| it.start + kept.start..it.end + kept.start;
            let splices: Vec<Splice> = merge::plan(texts, &typed, &chosen)
                .splices
                .into_iter()
                .map(|it| Splice { at: shift(it.at), text: it.text })
                .collect();
            if !splices.is_empty() {
                self.edit(now_ms, &splices, author);
            }
        }
        self.staged.push(Record::Resolved { id });
        true
    }

    pub(super) fn add_conflict(&mut self, now_ms: u64, conflict: Conflict, author: &Contributor) {
        let merged = &self.text()[conflict.at.clone()];
        let kept = KeptConflict {
            merged: merged.to_owned(),
            start: conflict.at.start,
            end: conflict.at.end,
            conflict: DocumentConflict {
                id: self.next_conflict,
                at_ms: now_ms,
                author: author.clone(),
                base: shortened(conflict.base),
                document: shortened(conflict.document),
                disk: shortened(conflict.disk),
                line: 0,
                from: serde_json::Value::Null,
                to: serde_json::Value::Null,
            },
        };
        self.next_conflict += 1;
        if self.conflicts.len() == CONFLICTS_MAX {
            let oldest = self.conflicts.remove(0);
            self.staged.push(Record::Resolved { id: oldest.conflict.id });
        }
        self.conflicts.push(kept.clone());
        self.staged.push(Record::Conflict(kept));
    }

    pub(super) fn follow_conflicts(&mut self, change: &Alignment) {
        for kept in &mut self.conflicts {
            let survivors = change.surviving(kept.start..kept.end);
            let first = survivors.first().map(|it| it.start);
            let last = survivors.last().map(|it| it.end);
            (kept.start, kept.end) = first.zip(last).unwrap_or_else(|| {
                let before = change.runs().iter().rfind(|it| it.old < kept.start);
                let at = before.map_or(0, |it| it.new + it.length.min(kept.start - it.old));
                (at, at)
            });
        }
    }
}

/// A version that is too long to be compared by eye is cut.
fn shortened(mut text: String) -> String {
    let cut = (0..=text.len().min(CONFLICT_BYTES_MAX)).rev().find(|it| text.is_char_boundary(*it));
    text.truncate(cut.unwrap_or(0));
    text
}
