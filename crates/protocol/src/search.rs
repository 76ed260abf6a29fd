//! Search by content and replacing across files. Answers are lines of JSON (`application/x-ndjson`),
//! each written as soon as it is known.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Media type of answers that are one JSON object a line.
pub const NDJSON: &str = "application/x-ndjson";
/// Longest pattern, replacement or list of globs, in bytes; nobody types more.
pub const TEXT_BYTES_MAX: usize = 4096;
/// Matches of one search; more than a person reads, and a few megabytes.
pub const MATCHES_MAX: u32 = 10_000;
/// Matches of one file.
pub const FILE_MATCHES_MAX: u32 = 1_000;
/// Files of one replacement.
pub const REPLACED_FILES_MAX: usize = 5_000;

/// What is looked for, and where.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ContentQuery {
    /// The text, or a regular expression. A match never spans lines.
    pub q: String,
    /// `q` is a regular expression (syntax of Rust's `regex`: linear time, no look-around).
    #[serde(default)]
    pub regex: bool,
    #[serde(default)]
    pub case: Case,
    /// Only where `q` is not a part of a longer word.
    #[serde(default)]
    pub word: bool,
    /// Globs joined by commas; only files that one of them fits. Without `/` in it a glob fits names
    /// at any depth, and everything below a directory that it fits; with one it fits paths from the
    /// root of the workspace.
    #[serde(default)]
    pub include: String,
    /// Globs joined by commas; files and directories that are left out.
    #[serde(default)]
    pub exclude: String,
    /// Looks into what the ignore rules name, too. `.git` is never looked into.
    #[serde(default)]
    pub ignored: bool,
    /// Leaves out names that begin with a dot.
    #[serde(default)]
    pub skip_hidden: bool,
    /// Matches at most; 10,000 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Matches of one file at most; 1,000 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_limit: Option<u32>,
    /// What each match would become. With `regex`, `$1` and `${name}` stand for groups, `$0` for the
    /// match, `$$` for a dollar sign, `\n`, `\t` and `\\` for themselves; without it is taken as it
    /// is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Case {
    /// Upper case in the pattern counts; a pattern without any fits both.
    #[default]
    Smart,
    Sensitive,
    Insensitive,
}

/// One line of the answer of `GET /api/v1/search/content`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SearchLine {
    /// A file with matches. Files come in no order, each at most once.
    File { file: FileMatches },
    /// How far the search is; every 200 ms while it lasts.
    Progress { files: u64, matches: u64 },
    /// Last line.
    Done { summary: SearchSummary },
}

/// The matches of one file, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FileMatches {
    pub path: String,
    pub matches: Vec<ContentMatch>,
    /// There are more than the limit.
    pub truncated: bool,
    /// With a replacement: the tag of the content that was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// With a replacement: why this file is left as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
}

/// One match. `before`, `text` and `after` show it; what is cut away is an ellipsis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContentMatch {
    /// Counted from 1.
    pub line: u64,
    /// First character, in UTF-16 units counted from 1, as browsers and editors count.
    pub column: u32,
    /// After the last character.
    pub end_column: u32,
    /// The same in bytes of the line as UTF-8, counted from 0.
    pub byte_start: u32,
    pub byte_end: u32,
    pub before: String,
    pub text: String,
    pub after: String,
    /// What the match would become.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<String>,
}

/// How a search ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SearchSummary {
    /// Files that were looked into.
    pub files: u64,
    pub files_matched: u64,
    pub matches: u64,
    /// Why it ended before everything was looked at.
    pub ended_early: Option<EndedEarly>,
    /// Left out because they are not text.
    pub binary: u64,
    /// Not looked at to the end because of a line of more than a megabyte.
    pub long_lines: u64,
    /// May not be read, or could not be.
    pub unreadable: u64,
    pub took_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndedEarly {
    /// There are more matches than the limit.
    Matches,
    /// It took more than two minutes.
    Time,
}

/// Body of `POST /api/v1/search/replace`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplaceBody {
    /// What was previewed, with its `replacement` and `file_limit`.
    pub query: ContentQuery,
    /// At most 5,000.
    pub files: Vec<ReplaceFile>,
}

/// One file of a replacement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplaceFile {
    pub path: String,
    /// The tag that came with the preview. A file that has another one is left alone.
    pub etag: String,
    /// Only these matches; all of them when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<Vec<MatchPlace>>,
}

/// Names one match of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MatchPlace {
    pub line: u64,
    pub byte_start: u32,
}

/// Body of `POST /api/v1/search/undo`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoBody {
    /// From `begin`.
    pub undo: String,
}

/// One line of the answer of `POST /api/v1/search/replace` and `/undo`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ReplaceLine {
    /// First line. With `undo` the replacement can be taken back, as far as files have not changed
    /// since, until three later ones were made.
    Begin { undo: Option<String> },
    /// One file is done with.
    File { outcome: ReplaceOutcome },
    /// Last line.
    Done { changed: u64, left: u64 },
}

/// What became of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReplaceOutcome {
    pub path: String,
    /// Matches that were replaced, or taken back; 0 when the file was left as it was.
    pub replaced: u64,
    /// Why the file was left as it was.
    pub left: Option<String>,
    /// The file changed after it was shown; look again.
    pub stale: bool,
}
