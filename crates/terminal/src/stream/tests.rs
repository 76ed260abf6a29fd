//! Resuming a stream: what a client that comes back is given.

use super::*;
use expect_test::{Expect, expect};

const EXIT: Exit = Exit { code: Some(0), signal: None };

fn id(n: u128) -> TerminalId {
    TerminalId::from_random(n)
}

fn stream() -> Stream {
    Stream::new(id(1), "main".to_owned(), Size { cols: 20, rows: 4 }, true)
}

/// Everything that a client gets now, one frame a line; screens without their bytes.
fn drain(stream: &mut Stream, cursor: &mut Cursor) -> String {
    let mut lines = Vec::new();
    while let Some(frame) = stream.next(cursor) {
        lines.push(match frame {
            Frame::Output { offset, bytes } => {
                format!("{offset}: {}", bytes.escape_ascii())
            }
            Frame::Screen { offset, .. } => format!("screen at {offset}"),
            Frame::Control(FromTerminal::Attached { offset, cols, resumed, .. }) => {
                format!("attached at {offset}, {cols} columns, resumed {resumed}")
            }
            Frame::Control(control) => format!("{control:?}"),
        });
    }
    lines.join("\n")
}

fn check(stream: &mut Stream, cursor: &mut Cursor, expected: &Expect) {
    expected.assert_eq(&drain(stream, cursor));
}

