//! What the file was: the contents that a program may have had in mind when it wrote.
//!
//! The last one is what the file is as far as we know. Those before it are what it was since somebody
//! else wrote last: every save of ours may have come between a program's reading and its writing. A
//! text that was written without knowing our last save is merged with the one its writer knew, so
//! that what people typed in between is not taken for deleted.

use crate::align::Alignment;
use crate::diff;
use crate::format::Format;
use crate::limits::{BASES_BYTES_MAX, BASES_MAX, IN_FLIGHT_MS};
use crate::record::{FileStep, Hash};
use std::sync::Arc;
use std::time::Instant;

/// One content of the file.
#[derive(Clone, Debug)]
pub struct Base {
    pub text: Arc<str>,
    pub hash: Hash,
    pub format: Format,
    /// From this text to the document's.
    pub to_document: Alignment,
    /// Since when it is the content, in milliseconds.
    pub at_ms: u64,
    pub step: FileStep,
    /// Whether somebody opened the file while this was its content; `None` when nobody watched.
    pub was_read: Option<bool>,
}

/// How a text came to be in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// When the file became something that we had not seen, in milliseconds.
    pub written_ms: u64,
    /// It was put there by Git, or by somebody who said what it replaces: it means what it says.
    pub deliberate: bool,
}

/// The contents of a file, oldest first; never empty.
#[derive(Clone, Debug)]
pub struct Bases {
    all: Vec<Base>,
}

impl Bases {
    pub fn new(base: Base) -> Self {
        Self { all: vec![base] }
    }

    pub fn last(&self) -> &Base {
        self.all.last().expect("there is always one")
    }

    pub fn iter(&self) -> impl Iterator<Item = &Base> {
        self.all.iter()
    }

    /// The document changed.
    pub fn follow(&mut self, change: &Alignment) {
        for base in &mut self.all {
            base.to_document = base.to_document.then(change);
        }
    }

    /// The file is about to have this content, written by us.
    pub fn push(&mut self, base: Base) {
        self.all.push(base);
        let bytes = |all: &[Base]| all.iter().map(|it| it.text.len()).sum::<usize>();
        while BASES_MAX < self.all.len()
            || (BASES_BYTES_MAX < bytes(&self.all) && 2 < self.all.len())
        {
            // The first is what others wrote last, and the most likely to be known to them.
            self.all.remove(1);
        }
    }

    /// We wrote the last content.
    pub fn confirm(&mut self, now_ms: u64) {
        if let Some(last) = self.all.last_mut()
            && last.step == FileStep::Intended
        {
            last.step = FileStep::Written;
            last.at_ms = now_ms;
        }
    }

    /// We did not write the last content after all.
    pub fn withdraw(&mut self) {
        if 1 < self.all.len() && self.last().step == FileStep::Intended {
            self.all.pop();
        }
    }

    /// Somebody opened the file.
    pub fn note_read(&mut self) {
        if let Some(last) = self.all.last_mut() {
            last.was_read = Some(true);
        }
    }

    /// Nobody watches who opens the file any more, or somebody begins to.
    pub fn note_watched(&mut self, watched: bool) {
        for base in &mut self.all {
            base.was_read = if watched { base.was_read } else { None };
        }
    }

    /// After a crash: the file is what `hash` says, so what we meant to write after that was not
    /// written. When the file is neither, the content that it is nearest to was the last. Whether that
    /// is one that we meant to write.
    pub fn settle(&mut self, now_ms: u64, hash: &Hash, disk: Option<&str>) -> bool {
        let sure = self.all.iter().rposition(|it| it.step != FileStep::Intended).unwrap_or(0);
        let found = (sure..self.all.len()).rev().find(|it| self.all[*it].hash == *hash);
        let nearest = || {
            let disk = disk?;
            (sure..self.all.len())
                .rev()
                .min_by_key(|it| diff::align(&self.all[*it].text, disk, None).cost())
        };
        if let Some(last) = found.or_else(nearest) {
            self.all.truncate(last + 1);
        }
        let meant = self.last().step == FileStep::Intended;
        self.confirm(now_ms);
        meant
    }

    /// The content that the writer of `disk` had in mind, and how it leads to `disk`.
    pub fn choose(
        &self,
        disk: &str,
        evidence: Evidence,
        deadline: Option<Instant>,
    ) -> (&Base, Alignment) {
        let last = self.last();
        let to_disk = diff::align(&last.text, disk, deadline);
        if evidence.deliberate || self.all.len() == 1 {
            return (last, to_disk);
        }
        let mut best = (last, to_disk);
        for index in (0..self.all.len() - 1).rev() {
            let base = &self.all[index];
            let to_disk = diff::align(&base.text, disk, deadline);
            if to_disk.cost() < best.1.cost() && self.may_be_unknown(index, &to_disk, evidence) {
                best = (base, to_disk);
            }
        }
        best
    }

    /// Whether a writer may have had the content `index` in mind, and not have known what came after.
    fn may_be_unknown(&self, index: usize, to_disk: &Alignment, evidence: Evidence) -> bool {
        let (base, later) = (&self.all[index], &self.all[index + 1..]);
        let at_once = evidence.written_ms < later[0].at_ms + IN_FLIGHT_MS;
        // Exactly what it was: put back, unless there was no time for anybody to want that, or
        // nothing but blanks to be taken away, which is what formatters do.
        if to_disk.is_identity() {
            let typed = diff::align(&base.text, &self.last().text, None).gaps();
            let is_text = |it: &str| it.contains(|it: char| !it.is_whitespace());
            return at_once && typed.iter().any(|it| is_text(&self.last().text[it.new.clone()]));
        }
        at_once || later.iter().all(|it| it.was_read == Some(false))
    }

    /// Everything that was known is replaced by what others wrote.
    pub fn replace(&mut self, base: Base) {
        self.all = vec![base];
    }

    /// The last content came over `base`, which others wrote.
    pub fn precede(&mut self, base: Base) {
        let last = self.all.pop();
        self.all = std::iter::once(base).chain(last).collect();
    }

    /// The contents without the last one, which must not be the only one.
    pub fn before_last(&self) -> Option<Self> {
        let (_, before) = self.all.split_last()?;
        (!before.is_empty()).then(|| Self { all: before.to_vec() })
    }
}
