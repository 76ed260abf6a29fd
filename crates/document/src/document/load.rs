//! A document from its log, and a short log from a document.

use super::{Document, Options, text_of};
use crate::align::Alignment;
use crate::bases::{Base, Bases};
use crate::record::{FileStep, Hash, Record};
use crate::replica::{Broken, Replica};

/// Contents of the file that are taken from a log.
const BASES_LOADED_MAX: usize = crate::limits::BASES_MAX;

impl Document {
    /// Goes through `records`. The file is looked at next, with [`Self::settle`].
    pub fn load(options: Options, number: u32, records: Vec<Record>) -> Result<Self, Broken> {
        let wanted = wanted_files(&records);
        let mut records = records.into_iter().enumerate();
        let Some((_, Record::State { principals, conflicts, state })) = records.next() else {
            return Err(Broken);
        };
        // The lineage is in the state, and the client id is made of it.
        let mut probe = Replica::new(1);
        probe.apply(&state)?;
        let lineage = probe.lineage().ok_or(Broken)?;
        let mut replica = Replica::new(lineage.client(number));
        replica.apply(&state)?;
        let mut loading = Loading { conflict: 0, bases: None };
        let mut document = Self::assemble(options, replica, lineage, empty_base());
        document.state_bytes = state.len();
        document.principals = principals;
        document.conflicts = conflicts;
        for (index, record) in records {
            let is_wanted = wanted.contains(&index);
            loading.replay(&mut document, record, is_wanted)?;
        }
        document.bases = loading.bases.ok_or(Broken)?;
        document.format = document.bases.last().format;
        let open = document.conflicts.iter().map(|it| it.conflict.id).max().unwrap_or(0);
        document.next_conflict = open.max(loading.conflict) + 1;
        document.untold_conflict = document.next_conflict;
        Ok(document)
    }

    /// After loading: which of the contents that we know the file is, or is nearest to. Whether that
    /// is one that we were about to write when we ended.
    pub fn settle(&mut self, now_ms: u64, hash: &Hash, disk: Option<&str>) -> bool {
        let meant = self.bases.settle(now_ms, hash, disk);
        if meant {
            self.stage_file(now_ms, FileStep::Written);
        }
        self.format = self.bases.last().format;
        self.note_unsaved(now_ms);
        meant
    }

    /// A log that is as short as it can be, for everything that is staged or was written.
    pub fn compacted(&self) -> Vec<Record> {
        let mut records = vec![Record::State {
            principals: self.principals.clone(),
            conflicts: self.conflicts.clone(),
            state: self.replica.state(),
        }];
        records.extend(self.file_records());
        if self.is_deleted {
            records.push(Record::Deleted { at_ms: self.bases.last().at_ms });
        }
        records
    }
}

/// What is collected while a log is read.
struct Loading {
    /// Highest number of a conflict so far.
    conflict: u64,
    bases: Option<Bases>,
}

impl Loading {
    fn replay(
        &mut self,
        document: &mut Document,
        record: Record,
        is_wanted: bool,
    ) -> Result<(), Broken> {
        match record {
            Record::State { .. } => return Err(Broken),
            Record::Update { author, update, .. } => {
                remember_authors(document, &update, author.principal);
                document.state_bytes += update.len();
                let change = document.replica.apply(&update)?;
                document.follow_conflicts(&change);
                if let Some(bases) = &mut self.bases {
                    bases.follow(&change);
                }
            }
            Record::File(file) if file.step == FileStep::Written => {
                document.is_deleted = false;
                if let Some(bases) = &mut self.bases {
                    bases.confirm_hash(file.at_ms, &file.hash);
                }
            }
            Record::File(file) if is_wanted => {
                document.is_deleted = false;
                let text = text_of(&file.splices, document.text());
                let from_document = Alignment::of_splices(document.text().len(), &file.splices);
                let base = Base {
                    text,
                    hash: file.hash,
                    format: file.format,
                    onward: from_document.inverted(),
                    at_ms: file.at_ms,
                    step: file.step,
                };
                match &mut self.bases {
                    Some(bases) => {
                        // What was meant before and never done was given up.
                        bases.withdraw();
                        bases.push(base);
                    }
                    None => self.bases = Some(Bases::new(base)),
                }
            }
            Record::File(_) => {}
            Record::Deleted { .. } => document.is_deleted = true,
            Record::Conflict(kept) => {
                self.conflict = self.conflict.max(kept.conflict.id);
                document.conflicts.push(kept);
            }
            Record::Resolved { id } => {
                self.conflict = self.conflict.max(id);
                document.conflicts.retain(|it| it.conflict.id != id);
            }
        }
        Ok(())
    }
}

fn remember_authors(document: &mut Document, update: &[u8], principal: Option<String>) {
    let principal = principal.unwrap_or_default();
    let authors = document.replica.inspect(update).map(|it| it.authors).unwrap_or_default();
    for client in authors {
        document.principals.entry(client).or_insert_with(|| principal.clone());
    }
}

/// Which records about the file still matter: the last thing that others wrote, and what we wrote or
/// meant to write since.
fn wanted_files(records: &[Record]) -> Vec<usize> {
    let files: Vec<(usize, FileStep)> = records
        .iter()
        .enumerate()
        .filter_map(|(index, it)| match it {
            Record::File(file) if file.step != FileStep::Written => Some((index, file.step)),
            Record::File(_)
            | Record::State { .. }
            | Record::Update { .. }
            | Record::Deleted { .. }
            | Record::Conflict(_)
            | Record::Resolved { .. } => None,
        })
        .collect();
    let first = files.iter().rposition(|it| it.1 == FileStep::Found).unwrap_or(0);
    let since = files.get(first..).unwrap_or_default();
    let late = since.len().saturating_sub(BASES_LOADED_MAX).max(1).min(since.len());
    let kept = since.first().into_iter().chain(&since[late..]);
    kept.map(|it| it.0).collect()
}

/// Stands where a base will be.
fn empty_base() -> Base {
    Base {
        text: "".into(),
        hash: [0; 32],
        format: crate::format::Format::default(),
        onward: Alignment::identity(0),
        at_ms: 0,
        step: FileStep::Found,
    }
}
