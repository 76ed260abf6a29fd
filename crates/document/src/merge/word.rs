//! Words that a program changed in part while somebody typed elsewhere in them.
//!
//! A changed word counts as replaced as a whole, because one made of letters of both sides would be
//! nobody's. But who types right before or after a word, and has not come to the blank, has made one
//! word of both when the file is written; a program that changes the old one then changes both.

use super::Texts;
use crate::align::{Alignment, Gap, Run};
use crate::diff::{common_prefix, common_suffix};

/// `to_disk` with the ends that changed words keep, where everything that was typed in such a word lies
/// within those ends, with a letter on either side. `None`: there is no such word.
pub(super) fn keep_ends(texts: Texts<'_>, typed: &[Gap], to_disk: &Alignment) -> Option<Alignment> {
    let mut ends = Vec::new();
    // Both lists are in order.
    let mut first = 0;
    for change in to_disk.gaps() {
        while typed.get(first).is_some_and(|it| it.old.end <= change.old.start) {
            first += 1;
        }
        let meets = |it: &&Gap| it.old.start < change.old.end;
        let inside =
            typed[first..].iter().take_while(meets).filter(|it| change.old.start < it.old.end);
        let inside: Vec<&Gap> = inside.collect();
        if let Some(kept) = kept(texts, &inside, &change) {
            ends.extend(kept);
        }
    }
    if ends.is_empty() {
        return None;
    }
    ends.extend_from_slice(to_disk.runs());
    ends.sort_by_key(|it| it.old);
    Some(Alignment::new(ends, to_disk.old_length(), to_disk.new_length()))
}

/// What a changed word keeps, when everything that was typed in it is in there.
fn kept(texts: Texts<'_>, typed: &[&Gap], change: &Gap) -> Option<[Run; 2]> {
    let (old, new) = (&texts.base[change.old.clone()], &texts.disk[change.new.clone()]);
    let is_word = |it: &str| it.chars().all(|it| it.is_alphanumeric() || it == '_');
    if typed.is_empty() || !is_word(old) || !is_word(new) {
        return None;
    }
    let prefix = common_prefix(old, new);
    let suffix = common_suffix(&old[prefix..], &new[prefix..]);
    // Two words may begin alike by chance.
    if 2 * (prefix + suffix) < old.len().max(new.len()) {
        return None;
    }
    let changed = change.old.start + prefix..change.old.end - suffix;
    let is_apart = |it: &&Gap| it.old.end < changed.start || changed.end < it.old.start;
    typed.iter().all(is_apart).then(|| {
        [
            Run { old: change.old.start, new: change.new.start, length: prefix },
            Run { old: changed.end, new: change.new.end - suffix, length: suffix },
        ]
    })
}
