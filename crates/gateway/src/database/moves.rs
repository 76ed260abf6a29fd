//! Table `moves`: which workspaces move, and how far that is.

use super::{Database, DatabaseError, Write, from_column, to_column};
use protocol::WorkspaceId;
use protocol::id::{MachineId, MoveId};
use protocol::moving::{Move, MovePhase};
use provider::moving::Progress;
use sqlx::any::AnyRow;
use sqlx::{Row, query};
use stdx::clock::now_ms;

/// Moves shown at once, the newest first.
const SHOWN_MAX: i64 = 200;
/// Workspaces that were placed anew and are shown at once.
const PLACED_ANEW_MAX: i64 = 200;
/// Those that are not over, as SQL has it.
macro_rules! under_way {
    () => {
        "phase NOT IN ('done', 'cancelled', 'failed')"
    };
}

/// Those that can still be gone back on.
macro_rules! has_way_back {
    () => {
        "phase IN ('preparing', 'copying', 'verifying', 'starting')"
    };
}

fn machine(text: &str) -> Result<Option<MachineId>, DatabaseError> {
    if text.is_empty() {
        return Ok(None);
    }
    let id = MachineId::parse(text);
    id.map(Some).ok_or_else(|| DatabaseError::Corrupt(format!("machine {text}")))
}

fn read(row: &AnyRow) -> Result<Move, DatabaseError> {
    let text = |column: &str| row.try_get::<String, _>(column);
    let number = |column: &str| row.try_get::<i64, _>(column).map(from_column);
    let id = text("id")?;
    let corrupt = || DatabaseError::Corrupt(format!("move {id}"));
    Ok(Move {
        id: MoveId::parse(&id).ok_or_else(corrupt)?,
        workspace: WorkspaceId::parse(&text("workspace")?).ok_or_else(corrupt)?,
        from: machine(&text("source")?)?,
        to: machine(&text("target")?)?,
        phase: MovePhase::parse(&text("phase")?).ok_or_else(corrupt)?,
        bytes_done: number("bytes_done")?,
        bytes_total: number("bytes_total")?,
        left_out: number("left_out")?,
        error: row.try_get("error")?,
        cancelled: 0 < number("cancelled")?,
        started_at_ms: number("started_at_ms")?,
        changed_at_ms: number("changed_at_ms")?,
    })
}

impl Database {
    /// Workspaces that were placed anew at some time, deleted ones too, by what the audit log says.
    pub(crate) async fn placed_anew(&self) -> Result<Vec<WorkspaceId>, DatabaseError> {
        let rows = query(
            "SELECT workspace, MAX(seq) AS last FROM audit
             WHERE verb = 'workspace.place_anew' AND outcome = 'ok' AND workspace IS NOT NULL
             GROUP BY workspace ORDER BY last DESC LIMIT $1",
        )
        .bind(PLACED_ANEW_MAX)
        .fetch_all(&self.pool)
        .await?;
        let ids = rows.iter().map(|it| it.try_get::<String, _>("workspace"));
        let ids = ids.collect::<Result<Vec<_>, _>>()?;
        Ok(ids.iter().filter_map(|it| WorkspaceId::parse(it)).collect())
    }

