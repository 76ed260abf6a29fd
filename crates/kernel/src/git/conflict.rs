//! Conflicts: what both sides have, and how people decide.

use super::change::check_object;
use super::error::GitError;
use super::run::Run;
use super::{Git, Turn};
use protocol::git::{
    GitConflict, GitConflictKind, GitDiscarded, GitOperation, GitResolve, GitSide,
};
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
    /// The versions of a file that conflicts.
    pub(super) async fn conflict(&self, path: &str) -> Result<GitConflict, GitError> {
        let path = WorkspacePath::parse_for_write(path)?;
        let base = self.stage_content(1, &path).await?;
        let ours = self.stage_content(2, &path).await?;
        let theirs = self.stage_content(3, &path).await?;
        let Some(kind) = kind(base.is_some(), ours.is_some(), theirs.is_some()) else {
            return Err(GitError::NotFound(format!("`{path}` has no conflict")));
        };
        let current = std::fs::read(self.shared.runner.root.join(path.as_str())).ok();
        let (our_name, their_name) = self.side_names(current.as_deref()).await?;
        let path = path.as_str().to_owned();
        let versions = [base, ours, theirs, current];
        let binary = versions.iter().flatten().any(|it| !is_text(it));
        let [base, ours, theirs, current] =
            versions.map(|it| String::from_utf8(it.filter(|_| !binary)?).ok());
        Ok(GitConflict { path, kind, binary, base, ours, theirs, current, our_name, their_name })
    }

    /// Takes a side, or the file as it is now, as what the merge makes of it. The answer can undo
    /// it.
    pub(super) async fn resolve(&self, body: &GitResolve) -> Result<GitDiscarded, GitError> {
        let path = WorkspacePath::parse_for_write(&body.path)?;
        let turn = self.turn().await?;
        let status = self.status().await?;
        let entry = status.entries.iter().find(|it| it.path == path.as_str());
        if entry.is_none_or(|it| it.conflict.is_none()) {
            return Err(GitError::Stale(format!("`{path}` has no conflict any more")));
        }
        let mut before = self.keep(&turn, std::slice::from_ref(&path)).await?;
        for it in &mut before {
            it.conflict = true;
        }
        self.take(&turn, &path, body.side).await?;
        let undo = self.since(before).await?;
        Ok(GitDiscarded { status: self.status().await?, undo })
    }

    /// Makes the file what `side` has, and what is there count as resolved.
    async fn take(
        &self,
        turn: &Turn<'_>,
        path: &WorkspacePath,
        side: Option<GitSide>,
    ) -> Result<(), GitError> {
        if let Some(side) = side {
            let (stage, how) = match side {
                GitSide::Ours => (2, "--ours"),
                GitSide::Theirs => (3, "--theirs"),
            };
            if self.stage_content(stage, path).await?.is_none() {
                let run = Run::new(["rm", "--quiet", "--force", "--", path.as_str()]);
                self.write(turn, run).await?.ok()?;
                return Ok(());
            }
            let run = Run::new(["checkout", how, "--", path.as_str()]);
            self.write(turn, run).await?.ok()?;
        }
        self.write(turn, Run::new(["add", "--all", "--", path.as_str()])).await?.ok()?;
        Ok(())
    }

    /// Makes a path conflict again as it did before it was resolved, which Git remembers until the
    /// commit. The file stays as it is.
    pub(super) async fn reopen(
        &self,
        turn: &Turn<'_>,
        path: &WorkspacePath,
    ) -> Result<(), GitError> {
        let run = Run::new(["ls-files", "--resolve-undo", "-z", "--", path.as_str()]);
        let stages = self.read(run).await?.ok()?.stdout;
        if stages.is_empty() {
            let message = format!("Git no longer knows the conflict of `{path}`");
            return Err(GitError::Stale(message));
        }
        // Without the resolved entry first, Git would keep both.
        let mut index = format!("0 {}\t{path}\0", "0".repeat(40)).into_bytes();
        index.extend_from_slice(&stages);
        let run = Run::new(["update-index", "-z", "--index-info"]).stdin(index);
        self.write(turn, run).await?.ok()?;
        Ok(())
    }

    async fn stage_content(
        &self,
        stage: u8,
        path: &WorkspacePath,
    ) -> Result<Option<Vec<u8>>, GitError> {
        self.blob(&format!(":{stage}:{path}")).await
    }

    /// What the sides are called: the branch here, and the first line of what is merged. In a
    /// rebase, what the commits are put on, and the commit.
    async fn side_names(&self, current: Option<&[u8]>) -> Result<(String, String), GitError> {
        let directory = self.directory();
        let read = |name: &str| {
            let text = std::fs::read_to_string(directory.join(name)).ok()?;
            text.lines().next().map(str::to_owned)
        };
        let merged = || read("MERGE_MSG").map(|it| merged_name(&it).to_owned());
        let theirs = read("rebase-merge/message").or_else(merged);
        let theirs = theirs.or_else(|| current.and_then(their_mark));
        let ours = match read("rebase-merge/onto") {
            Some(onto) => Some(self.name_of(&onto).await?),
            None => {
                read("HEAD").and_then(|it| it.strip_prefix("ref: refs/heads/").map(str::to_owned))
            }
        };
        let or = |name: Option<String>, other: &str| name.unwrap_or_else(|| other.to_owned());
        Ok((or(ours, "here"), or(theirs, "there")))
    }

    /// A branch that is at this commit, else the beginning of its id.
    async fn name_of(&self, commit: &str) -> Result<String, GitError> {
        check_object(commit)?;
        let run = Run::new(["for-each-ref", "--count=1", "--format=%(refname:short)"])
            .args([format!("--points-at={commit}")])
            .args(["refs/heads", "refs/remotes"]);
        let name = self.read(run).await?.ok()?.text();
        Ok(if name.is_empty() { commit.chars().take(8).collect() } else { name })
    }
}

/// `side` of `Merge branch 'side'`; other messages as they are.
fn merged_name(message: &str) -> &str {
    let mut quoted = message.strip_prefix("Merge ").unwrap_or_default().split('\'');
    quoted.nth(1).filter(|it| !it.is_empty()).unwrap_or(message)
}

/// What Git calls the other side in a file that it marked.
fn their_mark(current: &[u8]) -> Option<String> {
    let mark = current.split(|it| *it == b'\n').find_map(|it| it.strip_prefix(b">>>>>>> "))?;
    Some(String::from_utf8_lossy(mark).trim_end().to_owned())
}

/// What a conflict is called, by which sides have the file.
const fn kind(base: bool, ours: bool, theirs: bool) -> Option<GitConflictKind> {
    match (base, ours, theirs) {
        (false, false, false) => None,
        (true, false, false) => Some(GitConflictKind::BothDeleted),
        (false, true, false) => Some(GitConflictKind::AddedByUs),
        (false, false, true) => Some(GitConflictKind::AddedByThem),
        (true, true, false) => Some(GitConflictKind::DeletedByThem),
        (true, false, true) => Some(GitConflictKind::DeletedByUs),
        (false, true, true) => Some(GitConflictKind::BothAdded),
        (true, true, true) => Some(GitConflictKind::BothModified),
    }
}

/// Whether a version can be shown; a zero byte is Git's own sign of what is no text.
fn is_text(version: &[u8]) -> bool {
    !version.contains(&0) && std::str::from_utf8(version).is_ok()
}
