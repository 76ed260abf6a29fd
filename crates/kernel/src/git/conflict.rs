//! Conflicts: what both sides have, and how people decide.

use super::Git;
use super::error::GitError;
use super::run::Run;
use protocol::git::{GitConflict, GitOperation, GitResolve, GitSide, GitStatus};
use std::path::Path;
use stdx::WorkspacePath;

/// What Git waits for, as its directory tells.
pub(super) fn operation(directory: &Path) -> Option<GitOperation> {
    let has = |name: &str| directory.join(name).exists();
    if has("rebase-merge") || has("rebase-apply") {
        Some(GitOperation::Rebase)
    } else if has("MERGE_HEAD") {
        Some(GitOperation::Merge)
    } else if has("CHERRY_PICK_HEAD") {
        Some(GitOperation::CherryPick)
    } else if has("REVERT_HEAD") {
        Some(GitOperation::Revert)
    } else {
        None
    }
}

impl Git {
    /// The versions of a file that conflicts, as text.
    pub(super) async fn conflict(&self, path: &str) -> Result<GitConflict, GitError> {
        let path = WorkspacePath::parse_for_write(path)?;
        let base = self.stage_content(1, &path).await?;
        let ours = self.stage_content(2, &path).await?;
        let theirs = self.stage_content(3, &path).await?;
        if base.is_none() && ours.is_none() && theirs.is_none() {
            return Err(GitError::NotFound(format!("`{path}` has no conflict")));
        }
        let current = std::fs::read(self.shared.runner.root.join(path.as_str())).ok();
        let current = current.map(text).transpose()?;
        let (our_name, their_name) = self.side_names();
        Ok(GitConflict {
            path: path.as_str().to_owned(),
            base,
            ours,
            theirs,
            current,
            our_name,
            their_name,
        })
    }

    /// Takes a side, or the file as it is now, as what the merge makes of it.
    pub(super) async fn resolve(&self, body: &GitResolve) -> Result<GitStatus, GitError> {
        let path = WorkspacePath::parse_for_write(&body.path)?;
        let turn = self.turn().await?;
        let status = self.status().await?;
        let entry = status.entries.iter().find(|it| it.path == path.as_str());
        if entry.is_none_or(|it| it.conflict.is_none()) {
            return Err(GitError::Stale(format!("`{path}` has no conflict any more")));
        }
        if let Some(side) = body.side {
            let (stage, how) = match side {
                GitSide::Ours => (2, "--ours"),
                GitSide::Theirs => (3, "--theirs"),
            };
            let exists = self.blob(&format!(":{stage}:{path}")).await?.is_some();
            let run = if exists {
                Run::new(["checkout", how, "--", path.as_str()])
            } else {
                Run::new(["rm", "--quiet", "--force", "--", path.as_str()])
            };
            self.write(&turn, run).await?.ok()?;
            if !exists {
                return self.status().await;
            }
        }
        self.write(&turn, Run::new(["add", "--all", "--", path.as_str()])).await?.ok()?;
        self.status().await
    }

    async fn stage_content(
        &self,
        stage: u8,
        path: &WorkspacePath,
    ) -> Result<Option<String>, GitError> {
        self.blob(&format!(":{stage}:{path}")).await?.map(text).transpose()
    }

    /// What the sides are called: the branch here, and the first line of what is merged.
    fn side_names(&self) -> (String, String) {
        let directory = self.directory();
        let read = |name: &str| {
            let text = std::fs::read_to_string(directory.join(name)).ok()?;
            text.lines().next().map(str::to_owned)
        };
        let branch =
            read("HEAD").and_then(|it| it.strip_prefix("ref: refs/heads/").map(str::to_owned));
        let theirs = read("MERGE_MSG").or_else(|| read("rebase-merge/message"));
        (branch.unwrap_or_else(|| "here".to_owned()), theirs.unwrap_or_else(|| "there".to_owned()))
    }
}

fn text(bytes: Vec<u8>) -> Result<String, GitError> {
    String::from_utf8(bytes)
        .map_err(|_| GitError::Invalid("the file is no text; take one side as a whole".to_owned()))
}
