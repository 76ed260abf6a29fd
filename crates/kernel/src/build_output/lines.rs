//! From bytes of a terminal to plain lines: escape sequences out, overwritten text out.

use std::collections::VecDeque;
use stdx::Needles;
use tokio::sync::watch;

/// Longest line, in bytes; the rest of a longer one is not looked at.
const LINE_BYTES_MAX: usize = 4096;
/// Lines kept for the moment when the program fails.
const LAST_LINES: usize = 20;
/// Longest of those lines, in characters.
const LAST_CHARS_MAX: usize = 400;
/// Longest escape sequence; what is longer is none.
const SEQUENCE_BYTES_MAX: usize = 4096;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    #[default]
    Text,
    /// After ESC.
    Escape,
    /// In `ESC [ …`, up to a letter.
    Control,
    /// In `ESC ] …` and its like, up to BEL or ST.
    Text2,
    /// After an ESC in there.
    Text2Escape,
    /// One more byte belongs to the sequence: `ESC ( B`.
    One,
}

/// Assembles lines.
#[derive(Debug, Default)]
pub(super) struct Lines {
    at: At,
    sequence_bytes: usize,
    line: Vec<u8>,
    /// After CR: what comes next overwrites the line, unless it is LF.
    returned: bool,
    /// The cursor went to and fro within the line: what is read is not what is seen.
    moved: bool,
    /// The number in the sequence that is being read.
    number: usize,
    last: VecDeque<String>,
    secrets: Option<watch::Receiver<Needles>>,
}

impl Lines {
    /// Takes more bytes; answers with the lines that ended in them.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        for byte in bytes {
            self.byte(*byte, &mut lines);
        }
        lines
    }

    /// Masks what these are in lines from here on.
    pub(super) fn mask(&mut self, secrets: watch::Receiver<Needles>) {
        self.secrets = Some(secrets);
    }

    /// The newest lines, the unfinished one included.
    pub(super) fn last(&self) -> Vec<String> {
        let open = if self.is_hidden() { "".into() } else { String::from_utf8_lossy(&self.line) };
        let open = short(&self.masked(&open, true));
        let mut last: Vec<String> = self.last.iter().cloned().collect();
        if !open.trim().is_empty() {
            last.push(open);
        }
        last.split_off(last.len().saturating_sub(LAST_LINES))
    }

    fn byte(&mut self, byte: u8, lines: &mut Vec<String>) {
        self.sequence_bytes = if self.at == At::Text { 0 } else { self.sequence_bytes + 1 };
        if SEQUENCE_BYTES_MAX < self.sequence_bytes {
            self.at = At::Text;
        }
        self.at = match (self.at, byte) {
            (At::Text, 0x1b) => At::Escape,
            (At::Text, _) => {
                self.text(byte, lines);
                At::Text
            }
            (At::Escape, b'[') => {
                self.number = 0;
                At::Control
            }
            (At::Escape, b']' | b'P' | b'^' | b'_' | b'X') => At::Text2,
            (At::Escape, b'(' | b')' | b'#' | b'%') => At::One,
            (At::Escape, b'8') => {
                self.moved = true;
                At::Text
            }
            (At::Escape | At::One, _) => At::Text,
            (At::Control, b'H' | b'f' | b'J' | b'A' | b'B' | b'E' | b'F' | b'd') => {
                // The cursor leaves the line: what follows is another one.
                self.end(lines);
                At::Text
            }
            (At::Control, b'G' | b'`') if self.number <= 1 => {
                self.returned = true;
                At::Text
            }
            (At::Control, 0x40..=0x7e) => {
                // Colours, modes, questions, and what erases, move nothing.
                self.moved |= !b"mhlncqtK".contains(&byte);
                At::Text
            }
            (At::Control, _) => {
                if byte.is_ascii_digit() {
                    let digit = usize::from(byte - b'0');
                    self.number = self.number.saturating_mul(10).saturating_add(digit);
                }
                At::Control
            }
            (At::Text2 | At::Text2Escape, 0x07) | (At::Text2Escape, b'\\') => At::Text,
            (At::Text2 | At::Text2Escape, 0x1b) => At::Text2Escape,
            (At::Text2 | At::Text2Escape, _) => At::Text2,
        };
    }

    fn text(&mut self, byte: u8, lines: &mut Vec<String>) {
        match byte {
            b'\n' => self.end(lines),
            b'\r' => self.returned = true,
            0x08 => self.moved = true,
            0x00..=0x07 | 0x0b..=0x1f | 0x7f => {}
            _ => {
                if std::mem::take(&mut self.returned) {
                    self.line.clear();
                    self.moved = false;
                }
                if self.line.len() < LINE_BYTES_MAX {
                    self.line.push(byte);
                }
            }
        }
    }

    /// The line without secrets, and without the first part of one at its end if it is cut off.
    fn masked(&self, line: &str, is_cut: bool) -> String {
        let Some(secrets) = &self.secrets else { return line.to_owned() };
        let needles = secrets.borrow();
        if is_cut { needles.redact_cut(line) } else { needles.redact(line) }.into_owned()
    }

    /// Whether the line may hold a secret that was drawn out of order, which no needle finds.
    fn is_hidden(&self) -> bool {
        self.moved && self.secrets.as_ref().is_some_and(|it| !it.borrow().is_empty())
    }

    fn end(&mut self, lines: &mut Vec<String>) {
        self.returned = false;
        let is_hidden = self.is_hidden();
        self.moved = false;
        let line = std::mem::take(&mut self.line);
        if is_hidden {
            return;
        }
        let is_cut = line.len() == LINE_BYTES_MAX;
        let line = self.masked(String::from_utf8_lossy(&line).trim_end(), is_cut);
        if !line.trim().is_empty() {
            if self.last.len() == LAST_LINES {
                self.last.pop_front();
            }
            self.last.push_back(short(&line));
            lines.push(line);
        }
    }
}

