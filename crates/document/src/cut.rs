//! A file whose writer was ended in the middle of it: what lacks at its end was not taken out.

use crate::align::{Alignment, Run, Splice};
use crate::bases::Choice;

/// What a file would be, had its writer come to the end.
pub(crate) struct Whole {
    pub(crate) text: String,
    /// From what the file is.
    pub(crate) from_disk: Alignment,
}

/// Puts after `disk` what the writer had in mind and had not come to, in `choice` too. A line that
/// he was in the middle of goes: nobody knows what it was to be, and the beginning of a word in it may
/// be a word that is far below. `None`: nothing lacks at the end.
pub(crate) fn whole(choice: &mut Choice, disk: &str) -> Option<Whole> {
    let length = disk.len();
    let disk = &disk[..disk.rfind('\n').map_or(0, |it| it + 1)];
    let within = |it: &Run| Run { length: it.length.min(disk.len().saturating_sub(it.new)), ..*it };
    let runs: Vec<Run> = choice.to_disk.runs().iter().map(within).collect();
    let known = known(&choice.text, &runs, disk);
    let (in_base, in_disk) =
        known.last().map_or((0, 0), |it| (it.old + it.length, it.new + it.length));
    // A line's end may have been taken for that of another line.
    let more = common(&choice.text[in_base..], &disk[in_disk..]);
    let again = Run { old: in_base, new: in_disk, length: more };
    let lacks = &choice.text[in_base + more..];
    if !lacks.contains(char::is_alphanumeric) {
        return None;
    }
    let text = format!("{disk}{lacks}");
    let tail = Run { old: in_base + more, new: disk.len(), length: lacks.len() };
    let runs = known.into_iter().chain([again, tail]);
    choice.to_disk = Alignment::new(runs, choice.text.len(), text.len());
    let added = Splice { at: disk.len()..length, text: lacks.to_owned() };
    Some(Whole { text, from_disk: Alignment::of_splices(length, &[added]) })
}

/// The runs up to the last whole word that both texts have: a blank, or a letter of another word, may
/// be alike by chance.
fn known(base: &str, runs: &[Run], disk: &str) -> Vec<Run> {
    let letter = char::is_alphanumeric;
    for (index, run) in runs.iter().enumerate().rev() {
        let (old_end, new_end) = (run.old + run.length, run.new + run.length);
        if run.length == 0 {
            continue;
        }
        let mut text = &disk[run.new..new_end];
        if base[old_end..].starts_with(letter) || disk[new_end..].starts_with(letter) {
            text = text.trim_end_matches(letter);
        }
        let mut whole = text;
        if base[..run.old].ends_with(letter) || disk[..run.new].ends_with(letter) {
            whole = text.trim_start_matches(letter);
        }
        if whole.contains(letter) {
            let mut known = runs[..=index].to_vec();
            known[index].length = text.len();
            return known;
        }
    }
    Vec::new()
}

/// Bytes of what is no letter that both begin with.
fn common(one: &str, two: &str) -> usize {
    let both = one.chars().zip(two.chars());
    both.take_while(|(one, two)| one == two && !one.is_alphanumeric())
        .map(|it| it.0.len_utf8())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff;

    /// What a file would be that had `base` and was left with `disk`; the same when nothing lacks.
    fn check(base: &str, disk: &str, whole_text: &str) {
        let to_document = Alignment::identity(base.len());
        let to_disk = diff::align(base, disk, None);
        let mut choice = Choice { text: base.into(), to_document, to_disk };
        let whole = whole(&mut choice, disk);
        let text = whole.as_ref().map_or(disk, |it| &it.text);
        assert_eq!(text, whole_text, "{base:?} and {disk:?}");
        if let Some(whole) = &whole {
            let splices = whole.from_disk.splices(text);
            assert_eq!(crate::align::apply(disk, &splices), text);
            let splices = choice.to_disk.splices(text);
            assert_eq!(crate::align::apply(base, &splices), text);
        }
    }

    #[test]
    fn what_lacks_at_the_end_comes_back() {
        check("one\ntwo\n", "", "one\ntwo\n");
        check("one\ntwo\n", "one\n", "one\ntwo\n");
        check("one\ntwo\n", "on", "one\ntwo\n");
        check("one\ntwo\n", "new\non", "new\none\ntwo\n");
        check("k11z\nk31z\n", "k11z\nk40z\nk31", "k11z\nk40z\nk31z\n");
        check("one two\nthree\n", "one ", "one two\nthree\n");
        check("größe\n", "gr", "größe\n");
        check("one\nc7z c21z\nthree\nc2\n", "one\nc7z c2", "one\nc7z c21z\nthree\nc2\n");
        check("return xyz;\nb\nreturn x;\n", "return x", "return xyz;\nb\nreturn x;\n");
        // In the middle, or with all of the end there, it was taken out.
        check("one\ntwo\nthree\n", "one\nthree\n", "one\nthree\n");
        check("one\n", "one\ntwo", "one\ntwo");
    }
}
