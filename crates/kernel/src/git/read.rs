//! What only reads: diffs, history, blame, old contents.

use super::error::GitError;
use super::log::{self, COMMIT_FORMAT};
use super::run::{Run, STDOUT_BYTES_MAX};
use super::{Git, check_paths, check_revision, diff};
use protocol::git::{
    GitBlame, GitBranch, GitChange, GitCommit, GitDiff, GitFileDiff, GitLog, GitRemote,
    LOG_COMMITS_MAX,
};
use std::ffi::OsStr;
use stdx::WorkspacePath;

/// Largest content of an old version, in bytes.
const SHOW_BYTES_MAX: usize = STDOUT_BYTES_MAX;
/// Longest text that the log is searched for, in bytes.
const SEARCH_BYTES_MAX: usize = 200;

/// What to compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Compare {
    /// Files with what is staged.
    Unstaged,
    /// What is staged with what is committed.
    Staged,
    /// A commit with its first parent.
    Commit(String),
    /// One commit with another one, or with the files.
    Between(String, Option<String>),
}

/// Which commits to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LogQuery {
    pub(super) from: Option<String>,
    /// Of every branch.
    pub(super) all: bool,
    pub(super) path: Option<String>,
    /// In messages, whatever their case.
    pub(super) search: Option<String>,
    pub(super) skip: usize,
    pub(super) limit: usize,
}

/// A diff whose form no configuration changes.
pub(super) fn diff_args() -> Vec<&'static str> {
    [&["diff"][..], DIFF_FORM].concat()
}

const DIFF_FORM: &[&str] = &[
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--unified=3",
    "--find-renames",
    "--submodule=short",
];

impl Git {
    /// Compares, everything or one path.
    pub(super) async fn diff(
        &self,
        compare: &Compare,
        path: Option<&str>,
        ignore_space: bool,
    ) -> Result<GitDiff, GitError> {
        let paths = path.map(|it| check_paths(&[it.to_owned()])).transpose()?.unwrap_or_default();
        if matches!(compare, Compare::Unstaged) {
            // What cannot be written now is not in the files yet; the rest can be shown.
            self.shared.documents.flush().await;
        }
        let mut run = match compare {
            Compare::Unstaged => Run::new(diff_args()),
            Compare::Staged => Run::new(diff_args()).args(["--cached"]),
            Compare::Commit(id) => {
                let id = self.commit_id(id).await?;
                Run::new(["show", "--format=", "--first-parent", "--diff-merges=first-parent"])
                    .args(DIFF_FORM)
                    .args([id])
            }
            Compare::Between(from, to) => {
                let mut ids = vec![self.commit_id(from).await?];
                if let Some(to) = to {
                    ids.push(self.commit_id(to).await?);
                }
                Run::new(diff_args()).args(ids)
            }
        };
        if ignore_space {
            run = run.args(["--ignore-space-change"]);
        }
        let run = run.args(["--"]).args(paths.clone()).truncate(STDOUT_BYTES_MAX);
        let output = self.read(run).await?.ok()?;
        let mut shown = diff::show(&diff::split(&output.stdout));
        shown.truncated |= output.stdout.len() == STDOUT_BYTES_MAX;
        if shown.files.is_empty()
            && *compare == Compare::Unstaged
            && let [path] = paths.as_slice()
        {
            shown = self.untracked(path).await?;
        }
        Ok(shown)
    }

    /// What makes a file that Git does not know, as Git's diff; `None` when there is no such file.
    pub(super) async fn made_anew(&self, path: &OsStr) -> Result<Option<Vec<u8>>, GitError> {
        let known = Run::new(["ls-files", "--cached", "-z", "--"]).args([path]);
        let is_file = self.shared.runner.root.join(path).is_file();
        if !is_file || !self.read(known).await?.ok()?.stdout.is_empty() {
            return Ok(None);
        }
        let run = Run::new(diff_args()).args(["--no-index", "--", "/dev/null"]).args([path]);
        let output = self.read(run.truncate(STDOUT_BYTES_MAX)).await?;
        // 1 says that there is a difference.
        if !matches!(output.code, Some(0 | 1)) {
            return Err(output.refused());
        }
        Ok(Some(output.stdout))
    }

