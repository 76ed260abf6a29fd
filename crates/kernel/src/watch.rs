//! The change feed: what happens to the files of a workspace, as it happens.
//!
//! One inotify instance per workspace, and only while somebody asks. Directories are watched one by
//! one (`tree.rs`), so that ignored ones cost nothing; what is told is the difference between before
//! and after a short window (`pending.rs`), so that an atomic save is one modification and a burst
//! is one notice per path. Symbolic links are told like files and never followed.

mod pending;
mod tree;

#[cfg(test)]
mod tests;

use crate::feed::Change;
use crate::files::OwnWrites;
use protocol::channel::RescanReason;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use stdx::TaskScope;
use tokio::io::unix::AsyncFd;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};
use tree::{Limits, Tree};

/// After the first event of a burst, this long is waited for the others. Half of the budget from a
/// write to the client.
const WINDOW: Duration = Duration::from_millis(10);
/// The window while bursts follow one another: a build that writes for seconds is told ten times
/// in a second.
const WINDOW_BUSY: Duration = Duration::from_millis(100);
/// What cannot be watched is looked at again this often by those who listen.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// What the watcher tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// What changed, in order.
    Changes(Vec<Change>),
    /// More changed than can be told one by one: look again at everything.
    Rescan(RescanReason),
    /// Something that a person should know, for the journal.
    Diagnostic { code: &'static str, message: String },
}

/// Why nothing is watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    #[error("cannot watch the workspace")]
    Io(#[from] io::Error),
}

/// A running watch; dropping it stops it.
#[derive(Debug)]
pub struct Watch {
    scope: TaskScope,
    ready: watch::Receiver<bool>,
}

impl Watch {
    /// Watches the workspace at the absolute path `root`. Changes that `own` explains are not told
    /// again. A limit of the machine is told as a diagnostic; from then on `Rescan` comes every
    /// ten seconds.
    pub fn start(
        root: &Path,
        own: OwnWrites,
        scope: &TaskScope,
        notices: mpsc::Sender<Notice>,
    ) -> Result<Self, WatchError> {
        Self::start_within(Tree::open(root, own, Limits::default())?, scope, notices)
    }

    fn start_within(
        tree: Tree,
        scope: &TaskScope,
        notices: mpsc::Sender<Notice>,
    ) -> Result<Self, WatchError> {
        #[expect(
            deprecated,
            reason = "the same with a safety promise that an `OwnedFd` keeps; unsafe code is the supervisor's"
        )]
        let events = tree.inotify().map(AsyncFd::new).transpose()?;
        let (ready_tx, ready) = watch::channel(false);
        let scope = scope.child();
        let actor = Actor { tree: Some(tree), events, notices };
        scope.spawn("watch", actor.run(ready_tx));
        Ok(Self { scope, ready })
    }

    /// Resolves when every directory that is there is watched: what changes from here on is told.
    pub async fn ready(&self) {
        let mut ready = self.ready.clone();
        // The other end is gone only when the watch was stopped.
        if ready.wait_for(|it| *it).await.is_err() {
            tracing::debug!("the watch was stopped before it was ready");
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.scope.kill();
    }
}

struct Actor {
    /// Away while a blocking thread works with it.
    tree: Option<Tree>,
    /// `None` when the machine gave no inotify instance.
    events: Option<AsyncFd<Arc<rustix::fd::OwnedFd>>>,
    notices: mpsc::Sender<Notice>,
}

impl Actor {
    async fn run(mut self, ready: watch::Sender<bool>) {
        if !self.work(Tree::place).await {
            return;
        }
        ready.send_replace(true);
        let mut flush_at: Option<Instant> = None;
        let mut flushed_at: Option<Instant> = None;
        let mut look_at = Instant::now() + LOOK_AGAIN;
        loop {
            let limited = self.tree.as_ref().is_some_and(Tree::is_limited);
            tokio::select! {
                () = readable(self.events.as_ref()) => {
                    if !self.work(Tree::read).await {
                        return;
                    }
                    let now = Instant::now();
                    let busy = flushed_at.is_some_and(|it| now < it + WINDOW_BUSY);
                    let window = if busy { WINDOW_BUSY } else { WINDOW };
                    flush_at = flush_at.or(Some(now + window));
                }
                () = sleep_until(flush_at.unwrap_or(look_at)), if flush_at.is_some() => {
                    flush_at = None;
                    flushed_at = Some(Instant::now());
                    if !self.work(Tree::flush).await {
                        return;
                    }
                }
                () = sleep_until(look_at), if limited => {
                    look_at = Instant::now() + LOOK_AGAIN;
                    if self.notices.send(Notice::Rescan(RescanReason::Many)).await.is_err() {
                        return;
                    }
                }
                () = self.notices.closed() => return,
            }
        }
    }

    /// Lets a blocking thread work with the tree and passes on what it tells; `false` when nobody
    /// listens any more.
    async fn work(&mut self, work: fn(&mut Tree) -> Vec<Notice>) -> bool {
        let Some(mut tree) = self.tree.take() else { return false };
        let done = tokio::task::spawn_blocking(move || {
            let notices = work(&mut tree);
            (tree, notices)
        });
        let Ok((tree, notices)) = done.await else { return false };
        self.tree = Some(tree);
        for notice in notices {
            if self.notices.send(notice).await.is_err() {
                return false;
            }
        }
        true
    }
}

/// Resolves when events can be read; without an instance never.
async fn readable(events: Option<&AsyncFd<Arc<rustix::fd::OwnedFd>>>) {
    let Some(events) = events else { return std::future::pending().await };
    match events.readable().await {
        // Everything is read after this; what comes later makes it readable anew.
        Ok(mut guard) => guard.clear_ready(),
        Err(error) => {
            tracing::error!(%error, "the watch lost its descriptor");
            std::future::pending::<()>().await;
        }
    }
}
