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
    /// There is a `.git`, and Git says that it is none.
    #[error(
        "there is a `.git` here that Git cannot use: it is damaged, or it belongs to a repository \
         outside of this workspace, as that of a linked worktree or submodule does; nothing was \
         changed (Git: {0})"
    )]
    Unusable(String),
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

impl GitError {
    /// Why Git refused, for programs that offer a way out.
    pub(super) fn reason(&self) -> Option<&'static str> {
        let Self::Refused(said) = self else { return None };
        known(said).and_then(|it| it.reason)
    }
}

impl From<GitError> for WireError {
    fn from(error: GitError) -> Self {
        let code = match &error {
            GitError::NoRepository
            | GitError::Unusable(_)
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
        let reason = error.reason();
        let wire = Self::new(code, error.to_string());
        match reason {
            Some(reason) => wire.with_details(serde_json::json!({ "reason": reason })),
            None => wire,
        }
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
        // Git's own advice is about its command line.
        Some(hint) => {
            let lines = said.lines().filter(|it| !it.starts_with("hint: "));
            format!("{hint} (Git: {})", lines.collect::<Vec<_>>().join("\n"))
        }
        None => said.to_owned(),
    }
}

/// Words for what people meet often.
pub(super) fn hint(said: &str) -> Option<&'static str> {
    known(said).map(|it| it.hint)
}

/// A refusal that people meet often.
struct Known {
    /// Part of what Git says.
    said: &'static str,
    hint: &'static str,
    /// For programs that offer a way out.
    reason: Option<&'static str>,
}

const fn says(said: &'static str, hint: &'static str) -> Known {
    Known { said, hint, reason: None }
}

impl Known {
    const fn because(self, reason: &'static str) -> Self {
        Self { reason: Some(reason), ..self }
    }
}

/// The first that fits counts.
const KNOWN: &[Known] = &[
    says(
        "would be overwritten by checkout",
        "Changes that are not committed are in the way: commit or stash them, or take them along",
    )
    .because("changes_in_the_way"),
    says(
        "would be removed by checkout",
        "Changes that are not committed are in the way: commit or stash them, or take them along",
    )
    .because("changes_in_the_way"),
    says(
        "would be overwritten by merge",
        "Changes that are not committed are in the way: commit or stash them first",
    )
    .because("changes_in_the_way"),
    says(
        "You have unstaged changes",
        "Changes that are not committed are in the way: commit or stash them first",
    )
    .because("changes_in_the_way"),
    says(
        "index contains uncommitted changes",
        "Changes that are not committed are in the way: commit or stash them first",
    )
    .because("changes_in_the_way"),
    says(
        "already exists, no checkout",
        "Files that are not committed are where the stash has some: move or commit them first",
    ),
    says(
        "you need to resolve your current index first",
        "Conflicts are not decided yet: decide them, or take the merge back",
    ),
    says("not possible because you have unmerged files", "Conflicts are not decided yet"),
    says("needs merge", "Conflicts are not decided yet"),
    says(
        "No changes - did you forget to use 'git add'",
        "Nothing is left of this commit: leave it out to go on",
    ),
    says("The previous cherry-pick is now empty", "Nothing is left of this commit: leave it out"),
    says(
        "could not read Username",
        "The remote asks who you are: add Git credentials for its host under Settings, Environment",
    )
    .because("credentials"),
    says(
        "could not read Password",
        "The remote asks who you are: add Git credentials for its host under Settings, Environment",
    )
    .because("credentials"),
    says(
        "Authentication failed",
        "The remote did not accept the credentials: replace them under Settings, Environment",
    )
    .because("credentials"),
    says(
        "Permission denied (publickey",
        "The remote knows none of this workspace's keys: use its `https` address with Git \
         credentials, or make a key in a terminal",
    ),
    says(
        "Host key verification failed",
        "Nobody here has met this host before: use its `https` address, or connect to it once in \
         a terminal and look at its key",
    ),
    says(
        "CONNECT tunnel failed, response 403",
        "This workspace may not reach that host; who runs this Stead can allow it",
    ),
    says(
        "returned error: 403",
        "The remote knows who you are and does not allow this, or this workspace may not reach it",
    ),
    says("returned error: 5", "The remote has a trouble of its own: try again later"),
    says("Could not resolve host", "The host does not exist, or this workspace may not reach it"),
    says("Failed to connect to", "Nothing answers at this address"),
    says("Connection refused", "Nothing answers at this address"),
    says("does not appear to be a git repository", "There is no repository at this address"),
    says(
        "' not found",
        "There is no such repository at the remote, or these credentials do not show it",
    ),
    says("the remote end hung up unexpectedly", "The connection broke; try again"),
    says("early EOF", "The connection broke; try again"),
    says(
        "(stale info)",
        "Somebody has pushed since you last fetched: fetch, look at it, then push again",
    )
    .because("rejected"),
    says(
        "[remote rejected]",
        "The remote refuses this by a rule of its own; a hook or a protected branch may say more",
    ),
    says("[rejected]", "The remote has commits that you do not have: pull first, then push again")
        .because("rejected"),
    says("No space left", "The disk is full"),
    says("not something we can merge", "There is no such branch or commit"),
    says("refusing to merge unrelated histories", "The two histories have nothing in common"),
    says("is not fully merged", "The branch has commits that are nowhere else")
        .because("not_merged"),
    says("Please tell me who you are", "Git does not know who commits; this is a defect of ours"),
    says(
        "index.lock",
        "Another Git works in this repository; if none does, remove `.git/index.lock` in a terminal",
    ),
    says(
        "detected dubious ownership",
        "The repository belongs to another user of this machine, so Git does not trust it; if you \
         do, run what Git names below in a terminal",
    ),
    says("no such ref: HEAD", "Nothing is committed here yet"),
    says("no such path", "The file is in no commit yet"),
    says("cannot switch branch while", "Something is under way: finish it, or take it back first"),
    says("nothing to commit", "Nothing is staged"),
    says("no changes added to commit", "Nothing is staged"),
    says("has no upstream branch", "The branch follows no remote branch yet: push it first"),
    says(
        "There is no tracking information",
        "The branch follows no remote branch yet: push it first",
    ),
    says("src refspec", "There is no commit on this branch yet: commit once, then push"),
    says("couldn't find remote ref", "The remote has no such branch"),
    says("no such ref was fetched", "The remote no longer has the branch that this one follows"),
    says(
        "Need to specify how to reconcile",
        "Both sides have new commits: choose to merge or to rebase",
    ),
];

fn known(said: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|it| said.contains(it.said))
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
