//! What is looked for, and what it becomes.

use super::error::SearchError;
use grep_matcher::{Captures, Match, Matcher};
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use protocol::search::{Case, ContentQuery, TEXT_BYTES_MAX};
use std::ops::Range;

/// Most that a compiled expression may take, in bytes. Time per byte of text is in proportion to it.
/// A `\w` takes 40 KiB.
const COMPILED_BYTES_MAX: usize = 512 * 1024;
/// The same for a plain text, of which every character takes some hundred bytes.
const COMPILED_BYTES_MAX_PLAIN: usize = 1024 * 1024;
/// A part of a compiled expression takes at least so many bytes.
const STATE_BYTES_MIN: usize = 24;
/// To follow groups the engine has two tables with two places of 8 bytes for each part and group;
/// the whole match is a group, too.
const FOLLOWED_BYTES: usize = 2 * 2 * 8;
/// Most that these tables may take, in bytes, for each thread of a search.
const TABLES_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Groups in an expression. With all of them it may take 190 KiB compiled, with up to eleven as much
/// as any.
const GROUPS_MAX: usize = 32;
/// What the engine remembers to be fast, in bytes, for each thread of a search and direction.
const REMEMBERED_BYTES_MAX: usize = 1024 * 1024;
/// Longest line that is looked at, in bytes. A file with a longer one is left there. The engine is
/// not interrupted in a line: this and the size of the expression say how long one takes, which are
/// seconds for the worst.
const LINE_BYTES_MAX: usize = 64 * 1024;
/// The same for a short plain text, which is looked for much faster.
const LINE_BYTES_MAX_PLAIN: usize = 1024 * 1024;
/// Longest text that counts as short, in bytes.
const SHORT_BYTES_MAX: usize = 256;

/// A pattern and its replacement, understood.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) matcher: RegexMatcher,
    replacement: Option<Vec<Piece>>,
    is_plain: bool,
}

/// A part of a replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(Vec<u8>),
    Group(usize),
}

impl Pattern {
    pub(super) fn parse(query: &ContentQuery) -> Result<Self, SearchError> {
        if query.q.is_empty() {
            return Err(SearchError::Empty);
        }
        if TEXT_BYTES_MAX < query.q.len() {
            return Err(SearchError::TooLong("text that is looked for"));
        }
        if query.q.contains('\n') {
            return Err(SearchError::LineBreak);
        }
        let compiled_bytes_max = if query.regex {
            let parts_max = TABLES_BYTES_MAX / FOLLOWED_BYTES / (groups(&query.q)? + 1);
            COMPILED_BYTES_MAX.min(parts_max * STATE_BYTES_MIN)
        } else {
            COMPILED_BYTES_MAX_PLAIN
        };
        let matcher = RegexMatcherBuilder::new()
            .fixed_strings(!query.regex)
            .case_insensitive(query.case == Case::Insensitive)
            .case_smart(query.case == Case::Smart)
            .word(query.word)
            .multi_line(true)
            .crlf(true)
            .size_limit(compiled_bytes_max)
            .dfa_size_limit(REMEMBERED_BYTES_MAX)
            .build(&query.q)
            .map_err(|error| refused(&error))?;
        let replacement = query.replacement.as_deref();
        let replacement = replacement.map(|it| template(it, query.regex, &matcher)).transpose()?;
        let is_plain = !query.regex && query.q.len() <= SHORT_BYTES_MAX;
        Ok(Self { matcher, replacement, is_plain })
    }

    pub(super) fn replaces(&self) -> bool {
        self.replacement.is_some()
    }

    /// Longest line that is looked at, in bytes, with what ends it.
    pub(super) fn line_bytes_max(&self) -> usize {
        if self.is_plain { LINE_BYTES_MAX_PLAIN } else { LINE_BYTES_MAX }
    }

