//! Branches, what is checked out, merges, remotes.

use super::error::GitError;
use super::run::Run;
use super::{Author, Git, check_name, check_revision};
use protocol::git::{
    AddGitRemote, CreateGitBranch, GitCheckout, GitOperation, GitOperationAction, GitStatus,
    RenameGitBranch,
};
use std::time::Duration;

/// Writing a large tree takes a while; hooks may do more.
const CHECKOUT: Duration = Duration::from_mins(5);
/// Longest URL of a remote, in bytes.
const URL_BYTES_MAX: usize = 2048;

impl Git {
    /// Makes a branch, and goes on working there when asked to.
    pub async fn create_branch(&self, body: &CreateGitBranch) -> Result<GitStatus, GitError> {
        let name = check_name(&body.name, "branch")?;
        let from = match &body.from {
            Some(from) => Some(self.commit_id(from).await?),
            None => None,
        };
        let turn = self.turn().await?;
        let run = if body.checkout {
            Run::new(["switch", "--quiet", "--no-track", "--create", name])
        } else {
            Run::new(["branch", "--no-track", "--end-of-options", name])
        };
        self.write(&turn, run.args(from).deadline(CHECKOUT)).await?.ok()?;
        self.status().await
    }

    /// Deletes a branch; `force` also one with commits that are nowhere else.
    pub async fn delete_branch(&self, name: &str, force: bool) -> Result<GitStatus, GitError> {
        let name = check_name(name, "branch")?;
        let turn = self.turn().await?;
        let how = if force { "-D" } else { "-d" };
        self.write(&turn, Run::new(["branch", how, "--end-of-options", name])).await?.ok()?;
        self.status().await
    }

    /// Gives a branch another name; what it follows stays.
    pub async fn rename_branch(&self, body: &RenameGitBranch) -> Result<GitStatus, GitError> {
        let (name, to) = (check_name(&body.name, "branch")?, check_name(&body.to, "branch")?);
        let turn = self.turn().await?;
        let run = Run::new(["branch", "--move", "--end-of-options", name, to]);
        self.write(&turn, run).await?.ok()?;
        self.status().await
    }

    /// Checks out a branch, or a commit with a detached head. Changes that are not committed are
    /// kept; where they are in the way nothing happens, or they are merged when asked to.
    pub async fn checkout(&self, body: &GitCheckout) -> Result<GitStatus, GitError> {
        let revision = check_revision(&body.revision)?;
        let mut run = Run::new(["switch", "--quiet"]).deadline(CHECKOUT);
        if body.merge {
            run = run.args(["--merge"]);
        }
        if self.has_ref(&format!("refs/heads/{revision}")).await? {
            run = run.args([revision]);
        } else if self.has_ref(&format!("refs/remotes/{revision}")).await? {
            let local = revision.split_once('/').map_or(revision, |it| it.1);
            if self.has_ref(&format!("refs/heads/{local}")).await? {
                run = run.args([local]);
            } else {
                run = run.args(["--track", revision]);
            }
        } else if let Ok(id) = self.commit_id(revision).await {
            run = run.args(["--detach", &id]);
        } else {
            // Git finds the remote that has it, when there is exactly one.
            run = run.args(["--guess", check_name(revision, "branch")?]);
        }
        let turn = self.turn().await?;
        self.write(&turn, run).await?.ok()?;
        self.status().await
    }

    /// Merges a commit into the branch that is checked out. Conflicts are no error: the status has
    /// them.
    pub async fn merge(&self, revision: &str, author: &Author) -> Result<GitStatus, GitError> {
        // The name goes into the message, so it is not resolved here.
        let name = check_revision(revision)?;
        self.commit_id(name).await?;
        let turn = self.turn().await?;
        let run = Run::new(["merge", "--no-edit", "--end-of-options", name]).deadline(CHECKOUT);
        let output = self.write(&turn, author.sign(run)).await?;
        let status = self.status().await?;
        if output.code == Some(0) || status.operation == Some(GitOperation::Merge) {
            return Ok(status);
        }
        Err(output.refused())
    }

