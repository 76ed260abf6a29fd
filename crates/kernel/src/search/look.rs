//! Looking into one file: its encoding, its lines, and the matches in them as they are shown.

use super::pattern::Pattern;
use crate::files::tag_of_content;
use crate::stop::Stop;
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
    wanted: Wanted<'a>,
}

impl<'a> Looker<'a> {
    pub(super) fn new(pattern: &'a Pattern, matches_max: usize, wanted: Wanted<'a>) -> Self {
        Self { pattern, matches_max, wanted }
    }

    /// Everything that fits in the open regular `file`. An error is one of reading.
    pub(super) fn look(&self, mut file: File, stat: &Stat) -> io::Result<Found> {
        if self.pattern.replaces() {
            self.wanted.ask()?;
            match Text::read(&file, stat, self.pattern)? {
                Ok(text) => return self.look_into(&text),
                Err(kept) => {
                    let found = self.read_through(&mut file)?;
                    return Ok(Found { kept: Some(kept.to_owned()), ..found });
                }
            }
        }
        self.read_through(&mut file)
    }

    /// Looks into text in memory, which has no long lines.
    fn look_into(&self, text: &Text) -> io::Result<Found> {
        let mut sink = self.lines();
        text.search(self.pattern, self.wanted, &mut sink)?;
        Ok(Found { etag: Some(text.etag.clone()), ..sink.found(false) })
    }

    /// Reads a file block by block, whatever its length.
    fn read_through(&self, file: &mut File) -> io::Result<Found> {
        let mut head = [0; UTF8_MARK.len()];
        let length = file.read_at(&mut head, 0)?;
        // Marks of other encodings are for the searcher, which decodes what they announce.
        let begin = if &head[..length] == UTF8_MARK { UTF8_MARK.len() as u64 } else { 0 };
        file.seek(SeekFrom::Start(begin))?;
        let mut blocks = Blocks { from: file, wanted: self.wanted, failed: false };
        let mut sink = self.lines();
        let matcher = &self.pattern.matcher;
        let outcome = searcher(self.pattern).build().search_reader(matcher, &mut blocks, &mut sink);
        self.wanted.ask()?;
        match outcome {
            Err(error) if blocks.failed => Err(error),
            outcome => Ok(sink.found(outcome.is_err())),
        }
    }

    fn lines(&self) -> Lines<'a> {
        let (pattern, matches_max, wanted) = (self.pattern, self.matches_max, self.wanted);
        Lines { pattern, matches_max, wanted, found: Found::default() }
    }
}

/// Whether work is still wanted: somebody waits for it, and it has not taken too long.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) stop: &'a Stop,
    pub(super) until: Instant,
}

impl Wanted<'_> {
    pub(super) fn is_over(self) -> bool {
        self.stop.is_set() || self.until <= Instant::now()
    }

    fn ask(self) -> io::Result<()> {
        if self.is_over() { Err(io::Error::other("nobody waits for it")) } else { Ok(()) }
    }
}

/// A searcher as all searches and replacements need it.
fn searcher(pattern: &Pattern) -> SearcherBuilder {
    let mut builder = SearcherBuilder::new();
    builder
        .line_terminator(LineTerminator::crlf())
        .binary_detection(BinaryDetection::quit(0))
        .heap_limit(Some(pattern.line_bytes_max()))
        .line_number(true);
    builder
}

/// Something to read that gives no more once nobody wants it.
struct Blocks<'a, R> {
    from: R,
    wanted: Wanted<'a>,
    /// The end came from here and not from what was read.
    failed: bool,
}

impl<R: Read> Read for Blocks<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.wanted.ask().and_then(|()| self.from.read(buffer));
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
    pub(super) fn read(
        file: &File,
        stat: &Stat,
        pattern: &Pattern,
    ) -> io::Result<Result<Self, &'static str>> {
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
        // The search ends there, and everything behind it would silently stay as it is.
        if bytes.contains(&0) {
            return Ok(Err("it is not text; there is a zero byte in it"));
        }
        if bytes.split(|it| *it == b'\n').any(|it| pattern.line_bytes_max() <= it.len()) {
            return Ok(Err(pattern.long_line()));
        }
        let etag = tag_of_content(&bytes);
        Ok(Ok(Self { bytes, etag }))
    }

    /// Takes the lines with matches to `sink`, piece by piece, as long as that is wanted.
    pub(super) fn search<S: Sink<Error = io::Error>>(
        &self,
        pattern: &Pattern,
        wanted: Wanted<'_>,
        sink: &mut S,
    ) -> io::Result<()> {
        // A mark inside the text is text: skipped, it would move all places behind it.
        let mut searcher = searcher(pattern).bom_sniffing(false).build();
        let blocks = Blocks { from: self.body(), wanted, failed: false };
        searcher.search_reader(&pattern.matcher, blocks, sink)?;
        wanted.ask()
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
    wanted: Wanted<'a>,
    found: Found,
}