    /// Why a text with a longer line is left as it is.
    pub(super) fn long_line(&self) -> &'static str {
        if self.is_plain {
            "it has a line of more than 1 MiB"
        } else {
            "it has a line of more than 64 KiB"
        }
    }

    /// Calls `found` with every match in `line`, in order, and with what it becomes, cut after
    /// `bytes_max`, until that answers `false`.
    pub(super) fn each(
        &self,
        line: &[u8],
        bytes_max: usize,
        mut found: impl FnMut(Range<usize>, Option<Vec<u8>>) -> bool,
    ) {
        // The engine also finds nothing between the bytes of one character, where nothing may go.
        let mut found = |range: Range<usize>, text| {
            let is_inside =
                range.is_empty() && line.get(range.start).is_some_and(|it| it >> 6 == 2);
            is_inside || found(range, text)
        };
        let Some(pieces) = &self.replacement else {
            let _infallible = self.matcher.find_iter(line, |it| found(it.start()..it.end(), None));
            return;
        };
        if !pieces.iter().any(|it| matches!(it, Piece::Group(1..))) {
            let _infallible = self.matcher.find_iter(line, |it| {
                let whole = |_| Some(it);
                found(it.start()..it.end(), Some(fill(pieces, whole, line, bytes_max)))
            });
            return;
        }
        let Ok(mut groups) = self.matcher.new_captures() else { return };
        let _infallible = self.matcher.captures_iter(line, &mut groups, |groups| {
            let Some(whole) = groups.get(0) else { return true };
            let text = fill(pieces, |index| groups.get(index), line, bytes_max);
            found(whole.start()..whole.end(), Some(text))
        });
    }
}

/// Groups in a regular expression. Refuses what is none, with the place where it stops being one, and
/// what has too many.
fn groups(pattern: &str) -> Result<usize, SearchError> {
    let error = match regex_syntax::Parser::new().parse(pattern) {
        Ok(it) => match it.properties().explicit_captures_len() {
            count if GROUPS_MAX < count => return Err(SearchError::TooManyGroups(GROUPS_MAX)),
            count => return Ok(count),
        },
        Err(error) => error,
    };
    let (reason, offset) = match &error {
        regex_syntax::Error::Parse(it) => (it.kind().to_string(), Some(it.span().start.offset)),
        regex_syntax::Error::Translate(it) => (it.kind().to_string(), Some(it.span().start.offset)),
        other => (other.to_string(), None),
    };
    let at = offset.and_then(|it| pattern.get(..it)).map(|it| it.encode_utf16().count());
    Err(SearchError::Pattern { reason, at })
}

fn refused(error: &grep_regex::Error) -> SearchError {
    if matches!(error.kind(), grep_regex::ErrorKind::NotAllowed(_)) {
        return SearchError::LineBreak;
    }
    let reason = error.to_string();
    if reason.contains("size limit") {
        return SearchError::TooLarge;
    }
    SearchError::Pattern { reason, at: None }
}

/// Takes a replacement apart.
fn template(
    text: &str,
    is_template: bool,
    matcher: &RegexMatcher,
) -> Result<Vec<Piece>, SearchError> {
    if TEXT_BYTES_MAX < text.len() {
        return Err(SearchError::TooLong("replacement"));
    }
    if !is_template {
        return Ok(vec![Piece::Text(text.as_bytes().to_vec())]);
    }
    let groups = matcher.new_captures().map_or(1, |it| it.len());
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['$', '\\']) {
        plain.push_str(&rest[..at]);
        let marked = &rest[at..];
        let (text, group, length) = special(marked, groups, matcher)?;
        plain.push_str(text);
        if let Some(group) = group {
            pieces.push(Piece::Text(std::mem::take(&mut plain).into_bytes()));
            pieces.push(Piece::Group(group));
        }
        rest = &marked[length..];
    }
    plain.push_str(rest);
    pieces.push(Piece::Text(plain.into_bytes()));
    Ok(pieces)
}

/// What `$…` or `\…` at the beginning of `marked` stands for, and its length.
fn special<'a>(
    marked: &'a str,
    groups: usize,
    matcher: &RegexMatcher,
) -> Result<(&'a str, Option<usize>, usize), SearchError> {
    for (mark, text) in [("$$", "$"), ("\\\\", "\\"), ("\\n", "\n"), ("\\t", "\t")] {
        if marked.starts_with(mark) {
            return Ok((text, None, 2));
        }
    }
    let Some(after) = marked.strip_prefix('$') else { return Ok(("\\", None, 1)) };
    if let Some((name, _)) = after.strip_prefix('{').and_then(|it| it.split_once('}')) {
        let number = name.parse().ok().filter(|it: &usize| *it < groups);
        let group = number.or_else(|| matcher.capture_index(name));
        let group = group.ok_or_else(|| SearchError::Group(name.to_owned()))?;
        return Ok(("", Some(group), name.len() + 3));
    }
    // As in editors: as many digits as name a group, so that `$1` may stand before a digit.
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    for length in (1..=digits.min(3)).rev() {
        if let Some(group) = after[..length].parse().ok().filter(|it: &usize| *it < groups) {
            return Ok(("", Some(group), length + 1));
        }
    }
    if 0 < digits {
        return Err(SearchError::Group(after[..digits].to_owned()));
    }
    Ok(("$", None, 1))
}

