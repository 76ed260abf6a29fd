//! Why Git did not do what it was asked, in its words and ours.

use crate::blocking::Ended;
use protocol::{ErrorCode, WireError};
use std::io;
use std::time::Duration;
use stdx::workspace_path::InvalidPath;
use supervisor::process::SpawnError;

/// Longest part of what Git said that is passed on, in bytes.
const SAID_BYTES_MAX: usize = 4000;

#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error("the workspace is no Git repository yet; initialise one or clone one")]
    NoRepository,
    #[error("Git could not be started; is it installed on this machine?")]
    NotInstalled(#[source] SpawnError),
    /// Git ended with an error; nothing else is known.
    #[error("{}", refusal(.0))]
    Refused(String),
    #[error("Git took longer than {} s and was ended", .0.as_secs())]
    TooSlow(Duration),
    #[error("the answer of Git is larger than {0} bytes")]
    TooLarge(usize),
    #[error("a {0} is under way; wait for its end, or cancel it")]
    Busy(&'static str),
    #[error("{0}")]
    Invalid(String),
    #[error("{0}")]
    NotFound(String),
    /// What the request was about has changed since it was shown.
    #[error("{0}; nothing was changed")]
    Stale(String),
    /// An open document has text that its file lacks.
    #[error(
        "`{0}` is open, and what was typed there cannot be written to its file; nothing was changed. \
         Is the disk full?"
    )]
    NotWritten(String),
    #[error("Git could not be talked to")]
    Io(#[from] io::Error),
    /// Git answered something that this program does not understand.
    #[error("Git answered in an unknown way: {0}")]
    Unexpected(&'static str),
}

impl From<Ended> for GitError {
    fn from(Ended(error): Ended) -> Self {
        Self::Io(error)
    }
}

impl From<InvalidPath> for GitError {
    fn from(error: InvalidPath) -> Self {
        Self::Invalid(error.to_string())
    }
}

impl From<GitError> for WireError {
    fn from(error: GitError) -> Self {
        let code = match &error {
            GitError::NoRepository
            | GitError::Refused(_)
            | GitError::Busy(_)
            | GitError::Stale(_) => ErrorCode::Conflict,
            GitError::NotInstalled(_) => ErrorCode::Unavailable,
            GitError::NotWritten(_) => ErrorCode::StorageFull,
            GitError::TooSlow(_) => ErrorCode::Timeout,
            GitError::TooLarge(_) => ErrorCode::TooLarge,
            GitError::Invalid(_) => ErrorCode::InvalidRequest,
            GitError::NotFound(_) => ErrorCode::NotFound,
            GitError::Io(_) | GitError::Unexpected(_) => ErrorCode::Internal,
        };
        if code == ErrorCode::Internal {
            tracing::error!(error = &error as &dyn std::error::Error, "Git failed");
        }
        Self::new(code, error.to_string())
    }
}

/// What Git said, with what helps in front of it.
fn refusal(said: &str) -> String {
    let said = said.trim();
    if said.is_empty() {
        return "Git refused without a word; nothing was changed".to_owned();
    }
    let mut end = said.len().min(SAID_BYTES_MAX);
    while !said.is_char_boundary(end) {
        end -= 1;
    }
    let said = &said[..end];
    match hint(said) {
        Some(hint) => format!("{hint} (Git: {said})"),
        None => said.to_owned(),
    }
}

/// Words for what people meet often.
pub(super) fn hint(said: &str) -> Option<&'static str> {
    const HINTS: &[(&str, &str)] = &[
        (
            "would be overwritten by checkout",
            "Changes that are not committed are in the way: commit or stash them, or take them along",
        ),
        (
            "would be overwritten by merge",
            "Changes that are not committed are in the way: commit or stash them first",
        ),
        (
            "could not read Username",
            "The remote asks who you are: add Git credentials for its host to the environment",
        ),
        (
            "Authentication failed",
            "The remote did not accept the credentials: replace them in the environment",
        ),
        ("Could not resolve host", "The host does not exist, or this workspace may not reach it"),
        ("[rejected]", "The remote has commits that you do not have: pull first, then push again"),
        ("No space left", "The disk is full"),
        ("not something we can merge", "There is no such branch or commit"),
        ("refusing to merge unrelated histories", "The two histories have nothing in common"),
        ("is not fully merged", "The branch has commits that are nowhere else"),
        ("Please tell me who you are", "Git does not know who commits; this is a defect of ours"),
        (
            "index.lock",
            "Another Git works in this repository; if none does, remove `.git/index.lock` in a terminal",
        ),
        ("nothing to commit", "Nothing is staged"),
        ("no changes added to commit", "Nothing is staged"),
        ("has no upstream branch", "The branch follows no remote branch yet: push it first"),
        (
            "There is no tracking information",
            "The branch follows no remote branch yet: push it first",
        ),
        (
            "Need to specify how to reconcile",
            "Both sides have new commits: choose to merge or to rebase",
        ),
    ];
    HINTS.iter().find(|it| said.contains(it.0)).map(|it| it.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_what_helps_and_what_git_said() {
        let said = "error: Your local changes to the following files would be overwritten by checkout:\n\ta\nAborting\n";
        let text = GitError::Refused(said.to_owned()).to_string();
        assert!(text.starts_with("Changes that are not committed are in the way"), "{text}");
        assert!(text.contains("\ta\nAborting"), "{text}");
        assert_eq!(GitError::Refused("fatal: x\n".to_owned()).to_string(), "fatal: x");
        let long = "ä".repeat(SAID_BYTES_MAX);
        assert!(GitError::Refused(long).to_string().len() <= SAID_BYTES_MAX);
    }
}
