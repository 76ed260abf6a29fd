//! Looking into one file: its encoding, its lines, and the matches in them as they are shown.

use super::Stop;
use super::pattern::Pattern;
use crate::files::tag_of_content;
use grep_matcher::LineTerminator;
use grep_searcher::{BinaryDetection, Searcher, SearcherBuilder, Sink, SinkFinish, SinkMatch};
use protocol::search::{ContentMatch, FileMatches};
use rustix::fs::Stat;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::time::Instant;
use stdx::WorkspacePath;

/// Longest line that is looked at, in bytes. A file with a longer one is left there.
const LINE_BYTES_MAX: usize = 1024 * 1024;
/// Largest file in which something is replaced; it is held in memory.
pub(super) const REPLACED_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Characters that are shown before a match, of it, and after it.
const BEFORE_MAX: usize = 60;
const TEXT_MAX: usize = 400;
const AFTER_MAX: usize = 200;
const UTF8_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// What was found in a file.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) matches: Vec<ContentMatch>,
    pub(super) truncated: bool,
    pub(super) etag: Option<String>,
    pub(super) kept: Option<String>,
    pub(super) is_binary: bool,
    pub(super) has_long_line: bool,
}

impl Found {
    pub(super) fn of(self, path: &WorkspacePath) -> FileMatches {
        let Self { matches, truncated, etag, kept, .. } = self;
        FileMatches { path: path.as_str().to_owned(), matches, truncated, etag, kept }
    }
}

/// Looks into files for one pattern, one after the other.
pub(super) struct Looker<'a> {
    pattern: &'a Pattern,
    matches_max: usize,
    searcher: Searcher,
    stop: &'a Stop,
    until: Instant,
}

impl<'a> Looker<'a> {
    pub(super) fn new(
        pattern: &'a Pattern,
        matches_max: usize,
        stop: &'a Stop,
        until: Instant,
    ) -> Self {
        Self { pattern, matches_max, searcher: searcher(), stop, until }
    }

    /// Everything that fits in the open regular `file`. An error is one of reading.
    pub(super) fn look(&mut self, mut file: File, stat: &Stat) -> io::Result<Found> {
        if self.pattern.replaces() {
            if self.is_over() {
                return Err(io::Error::other("nobody waits for it"));
            }
            match Text::read(&file, stat)? {
                Ok(text) => return Ok(self.look_into(&text)),
                Err(kept) => {
                    let found = self.read_through(&mut file)?;
                    return Ok(Found { kept: Some(kept.to_owned()), ..found });
                }
            }
        }
        self.read_through(&mut file)
    }

    /// Looks into text in memory, which has no long lines.
    fn look_into(&mut self, text: &Text) -> Found {
        let mut sink = Lines::new(self.pattern, self.matches_max);
        let searched = self.searcher.search_slice(&self.pattern.matcher, text.body(), &mut sink);
        let found = sink.found(searched.is_err());
        Found { etag: Some(text.etag.clone()), ..found }
    }

    /// Reads a file block by block, whatever its length.
    fn read_through(&mut self, file: &mut File) -> io::Result<Found> {
        let mut head = [0; UTF8_MARK.len()];
        let length = file.read_at(&mut head, 0)?;
        // Marks of other encodings are for the searcher, which decodes what they announce.
        let begin = if &head[..length] == UTF8_MARK { UTF8_MARK.len() as u64 } else { 0 };
        file.seek(SeekFrom::Start(begin))?;
        let over = self.is_over();
        let mut blocks = Blocks { file, stop: self.stop, until: self.until, failed: over };
        let mut sink = Lines::new(self.pattern, self.matches_max);
        let matcher = &self.pattern.matcher;
        let searched = self.searcher.search_reader(matcher, &mut blocks, &mut sink);
        match searched {
            Err(error) if blocks.failed => Err(error),
            outcome => Ok(sink.found(outcome.is_err())),
        }
    }

    fn is_over(&self) -> bool {
        self.stop.is_set() || self.until <= Instant::now()
    }
}

/// A searcher as all searches and replacements need it.
pub(super) fn searcher() -> Searcher {
    SearcherBuilder::new()
        .line_terminator(LineTerminator::crlf())
        .binary_detection(BinaryDetection::quit(0))
        .heap_limit(Some(LINE_BYTES_MAX))
        .line_number(true)
        .build()
}