fn fill(
    pieces: &[Piece],
    group: impl Fn(usize) -> Option<Match>,
    line: &[u8],
    bytes_max: usize,
) -> Vec<u8> {
    let mut text = Vec::new();
    for piece in pieces {
        let part = match piece {
            Piece::Text(it) => it.as_slice(),
            Piece::Group(index) => group(*index).map_or(&[][..], |it| &line[it.start()..it.end()]),
        };
        text.extend_from_slice(&part[..part.len().min(bytes_max - text.len())]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(pattern: &str, replacement: &str, line: &str) -> Result<String, SearchError> {
        let query = ContentQuery {
            q: pattern.to_owned(),
            regex: true,
            replacement: Some(replacement.to_owned()),
            ..ContentQuery::default()
        };
        let (mut told, pattern) = (String::new(), Pattern::parse(&query)?);
        pattern.each(line.as_bytes(), 100, |_, text| {
            told.push_str(&String::from_utf8(text.unwrap_or_default()).unwrap());
            true
        });
        Ok(told)
    }

    #[test]
    fn groups_are_named_as_in_editors() {
        let swapped = |replacement: &str| replaced(r"(?<a>\w+)-(\w+)", replacement, "x-y").unwrap();
        assert_eq!(swapped("$2-$1"), "y-x");
        assert_eq!(swapped("${a}_${2}"), "x_y");
        assert_eq!(swapped("$10$$1\\n\\t"), "x0$1\n\t");
        assert_eq!(swapped("[$0] $ \\w"), "[x-y] $ \\w");
        assert!(matches!(replaced("(a)", "$2", "a"), Err(SearchError::Group(it)) if it == "2"));
        assert!(matches!(replaced("(a)", "${b}", "a"), Err(SearchError::Group(it)) if it == "b"));
    }

    #[test]
    fn what_a_match_becomes_is_cut_before_it_fills_the_memory() {
        let text = replaced(".+", &"$0".repeat(1000), &"x".repeat(1000)).unwrap();
        assert_eq!(text.len(), 100);
    }

    #[test]
    fn nothing_is_put_into_a_character() {
        let query = |replacement: &str| ContentQuery {
            q: "(x*)".to_owned(),
            regex: true,
            replacement: Some(replacement.to_owned()),
            ..ContentQuery::default()
        };
        for replacement in ["-", "$1-"] {
            let mut places = Vec::new();
            Pattern::parse(&query(replacement)).unwrap().each(
                "é😀".as_bytes(),
                100,
                |range, _| {
                    places.push(range.start);
                    true
                },
            );
            assert_eq!(places, [0, 2, 6]);
        }
    }

    #[test]
    fn an_expression_with_many_groups_or_states_is_refused_before_it_fills_the_memory() {
        let groups = |count: usize| format!("q=.+(?:{}a?){{14}}", "()".repeat(count));
        let many = replaced(&groups(1500), "x", "");
        assert!(matches!(many, Err(SearchError::TooManyGroups(GROUPS_MAX))), "{many:?}");
        assert!(matches!(replaced(&groups(33), "", ""), Err(SearchError::TooManyGroups(_))));
        assert_eq!(replaced(&groups(32), "$32x", "q=aa").unwrap(), "x");
        assert!(matches!(replaced("[01]*1[01]{20000}[23]", "", ""), Err(SearchError::TooLarge)));
        let usual = r"(\w+)\.(\w+)\((\w+), *(\w+), *(\w+)\) -> (?i:Result<(\w{2,4})>)";
        let many_parts = format!("{}[01]{{6000}}", "()".repeat(32));
        assert!(matches!(replaced(&many_parts, "", ""), Err(SearchError::TooLarge)));
        assert_eq!(replaced("[01]{6000}", "", "").unwrap(), "");
        assert_eq!(replaced(usual, "$2", "a.b(c, d, e) -> result<fg>").unwrap(), "b");
    }

    #[test]
    fn a_broken_expression_is_refused_with_its_place() {
        for (pattern, wanted) in [("é(a", 1), ("a{2", 1), ("[z-a]", 1), ("a**\\", 3)] {
            let Err(SearchError::Pattern { at, .. }) = replaced(pattern, "", "") else {
                panic!("`{pattern}` was taken");
            };
            assert_eq!(at, Some(wanted), "{pattern}");
        }
        assert!(matches!(replaced("a\nb", "", ""), Err(SearchError::LineBreak)));
        assert!(matches!(replaced("a\\nb", "", ""), Err(SearchError::LineBreak)));
        assert!(matches!(replaced(r"(\w{500}){500}", "", ""), Err(SearchError::TooLarge)));
    }
}
