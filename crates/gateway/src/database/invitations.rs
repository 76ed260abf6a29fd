//! Table `invitations`: links that let further people in, by the hash of what they carry.

use super::{Database, DatabaseError, Write, from_column, to_column};
use protocol::account::Invitation;
use protocol::header::Role;
use protocol::id::InvitationId;
use protocol::{PrincipalId, WorkspaceId};
use sqlx::any::AnyRow;
use sqlx::{Any, Executor, Row};

/// What [`add_invitation`] writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewInvitation<'a> {
    pub(crate) id: &'a InvitationId,
    pub(crate) hash: &'a str,
    /// For whom or what; nobody but those who may list it sees it.
    pub(crate) note: &'a str,
    /// What the invited become a member of.
    pub(crate) workspace: Option<(&'a WorkspaceId, Role)>,
    pub(crate) created_by: &'a PrincipalId,
    pub(crate) now_ms: u64,
    pub(crate) expires_at_ms: u64,
    pub(crate) uses_max: u32,
}

/// An invitation that can be used now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Invited {
    pub(crate) id: InvitationId,
    /// With the workspace's name.
    pub(crate) workspace: Option<(WorkspaceId, Role, String)>,
    pub(crate) inviter: String,
    pub(crate) expires_at_ms: u64,
}

/// It is not used up or over, and whoever made it may still invite there.
const IN_FORCE: &str = "i.uses < i.uses_max AND $1 < i.expires_at_ms
    AND p.disabled_at_ms IS NULL AND p.deleted_at_ms IS NULL
    AND ((i.workspace IS NULL AND p.administrator = 1)
         OR (w.phase = 'ready' AND EXISTS (SELECT 1 FROM members m WHERE m.workspace = i.workspace
                 AND m.principal = i.created_by AND m.role = 'owner')))";
const FROM: &str = "FROM invitations i JOIN principals p ON p.id = i.created_by
    LEFT JOIN workspaces w ON w.id = i.workspace";

fn invitation_id(text: &str) -> Result<InvitationId, DatabaseError> {
    InvitationId::parse(text).ok_or_else(|| DatabaseError::Corrupt(format!("invitation {text}")))
}

/// The workspace and the role; `None` for an invitation to the installation alone.
fn membership(row: &AnyRow) -> Result<Option<(WorkspaceId, Role)>, DatabaseError> {
    let (workspace, role): (Option<String>, Option<String>) =
        (row.try_get("workspace")?, row.try_get("role")?);
    let (Some(workspace), Some(role)) = (workspace, role) else { return Ok(None) };
    let both = WorkspaceId::parse(&workspace).zip(Role::parse(&role));
    both.map(Some).ok_or_else(|| DatabaseError::Corrupt(format!("invitation to {workspace}")))
}

fn read(row: &AnyRow) -> Result<Invitation, DatabaseError> {
    let (workspace, role) = membership(row)?.unzip();
    Ok(Invitation {
        id: invitation_id(row.try_get("id")?)?,
        note: row.try_get("note")?,
        workspace,
        role,
        created_by: super::principals::id(row.try_get("created_by")?)?,
        created_by_name: row.try_get("created_by_name")?,
        created_at_ms: from_column(row.try_get("created_at_ms")?),
        expires_at_ms: from_column(row.try_get("expires_at_ms")?),
        uses: u32::try_from(row.try_get::<i64, _>("uses")?).unwrap_or(u32::MAX),
        uses_max: u32::try_from(row.try_get::<i64, _>("uses_max")?).unwrap_or(u32::MAX),
    })
}

impl Database {
    /// The invitations in force to a workspace, or to the installation alone; the newest first.
    pub(crate) async fn invitations(
        &self,
        workspace: Option<&WorkspaceId>,
        now_ms: u64,
    ) -> Result<Vec<Invitation>, DatabaseError> {
        let query = format!(
            "SELECT i.id, i.note, i.workspace, i.role, i.created_by, p.name AS created_by_name,
                    i.created_at_ms, i.expires_at_ms, i.uses, i.uses_max
             {FROM} WHERE {IN_FORCE} AND COALESCE(i.workspace, '') = $2
             ORDER BY i.created_at_ms DESC, i.id"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(query))
            .bind(to_column(now_ms))
            .bind(workspace.map_or("", WorkspaceId::as_str))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    /// The invitation in force whose secret has this hash, to be shown.
    pub(crate) async fn invited(
        &self,
        hash: &str,
        now_ms: u64,
    ) -> Result<Option<Invited>, DatabaseError> {
        find_invitation(&self.pool, hash, now_ms).await
    }
}

/// The invitation in force whose secret has this hash. Ask in the write that uses it.
pub(crate) async fn find_invitation(
    executor: impl Executor<'_, Database = Any>,
    hash: &str,
    now_ms: u64,
) -> Result<Option<Invited>, DatabaseError> {
    let query = format!(
        "SELECT i.id, i.workspace, i.role, i.expires_at_ms, p.name AS inviter,
                w.name AS workspace_name
         {FROM} WHERE {IN_FORCE} AND i.hash = $2"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(query))
        .bind(to_column(now_ms))
        .bind(hash)
        .fetch_optional(executor)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let name: Option<String> = row.try_get("workspace_name")?;
    Ok(Some(Invited {
        id: invitation_id(row.try_get("id")?)?,
        workspace: membership(&row)?.map(|(id, role)| (id, role, name.unwrap_or_default())),
        inviter: row.try_get("inviter")?,
        expires_at_ms: from_column(row.try_get("expires_at_ms")?),
    }))
}

/// Keeps an invitation. Those of the past are forgotten on the way.
pub(crate) async fn add_invitation(
    write: &mut Write,
    new: NewInvitation<'_>,
) -> Result<(), DatabaseError> {
    sqlx::query("DELETE FROM invitations WHERE expires_at_ms <= $1 OR uses_max <= uses")
        .bind(to_column(new.now_ms))
        .execute(&mut **write)
        .await?;
    sqlx::query(
        "INSERT INTO invitations (id, hash, note, workspace, role, created_by, created_at_ms,
                                  expires_at_ms, uses, uses_max)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9)",
    )
    .bind(new.id.as_str())
    .bind(new.hash)
    .bind(new.note)
    .bind(new.workspace.map(|(id, _)| id.as_str()))
    .bind(new.workspace.map(|(_, role)| role.as_str()))
    .bind(new.created_by.as_str())
    .bind(to_column(new.now_ms))
    .bind(to_column(new.expires_at_ms))
    .bind(i64::from(new.uses_max))
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// Takes back an invitation to this workspace, or to the installation alone; `false`: there is none.
pub(crate) async fn remove_invitation(
    write: &mut Write,
    id: &InvitationId,
    workspace: Option<&WorkspaceId>,
) -> Result<bool, DatabaseError> {
    let removed =
        sqlx::query("DELETE FROM invitations WHERE id = $1 AND COALESCE(workspace, '') = $2")
            .bind(id.as_str())
            .bind(workspace.map_or("", WorkspaceId::as_str))
            .execute(&mut **write)
            .await?;
    Ok(removed.rows_affected() == 1)
}

/// Uses the invitation once; `false` when somebody else took the last use. Look it up by
/// [`find_invitation`] before.
pub(crate) async fn use_invitation(
    write: &mut Write,
    id: &InvitationId,
) -> Result<bool, DatabaseError> {
    let used =
        sqlx::query("UPDATE invitations SET uses = uses + 1 WHERE id = $1 AND uses < uses_max")
            .bind(id.as_str())
            .execute(&mut **write)
            .await?;
    Ok(used.rows_affected() == 1)
}