#[test]
fn a_new_client_gets_a_screen_and_goes_on_from_there() {
    let mut stream = stream();
    stream.output(b"before");
    let mut cursor = stream.cursor(None, false);
    check(
        &mut stream,
        &mut cursor,
        &expect![[r"
            attached at 6, 20 columns, resumed false
            screen at 6"]],
    );
    stream.output(b"after");
    check(&mut stream, &mut cursor, &expect!["6: after"]);
}

// covers: S1.27, U1.4
#[test]
fn a_client_that_returns_gets_what_it_missed() {
    let mut stream = stream();
    stream.output(b"seen");
    stream.output(b"missed");
    let mut cursor = stream.cursor(Some(&(id(1), 4)), false);
    check(
        &mut stream,
        &mut cursor,
        &expect![[r"
            attached at 4, 20 columns, resumed true
            4: missed"]],
    );
}

// covers: S1.25, S1.29
#[test]
fn a_client_of_another_pty_or_of_another_time_gets_a_screen() {
    let mut stream = stream();
    stream.output(b"output");
    for resume in [(id(2), 3), (id(1), 7), (id(1), u64::MAX)] {
        let mut cursor = stream.cursor(Some(&resume), false);
        assert!(drain(&mut stream, &mut cursor).contains("resumed false\nscreen at 6"));
    }
    stream.output(&vec![b'x'; RING_BYTES]);
    let mut cursor = stream.cursor(Some(&(id(1), 3)), false);
    assert!(drain(&mut stream, &mut cursor).contains("resumed false"));
}

#[test]
fn sizes_are_told_where_they_took_effect() {
    let mut stream = stream();
    let wider = size::Event::Preset { size: Size { cols: 30, rows: 4 } };
    let narrower = size::Event::Preset { size: Size { cols: 10, rows: 4 } };
    stream.output(b"one");
    stream.size_event(wider);
    stream.output(b"two");
    stream.size_event(narrower);
    stream.output(b"three");
    let mut from_start = stream.cursor(Some(&(id(1), 0)), false);
    check(
        &mut stream,
        &mut from_start,
        &expect![[r"
            attached at 0, 20 columns, resumed true
            0: one
            Size { offset: 3, cols: 30, rows: 4 }
            3: two
            Size { offset: 6, cols: 10, rows: 4 }
            6: three"]],
    );
    let mut from_between = stream.cursor(Some(&(id(1), 3)), false);
    check(
        &mut stream,
        &mut from_between,
        &expect![[r"
            attached at 3, 30 columns, resumed true
            3: two
            Size { offset: 6, cols: 10, rows: 4 }
            6: three"]],
    );
}

#[test]
fn titles_are_told_to_everyone_and_bells_to_who_is_there() {
    let mut stream = stream();
    stream.output(b"\x1b]2;vim\x07\x07");
    let mut late = stream.cursor(None, false);
    assert!(drain(&mut stream, &mut late).ends_with(r#"Title { title: "vim" }"#));
    let mut resumed = stream.cursor(Some(&(id(1), 0)), false);
    assert!(!drain(&mut stream, &mut resumed).contains("Bell"));
    stream.output(b"\x07\x1b]52;c;aGk=\x07");
    let news = expect![[r#"
        9: \x07\x1b]52;c;aGk=\x07
        Bell
        Clipboard { text: "hi" }"#]];
    check(&mut stream, &mut late, &news);
    check(&mut stream, &mut resumed, &news);
}

#[test]
fn the_clipboard_is_written_only_where_the_workspace_allows() {
    let mut stream = stream();
    let mut cursor = stream.cursor(None, false);
    drain(&mut stream, &mut cursor);
    stream.set_clipboard(false);
    stream.output(b"\x1b]52;c;aGk=\x07");
    assert!(!drain(&mut stream, &mut cursor).contains("Clipboard"));
}

#[test]
fn a_client_that_falls_out_of_the_ring_gets_a_screen() {
    let mut stream = stream();
    let mut cursor = stream.cursor(None, false);
    drain(&mut stream, &mut cursor);
    stream.output(b"x");
    stream.size_event(size::Event::Preset { size: Size { cols: 30, rows: 4 } });
    stream.output(&vec![b'y'; RING_BYTES + 1]);
    check(
        &mut stream,
        &mut cursor,
        &expect![[r"
            Size { offset: 1048578, cols: 30, rows: 4 }
            screen at 1048578"]],
    );
    stream.output(b"z");
    check(&mut stream, &mut cursor, &expect!["1048578: z"]);
}

#[test]
fn a_client_that_missed_too_many_marks_gets_a_screen() {
    let mut stream = stream();
    let mut cursor = stream.cursor(None, false);
    drain(&mut stream, &mut cursor);
    for n in 0..=MARKS_MAX {
        stream.output(format!("\x1b]2;{n}\x07").as_bytes());
    }
    assert!(drain(&mut stream, &mut cursor).contains("screen at"));
    assert!(stream.marks.len() <= MARKS_MAX);
}

#[test]
fn frames_end_with_whole_code_points() {
    let mut stream = stream();
    let mut cursor = stream.cursor(None, false);
    drain(&mut stream, &mut cursor);
    let text = "“quoted” — 世界 🎉";
    for byte in text.bytes() {
        stream.output(&[byte]);
        while let Some(frame) = stream.next(&mut cursor) {
            let Frame::Output { bytes, .. } = frame else { panic!("{frame:?}") };
            assert!(std::str::from_utf8(&bytes).is_ok());
        }
    }
    assert_eq!(cursor.offset, text.len() as u64);
    // A screen in the middle of one leaves it to the output.
    stream.output(&"—".as_bytes()[..2]);
    let mut late = stream.cursor(None, false);
    let at = text.len();
    assert!(drain(&mut stream, &mut late).ends_with(&format!("screen at {at}")));
    stream.output(&"—".as_bytes()[2..]);
    assert_eq!(drain(&mut stream, &mut late), format!(r"{at}: \xe2\x80\x94"));
    // At the end nothing is held back.
    stream.output(b"\xe2");
    stream.end(EXIT);
    assert!(drain(&mut stream, &mut late).contains(r"\xe2"));
}

#[test]
fn the_exit_is_the_last_frame() {
    let mut stream = stream();
    let mut cursor = stream.cursor(None, false);
    drain(&mut stream, &mut cursor);
    stream.output(b"bye");
    stream.end(EXIT);
    stream.close();
    check(
        &mut stream,
        &mut cursor,
        &expect![[r"
            0: bye
            Exit { exit: Exit { code: Some(0), signal: None } }"]],
    );
    assert!(stream.is_over(&cursor));
    let mut late = stream.cursor(None, false);
    assert!(drain(&mut stream, &mut late).ends_with("signal: None } }"));
}

// covers: S1.27, U1.4
#[test]
fn through_random_disconnects_every_byte_arrives_once_and_in_order() {
    for seed in 0..20 {
        let mut random = Random(seed);
        let mut stream = stream();
        let mut printed = Vec::new();
        let mut cursor = stream.cursor(None, false);
        drain(&mut stream, &mut cursor);
        let mut received: Vec<u8> = Vec::new();
        let mut line = 0;
        for _ in 0..3000 {
            match random.below(8) {
                0..=2 => {
                    let mut bytes = Vec::new();
                    for _ in 0..random.below(60) {
                        bytes.extend_from_slice(format!("line {line} — ünïcödé\r\n").as_bytes());
                        line += 1;
                    }
                    let cut = usize::try_from(random.below(bytes.len() as u64 + 1)).unwrap();
                    stream.output(&bytes[..cut]);
                    stream.output(&bytes[cut..]);
                    printed.extend_from_slice(&bytes);
                }
                3 => {
                    let cols = u16::try_from(20 + random.below(60)).unwrap();
                    stream.size_event(size::Event::Preset { size: Size { cols, rows: 4 } });
                }
                4 => {
                    let at = received.len() as u64;
                    cursor = stream.cursor(Some(&(id(1), at)), false);
                }
                _ => {
                    for _ in 0..random.below(6) {
                        take(&mut stream, &mut cursor, &mut received);
                    }
                }
            }
        }
        while take(&mut stream, &mut cursor, &mut received) {}
        assert!(received == printed, "seed {seed}");
    }
}

fn take(stream: &mut Stream, cursor: &mut Cursor, received: &mut Vec<u8>) -> bool {
    match stream.next(cursor) {
        Some(Frame::Output { offset, bytes }) => {
            assert_eq!(offset, received.len() as u64);
            received.extend_from_slice(&bytes);
            true
        }
        Some(Frame::Screen { offset, .. }) => panic!("a screen at {offset} in place of output"),
        Some(Frame::Control(_)) => true,
        None => false,
    }
}

#[test]
fn raw_readers_are_told_what_they_missed() {
    let mut stream = stream();
    stream.output(b"start");
    let mut offset = stream.raw_start(Some(2));
    assert_eq!(
        stream.next_raw(&mut offset),
        Some(Raw::Output { offset: 2, bytes: Bytes::from_static(b"art") })
    );
    assert_eq!(stream.next_raw(&mut offset), None);
    stream.output(&vec![b'x'; RING_BYTES + 10]);
    assert_eq!(stream.next_raw(&mut offset), Some(Raw::Gap { from: 5, to: 15 }));
    assert_eq!(stream.raw_start(Some(u64::MAX)), stream.offset());
    assert_eq!(stream.raw_start(None), 15);
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ mixed >> 27) % limit
    }
}
