//! Break-glass: an administrator looks into a workspace of others, for a while and for a reason.

use crate::header::Role;
use crate::id::{BreakGlassId, PrincipalId, WorkspaceId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How long an access lasts at most.
pub const LIFETIME_MS: u64 = 60 * 60 * 1000;
/// Shortest and longest reason, in characters.
pub const REASON_LENGTH_MIN: usize = 10;
pub const REASON_LENGTH_MAX: usize = 500;

/// Body of `POST /api/v1/break-glass`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginBreakGlass {
    pub workspace: WorkspaceId,
    /// `viewer` or `editor`.
    pub role: Role,
    /// Told to the owners. 10 to 500 characters.
    pub reason: String,
    /// The caller's own. Somebody without one has signed in a few minutes ago.
    pub password: Option<String>,
}

/// One access of an administrator to a workspace of others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BreakGlass {
    pub id: BreakGlassId,
    pub workspace: WorkspaceId,
    pub workspace_name: String,
    /// Who took it.
    pub principal: PrincipalId,
    pub name: String,
    pub role: Role,
    pub reason: String,
    pub begun_at_ms: u64,
    pub expires_at_ms: u64,
    /// When it was over; absent while it lasts.
    pub ended_at_ms: Option<u64>,
    /// Who ended it before its time.
    pub ended_by: Option<String>,
    /// Whether the caller said to have seen it.
    pub seen: bool,
}
