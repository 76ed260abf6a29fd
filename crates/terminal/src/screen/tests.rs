//! Tests of the screen model on its own, and against the reference terminal.

mod oracle;
mod recordings;
mod soup;

use super::*;
use expect_test::{Expect, expect};

fn screen(cols: u16, rows: u16, output: &str) -> Screen {
    let mut screen = Screen::new(cols, rows);
    screen.feed(output.as_bytes());
    screen
}

fn check_text(output: &str, text: &Expect) {
    text.assert_eq(&screen(20, 4, output).text());
}

#[test]
fn text_joins_wrapped_rows_and_drops_blanks() {
    check_text(
        "one\r\n\r\nthe quick brown fox jumps over\r\nlast   \x1b[K\r\n",
        &expect![[r"
            one

            the quick brown fox jumps over
            last"]],
    );
}

#[test]
fn text_shows_the_alternate_screen_in_place_of_the_other() {
    check_text("shell\x1b[?1049h\x1b[Heditor", &expect!["editor"]);
    check_text("shell\x1b[?1049h\x1b[Heditor\x1b[?1049l", &expect!["shell"]);
}

#[test]
fn a_title_a_directory_a_bell_and_a_clipboard_write_are_told() {
    let mut screen = screen(
        20,
        4,
        "\x1b]0;vim\x07\x1b]7;file://host/work%20space/src\x1b\\\x07\x1b]52;c;aGVsbG8=\x07",
    );
    let events = screen.take_events();
    assert_eq!(events.title.as_deref(), Some("vim"));
    assert_eq!(events.working_directory.as_deref(), Some("/work space/src"));
    assert_eq!(events.clipboard.as_deref(), Some("hello"));
    assert!(events.bell);
    assert_eq!(screen.take_events(), Events::default());
}

#[test]
fn the_clipboard_is_never_read_and_takes_no_more_than_its_limit() {
    let mut screen = screen(20, 4, "\x1b]52;c;?\x07\x1b]52;c;not base64!\x07");
    let large = format!("\x1b]52;c;{}\x07", "QUFB".repeat(40_000));
    screen.feed(large.as_bytes());
    assert_eq!(screen.take_events(), Events::default());
}

#[test]
fn a_directory_must_be_an_absolute_path() {
    for url in ["relative", "http://host/x", "file:///a%0ab", "file://host"] {
        let mut screen = screen(20, 4, &format!("\x1b]7;{url}\x07"));
        assert_eq!(screen.take_events().working_directory, None, "{url}");
    }
}

#[test]
fn queries_are_answered() {
    for (query, answer) in [
        ("\x1b[c", "\x1b[?1;2c"),
        ("\x1b[>c", "\x1b[>0;276;0c"),
        ("\x1b[5n", "\x1b[0n"),
        ("ab\r\nc\x1b[6n", "\x1b[2;2R"),
        ("\x1b[?6n", "\x1b[?1;1R"),
        ("\x1b[?2004h\x1b[?2004$p", "\x1b[?2004;1$y"),
        ("\x1b[?2026$p", "\x1b[?2026;2$y"),
        ("\x1b[?31$p", "\x1b[?31;0$y"),
        ("\x1b[4$p", "\x1b[4;2$y"),
        ("\x1b]11;?\x07", "\x1b]11;rgb:0000/0000/0000\x1b\\"),
        ("\x1b]10;#fff\x07\x1b]10;?\x07", "\x1b]10;rgb:f0f0/f0f0/f0f0\x1b\\"),
        ("\x1b]4;196;?\x07", "\x1b]4;196;rgb:ffff/0000/0000\x1b\\"),
        ("\x1b[18t", "\x1b[8;4;20t"),
        ("\x1b[2;3r\x1bP$qr\x1b\\", "\x1bP1$r2;3r\x1b\\"),
        ("\x1b[>0q", "\x1bP>|xterm.js(6.0.0)\x1b\\"),
        ("\x1bP+q544e\x1b\\", ""),
        ("\x1b[?u", ""),
        ("\x1b[21t", ""),
    ] {
        let replies = screen(20, 4, query).take_events().replies;
        assert_eq!(String::from_utf8_lossy(&replies), answer, "{query:?}");
    }
}

#[test]
fn a_program_that_only_asks_does_not_fill_the_memory() {
    let mut screen = screen(20, 4, &"\x1b[c".repeat(100_000));
    assert!(screen.take_events().replies.len() <= 16 << 10);
}

#[test]
fn the_scrollback_is_bounded() {
    let mut screen = Screen::new(80, 24);
    for n in 0..10_000 {
        screen.feed(format!("line {n}\r\n").as_bytes());
    }
    assert_eq!(screen.state.normal.lines.len(), SCROLLBACK_ROWS + 24);
    assert!(screen.text().starts_with("line 7977\n"), "{}", &screen.text()[..40]);
}

#[test]
fn what_no_cell_uses_any_more_is_forgotten() {
    let mut screen = Screen::new(80, 2);
    for n in 0..50_000 {
        screen.feed(
            format!("\x1b[H\x1b[4:3m\x1b[58:2::{}:{}:0mx\u{301}", n % 256, n / 256).as_bytes(),
        );
        screen.feed(format!("\x1b]8;;http://host/{n}\x07link\x1b]8;;\x07").as_bytes());
    }
    let state = &mut screen.state;
    assert!(state.extras.number(&Extra { underline: 9, ..Extra::default() }) < 10_000);
}

#[test]
fn a_sequence_may_be_cut_anywhere() {
    let output = "a\x1b[31mb\x1b]2;title\x1b\\c\u{1F389}é\x1b[1;2H\x1bP$qm\x1b\\d\x1b(0q\x1b(B";
    let mut whole = Screen::new(20, 4);
    whole.feed(output.as_bytes());
    for cut in 0..output.len() {
        let mut parts = Screen::new(20, 4);
        parts.feed(&output.as_bytes()[..cut]);
        parts.feed(&output.as_bytes()[cut..]);
        assert_eq!(parts.serialize(), whole.serialize(), "cut at {cut}");
        let mut copy = Screen::new(20, 4);
        let mut first = Screen::new(20, 4);
        first.feed(&output.as_bytes()[..cut]);
        copy.feed(&first.serialize());
        copy.feed(&output.as_bytes()[cut - first.incomplete()..]);
        assert_eq!(copy.serialize(), whole.serialize(), "served at {cut}");
    }
}

#[test]
fn a_long_unfinished_string_takes_bounded_memory() {
    let mut screen = screen(20, 4, "\x1b]2;");
    for _ in 0..100 {
        screen.feed(&vec![b'x'; 64 << 10]);
    }
    assert!(screen.serialize().len() < 300 << 10);
    screen.feed(b"\x07after");
    assert_eq!(screen.text(), "after");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 200, ..Default::default() })]

    #[test]
    fn no_bytes_break_the_model(
        bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..600),
        cols in 2u16..40,
        rows in 1u16..12,
        then in (2u16..40, 1u16..12),
    ) {
        let mut screen = Screen::new(cols, rows);
        screen.feed(&bytes);
        screen.resize(then.0, then.1);
        screen.feed(&bytes);
        screen.serialize();
        screen.text();
    }

    #[test]
    fn no_sequences_break_the_model(
        seeds in proptest::collection::vec(proptest::prelude::any::<u64>(), 1..6),
        cols in 2u16..40,
        rows in 1u16..12,
    ) {
        let mut screen = Screen::new(cols, rows);
        for (n, seed) in seeds.iter().enumerate() {
            screen.feed(soup::wild(*seed).as_bytes());
            screen.resize(cols + u16::try_from(n).unwrap() * 3, rows);
            screen.serialize();
            screen.text();
        }
    }
}
