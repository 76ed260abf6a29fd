//! Splits output into text, control characters and sequences.
//!
//! The states and transitions are those of the VT500 parser that xterm.js implements, with its
//! decisions where the standard leaves room: what is no UTF-8 is dropped, C1 controls count only
//! as code points, and an unexpected code point ends a sequence.
//!
//! The parser remembers the raw bytes of an unfinished sequence, so that a screen that is sent
//! in the middle of one can end with them.

use super::params::Params;

/// Bytes of an unfinished sequence that are remembered. Longer ones are strings whose handler
/// would refuse them anyway; their beginning is enough to have the rest ignored.
const UNFINISHED_BYTES_MAX: usize = 256 << 10;
/// Longest payload of an OSC string: 100 kB of clipboard in base 64, with room.
const OSC_BYTES_MAX: usize = 160 << 10;
/// Longest payload of a DCS string that is looked at.
const DCS_BYTES_MAX: usize = 4 << 10;

/// What the parser finds. Identifiers of sequences are their prefix and intermediate bytes, one
/// per 8 bits, the last one lowest.
pub(super) trait Sink {
    /// Bytes 0x20 to 0x7e.
    fn print_ascii(&mut self, text: &[u8]);
    /// A printable code point.
    fn print(&mut self, code: u32);
    /// A C0 or C1 control.
    fn execute(&mut self, code: u32);
    fn csi(&mut self, collected: u32, end: u8, params: &Params);
    fn esc(&mut self, collected: u32, end: u8);
    /// The number, -1 for none, and what follows the first `;`.
    fn osc(&mut self, number: i64, payload: &str);
    fn dcs(&mut self, collected: u32, end: u8, payload: &str);
    /// A sequence without effect ended; what follows combines with nothing.
    fn interrupt(&mut self);
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Ground,
    Escape,
    EscapeIntermediate,
    CsiEntry,
    CsiParam,
    CsiIntermediate,
    CsiIgnore,
    Osc,
    /// SOS, PM and APC, which are ignored.
    Ignored,
    DcsEntry,
    DcsParam,
    DcsIntermediate,
    DcsIgnore,
    DcsPassthrough,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Parser {
    state: State,
    params: Params,
    collected: u32,
    /// Final byte of the DCS that is being received.
    hook: u8,
    /// Payload of the OSC or DCS that is being received; `None` once it is too long.
    payload: Option<String>,
    utf8: Utf8,
    unfinished: Vec<u8>,
}

/// The unfinished code point.
#[derive(Debug, Default)]
struct Utf8 {
    /// Continuation bytes to come.
    missing: u8,
    /// Bytes received.
    received: u8,
    code: u32,
    /// Smallest code point that needs this many bytes.
    least: u32,
}

enum Decoded {
    Code(u32),
    Incomplete,
    /// Nothing to show; the byte was used up.
    Dropped,
    /// What came before is dropped, the byte is yet to be decoded.
    Again,
}

impl Utf8 {
    fn push(&mut self, byte: u8) -> Decoded {
        if self.missing == 0 {
            (self.missing, self.code, self.least) = match byte {
                0x00..=0x7f => return Decoded::Code(u32::from(byte)),
                0xc0..=0xdf => (1, u32::from(byte & 0x1f), 0x80),
                0xe0..=0xef => (2, u32::from(byte & 0x0f), 0x800),
                0xf0..=0xf7 => (3, u32::from(byte & 0x07), 0x1_0000),
                0x80..=0xbf | 0xf8..=0xff => return Decoded::Dropped,
            };
            self.received = 1;
            return Decoded::Incomplete;
        }
        if byte & 0xc0 != 0x80 {
            *self = Self::default();
            return Decoded::Again;
        }
        self.code = self.code << 6 | u32::from(byte & 0x3f);
        self.missing -= 1;
        self.received += 1;
        if 0 < self.missing {
            return Decoded::Incomplete;
        }
        let (code, least) = (self.code, self.least);
        *self = Self::default();
        // A byte order mark shows nothing.
        if code < least || code == 0xfeff || char::from_u32(code).is_none() {
            return Decoded::Dropped;
        }
        Decoded::Code(code)
    }
}

impl Parser {
    /// Takes in `bytes`, which may end anywhere.
    pub(super) fn advance(&mut self, bytes: &[u8], sink: &mut impl Sink) {
        let mut at = 0;
        while at < bytes.len() {
            if self.state == State::Ground && self.utf8.missing == 0 {
                let text = ascii_length(&bytes[at..]);
                if 0 < text {
                    sink.print_ascii(&bytes[at..at + text]);
                    at += text;
                    continue;
                }
            }
            match self.utf8.push(bytes[at]) {
                Decoded::Code(code) => {
                    at += 1;
                    self.code(code, sink);
                    self.remember(code);
                }
                Decoded::Incomplete | Decoded::Dropped => at += 1,
                Decoded::Again => {}
            }
        }
    }

