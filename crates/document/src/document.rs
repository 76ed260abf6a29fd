//! One document: its replica, what is known of its file, and what must be written down.
//!
//! ```text
//!  updates of clients ─▶ receive ─┐
//!  what the file is ──▶ found ────┼─▶ replica ─▶ staged records ─▶ log ─▶ outgoing updates
//!  choices of people ─▶ resolve ──┘                                └────▶ saves of the file
//! ```
//!
//! Nothing here does IO or reads a clock. What a call changed is in [`Document::take_staged`] and
//! [`Document::take_outgoing`]; the caller makes the first durable before it shows the second, and
//! before it starts a save.

mod conflicts;
mod load;
mod save;

use crate::align::{Alignment, Splice};
use crate::bases::{Base, Bases, Choice, Evidence};
use crate::cut;
use crate::diff;
use crate::format::{Format, NotText, decode};
use crate::lib0::Malformed;
use crate::limits::{STATE_BYTES_MAX, TEXT_BYTES_MAX, UPDATE_BYTES_MAX};
use crate::merge::{self, Plan, Texts};
use crate::record::{FileRecord, FileStep, Hash, KeptConflict, Record};
use crate::replica::{Broken, Lineage, Replica, is_server};
use crate::timeline::{Timeline, Version};
use crate::update;
use protocol::channel::AuthorKind;
use protocol::document::Contributor;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use save::{Save, SaveOutcome};

/// Settings of all documents of a kernel.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Time for one comparison of two texts; what is left then counts as replaced. `None` is for
    /// tests, which must not depend on time.
    pub diff_timeout: Option<Duration>,
}

/// Why an update was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error(transparent)]
    Update(#[from] update::Refused),
    #[error("the text may have {TEXT_BYTES_MAX} bytes at most")]
    TooLarge,
    #[error("the document has been changed so often that its history is full; load it again")]
    HistoryFull,
    #[error("somebody else writes under this client id")]
    Impostor,
    #[error(transparent)]
    Broken(#[from] Broken),
}

impl From<Malformed> for Refusal {
    fn from(error: Malformed) -> Self {
        Self::Update(error.into())
    }
}

/// An update for the clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    pub update: Vec<u8>,
    /// The connection that it came from, which has it already.
    pub from: Option<u64>,
}

/// What a look at the file brought into the document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Whether the file was not what it was.
    pub changed: bool,
    /// Bytes that the change brought and took away.
    pub added: usize,
    pub removed: usize,
}

/// One document.
#[derive(Debug)]
pub struct Document {
    options: Options,
    replica: Replica,
    lineage: Lineage,
    bases: Bases,
    /// The file's format, as it was last seen.
    format: Format,
    /// There is no file; it is written again when somebody puts it back.
    is_deleted: bool,
    /// Who may write under which client id.
    principals: BTreeMap<u64, String>,
    conflicts: Vec<KeptConflict>,
    next_conflict: u64,
    /// Conflicts from this number on were not told.
    untold_conflict: u64,
    /// When what the file lacks was typed first, and last.
    unsaved: Option<(u64, u64)>,
    /// What is being written, and since when the file lacked it.
    saving: Option<(Hash, (u64, u64))>,
    retry_ms: Option<u64>,
    staged: Vec<Record>,
    outgoing: Vec<Outgoing>,
    /// Bytes of updates since the replica was loaded, and of what it was loaded from.
    state_bytes: usize,
    /// Rises with every change of the text, from 1.
    revision: u64,
    timeline: Timeline,
}

