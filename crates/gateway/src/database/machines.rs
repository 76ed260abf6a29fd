//! Tables `machines` and `machine_tokens`, and where workspaces are.

use super::{Database, DatabaseError, Write, from_column, to_column};
use protocol::id::MachineId;
use protocol::peer::Change;
use protocol::{PrincipalId, WorkspaceId};
use sqlx::any::AnyRow;
use sqlx::{Row, query};

/// What was decided about a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MachinePhase {
    Joined,
    /// Nothing new comes there.
    Draining,
    /// It is refused for ever.
    Removed,
}

impl MachinePhase {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Joined => "joined",
            Self::Draining => "draining",
            Self::Removed => "removed",
        }
    }
}

/// One machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MachineRow {
    pub(crate) id: MachineId,
    pub(crate) name: String,
    pub(crate) public_key: String,
    pub(crate) phase: MachinePhase,
    pub(crate) version: String,
    pub(crate) joined_at_ms: u64,
    pub(crate) seen_at_ms: u64,
    pub(crate) certificate_expires_at_ms: u64,
}

/// What [`add_machine_token`] writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewMachineToken<'a> {
    pub(crate) hash: &'a str,
    pub(crate) name: Option<&'a str>,
    pub(crate) machine: Option<&'a MachineId>,
    pub(crate) created_by: &'a PrincipalId,
    pub(crate) now_ms: u64,
    pub(crate) expires_at_ms: u64,
}

/// An invitation that was just used up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MachineToken {
    pub(crate) name: Option<String>,
    pub(crate) machine: Option<MachineId>,
    pub(crate) created_by: PrincipalId,
}

/// Where a workspace is, and how often it was placed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Placement {
    /// `None`: the gateway's own provider.
    pub(crate) machine: Option<MachineId>,
    pub(crate) epoch: u64,
}

pub(super) fn machine_id(text: &str) -> Result<MachineId, DatabaseError> {
    MachineId::parse(text).ok_or_else(|| DatabaseError::Corrupt(format!("machine {text}")))
}

fn read(row: &AnyRow) -> Result<MachineRow, DatabaseError> {
    let (id, state): (String, String) = (row.try_get("id")?, row.try_get("state")?);
    let phases = [MachinePhase::Joined, MachinePhase::Draining, MachinePhase::Removed];
    let phase = phases.into_iter().find(|it| it.as_str() == state);
    Ok(MachineRow {
        phase: phase.ok_or_else(|| DatabaseError::Corrupt(format!("machine {id}")))?,
        id: machine_id(&id)?,
        name: row.try_get("name")?,
        public_key: row.try_get("public_key")?,
        version: row.try_get("version")?,
        joined_at_ms: from_column(row.try_get("joined_at_ms")?),
        seen_at_ms: from_column(row.try_get("seen_at_ms")?),
        certificate_expires_at_ms: from_column(row.try_get("certificate_expires_at_ms")?),
    })
}

fn placement(row: &AnyRow) -> Result<Placement, DatabaseError> {
    let machine: String = row.try_get("machine")?;
    let machine = if machine.is_empty() { None } else { Some(machine_id(&machine)?) };
    Ok(Placement { machine, epoch: from_column(row.try_get("epoch")?) })
}

fn workspace_ids(rows: &[AnyRow]) -> Result<Vec<WorkspaceId>, DatabaseError> {
    let ids: Result<Vec<String>, _> = rows.iter().map(|row| row.try_get("id")).collect();
    Ok(ids?.iter().filter_map(|it| WorkspaceId::parse(it)).collect())
}

const OF_MACHINE: &str = "SELECT id FROM workspaces WHERE machine = $1 ORDER BY id";

impl Database {
    /// Every machine that was ever here, removed ones too; the oldest first.
    pub(crate) async fn machines(&self) -> Result<Vec<MachineRow>, DatabaseError> {
        let rows =
            query("SELECT * FROM machines ORDER BY joined_at_ms, id").fetch_all(&self.pool).await?;
        rows.iter().map(read).collect()
    }

