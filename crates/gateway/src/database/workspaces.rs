//! Table `workspaces`: what exists.

use super::members::write_member;
use super::{Database, DatabaseError, Write, from_column, to_column};
use protocol::header::Role;
use protocol::id::MachineId;
use protocol::peer;
use protocol::{PrincipalId, WorkspaceId};
use sqlx::Row;
use sqlx::any::AnyRow;

/// How far a workspace is in its life. Only a `Ready` one is visible; what was interrupted in
/// another phase is cleared away at the next start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Creating,
    Ready,
    Deleting,
}

impl Phase {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Ready => "ready",
            Self::Deleting => "deleting",
        }
    }
}

/// One workspace, and the role of whom it was read for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WorkspaceRow {
    pub(crate) id: WorkspaceId,
    pub(crate) name: String,
    pub(crate) source: String,
    pub(crate) owner: PrincipalId,
    pub(crate) role: Role,
    pub(crate) created_at_ms: u64,
    pub(crate) opened_at_ms: u64,
    /// Where it is, if not at the gateway's own provider.
    pub(crate) machine: Option<MachineId>,
}

fn read(row: &AnyRow) -> Result<WorkspaceRow, DatabaseError> {
    let id: String = row.try_get("id")?;
    let (owner, role): (String, String) = (row.try_get("owner")?, row.try_get("role")?);
    let corrupt = || DatabaseError::Corrupt(format!("workspace {id}"));
    Ok(WorkspaceRow {
        id: WorkspaceId::parse(&id).ok_or_else(corrupt)?,
        name: row.try_get("name")?,
        source: row.try_get("source")?,
        owner: PrincipalId::parse(&owner).ok_or_else(corrupt)?,
        role: Role::parse(&role).ok_or_else(corrupt)?,
        created_at_ms: from_column(row.try_get("created_at_ms")?),
        opened_at_ms: from_column(row.try_get("opened_at_ms")?),
        machine: MachineId::parse(row.try_get("machine")?),
    })
}

impl Database {
    /// Every workspace the principal may see, the last opened first.
    pub(crate) async fn workspaces(
        &self,
        principal: &PrincipalId,
    ) -> Result<Vec<WorkspaceRow>, DatabaseError> {
        let rows = sqlx::query(
            "SELECT w.id, w.name, w.source, w.owner, w.created_at_ms, w.opened_at_ms, w.machine,
                    m.role
             FROM workspaces w JOIN members m ON m.workspace = w.id
             WHERE m.principal = $1 AND w.phase = 'ready'
             ORDER BY w.opened_at_ms DESC, w.id",
        )
        .bind(principal.as_str())
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(read).collect()
    }

    /// One workspace, if the principal may see it.
    pub(crate) async fn workspace(
        &self,
        id: &WorkspaceId,
        principal: &PrincipalId,
    ) -> Result<Option<WorkspaceRow>, DatabaseError> {
        let row = sqlx::query(
            "SELECT w.id, w.name, w.source, w.owner, w.created_at_ms, w.opened_at_ms, w.machine,
                    m.role
             FROM workspaces w JOIN members m ON m.workspace = w.id
             WHERE w.id = $1 AND m.principal = $2 AND w.phase = 'ready'",
        )
        .bind(id.as_str())
        .bind(principal.as_str())
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(read).transpose()
    }

    /// One workspace, whoever asks, as a viewer of it sees it.
    pub(crate) async fn any_workspace(
        &self,
        id: &WorkspaceId,
    ) -> Result<Option<WorkspaceRow>, DatabaseError> {
        let row = sqlx::query(
            "SELECT id, name, source, owner, created_at_ms, opened_at_ms, machine,
                    'viewer' AS role
             FROM workspaces WHERE id = $1 AND phase = 'ready'",
        )
        .bind(id.as_str())
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(read).transpose()
    }

    /// Workspaces whose making or deleting was interrupted by the end of their gateway.
    pub(crate) async fn interrupted_workspaces(&self) -> Result<Vec<WorkspaceId>, DatabaseError> {
        let rows = sqlx::query(
            "SELECT id FROM workspaces w WHERE phase <> 'ready'
             AND NOT EXISTS (SELECT 1 FROM gateways g WHERE g.id = w.gateway)",
        )
        .fetch_all(&self.pool)
        .await?;
        let ids: Result<Vec<String>, _> = rows.iter().map(|row| row.try_get("id")).collect();
        Ok(ids?.iter().filter_map(|it| WorkspaceId::parse(it)).collect())
    }

