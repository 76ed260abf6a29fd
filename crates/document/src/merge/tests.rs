//! Merges of small texts, and that no text is lost or doubled in random ones.

use super::*;
use crate::align::apply;
use crate::diff;
use expect_test::{Expect, expect};
use proptest::prelude::*;
use std::fmt::Write;

fn merge(base: &str, document: &str, disk: &str) -> (String, Plan) {
    let texts = Texts { base, disk, document };
    let to_document = diff::align(base, document, None);
    let plan = plan(texts, &to_document, &diff::align(base, disk, None));
    let merged = apply(document, &plan.splices);
    for run in plan.to_document.runs() {
        let (old, new) = (run.old..run.old + run.length, run.new..run.new + run.length);
        assert_eq!(disk[old], merged[new], "the alignment of the result");
    }
    assert_eq!(plan.to_document.new_length(), merged.len());
    assert!(document != base || plan.to_document.is_identity(), "nothing was typed");
    (merged, plan)
}

fn check(base: &str, document: &str, disk: &str, expected: &Expect) {
    let (merged, plan) = merge(base, document, disk);
    let mut shown = format!("{merged:?}");
    for conflict in &plan.conflicts {
        shown.push_str(" conflict at ");
        write!(shown, "{:?}", &merged[conflict.at.clone()]).unwrap();
    }
    expected.assert_eq(&shown);
}

