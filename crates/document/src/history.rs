//! Versions of a document, one frame each, in a file that only grows until it is thinned out.
//!
//! ```text
//! body of a frame: head length u32 · head (JSON) · text (deflated)
//! ```
//!
//! A torn or damaged frame (`frame.rs`) ends the file.

use crate::frame::{self, HEADER_BYTES, length, number};
use crate::timeline::Version;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use protocol::document::DocumentVersion;
use std::io::{Read, Write};
use std::ops::Range;

/// Largest history of one document, in bytes. Beyond it every second of the older versions goes.
pub const HISTORY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most versions of one document.
pub const VERSIONS_MAX: usize = 400;

/// A version in a history, and where its text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub version: DocumentVersion,
    /// The whole frame.
    frame: Range<usize>,
    text: Range<usize>,
}

/// What is told of a version under its number.
pub fn head(number: u64, version: &Version) -> DocumentVersion {
    DocumentVersion {
        version: number,
        from_ms: version.from_ms,
        until_ms: version.until_ms,
        authors: version.authors.clone(),
        size_bytes: version.text.len() as u64,
    }
}

/// Appends a version under its number.
pub fn write(history: &mut Vec<u8>, number: u64, version: &Version) -> DocumentVersion {
    let head = head(number, version);
    let json = serde_json::to_vec(&head).expect("a version is plain data");
    frame::write(history, |history| {
        history.extend_from_slice(&length(json.len()));
        history.extend_from_slice(&json);
        let mut encoder = DeflateEncoder::new(std::mem::take(history), Compression::fast());
        encoder.write_all(version.text.as_bytes()).expect("memory takes everything");
        *history = encoder.finish().expect("memory takes everything");
    });
    head
}

/// The versions of a history, oldest first, and how many bytes of it are sound.
pub fn read(history: &[u8]) -> (Vec<Entry>, usize) {
    let mut entries = Vec::new();
    let mut at = 0;
    while let Some(entry) = read_frame(history, at) {
        at = entry.frame.end;
        entries.push(entry);
    }
    (entries, at)
}

fn read_frame(history: &[u8], at: usize) -> Option<Entry> {
    let body = frame::read(history, at)?;
    let start = at + HEADER_BYTES;
    let end = start + body.len();
    let text = 4_usize.checked_add(number(body, 0)?)?;
    let version = serde_json::from_slice(body.get(4..text)?).ok()?;
    Some(Entry { version, frame: at..end, text: start + text..end })
}

/// The text of a version. Cut at `max` bytes, which no sound one has.
pub fn text(history: &[u8], entry: &Entry, max: usize) -> Option<String> {
    let mut text = String::new();
    let deflated = history.get(entry.text.clone())?;
    DeflateDecoder::new(deflated).take(max as u64).read_to_string(&mut text).ok()?;
    Some(text)
}

/// Whether a history of so many bytes and versions is to be [`thinned`].
pub fn is_long(bytes: usize, versions: usize) -> bool {
    HISTORY_BYTES_MAX < bytes || VERSIONS_MAX < versions
}

/// A shorter history when this one is too long: of the older half, every second version. What was
/// there before the first change always stays.
pub fn thinned(history: &[u8]) -> Option<Vec<u8>> {
    let (entries, sound) = read(history);
    if !is_long(sound, entries.len()) {
        return None;
    }
    let mut kept: Vec<&Entry> = entries.iter().collect();
    let bytes = |kept: &[&Entry]| kept.iter().map(|it| it.frame.len()).sum::<usize>();
    while (HISTORY_BYTES_MAX / 2 < bytes(&kept) || VERSIONS_MAX / 2 < kept.len()) && 2 < kept.len()
    {
        let half = kept.len().div_ceil(2);
        let mut index = 0;
        kept.retain(|_| {
            index += 1;
            half < index || index % 2 == 1
        });
    }
    Some(kept.iter().flat_map(|it| &history[it.frame.clone()]).copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(count: u64, text: impl Fn(u64) -> String) -> Vec<u8> {
        let mut history = Vec::new();
        for number in 1..=count {
            let text = text(number).into();
            let version = Version { from_ms: number, until_ms: number + 1, authors: vec![], text };
            write(&mut history, number, &version);
        }
        history
    }

    #[test]
    fn versions_come_back_and_a_torn_one_ends_the_history() {
        let history = history(3, |it| format!("text {it}"));
        let (entries, sound) = read(&history);
        assert_eq!((entries.len(), sound), (3, history.len()));
        assert_eq!(text(&history, &entries[1], 100).as_deref(), Some("text 2"));
        assert_eq!(read(&history[..history.len() - 1]).0, entries[..2]);
        for at in 0..history.len() {
            let mut broken = history.clone();
            broken[at] ^= 0x20;
            let (read, _) = read(&broken);
            assert!(read.len() < 3 && read[..] == entries[..read.len()], "byte {at}");
        }
    }

    #[test]
    fn a_long_history_keeps_the_newest_and_some_of_the_older() {
        assert_eq!(thinned(&history(10, |it| it.to_string())), None);
        let many = VERSIONS_MAX as u64 + 1;
        let short = thinned(&history(many, |it| it.to_string())).unwrap();
        let numbers: Vec<u64> = read(&short).0.iter().map(|it| it.version.version).collect();
        assert!(numbers.len() <= VERSIONS_MAX / 2 && 50 < numbers.len(), "{}", numbers.len());
        assert_eq!(numbers[numbers.len() - 3..], [many - 2, many - 1, many]);
        assert!(numbers.is_sorted() && numbers[1] < many / 4);
        assert_eq!(numbers[0], 1);
        // However often, and however large they are.
        let mut history = history(1, |_| "first".to_owned());
        for number in 2..3 * VERSIONS_MAX as u64 {
            let text = number.to_string().into();
            let version = Version { from_ms: 0, until_ms: 0, authors: vec![], text };
            write(&mut history, number, &version);
            history = thinned(&history).unwrap_or(history);
        }
        assert_eq!(read(&history).0[0].version.version, 1);
    }
}