    /// How many workspaces there are, for the metrics.
    pub(crate) async fn workspace_count(&self) -> Result<u64, DatabaseError> {
        let row = sqlx::query("SELECT COUNT(*) AS n FROM workspaces WHERE phase = 'ready'")
            .fetch_one(&self.pool)
            .await?;
        Ok(from_column(row.try_get("n")?))
    }

    /// Notes that somebody uses the workspace.
    pub(crate) async fn note_opened(
        &self,
        id: &WorkspaceId,
        now_ms: u64,
    ) -> Result<(), DatabaseError> {
        sqlx::query("UPDATE workspaces SET opened_at_ms = $1 WHERE id = $2")
            .bind(to_column(now_ms))
            .bind(id.as_str())
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

/// Adds a workspace in phase `creating`, and its owner as its first member.
pub(crate) async fn add_workspace(
    write: &mut Write,
    row: &WorkspaceRow,
) -> Result<(), DatabaseError> {
    let gateway = write.gateway.to_string();
    sqlx::query(
        "INSERT INTO workspaces (id, name, source, owner, phase, created_at_ms, opened_at_ms, gateway)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(row.id.as_str())
    .bind(row.name.as_str())
    .bind(row.source.as_str())
    .bind(row.owner.as_str())
    .bind(Phase::Creating.as_str())
    .bind(to_column(row.created_at_ms))
    .bind(to_column(row.opened_at_ms))
    .bind(gateway)
    .execute(&mut **write)
    .await?;
    write_member(write, &row.id, &row.owner, Role::Owner).await
}

/// Moves a workspace to another phase.
pub(crate) async fn set_phase(
    write: &mut Write,
    id: &WorkspaceId,
    phase: Phase,
) -> Result<(), DatabaseError> {
    let gateway = write.gateway.to_string();
    sqlx::query("UPDATE workspaces SET phase = $1, gateway = $2 WHERE id = $3")
        .bind(phase.as_str())
        .bind(gateway)
        .bind(id.as_str())
        .execute(&mut **write)
        .await?;
    if phase == Phase::Deleting {
        write.tell(peer::Change::Workspace { id: id.clone() });
    }
    Ok(())
}

/// Takes over a workspace whose gateway is gone; `false` when another one did.
pub(crate) async fn claim_interrupted(
    write: &mut Write,
    id: &WorkspaceId,
) -> Result<bool, DatabaseError> {
    let gateway = write.gateway.to_string();
    let claimed = sqlx::query(
        "UPDATE workspaces SET gateway = $1 WHERE id = $2 AND phase <> 'ready'
         AND NOT EXISTS (SELECT 1 FROM gateways g WHERE g.id = workspaces.gateway)",
    )
    .bind(gateway)
    .bind(id.as_str())
    .execute(&mut **write)
    .await?;
    Ok(claimed.rows_affected() == 1)
}

/// Gives a workspace another name.
pub(crate) async fn rename_workspace(
    write: &mut Write,
    id: &WorkspaceId,
    name: &str,
) -> Result<(), DatabaseError> {
    sqlx::query("UPDATE workspaces SET name = $1 WHERE id = $2")
        .bind(name)
        .bind(id.as_str())
        .execute(&mut **write)
        .await?;
    Ok(())
}

/// Removes a workspace, its members and its shares; its audit rows stay.
pub(crate) async fn remove_workspace(
    write: &mut Write,
    id: &WorkspaceId,
) -> Result<(), DatabaseError> {
    super::shares::remove_shares_of(write, id).await?;
    super::remove_environment(write, id.as_str()).await?;
    super::break_glass::remove_break_glasses_of(write, id).await?;
    sqlx::query("DELETE FROM members WHERE workspace = $1")
        .bind(id.as_str())
        .execute(&mut **write)
        .await?;
    sqlx::query("DELETE FROM invitations WHERE workspace = $1")
        .bind(id.as_str())
        .execute(&mut **write)
        .await?;
    sqlx::query("DELETE FROM workspaces WHERE id = $1")
        .bind(id.as_str())
        .execute(&mut **write)
        .await?;
    write.tell(peer::Change::Workspace { id: id.clone() });
    Ok(())
}
