//! What the file was: the contents that a program may have had in mind when it wrote.
//!
//! The last one is what the file is as far as we know. Those before it are what it was since somebody
//! else wrote last: every save of ours may have come between a program's reading and its writing. A
//! text that was written without knowing our last save is merged with the one its writer knew, so
//! that what people typed in between is not taken for deleted. In doubt text is kept: who takes out
//! within [`IN_FLIGHT_MS`] what somebody typed, and knew it, sees it come back (decision 008).

use crate::align::Alignment;
use crate::diff;
use crate::format::Format;
use crate::limits::{BASES_BYTES_MAX, BASES_MAX, IN_FLIGHT_MS, UNKEPT_MS};
use crate::record::{FileStep, Hash};
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

/// What two people may type alike at the same place without knowing of each other is shorter.
const TELLING_BYTES_MIN: usize = 3;
/// Stretches that tell something, of one step from content to content; a few are enough.
const TELLING_MAX: usize = 16;

/// One content of the file.
#[derive(Clone, Debug)]
pub struct Base {
    pub text: Arc<str>,
    pub hash: Hash,
    pub format: Format,
    /// From this text to that of the next content; from the last one to the document's.
    pub onward: Alignment,
    /// Since when it is the content, in milliseconds.
    pub at_ms: u64,
    pub step: FileStep,
}

/// How a text came to be in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// When the file became something that we had not seen, in milliseconds.
    pub written_ms: u64,
    /// Since when whoever wrote was at it, in milliseconds, when that is known: what was there by then
    /// he knew, and what came after it he may not have read.
    pub began_ms: Option<u64>,
    /// It was put there by somebody who said what it replaces: it means what it says.
    pub deliberate: bool,
    /// Whoever wrote may have been ended in the middle of it.
    pub is_cut: bool,
}

impl Evidence {
    /// Of a file that became something else at `written_ms`.
    pub fn written(written_ms: u64) -> Self {
        Self { written_ms, began_ms: None, deliberate: false, is_cut: false }
    }

    /// Of a file that changed last at `changed_ms`, as it says, while the document was not loaded.
    /// What was found before and not kept when the kernel ended may have been written a while before.
    pub fn after_loading(changed_ms: u64) -> Self {
        Self::written(changed_ms.saturating_sub(UNKEPT_MS))
    }
}

/// What a writer had in mind.
#[derive(Clone, Debug)]
pub struct Choice {
    pub text: Arc<str>,
    pub to_document: Alignment,
    pub to_disk: Alignment,
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

    fn last_mut(&mut self) -> &mut Base {
        self.all.last_mut().expect("there is always one")
    }

    pub fn iter(&self) -> impl Iterator<Item = &Base> {
        self.all.iter()
    }

    /// All of them, oldest first, with how each leads to the document.
    pub fn with_alignments(&self) -> Vec<(&Base, Alignment)> {
        let mut all: Vec<(&Base, Alignment)> = Vec::with_capacity(self.all.len());
        for base in self.all.iter().rev() {
            let onward =
                all.last().map_or_else(|| base.onward.clone(), |it| base.onward.then(&it.1));
            all.push((base, onward));
        }
        all.reverse();
        all
    }

    /// The document changed.
    pub fn follow(&mut self, change: &Alignment) {
        let last = self.last_mut();
        last.onward = last.onward.then(change);
    }

    /// The file has this content, or is about to have it. `base.onward` leads to the document.
    pub fn push(&mut self, base: Base) {
        let last = self.last_mut();
        last.onward = last.onward.then(&base.onward.inverted());
        self.all.push(base);
        let bytes = |all: &[Base]| all.iter().map(|it| it.text.len()).sum::<usize>();
        while BASES_MAX < self.all.len()
            || (BASES_BYTES_MAX < bytes(&self.all) && 2 < self.all.len())
        {
            // The first is what others wrote last, and the most likely to be known to them.
            let gone = self.all.remove(1);
            self.all[0].onward = self.all[0].onward.then(&gone.onward);
        }
    }

    fn pop(&mut self) {
        if 1 < self.all.len()
            && let Some(gone) = self.all.pop()
        {
            self.follow(&gone.onward);
        }
    }

    /// We wrote the last content.
    pub fn confirm(&mut self, now_ms: u64) {
        let last = self.last_mut();
        if last.step == FileStep::Intended {
            last.step = FileStep::Written;
            last.at_ms = now_ms;
        }
    }

    /// We wrote the last content, as a log says of the one with this hash. One before it may have been
    /// the same, and was written when it was.
    pub fn confirm_hash(&mut self, now_ms: u64, hash: &Hash) {
        if self.last().hash == *hash {
            self.confirm(now_ms);
        }
    }

    /// We did not write the last content after all.
    pub fn withdraw(&mut self) {
        if self.last().step == FileStep::Intended {
            self.pop();
        }
    }

    /// After a crash: the file is what `hash` says, so what we meant to write after that was not
    /// written. When the file is neither, nobody knows whether we wrote before somebody else did; it
    /// counts as written when something of it is there that its predecessor lacks. In doubt it was
    /// not: what is taken for written and lacks in the file would be taken for deleted. Whether the
    /// last content is one that we meant to write.
    pub fn settle(&mut self, now_ms: u64, hash: &Hash, disk: Option<&str>) -> bool {
        let sure = self.all.iter().rposition(|it| it.step != FileStep::Intended).unwrap_or(0);
        let found = (sure..self.all.len()).rev().find(|it| self.all[*it].hash == *hash);
        let known = || {
            let disk = disk?;
            (sure + 1..self.all.len()).rev().find(|it| self.was_known(*it, disk))
        };
        let last = found.or_else(known).unwrap_or(sure);
        while last + 1 < self.all.len() {
            self.pop();
        }
        let meant = self.last().step == FileStep::Intended;
        self.confirm(now_ms);
        meant
    }

