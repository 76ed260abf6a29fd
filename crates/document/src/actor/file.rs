//! The file of an open document: looking at it, writing it, and what becomes of both.

use super::{Actor, Waiting, blocking};
use crate::bases::Evidence;
use crate::document::{Document, Merged, SaveOutcome};
use crate::format::NotText;
use crate::handle::{Disk, Happened, Log, Look, Put, PutError, Saved, evidence, told};
use crate::limits::TEXT_BYTES_MAX;
use protocol::document::{Contributor, FromDocument, Saving, close};
use protocol::terminal::close as common;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// A file that is being written is looked at again after this long.
const BUSY: Duration = Duration::from_millis(30);
/// Git and others delete a file before they make it anew; only after this long it is gone.
const MISSING: Duration = Duration::from_millis(1500);
/// A file that is missing is looked at again after this long.
const MISSING_AGAIN: Duration = Duration::from_millis(100);
/// For writing the file when the document is put away.
const LAST_SAVE: Duration = Duration::from_secs(3);

impl<D: Disk, L: Log> Actor<D, L> {
    /// The file may be something that is not known.
    pub(super) fn want_look(&mut self, now_ms: u64) {
        self.unseen_ms = self.unseen_ms.or(Some(now_ms));
        self.look_at = Some(Instant::now());
    }

    /// Somebody said what became of the file.
    pub(super) fn happened(&mut self, happened: Happened) {
        let Happened { changed, renamed, deleted } = happened;
        if let Some(path) = &renamed {
            self.disk.moved(path);
            self.clients.tell_ours(&FromDocument::Renamed { path: path.clone() });
            self.path.clone_from(path);
        }
        if deleted {
            self.file_is_gone();
        } else if changed || renamed.is_some() {
            self.want_look(self.clock.now_ms());
        }
    }

    /// A save must not come before a look that is wanted, and not while the file is missing.
    pub(super) fn may_save(&self) -> bool {
        self.saving.is_none()
            && self.looking.is_none()
            && self.look_at.is_none()
            && self.missing_since.is_none()
    }

    /// Begins what is due: a look before a save.
    pub(super) async fn go_on(&mut self) {
        if self.end.is_some() || self.document.is_none() {
            return;
        }
        if self.looking.is_none()
            && self.saving.is_none()
            && self.look_at.is_some_and(|it| it <= Instant::now())
        {
            self.look_at = None;
            self.looking = Some(self.disk.look());
        }
        let now_ms = self.clock.now_ms();
        let due = self.document().save_at().is_some_and(|it| it <= now_ms);
        if due && self.may_save() {
            if let Some(save) = self.document().begin_save(now_ms) {
                // The intention is durable before the file is touched.
                self.commit().await;
                if self.document.is_some() {
                    self.saving = Some(self.disk.save(save));
                }
            }
        } else if !self.document().is_unsaved() && self.may_save() {
            self.everything_is_saved();
        }
    }

    fn everything_is_saved(&mut self) {
        let hash = self.document().file_hash();
        let mut told = self.saving_state != Saving::Saved;
        self.tell_saving(Saving::Saved);
        for waiting in std::mem::take(&mut self.waiting) {
            match waiting {
                Waiting::Caller(reply) => drop(reply.send(Ok(hash))),
                Waiting::Client(connection) => {
                    self.clients.tell(connection, &FromDocument::Written);
                    told = true;
                }
            }
        }
        if told {
            self.clients.release();
        }
    }

    /// Writes the file as soon as it is known what it is, for somebody who waits for that.
    pub(super) fn write_now(&mut self, waiting: Waiting) {
        self.waiting.push(waiting);
        self.want_look(self.clock.now_ms());
        self.document().hurry();
    }

    /// What is waited for does not happen.
    pub(super) fn nobody_waits(&mut self, error: &PutError) {
        for waiting in self.waiting.drain(..) {
            if let Waiting::Caller(reply) = waiting {
                drop(reply.send(Err(error.clone())));
            }
        }
    }

    pub(super) async fn looked(&mut self, look: Look) {
        if !matches!(look, Look::Missing | Look::Busy) {
            self.missing_since = None;
        }
        match look {
            Look::Same => {
                self.unseen_ms = None;
                self.take_puts().await;
            }
            Look::Busy => self.look_at = Some(Instant::now() + BUSY),
            Look::File { bytes, .. } if TEXT_BYTES_MAX < bytes.len() => {
                self.too_large();
            }
            Look::File { bytes, author, changed_ms, began_ms, is_cut } => {
                let told_ms = self.unseen_ms.take().unwrap_or_else(|| self.clock.now_ms());
                // Who has much to do is told late.
                let written = Evidence::written(told_ms.min(changed_ms));
                self.found(bytes, author, Evidence { began_ms, is_cut, ..written }).await;
                self.take_puts().await;
            }
            Look::Missing => {
                let since = *self.missing_since.get_or_insert_with(Instant::now);
                if since + MISSING <= Instant::now() {
                    self.file_is_gone();
                } else {
                    self.look_at = Some(Instant::now() + MISSING_AGAIN);
                }
            }
            Look::TooLarge => self.too_large(),
            Look::Reencoded => self.ends(common::COME_BACK, "the file is in UTF-8 by now"),
            Look::Unreadable => self.ends(close::NOT_TEXT, "the file cannot be read any more"),
        }
    }

