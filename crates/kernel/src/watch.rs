//! The change feed: what happens to the files of a workspace, as it happens.
//!
//! One inotify instance per workspace, and only while somebody asks. Directories are watched one by
//! one (`tree.rs`), so that ignored ones cost nothing. Events only say where to look (`window.rs`);
//! after a short window every touched name is looked at once (`settle.rs`), and the difference
//! between what is known (`model.rs`) and what is there is told in a sensible order (`plan.rs`): an
//! atomic save is one modification, a moved directory one rename, a burst one notice per path. When
//! events are lost, or cannot be had, the tree is compared instead. Symbolic links are told like
//! files and never followed.

mod model;
mod plan;
mod settle;
mod tree;
mod window;

#[cfg(test)]
mod tests;

use crate::feed::Change;
use crate::files::{IgnoreList, OwnWrites};
use protocol::channel::RescanReason;
use protocol::state::FileWatch;
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
/// The window while large bursts follow one another: a build that writes for seconds is told ten
/// times in a second.
const WINDOW_BUSY: Duration = Duration::from_millis(100);
/// A window with this many changes is a large burst.
const BUSY: usize = 64;
/// What cannot be watched is compared this often, or less when comparing takes long.
const COMPARE_AGAIN: Duration = Duration::from_secs(10);
/// Share of the time that may be spent with comparing: one part in this many.
const COMPARE_SHARE: u32 = 20;

/// What the watcher tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// What changed, in an order that leads from the tree as it was to the tree as it is.
    Changes(Vec<Change>),
    /// More changed than can be told one by one: look again at everything.
    Rescan(RescanReason),
    /// How the watch stands, for the state.
    Standing(FileWatch),
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
    /// Watches the workspace at the absolute path `root` but for the names in `ignored`. Changes
    /// that `own` explains are not told again. A limit of the machine is told as a diagnostic; what
    /// cannot be watched is compared from then on.
    pub fn start(
        root: &Path,
        (own, ignored): (OwnWrites, IgnoreList),
        scope: &TaskScope,
        notices: mpsc::Sender<Notice>,
    ) -> Result<Self, WatchError> {
        Self::start_within(Tree::open(root, own, ignored, Limits::default())?, scope, notices)
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
        let actor = Actor { tree: Some(tree), events, notices, last: Took::default() };
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
    last: Took,
}

/// What a piece of work came to.
#[derive(Debug, Default)]
struct Took {
    notices: Vec<Notice>,
    /// How many changes it told.
    changes: usize,
    /// There are more events to take.
    more: bool,
    /// Something could not be told yet.
    again: bool,
}

impl Actor {
    async fn run(mut self, ready: watch::Sender<bool>) {
        if !self.work(begin).await {
            return;
        }
        ready.send_replace(true);
        let mut flush_at: Option<Instant> = None;
        let mut busy_until = Instant::now();
        let mut compare_at = Instant::now() + COMPARE_AGAIN;
        loop {
            let limited = self.tree.as_ref().is_some_and(Tree::is_limited);
            let alive = tokio::select! {
                () = readable(self.events.as_ref(), self.last.more) => {
                    let alive = self.work(take).await;
                    let now = Instant::now();
                    let window = if now < busy_until { WINDOW_BUSY } else { WINDOW };
                    flush_at = flush_at.or(Some(now + window));
                    alive
                }
                () = sleep_until(flush_at.unwrap_or(compare_at)), if flush_at.is_some() => {
                    let alive = self.work(tell).await;
                    let now = Instant::now();
                    if BUSY <= self.last.changes {
                        busy_until = now + 2 * WINDOW_BUSY;
                    }
                    flush_at = self.last.again.then(|| now + WINDOW_BUSY);
                    alive
                }
                () = sleep_until(compare_at), if limited => {
                    let began = Instant::now();
                    let alive = self.work(compare_unwatched).await;
                    let pause = (began.elapsed() * COMPARE_SHARE).max(COMPARE_AGAIN);
                    compare_at = Instant::now() + pause;
                    let again = self.last.again.then(|| Instant::now() + WINDOW_BUSY);
                    flush_at = flush_at.or(again);
                    alive
                }
                () = self.notices.closed() => return,
            };
            if !alive {
                return;
            }
        }
    }

    /// Lets a blocking thread work with the tree and passes on what it tells; `false` when nobody
    /// listens any more.
    async fn work(&mut self, work: fn(&mut Tree) -> Took) -> bool {
        let Some(mut tree) = self.tree.take() else { return false };
        let done = tokio::task::spawn_blocking(move || {
            let took = work(&mut tree);
            (tree, took)
        });
        let Ok((tree, mut took)) = done.await else { return false };
        self.tree = Some(tree);
        for notice in std::mem::take(&mut took.notices) {
            if self.notices.send(notice).await.is_err() {
                return false;
            }
        }
        self.last = took;
        true
    }
}

/// Watches everything.
fn begin(tree: &mut Tree) -> Took {
    let mut notices = tree.place();
    notices.push(Notice::Standing(tree.standing()));
    Took { notices, ..Took::default() }
}

/// Takes events.
fn take(tree: &mut Tree) -> Took {
    Took { more: tree.read(), ..Took::default() }
}

/// Tells what happened.
fn tell(tree: &mut Tree) -> Took {
    let more = tree.read();
    // Both halves of a move are told together. They are queued one right after the other, so a half
    // that is alone after a whole window more is alone.
    if !more && tree.waits_for_half() {
        return Took { again: true, ..Took::default() };
    }
    let status = tree.standing().status;
    let mut notices: Vec<Notice> = tree.compare_after_overflow().into_iter().collect();
    notices.extend(tree.flush());
    if status != tree.standing().status {
        notices.push(Notice::Standing(tree.standing()));
    }
    let changes = count(&notices);
    Took { notices, changes, more, again: more || tree.is_dirty() }
}

/// Tells what is different where nothing is watched.
fn compare_unwatched(tree: &mut Tree) -> Took {
    tree.compare(true);
    let notices = tree.flush();
    let changes = count(&notices);
    Took { notices, changes, more: false, again: tree.is_dirty() }
}

fn count(notices: &[Notice]) -> usize {
    notices
        .iter()
        .map(|it| match it {
            Notice::Changes(changes) => changes.len(),
            Notice::Rescan(_) => BUSY,
            Notice::Standing(_) | Notice::Diagnostic { .. } => 0,
        })
        .sum()
}

/// Resolves when events can be read, at once with `more`; without an instance never.
async fn readable(events: Option<&AsyncFd<Arc<rustix::fd::OwnedFd>>>, more: bool) {
    let Some(events) = events else { return std::future::pending().await };
    if more {
        return;
    }
    match events.readable().await {
        // Everything is read after this; what comes later makes it readable anew.
        Ok(mut guard) => guard.clear_ready(),
        Err(error) => {
            tracing::error!(%error, "the watch lost its descriptor");
            std::future::pending::<()>().await;
        }
    }
}
