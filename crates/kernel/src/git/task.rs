//! Fetch, pull and push: one at a time, with progress, cancellable, independent of who looks.

use super::error::{GitError, hint};
use super::leftovers::remove_half_packs;
use super::progress::Progress;
use super::run::{Run, Running};
use super::{Author, Git, check_name};
use crate::blocking::blocking;
use crate::context::By;
use protocol::git::{GitTask, GitTaskKind, GitTaskStatus, StartGitTask};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use stdx::{TaskScope, clock};
use tokio::io::AsyncReadExt;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// A remote that says nothing for this long is gone.
const SILENCE: Duration = Duration::from_mins(3);
/// After its output Git only tidies up.
const END: Duration = Duration::from_secs(30);

/// The network operations of a repository.
#[derive(Debug)]
pub(super) struct Tasks {
    scope: TaskScope,
    last: Arc<Mutex<Option<(GitTask, CancellationToken)>>>,
    revision: watch::Sender<u64>,
}

impl Tasks {
    pub(super) fn new(scope: &TaskScope, revision: &watch::Sender<u64>) -> Self {
        Self { scope: scope.clone(), last: Arc::default(), revision: revision.clone() }
    }

    /// The task that runs or ran last.
    pub(super) fn last(&self) -> Option<GitTask> {
        self.lock().as_ref().map(|it| it.0.clone())
    }

    /// What runs now, for a sentence.
    pub(super) fn running(&self) -> Option<&'static str> {
        let last = self.lock();
        let task = last.as_ref().map(|it| &it.0)?;
        (task.status == GitTaskStatus::Running).then(|| word(task.kind))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(GitTask, CancellationToken)>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the task that runs, and tells.
    fn update(&self, change: impl FnOnce(&mut GitTask)) {
        if let Some((task, _)) = self.lock().as_mut() {
            change(task);
        }
        self.revision.send_modify(|it| *it += 1);
    }
}

const fn word(kind: GitTaskKind) -> &'static str {
    match kind {
        GitTaskKind::Fetch => "fetch",
        GitTaskKind::Pull => "pull",
        GitTaskKind::Push => "push",
    }
}

/// What a cancelled task leaves.
const fn cancelled(kind: GitTaskKind) -> &'static str {
    match kind {
        GitTaskKind::Fetch => "Nothing was changed",
        GitTaskKind::Pull => "What is here shows how far it came; nothing of yours is lost",
        GitTaskKind::Push => "The remote has all of it or nothing; a fetch tells which",
    }
}

impl Git {
    /// Begins a fetch, pull or push; its progress is in the status.
    pub(super) async fn start_task(
        &self,
        body: &StartGitTask,
        author: &Author,
        by: &By,
    ) -> Result<GitTask, GitError> {
        let credentials = self.shared.runner.environment.git_credentials(by);
        let run = author.sign(self.task_run(body).await?).envs(credentials);
        let turn = self.turn().await?;
        let cancel = CancellationToken::new();
        let task = {
            let mut last = self.shared.tasks.lock();
            let id = last.as_ref().map_or(1, |it| it.0.id + 1);
            let (kind, status) = (body.kind, GitTaskStatus::Running);
            let message = "Connecting to the remote".to_owned();
            let task = GitTask { id, kind, status, message, percent: None, reason: None };
            *last = Some((task.clone(), cancel.clone()));
            task
        };
        // From here on `Tasks::running` keeps others away.
        drop(turn);
        self.touch();
        let (git, id, since_ms) = (self.clone(), task.id, clock::now_ms());
        self.shared.tasks.scope.spawn("git-task", async move {
            let ended = match git.shared.runner.start(run) {
                Ok(mut running) => tokio::select! {
                    ended = git.follow(&mut running) => ended,
                    () = cancel.cancelled() => {
                        let stopped = running.stop().await.map(|()| None);
                        git.clear_up(since_ms).await;
                        stopped
                    }
                },
                Err(error) => Err(error),
            };
            let mask = |text: &str| git.shared.runner.environment.redact(text);
            git.shared.tasks.update(|task| {
                task.percent = None;
                task.reason = ended.as_ref().err().and_then(GitError::reason).map(str::to_owned);
                (task.status, task.message) = match ended {
                    Ok(Some(said)) => (GitTaskStatus::Succeeded, mask(&said)),
                    Ok(None) => (GitTaskStatus::Cancelled, cancelled(task.kind).to_owned()),
                    Err(error) => (GitTaskStatus::Failed, mask(&error.to_string())),
                };
            });
            tracing::debug!(task = id, "a network operation of Git has ended");
        });
        Ok(task)
    }

