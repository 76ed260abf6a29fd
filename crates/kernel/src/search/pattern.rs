//! What is looked for, and what it becomes.

use super::error::SearchError;
use grep_matcher::{Captures, Matcher};
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use protocol::search::{Case, ContentQuery, TEXT_BYTES_MAX};
use std::ops::Range;

/// Most that a compiled expression may take, in bytes. Time per byte of text is in proportion to it.
const COMPILED_BYTES_MAX: usize = 1024 * 1024;

/// A pattern and its replacement, understood.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) matcher: RegexMatcher,
    replacement: Option<Vec<Piece>>,
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
        if query.regex {
            check(&query.q)?;
        }
        let matcher = RegexMatcherBuilder::new()
            .fixed_strings(!query.regex)
            .case_insensitive(query.case == Case::Insensitive)
            .case_smart(query.case == Case::Smart)
            .word(query.word)
            .multi_line(true)
            .crlf(true)
            .size_limit(COMPILED_BYTES_MAX)
            .dfa_size_limit(COMPILED_BYTES_MAX)
            .build(&query.q)
            .map_err(|error| refused(&error))?;
        let replacement = query.replacement.as_deref();
        let replacement = replacement.map(|it| template(it, query.regex, &matcher)).transpose()?;
        Ok(Self { matcher, replacement })
    }

    pub(super) fn replaces(&self) -> bool {
        self.replacement.is_some()
    }

    /// Calls `found` with every match in `line`, in order, and with what it becomes, cut after
    /// `bytes_max`, until that answers `false`.
    pub(super) fn each(
        &self,
        line: &[u8],
        bytes_max: usize,
        mut found: impl FnMut(Range<usize>, Option<Vec<u8>>) -> bool,
    ) {
        let Some(pieces) = &self.replacement else {
            let _infallible = self.matcher.find_iter(line, |it| found(it.start()..it.end(), None));
            return;
        };
        let Ok(mut groups) = self.matcher.new_captures() else { return };
        let _infallible = self.matcher.captures_iter(line, &mut groups, |groups| {
            let Some(whole) = groups.get(0) else { return true };
            found(whole.start()..whole.end(), Some(fill(pieces, groups, line, bytes_max)))
        });
    }
}

/// Refuses what is no regular expression, with the place where it stops being one.
fn check(pattern: &str) -> Result<(), SearchError> {
    let Err(error) = regex_syntax::Parser::new().parse(pattern) else { return Ok(()) };
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

fn fill(pieces: &[Piece], groups: &impl Captures, line: &[u8], bytes_max: usize) -> Vec<u8> {
    let mut text = Vec::new();
    for piece in pieces {
        let part = match piece {
            Piece::Text(it) => it.as_slice(),
            Piece::Group(index) => {
                groups.get(*index).map_or(&[][..], |it| &line[it.start()..it.end()])
            }
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
