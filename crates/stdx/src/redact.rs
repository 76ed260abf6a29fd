//! Finds secrets in texts, in the forms in which programs print them.
//!
//! A secret is looked for as it is, in base 64 at each of its three alignments, percent-encoded,
//! and escaped as in JSON. What is long or has several lines is looked for piece by piece, so that
//! no piece has a control character and none is longer than [`PIECE_BYTES`]: a stream needs to hold
//! back no more than that to be sure.
//!
//! This guards against accidents. A program that wants to show a secret reverses it.

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::{self, Write};
use std::ops::Range;
use std::sync::Arc;

/// Shorter secrets are not looked for: they would be found everywhere.
pub const LENGTH_MIN: usize = 6;
/// Longest piece. `base64` breaks its lines after 76 characters.
pub const PIECE_BYTES: usize = 76;
/// A piece of a longer text that is shorter than this may be an ordinary word.
const WORD_BYTES: usize = 16;
/// What percent-encodings leave as it is, beside letters and digits: that of RFC 3986, Python's
/// `quote`, `encodeURIComponent`, `encodeURI`, paths and queries of the URL standard, forms, and
/// what was written before `~` counted.
const PLAIN: [&[u8]; 8] = [
    b"-_.~",
    b"-_.~/",
    b"-_.~!'()*",
    b"-_.~!'()*;/?:@&=+$,#",
    b"-_.~!'()*/:@&=+$,;[]|\\%",
    b"-_.~!()*/:@&=+$,;[]|\\%^`{}?",
    b"-_.*",
    b"-_.",
];
/// What stands for a character of a secret.
pub const MASK: char = '*';

/// Texts to be looked for. Cheap to clone.
#[derive(Clone, Default)]
pub struct Needles {
    inner: Option<Arc<Inner>>,
}

struct Inner {
    automaton: AhoCorasick,
    /// The same texts in order, for beginnings.
    sorted: Vec<Vec<u8>>,
    longest: usize,
}

impl fmt::Debug for Needles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.inner.as_ref().map_or(0, |it| it.sorted.len());
        write!(f, "Needles({count})")
    }
}

impl Needles {
    /// Everything by which these secrets are recognised.
    pub fn of<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut all = BTreeSet::new();
        for secret in secrets {
            forms(secret, &mut all);
        }
        if all.is_empty() {
            return Self::default();
        }
        let sorted: Vec<Vec<u8>> = all.into_iter().collect();
        // Overlapping matches are needed, and memory counts more than speed.
        let automaton = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(&sorted)
            .or_else(|_| AhoCorasick::new(&sorted))
            .expect("a few hundred thousand bytes of patterns fit");
        let longest = sorted.iter().map(Vec::len).max().unwrap_or(0);
        Self { inner: Some(Arc::new(Inner { automaton, sorted, longest })) }
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.inner.is_none()
    }

    /// Where the text holds secrets: ranges in order that do not touch.
    pub fn find(&self, text: &[u8]) -> Vec<Range<usize>> {
        let Some(inner) = &self.inner else { return Vec::new() };
        let mut found: Vec<Range<usize>> = Vec::new();
        // In the order of their ends.
        for one in inner.automaton.find_overlapping_iter(text) {
            let mut start = one.start();
            while let Some(last) = found.last()
                && start <= last.end
            {
                start = start.min(last.start);
                found.pop();
            }
            found.push(start..one.end());
        }
        found
    }

    /// How many bytes at the end of the text may be the beginning of a secret.
    pub fn open_end(&self, text: &[u8]) -> usize {
        let Some(inner) = &self.inner else { return 0 };
        let most = text.len().min(inner.longest - 1);
        (1..=most).rev().find(|it| inner.begins(&text[text.len() - it..])).unwrap_or(0)
    }

    /// The text with a mask for each character of a secret.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.mask(text, 0)
    }

    /// The same for a text that was cut off: its end may be the first part of a secret.
    pub fn redact_cut<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.mask(text, self.open_end(text.as_bytes()))
    }

    fn mask<'a>(&self, text: &'a str, open: usize) -> Cow<'a, str> {
        let mut found = self.find(text.as_bytes());
        if 0 < open {
            found.push(text.len() - open..text.len());
        }
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        let hidden = |at: usize| found.iter().any(|it| it.contains(&at));
        Cow::Owned(text.char_indices().map(|(at, it)| if hidden(at) { MASK } else { it }).collect())
    }
}

