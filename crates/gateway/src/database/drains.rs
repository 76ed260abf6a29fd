//! Table `drains`: which machines are emptied.

use super::machines::machine_id;
use super::{Database, DatabaseError, Write, from_column, to_column};
use protocol::drain::DrainState;
use protocol::id::MachineId;
use protocol::{PrincipalId, WorkspaceId};
use sqlx::any::AnyRow;
use sqlx::{Row, query};
use stdx::clock::now_ms;

/// The last time that a machine was emptied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DrainRow {
    pub(crate) machine: MachineId,
    pub(crate) state: DrainState,
    /// Whether sessions that run are stopped.
    pub(crate) stop: bool,
    pub(crate) error: Option<String>,
    /// Workspaces that wait because a session runs in them, as whoever carries it out last saw.
    pub(crate) running: Vec<WorkspaceId>,
    pub(crate) started_by: PrincipalId,
    pub(crate) started_at_ms: u64,
    pub(crate) changed_at_ms: u64,
}

fn read(row: &AnyRow) -> Result<DrainRow, DatabaseError> {
    let text = |column: &str| row.try_get::<String, _>(column);
    let number = |column: &str| row.try_get::<i64, _>(column).map(from_column);
    let machine = text("machine")?;
    let corrupt = || DatabaseError::Corrupt(format!("drain {machine}"));
    Ok(DrainRow {
        machine: machine_id(&machine)?,
        state: DrainState::parse(&text("state")?).ok_or_else(corrupt)?,
        stop: 0 < number("stop")?,
        error: row.try_get("error")?,
        running: serde_json::from_str(&text("running")?).map_err(|_| corrupt())?,
        started_by: super::principals::id(row.try_get("started_by")?)?,
        started_at_ms: number("started_at_ms")?,
        changed_at_ms: number("changed_at_ms")?,
    })
}

impl Database {
    /// The last time that each machine was emptied.
    pub(crate) async fn drains(&self) -> Result<Vec<DrainRow>, DatabaseError> {
        let rows = query("SELECT * FROM drains ORDER BY machine").fetch_all(&self.pool).await?;
        rows.iter().map(read).collect()
    }

    /// The last time that a machine was emptied.
    pub(crate) async fn drain_of(
        &self,
        machine: &MachineId,
    ) -> Result<Option<DrainRow>, DatabaseError> {
        let row = query("SELECT * FROM drains WHERE machine = $1")
            .bind(machine.as_str())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// A drain that this gateway carries out; `None` when it is over or another one has it.
    pub(crate) async fn own_drain(
        &self,
        machine: &MachineId,
    ) -> Result<Option<DrainRow>, DatabaseError> {
        let row = query(
            "SELECT * FROM drains WHERE machine = $1 AND gateway = $2 AND state = 'emptying'",
        )
        .bind(machine.as_str())
        .bind(self.gateway.to_string())
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(read).transpose()
    }

    /// Notes what a drain waits for.
    pub(crate) async fn note_drain(
        &self,
        row: &DrainRow,
        error: Option<&str>,
        running: &[WorkspaceId],
    ) -> Result<(), DatabaseError> {
        query(
            "UPDATE drains SET error = $1, running = $2, changed_at_ms = $3
             WHERE machine = $4 AND started_at_ms = $5 AND gateway = $6",
        )
        .bind(error)
        .bind(list(running))
        .bind(to_column(now_ms()))
        .bind(row.machine.as_str())
        .bind(to_column(row.started_at_ms))
        .bind(self.gateway.to_string())
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

fn list(workspaces: &[WorkspaceId]) -> String {
    serde_json::to_string(workspaces).expect("ids are plain JSON")
}

/// Begins to empty a machine, or begins anew: whatever failed before is tried again.
pub(crate) async fn add_drain(write: &mut Write, row: &DrainRow) -> Result<(), DatabaseError> {
    let gateway = write.gateway.to_string();
    query(
        "INSERT INTO drains (machine, state, stop, error, running, started_by, started_at_ms,
                             changed_at_ms, gateway)
         VALUES ($1, $2, $3, NULL, $4, $5, $6, $6, $7)
         ON CONFLICT (machine) DO UPDATE SET state = excluded.state, stop = excluded.stop,
             error = NULL, running = excluded.running, started_by = excluded.started_by,
             started_at_ms = excluded.started_at_ms, changed_at_ms = excluded.changed_at_ms,
             gateway = excluded.gateway",
    )
    .bind(row.machine.as_str())
    .bind(row.state.as_str())
    .bind(i64::from(row.stop))
    .bind(list(&row.running))
    .bind(row.started_by.as_str())
    .bind(to_column(row.started_at_ms))
    .bind(gateway)
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// Ends a drain that goes on; `false`: it was over, or was begun anew.
pub(crate) async fn end_drain(
    write: &mut Write,
    (machine, started_at_ms): (&MachineId, u64),
    state: DrainState,
) -> Result<bool, DatabaseError> {
    let ended = query(
        "UPDATE drains SET state = $1, error = NULL, running = '[]', changed_at_ms = $2
         WHERE machine = $3 AND started_at_ms = $4 AND state = 'emptying'",
    )
    .bind(state.as_str())
    .bind(to_column(now_ms()))
    .bind(machine.as_str())
    .bind(to_column(started_at_ms))
    .execute(&mut **write)
    .await?;
    Ok(ended.rows_affected() == 1)
}

/// Takes over the drains that a gateway which is gone was carrying out.
pub(crate) async fn claim_drains(write: &mut Write) -> Result<Vec<MachineId>, DatabaseError> {
    let gateway = write.gateway.to_string();
    let rows = query(
        "UPDATE drains SET gateway = $1 WHERE state = 'emptying' AND gateway <> $1
         AND NOT EXISTS (SELECT 1 FROM gateways g WHERE g.id = drains.gateway) RETURNING machine",
    )
    .bind(gateway)
    .fetch_all(&mut **write)
    .await?;
    let ids: Result<Vec<String>, _> = rows.iter().map(|row| row.try_get("machine")).collect();
    ids?.iter().map(|it| machine_id(it)).collect()
}