    /// Whether the writer of `disk` has something that only came with this content.
    fn was_known(&self, index: usize, disk: &str) -> bool {
        let (base, next) = (&self.all[index - 1], &self.all[index]);
        let to_disk = diff::align(&next.text, disk, None);
        added(base, next).iter().any(|it| is_there(&to_disk, it))
    }

    /// The content that the writer of `disk` had in mind: of those that may have been the last to be
    /// read, the oldest that explains the most of it.
    pub fn choose(&self, disk: &str, evidence: Evidence, deadline: Option<Instant>) -> Choice {
        let last = self.last();
        let mut to_document = last.onward.clone();
        let mut to_disk = diff::align(&last.text, disk, deadline);
        let mut best = Choice {
            text: Arc::clone(&last.text),
            to_document: to_document.clone(),
            to_disk: to_disk.clone(),
        };
        if evidence.deliberate || was_read(last, evidence) {
            return best;
        }
        let old = self.old(disk, evidence, deadline);
        let mut most = explained(&to_disk, &old, disk);
        let mut tells = false;
        // What the writer cannot have made up.
        let mut known: Vec<&str> = Vec::new();
        for (base, next) in self.all.iter().zip(&self.all[1..]).rev() {
            // There was time to read what came next, and whoever could is taken by his word.
            if was_read(next, evidence) {
                break;
            }
            let added = added(base, next);
            tells |= !added.is_empty() || takes_out_text(base);
            let there = added.into_iter().filter(|it| is_there(&to_disk, it));
            known.extend(there.map(|it| &next.text[it]).take(TELLING_MAX));
            to_document = base.onward.then(&to_document);
            to_disk = diff::align(&base.text, disk, deadline);
            // Blanks that somebody typed are taken away by formatters, who know them; but nobody who
            // knew of a blank joins the very words that were one before.
            let explained = explained(&to_disk, &old, disk);
            let fits = most < explained || (tells && most == explained);
            if fits && known.iter().all(|it| base.text.contains(it)) {
                most = explained;
                best = Choice {
                    text: Arc::clone(&base.text),
                    to_document: to_document.clone(),
                    to_disk: to_disk.clone(),
                };
            }
        }
        best
    }

    /// What `disk` has of contents after which there was time to read. Many have one of them in mind
    /// nevertheless: what they have tells nothing of what came later.
    fn old(&self, disk: &str, evidence: Evidence, deadline: Option<Instant>) -> Vec<Range<usize>> {
        let bases = self.all.iter().zip(&self.all[1..]);
        let old = bases.take_while(|it| was_read(it.1, evidence));
        let stretches =
            old.flat_map(|(base, _)| stretches(&diff::align(&base.text, disk, deadline)));
        joined(stretches.collect())
    }

    /// Everything that was known is replaced by what others wrote.
    pub fn replace(&mut self, base: Base) {
        self.all = vec![base];
    }
}

/// Whether whoever wrote had the time to read this content.
fn was_read(base: &Base, evidence: Evidence) -> bool {
    match evidence.began_ms {
        Some(began_ms) => base.at_ms <= began_ms,
        None => base.at_ms + IN_FLIGHT_MS <= evidence.written_ms,
    }
}

/// How much of `disk` was there before, or in an old content, in letters and digits: blanks are
/// alike by chance.
fn explained(to_disk: &Alignment, old: &[Range<usize>], disk: &str) -> usize {
    let letters = |it: Range<usize>| disk[it].chars().filter(|it| it.is_alphanumeric()).count();
    let mut there = stretches(to_disk);
    there.extend_from_slice(old);
    joined(there).into_iter().map(letters).sum()
}

/// Stretches of the new text that the old one has.
fn stretches(alignment: &Alignment) -> Vec<Range<usize>> {
    alignment.runs().iter().map(|it| it.new..it.new + it.length).collect()
}

/// The same stretches in order, each place once.
fn joined(mut stretches: Vec<Range<usize>>) -> Vec<Range<usize>> {
    stretches.sort_by_key(|it| it.start);
    stretches.dedup_by(|next, last| {
        let meets = next.start <= last.end;
        if meets {
            last.end = last.end.max(next.end);
        }
        meets
    });
    stretches
}

/// Lines and parts of lines of `next` that are not in `base`, without those that say nothing.
fn added(base: &Base, next: &Base) -> Vec<Range<usize>> {
    let mut added = Vec::new();
    for gap in base.onward.gaps() {
        let mut start = gap.new.start;
        for line in next.text[gap.new].split_inclusive('\n') {
            let begin = start + (line.len() - line.trim_start().len());
            if line.contains(|it: char| !it.is_whitespace()) {
                added.push(begin..begin + line.trim().len());
            }
            start += line.len();
        }
    }
    added
}

/// Whether the content after `base` lacks more than blanks of it.
fn takes_out_text(base: &Base) -> bool {
    let is_text = |it: &str| it.contains(|it: char| !it.is_whitespace());
    base.onward.gaps().into_iter().any(|it| is_text(&base.text[it.old]))
}

/// Whether a stretch of a text is in another one as a whole, and long enough not to be there by
/// chance.
fn is_there(alignment: &Alignment, stretch: &Range<usize>) -> bool {
    let there = alignment.surviving(stretch.clone());
    // In pieces it may be another text, of which it is what is left.
    let is_whole = matches!(&there[..], [one] if one.len() == stretch.len());
    TELLING_BYTES_MIN <= stretch.len() && is_whole
}
