//! One at a time: whatever is done with a workspace waits for what is being done.

use protocol::WorkspaceId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OwnedMutexGuard;

/// Held while something is done with a workspace.
pub(crate) type Turn = OwnedMutexGuard<()>;

/// A lock for each workspace with which something is done.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    locks: Mutex<HashMap<WorkspaceId, Arc<tokio::sync::Mutex<()>>>>,
}

impl Turns {
    /// Waits for the workspace's turn.
    pub(crate) async fn take(&self, workspace: &WorkspaceId) -> Turn {
        self.of(workspace).lock_owned().await
    }

    /// The turn, unless somebody has it.
    pub(crate) fn try_take(&self, workspace: &WorkspaceId) -> Option<Turn> {
        self.of(workspace).try_lock_owned().ok()
    }

    fn of(&self, workspace: &WorkspaceId) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        // Those that nobody holds or waits for are made anew when they are wanted.
        locks.retain(|id, it| id == workspace || 1 < Arc::strong_count(it));
        Arc::clone(locks.entry(workspace.clone()).or_default())
    }
}