    /// Removes what was half received since then.
    async fn clear_up(&self, since_ms: u64) {
        let root = self.shared.runner.root.clone();
        let cleared =
            blocking(move || remove_half_packs(&root, since_ms).map_err(GitError::Io)).await;
        if let Err(error) = cleared {
            tracing::debug!(%error, "half a pack stays until Git forgets it");
        }
    }

    /// Ends the task with this id, if it still runs.
    pub(super) fn cancel_task(&self, id: u64) -> Result<(), GitError> {
        let last = self.shared.tasks.lock();
        match last.as_ref() {
            Some((task, cancel)) if task.id == id => {
                cancel.cancel();
                Ok(())
            }
            _ => Err(GitError::NotFound("there is no such task any more".to_owned())),
        }
    }

    async fn task_run(&self, body: &StartGitTask) -> Result<Run, GitError> {
        let status = self.status().await?;
        if !status.repository {
            return Err(GitError::NoRepository);
        }
        let upstream_remote = status
            .upstream
            .as_ref()
            .and_then(|it| {
                status.remotes.iter().find(|r| it.name.starts_with(&format!("{}/", r.name)))
            })
            .map(|it| it.name.clone());
        let remote = match &body.remote {
            Some(name) => check_name(name, "remote")?.to_owned(),
            None => upstream_remote.clone().unwrap_or_else(|| "origin".to_owned()),
        };
        if status.remotes.iter().all(|it| it.name != remote) {
            let message = format!("there is no remote `{remote}`; add one first");
            return Err(GitError::NotFound(message));
        }
        let run = match body.kind {
            GitTaskKind::Fetch => Run::new(["fetch", "--progress", "--prune", &remote]),
            GitTaskKind::Pull => {
                let how = if body.rebase { "--rebase" } else { "--no-rebase" };
                Run::new(["pull", "--progress", "--no-edit", how])
            }
            GitTaskKind::Push => {
                let branch = status.branch.as_deref().ok_or_else(|| {
                    GitError::Invalid("no branch is checked out; make one to push it".to_owned())
                })?;
                let mut run = Run::new(["push", "--progress"]);
                if body.force {
                    run = run.args(["--force-with-lease"]);
                }
                if upstream_remote.is_none() {
                    run = run.args(["--set-upstream"]);
                }
                run.args(["--", &remote, branch])
            }
        };
        Ok(run)
    }

    /// Follows it to its end; what Git said.
    async fn follow(&self, running: &mut Running) -> Result<Option<String>, GitError> {
        let mut progress = Progress::default();
        let stdout = running.0.take_stdout();
        let Some(mut stderr) = running.0.take_stderr() else { return Ok(None) };
        let mut buffer = vec![0; 4096];
        let words = async {
            let mut text = Vec::new();
            if let Some(stdout) = stdout {
                stdout.take(64 * 1024).read_to_end(&mut text).await?;
            }
            Ok::<_, GitError>(String::from_utf8_lossy(&text).trim().to_owned())
        };
        let steps = async {
            loop {
                let read = timeout(SILENCE, stderr.read(&mut buffer)).await;
                let count = read.map_err(|_| GitError::TooSlow(SILENCE))??;
                if count == 0 {
                    return Ok::<_, GitError>(());
                }
                if let Some(step) = progress.feed(&buffer[..count]) {
                    self.shared.tasks.update(|task| {
                        task.message = step.message;
                        task.percent = Some(step.percent);
                    });
                }
            }
        };
        let (words, steps) = tokio::join!(words, steps);
        let (words, ()) = (words?, steps?);
        let exit = timeout(END, running.0.wait()).await.map_err(|_| GitError::TooSlow(END))?;
        let said = [words, progress.said()].join("\n").trim().to_owned();
        if exit.code == Some(0) {
            return Ok(Some(if said.is_empty() { "Done".to_owned() } else { said }));
        }
        // A pull that stops at conflicts has done its part; the status has them.
        if said.contains("CONFLICT") && hint(&said).is_none() {
            return Err(GitError::Refused(format!(
                "Both sides changed the same lines: resolve the conflicts, then commit\n{said}"
            )));
        }
        Err(GitError::Refused(said))
    }
}