    /// Goes on with a merge, rebase or the like, or takes it back.
    pub async fn operate(
        &self,
        action: GitOperationAction,
        author: &Author,
    ) -> Result<GitStatus, GitError> {
        let turn = self.turn().await?;
        let status = self.status().await?;
        let Some(operation) = status.operation else {
            return Err(GitError::Stale("no merge or the like is under way".to_owned()));
        };
        let program = match operation {
            GitOperation::Merge => "merge",
            GitOperation::Rebase => "rebase",
            GitOperation::CherryPick => "cherry-pick",
            GitOperation::Revert => "revert",
        };
        let how = match action {
            GitOperationAction::Continue => "--continue",
            GitOperationAction::Skip if operation == GitOperation::Merge => {
                let message = "a merge has nothing to leave out; finish it, or take it back";
                return Err(GitError::Invalid(message.to_owned()));
            }
            GitOperationAction::Skip => "--skip",
            GitOperationAction::Abort => "--abort",
        };
        let run = author.sign(Run::new([program, how])).deadline(CHECKOUT);
        let output = self.write(&turn, run).await?;
        let status = self.status().await?;
        // A rebase may stop again at the next commit, with conflicts that the status has.
        let stopped = operation == GitOperation::Rebase
            && status.operation.is_some()
            && status.entries.iter().any(|it| it.conflict.is_some());
        if output.code == Some(0) || stopped { Ok(status) } else { Err(output.refused()) }
    }

    /// Adds a remote, or gives a known one another URL.
    pub async fn add_remote(&self, body: &AddGitRemote) -> Result<GitStatus, GitError> {
        let name = check_name(&body.name, "remote")?;
        check_remote_url(&body.url).map_err(|it| GitError::Invalid(it.to_owned()))?;
        let turn = self.turn().await?;
        let known = self.remotes().await?.iter().any(|it| it.name == name);
        let how = if known { "set-url" } else { "add" };
        self.write(&turn, Run::new(["remote", how, "--", name, &body.url])).await?.ok()?;
        self.status().await
    }

    /// Forgets a remote and the branches that were fetched from it.
    pub async fn remove_remote(&self, name: &str) -> Result<GitStatus, GitError> {
        let name = check_name(name, "remote")?;
        let turn = self.turn().await?;
        self.write(&turn, Run::new(["remote", "remove", "--", name])).await?.ok()?;
        self.status().await
    }
}

/// An address that Git only talks to: no program and no option, and no secret in a file that
/// everybody in the workspace reads.
fn check_remote_url(url: &str) -> Result<(), &'static str> {
    let scheme = url.split_once("://").map(|it| it.0.to_ascii_lowercase());
    let authority = url.split_once("://").and_then(|it| it.1.split('/').next());
    match scheme.as_deref() {
        _ if url.is_empty() || URL_BYTES_MAX < url.len() => Err("the URL is empty or too long"),
        _ if url.chars().any(|it| it.is_control() || it.is_whitespace()) => {
            Err("the URL has a space or a control character")
        }
        _ if url.starts_with('-') || url.contains("::") => Err("this is no URL of a repository"),
        Some("http" | "https") if authority.is_some_and(|it| it.contains('@')) => Err(
            "the URL holds a name or password; leave it out and add Git credentials to the environment",
        ),
        Some("http" | "https" | "ssh" | "git" | "file") | None => Ok(()),
        Some(_) => Err("the URL of a repository starts with `https://` or `ssh://`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes_are_addresses_without_secrets() {
        for url in ["https://h/x.git", "git@h:x/y.git", "ssh://git@h/x", "../other", "file:///x"] {
            assert_eq!(check_remote_url(url), Ok(()), "{url}");
        }
        for url in ["", "-u", "ext::sh -c id", "ext::sh", "https://a:b@h/x", "a b", "ftp://x/y"] {
            assert!(check_remote_url(url).is_err(), "{url}");
        }
    }
}
