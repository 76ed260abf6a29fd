//! Masks secrets in output as it streams, byte for byte, so that offsets stay what they are.
//!
//! What may be the beginning of a secret is held back until more output shows whether it is one.
//! Sequences that only change how text looks do not end it, so a coloured secret is found too; what
//! moves the cursor ends it. What gets past this is found on the screen (`mirror.rs`).

use crate::screen::width::width;
use stdx::Needles;

/// Most bytes that are held back. A beginning is shorter than a piece of a secret; more than that
/// are sequences in it.
const HELD_BYTES_MAX: usize = 4 << 10;
/// When nothing follows, a beginning of at most this many bytes is shown: a prompt or a pause ends
/// with a letter that begins some secret all the time.
const REVEALED_BYTES_MAX: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Ground,
    Escape,
    /// In `ESC ( B`, before the last byte.
    Intermediate,
    /// In `ESC [ …`.
    Control,
    /// In `ESC ] …` and its like.
    Text,
    TextEscape,
}

/// Text without the sequences in it, as far as it may go on as a secret.
#[derive(Debug, Default)]
struct Run {
    text: Vec<u8>,
    /// Where in the output each byte of `text` stands.
    at: Vec<u64>,
    /// This many of the first bytes were handed out as masks on suspicion.
    suspected: usize,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Filter {
    needles: Needles,
    at: At,
    /// What is held back.
    held: Vec<u8>,
    /// Where in the output it starts.
    start: u64,
    shown: Run,
    /// In a title, a link or another string of the terminal.
    string: Run,
    mistaken: bool,
}

impl Filter {
    pub(crate) fn new(needles: Needles) -> Self {
        Self {
            needles,
            at: At::Ground,
            held: Vec::new(),
            start: 0,
            shown: Run::default(),
            string: Run::default(),
            mistaken: false,
        }
    }

    /// Takes output, which may end anywhere; gives what may be shown of it and of what was held
    /// back.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Vec<u8> {
        for byte in bytes {
            let at = self.start + self.held.len() as u64;
            self.held.push(*byte);
            self.at = self.byte(*byte, at);
        }
        self.settle(Which::Shown, false);
        self.settle(Which::String, false);
        let first = |run: &Run| run.at.iter().copied().find(|it| self.start <= *it);
        let open = first(&self.shown).into_iter().chain(first(&self.string)).min();
        let count = open.map_or(self.held.len(), |it| index(it - self.start));
        let mut out: Vec<u8> = self.held.drain(..count).collect();
        self.start += count as u64;
        if HELD_BYTES_MAX < self.held.len() {
            out.extend(self.release());
        }
        out
    }

