//! Three texts into one: what the file was, what the file is, what the document is.
//!
//! The changes of the file (base to disk) are carried into the document, at places that are mapped
//! through what was typed meanwhile. Text is never lost on either side:
//!
//! * What both sides changed alike is there once, and so are lines that both put in the same place.
//! * Changes that do not meet are both there, also within one line, and within one word when the file
//!   changed the one end of it and the other was typed in.
//! * Where both rewrote the same words, the document keeps its lines as they are, and the file's
//!   version of those lines follows below. That is a [`Conflict`]; somebody decides later.
//!   Lines that only the file changed are never doubled.

mod lines;
mod region;
mod word;

use crate::align::{Alignment, Gap, Run, Splice};
use region::Region;
use std::ops::Range;

/// The texts of one merge.
#[derive(Clone, Copy, Debug)]
pub struct Texts<'a> {
    /// What the file was when document and file were last the same, or were merged.
    pub base: &'a str,
    /// What the file is.
    pub disk: &'a str,
    /// What the document is.
    pub document: &'a str,
}

/// A stretch that both sides rewrote; both versions are in the document, the document's first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub base: String,
    pub document: String,
    pub disk: String,
    /// Where both are in the document after the merge.
    pub at: Range<usize>,
}

/// What is to be done to the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// In ascending order, on the document's text.
    pub splices: Vec<Splice>,
    /// From the file's text to the document's after the splices.
    pub to_document: Alignment,
    pub conflicts: Vec<Conflict>,
}

/// Merges. `to_document` leads from the base to the document, `to_disk` from the base to the disk.
pub fn plan(texts: Texts<'_>, to_document: &Alignment, to_disk: &Alignment) -> Plan {
    let typed = to_document.gaps();
    let refined = word::keep_ends(texts, &typed, to_disk);
    let to_disk = refined.as_ref().unwrap_or(to_disk);
    let mut merge = Merge {
        texts,
        to_document,
        to_disk,
        typed,
        changes: to_disk.gaps(),
        shared: Vec::new(),
        splices: Vec::new(),
        fence: 0,
        conflicts: Vec::new(),
    };
    let regions = region::find(&merge);
    let (mut base, mut disk) = (0, 0);
    for region in &regions {
        merge.carry(base..region.base.start, disk..region.disk.start);
        merge.fence = merge.splices.len();
        region::resolve(&mut merge, region);
        merge.fence = merge.splices.len();
        (base, disk) = (region.base.end, region.disk.end);
    }
    merge.carry(base..texts.base.len(), disk..texts.disk.len());
    merge.finish(&regions)
}

/// Whether a change of the file and something typed cannot both be carried out.
fn clash(texts: Texts<'_>, change: &Gap, typed: &Gap) -> bool {
    let (a, b) = (change.old.start, change.old.end);
    let (c, d) = (typed.old.start, typed.old.end);
    match (typed.old.is_empty(), typed.new.is_empty()) {
        // Typed into what the file replaced or removed.
        (true, _) => a < c && c < b,
        // Both replaced the same, or the file wrote into what was replaced.
        (false, false) if a == b => c < a && a < d,
        (false, false) => c < b && a < d,
        // The file wrote where something else was deleted by hand, and what it wrote would hang in
        // the air or stick to other words. Whole new lines can stand alone.
        (false, true) => {
            let new = &texts.disk[change.new.clone()];
            let is_lines = starts_line(texts.base, a) && new.ends_with('\n');
            let overlaps = if a == b { c < a && a < d } else { c < b && a < d && (c < a || b < d) };
            !new.is_empty() && overlaps && !(a == b && is_lines)
        }
    }
}

/// Whether a line begins at `at`.
fn starts_line(text: &str, at: usize) -> bool {
    at == 0 || text.as_bytes()[at - 1] == b'\n'
}

/// A merge on its way from left to right.
struct Merge<'a> {
    texts: Texts<'a>,
    to_document: &'a Alignment,
    to_disk: &'a Alignment,
    /// Gaps of `to_document`.
    typed: Vec<Gap>,
    /// Gaps of `to_disk`.
    changes: Vec<Gap>,
    /// Stretches of the disk's text that the document has, beyond what the base has.
    shared: Vec<Shared>,
    splices: Vec<Splice>,
    /// Splices before this one are done with.
    fence: usize,
    /// With places in the document before the merge, and the splices that each of them made.
    conflicts: Vec<(Conflict, Range<usize>)>,
}

