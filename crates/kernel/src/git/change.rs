//! Staging, discarding, committing.

use super::error::GitError;
use super::read::diff_args;
use super::run::Run;
use super::{Author, Git, Turn, check_paths, diff, status};
use crate::blocking::blocking;
use crate::context::By;
use protocol::file::FILE_BYTES_MAX;
use protocol::git::{
    GitChange, GitCommitBody, GitDiscarded, GitEntry, GitHunkAction, GitHunks, GitStatus, GitUndo,
    MESSAGE_BYTES_MAX,
};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;
use stdx::WorkspacePath;

/// Hooks may build and test.
const COMMIT: Duration = Duration::from_mins(10);
/// Files of one discard at most, because each is kept for its undo.
const DISCARDED_MAX: usize = 2_000;

impl Git {
    /// Stages paths as they are, deletions included.
    pub async fn stage(&self, paths: &[String]) -> Result<GitStatus, GitError> {
        let paths = check_paths(paths)?;
        let turn = self.turn().await?;
        self.write(&turn, Run::new(["add", "--all", "--"]).args(paths)).await?.ok()?;
        self.status().await
    }

    /// Takes paths out of what is staged; the files stay as they are.
    pub async fn unstage(&self, paths: &[String]) -> Result<GitStatus, GitError> {
        let paths = check_paths(paths)?;
        let turn = self.turn().await?;
        // Before the first commit there is nothing to go back to.
        let born = self.commit_id("HEAD").await.is_ok();
        let run = if born {
            Run::new(["restore", "--staged", "--"])
        } else {
            Run::new(["rm", "-r", "--cached", "--force", "--quiet", "--ignore-unmatch", "--"])
        };
        self.write(&turn, run.args(paths)).await?.ok()?;
        self.status().await
    }

    /// Stages, unstages or discards hunks of one file.
    pub async fn hunks(&self, body: &GitHunks) -> Result<GitDiscarded, GitError> {
        let path = WorkspacePath::parse_for_write(&body.path)?;
        let turn = self.turn().await?;
        let mut args = diff_args();
        if body.action == GitHunkAction::Unstage {
            args.push("--cached");
        }
        let run = Run::new(args).args(["--", path.as_str()]);
        let mut differs = self.read(run).await?.ok()?.stdout;
        if differs.is_empty() && body.action != GitHunkAction::Unstage {
            differs = self.made_anew(path.as_str().as_ref()).await?.unwrap_or_default();
        }
        let files = diff::split(&differs);
        let reverse = body.action != GitHunkAction::Stage;
        let chosen = files.first().and_then(|file| match (&body.lines, body.hunks.as_slice()) {
            (None, hunks) => diff::patch(file, hunks),
            (Some(lines), [hunk]) => diff::patch_of_lines(file, hunk, lines, reverse),
            (Some(_), _) => None,
        });
        let chosen = chosen.ok_or_else(|| {
            GitError::Stale("the file has changed since these parts were shown".to_owned())
        })?;
        let before = match body.action {
            GitHunkAction::Discard => self.keep(&turn, std::slice::from_ref(&path)).await?,
            GitHunkAction::Stage | GitHunkAction::Unstage => Vec::new(),
        };
        let how: &[&str] = match body.action {
            GitHunkAction::Stage => &["--cached"],
            GitHunkAction::Unstage => &["--cached", "--reverse"],
            GitHunkAction::Discard => &["--reverse"],
        };
        let run = Run::new(["apply", "--whitespace=nowarn"]).args(how).args(["-"]).stdin(chosen);
        self.write(&turn, run).await?.ok()?;
        let undo = self.since(before).await?;
        Ok(GitDiscarded { status: self.status().await?, undo })
    }