    /// A file that Git does not know is all new.
    async fn untracked(&self, path: &OsStr) -> Result<GitDiff, GitError> {
        let Some(made) = self.made_anew(path).await? else { return Ok(GitDiff::default()) };
        let mut shown = diff::show(&diff::split(&made));
        if shown.files.is_empty() {
            // Empty files have no difference to nothing.
            let path = path.to_string_lossy().into_owned();
            shown.files.push(GitFileDiff {
                path,
                original_path: None,
                change: GitChange::Untracked,
                binary: false,
                added: 0,
                removed: 0,
                hunks: Vec::new(),
            });
        }
        for file in &mut shown.files {
            file.change = GitChange::Untracked;
        }
        Ok(shown)
    }

    /// Commits, children before parents.
    pub(super) async fn log(&self, query: &LogQuery) -> Result<GitLog, GitError> {
        let limit = query.limit.clamp(1, LOG_COMMITS_MAX);
        let mut run = Run::new(["log", "-z", "--topo-order", "--decorate=short", COMMIT_FORMAT])
            .args([format!("--skip={}", query.skip), format!("--max-count={}", limit + 1)]);
        if let Some(search) = query.search.as_deref().filter(|it| !it.is_empty()) {
            if SEARCH_BYTES_MAX < search.len() || search.contains('\0') {
                return Err(GitError::Invalid("the text to search for is too long".to_owned()));
            }
            run = run.args(["--fixed-strings", "--regexp-ignore-case"]);
            run = run.args([format!("--grep={search}")]);
        }
        if query.all {
            run = run.args(["--branches", "--remotes", "--tags", "HEAD"]);
        } else {
            let from = query.from.as_deref().unwrap_or("HEAD");
            match self.commit_id(from).await {
                Ok(id) => run = run.args([id]),
                // A repository without commits has an empty history.
                Err(GitError::NotFound(_)) if query.from.is_none() => {
                    return Ok(GitLog { commits: Vec::new(), more: false });
                }
                Err(error) => return Err(error),
            }
        }
        if query.path.is_some() {
            // What it was called before is its history, too.
            run = run.args(["--follow"]);
        }
        run = run.args(["--"]);
        if let Some(path) = &query.path {
            run = run.args(check_paths(std::slice::from_ref(path))?);
        }
        let output = self.read(run).await?;
        // With `--all` and no commit, HEAD is no revision.
        if output.code != Some(0) && output.stderr.contains("bad revision 'HEAD'") {
            return Ok(GitLog { commits: Vec::new(), more: false });
        }
        let mut commits = log::commits(&output.ok()?.text(), false)?;
        let more = limit < commits.len();
        commits.truncate(limit);
        Ok(GitLog { commits, more })
    }

    /// One commit with its whole message.
    pub(super) async fn commit_details(&self, revision: &str) -> Result<GitCommit, GitError> {
        let id = self.commit_id(revision).await?;
        let args = ["log", "-z", "--max-count=1", "--decorate=short", COMMIT_FORMAT, &id, "--"];
        let output = self.read(Run::new(args)).await?.ok()?;
        let commit = log::commits(&output.text(), true)?.pop();
        commit.ok_or(GitError::Unexpected("a commit"))
    }

    /// The content of a file in a commit, or as it is staged.
    pub(super) async fn content(
        &self,
        path: &str,
        revision: Option<&str>,
    ) -> Result<Vec<u8>, GitError> {
        let path = WorkspacePath::parse(path)?;
        let object = match revision {
            Some(revision) => format!("{}:{path}", self.commit_id(revision).await?),
            None => format!(":0:{path}"),
        };
        self.blob(&object)
            .await?
            .ok_or_else(|| GitError::NotFound(format!("there is no `{path}` in that version")))
    }