/// SHA-256 of a file's bytes.
pub fn hash(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

impl Document {
    /// Makes a document of a file's bytes. `number` makes the client id of this server unique.
    pub fn create(
        options: Options,
        (lineage, number): (Lineage, u32),
        file: &[u8],
        now_ms: u64,
    ) -> Result<Self, NotText> {
        let (text, format) = decode(file)?;
        let (replica, state) = Replica::begin(lineage, number, &text);
        let base = Base {
            text: text.into(),
            hash: hash(file),
            format,
            onward: Alignment::identity(replica.text().len()),
            at_ms: now_ms,
            step: FileStep::Found,
        };
        let mut document = Self::assemble(options, replica, lineage, base);
        let record = Record::State {
            principals: BTreeMap::new(),
            conflicts: Vec::new(),
            state: state.clone(),
        };
        document.state_bytes = state.len();
        document.staged.push(record);
        document.stage_file(now_ms, FileStep::Found);
        Ok(document)
    }

    fn assemble(options: Options, replica: Replica, lineage: Lineage, base: Base) -> Self {
        Self {
            options,
            replica,
            lineage,
            format: base.format,
            bases: Bases::new(base),
            is_deleted: false,
            principals: BTreeMap::new(),
            conflicts: Vec::new(),
            next_conflict: 1,
            untold_conflict: 1,
            unsaved: None,
            saving: None,
            retry_ms: None,
            staged: Vec::new(),
            outgoing: Vec::new(),
            state_bytes: 0,
            revision: 1,
            timeline: Timeline::default(),
        }
    }

    pub fn text(&self) -> &str {
        self.replica.text()
    }

    /// Rises with every change of the text while the document is open, from 1.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    pub fn is_deleted(&self) -> bool {
        self.is_deleted
    }

    /// What the file is, as far as is known.
    pub fn file_hash(&self) -> Hash {
        self.bases.last().hash
    }

    pub fn state_vector(&self) -> Vec<u8> {
        self.replica.state_vector()
    }

    /// What a client with this state vector lacks; `None` when its replica belongs elsewhere.
    pub fn lacking(&self, state_vector: &[u8]) -> Result<Option<Vec<u8>>, Malformed> {
        if self.replica.is_foreign(state_vector, self.lineage)? {
            return Ok(None);
        }
        self.replica.lacking(state_vector).map(Some)
    }

    /// Takes an update of a client. `false`: there was nothing new in it.
    pub fn receive(
        &mut self,
        now_ms: u64,
        author: &Contributor,
        update: &[u8],
        from: Option<u64>,
    ) -> Result<bool, Refusal> {
        let facts = self.replica.inspect(update)?;
        if UPDATE_BYTES_MAX < update.len()
            || TEXT_BYTES_MAX < self.text().len() + facts.inserted_bytes
        {
            return Err(Refusal::TooLarge);
        }
        if STATE_BYTES_MAX < self.state_bytes + update.len() {
            return Err(Refusal::HistoryFull);
        }
        let principal = author.principal.clone().unwrap_or_default();
        for client in &facts.authors {
            let owner = self.principals.get(client);
            // What a server wrote comes back from clients after its log was lost.
            if owner.is_some_and(|it| *it != principal) && !is_server(*client) {
                return Err(Refusal::Impostor);
            }
        }
        if facts.authors.is_empty() && self.replica.knows_deletions(update) {
            return Ok(false);
        }
        self.timeline.before(now_ms, author, self.replica.text());
        let change = self.replica.apply(update)?;
        for client in facts.authors {
            self.principals.entry(client).or_insert_with(|| principal.clone());
        }
        self.changed(now_ms, author, &change);
        if let Some((_, last)) = &mut self.unsaved {
            *last = now_ms;
        }
        self.stage_update(now_ms, author.clone(), update.to_vec(), from);
        Ok(true)
    }

    /// Whether an update has nothing new.
    pub fn is_known(&self, update: &[u8]) -> bool {
        let facts = self.replica.inspect(update);
        facts.is_ok_and(|it| it.authors.is_empty()) && self.replica.knows_deletions(update)
    }

    /// The file was looked at. What somebody else wrote becomes part of the document. During a save
    /// nothing is learnt from it, because nobody can say on which side of the write it was looked at.
    pub fn found(
        &mut self,
        now_ms: u64,
        file: &[u8],
        author: &Contributor,
        evidence: Evidence,
    ) -> Result<Merged, NotText> {
        let hash = hash(file);
        if self.is_saving() || (hash == self.bases.last().hash && !self.is_deleted) {
            return Ok(Merged::default());
        }
        let (text, format) = decode(file)?;
        // Put there on purpose, whatever anybody knew: callers who named what they replace, who makes
        // anew what was deleted, and Git, but for what was saved while it was at it.
        let anew = std::mem::take(&mut self.is_deleted);
        let git = author.kind == AuthorKind::Git && evidence.began_ms.is_none();
        let deliberate = evidence.deliberate || anew || git;
        let evidence = Evidence { deliberate, ..evidence };
        let mut choice = self.bases.choose(&text, evidence, self.deadline());
        let whole = evidence.is_cut.then(|| cut::whole(&mut choice, &text)).flatten();
        let meant = whole.as_ref().map_or(text.as_str(), |it| &it.text);
        let (merged, to_document) = self.merge(now_ms, &choice, meant, author);
        // Half of a text does not say how its lines end.
        if whole.is_none() {
            self.format = format;
        }
        self.bases.replace(Base {
            text: text.into(),
            hash,
            format,
            onward: whole.map_or(to_document.clone(), |it| it.from_disk.then(&to_document)),
            at_ms: now_ms,
            step: FileStep::Found,
        });
        self.stage_file(now_ms, FileStep::Found);
        self.note_unsaved(now_ms);
        Ok(merged)
    }

    /// A request replaces the file: its text becomes part of the document, and the file is written
    /// after that like after typing. The file itself has not changed.
    pub fn put(
        &mut self,
        now_ms: u64,
        file: &[u8],
        author: &Contributor,
        evidence: Evidence,
    ) -> Result<Merged, NotText> {
        let (text, format) = decode(file)?;
        let choice = self.bases.choose(&text, evidence, self.deadline());
        let (merged, _) = self.merge(now_ms, &choice, &text, author);
        self.format = format;
        self.note_unsaved(now_ms);
        Ok(merged)
    }

    /// Makes the text another one, by the smallest change.
    pub fn rewrite(&mut self, now_ms: u64, text: &str, author: &Contributor) -> bool {
        let splices = diff::align(self.text(), text, self.deadline()).splices(text);
        if !splices.is_empty() {
            self.edit(now_ms, &splices, author);
        }
        !splices.is_empty()
    }

    /// There is no file any more.
    pub fn deleted(&mut self, now_ms: u64) {
        if !self.is_deleted {
            self.is_deleted = true;
            self.unsaved = None;
            self.staged.push(Record::Deleted { at_ms: now_ms });
        }
    }

    /// The versions that are kept so far end at `until_ms`; there are none when it is `None`.
    pub fn resume_timeline(&mut self, until_ms: Option<u64>) {
        self.timeline.resume(until_ms);
    }

    /// When a version ends because nobody writes any more, in milliseconds.
    pub fn version_at(&self) -> Option<u64> {
        self.timeline.due_ms()
    }

    /// The version that goes on, as it is so far.
    pub fn running_version(&self) -> Option<Version> {
        self.timeline.running(self.replica.text())
    }

    /// A version ends now.
    pub fn end_version(&mut self) {
        self.timeline.end(self.replica.text());
    }

    /// Versions that ended.
    pub fn take_versions(&mut self) -> Vec<Version> {
        self.timeline.take_ended()
    }

    /// What must be durable before anything that came with it is shown.
    pub fn take_staged(&mut self) -> Vec<Record> {
        std::mem::take(&mut self.staged)
    }

    /// What the clients do not have yet.
    pub fn take_outgoing(&mut self) -> Vec<Outgoing> {
        std::mem::take(&mut self.outgoing)
    }

    /// The change from a base to what the file is, carried into the document.
    fn merge(
        &mut self,
        now_ms: u64,
        choice: &Choice,
        disk: &str,
        author: &Contributor,
    ) -> (Merged, Alignment) {
        let texts = Texts { base: &choice.text, disk, document: self.replica.text() };
        let Plan { splices, to_document, conflicts } =
            merge::plan(texts, &choice.to_document, &choice.to_disk);
        let merged = Merged {
            changed: true,
            added: splices.iter().map(|it| it.text.len()).sum(),
            removed: splices.iter().map(|it| it.at.len()).sum(),
        };
        if !splices.is_empty() {
            self.edit(now_ms, &splices, author);
        }
        for conflict in conflicts {
            self.add_conflict(now_ms, conflict, author);
        }
        (merged, to_document)
    }

    /// Changes the text on behalf of somebody who is not a client.
    fn edit(&mut self, now_ms: u64, splices: &[Splice], author: &Contributor) {
        self.timeline.before(now_ms, author, self.replica.text());
        let (update, change) = self.replica.edit(splices);
        self.changed(now_ms, author, &change);
        self.stage_update(now_ms, author.clone(), update, None);
    }

    fn changed(&mut self, now_ms: u64, author: &Contributor, change: &Alignment) {
        if change.is_identity() {
            return;
        }
        self.timeline.changed(now_ms, author, counted(change));
        self.revision += 1;
        self.bases.follow(change);
        self.follow_conflicts(change);
        self.note_unsaved(now_ms);
    }

    /// Whether the file lacks something, and since when.
    fn note_unsaved(&mut self, now_ms: u64) {
        let last = self.bases.last();
        let same = last.onward.is_identity() && last.format == self.format;
        self.unsaved = match self.unsaved {
            _ if same || self.is_deleted => None,
            Some(since) => Some(since),
            None => Some((now_ms, now_ms)),
        };
    }

    fn stage_update(
        &mut self,
        at_ms: u64,
        author: Contributor,
        update: Vec<u8>,
        from: Option<u64>,
    ) {
        self.state_bytes += update.len();
        self.staged.push(Record::Update { at_ms, author, update: update.clone() });
        self.outgoing.push(Outgoing { update, from });
    }

    /// Notes what the file is, or will be, beside what the document is.
    fn stage_file(&mut self, at_ms: u64, step: FileStep) {
        let base = self.bases.last();
        self.staged.push(Record::File(file_record(base, &base.onward, at_ms, step)));
    }

    /// What a log says of the contents that are known.
    fn file_records(&self) -> Vec<Record> {
        let mut records = Vec::new();
        for (base, to_document) in self.bases.with_alignments() {
            let record = |step| Record::File(file_record(base, &to_document, base.at_ms, step));
            if base.step == FileStep::Written {
                records.push(record(FileStep::Intended));
            }
            records.push(record(base.step));
        }
        records
    }

    fn deadline(&self) -> Option<Instant> {
        self.options.diff_timeout.map(|it| Instant::now() + it)
    }
}

/// Bytes that a change added and removed.
fn counted(change: &Alignment) -> (u64, u64) {
    let kept: usize = change.runs().iter().map(|it| it.length).sum();
    ((change.new_length() - kept) as u64, (change.old_length() - kept) as u64)
}

fn file_record(base: &Base, to_document: &Alignment, at_ms: u64, step: FileStep) -> FileRecord {
    FileRecord {
        at_ms,
        hash: base.hash,
        format: base.format,
        step,
        splices: to_document.inverted().splices(&base.text),
    }
}

fn text_of(splices: &[Splice], document: &str) -> Arc<str> {
    crate::align::apply(document, splices).into()
}

#[cfg(test)]
mod tests;