    /// Whether something is held back.
    pub(crate) fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }

    /// Gives what is held back, masked if it is more than a few bytes.
    pub(crate) fn release(&mut self) -> Vec<u8> {
        for run in [&mut self.shown, &mut self.string] {
            if REVEALED_BYTES_MAX < run.text.len() {
                mask(&mut self.held, self.start, &run.text, &run.at);
                run.suspected = run.text.len();
            }
        }
        self.start += self.held.len() as u64;
        std::mem::take(&mut self.held)
    }

    /// Goes on behind `text`, which is shown already, as masks if it is more than a few bytes.
    pub(crate) fn resume(&mut self, text: &[u8]) {
        let suspected = if REVEALED_BYTES_MAX < text.len() { text.len() } else { 0 };
        // Never in what is held back.
        self.start = self.start.max(1);
        self.shown = Run { text: text.to_vec(), at: vec![0; text.len()], suspected };
    }

    /// Whether a mask was handed out for something that turned out to be no secret.
    pub(crate) fn is_mistaken(&self) -> bool {
        self.mistaken
    }

    fn byte(&mut self, byte: u8, at: u64) -> At {
        match (self.at, byte) {
            (At::Ground, 0x20..=0x7e | 0x80..) => {
                self.shown.push(byte, at);
                At::Ground
            }
            (At::Ground | At::Intermediate | At::Control | At::Escape, 0x1b) => At::Escape,
            // The cursor goes to another place.
            (At::Ground | At::Escape | At::Control, 0x08..=0x0d) => {
                self.settle(Which::Shown, true);
                self.at
            }
            (At::Ground, _) => At::Ground,
            (At::Escape, b'[') => At::Control,
            (At::Escape, b']' | b'P' | b'X' | b'^' | b'_') => At::Text,
            (At::Escape | At::Intermediate, 0x20..=0x2f) => At::Intermediate,
            (At::Escape, b'=' | b'>' | b'\\') | (At::Intermediate, _) => At::Ground,
            (At::Escape, _) => self.end(Which::Shown),
            // Looks, erasing to the end of the line, modes, questions.
            (At::Control, b'm' | b'K' | b'h' | b'l' | b'n' | b'c' | b'q' | b't' | b'p') => {
                At::Ground
            }
            (At::Control, 0x40..=0x7e) => self.end(Which::Shown),
            (At::Control, 0x18 | 0x1a) => At::Ground,
            (At::Control, _) => At::Control,
            (At::Text, 0x20..=0x7e | 0x80..) => {
                self.string.push(byte, at);
                At::Text
            }
            (At::Text, 0x1b) => At::TextEscape,
            (At::Text, 0x07 | 0x18 | 0x1a) => self.end(Which::String),
            (At::Text, _) => At::Text,
            (At::TextEscape, _) => {
                self.settle(Which::String, true);
                self.at = At::Escape;
                self.byte(byte, at)
            }
        }
    }

    fn end(&mut self, which: Which) -> At {
        self.settle(which, true);
        At::Ground
    }

    /// Masks what was found, and keeps what may go on unless the text has ended.
    fn settle(&mut self, which: Which, ended: bool) {
        let run = match which {
            Which::Shown => &mut self.shown,
            Which::String => &mut self.string,
        };
        if run.text.is_empty() {
            return;
        }
        let found = self.needles.find(&run.text);
        for range in &found {
            let (text, at) = (&run.text[range.clone()], &run.at[range.clone()]);
            mask(&mut self.held, self.start, text, at);
        }
        let open = if ended { 0 } else { self.needles.open_end(&run.text) };
        let done = run.text.len() - open;
        let innocent = |it: usize| !found.iter().any(|range| range.contains(&it));
        self.mistaken |= (0..run.suspected.min(done)).any(innocent);
        run.suspected = run.suspected.saturating_sub(done);
        run.text.drain(..done);
        run.at.drain(..done);
    }
}

#[derive(Clone, Copy, Debug)]
enum Which {
    Shown,
    String,
}

impl Run {
    fn push(&mut self, byte: u8, at: u64) {
        self.text.push(byte);
        self.at.push(at);
    }
}

fn index(offset: u64) -> usize {
    usize::try_from(offset).expect("less than what is held back")
}

/// Masks the bytes at `at` that are still held, each character by one that is as long and as wide.
fn mask(held: &mut [u8], start: u64, text: &[u8], at: &[u64]) {
    let mut next = 0;
    while next < text.len() {
        let length = length(text[next]).min(text.len() - next);
        let whole = std::str::from_utf8(&text[next..next + length]).ok().and_then(single);
        let here = at[next].checked_sub(start).map(index);
        let apart = at[next + length - 1] - at[next] != length as u64 - 1;
        match (here, whole) {
            (Some(here), Some(letter)) if !apart => {
                let stand_in = stand_in(letter).as_bytes();
                held[here..here + length].copy_from_slice(stand_in);
                next += length;
            }
            (Some(here), _) => {
                held[here] = b'*';
                next += 1;
            }
            (None, _) => next += 1,
        }
    }
}

fn single(text: &str) -> Option<char> {
    let mut letters = text.chars();
    letters.next().filter(|_| letters.next().is_none())
}

/// Bytes of the character that starts with this byte.
fn length(first: u8) -> usize {
    match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    }
}

/// A character of as many bytes and columns.
fn stand_in(letter: char) -> &'static str {
    match (letter.len_utf8(), width(u32::from(letter))) {
        (1, _) => "*",
        (2, _) => "·",
        (3, 2) => "＊",
        (3, _) => "•",
        (_, 2) => "🔒",
        _ => "𐄀",
    }
}

#[cfg(test)]
mod tests;