    /// The content that `object` names, if there is such a file.
    pub(super) async fn blob(&self, object: &str) -> Result<Option<Vec<u8>>, GitError> {
        let run = Run::new(["cat-file", "blob", object]).truncate(SHOW_BYTES_MAX);
        let output = self.read(run).await?;
        let unknown = [
            "does not exist",
            "exists on disk, but not",
            "is in the index, but not",
            "Not a valid object",
            "bad file",
        ];
        match output.code {
            Some(0) if SHOW_BYTES_MAX <= output.stdout.len() => {
                Err(GitError::TooLarge(SHOW_BYTES_MAX))
            }
            Some(0) => Ok(Some(output.stdout)),
            _ if unknown.iter().any(|it| output.stderr.contains(it)) => Ok(None),
            _ => Err(output.refused()),
        }
    }

    /// Who wrote which lines.
    pub(super) async fn blame(
        &self,
        path: &str,
        revision: Option<&str>,
    ) -> Result<Vec<GitBlame>, GitError> {
        let path = WorkspacePath::parse(path)?;
        if revision.is_none() {
            // Lines are counted in what people see. What cannot be written is blamed as it was.
            self.shared.documents.flush().await;
        }
        let mut run = Run::new(["blame", "--incremental"]);
        if let Some(revision) = revision {
            run = run.args([self.commit_id(revision).await?]);
        }
        let output = self.read(run.args(["--", path.as_str()])).await?.ok()?;
        log::blame(&output.text())
    }

    /// Branches here and at remotes, the last used first.
    pub(super) async fn branches(&self) -> Result<Vec<GitBranch>, GitError> {
        let run = Run::new(["for-each-ref", "--sort=-committerdate", log::BRANCH_FORMAT]);
        let output = self.read(run.args(["refs/heads", "refs/remotes"])).await?.ok()?;
        log::branches(&output.text())
    }

    /// Remotes, without credentials in their URLs.
    pub(super) async fn remotes(&self) -> Result<Vec<GitRemote>, GitError> {
        let args = ["config", "-z", "--get-regexp", r"^remote\..*\.url$"];
        let output = self.read(Run::new(args)).await?;
        // 1 says that there is none, others that there is no repository.
        if output.code != Some(0) {
            return Ok(Vec::new());
        }
        let text = output.text();
        let mut remotes: Vec<GitRemote> = Vec::new();
        for record in text.split('\0') {
            let Some((key, url)) = record.split_once('\n') else { continue };
            let name = key.strip_prefix("remote.").and_then(|it| it.strip_suffix(".url"));
            let Some(name) = name else { continue };
            if remotes.iter().all(|it| it.name != name) {
                remotes.push(GitRemote { name: name.to_owned(), url: without_credentials(url) });
            }
        }
        Ok(remotes)
    }

    /// Whether there is such a reference.
    pub(super) async fn has_ref(&self, name: &str) -> Result<bool, GitError> {
        check_revision(name)?;
        let run = Run::new(["show-ref", "--verify", "--quiet", "--", name]);
        Ok(self.read(run).await?.code == Some(0))
    }
}

/// A URL without name and password.
fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find('/').unwrap_or(rest.len());
    match rest[..end].rsplit_once('@') {
        Some((_, host)) if scheme != "ssh" => format!("{scheme}://{host}{}", &rest[end..]),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_told_without_credentials() {
        assert_eq!(without_credentials("https://me:x@h/a@b"), "https://h/a@b");
        assert_eq!(without_credentials("https://h/a"), "https://h/a");
        assert_eq!(without_credentials("ssh://git@h/a"), "ssh://git@h/a");
        assert_eq!(without_credentials("git@h:a"), "git@h:a");
    }
}
