//! A move of a workspace to another machine, as people see it. What machines say to each other
//! meanwhile is in [`crate::transfer`].

use crate::id::{MachineId, MoveId, WorkspaceId};
use crate::transfer::Copy;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How far a move is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MovePhase {
    /// What runs there ends, and what there is to move is looked up.
    Preparing,
    Copying,
    /// What has come is read back and compared.
    Verifying,
    /// The workspace belongs to the new machine, and a kernel is tried there.
    Starting,
    /// It has started there; the old copy is deleted. It can be used.
    Clearing,
    /// It goes back to the old copy, which is still there.
    Returning,
    /// The old machine lets go of its copy.
    Releasing,
    /// It can be used where it was; what came to the other machine is deleted.
    Abandoning,
    Done,
    Cancelled,
    Failed,
}

impl MovePhase {
    /// Every phase.
    pub const ALL: [Self; 11] = [
        Self::Preparing,
        Self::Copying,
        Self::Verifying,
        Self::Starting,
        Self::Clearing,
        Self::Returning,
        Self::Releasing,
        Self::Abandoning,
        Self::Done,
        Self::Cancelled,
        Self::Failed,
    ];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::Copying => "copying",
            Self::Verifying => "verifying",
            Self::Starting => "starting",
            Self::Clearing => "clearing",
            Self::Returning => "returning",
            Self::Releasing => "releasing",
            Self::Abandoning => "abandoning",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }

    /// Nothing is left to do.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled | Self::Failed)
    }

    /// The workspace can be used, whatever is left to do.
    pub const fn is_open(self) -> bool {
        self.is_over() || matches!(self, Self::Clearing | Self::Abandoning)
    }

    /// Whether it can still be gone back on.
    pub const fn can_cancel(self) -> bool {
        matches!(self, Self::Preparing | Self::Copying | Self::Verifying | Self::Starting)
    }
}

/// One move (`GET /api/v1/workspaces/{id}/move`). A workspace's last one stays to be seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Move {
    pub id: MoveId,
    pub workspace: WorkspaceId,
    /// `null`: the gateway's own machine.
    pub from: Option<MachineId>,
    pub to: Option<MachineId>,
    pub phase: MovePhase,
    /// In this phase, of copying and of verifying.
    pub bytes_done: u64,
    /// 0 until it is known.
    pub bytes_total: u64,
    /// Sockets and devices, which do not move.
    pub left_out: u64,
    /// What keeps it from going on, or why it failed.
    pub error: Option<String>,
    /// Somebody wants it to stop.
    pub cancelled: bool,
    pub started_at_ms: u64,
    pub changed_at_ms: u64,
}

/// Body of `POST /api/v1/workspaces/{id}/move`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StartMove {
    /// Where to; `null` is the gateway's own machine.
    pub machine: Option<MachineId>,
    /// End the session first, if one runs. Without it such a workspace is not moved.
    pub stop: bool,
}

/// Where there are copies of a workspace (`GET /api/v1/workspaces/{id}/copies`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Copies {
    /// Where it is looked for; `null` is the gateway's own machine.
    pub machine: Option<MachineId>,
    /// How often it was placed, as far as the database knows.
    pub epoch: u64,
    /// Its machine has heard of a later placement, so it starts nowhere: the database is older.
    pub fenced: bool,
    /// The gateway's own machine, and every one that joined.
    pub places: Vec<CopyPlace>,
}

/// What one machine says of a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CopyPlace {
    /// `null`: the gateway's own machine.
    pub machine: Option<MachineId>,
    /// `false`: the machine does not answer, and may have a copy that runs.
    pub answers: bool,
    pub copy: Option<Copy>,
    /// The highest number of placements that it has heard of: of several copies, the one with the
    /// highest was used last.
    pub epoch: u64,
}

/// Body of `POST /api/v1/workspaces/{id}/copies`: the workspace is what lies on this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PlaceAnew {
    /// `null` is the gateway's own machine.
    pub machine: Option<MachineId>,
    /// Said by the administrator: copies on machines that do not answer, or that this database does
    /// not know, are gone or will never run again.
    pub other_copies_are_gone: bool,
}

/// What the gateway's own machine is called in paths and commands.
pub const OWN_MACHINE: &str = "gateway";

/// Copies of workspaces that lie on machines for nothing (`GET /api/v1/copies`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SetAsideCopies {
    pub copies: Vec<SetAside>,
    /// Machines that do not answer now, and may have some; `null` is the gateway's own.
    pub silent: Vec<Option<MachineId>>,
}

/// A copy that was set aside when its workspace was placed anew. It never starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SetAside {
    pub workspace: WorkspaceId,
    /// What the workspace is called; `null` when it was deleted since.
    pub name: Option<String>,
    /// Where the copy lies; `null` is the gateway's own machine.
    pub machine: Option<MachineId>,
    /// When something last changed in it, roughly.
    pub changed_at_ms: u64,
}
