//! Why a search or a replacement did not begin.

use crate::blocking::Ended;
use crate::files::FileError;
use crate::http::error::from_io;
use protocol::error::{ErrorCode, WireError};
use protocol::search::TEXT_BYTES_MAX;
use serde_json::json;

#[derive(Debug, thiserror::Error)]
pub(super) enum SearchError {
    #[error("there is nothing to look for; give a text or a regular expression")]
    Empty,
    #[error("the {0} is longer than {TEXT_BYTES_MAX} bytes")]
    TooLong(&'static str),
    #[error(
        "the search looks at one line at a time, and what is looked for has a line break in it"
    )]
    LineBreak,
    /// `at` counts UTF-16 units from 0.
    #[error("the regular expression is not understood: {reason}")]
    Pattern { reason: String, at: Option<usize> },
    #[error("the regular expression is too large when it is spelled out; use smaller repetitions")]
    TooLarge,
    #[error(
        "the regular expression has more than {0} groups; write those that the replacement does not name as `(?:…)`"
    )]
    TooManyGroups(usize),
    #[error("`{glob}` is no pattern for names: {reason}")]
    Glob { field: &'static str, glob: String, reason: String },
    #[error("a search takes at most {0} patterns for names")]
    TooManyGlobs(usize),
    #[error("the replacement names a group that the pattern does not have: `{0}`")]
    Group(String),
    #[error("there is no replacement to make")]
    NoReplacement,
    #[error("more than {0} files at once; replace in fewer")]
    TooManyFiles(usize),
    #[error("that replacement can no longer be taken back; newer ones took its place")]
    NoUndo,
    #[error(transparent)]
    File(#[from] FileError),
    #[error("the records of the replacement cannot be read or written")]
    Record(#[source] std::io::Error),
}

impl From<Ended> for SearchError {
    fn from(Ended(error): Ended) -> Self {
        Self::Record(error)
    }
}

impl SearchError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NoUndo => ErrorCode::NotFound,
            Self::TooManyFiles(_) => ErrorCode::TooLarge,
            Self::File(_) | Self::Record(_) => ErrorCode::Internal,
            Self::Empty
            | Self::TooLong(_)
            | Self::LineBreak
            | Self::Pattern { .. }
            | Self::TooLarge
            | Self::TooManyGroups(_)
            | Self::Glob { .. }
            | Self::TooManyGlobs(_)
            | Self::Group(_)
            | Self::NoReplacement => ErrorCode::InvalidRequest,
        }
    }
}

impl From<SearchError> for WireError {
    fn from(error: SearchError) -> Self {
        let wire = Self::new(error.code(), error.to_string());
        match error {
            SearchError::File(error) => error.into(),
            SearchError::Record(source) => from_io("keep what it takes to undo this", &source),
            SearchError::Pattern { at, .. } => {
                wire.with_details(json!({ "field": "q", "position": at }))
            }
            SearchError::Glob { field, .. } => wire.with_details(json!({ "field": field })),
            SearchError::Group(_) => wire.with_details(json!({ "field": "replacement" })),
            SearchError::Empty
            | SearchError::TooLong(_)
            | SearchError::LineBreak
            | SearchError::TooLarge
            | SearchError::TooManyGroups(_)
            | SearchError::TooManyGlobs(_)
            | SearchError::NoReplacement
            | SearchError::TooManyFiles(_)
            | SearchError::NoUndo => wire,
        }
    }
}