/// Where a stretch of the disk's text is in the document.
enum Shared {
    /// It was there: somebody typed the same.
    There { disk: usize, document: usize, length: usize },
    /// It comes with the splice of this number, from this byte of it on.
    Comes { disk: usize, splice: usize, offset: usize, length: usize },
}

impl Merge<'_> {
    /// Carries out the file's changes between two regions.
    fn carry(&mut self, base: Range<usize>, disk: Range<usize>) {
        let changes: Vec<Gap> = self
            .changes
            .iter()
            .filter(|it| base.start <= it.old.start && it.old.end <= base.end)
            .map(|it| {
                // An insertion at the edge of a region may belong to it in part.
                let start = it.new.start.clamp(disk.start, disk.end);
                let end = it.new.end.clamp(disk.start, disk.end);
                Gap { old: it.old.clone(), new: start..end }
            })
            .filter(|it| !it.old.is_empty() || !it.new.is_empty())
            .collect();
        for change in changes {
            if let Some(document) = self.done(&change) {
                let (disk, length) = (change.new.start, change.new.len());
                self.shared.push(Shared::There { disk, document, length });
                continue;
            }
            if !self.insert_beside(&change) {
                self.change(&change);
            }
        }
    }

    /// Where somebody typed lines that the file has in the same place among others, as Git has when it
    /// puts back what it took out: only the others come. `false`: there are none.
    fn insert_beside(&mut self, change: &Gap) -> bool {
        let is_there = |it: &&Gap| it.old == change.old && !it.new.is_empty();
        let typed = self.typed.iter().find(is_there).filter(|_| change.old.is_empty());
        let Some(Gap { new: typed, .. }) = typed.cloned() else { return false };
        let texts = self.texts;
        let common = lines::common(&texts.document[typed.clone()], &texts.disk[change.new.clone()]);
        let mut disk = change.new.start;
        for run in &common {
            let (document, there) = (typed.start + run.old, change.new.start + run.new);
            self.insert(document, disk..there);
            self.shared.push(Shared::There { disk: there, document, length: run.length });
            disk = there + run.length;
        }
        if !common.is_empty() {
            self.insert(typed.end, disk..change.new.end);
        }
        !common.is_empty()
    }

    /// Words are replaced as a whole: one whose letters come from both sides would be nobody's word,
    /// and what a person does to it at this moment is not here yet.
    fn change(&mut self, change: &Gap) {
        let gone = self.to_document.surviving(change.old.clone());
        let at = gone.first().map_or_else(|| self.place(change), |it| it.start);
        self.insert(at, change.new.clone());
        for range in gone {
            self.replace(range, "");
        }
    }

    /// Where the document has what the change would bring, when somebody typed the same.
    fn done(&self, change: &Gap) -> Option<usize> {
        let base = &change.old;
        let inside = |it: &&Gap| base.start <= it.old.start && it.old.end <= base.end;
        let typed = self.typed.iter().filter(inside).map(|it| it.new.clone());
        let reach = typed
            .chain(self.to_document.surviving(base.clone()))
            .reduce(|one, two| one.start.min(two.start)..one.end.max(two.end))?;
        (self.texts.document[reach.clone()] == self.texts.disk[change.new.clone()])
            .then_some(reach.start)
    }

    /// Where in the document a change goes of which nothing old survives.
    fn place(&self, change: &Gap) -> usize {
        let at = change.old.start;
        let touches = |it: &&Gap| it.old.start <= at && at <= it.old.end;
        let Some(typed) = self.typed.iter().find(touches) else { return self.position(at) };
        if at < typed.old.end {
            return typed.new.start;
        }
        if !typed.old.is_empty() {
            return typed.new.end;
        }
        let (text, document) = (&self.texts.disk[change.new.clone()], self.texts.document);
        // Whole lines go above a line that somebody types, and never into it.
        let is_above = text.ends_with('\n') && starts_line(document, typed.new.start);
        let sticks = |one: &str, two: &str| {
            one.ends_with(char::is_alphanumeric) && two.starts_with(char::is_alphanumeric)
        };
        let sticks_below = sticks(&document[typed.new.clone()], text);
        let sticks_above = sticks(text, &document[typed.new.clone()]);
        if is_above || (sticks_below && !sticks_above) { typed.new.start } else { typed.new.end }
    }

    /// Where the document has the place `at` of the base, when nothing was typed there.
    fn position(&self, at: usize) -> usize {
        let runs = self.to_document.runs();
        let index = runs.partition_point(|it| it.old + it.length < at);
        runs.get(index).map_or(self.texts.document.len(), |it| it.new + at.saturating_sub(it.old))
    }

    /// Brings a stretch of the disk's text into the document.
    fn insert(&mut self, at: usize, disk: Range<usize>) {
        let text = self.texts.disk[disk.clone()].to_owned();
        let at = self.splices.last().map_or(at, |it| it.at.end.max(at));
        let length = text.len();
        if let Some((splice, offset)) = self.replace(at..at, &text) {
            self.shared.push(Shared::Comes { disk: disk.start, splice, offset, length });
        }
    }

    /// Adds a replacement; one that continues the last is part of it. Answers where the text is.
    fn replace(&mut self, at: Range<usize>, text: &str) -> Option<(usize, usize)> {
        if at.is_empty() && text.is_empty() {
            return None;
        }
        let count = self.splices.len();
        if let Some(last) = self.splices.last_mut() {
            assert!(last.at.end <= at.start, "a merge goes from left to right");
            if last.at.end == at.start && self.fence < count {
                let offset = last.text.len();
                last.text.push_str(text);
                last.at.end = at.end;
                return Some((self.splices.len() - 1, offset));
            }
        }
        self.splices.push(Splice { at, text: text.to_owned() });
        Some((self.splices.len() - 1, 0))
    }

    fn finish(self, regions: &[Region]) -> Plan {
        let texts = self.texts;
        let kept = Alignment::of_splices(texts.document.len(), &self.splices);
        let starts = starts(&self.splices);
        let from_disk = self.to_disk.inverted().then(self.to_document).then(&kept);
        let mut runs: Vec<Run> =
            from_disk.runs().iter().flat_map(|it| outside(*it, regions)).collect();
        for shared in &self.shared {
            match *shared {
                Shared::Comes { disk, splice, offset, length } => {
                    runs.push(Run { old: disk, new: starts[splice] + offset, length });
                }
                Shared::There { disk, document, length } => {
                    let run = Run { old: disk, new: document, length };
                    let there = Alignment::new([run], texts.disk.len(), texts.document.len());
                    runs.extend_from_slice(there.then(&kept).runs());
                }
            }
        }
        let to_document = ordered(runs, texts.disk.len(), kept.new_length());
        let after = |(it, made): (Conflict, Range<usize>)| {
            let start = shifted(it.at.start, &self.splices[..made.start]);
            let end = shifted(it.at.end, &self.splices[..made.end]);
            Conflict { at: start..end, ..it }
        };
        let conflicts = self.conflicts.into_iter().map(after).collect();
        Plan { splices: self.splices, to_document, conflicts }
    }
}

