//! What gateways on one database tell each other.

use crate::header::Role;
use crate::id::{LoginId, MachineId, PrincipalId, ShareId, WorkspaceId};
use serde::{Deserialize, Serialize};

/// Something that others may remember, or have open, and that is so no longer. One that a gateway
/// does not understand makes it forget everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// A browser or program was signed out.
    Login { id: LoginId },
    /// A person has another name or other rights, or other ways to sign in.
    Person { id: PrincipalId },
    /// An account and its part in every workspace are gone.
    Account { id: PrincipalId },
    /// Somebody has another role in a workspace, or none. What was opened with this one goes on.
    Member {
        workspace: WorkspaceId,
        principal: PrincipalId,
        #[serde(default)]
        role: Option<Role>,
    },
    /// A workspace goes away.
    Workspace { id: WorkspaceId },
    /// A share was changed or ended.
    Share { id: ShareId },
    /// Some administrator's access to a workspace began or ended; the table says which.
    BreakGlass,
    /// A workspace or a person, by id, has other variables, secrets or credentials.
    Environment { owner: String },
    /// The registry has other remote runtimes, or the embedded one has done something.
    Registry,
    /// A machine joined, was renamed, is drained or not any more, or was removed.
    Machine { id: MachineId },
    /// A workspace was placed on another machine.
    Placement { workspace: WorkspaceId },
}