    /// One machine.
    pub(crate) async fn machine(
        &self,
        id: &MachineId,
    ) -> Result<Option<MachineRow>, DatabaseError> {
        let row = query("SELECT * FROM machines WHERE id = $1")
            .bind(id.as_str())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// Notes that a gateway hears of a machine.
    pub(crate) async fn note_machine(
        &self,
        id: &MachineId,
        version: &str,
        now_ms: u64,
    ) -> Result<(), DatabaseError> {
        query("UPDATE machines SET seen_at_ms = $1, version = $2 WHERE id = $3")
            .bind(to_column(now_ms))
            .bind(version)
            .bind(id.as_str())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Where a workspace is, in whatever phase; `None`: it is in no registry.
    pub(crate) async fn placement(
        &self,
        workspace: &WorkspaceId,
    ) -> Result<Option<Placement>, DatabaseError> {
        let row = query("SELECT machine, epoch FROM workspaces WHERE id = $1")
            .bind(workspace.as_str())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(placement).transpose()
    }

    /// The workspaces on a machine that can be used, the last used first.
    pub(crate) async fn workspaces_at(
        &self,
        machine: &MachineId,
    ) -> Result<Vec<WorkspaceId>, DatabaseError> {
        let rows = query(
            "SELECT id FROM workspaces WHERE machine = $1 AND phase = 'ready'
             ORDER BY opened_at_ms DESC, id",
        )
        .bind(machine.as_str())
        .fetch_all(&self.pool)
        .await?;
        workspace_ids(&rows)
    }

    /// How many workspaces are on the gateway's own machine.
    pub(crate) async fn own_workspace_count(&self) -> Result<u64, DatabaseError> {
        let text = "SELECT COUNT(*) AS n FROM workspaces WHERE machine = '' AND phase = 'ready'";
        let row = query(text).fetch_one(&self.pool).await?;
        Ok(from_column(row.try_get("n")?))
    }

    /// Every workspace that is on some machine, in whatever phase.
    pub(crate) async fn placed_on_machines(
        &self,
    ) -> Result<Vec<(WorkspaceId, MachineId)>, DatabaseError> {
        let rows = query("SELECT id, machine FROM workspaces WHERE machine <> ''")
            .fetch_all(&self.pool)
            .await?;
        let mut placed = Vec::new();
        for row in rows {
            let (id, machine): (String, String) = (row.try_get("id")?, row.try_get("machine")?);
            let id = WorkspaceId::parse(&id);
            let id = id.ok_or_else(|| DatabaseError::Corrupt("workspaces".to_owned()))?;
            placed.push((id, machine_id(&machine)?));
        }
        Ok(placed)
    }
}

/// Keeps an invitation. Those of the past go on the way.
pub(crate) async fn add_machine_token(
    write: &mut Write,
    new: NewMachineToken<'_>,
) -> Result<(), DatabaseError> {
    query("DELETE FROM machine_tokens WHERE expires_at_ms <= $1")
        .bind(to_column(new.now_ms))
        .execute(&mut **write)
        .await?;
    query(
        "INSERT INTO machine_tokens (hash, name, machine, created_by, created_at_ms, expires_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(new.hash)
    .bind(new.name)
    .bind(new.machine.map(MachineId::as_str))
    .bind(new.created_by.as_str())
    .bind(to_column(new.now_ms))
    .bind(to_column(new.expires_at_ms))
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// Uses an invitation up; of several that try, one gets it. One whose maker administers no longer
/// lets nobody in.
pub(crate) async fn take_machine_token(
    write: &mut Write,
    hash: &str,
    now_ms: u64,
) -> Result<Option<MachineToken>, DatabaseError> {
    let row = query(
        "DELETE FROM machine_tokens WHERE hash = $1 AND $2 < expires_at_ms
         AND EXISTS (SELECT 1 FROM principals p WHERE p.id = machine_tokens.created_by
             AND p.administrator = 1 AND p.disabled_at_ms IS NULL AND p.deleted_at_ms IS NULL)
         RETURNING name, machine, created_by",
    )
    .bind(hash)
    .bind(to_column(now_ms))
    .fetch_optional(&mut **write)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let machine: Option<String> = row.try_get("machine")?;
    Ok(Some(MachineToken {
        name: row.try_get("name")?,
        machine: machine.map(|it| machine_id(&it)).transpose()?,
        created_by: super::principals::id(row.try_get("created_by")?)?,
    }))
}

/// Adds a machine, or lets one that is known have another key. A removed one stays removed:
/// `false`.
pub(crate) async fn join_machine(
    write: &mut Write,
    row: &MachineRow,
) -> Result<bool, DatabaseError> {
    let joined = query(
        "INSERT INTO machines (id, name, public_key, state, version, joined_at_ms, seen_at_ms,
                               certificate_expires_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (id) DO UPDATE SET public_key = excluded.public_key,
             version = excluded.version,
             certificate_expires_at_ms = excluded.certificate_expires_at_ms
         WHERE machines.state <> 'removed'",
    )
    .bind(row.id.as_str())
    .bind(row.name.as_str())
    .bind(row.public_key.as_str())
    .bind(row.phase.as_str())
    .bind(row.version.as_str())
    .bind(to_column(row.joined_at_ms))
    .bind(to_column(row.seen_at_ms))
    .bind(to_column(row.certificate_expires_at_ms))
    .execute(&mut **write)
    .await?;
    write.tell(Change::Machine { id: row.id.clone() });
    Ok(joined.rows_affected() == 1)
}

/// Notes the key and the end of a machine's newest certificate.
pub(crate) async fn set_machine_key(
    write: &mut Write,
    id: &MachineId,
    public_key: &str,
    expires_at_ms: u64,
) -> Result<(), DatabaseError> {
    query(
        "UPDATE machines SET public_key = $1, certificate_expires_at_ms = $2
         WHERE id = $3 AND state <> 'removed'",
    )
    .bind(public_key)
    .bind(to_column(expires_at_ms))
    .bind(id.as_str())
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// Gives a machine another name.
pub(crate) async fn rename_machine(
    write: &mut Write,
    id: &MachineId,
    name: &str,
) -> Result<(), DatabaseError> {
    query("UPDATE machines SET name = $1 WHERE id = $2 AND state <> 'removed'")
        .bind(name)
        .bind(id.as_str())
        .execute(&mut **write)
        .await?;
    write.tell(Change::Machine { id: id.clone() });
    Ok(())
}

/// Moves a machine to another phase; `false`: there is none, or it was removed.
pub(crate) async fn set_machine_phase(
    write: &mut Write,
    id: &MachineId,
    phase: MachinePhase,
) -> Result<bool, DatabaseError> {
    let changed = query("UPDATE machines SET state = $1 WHERE id = $2 AND state <> 'removed'")
        .bind(phase.as_str())
        .bind(id.as_str())
        .execute(&mut **write)
        .await?;
    write.tell(Change::Machine { id: id.clone() });
    Ok(changed.rows_affected() == 1)
}

/// The workspaces on a machine, in whatever phase. Ask in the write that needs the answer to hold.
pub(crate) async fn workspaces_on(
    write: &mut Write,
    id: &MachineId,
) -> Result<Vec<WorkspaceId>, DatabaseError> {
    workspace_ids(&query(OF_MACHINE).bind(id.as_str()).fetch_all(&mut **write).await?)
}

/// Places a workspace anew, if it is still where `from` says: then its epoch is one more, which is
/// the answer. `None`: somebody else placed it meanwhile, it is gone, or the machine was removed.
pub(crate) async fn place_workspace(
    write: &mut Write,
    workspace: &WorkspaceId,
    from: &Placement,
    to: Option<&MachineId>,
) -> Result<Option<Placement>, DatabaseError> {
    place_workspace_at(write, workspace, from, (to, from.epoch + 1)).await
}

/// The same, with an epoch above those that machines have heard of.
pub(crate) async fn place_workspace_at(
    write: &mut Write,
    workspace: &WorkspaceId,
    from: &Placement,
    (to, epoch): (Option<&MachineId>, u64),
) -> Result<Option<Placement>, DatabaseError> {
    let to_text = to.map_or("", MachineId::as_str);
    let placed = query(
        "UPDATE workspaces SET machine = $1, epoch = $2
         WHERE id = $3 AND machine = $4 AND epoch = $5
         AND ($1 = '' OR EXISTS (SELECT 1 FROM machines WHERE id = $1 AND state <> 'removed'))",
    )
    .bind(to_text)
    .bind(to_column(epoch))
    .bind(workspace.as_str())
    .bind(from.machine.as_ref().map_or("", MachineId::as_str))
    .bind(to_column(from.epoch))
    .execute(&mut **write)
    .await?;
    if placed.rows_affected() == 0 {
        return Ok(None);
    }
    write.tell(Change::Placement { workspace: workspace.clone() });
    Ok(Some(Placement { machine: to.cloned(), epoch }))
}