/// A file that gives no more once nobody wants it.
struct Blocks<'a> {
    file: &'a mut File,
    stop: &'a Stop,
    until: Instant,
    /// The end came from here and not from what was read.
    failed: bool,
}

impl Read for Blocks<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = if self.stop.is_set() || self.until <= Instant::now() {
            Err(io::Error::other("nobody waits for it"))
        } else {
            self.file.read(buffer)
        };
        self.failed |= read.is_err();
        read
    }
}

/// A whole file in memory in which something may be replaced.
pub(super) struct Text {
    bytes: Vec<u8>,
    pub(super) etag: String,
}

impl Text {
    /// Reads a file; inside, why nothing may be replaced in it.
    pub(super) fn read(file: &File, stat: &Stat) -> io::Result<Result<Self, &'static str>> {
        let size = u64::try_from(stat.st_size).unwrap_or(0);
        if REPLACED_BYTES_MAX < size {
            return Ok(Err("it is larger than 8 MiB"));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size + 1).unwrap_or(0));
        file.take(REPLACED_BYTES_MAX + 1).read_to_end(&mut bytes)?;
        if REPLACED_BYTES_MAX < bytes.len() as u64 {
            return Ok(Err("it is larger than 8 MiB"));
        }
        if std::str::from_utf8(&bytes).is_err() {
            return Ok(Err("its encoding is not UTF-8"));
        }
        if bytes.split(|it| *it == b'\n').any(|it| LINE_BYTES_MAX < it.len()) {
            return Ok(Err("it has a line of more than 1 MiB"));
        }
        let etag = tag_of_content(&bytes);
        Ok(Ok(Self { bytes, etag }))
    }

    /// What stands before the first line.
    pub(super) fn mark(&self) -> &[u8] {
        if self.bytes.starts_with(UTF8_MARK) { UTF8_MARK } else { &[] }
    }

    /// The lines.
    pub(super) fn body(&self) -> &[u8] {
        &self.bytes[self.mark().len()..]
    }

    /// All of it.
    pub(super) fn whole(&self) -> &[u8] {
        &self.bytes
    }
}

/// Takes lines with matches from the searcher.
struct Lines<'a> {
    pattern: &'a Pattern,
    matches_max: usize,
    found: Found,
}

impl<'a> Lines<'a> {
    fn new(pattern: &'a Pattern, matches_max: usize) -> Self {
        Self { pattern, matches_max, found: Found::default() }
    }

    fn found(mut self, has_long_line: bool) -> Found {
        self.found.has_long_line = has_long_line;
        if self.found.is_binary {
            self.found.matches.clear();
        }
        self.found
    }
}

impl Sink for Lines<'_> {
    type Error = io::Error;

    fn matched(&mut self, _: &Searcher, matched: &SinkMatch<'_>) -> io::Result<bool> {
        let number = matched.line_number().unwrap_or_default();
        let line = without_end(matched.bytes());
        let (found, matches_max) = (&mut self.found, self.matches_max);
        let mut shown = Shown::new(line);
        self.pattern.each(line, TEXT_MAX * 4 + 8, |range, replacement| {
            if matches_max <= found.matches.len() {
                found.truncated = true;
                return false;
            }
            found.matches.push(shown.show(number, range, replacement));
            true
        });
        Ok(!self.found.truncated)
    }

    fn binary_data(&mut self, _: &Searcher, _: u64) -> io::Result<bool> {
        self.found.is_binary = true;
        Ok(false)
    }

    fn finish(&mut self, _: &Searcher, finish: &SinkFinish) -> io::Result<()> {
        self.found.is_binary |= finish.binary_byte_offset().is_some();
        Ok(())
    }
}

/// A line without what ends it.
pub(super) fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// One line, of which several matches are shown: it is counted through only once.
struct Shown<'a> {
    line: &'a [u8],
    counted: usize,
    column: usize,
}

impl<'a> Shown<'a> {
    fn new(line: &'a [u8]) -> Self {
        Self { line, counted: 0, column: 0 }
    }

