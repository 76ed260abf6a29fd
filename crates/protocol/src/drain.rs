//! A drain that empties: a machine's workspaces move to other machines, one after the other.

use crate::id::{MachineId, WorkspaceId};
use crate::moving::Move;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How far a drain is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DrainState {
    /// It moves workspaces away, or waits until it can.
    Emptying,
    /// Nothing is left on the machine.
    Done,
    /// Somebody stopped it; what had come away stays away.
    Cancelled,
    /// What is left could not be moved.
    Failed,
}

impl DrainState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Emptying, Self::Done, Self::Cancelled, Self::Failed];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Emptying => "emptying",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// The last time that a machine was emptied (`GET /api/v1/machines/{machine}/drain`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Drain {
    pub machine: MachineId,
    pub state: DrainState,
    /// Sessions that run are stopped. Without it their workspaces wait until they were.
    pub stop: bool,
    /// What keeps it from going on now.
    pub error: Option<String>,
    pub started_at_ms: u64,
    pub changed_at_ms: u64,
    /// What it is about: what is on the machine, and what has come away.
    pub workspaces: Vec<DrainedWorkspace>,
}

/// One workspace of a machine that is emptied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DrainedWorkspace {
    pub workspace: WorkspaceId,
    pub state: DrainedState,
    /// Its move, once it has begun.
    pub progress: Option<Move>,
}

/// How far one workspace is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DrainedState {
    /// It is still there, and its turn comes.
    Waiting,
    /// A session runs in it: it waits until that was stopped.
    Running,
    Moving,
    Moved,
    /// It stays where it was; the drain does not try again by itself.
    Failed,
}

/// Body of `POST /api/v1/machines/{machine}/drain`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StartDrain {
    /// End sessions that run.
    pub stop: bool,
}