    /// Makes paths what is staged, or what is committed where nothing is: changes that are not
    /// staged are gone, and so are untracked files. The answer holds what it takes to undo it;
    /// symbolic links are left out of that.
    pub async fn discard(&self, paths: &[String], by: &By) -> Result<GitDiscarded, GitError> {
        let paths = check_paths(paths)?;
        let turn = self.turn().await?;
        let run = Run::new(["status", "--porcelain=v2", "-z", "--untracked-files=all"]);
        let output = self.read(run.args(["--"]).args(paths)).await?.ok()?;
        let entries = status::parse(&output.stdout)?.entries;
        let entries: Vec<GitEntry> =
            entries.into_iter().filter(|it| it.unstaged != GitChange::Unchanged).collect();
        if entries.iter().any(|it| it.conflict.is_some()) {
            let message = "a file among these has a conflict; resolve it, or abort the merge";
            return Err(GitError::Invalid(message.to_owned()));
        }
        if DISCARDED_MAX < entries.len() {
            let message = format!("more than {DISCARDED_MAX} files would be discarded at once");
            return Err(GitError::Invalid(message));
        }
        let mut all = Vec::new();
        let (mut tracked, mut untracked) = (Vec::new(), Vec::new());
        for entry in &entries {
            let path = WorkspacePath::parse_for_write(&entry.path)?;
            all.push(path.clone());
            if entry.unstaged == GitChange::Untracked {
                untracked.push(path);
            } else {
                tracked.push(path.as_str().to_owned());
            }
        }
        let before = self.keep(&turn, &all).await?;
        if !tracked.is_empty() {
            let run = Run::new(["restore", "--worktree", "--"]).args(tracked);
            self.write(&turn, run).await?.ok()?;
        }
        let (files, by) = (self.shared.files.clone(), by.clone());
        blocking(move || {
            for path in untracked {
                files.remove(&path, &by).map_err(|it| GitError::Refused(it.to_string()))?;
            }
            Ok::<_, GitError>(())
        })
        .await?;
        let undo = self.since(before).await?;
        Ok(GitDiscarded { status: self.status().await?, undo })
    }

    /// Puts back what a discard took, unless a file has changed again meanwhile.
    pub async fn undo(&self, undo: &[GitUndo], by: &By) -> Result<GitStatus, GitError> {
        if DISCARDED_MAX < undo.len() {
            return Err(GitError::Invalid("too many files".to_owned()));
        }
        let mut paths = Vec::new();
        for it in undo {
            for id in it.before.iter().chain(&it.after) {
                check_object(id)?;
            }
            paths.push(WorkspacePath::parse_for_write(&it.path)?);
        }
        let turn = self.turn().await?;
        let now = self.objects(&paths, false).await?;
        if let Some((changed, _)) = undo.iter().zip(&now).find(|(it, now)| it.after != **now) {
            return Err(GitError::Stale(format!("`{}` has changed since", changed.path)));
        }
        for (it, path) in undo.iter().zip(paths) {
            if it.conflict {
                self.reopen(&turn, &path).await?;
            }
            if it.before == it.after {
                continue;
            }
            let Some(id) = &it.before else {
                let (files, by) = (self.shared.files.clone(), by.clone());
                let remove = move || {
                    files.remove(&path, &by).map_err(|it| GitError::Refused(it.to_string()))
                };
                blocking(remove).await?;
                continue;
            };
            let content = self.read(Run::new(["cat-file", "blob", id])).await?.ok()?.stdout;
            let (files, executable) = (self.shared.files.clone(), it.executable);
            let file = self.shared.runner.root.join(path.as_str());
            blocking(move || {
                files.write(&path, &content).map_err(|it| GitError::Refused(it.to_string()))?;
                if executable {
                    let mode = std::fs::Permissions::from_mode(0o755);
                    std::fs::set_permissions(file, mode)?;
                }
                Ok::<_, GitError>(())
            })
            .await?;
        }
        self.touch();
        self.status().await
    }

    /// Commits what is staged.
    pub async fn commit(
        &self,
        body: &GitCommitBody,
        author: &Author,
    ) -> Result<GitStatus, GitError> {
        if MESSAGE_BYTES_MAX < body.message.len() || body.message.contains('\0') {
            let message = format!("the message is longer than {MESSAGE_BYTES_MAX} bytes");
            return Err(GitError::Invalid(message));
        }
        if body.message.trim().is_empty() && !body.amend {
            return Err(GitError::Invalid("a commit needs a message".to_owned()));
        }
        let turn = self.turn().await?;
        let mut args = vec!["commit", "--quiet"];
        if body.amend {
            args.push("--amend");
        }
        if body.all {
            args.push("--all");
        }
        let run = if body.message.trim().is_empty() {
            Run::new(args).args(["--no-edit"])
        } else {
            Run::new(args).args(["--file=-"]).stdin(body.message.clone().into_bytes())
        };
        self.write(&turn, author.sign(run).deadline(COMMIT)).await?.ok()?;
        self.status().await
    }