impl Inner {
    /// Whether a longer text of ours begins so.
    fn begins(&self, beginning: &[u8]) -> bool {
        let at = self.sorted.partition_point(|it| it.as_slice() <= beginning);
        self.sorted.get(at).is_some_and(|it| it.starts_with(beginning))
    }
}

fn forms(secret: &str, all: &mut BTreeSet<Vec<u8>>) {
    let mut add = |text: &[u8]| all.extend(pieces(text).map(<[u8]>::to_vec));
    let whole = secret.trim();
    if whole.len() < LENGTH_MIN || whole.chars().all(|it| it == MASK) {
        return;
    }
    for line in whole.split(char::is_control).map(str::trim) {
        // The first and last lines of every private key.
        if !(line.starts_with("-----") && line.ends_with("-----")) {
            add(line.as_bytes());
        }
    }
    for (engine, alphabet) in [STANDARD_NO_PAD, URL_SAFE_NO_PAD].iter().zip(0..) {
        for shift in 0..3 {
            let encoded = base64_core(engine, whole.as_bytes(), shift);
            let plain = !encoded.contains(['-', '_']);
            if alphabet == 0 || !plain {
                add(encoded.as_bytes());
            }
        }
    }
    let percents = PLAIN.iter().flat_map(|plain| {
        [("%20", true), ("+", true), ("%20", false), ("+", false)]
            .map(|(space, upper)| percent(whole, plain, space, upper))
    });
    for encoded in percents.chain([json(whole)]) {
        if encoded != whole && !encoded.contains(char::is_control) {
            add(encoded.as_bytes());
        }
    }
}

/// Cuts a text so that no piece is longer than [`PIECE_BYTES`]. A last piece that is so short that
/// it may be an ordinary word gives way to one that overlaps.
fn pieces(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_whole = text.len() <= PIECE_BYTES;
    let overlaps = !is_whole && text.len() % PIECE_BYTES < WORD_BYTES;
    let end = overlaps.then(|| &text[text.len() - PIECE_BYTES..]);
    let least = if is_whole { LENGTH_MIN } else { WORD_BYTES };
    text.chunks(PIECE_BYTES).filter(move |it| least <= it.len()).chain(end)
}

/// The part of the encoded text that is the same whatever stands before and behind the secret,
/// when `shift` bytes stand before it in its group of three.
fn base64_core(engine: &impl Engine, secret: &[u8], shift: usize) -> String {
    let encoded = engine.encode([&[0; 2][..shift], secret].concat());
    let from = (shift * 8).div_ceil(6);
    let to = (shift + secret.len()) * 8 / 6;
    encoded[from..to].to_owned()
}

fn percent(text: &str, plain: &[u8], space: &str, upper: bool) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            out.push(char::from(byte));
        } else if byte == b' ' {
            out.push_str(space);
        } else if upper {
            write!(out, "%{byte:02X}").expect("a string takes everything");
        } else {
            write!(out, "%{byte:02x}").expect("a string takes everything");
        }
    }
    out
}