    fn too_large(&mut self) {
        let reason = "the file has grown larger than a document may be";
        self.ends(close::TOO_LARGE, reason);
    }

    /// What somebody else wrote becomes part of the document, on a blocking thread.
    async fn found(&mut self, bytes: Vec<u8>, author: Contributor, evidence: Evidence) {
        let now_ms = self.clock.now_ms();
        let by = author.clone();
        let merged = self.with_document(move |it| it.found(now_ms, &bytes, &by, evidence)).await;
        match merged {
            Ok(merged) => self.tell_merged(merged, author),
            Err(error) => self.no_text(&error),
        }
    }

    fn no_text(&mut self, error: &NotText) {
        match error {
            NotText::Binary => self.ends(close::NOT_TEXT, "the file is no text any more"),
            NotText::Encoding(label) => {
                let reason = format!("the file is not in UTF-8 any more, but {label}");
                self.ends(common::COME_BACK, reason);
            }
        }
    }

    fn tell_merged(&mut self, merged: Merged, author: Contributor) {
        if told(merged) {
            self.clients.tell_ours(&FromDocument::Changed {
                author,
                at_ms: self.clock.now_ms(),
                added: merged.added as u64,
                removed: merged.removed as u64,
            });
        }
        for conflict in self.document().take_new_conflicts() {
            self.clients.tell_ours(&FromDocument::Conflict { conflict });
        }
    }

    /// What requests put in place of the file, now that it is known what the file is.
    async fn take_puts(&mut self) {
        while let Some((put, reply)) = self.puts.pop_front() {
            let Put { bytes, author, precondition, deliberate } = put;
            if self.document.is_none() || self.document().is_deleted() {
                drop(reply.send(Err(PutError::Closed)));
                continue;
            }
            let hash = self.document().file_hash();
            if !precondition(&hash) {
                drop(reply.send(Err(PutError::Stale(Some(hash)))));
                continue;
            }
            if TEXT_BYTES_MAX < bytes.len() {
                drop(reply.send(Err(PutError::TooLarge)));
                continue;
            }
            let now_ms = self.clock.now_ms();
            let by = author.clone();
            let merged = self
                .with_document(move |it| it.put(now_ms, &bytes, &by, evidence(now_ms, deliberate)))
                .await;
            match merged {
                Ok(merged) => {
                    self.tell_merged(merged, author);
                    self.document().hurry();
                    self.waiting.push(Waiting::Caller(reply));
                }
                Err(error) => drop(reply.send(Err(PutError::NotText(error)))),
            }
        }
    }

    pub(super) fn saved(&mut self, saved: Saved) {
        let now_ms = self.clock.now_ms();
        let (outcome, state) = match saved {
            Saved::Done(outcome) => (outcome, None),
            Saved::Full => (SaveOutcome::Failed, Some(Saving::StorageFull)),
        };
        let failed = outcome == SaveOutcome::Failed;
        let look = matches!(outcome, SaveOutcome::Changed | SaveOutcome::Missing);
        self.document().end_save(now_ms, outcome);
        if failed {
            self.tell_saving(state.unwrap_or(Saving::Failed));
            let error = if state.is_some() { PutError::Full } else { PutError::Failed };
            self.nobody_waits(&error);
        }
        if look {
            self.want_look(now_ms);
        }
    }

    /// The file is deleted: everybody is told, and the document is put away.
    pub(super) fn file_is_gone(&mut self) {
        let now_ms = self.clock.now_ms();
        self.document().deleted(now_ms);
        self.clients.tell_ours(&FromDocument::Deleted);
        self.ends(close::GONE, "the file was deleted");
    }

    /// Works with the document on a blocking thread.
    async fn with_document<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Document) -> T + Send + 'static,
    ) -> T {
        let mut document = self.document.take().expect("it is there between two pieces of work");
        let (document, done) = blocking(move || {
            let done = work(&mut document);
            (document, done)
        })
        .await;
        self.document = Some(document);
        done
    }

    /// Before the document is put away: what the file lacks is written, if that is possible at once.
    /// It is in the log in any case.
    pub(super) async fn last_save(&mut self) {
        if let Some(saving) = self.saving.take()
            && let Ok(saved) = timeout(LAST_SAVE, saving).await
        {
            self.saved(saved);
        }
        for _ in 0..3 {
            let now_ms = self.clock.now_ms();
            self.document().hurry();
            let Some(save) = self.document().begin_save(now_ms) else { return };
            self.commit().await;
            if self.document.is_none() {
                return;
            }
            let Ok(saved) = timeout(LAST_SAVE, self.disk.save(save)).await else { return };
            self.saved(saved);
            if self.look_at.is_some()
                && let Ok(Look::File { bytes, author, changed_ms, began_ms, is_cut }) =
                    timeout(LAST_SAVE, self.disk.look()).await
            {
                let written = Evidence::written(now_ms.min(changed_ms));
                self.found(bytes, author, Evidence { began_ms, is_cut, ..written }).await;
            }
        }
    }
}
