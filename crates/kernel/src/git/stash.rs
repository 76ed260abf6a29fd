//! Stashes: changes put aside.

use super::change::check_object;
use super::error::GitError;
use super::run::Run;
use super::{Author, Git, Turn, log};
use protocol::git::{ApplyGitStash, CreateGitStash, GitStash, GitStatus, MESSAGE_BYTES_MAX};

impl Git {
    /// Every stash, the newest first.
    pub(super) async fn stashes(&self) -> Result<Vec<GitStash>, GitError> {
        let output = self.read(Run::new(["stash", "list", "-z", log::STASH_FORMAT])).await?.ok()?;
        log::stashes(&output.text())
    }

    /// Puts changes aside.
    pub(super) async fn create_stash(
        &self,
        body: &CreateGitStash,
        author: &Author,
    ) -> Result<GitStatus, GitError> {
        if MESSAGE_BYTES_MAX < body.message.len() || body.message.contains(['\0', '\n']) {
            return Err(GitError::Invalid("the message is not one line".to_owned()));
        }
        let turn = self.turn().await?;
        if self.commit_id("HEAD").await.is_err() {
            let message = "before the first commit nothing can be put aside: commit once";
            return Err(GitError::Stale(message.to_owned()));
        }
        // Git 2.47 leaves untracked files where they are when paths are taken literally.
        let mut run = Run::new(["stash", "push", "--quiet"]).env("GIT_LITERAL_PATHSPECS", "0");
        if body.include_untracked {
            run = run.args(["--include-untracked"]);
        }
        if !body.message.is_empty() {
            run = run.args(["-m", &body.message]);
        }
        let before = self.stashes().await?.len();
        self.write(&turn, author.sign(run)).await?.ok()?;
        if self.stashes().await?.len() == before {
            return Err(GitError::Stale("there is nothing to put aside".to_owned()));
        }
        self.status().await
    }

    /// Brings a stash back into the files.
    pub(super) async fn apply_stash(&self, body: &ApplyGitStash) -> Result<GitStatus, GitError> {
        let turn = self.turn().await?;
        let name = self.stash_name(&body.id).await?;
        let how = if body.drop { "pop" } else { "apply" };
        let output = self.write(&turn, Run::new(["stash", how, "--quiet", &name])).await?;
        let status = self.status().await?;
        // A conflict is no error: the status has it, and the stash is still there.
        let conflicts = status.entries.iter().any(|it| it.conflict.is_some());
        if output.code == Some(0) || conflicts { Ok(status) } else { Err(output.refused()) }
    }

    /// Throws a stash away. Its commit stays for about two weeks; its id brings it back.
    pub(super) async fn drop_stash(&self, id: &str) -> Result<GitStatus, GitError> {
        let turn: Turn<'_> = self.turn().await?;
        let name = self.stash_name(id).await?;
        self.write(&turn, Run::new(["stash", "drop", "--quiet", &name])).await?.ok()?;
        self.status().await
    }

    /// `stash@{2}` for the stash with this id.
    async fn stash_name(&self, id: &str) -> Result<String, GitError> {
        check_object(id)?;
        let found = self.stashes().await?.into_iter().find(|it| it.id == id);
        let found = found.ok_or_else(|| GitError::NotFound("the stash is gone".to_owned()))?;
        Ok(format!("stash@{{{}}}", found.index))
    }
}