fn json(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "p@ss w\u{f6}rd/\"7\"";

    fn hides(secret: &str, text: &str) -> bool {
        let needles = Needles::of([secret]);
        needles.redact(text).contains("******")
    }

    #[test]
    fn a_secret_is_found_in_every_form() {
        for text in [
            format!("KEY={SECRET};"),
            "p%40ss%20w%C3%B6rd%2F%227%22".to_owned(),
            "p%40ss+w%C3%B6rd%2F%227%22".to_owned(),
            "p%40ss%20w%c3%b6rd%2f%227%22".to_owned(),
            r#"{"key":"p@ss wörd/\"7\""}"#.to_owned(),
        ] {
            assert!(hides(SECRET, &text), "{text}");
        }
    }

    #[test]
    fn a_secret_is_found_in_every_percent_encoding() {
        let secret = "aB3/dE5+g'H7(jK9)=!m*N&~x y";
        for text in [
            // `urllib.parse.quote`, `quote(safe="")`, `quote_plus`.
            "aB3/dE5%2Bg%27H7%28jK9%29%3D%21m%2AN%26~x%20y",
            "aB3%2FdE5%2Bg%27H7%28jK9%29%3D%21m%2AN%26~x%20y",
            "aB3%2FdE5%2Bg%27H7%28jK9%29%3D%21m%2AN%26~x+y",
            // `encodeURIComponent`, `encodeURI`, `URLSearchParams`.
            "aB3%2FdE5%2Bg'H7(jK9)%3D!m*N%26~x%20y",
            "aB3/dE5+g'H7(jK9)=!m*N&~x%20y",
            "aB3%2FdE5%2Bg%27H7%28jK9%29%3D%21m*N%26%7Ex+y",
            // In lower case.
            "aB3/dE5%2bg%27H7%28jK9%29%3d%21m%2aN%26~x%20y",
            "aB3%2fdE5%2bg'H7(jK9)%3d!m*N%26~x%20y",
        ] {
            let needles = Needles::of([secret]);
            assert_eq!(needles.redact(text), "*".repeat(text.len()), "{text}");
        }
    }

    #[test]
    fn a_secret_is_found_in_base64_wherever_it_stands() {
        let needles = Needles::of([SECRET]);
        for before in ["", "a", "ab", "user:"] {
            for behind in ["", "\n", "xy"] {
                for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
                    let text = engine.encode(format!("{before}{SECRET}{behind}"));
                    let hidden = needles.redact(&text);
                    // All but the characters that are not the secret's alone.
                    let left = hidden.chars().filter(|it| *it != MASK).count();
                    let own = (before.len() + behind.len()) * 8 / 6 + 4;
                    assert!(left <= own, "{text} {hidden}");
                }
            }
        }
    }

    #[test]
    fn ranges_that_touch_or_overlap_are_one() {
        let needles = Needles::of(["abcdef", "defghi", "ghijkl"]);
        assert_eq!(needles.find(b"-abcdefghijkl-abcdef"), [1..13, 14..20]);
        assert_eq!(needles.redact("-abcdefghi-"), "-*********-");
    }

    #[test]
    fn lines_and_long_texts_are_found_piece_by_piece() {
        let key =
            "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADAN\n  BgkqhkiG9w0B\n-----END PRIVATE KEY-----";
        let needles = Needles::of([key]);
        assert_eq!(needles.redact("x MIIEvQIBADAN y"), "x ************ y");
        assert_eq!(needles.redact("-----BEGIN PRIVATE KEY-----"), "-----BEGIN PRIVATE KEY-----");
        let long: String =
            (0..400).map(|it: u32| char::from_digit(it * 7 % 36, 36).unwrap()).collect();
        let needles = Needles::of([long.as_str()]);
        assert_eq!(needles.redact(&long), "*".repeat(400));
        // As `base64` prints it.
        let encoded = STANDARD_NO_PAD.encode(&long);
        for line in encoded.as_bytes().chunks_exact(76) {
            let line = std::str::from_utf8(line).unwrap();
            assert!(needles.redact(line).starts_with("******"), "{line}");
        }
    }

    #[test]
    fn short_ones_and_masks_are_left_alone() {
        assert!(Needles::of(["short", "", "********", " \n "]).is_empty());
        assert_eq!(Needles::default().redact("text"), "text");
    }

    #[test]
    fn an_end_that_may_go_on_is_known() {
        let needles = Needles::of(["abcdef", "cdxxxx"]);
        for (text, open) in
            [("", 0), ("xabcde", 5), ("abcd", 4), ("abcdef", 0), ("aab", 2), ("xcdx", 3), ("z", 0)]
        {
            assert_eq!(needles.open_end(text.as_bytes()), open, "{text}");
        }
        assert_eq!(needles.redact_cut("x abc"), "x ***");
        assert_eq!(needles.redact("x abc"), "x abc");
    }

    #[test]
    fn nothing_is_shown_by_debug() {
        assert!(!format!("{:?}", Needles::of(["abcdef"])).contains("abcdef"));
    }
}
