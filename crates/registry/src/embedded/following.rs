//! Follows a worker of an embedded runtime through what its store keeps.

use super::{EmbeddedError, EmbeddedRuntime, EventPage};
use crate::runtime::{Following, Step};
use async_trait::async_trait;
use protocol::registry::{
    CURSOR_OVERRUN, Cursor, CursorKind, EVENTS_BACKLOG, EVENTS_MAX, RuntimeDiagnostic, WorkerEvent,
};
use std::collections::VecDeque;
use tokio::sync::watch;

/// Somebody who follows a worker of an embedded runtime.
pub(super) struct EmbeddedFollowing {
    runtime: EmbeddedRuntime,
    worker_id: String,
    /// Where it wants to go on, until the snapshot was told.
    wanted: Option<u64>,
    /// Everything up to this event was told or is in `queue`; `None` before the snapshot.
    reached: Option<u64>,
    queue: VecDeque<WorkerEvent>,
    changes: watch::Receiver<u64>,
}

impl EmbeddedFollowing {
    pub(super) fn new(runtime: EmbeddedRuntime, worker_id: &str, wanted: Option<u64>) -> Self {
        let changes = runtime.store.changes();
        Self {
            runtime,
            worker_id: worker_id.to_owned(),
            wanted,
            reached: None,
            queue: VecDeque::new(),
            changes,
        }
    }

    /// The worker after the number: what changes in between is told once more, never left out.
    async fn begin(&mut self) -> Result<Step, EmbeddedError> {
        let last = self.runtime.store.runtime().await?.last_event;
        let after = self.wanted.unwrap_or(last);
        if let Err(error) = (Cursor { kind: CursorKind::Runtime, after }).check(last) {
            return Ok(Step::Over(error.into()));
        }
        let worker = self.runtime.look_up(&self.worker_id).await?;
        self.reached = Some(after);
        Ok(Step::Snapshot { after, worker: Box::new(worker) })
    }

    /// Reads on from where it is; `None` when there is nothing yet.
    async fn read(&mut self, reached: u64) -> Result<Option<Step>, EmbeddedError> {
        // Seen before it is read: what comes later wakes the wait.
        self.changes.borrow_and_update();
        let EventPage { events, last } =
            self.runtime.store.events(&self.worker_id, reached, EVENTS_MAX).await?;
        if EVENTS_BACKLOG < last.saturating_sub(reached) {
            let message = "the follower was too slow for what is kept; follow anew";
            return Ok(Some(Step::Over(RuntimeDiagnostic::warning(CURSOR_OVERRUN, message))));
        }
        self.reached = match events.last() {
            Some(event) if events.len() == EVENTS_MAX => Some(event.event_id),
            _ => Some(last),
        };
        self.queue.extend(events);
        Ok(self.queue.pop_front().map(Step::Event))
    }
}

#[async_trait]
impl Following for EmbeddedFollowing {
    async fn next(&mut self) -> Step {
        loop {
            if let Some(event) = self.queue.pop_front() {
                return Step::Event(event);
            }
            let step = match self.reached {
                None => self.begin().await.map(Some),
                Some(reached) => self.read(reached).await,
            };
            match step {
                Ok(Some(step)) => return step,
                Ok(None) => {}
                Err(error) => return Step::Over(error.diagnostic()),
            }
            if self.changes.changed().await.is_err() {
                return Step::Over(EmbeddedError::RuntimeStopped.diagnostic());
            }
        }
    }
}