#[test]
fn one_side_alone_is_taken_as_it_is() {
    check("a\nb\n", "a\nb\n", "a\nB\n", &expect![[r#""a\nB\n""#]]);
    check("a\nb\n", "a\nx b\n", "a\nb\n", &expect![[r#""a\nx b\n""#]]);
    check("a\nb\n", "a\nb\n", "", &expect![[r#""""#]]);
    check("", "", "a\n", &expect![[r#""a\n""#]]);
}

#[test]
fn changes_that_do_not_meet_are_both_there() {
    check("a\nb\nc\n", "a!\nb\nc\n", "a\nb\nC\n", &expect![[r#""a!\nb\nC\n""#]]);
    check(
        "let x = 17;\n",
        "let x = 17; // y\n",
        "let x = 18;\n",
        &expect![[r#""let x = 18; // y\n""#]],
    );
    check("f(a)\n", "f(a, b)\n", "    f(a)\n", &expect![[r#""    f(a, b)\n""#]]);
    check("a b c\n", "a b\n", "A b c\n", &expect![[r#""A b\n""#]]);
}

/// Somebody may be in the middle of a word there.
#[test]
fn what_all_three_have_stays_what_it_is_in_a_conflict() {
    let base = "b1z b2z b3z b4z \nk12z b5z b7z b8z c\n";
    let document = "b1z b2z b3z c19z b4z \nk12z b5z b7z c\n";
    let disk = "k24z\nk23z k12z b5z b7z b8z c\n";
    let (merged, plan) = merge(base, document, disk);
    assert_eq!(merged, "b1z b2z b3z c19z b4z \nk24z\nk23z k12z b5z b7z b8z c\n");
    assert_eq!(plan.conflicts.len(), 1);
    for word in ["b7z", "c\n"] {
        let at = document.rfind(word).unwrap();
        let kept = Alignment::of_splices(document.len(), &plan.splices);
        assert_eq!(kept.surviving(at..at + word.len()).len(), 1, "{word}");
    }
}

#[test]
fn what_both_did_alike_is_there_once() {
    check("a\n", "a\nx\n", "a\nx\n", &expect![[r#""a\nx\n""#]]);
    check("a 17\n", "a 18\n", "a 18\n", &expect![[r#""a 18\n""#]]);
    check("a\nb\n", "a\n", "a\n", &expect![[r#""a\n""#]]);
    check("a\nb\nc\n", "A\nb\nc\n", "A\nb\nC\n", &expect![[r#""A\nb\nC\n""#]]);
}

#[test]
fn lines_that_both_put_in_the_same_place_are_there_once() {
    let check = |typed: &str, disk: &str, expected: &Expect| {
        check("a\nb\n", &format!("a\n{typed}b\n"), &format!("a\n{disk}b\n"), expected);
    };
    check("one\n", "zero\none\ntwo\n", &expect![[r#""a\nzero\none\ntwo\nb\n""#]]);
    check("one\nmine\n", "zero\none\n", &expect![[r#""a\nzero\none\nmine\nb\n""#]]);
    check("mine\none\n", "one\ntwo\n", &expect![[r#""a\nmine\none\ntwo\nb\n""#]]);
    check("one two\n", "one\n", &expect![[r#""a\none\none two\nb\n""#]]);
    // Everybody's.
    check("mine\n}\n", "its\n}\n", &expect![[r#""a\nits\n}\nmine\n}\nb\n""#]]);
}

#[test]
fn whole_lines_go_above_a_line_that_is_being_typed() {
    check("a\n", "a\ntyping", "a\nagent\n", &expect![[r#""a\nagent\ntyping""#]]);
    check("a\nb\n", "a\ntypingb\n", "a\nagent\nb\n", &expect![[r#""a\nagent\ntypingb\n""#]]);
    check("a", "a typing", "a\nagent\n", &expect![[r#""a typing\nagent\n""#]]);
    check("a\n", "a\nmine\n", "a\nits\n", &expect![[r#""a\nits\nmine\n""#]]);
}

#[test]
fn a_line_that_both_rewrote_is_there_in_both_versions() {
    check(
        "x\nfoo bar\ny\n",
        "x\nfoo mine\ny\n",
        "x\nfoo its\ny\n",
        &expect![[r#""x\nfoo mine\nfoo its\ny\n" conflict at "foo mine\nfoo its\n""#]],
    );
    check(
        "foo bar",
        "foo mine",
        "foo its",
        &expect![[r#""foo mine\nfoo its" conflict at "foo mine\nfoo its""#]],
    );
    check(
        "the quick fox\n",
        "the quiXck fox\n",
        "a slow cat\n",
        &expect![[r#""the quiXck fox\na slow cat\n" conflict at "the quiXck fox\na slow cat\n""#]],
    );
}

#[test]
fn only_lines_that_were_typed_in_are_kept_beside_the_file_s() {
    check(
        "one\ntwo\nthree\nfour\n",
        "one\ntwX\nthree\nfour\n",
        "uno\ndos\ntres\ncuatro\n",
        &expect![[r#""uno\ntwX\ndos\ntres\ncuatro\n" conflict at "twX\ndos\n""#]],
    );
    check(
        "fn a() {\n  1\n  2\n}\nend\n",
        "fn a() {\n  1\n  2 + typed\n}\nend\n",
        "end\n",
        &expect![[r#""  2 + typed\nend\n" conflict at "  2 + typed\n""#]],
    );
    check(
        "a\nfoo bar\nb\n",
        "a\nfo\no mine bar\nb\n",
        "a\nits own\nb\n",
        &expect![[r#""a\nfo\no mine bar\nits own\nb\n" conflict at "fo\no mine bar\nits own\n""#]],
    );
}

#[test]
fn a_change_in_deleted_lines_comes_back_as_whole_lines() {
    check(
        "a\nx = 17\nb\n",
        "a\nb\n",
        "a\nx = 18\nb\n",
        &expect![[r#""a\nx = 18\nb\n" conflict at "x = 18\n""#]],
    );
    check("a\nb\nc\nd\n", "a\nd\n", "a\nb\nnew\nc\nd\n", &expect![[r#""a\nnew\nd\n""#]]);
}

#[test]
fn a_formatter_and_a_person_do_not_meet() {
    check(
        "fn a() {\nlet x=1;\nlet y=2;\n}\n",
        "fn a() {\nlet x=1; // one\nlet y=2;\n}\n",
        "fn a() {\n    let x = 1;\n    let y = 2;\n}\n",
        &expect![[r#""fn a() {\n    let x = 1; // one\n    let y = 2;\n}\n""#]],
    );
}

/// Who types right before a word has not come to the blank when the file is written, and the program
/// changes a word that is his and its own.
#[test]
fn a_word_is_changed_at_the_end_where_nobody_types() {
    let check = |base: &str, (at, text): (usize, &str), disk: &str, expected: &str| {
        let typed = [Splice { at: at..at, text: text.to_owned() }];
        let document = apply(base, &typed);
        let to_document = Alignment::of_splices(base.len(), &typed);
        let texts = Texts { base, disk, document: &document };
        let plan = plan(texts, &to_document, &diff::align(base, disk, None));
        let merged = apply(&document, &plan.splices);
        assert_eq!(merged, expected);
        for run in plan.to_document.runs() {
            let (old, new) = (run.old..run.old + run.length, run.new..run.new + run.length);
            assert_eq!(disk[old], merged[new], "the alignment of the result");
        }
        plan.conflicts.len()
    };
    let half = "has p1some5 words\n";
    assert_eq!(check(half, (6, "6. "), "has p1some6 words\n", "has p16. some6 words\n"), 0);
    assert_eq!(check(half, (6, "6"), "has p1some6 words\n", "has p16some6 words\n"), 0);
    assert_eq!(check("p1line5 a\n", (2, "\n"), "p1line6 a\n", "p1\nline6 a\n"), 0);
    assert_eq!(check("v5p1 a\n", (4, "2"), "v6p1 a\n", "v6p12 a\n"), 0);
    assert_eq!(check("naïve5\n", (5, "x"), "naïve6\n", "naïvxe6\n"), 0);
    // The letter beside it is another one, or most of the word is.
    assert_eq!(check("color\n", (4, "u"), "colon\n", "colour\ncolon\n"), 1);
    assert_eq!(check("camel\n", (1, "X"), "cattle\n", "cXamel\ncattle\n"), 1);
}

/// Texts of unique words, so that each can be found again: what changed, how and where.
#[derive(Clone, Debug)]
struct Edit {
    at: usize,
    remove: usize,
    insert: usize,
    newline: bool,
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let edit = (0..200_usize, 0..6_usize, 0..4_usize, any::<bool>());
    let edit = edit.prop_map(|(at, remove, insert, newline)| Edit { at, remove, insert, newline });
    proptest::collection::vec(edit, 0..5)
}

fn edited(base: &[String], edits: &[Edit], mark: &str) -> Vec<String> {
    let mut words = base.to_vec();
    for (index, edit) in edits.iter().enumerate() {
        let at = edit.at % (words.len() + 1);
        let end = (at + edit.remove).min(words.len());
        let new = (0..edit.insert).map(|it| {
            let end = if edit.newline { "\n" } else { " " };
            format!("{mark}{index}x{it}{end}")
        });
        words.splice(at..end, new.collect::<Vec<_>>());
    }
    words
}

/// Words that are side by side though each of them ended or began a line wherever it comes from.
fn joined(merged: &str, sides: [&str; 2]) -> Vec<(String, String)> {
    let has = |side: &&str, word: &str| side.contains(word);
    let ends = |word: &str, ended: &str| {
        let mut with = sides.into_iter().filter(|it| has(it, word)).peekable();
        with.peek().is_some() && with.all(|it| format!("\n{it}\n").contains(ended))
    };
    let is_joined = |it: &(&str, &str)| {
        ends(it.0, &format!("{}\n", it.0)) && ends(it.1, &format!("\n{}", it.1))
    };
    let pairs = merged.lines().flat_map(|line| {
        let words = line.split_whitespace();
        words.clone().zip(words.skip(1))
    });
    pairs.filter(is_joined).map(|it| (it.0.to_owned(), it.1.to_owned())).collect()
}

/// No word is part of another; two may touch where both sides deleted what was between them.
fn count(text: &str, word: &str) -> usize {
    text.matches(word.trim()).count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn nothing_is_lost_and_nothing_is_doubled(
        lines in proptest::collection::vec(1..5_usize, 0..12),
        typed in edits(),
        written in edits(),
    ) {
        let base: Vec<String> = lines
            .iter()
            .enumerate()
            .flat_map(|(row, words)| (0..*words).map(move |word| {
                let end = if word + 1 == *words { "\n" } else { " " };
                format!("b{row}x{word}{end}")
            }))
            .collect();
        let document = edited(&base, &typed, "d");
        let disk = edited(&base, &written, "k");
        let (merged, plan) = merge(&base.concat(), &document.concat(), &disk.concat());
        for word in document.iter().filter(|it| it.starts_with('d')) {
            prop_assert_eq!(count(&merged, word), 1, "typed {:?} in {:?}", word, merged);
        }
        for word in disk.iter().filter(|it| it.starts_with('k')) {
            prop_assert_eq!(count(&merged, word), 1, "written {:?} in {:?}", word, merged);
        }
        for word in &base {
            let both = document.contains(word) && disk.contains(word);
            let neither = !document.contains(word) && !disk.contains(word);
            let there = count(&merged, word);
            if plan.conflicts.is_empty() {
                prop_assert_eq!(there, usize::from(both), "{:?} in {:?}", word, merged);
            }
            if both {
                prop_assert!(1 <= there, "{:?} in {:?}", word, merged);
            }
            if neither {
                prop_assert_eq!(there, 0, "{:?} in {:?}", word, merged);
            }
            prop_assert!(there <= 2);
        }
        let sides = [document.concat(), disk.concat()];
        prop_assert_eq!(joined(&merged, [&sides[0], &sides[1]]), vec![], "in {:?}", merged);
        // Merging the same once more changes nothing.
        let texts = Texts { base: &disk.concat(), disk: &disk.concat(), document: &merged };
        let again = super::plan(texts, &plan.to_document, &Alignment::identity(texts.disk.len()));
        prop_assert_eq!(again.splices, vec![]);
    }
}
