//! The workspace's Git repository, through the `git` program and never through a shell.
//!
//! The repository is the workspace itself. What reads may run beside anything; what changes takes
//! its turn, and fetch, pull and push are a task of their own that outlives the page that asked.
//! Git runs inside the sandbox, as whatever else the workspace runs, hooks included.

mod branch;
mod change;
mod conflict;
mod diff;
mod error;
mod http;
mod leftovers;
mod lines;
mod log;
mod progress;
mod read;
mod run;
mod stash;
mod status;
mod task;
mod watch;

pub use error::GitError;
pub use http::{openapi, router};
pub use watch::Looking;

pub(crate) use lines::Lines;
pub(crate) use progress::with_amount;

use crate::context::Context;
use crate::documents::Documents;
use crate::files::Files;
use protocol::git::{GitStatus, GitTask};
use run::{Output, Run, Runner};
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use stdx::WorkspacePath;
use supervisor::process::Processes;
use task::Tasks;
use tokio::sync::watch::{Receiver, Sender};
use tokio::sync::{Mutex, MutexGuard, Semaphore};

/// Runs of Git that only read, at the same time.
const READS_MAX: usize = 4;
/// Longest name of a revision, in bytes; Git's own limit is that of file names.
const REVISION_BYTES_MAX: usize = 250;
/// Paths of one request at most.
const PATHS_MAX: usize = 5_000;

/// The repository of one workspace. Cheap to clone.
#[derive(Clone)]
pub struct Git {
    shared: Arc<Shared>,
}

struct Shared {
    runner: Runner,
    files: Files,
    documents: Documents,
    /// Held by whatever changes the repository.
    turn: Mutex<()>,
    reads: Semaphore,
    tasks: Tasks,
    /// Rises when something may have changed that the files do not tell.
    revision: Sender<u64>,
    watching: watch::Watching,
}

impl fmt::Debug for Git {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Git").field("root", &self.shared.runner.root).finish_non_exhaustive()
    }
}

/// As whom Git commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    pub name: String,
    pub email: String,
}

impl Git {
    /// The repository of the kernel's workspace, which need not be one yet.
    pub fn new(
        context: &Context,
        processes: &Processes,
        (files, documents): (&Files, &Documents),
    ) -> Self {
        let runner = Runner {
            root: context.config.root.clone(),
            processes: processes.clone(),
            environment: context.environment.clone(),
        };
        let revision = Sender::new(0);
        let shared = Shared {
            runner,
            files: files.clone(),
            documents: documents.clone(),
            turn: Mutex::new(()),
            reads: Semaphore::new(READS_MAX),
            tasks: Tasks::new(&context.scope, &revision),
            revision,
            watching: watch::Watching::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Rises when the repository may have changed in a way that files of the workspace do not tell.
    pub fn revision(&self) -> Receiver<u64> {
        self.shared.revision.subscribe()
    }

    /// The network operation that runs or ran last.
    pub fn task(&self) -> Option<GitTask> {
        self.shared.tasks.last()
    }

    /// Says that the repository may have changed.
    pub fn touch(&self) {
        self.shared.revision.send_modify(|it| *it += 1);
    }

    /// Runs something that only reads; it takes no lock of the repository.
    async fn read(&self, run: Run) -> Result<Output, GitError> {
        let permit = self.shared.reads.acquire().await;
        let _permit = permit.map_err(|_| GitError::Unexpected("the kernel ends"))?;
        self.shared.runner.run(run.env("GIT_OPTIONAL_LOCKS", "0")).await
    }

    /// Runs something that changes the repository. The caller holds the turn.
    async fn write(&self, _turn: &Turn<'_>, run: Run) -> Result<Output, GitError> {
        let result = self.shared.runner.run(run).await;
        self.touch();
        result
    }

    /// Waits for the changes before this one, and brings what is typed into the files, which Git
    /// reads. Refused while a pull or push runs, and when a file cannot be written: what is committed,
    /// or overwritten, would not be what people see.
    async fn turn(&self) -> Result<Turn<'_>, GitError> {
        let turn = Turn(self.shared.turn.lock().await);
        if let Some(kind) = self.shared.tasks.running() {
            return Err(GitError::Busy(kind));
        }
        match self.shared.documents.flush().await.first() {
            Some(path) => Err(GitError::NotWritten(path.clone())),
            None => Ok(turn),
        }
    }

    /// Makes the workspace a repository, with an empty first branch `main`.
    pub async fn init(&self) -> Result<GitStatus, GitError> {
        let turn = self.turn().await?;
        self.write(&turn, Run::new(["init", "--quiet", "--initial-branch=main"])).await?.ok()?;
        self.status().await
    }

    /// What is checked out, and what is not as committed.
    pub async fn status(&self) -> Result<GitStatus, GitError> {
        let status = self.read(
            Run::new(["status", "--porcelain=v2", "-z", "--branch", "--show-stash"])
                .args(["--untracked-files=all", "--ignore-submodules=dirty"]),
        );
        let (status, remotes) = tokio::join!(status, self.remotes());
        let status = status?;
        let said = status.stderr.clone();
        let status = match status.ok() {
            Ok(output) => output,
            // What is there is neither made anew nor hidden.
            Err(GitError::NoRepository) if self.shared.runner.root.join(".git").exists() => {
                return Err(GitError::Unusable(said.trim().to_owned()));
            }
            Err(GitError::NoRepository) => return Ok(GitStatus::default()),
            Err(error) => return Err(error),
        };
        let mut status = status::parse(&status.stdout)?;
        status.remotes = remotes?;
        status.operation = conflict::operation(&self.directory());
        status.task = self.shared.tasks.last();
        Ok(status)
    }

    /// The directory that Git keeps the repository in; `.git` is a file in linked worktrees.
    fn directory(&self) -> PathBuf {
        let path = self.shared.runner.root.join(".git");
        let link = std::fs::read_to_string(&path).ok();
        let target = link.as_deref().and_then(|it| it.strip_prefix("gitdir: ")).map(str::trim_end);
        target.map_or(path, |it| self.shared.runner.root.join(it))
    }

    /// The id of the commit that `revision` names.
    async fn commit_id(&self, revision: &str) -> Result<String, GitError> {
        let revision = check_revision(revision)?;
        let name = format!("{revision}^{{commit}}");
        let args = ["rev-parse", "--verify", "--quiet", "--end-of-options", &name];
        let output = self.read(Run::new(args)).await?;
        if output.code == Some(0) {
            return Ok(output.text());
        }
        if output.stderr.contains("not a git repository") {
            return Err(GitError::NoRepository);
        }
        Err(GitError::NotFound(format!("there is no commit `{revision}`")))
    }
}

/// The right to change the repository.
struct Turn<'a>(#[expect(dead_code, reason = "held, not read")] MutexGuard<'a, ()>);