    /// Writes the contents of files into Git's store, for an undo.
    pub(super) async fn keep(
        &self,
        _turn: &Turn<'_>,
        paths: &[WorkspacePath],
    ) -> Result<Vec<GitUndo>, GitError> {
        let objects = self.objects(paths, true).await?;
        let root = &self.shared.runner.root;
        let kept = paths.iter().zip(objects).filter_map(|(path, before)| {
            let found = std::fs::symlink_metadata(root.join(path.as_str())).ok();
            // A link's own content is where it points, which Git's store would lose.
            if found.as_ref().is_some_and(|it| !it.is_file()) {
                return None;
            }
            let executable = found.is_some_and(|it| it.permissions().mode() & 0o111 != 0);
            let path = path.as_str().to_owned();
            Some(GitUndo { path, before, after: None, executable, conflict: false })
        });
        Ok(kept.collect())
    }

    /// Completes what [`Self::keep`] began: what the files hold now.
    pub(super) async fn since(&self, kept: Vec<GitUndo>) -> Result<Vec<GitUndo>, GitError> {
        let paths: Result<Vec<_>, _> =
            kept.iter().map(|it| WorkspacePath::parse_for_write(&it.path)).collect();
        let now = self.objects(&paths?, false).await?;
        Ok(kept.into_iter().zip(now).map(|(it, after)| GitUndo { after, ..it }).collect())
    }

    /// The ids of the objects that hold, or would hold, the contents of files; `None` for what is
    /// no file.
    async fn objects(
        &self,
        paths: &[WorkspacePath],
        write: bool,
    ) -> Result<Vec<Option<String>>, GitError> {
        let root = &self.shared.runner.root;
        let mut large = None;
        let is_file: Vec<bool> = paths
            .iter()
            .map(|it| {
                let found = std::fs::symlink_metadata(root.join(it.as_str()));
                let file = found.ok().filter(std::fs::Metadata::is_file);
                if file.as_ref().is_some_and(|it| FILE_BYTES_MAX < it.len()) {
                    large = Some(it);
                }
                file.is_some()
            })
            .collect();
        if let (Some(path), true) = (large, write) {
            let path = path.as_str();
            let message = format!("`{path}` is too large to be kept for an undo; use a terminal");
            return Err(GitError::Invalid(message));
        }
        let names: Vec<&str> =
            paths.iter().zip(&is_file).filter(|it| *it.1).map(|it| it.0.as_str()).collect();
        if names.is_empty() {
            return Ok(vec![None; paths.len()]);
        }
        let mut args = vec!["hash-object", "--no-filters", "--stdin-paths"];
        if write {
            args.push("-w");
        }
        let output = self.read(Run::new(args).stdin(names.join("\n").into_bytes())).await?.ok()?;
        let text = output.text();
        let mut ids = text.lines().map(str::to_owned);
        Ok(is_file.into_iter().map(|it| if it { ids.next() } else { None }).collect())
    }
}

impl Git {
    /// As whom a principal commits: as the variables that Git knows say, if the person has set them,
    /// else by the name others see.
    pub fn author(&self, by: &By, name: Option<&str>) -> Author {
        let own = |variable| self.shared.runner.environment.own(by, variable);
        let principal = by.principal.clone();
        let name = own("GIT_AUTHOR_NAME")
            .or_else(|| name.map(str::to_owned).filter(|it| !it.trim().is_empty()))
            .or_else(|| principal.clone())
            .unwrap_or_else(|| "Stead".to_owned());
        // `.invalid` is reserved for names that lead nowhere (RFC 2606).
        let email = own("GIT_AUTHOR_EMAIL").unwrap_or_else(|| {
            format!("{}@stead.invalid", principal.unwrap_or_else(|| "kernel".to_owned()))
        });
        Author { name, email }
    }
}

impl Author {
    /// Makes a run commit as this person.
    pub(super) fn sign(&self, run: Run) -> Run {
        run.env("GIT_AUTHOR_NAME", &self.name)
            .env("GIT_AUTHOR_EMAIL", &self.email)
            .env("GIT_COMMITTER_NAME", &self.name)
            .env("GIT_COMMITTER_EMAIL", &self.email)
    }
}

/// An object's id and nothing that Git could take for something else.
pub(super) fn check_object(id: &str) -> Result<(), GitError> {
    let good = (40..=64).contains(&id.len()) && id.bytes().all(|it| it.is_ascii_hexdigit());
    if good { Ok(()) } else { Err(GitError::Invalid("this is no id of an object".to_owned())) }
}
