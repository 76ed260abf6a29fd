//! Secrets in streams that are cut anywhere.

use super::*;

const SECRET: &str = "hunter2-hunter3";

fn filter(secrets: &[&str]) -> Filter {
    Filter::new(Needles::of(secrets.iter().copied()))
}

/// Everything that comes out, with what is held back at the end.
fn through(secrets: &[&str], pieces: &[&[u8]]) -> String {
    let mut filter = filter(secrets);
    let mut out: Vec<u8> = pieces.iter().flat_map(|it| filter.feed(it)).collect();
    out.extend(filter.release());
    String::from_utf8(out).unwrap()
}

/// What is left of a text wherever it is cut, twice.
#[track_caller]
fn check(secrets: &[&str], text: &str, expected: &str) {
    let bytes = text.as_bytes();
    assert_eq!(expected.len(), text.len(), "offsets stay what they are");
    for first in 0..=bytes.len() {
        for second in first..=bytes.len() {
            let pieces = [&bytes[..first], &bytes[first..second], &bytes[second..]];
            assert_eq!(through(secrets, &pieces), expected, "cut at {first} and {second}");
        }
    }
    let single: Vec<&[u8]> = bytes.chunks(1).collect();
    assert_eq!(through(secrets, &single), expected, "byte by byte");
}

#[test]
fn a_secret_is_masked_wherever_the_stream_is_cut() {
    check(&[SECRET], "KEY=hunter2-hunter3\r\n$ ", "KEY=***************\r\n$ ");
    check(&[SECRET], "hunter2-hunter2-hunter3!", "hunter2-***************!");
    check(&["abcabc", "bcabcd"], "xabcabcabcdx", "x**********x");
}

#[test]
fn a_coloured_secret_is_masked_and_its_colours_stay() {
    check(
        &[SECRET],
        "\x1b[01;31m\x1b[Khunter2\x1b[m\x1b[K-hun\x1b[4mter3\x1b[0m ok",
        "\x1b[01;31m\x1b[K*******\x1b[m\x1b[K****\x1b[4m****\x1b[0m ok",
    );
}

#[test]
fn titles_and_links_are_masked_apart_from_the_text_around_them() {
    check(
        &[SECRET],
        "hunter2\x1b]0;at hunter2-hunter3\x07-hunter3\x1b]8;;http://x/hunter2-hunter3\x1b\\go",
        "*******\x1b]0;at ***************\x07********\x1b]8;;http://x/***************\x1b\\go",
    );
}

#[test]
fn a_mask_is_as_long_and_as_wide_as_what_it_hides() {
    check(&["pä漢🙂–x"], "<pä漢🙂–x>", "<*·＊🔒•*>");
}

#[test]
fn what_is_no_secret_comes_out_as_it_was() {
    let text = "\x1b]7832;launch\x07hunter2-hunterx \x1b(B\x1b[1;2Hhunter2\r-hunter3\x1bPq\x1b\\ü";
    check(&[SECRET], text, text);
}

#[test]
fn a_beginning_is_held_back_until_it_is_known_what_it_is() {
    let mut filter = filter(&[SECRET]);
    assert_eq!(filter.feed(b"a hunter2"), b"a ");
    assert!(filter.is_holding());
    assert_eq!(filter.feed(b" b"), b"hunter2 b");
    assert!(!filter.is_holding() && !filter.is_mistaken());
}

#[test]
fn when_time_is_up_a_beginning_is_masked_and_its_end_too() {
    for cut in 1..SECRET.len() {
        let (one, two) = SECRET.as_bytes().split_at(cut);
        let mut filter = filter(&[SECRET]);
        assert_eq!(filter.feed(one), b"");
        let first = String::from_utf8(filter.release()).unwrap();
        assert!(cut <= REVEALED_BYTES_MAX || first.bytes().all(|it| it == b'*'), "{first}");
        assert_eq!(filter.feed(two), vec![b'*'; two.len()], "cut at {cut}");
        assert!(!filter.is_mistaken(), "cut at {cut}");
    }
}

#[test]
fn a_wrong_suspicion_is_known() {
    let mut filter = filter(&[SECRET]);
    assert_eq!(filter.feed(b"hunt"), b"");
    assert_eq!(filter.release(), b"****");
    assert_eq!(filter.feed(b"ing"), b"ing");
    assert!(filter.is_mistaken());
    let mut filter = self::filter(&[SECRET]);
    filter.resume(b"hunt");
    assert_eq!(filter.feed(b"er2-hunter3"), b"***********");
    assert!(!filter.is_mistaken());
    filter.resume(b"hunt");
    filter.feed(b"\n");
    assert!(filter.is_mistaken());
}

#[test]
fn no_more_is_held_back_than_a_bound() {
    let mut filter = filter(&[SECRET]);
    filter.feed(b"hunter2");
    for _ in 0..10_000 {
        filter.feed(b"\x1b[1m");
        assert!(filter.held.len() <= HELD_BYTES_MAX + 4);
    }
    assert_eq!(filter.feed(b"-hunter3 z"), b"******** z");
}
