//! Task scopes: every task has an owner that can stop it and wait for it.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

/// Does `work`, and drives what it needs beside it, which may end before or never.
pub async fn beside<T, D>(work: impl Future<Output = T>, driver: impl Future<Output = D>) -> T {
    let (mut work, mut driver) = (pin!(work), pin!(driver));
    let mut is_driven = true;
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            _ = &mut driver, if is_driven => is_driven = false,
        }
    }
}

/// Owns tasks. Cheap to clone; all clones are the same scope.
///
/// Stopping has two phases: [`Self::stopping`] resolves and tasks end by themselves; whoever has
/// not ended after the grace period is dropped. A task that panics stops its scope.
#[derive(Clone, Debug, Default)]
pub struct TaskScope {
    stop: CancellationToken,
    kill: CancellationToken,
    tasks: TaskTracker,
    failed: Arc<AtomicBool>,
}

impl TaskScope {
    /// A scope that is stopped with this one, or by itself. Its tasks count for this one's wait.
    pub fn child(&self) -> Self {
        Self {
            stop: self.stop.child_token(),
            kill: self.kill.child_token(),
            tasks: self.tasks.clone(),
            failed: Arc::clone(&self.failed),
        }
    }

    /// Runs `task` until it ends or the scope is killed.
    pub fn spawn(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let scope = self.clone();
        let guarded = async move {
            let caught = futures_catch(task);
            if let Some(Err(())) = scope.kill.run_until_cancelled(caught).await {
                tracing::error!(task = name, "a task panicked; its scope stops");
                scope.failed.store(true, Ordering::Release);
                scope.stop.cancel();
            }
        };
        #[expect(clippy::disallowed_methods, reason = "this is where tasks belong to a scope")]
        tokio::spawn(
            self.tasks.track_future(guarded.instrument(tracing::info_span!("task", name))),
        );
    }

    /// Asks the tasks to end; returns at once.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Resolves when the tasks should end.
    pub async fn stopping(&self) {
        self.stop.cancelled().await;
    }

    /// Whether the tasks should end.
    pub fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Whether a task of the scope panicked.
    pub fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    /// Drops every task that still runs, without grace. For a child scope: only its own tasks.
    pub fn kill(&self) {
        self.stop.cancel();
        self.kill.cancel();
    }

    /// Stops every task; returns `false` if some had to be dropped.
    pub async fn shutdown(&self, grace: Duration) -> bool {
        self.stop.cancel();
        self.tasks.close();
        let clean = tokio::time::timeout(grace, self.tasks.wait()).await.is_ok();
        self.kill.cancel();
        self.tasks.wait().await;
        clean && !self.has_failed()
    }
}

/// Runs a future to its end or its panic.
async fn futures_catch(task: impl Future<Output = ()> + Send) -> Result<(), ()> {
    let mut task = Box::pin(task);
    std::future::poll_fn(move |context| {
        let poll = AssertUnwindSafe(|| task.as_mut().poll(context));
        match std::panic::catch_unwind(poll) {
            Ok(poll) => poll.map(Ok),
            Err(_) => std::task::Poll::Ready(Err(())),
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tasks_end_by_themselves_when_the_scope_stops() {
        let scope = TaskScope::default();
        let inner = scope.clone();
        scope.spawn("polite", async move { inner.stopping().await });
        assert!(scope.shutdown(Duration::from_secs(60)).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_does_not_end_is_dropped_after_the_grace_period() {
        let scope = TaskScope::default();
        scope.spawn("stubborn", std::future::pending());
        assert!(!scope.shutdown(Duration::from_secs(1)).await);
    }

    #[tokio::test]
    async fn a_panic_stops_the_scope() {
        let scope = TaskScope::default();
        scope.spawn("broken", async { panic!("on purpose") });
        scope.stopping().await;
        assert!(scope.has_failed());
        assert!(!scope.shutdown(Duration::from_secs(60)).await);
    }

    #[tokio::test]
    async fn a_child_stops_alone() {
        let scope = TaskScope::default();
        let child = scope.child();
        child.stop();
        assert!(child.is_stopping() && !scope.is_stopping());
        scope.stop();
        assert!(scope.child().is_stopping());
    }
}
