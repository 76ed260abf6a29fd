//! What a host tells the kernel it starts, as JSON in one variable of the kernel's environment.
//!
//! The environment of a kernel is its own: it cannot be read by code in the workspace, and programs
//! of the workspace do not inherit it.

use crate::id::WorkspaceId;
use crate::state::{Capabilities, SessionStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The first arguments of a kernel that a host starts.
pub const ARGUMENTS: [&str; 2] = ["kernel", "--inherited"];

/// Name of the variable.
pub const VARIABLE: &str = "STEAD_KERNEL";

/// Everything a kernel in a sandbox of this host needs to know. Its listeners and its state
/// directory are descriptors 3, 4 and 5.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Launch {
    pub workspace_id: WorkspaceId,
    /// The workspace's files as the kernel sees them.
    pub root: String,
    /// The home directory of the workspace's programs as the kernel sees it.
    pub home: String,
    /// Environment of the workspace's programs; later entries win.
    pub env: Vec<(String, String)>,
    /// Port on the workspace's loopback where the kernel binds the listener of the outbound proxy.
    pub egress_port: Option<u16>,
    pub capabilities: Capabilities,
    pub monitor_interval_ms: u64,
    /// How long a kernel stays when nobody talks to it and nothing runs; `None` is for ever.
    pub linger_ms: Option<u64>,
    /// Whether the kernel is the first process of its sandbox.
    pub init: bool,
}

/// Name of the kernel's record of the session in its state directory.
pub const SESSION_RECORD: &str = "session.json";

/// What a host reads of that record when a kernel is gone: whether a session went with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastSession {
    pub status: SessionStatus,
}

impl LastSession {
    /// Whether a kernel that is gone had nothing to do: then it left by itself.
    pub const fn is_idle(self) -> bool {
        match self.status {
            SessionStatus::Idle | SessionStatus::Stopped | SessionStatus::Crashed => true,
            SessionStatus::Starting | SessionStatus::Running | SessionStatus::Stopping => false,
        }
    }
}

/// What a host tells a kernel about its disk (`POST /host/disk`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DiskReport {
    /// Room that the workspace's files and home directory take.
    pub used_bytes: u64,
    /// Why the session must end, in a sentence for people; `None` when it may go on.
    pub stop: Option<String>,
}
