//! Two stretches of text, word by word.

use super::Builder;
use crate::align::Run;
use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};
use std::time::Instant;

/// Changed stretches with more words than this are not looked at word by word.
const WORDS_MAX: usize = 20_000;
/// Pairs of words that are all compared: some milliseconds, and 4 MB for that long.
const CELLS_MAX: usize = 500_000;
/// What a letter weighs, beside a blank of 2 and [`JOINED`].
const LETTER: u32 = 8;
/// What it weighs that two words stand side by side in both texts.
const JOINED: u32 = 1;
/// Letters of one word that count, so that weights can be added up.
const LETTERS_MAX: u32 = 64;

/// Aligns a changed stretch, after which the builder goes on.
pub(super) fn align(builder: &mut Builder, old: &str, new: &str, deadline: Option<Instant>) {
    let (old_words, new_words) = (tokens(old), tokens(new));
    if WORDS_MAX < old_words.len() + new_words.len() {
        builder.replace(old.len(), new.len());
        return;
    }
    let is_late = deadline.is_some_and(|it| it <= Instant::now());
    let kept = if !is_late && old_words.len() * new_words.len() <= CELLS_MAX {
        heaviest(&old_words, &new_words)
    } else {
        patient(&old_words, &new_words, deadline)
    };
    let bytes = |words: &[&str]| words.iter().map(|it| it.len()).sum::<usize>();
    let (mut row, mut column) = (0, 0);
    for (index, it) in kept.iter().enumerate() {
        let gap = (&old_words[row..it.old], &new_words[column..it.new]);
        builder.replace(bytes(gap.0), bytes(gap.1));
        let words = &old_words[it.old..it.old + it.length];
        (row, column) = (it.old + it.length, it.new + it.length);
        let next =
            kept.get(index + 1).map_or((old_words.len(), new_words.len()), |it| (it.old, it.new));
        // A blank or a comma between two words that were replaced is no common ground.
        let is_chance = !gap.0.is_empty()
            && !gap.1.is_empty()
            && row < next.0
            && column < next.1
            && !words.iter().any(|it| it.contains(|it: char| it == '\n' || it.is_alphanumeric()));
        let length = bytes(words);
        if is_chance {
            builder.replace(length, length);
        } else {
            builder.keep(length);
        }
    }
    builder.replace(bytes(&old_words[row..]), bytes(&new_words[column..]));
}

/// What two lists of words have in common, in runs of words.
fn patient(old: &[&str], new: &[&str], deadline: Option<Instant>) -> Vec<Run> {
    let ops = capture_diff_slices_deadline(Algorithm::Patience, old, new, deadline);
    let equal = ops.iter().filter(|it| matches!(it, DiffOp::Equal { .. }));
    equal
        .map(|it| Run {
            old: it.old_range().start,
            new: it.new_range().start,
            length: it.old_range().len(),
        })
        .collect()
}

/// The same, so that as many letters as can be are common, in as few pieces as can be: a blank that
/// is the same in both tells nothing while a word does.
fn heaviest(old: &[&str], new: &[&str]) -> Vec<Run> {
    let width = new.len() + 1;
    // The most that the words from a place on weigh: all of them, and those that begin with this pair.
    let mut best = vec![0_u32; width * (old.len() + 1)];
    let mut pairs = vec![0_u32; width * (old.len() + 1)];
    for row in (0..old.len()).rev() {
        for column in (0..new.len()).rev() {
            let (at, after) = (row * width + column, (row + 1) * width + column + 1);
            if old[row] == new[column] {
                let joined = if pairs[after] == 0 { 0 } else { pairs[after] + JOINED };
                pairs[at] = weight(old[row]) + best[after].max(joined);
            }
            best[at] = pairs[at].max(best[at + 1]).max(best[at + width]);
        }
    }
    let mut runs: Vec<Run> = Vec::new();
    let (mut row, mut column, mut continues) = (0, 0, false);
    while row < old.len() && column < new.len() {
        let at = row * width + column;
        let joined = if continues { JOINED } else { 0 };
        if pairs[at] != 0 && best[at] <= pairs[at] + joined {
            match runs.last_mut() {
                Some(last) if continues => last.length += 1,
                _ => runs.push(Run { old: row, new: column, length: 1 }),
            }
            (row, column, continues) = (row + 1, column + 1, true);
        } else {
            continues = false;
            if best[at + 1] == best[at] { column += 1 } else { row += 1 }
        }
    }
    runs
}

/// What it tells that a word is in two texts.
fn weight(word: &str) -> u32 {
    let letters = word.chars().filter(|it| it.is_alphanumeric()).count();
    u32::try_from(letters).unwrap_or(u32::MAX / 2).min(LETTERS_MAX) * LETTER + 2
}

/// Cuts a text into words, stretches of blanks, line ends, and single other characters. Scripts that
/// are written without blanks are cut into characters.
fn tokens(text: &str) -> Vec<&str> {
    #[derive(PartialEq, Eq)]
    enum Kind {
        Word,
        Blank,
        Other,
    }
    let kind = |it: char| match it {
        '\n' | '\r' | '\u{2e80}'..='\u{d7ff}' | '\u{20000}'..='\u{3ffff}' => Kind::Other,
        it if it.is_alphanumeric() || it == '_' => Kind::Word,
        it if it.is_whitespace() => Kind::Blank,
        _ => Kind::Other,
    };
    let mut tokens = Vec::new();
    let mut start = 0;
    let mut current = Kind::Other;
    for (at, character) in text.char_indices() {
        let next = kind(character);
        if start < at && (next != current || next == Kind::Other) {
            tokens.push(&text[start..at]);
            start = at;
        }
        current = next;
    }
    if start < text.len() {
        tokens.push(&text[start..]);
    }
    tokens
}