/// Where each splice's text begins after all of them.
fn starts(splices: &[Splice]) -> Vec<usize> {
    let (mut starts, mut removed, mut added) = (Vec::with_capacity(splices.len()), 0, 0);
    for splice in splices {
        starts.push(splice.at.start + added - removed);
        removed += splice.at.len();
        added += splice.text.len();
    }
    starts
}

/// Where a place of the document behind all of these splices is after them.
fn shifted(at: usize, splices: &[Splice]) -> usize {
    let removed: usize = splices.iter().map(|it| it.at.len()).sum();
    let added: usize = splices.iter().map(|it| it.text.len()).sum();
    at + added - removed
}

/// What of a run lies outside of the regions' stretches of the disk.
fn outside(run: Run, regions: &[Region]) -> Vec<Run> {
    let mut parts = Vec::new();
    let (mut at, end) = (run.old, run.old + run.length);
    let part = |from: usize, to: usize| Run {
        old: from,
        new: run.new + (from - run.old),
        length: to.saturating_sub(from),
    };
    for region in regions {
        parts.push(part(at, region.disk.start.min(end)));
        at = at.max(region.disk.end);
        if end <= at {
            break;
        }
    }
    if at < end {
        parts.push(part(at, end));
    }
    parts.retain(|it| 0 < it.length);
    parts
}

/// An alignment of runs in any order; what crosses another run is left out.
fn ordered(mut runs: Vec<Run>, old_length: usize, new_length: usize) -> Alignment {
    runs.sort_by_key(|it| (it.old, it.new));
    let mut clean: Vec<Run> = Vec::with_capacity(runs.len());
    for run in runs {
        let fits = clean
            .last()
            .is_none_or(|it| it.old + it.length <= run.old && it.new + it.length <= run.new);
        debug_assert!(fits, "the stretches of a merge are in order");
        if fits && 0 < run.length {
            clean.push(run);
        }
    }
    Alignment::new(clean, old_length, new_length)
}

#[cfg(test)]
mod tests;
