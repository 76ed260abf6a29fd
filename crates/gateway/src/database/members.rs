//! Table `members`: who may do what in a workspace.
//!
//! A workspace always has an owner: whatever takes a role away is followed by [`settle_owner`],
//! which refuses to leave none behind. The only owner who can sign in keeps the role.

use super::{Database, DatabaseError, Write};
use protocol::header::Role;
use protocol::peer;
use protocol::{PrincipalId, WorkspaceId};
use sqlx::Row;
use sqlx::any::AnyRow;

/// Somebody with a role in a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) principal: PrincipalId,
    pub(crate) name: String,
    pub(crate) role: Role,
}

fn read(row: &AnyRow) -> Result<Member, DatabaseError> {
    let (principal, role): (String, String) = (row.try_get("principal")?, row.try_get("role")?);
    let corrupt = || DatabaseError::Corrupt(format!("member {principal}"));
    Ok(Member {
        principal: PrincipalId::parse(&principal).ok_or_else(corrupt)?,
        name: row.try_get("name")?,
        role: Role::parse(&role).ok_or_else(corrupt)?,
    })
}

impl Database {
    /// Everybody with a role in the workspace, by name.
    pub(crate) async fn members(
        &self,
        workspace: &WorkspaceId,
    ) -> Result<Vec<Member>, DatabaseError> {
        let rows = sqlx::query(
            "SELECT m.principal, m.role, p.name FROM members m
             JOIN principals p ON p.id = m.principal
             WHERE m.workspace = $1 ORDER BY p.name, m.principal",
        )
        .bind(workspace.as_str())
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(read).collect()
    }
}

/// The role that a change finds; `None` for somebody who is no member.
pub(crate) async fn member_role(
    write: &mut Write,
    workspace: &WorkspaceId,
    principal: &PrincipalId,
) -> Result<Option<Role>, DatabaseError> {
    let row = sqlx::query("SELECT role FROM members WHERE workspace = $1 AND principal = $2")
        .bind(workspace.as_str())
        .bind(principal.as_str())
        .fetch_optional(&mut **write)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let role: String = row.try_get("role")?;
    let corrupt = || DatabaseError::Corrupt(format!("member {principal}"));
    Role::parse(&role).ok_or_else(corrupt).map(Some)
}

/// Refuses to take the role of the only owner who can sign in: nobody could manage the workspace
/// after it. One who cannot sign in may be taken out, and others may leave where no owner can.
async fn keep_owner(
    write: &mut Write,
    workspace: &WorkspaceId,
    principal: &PrincipalId,
) -> Result<(), DatabaseError> {
    let rows = sqlx::query(
        "SELECT m.principal FROM members m JOIN principals p ON p.id = m.principal
         WHERE m.workspace = $1 AND m.role = 'owner'
           AND p.disabled_at_ms IS NULL AND p.deleted_at_ms IS NULL LIMIT 2",
    )
    .bind(workspace.as_str())
    .fetch_all(&mut **write)
    .await?;
    let [row] = rows.as_slice() else { return Ok(()) };
    let only: String = row.try_get("principal")?;
    if only == principal.as_str() { Err(DatabaseError::LastOwner) } else { Ok(()) }
}

/// Gives the principal a role in the workspace, in place of the one it had.
pub(crate) async fn set_member(
    write: &mut Write,
    workspace: &WorkspaceId,
    principal: &PrincipalId,
    role: Role,
) -> Result<(), DatabaseError> {
    if role != Role::Owner {
        keep_owner(write, workspace, principal).await?;
    }
    write_member(write, workspace, principal, role).await?;
    let (workspace, principal) = (workspace.clone(), principal.clone());
    write.tell(peer::Change::Member { workspace, principal, role: Some(role) });
    Ok(())
}

/// Writes down a role and tells nobody: for a workspace that begins here, in which nobody has
/// anything open elsewhere.
pub(super) async fn write_member(
    write: &mut Write,
    workspace: &WorkspaceId,
    principal: &PrincipalId,
    role: Role,
) -> Result<(), DatabaseError> {
    sqlx::query(
        "INSERT INTO members (workspace, principal, role) VALUES ($1, $2, $3)
         ON CONFLICT (workspace, principal) DO UPDATE SET role = excluded.role",
    )
    .bind(workspace.as_str())
    .bind(principal.as_str())
    .bind(role.as_str())
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// Takes the principal's role in the workspace away.
pub(crate) async fn remove_member(
    write: &mut Write,
    workspace: &WorkspaceId,
    principal: &PrincipalId,
) -> Result<(), DatabaseError> {
    keep_owner(write, workspace, principal).await?;
    sqlx::query("DELETE FROM members WHERE workspace = $1 AND principal = $2")
        .bind(workspace.as_str())
        .bind(principal.as_str())
        .execute(&mut **write)
        .await?;
    let (workspace, principal) = (workspace.clone(), principal.clone());
    write.tell(peer::Change::Member { workspace, principal, role: None });
    Ok(())
}

/// Makes `to` the owner whose name the workspace goes by, with the role that belongs to it.
pub(crate) async fn transfer_workspace(
    write: &mut Write,
    workspace: &WorkspaceId,
    to: &PrincipalId,
) -> Result<(), DatabaseError> {
    set_member(write, workspace, to, Role::Owner).await?;
    sqlx::query("UPDATE workspaces SET owner = $1 WHERE id = $2")
        .bind(to.as_str())
        .bind(workspace.as_str())
        .execute(&mut **write)
        .await?;
    Ok(())
}

/// After roles were taken away: when the workspace goes by the name of somebody who is no longer
/// its owner, another owner takes that place. `false` when there is none; the change must then be
/// dropped.
pub(crate) async fn settle_owner(
    write: &mut Write,
    workspace: &WorkspaceId,
) -> Result<bool, DatabaseError> {
    let row = sqlx::query(
        "SELECT m.principal FROM members m JOIN workspaces w ON w.id = m.workspace
         JOIN principals p ON p.id = m.principal
         WHERE m.workspace = $1 AND m.role = 'owner'
         ORDER BY CASE WHEN p.disabled_at_ms IS NULL THEN 0 ELSE 1 END,
           CASE WHEN m.principal = w.owner THEN 0 ELSE 1 END, m.principal LIMIT 1",
    )
    .bind(workspace.as_str())
    .fetch_optional(&mut **write)
    .await?;
    let Some(row) = row else { return Ok(false) };
    sqlx::query("UPDATE workspaces SET owner = $1 WHERE id = $2")
        .bind(row.try_get::<String, _>("principal")?)
        .bind(workspace.as_str())
        .execute(&mut **write)
        .await?;
    Ok(true)
}
