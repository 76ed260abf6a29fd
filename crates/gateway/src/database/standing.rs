//! What a login may do, read inside the transaction that it wants to change something in.

use super::{DatabaseError, Write, to_column};
use protocol::WorkspaceId;
use protocol::header::Role;
use protocol::id::{BreakGlassId, LoginId};
use sqlx::Row;

/// The rights of a login. Nobody changes them until the transaction has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) administrator: bool,
    /// In the workspace that was asked about: as a member, or by the access.
    pub(crate) role: Option<Role>,
}

/// Reads them; `None` for a login that has ended, or whose account is not in use.
pub(crate) async fn standing(
    write: &mut Write,
    login: &LoginId,
    workspace: Option<&WorkspaceId>,
    access: Option<&BreakGlassId>,
    now_ms: u64,
) -> Result<Option<Standing>, DatabaseError> {
    let row = sqlx::query(
        "SELECT p.administrator,
                (SELECT m.role FROM members m JOIN workspaces w ON w.id = m.workspace
                 WHERE m.workspace = $2 AND m.principal = p.id AND w.phase = 'ready') AS member,
                (SELECT b.role FROM break_glass b
                 WHERE b.id = $3 AND b.workspace = $2 AND b.login = l.id AND p.administrator = 1
                   AND b.ended_at_ms IS NULL AND $4 < b.expires_at_ms) AS held
         FROM logins l JOIN principals p ON p.id = l.principal
         WHERE l.id = $1 AND (l.expires_at_ms IS NULL OR $4 < l.expires_at_ms)
           AND p.disabled_at_ms IS NULL AND p.deleted_at_ms IS NULL",
    )
    .bind(login.as_str())
    .bind(workspace.map_or("", WorkspaceId::as_str))
    .bind(access.map_or("", BreakGlassId::as_str))
    .bind(to_column(now_ms))
    .fetch_optional(&mut **write)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let role = |column: &str| row.try_get::<Option<String>, _>(column);
    let role = role("member")?.or(role("held")?);
    Ok(Some(Standing {
        administrator: row.try_get::<i64, _>("administrator")? != 0,
        role: role.as_deref().and_then(Role::parse),
    }))
}