    /// Bytes of a code point that is not complete.
    pub(super) fn incomplete(&self) -> usize {
        usize::from(self.utf8.received)
    }

    /// The bytes of the sequence that is not complete, without an incomplete code point.
    pub(super) fn unfinished(&self) -> &[u8] {
        &self.unfinished
    }

    fn remember(&mut self, code: u32) {
        if self.state == State::Ground || begins_anew(code) {
            self.unfinished.clear();
        }
        // Control characters have been executed, or are ignored.
        let shows = 0x20 <= code || code == 0x1b || self.state == State::DcsPassthrough;
        let kept = shows && self.state != State::Ground;
        if kept && self.unfinished.len() < UNFINISHED_BYTES_MAX {
            let code = char::from_u32(code).unwrap_or_default();
            self.unfinished.extend_from_slice(code.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }

    fn code(&mut self, code: u32, sink: &mut impl Sink) {
        match (self.state, code) {
            (State::Osc, 0x07 | 0x18 | 0x1a | 0x1b | 0x9c) => self.end_osc(code, sink),
            (State::DcsPassthrough, 0x18 | 0x1a | 0x1b | 0x9c) => self.end_dcs(code, sink),
            (_, 0x18 | 0x1a | 0x80..=0x8f | 0x91..=0x97 | 0x99 | 0x9a) => {
                sink.execute(code);
                self.state = State::Ground;
            }
            (_, 0x9c) => self.state = State::Ground,
            (_, 0x1b) => self.enter(State::Escape),
            (_, 0x90) => self.enter(State::DcsEntry),
            (_, 0x98 | 0x9e | 0x9f) => self.state = State::Ignored,
            (_, 0x9b) => self.enter(State::CsiEntry),
            (_, 0x9d) => self.enter_string(State::Osc),
            (State::Ground, 0x00..=0x1f) => sink.execute(code),
            (State::Ground, 0x20..=0x7e | 0xa0..) => sink.print(code),
            (State::Ground, _) => {}
            (State::Escape | State::EscapeIntermediate, _) => self.escape(code, sink),
            (
                State::CsiEntry | State::CsiParam | State::CsiIntermediate | State::CsiIgnore,
                0x00..=0x1f,
            ) => sink.execute(code),
            (State::CsiEntry | State::CsiParam | State::CsiIntermediate, _) => {
                self.csi(code, sink);
            }
            (State::CsiIgnore, 0x40..=0x7e) => self.state = State::Ground,
            (State::CsiIgnore | State::DcsIgnore, _) => {}
            (State::Osc, 0x20..) => self.put(code, OSC_BYTES_MAX),
            (State::Osc, _) => {}
            (State::Ignored, 0xa0..) => self.state = State::Ground,
            (State::Ignored, _) => {}
            (State::DcsEntry | State::DcsParam | State::DcsIntermediate, _) => self.dcs(code),
            (State::DcsPassthrough, 0x7f) => {}
            (State::DcsPassthrough, _) => self.put(code, DCS_BYTES_MAX),
        }
    }

    fn enter(&mut self, state: State) {
        self.params.clear();
        self.collected = 0;
        self.state = state;
    }

    fn enter_string(&mut self, state: State) {
        self.payload = Some(String::new());
        self.state = state;
    }

    fn collect(&mut self, code: u32, state: State) {
        self.collected = self.collected << 8 | code;
        self.state = state;
    }

    fn put(&mut self, code: u32, max: usize) {
        let Some(payload) = self.payload.as_mut() else { return };
        payload.extend(char::from_u32(code));
        if max < payload.len() {
            self.payload = None;
        }
    }

    fn escape(&mut self, code: u32, sink: &mut impl Sink) {
        match (self.state, code) {
            (_, 0x00..=0x1f) => sink.execute(code),
            (_, 0x7f) => {}
            (_, 0x20..=0x2f) => self.collect(code, State::EscapeIntermediate),
            (State::Escape, 0x5b) => self.enter(State::CsiEntry),
            (State::Escape, 0x5d) => self.enter_string(State::Osc),
            (State::Escape, 0x50) => self.enter(State::DcsEntry),
            (State::Escape, 0x58 | 0x5e | 0x5f) => self.state = State::Ignored,
            (_, 0x30..=0x7e) => {
                self.state = State::Ground;
                sink.esc(self.collected, byte(code));
            }
            _ => self.state = State::Ground,
        }
    }

    fn csi(&mut self, code: u32, sink: &mut impl Sink) {
        match (self.state, code) {
            (_, 0x20..=0x2f) => self.collect(code, State::CsiIntermediate),
            (State::CsiIntermediate, 0x30..=0x3f) | (State::CsiParam, 0x3c..=0x3f) => {
                self.state = State::CsiIgnore;
            }
            (_, 0x30..=0x3b) => {
                self.params.push(byte(code));
                self.state = State::CsiParam;
            }
            (_, 0x3c..=0x3f) => self.collect(code, State::CsiParam),
            (_, 0x40..=0x7e) => {
                self.state = State::Ground;
                sink.csi(self.collected, byte(code), &self.params);
            }
            (_, 0x7f) => {}
            _ => self.state = State::Ground,
        }
    }

    fn dcs(&mut self, code: u32) {
        match (self.state, code) {
            (_, 0x00..=0x1f | 0x7f) => {}
            (_, 0x20..=0x2f) => self.collect(code, State::DcsIntermediate),
            (State::DcsIntermediate, 0x30..=0x3f) | (State::DcsParam, 0x3c..=0x3f) => {
                self.state = State::DcsIgnore;
            }
            (_, 0x30..=0x3b) => {
                self.params.push(byte(code));
                self.state = State::DcsParam;
            }
            (_, 0x3c..=0x3f) => self.collect(code, State::DcsParam),
            (_, 0x40..=0x7e) => {
                self.hook = byte(code);
                self.enter_string(State::DcsPassthrough);
            }
            _ => self.state = State::Ground,
        }
    }

    fn end_osc(&mut self, code: u32, sink: &mut impl Sink) {
        let payload = self.payload.take().filter(|_| !matches!(code, 0x18 | 0x1a));
        if let Some(payload) = payload {
            let (number, rest) = payload.split_once(';').unwrap_or((&payload, ""));
            if number.is_empty() {
                sink.osc(-1, rest);
            } else if number.bytes().all(|it| it.is_ascii_digit()) {
                sink.osc(number.parse().unwrap_or(i64::MAX), rest);
            }
        }
        self.end_string(code, sink);
    }

    fn end_dcs(&mut self, code: u32, sink: &mut impl Sink) {
        let payload = self.payload.take().filter(|_| !matches!(code, 0x18 | 0x1a));
        if let Some(payload) = payload {
            sink.dcs(self.collected, self.hook, &payload);
        }
        self.end_string(code, sink);
    }

    fn end_string(&mut self, code: u32, sink: &mut impl Sink) {
        sink.interrupt();
        self.enter(if code == 0x1b { State::Escape } else { State::Ground });
    }
}

/// Whether this code point begins a sequence wherever it stands.
fn begins_anew(code: u32) -> bool {
    matches!(code, 0x1b | 0x90 | 0x98 | 0x9b | 0x9d..=0x9f)
}

/// The byte of a code point below 0x80.
fn byte(code: u32) -> u8 {
    u8::try_from(code).expect("the caller matched ASCII")
}

/// How many printable ASCII characters `bytes` starts with.
fn ascii_length(bytes: &[u8]) -> usize {
    let printable = |it: u8| it.wrapping_sub(0x20) < 0x5f;
    let mut length = 0;
    for chunk in bytes.chunks_exact(16) {
        if !chunk.iter().fold(true, |all, it| all & printable(*it)) {
            break;
        }
        length += 16;
    }
    length + bytes[length..].iter().take_while(|it| printable(**it)).count()
}