/// A revision that Git cannot take for an option or a range.
fn check_revision(text: &str) -> Result<&str, GitError> {
    let bad = text.is_empty()
        || REVISION_BYTES_MAX < text.len()
        || text.starts_with('-')
        || text.contains("..")
        || text.contains(':')
        || text.chars().any(|it| it.is_control() || it.is_whitespace());
    if bad {
        return Err(GitError::Invalid("this names no commit or branch".to_owned()));
    }
    Ok(text)
}

/// A name that a branch or remote may have.
fn check_name<'a>(text: &'a str, what: &str) -> Result<&'a str, GitError> {
    if text == "HEAD" || !is_ref_name(text) {
        return Err(GitError::Invalid(format!("this is no name that a {what} may have")));
    }
    Ok(text)
}

/// The rules of `git check-ref-format --branch`, within [`REVISION_BYTES_MAX`].
pub(crate) fn is_ref_name(text: &str) -> bool {
    let forbidden = |it: char| it.is_control() || " ~^:?*[\\".contains(it);
    let bad_part = |it: &str| {
        let lock = it.len() >= 5 && it[it.len() - 5..].eq_ignore_ascii_case(".lock");
        it.is_empty() || it.starts_with('.') || lock
    };
    let bad = text.is_empty()
        || REVISION_BYTES_MAX < text.len()
        || text == "@"
        || text.starts_with('-')
        || text.ends_with('.')
        || text.contains("..")
        || text.contains("@{")
        || text.chars().any(forbidden)
        || text.split('/').any(bad_part);
    !bad
}

/// The paths of a request, each checked; the empty text is the whole workspace.
fn check_paths(paths: &[String]) -> Result<Vec<OsString>, GitError> {
    if paths.is_empty() {
        return Err(GitError::Invalid("the request names no path".to_owned()));
    }
    if PATHS_MAX < paths.len() {
        return Err(GitError::Invalid(format!("the request names more than {PATHS_MAX} paths")));
    }
    let check = |it: &String| match it.as_str() {
        "" => Ok(OsString::from(".")),
        text => Ok(OsString::from(WorkspacePath::parse_for_write(text)?.as_str())),
    };
    paths.iter().map(check).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_revisions_that_could_be_something_else_are_refused() {
        for text in ["main", "HEAD~2", "origin/x", "v1^", "@{-1}", "abc123"] {
            assert!(check_revision(text).is_ok(), "{text}");
        }
        for text in ["", "-x", "--all", "a..b", "a b", "HEAD:x", "a\nb"] {
            assert!(check_revision(text).is_err(), "{text}");
        }
        for text in ["", "-x", "a..b", "a b", "a.lock", "/a", "a/", ".a", "@", "HEAD", "a@{1}"] {
            assert!(check_name(text, "branch").is_err(), "{text}");
        }
        assert!(check_name("feature/größe", "branch").is_ok());
        let paths = |it: &str| check_paths(&[it.to_owned()]);
        for text in ["../x", "/etc", ".git/config", "a/.GIT/x", "a\\b"] {
            assert!(paths(text).is_err(), "{text}");
        }
        assert_eq!(paths("").unwrap(), ["."]);
        assert!(check_paths(&[]).is_err());
    }
}
