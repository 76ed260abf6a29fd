//! What changed between two texts: lines first, then words within the lines that changed.

mod words;

use crate::align::{Alignment, Run};
use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};
use std::time::Instant;

/// Aligns `new` with `old`. After the deadline what is left counts as replaced.
pub fn align(old: &str, new: &str, deadline: Option<Instant>) -> Alignment {
    let (mut builder, old_middle, new_middle, suffix) = trim_lines(old, new);
    let old_lines: Vec<&str> = old_middle.split_inclusive('\n').collect();
    let new_lines: Vec<&str> = new_middle.split_inclusive('\n').collect();
    let ops = capture_diff_slices_deadline(Algorithm::Patience, &old_lines, &new_lines, deadline);
    for op in ops {
        let (old_range, new_range) = (op.old_range(), op.new_range());
        let length = |lines: &[&str]| lines.iter().map(|it| it.len()).sum::<usize>();
        let old_length = length(&old_lines[old_range.clone()]);
        let new_length = length(&new_lines[new_range.clone()]);
        match op {
            DiffOp::Equal { .. } => builder.keep(old_length),
            DiffOp::Delete { .. } | DiffOp::Insert { .. } => {
                builder.replace(old_length, new_length);
            }
            DiffOp::Replace { .. } => {
                let old = &old[builder.old..builder.old + old_length];
                let new = &new[builder.new..builder.new + new_length];
                words::align(&mut builder, old, new, deadline);
            }
        }
    }
    builder.keep(suffix);
    Alignment::new(builder.runs, old.len(), new.len())
}

/// Collects runs from left to right.
struct Builder {
    runs: Vec<Run>,
    old: usize,
    new: usize,
}

impl Builder {
    fn keep(&mut self, length: usize) {
        self.runs.push(Run { old: self.old, new: self.new, length });
        self.replace(length, length);
    }

    fn replace(&mut self, old: usize, new: usize) {
        self.old += old;
        self.new += new;
    }
}

/// Takes off the whole lines that both texts begin and end with: most edits are small, and their
/// texts are not.
fn trim_lines<'a>(old: &'a str, new: &'a str) -> (Builder, &'a str, &'a str, usize) {
    let prefix = common_prefix(old, new);
    let is_whole = |at: usize, text: &str| at == text.len() || text[..at].ends_with('\n');
    let prefix = if is_whole(prefix, old) && is_whole(prefix, new) {
        prefix
    } else {
        old[..prefix].rfind('\n').map_or(0, |it| it + 1)
    };
    let (old_rest, new_rest) = (&old[prefix..], &new[prefix..]);
    let mut suffix = common_suffix(old_rest, new_rest);
    // The rest must begin at the beginning of a line on both sides.
    let starts_line = |rest: &str, suffix: usize| {
        let at = rest.len() - suffix;
        at == 0 || rest[..at].ends_with('\n')
    };
    while 0 < suffix && !(starts_line(old_rest, suffix) && starts_line(new_rest, suffix)) {
        let tail = &old_rest[old_rest.len() - suffix..];
        suffix = tail.find('\n').map_or(0, |it| suffix - it - 1);
    }
    let mut builder = Builder { runs: Vec::new(), old: 0, new: 0 };
    builder.keep(prefix);
    let old_middle = &old_rest[..old_rest.len() - suffix];
    let new_middle = &new_rest[..new_rest.len() - suffix];
    (builder, old_middle, new_middle, suffix)
}

/// Bytes of the characters that both begin with.
pub(crate) fn common_prefix(one: &str, two: &str) -> usize {
    let same = one.bytes().zip(two.bytes()).take_while(|(one, two)| one == two).count();
    (0..=same).rev().find(|it| one.is_char_boundary(*it)).unwrap_or(0)
}

/// Bytes of the characters that both end with.
pub(crate) fn common_suffix(one: &str, two: &str) -> usize {
    let same = one.bytes().rev().zip(two.bytes().rev()).take_while(|(one, two)| one == two).count();
    let is_boundary = |it: &usize| one.is_char_boundary(one.len() - it);
    (0..=same).rev().find(is_boundary).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::align::apply;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    fn check(old: &str, new: &str, expected: &Expect) {
        let alignment = align(old, new, None);
        let gaps: Vec<String> = alignment
            .gaps()
            .into_iter()
            .map(|it| format!("{:?}->{:?}", &old[it.old], &new[it.new]))
            .collect();
        expected.assert_eq(&gaps.join(" "));
    }

    #[test]
    fn lines_then_words() {
        check("a\nb\nc\n", "a\nB\nc\n", &expect![[r#""b"->"B""#]]);
        check("a\nb\n", "a\nx\nb\n", &expect![[r#"""->"x\n""#]]);
        check("let x = 17;\n", "let x = 18;\n", &expect![[r#""17"->"18""#]]);
        check("a", "a\nb", &expect![[r#"""->"\nb""#]]);
        check("foo bar baz\n", "one two three\n", &expect![[r#""foo bar baz"->"one two three""#]]);
        check("x\n    y\n", "x\n        y\n", &expect![[r#""    "->"        ""#]]);
        check("", "a\n", &expect![[r#"""->"a\n""#]]);
        check("k30z\nb11z \n", "k36z k30z\nk37z\n", &expect![[r#"""->"k36z " "b11z "->"k37z""#]]);
        check("a\na\na\n", "a\na\n", &expect![[r#""a\n"->"""#]]);
        check("naïve ä", "naïve ö", &expect![[r#""ä"->"ö""#]]);
    }

    proptest! {
        #[test]
        fn an_alignment_makes_the_new_text(old in "[ab\n é]{0,40}", new in "[ab\n é]{0,40}") {
            let alignment = align(&old, &new, None);
            prop_assert_eq!(apply(&old, &alignment.splices(&new)), new.as_str());
            for run in alignment.runs() {
                prop_assert_eq!(
                    &old[run.old..run.old + run.length],
                    &new[run.new..run.new + run.length]
                );
            }
        }
    }
}