impl Lines<'_> {
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
        let (found, matches_max, wanted) = (&mut self.found, self.matches_max, self.wanted);
        let mut shown = Shown::new(line);
        self.pattern.each(line, TEXT_MAX * 4 + 8, |range, replacement| {
            if matches_max <= found.matches.len() {
                found.truncated = true;
                return false;
            }
            found.matches.push(shown.show(number, range, replacement));
            !wanted.is_over()
        });
        wanted.ask()?;
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
        let looker = Looker::new(&pattern, 10, Wanted { stop: &stop, until });
        looker.look(file.try_clone().unwrap(), &stat).unwrap();
        stop.set();
        looker.look(file.try_clone().unwrap(), &stat).unwrap_err();
        let stop = Stop::default();
        let wanted = Wanted { stop: &stop, until: Instant::now() };
        Looker::new(&pattern, 10, wanted).look(file, &stat).unwrap_err();
    }

    /// To the end, these take minutes: in the first there is no match, in the second the whole
    /// rest of the line is read for each match of one character.
    #[test]
    fn a_text_in_memory_is_left_when_its_time_is_over() {
        let (mut noise, mut line) = (1_u32, String::new());
        while line.len() < 60_000 {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            line.push(if noise >> 31 == 0 { '0' } else { '1' });
        }
        let lines = format!("{line}\n").repeat(100);
        for expression in ["[01]*1[01]{1500}[^01]", "[01]*1[01]{1500}[^01]|[01]"] {
            let pattern = Pattern::parse(&ContentQuery {
                q: expression.to_owned(),
                regex: true,
                replacement: Some(String::new()),
                ..ContentQuery::default()
            });
            let (pattern, stop) = (pattern.unwrap(), Stop::default());
            let (file, stat) = file_of(&lines);
            let until = Instant::now() + std::time::Duration::from_millis(200);
            let looker = Looker::new(&pattern, 1_000_000, Wanted { stop: &stop, until });
            looker.look(file, &stat).unwrap_err();
        }
    }

    #[test]
    fn lines_are_as_long_as_the_pattern_is_fast() {
        let (stop, line) = (Stop::default(), format!("{}x1\nx1\n", "y".repeat(100_000)));
        let until = Instant::now() + std::time::Duration::from_mins(1);
        let mut query = ContentQuery { q: "x1".to_owned(), ..ContentQuery::default() };
        for (regex, wanted) in [(false, 2), (true, 0)] {
            query.regex = regex;
            let pattern = Pattern::parse(&query).unwrap();
            let looker = Looker::new(&pattern, 10, Wanted { stop: &stop, until });
            let (file, stat) = file_of(&line);
            let found = looker.look(file, &stat).unwrap();
            assert_eq!((found.matches.len(), found.has_long_line), (wanted, regex));
        }
    }

    #[test]
    fn nothing_is_replaced_in_what_the_search_does_not_read_to_its_end() {
        let pattern = pattern_of("x1");
        let refused = |text: &str| {
            let (file, stat) = file_of(text);
            Text::read(&file, &stat, &pattern).unwrap().err()
        };
        assert_eq!(refused("x1\n\0x1"), Some("it is not text; there is a zero byte in it"));
        assert_eq!(refused(&"y".repeat(1 << 20)), Some("it has a line of more than 1 MiB"));
        assert_eq!(refused("x1\nx1"), None);
    }

    fn file_of(text: &str) -> (File, Stat) {
        let mut file = tempfile::tempfile().unwrap();
        io::Write::write_all(&mut file, text.as_bytes()).unwrap();
        file.rewind().unwrap();
        let stat = rustix::fs::fstat(&file).unwrap();
        (file, stat)
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
