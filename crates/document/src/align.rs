//! Which stretches of one text are stretches of another, in order.
//!
//! An [`Alignment`] is what a diff finds and what an edit leaves. Alignments compose, so the place in
//! the document of something in the file is known exactly however many edits lie between the two.
//! Offsets and lengths are bytes.

use serde::{Deserialize, Serialize};
use std::ops::Range;

/// A stretch that both texts have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    pub old: usize,
    pub new: usize,
    pub length: usize,
}

/// What lies between two runs: `old` was replaced by `new`. Not both are empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    pub old: Range<usize>,
    pub new: Range<usize>,
}

/// One replacement in a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Splice {
    pub at: Range<usize>,
    pub text: String,
}

/// Runs in ascending order in both texts; runs that touch in both are one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alignment {
    runs: Vec<Run>,
    old_length: usize,
    new_length: usize,
}

impl Alignment {
    /// A text and itself.
    pub fn identity(length: usize) -> Self {
        let runs = vec![Run { old: 0, new: 0, length }];
        Self::new(runs, length, length)
    }

    /// # Panics
    /// When the runs are not in order or reach beyond a text: that is a defect of the caller.
    pub fn new(runs: impl IntoIterator<Item = Run>, old_length: usize, new_length: usize) -> Self {
        let mut made = Self { runs: Vec::new(), old_length, new_length };
        for run in runs {
            made.push(run);
        }
        if let Some(last) = made.runs.last() {
            assert!(last.old + last.length <= old_length, "a run reaches beyond the old text");
            assert!(last.new + last.length <= new_length, "a run reaches beyond the new text");
        }
        made
    }

    /// What `splices`, in ascending order, leave of a text of `length`.
    pub fn of_splices(length: usize, splices: &[Splice]) -> Self {
        let mut runs = Vec::with_capacity(splices.len() + 1);
        let (mut old, mut new) = (0, 0);
        for splice in splices {
            runs.push(Run { old, new, length: splice.at.start - old });
            new += splice.at.start - old + splice.text.len();
            old = splice.at.end;
        }
        runs.push(Run { old, new, length: length - old });
        new += length - old;
        Self::new(runs, length, new)
    }

    fn push(&mut self, run: Run) {
        if run.length == 0 {
            return;
        }
        if let Some(last) = self.runs.last_mut() {
            let (old, new) = (last.old + last.length, last.new + last.length);
            assert!(old <= run.old && new <= run.new, "runs are in order");
            if (old, new) == (run.old, run.new) {
                last.length += run.length;
                return;
            }
        }
        self.runs.push(run);
    }

    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    pub fn old_length(&self) -> usize {
        self.old_length
    }

    pub fn new_length(&self) -> usize {
        self.new_length
    }

    /// Whether the two texts are the same.
    pub fn is_identity(&self) -> bool {
        self.old_length == self.new_length
            && self.runs.iter().map(|it| it.length).sum::<usize>() == self.old_length
    }

    /// Bytes that are in one text only.
    pub fn cost(&self) -> usize {
        let shared: usize = self.runs.iter().map(|it| it.length).sum();
        (self.old_length - shared) + (self.new_length - shared)
    }

    /// From the old text of this one to the new text of `next`.
    pub fn then(&self, next: &Self) -> Self {
        debug_assert_eq!(self.new_length, next.old_length, "the text in the middle is one text");
        let mut runs = Vec::new();
        let (mut first, mut second) = (0, 0);
        while let (Some(a), Some(b)) = (self.runs.get(first), next.runs.get(second)) {
            let start = a.new.max(b.old);
            let end = (a.new + a.length).min(b.old + b.length);
            if start < end {
                runs.push(Run {
                    old: a.old + (start - a.new),
                    new: b.new + (start - b.old),
                    length: end - start,
                });
            }
            if a.new + a.length < b.old + b.length { first += 1 } else { second += 1 }
        }
        Self::new(runs, self.old_length, next.new_length)
    }

    /// From the new text to the old one.
    pub fn inverted(&self) -> Self {
        let runs = self.runs.iter().map(|it| Run { old: it.new, new: it.old, length: it.length });
        Self::new(runs, self.new_length, self.old_length)
    }

    /// What lies between the runs.
    pub fn gaps(&self) -> Vec<Gap> {
        let mut gaps = Vec::new();
        let (mut old, mut new) = (0, 0);
        let end = Run { old: self.old_length, new: self.new_length, length: 0 };
        for run in self.runs.iter().chain([&end]) {
            if old < run.old || new < run.new {
                gaps.push(Gap { old: old..run.old, new: new..run.new });
            }
            (old, new) = (run.old + run.length, run.new + run.length);
        }
        gaps
    }

    /// The replacements that make the new text out of the old one.
    pub fn splices(&self, new: &str) -> Vec<Splice> {
        let splice = |it: Gap| Splice { at: it.old, text: new[it.new].to_owned() };
        self.gaps().into_iter().map(splice).collect()
    }

    /// The stretches of `old` that are in the new text, as ranges of the new text.
    pub fn surviving(&self, old: Range<usize>) -> Vec<Range<usize>> {
        let first = self.runs.partition_point(|it| it.old + it.length <= old.start);
        let inside = self.runs[first..].iter().take_while(|it| it.old < old.end);
        inside
            .map(|it| {
                let start = it.old.max(old.start);
                let end = (it.old + it.length).min(old.end);
                it.new + (start - it.old)..it.new + (end - it.old)
            })
            .collect()
    }

    /// Whether the byte at `old` is in the new text.
    pub fn survives(&self, old: usize) -> bool {
        !self.surviving(old..old + 1).is_empty()
    }
}

/// Makes the new text: `splices` in ascending order, applied to `text`.
pub fn apply(text: &str, splices: &[Splice]) -> String {
    let added: usize = splices.iter().map(|it| it.text.len()).sum();
    let mut made = String::with_capacity(text.len() + added);
    let mut at = 0;
    for splice in splices {
        made.push_str(&text[at..splice.at.start]);
        made.push_str(&splice.text);
        at = splice.at.end;
    }
    made.push_str(&text[at..]);
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    fn splice(at: Range<usize>, text: &str) -> Splice {
        Splice { at, text: text.to_owned() }
    }

    #[test]
    fn two_edits_in_a_row_are_one_alignment() {
        let text = "one two three";
        let first = [splice(0..3, "1"), splice(4..4, "big ")];
        let middle = apply(text, &first);
        assert_eq!(middle, "1 big two three");
        let second = [splice(2..6, ""), splice(15..15, "!")];
        let end = apply(&middle, &second);
        assert_eq!(end, "1 two three!");
        let both = Alignment::of_splices(text.len(), &first)
            .then(&Alignment::of_splices(middle.len(), &second));
        assert_eq!(both.runs(), [Run { old: 3, new: 1, length: 10 }]);
        assert_eq!(apply(text, &both.splices(&end)), end);
        assert_eq!(apply(&end, &both.inverted().splices(text)), text);
        assert_eq!(both.cost(), 3 + 2);
    }

    #[test]
    fn what_survives_is_found() {
        let alignment = Alignment::of_splices(6, &[splice(2..4, "xyz")]);
        assert_eq!(alignment.surviving(1..5), [1..2, 5..6]);
        assert_eq!(alignment.surviving(2..4), Vec::<Range<usize>>::new());
        assert!(alignment.survives(0) && !alignment.survives(3));
        assert!(Alignment::identity(4).is_identity());
    }
}