    /// UTF-16 units before `at`, which is not before what was asked for last.
    fn column(&mut self, at: usize) -> u32 {
        self.column += units(&self.line[self.counted..at]);
        self.counted = at;
        u32::try_from(self.column + 1).unwrap_or(u32::MAX)
    }

    fn show(
        &mut self,
        line: u64,
        range: Range<usize>,
        replacement: Option<Vec<u8>>,
    ) -> ContentMatch {
        let byte = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        ContentMatch {
            line,
            column: self.column(range.start),
            end_column: self.column(range.end),
            byte_start: byte(range.start),
            byte_end: byte(range.end),
            before: last(&self.line[..range.start], BEFORE_MAX),
            text: first(&self.line[range.clone()], TEXT_MAX),
            after: first(&self.line[range.end..], AFTER_MAX),
            replacement: replacement.map(|it| first(&it, TEXT_MAX)),
        }
    }
}

/// Length in UTF-16 units as a browser decodes it.
fn units(bytes: &[u8]) -> usize {
    if bytes.is_ascii() {
        return bytes.len();
    }
    bytes.utf8_chunks().fold(0, |units, it| {
        units + it.valid().encode_utf16().count() + usize::from(!it.invalid().is_empty())
    })
}

/// The first `max` characters.
fn first(bytes: &[u8], max: usize) -> String {
    // No character takes more than four bytes, so the rest need not be decoded.
    let near = &bytes[..bytes.len().min(max * 4 + 4)];
    let text = String::from_utf8_lossy(near);
    match text.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

/// The last `max` characters, without the white space that begins the line.
fn last(bytes: &[u8], max: usize) -> String {
    let near = &bytes[bytes.len().saturating_sub(max * 4 + 4)..];
    let text = String::from_utf8_lossy(near);
    match text.char_indices().nth_back(max - 1) {
        Some((start, _)) if 0 < start || near.len() < bytes.len() => format!("…{}", &text[start..]),
        _ => text.trim_start().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::search::ContentQuery;

    #[test]
    fn columns_are_counted_as_a_browser_counts() {
        let line = "a😀é\u{1F600}b".as_bytes();
        let mut shown = Shown::new(line);
        let found = shown.show(3, line.len() - 1..line.len(), None);
        assert_eq!((found.column, found.end_column, found.byte_start), (7, 8, 11));
        assert_eq!(units(&[b'a', 0xff, 0xfe, b'b']), 4);
        assert_eq!(String::from_utf8_lossy(&[b'a', 0xff, 0xfe, b'b']).encode_utf16().count(), 4);
    }

    #[test]
    fn a_file_gives_no_more_once_nobody_wants_it() {
        let mut file = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut file, &b"some text\n".repeat(20_000)).unwrap();
        let (pattern, stop) = (pattern_of("nothing"), Stop::default());
        let until = Instant::now() + std::time::Duration::from_mins(1);
        let stat = rustix::fs::fstat(&file).unwrap();
        let mut looker = Looker::new(&pattern, 10, &stop, until);
        looker.look(file.try_clone().unwrap(), &stat).unwrap();
        stop.set();
        looker.look(file.try_clone().unwrap(), &stat).unwrap_err();
        let stop = Stop::default();
        Looker::new(&pattern, 10, &stop, Instant::now()).look(file, &stat).unwrap_err();
    }

    fn pattern_of(text: &str) -> Pattern {
        Pattern::parse(&ContentQuery { q: text.to_owned(), ..ContentQuery::default() }).unwrap()
    }

    #[test]
    fn a_long_line_is_cut_around_the_match() {
        let line = format!("{}needle{}", "x".repeat(5000), "y".repeat(5000));
        let found = Shown::new(line.as_bytes()).show(1, 5000..5006, None);
        assert_eq!(found.text, "needle");
        assert!(found.before.starts_with("…x") && found.before.chars().count() == BEFORE_MAX + 1);
        assert!(found.after.ends_with("y…") && found.after.chars().count() == AFTER_MAX + 1);
        assert_eq!(found.column, 5001);
        let found = Shown::new(b"\t  let a = 1;").show(1, 7..8, None);
        assert_eq!((found.before.as_str(), found.after.as_str()), ("let ", " = 1;"));
    }
}