/// The first characters of a line.
fn short(line: &str) -> String {
    line.chars().take(LAST_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_overwritten_text_are_left_out_however_it_is_cut() {
        let text = "a\x1b[31mred\x1b[0m\r\n 10%\r 20%\rdone\x1b]8;;http://x\x07link\x1b]8;;\x1b\\\n\
                    top\x1b[1;1H\x1b[0Jnext\x1b(B\n";
        for size in 1..text.len() {
            let mut lines = Lines::default();
            let found: Vec<String> =
                text.as_bytes().chunks(size).flat_map(|it| lines.feed(it)).collect();
            assert_eq!(found, ["ared", "donelink", "top", "next"], "in pieces of {size}");
        }
    }

    #[test]
    fn a_secret_that_is_drawn_out_of_order_is_in_no_line() {
        let drawn = [
            // The second half, back to its begin, room for the first half.
            "x defghi\x1b[6D\x1b[3@abc",
            "x XXXdefghi\x1b[3Gabc",
            "x abX\x08cdefghi",
            "x \x1b[sXXXdefghi\x1b[uabc",
            "x \x1b7XXXdefghi\x1b8abc",
        ];
        for text in drawn {
            let (_sender, secrets) = watch::channel(Needles::of(["abcdefghi"]));
            let mut lines = Lines::default();
            lines.mask(secrets);
            assert_eq!(lines.feed(text.as_bytes()), [""; 0]);
            assert_eq!(lines.last(), [""; 0], "{text:?}");
            assert_eq!(lines.feed(b"\nnext \x1b[31m\x1b[Kline\n"), ["next line"], "{text:?}");
            // Where there is no secret, lines are as they were.
            let mut lines = Lines::default();
            assert_eq!(lines.feed(format!("{text}\n").as_bytes()).len(), 1);
        }
    }

    #[test]
    fn memory_is_bounded() {
        let mut lines = Lines::default();
        lines.feed(&vec![b'x'; 1 << 20]);
        assert!(lines.line.len() <= LINE_BYTES_MAX);
        lines.feed(b"\x1b]");
        lines.feed(&vec![b'y'; 1 << 20]);
        assert_eq!(lines.feed(b"\nnext\n").last().map(String::as_str), Some("next"));
        for index in 0..100 {
            lines.feed(format!("line {index}\n").as_bytes());
        }
        lines.feed(b"open");
        assert_eq!(lines.last().len(), 20);
        assert_eq!(lines.last().last().map(String::as_str), Some("open"));
    }
}
