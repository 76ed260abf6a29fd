//! Fills a new workspace: from a template, or from a Git repository.
//!
//! Whatever fails leaves the workspace as empty as it was: templates are written file by file and
//! taken back, a clone goes into a hidden directory first and is moved up when it is complete.

mod git;
mod templates;

#[cfg(test)]
mod tests;

use crate::files::{FileError, Files, Root, names};
use protocol::state::{Setup, SetupStatus};
use protocol::workspace::Source;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use stdx::WorkspacePath;
use supervisor::process::{Processes, SpawnError};
use tokio_util::sync::CancellationToken;

/// What filling a workspace needs.
#[derive(Clone)]
pub struct SetupContext {
    /// Absolute path of the workspace.
    pub root: PathBuf,
    pub processes: Processes,
    /// The complete environment of programs in the workspace.
    pub env: Vec<(OsString, OsString)>,
    /// Further variables for Git, with credentials.
    pub credentials: Vec<(String, String)>,
}

/// The clone that runs, for whoever wants to end it.
#[derive(Clone, Debug, Default)]
pub struct CloneCancel(Arc<Mutex<Option<CancellationToken>>>);

impl CloneCancel {
    /// Cancels the clone that runs; false when there is none.
    pub fn cancel(&self) -> bool {
        let token = self.lock().take();
        token.inspect(CancellationToken::cancel).is_some()
    }

    /// Runs the setup, which [`Self::cancel`] ends while it clones.
    pub async fn run(
        &self,
        source: &Source,
        ctx: &SetupContext,
        progress: impl Fn(Setup) + Send + Sync,
    ) -> Result<(), SetupError> {
        let Source::Git { url, .. } = source else { return run(source, ctx, progress).await };
        let token = CancellationToken::new();
        *self.lock() = Some(token.clone());
        let result = tokio::select! {
            () = token.cancelled() => Err(SetupError::Cancelled(git::address(url))),
            result = run(source, ctx, progress) => result,
        };
        self.lock().take();
        result
    }

    fn lock(&self) -> MutexGuard<'_, Option<CancellationToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a workspace was not filled. Whatever was begun has been removed again.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("there is no template `{0}`")]
    UnknownTemplate(String),
    #[error("{0}")]
    InvalidSource(String),
    #[error("the workspace has files already; nothing was changed")]
    NotEmpty,
    #[error("the repository was not cloned: {0}")]
    Git(String),
    #[error("Git could not be started; is it installed on this machine?")]
    NoGit(#[source] SpawnError),
    /// Somebody asked for it.
    #[error("the clone of {0} was cancelled; nothing of it is here")]
    Cancelled(String),
    #[error("the repository was not cloned: {0}; try again, or clone it in a terminal")]
    TooSlow(&'static str),
    #[error("the files could not be written: {0}")]
    Write(#[from] FileError),
    #[error("the workspace cannot be read or written: {0}")]
    Io(#[from] io::Error),
}

/// Fills the workspace, which must be empty, and says how far it is. Dropping the future ends what
/// runs and removes what was begun.
pub async fn run(
    source: &Source,
    ctx: &SetupContext,
    progress: impl Fn(Setup) + Send + Sync,
) -> Result<(), SetupError> {
    let root = ctx.root.clone();
    tokio::task::spawn_blocking(move || must_be_empty(&root)).await.map_err(io::Error::other)??;
    match source {
        Source::Empty => Ok(()),
        Source::Template { id } => {
            progress(running("Writing the files of the template", None));
            let files = templates::files(id);
            if files.is_empty() {
                return Err(SetupError::UnknownTemplate(id.clone()));
            }
            let root = ctx.root.clone();
            tokio::task::spawn_blocking(move || write_template(&root, &files))
                .await
                .map_err(io::Error::other)?
        }
        Source::Git { url, branch } => git::clone(url, branch.as_deref(), ctx, progress).await,
    }
}

/// Hidden remains of an attempt that was killed do not count.
fn must_be_empty(root: &std::path::Path) -> Result<(), SetupError> {
    let root = Root::open(root)?.directory(&WorkspacePath::root())?;
    let found = names(root, 1).map_err(io::Error::from)?;
    if found.is_empty() { Ok(()) } else { Err(SetupError::NotEmpty) }
}

fn write_template(
    root: &std::path::Path,
    files: &[(&'static str, &'static str)],
) -> Result<(), SetupError> {
    let workspace = Files::open(root, None, |_| {})?;
    let path = |name: &str| WorkspacePath::parse(name).map_err(FileError::from);
    for (index, (name, text)) in files.iter().enumerate() {
        if let Err(error) = workspace.write(&path(name)?, text.as_bytes()) {
            for (name, _) in &files[..index] {
                let top = name.split('/').next().unwrap_or(name);
                // The same directory may be named twice; it is gone at the second time.
                if let Err(error) = workspace.remove_own(&path(top)?) {
                    tracing::debug!(%error, "a file of an unfinished template was gone already");
                }
            }
            return Err(error.into());
        }
    }
    Ok(())
}

fn running(message: impl Into<String>, percent: Option<u8>) -> Setup {
    Setup { status: SetupStatus::Running, message: Some(message.into()), percent }
}