    /// The last move of a workspace.
    pub(crate) async fn move_of(
        &self,
        workspace: &WorkspaceId,
    ) -> Result<Option<Move>, DatabaseError> {
        let row = query("SELECT * FROM moves WHERE workspace = $1")
            .bind(workspace.as_str())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// The last move of each workspace, the newest first.
    pub(crate) async fn moves(&self) -> Result<Vec<Move>, DatabaseError> {
        let rows = query("SELECT * FROM moves ORDER BY started_at_ms DESC, id LIMIT $1")
            .bind(SHOWN_MAX)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    /// The last moves of workspaces that came from or to this machine.
    pub(crate) async fn moves_about(
        &self,
        machine: &MachineId,
    ) -> Result<Vec<Move>, DatabaseError> {
        let text = "SELECT * FROM moves WHERE source = $1 OR target = $1
                    ORDER BY started_at_ms DESC, id";
        let rows = query(text).bind(machine.as_str()).fetch_all(&self.pool).await?;
        rows.iter().map(read).collect()
    }

    /// A move that this gateway carries out; `None` when it is over or another one has it.
    pub(crate) async fn own_move(&self, id: &MoveId) -> Result<Option<Move>, DatabaseError> {
        let text = concat!("SELECT * FROM moves WHERE id = $1 AND gateway = $2 AND ", under_way!());
        let row = query(text)
            .bind(id.as_str())
            .bind(self.gateway.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// Notes how far a move is. `false`: somebody wants it to stop, or another gateway has it.
    pub(crate) async fn note_progress(
        &self,
        id: &MoveId,
        progress: Progress,
    ) -> Result<bool, DatabaseError> {
        let noted = query(
            "UPDATE moves SET bytes_done = $1, bytes_total = $2, left_out = $3, error = NULL,
                 changed_at_ms = $4
             WHERE id = $5 AND gateway = $6 AND cancelled = 0",
        )
        .bind(to_column(progress.bytes_done))
        .bind(to_column(progress.bytes_total))
        .bind(to_column(progress.left_out))
        .bind(to_column(now_ms()))
        .bind(id.as_str())
        .bind(self.gateway.to_string())
        .execute(&self.pool)
        .await?;
        Ok(noted.rows_affected() == 1)
    }

    /// Notes what keeps a move from going on.
    pub(crate) async fn note_move_error(
        &self,
        id: &MoveId,
        error: &str,
    ) -> Result<(), DatabaseError> {
        query("UPDATE moves SET error = $1, changed_at_ms = $2 WHERE id = $3 AND gateway = $4")
            .bind(error)
            .bind(to_column(now_ms()))
            .bind(id.as_str())
            .bind(self.gateway.to_string())
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

/// Begins a move, in the place of one that is over. `false`: one is under way.
pub(crate) async fn add_move(write: &mut Write, row: &Move) -> Result<bool, DatabaseError> {
    let text = concat!(
        "INSERT INTO moves (workspace, id, source, target, phase, bytes_done, bytes_total, left_out,
                            error, cancelled, started_at_ms, changed_at_ms, gateway)
         VALUES ($1, $2, $3, $4, $5, 0, 0, 0, NULL, 0, $6, $6, $7)
         ON CONFLICT (workspace) DO UPDATE SET id = excluded.id, source = excluded.source,
             target = excluded.target, phase = excluded.phase, bytes_done = 0, bytes_total = 0,
             left_out = 0, error = NULL, cancelled = 0, started_at_ms = excluded.started_at_ms,
             changed_at_ms = excluded.changed_at_ms, gateway = excluded.gateway
         WHERE NOT (moves.",
        under_way!(),
        ")"
    );
    let gateway = write.gateway.to_string();
    let added = query(text)
        .bind(row.workspace.as_str())
        .bind(row.id.as_str())
        .bind(row.from.as_ref().map_or("", MachineId::as_str))
        .bind(row.to.as_ref().map_or("", MachineId::as_str))
        .bind(row.phase.as_str())
        .bind(to_column(row.started_at_ms))
        .bind(gateway)
        .execute(&mut **write)
        .await?;
    Ok(added.rows_affected() == 1)
}

/// Takes a move to its next phase, if it is still where this gateway left it.
pub(crate) async fn advance_move(
    write: &mut Write,
    row: &Move,
    next: MovePhase,
    error: Option<&str>,
) -> Result<bool, DatabaseError> {
    let gateway = write.gateway.to_string();
    let advanced = query(
        "UPDATE moves SET phase = $1, error = $2, changed_at_ms = $3
         WHERE id = $4 AND phase = $5 AND gateway = $6",
    )
    .bind(next.as_str())
    .bind(error)
    .bind(to_column(now_ms()))
    .bind(row.id.as_str())
    .bind(row.phase.as_str())
    .bind(gateway)
    .execute(&mut **write)
    .await?;
    Ok(advanced.rows_affected() == 1)
}

/// Wants a move to stop, if there is a way back. Whoever carries it out sees it.
pub(crate) async fn cancel_move(
    write: &mut Write,
    workspace: &WorkspaceId,
) -> Result<bool, DatabaseError> {
    let cancelled =
        query(concat!("UPDATE moves SET cancelled = 1 WHERE workspace = $1 AND ", has_way_back!()))
            .bind(workspace.as_str())
            .execute(&mut **write)
            .await?;
    Ok(cancelled.rows_affected() == 1)
}

/// The same for every move away from a machine that was begun since then.
pub(crate) async fn cancel_moves(
    write: &mut Write,
    source: &MachineId,
    since_ms: u64,
) -> Result<(), DatabaseError> {
    query(concat!(
        "UPDATE moves SET cancelled = 1 WHERE source = $1 AND $2 <= started_at_ms AND ",
        has_way_back!()
    ))
    .bind(source.as_str())
    .bind(to_column(since_ms))
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// Takes over the moves that a gateway which is gone was carrying out.
pub(crate) async fn claim_moves(write: &mut Write) -> Result<Vec<MoveId>, DatabaseError> {
    let text = concat!(
        "UPDATE moves SET gateway = $1 WHERE ",
        under_way!(),
        " AND gateway <> $1
         AND NOT EXISTS (SELECT 1 FROM gateways g WHERE g.id = moves.gateway) RETURNING id"
    );
    let gateway = write.gateway.to_string();
    let rows = query(text).bind(gateway).fetch_all(&mut **write).await?;
    let ids: Result<Vec<String>, _> = rows.iter().map(|row| row.try_get("id")).collect();
    Ok(ids?.iter().filter_map(|it| MoveId::parse(it)).collect())
}
