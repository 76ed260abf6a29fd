//! Tables `break_glass` and `break_glass_seen`: accesses of administrators to workspaces of others.

use super::{Database, DatabaseError, Write, from_column, to_column};
use protocol::break_glass::BreakGlass;
use protocol::header::Role;
use protocol::id::{BreakGlassId, LoginId};
use protocol::peer;
use protocol::{PrincipalId, WorkspaceId};
use sqlx::Row;
use sqlx::any::AnyRow;

/// Accesses shown at once.
const SHOWN_MAX: i64 = 200;

/// An access, and what it stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BreakGlassRow {
    pub(crate) shown: BreakGlass,
    /// The sign-in that it was taken with.
    pub(crate) login: LoginId,
    /// Whether that sign-in lasts and is an administrator's.
    pub(crate) is_held: bool,
}

impl BreakGlassRow {
    /// Whether it lets its administrator in now.
    pub(crate) fn is_open(&self, now_ms: u64) -> bool {
        self.is_held && self.shown.ended_at_ms.is_none() && now_ms < self.shown.expires_at_ms
    }
}

/// Reads accesses. `$1` is the person they are read for.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT b.id, b.workspace, w.name AS workspace_name, b.principal, p.name, b.login,
                    b.role, b.reason, b.begun_at_ms, b.expires_at_ms, b.ended_at_ms,
                    (SELECT e.name FROM principals e WHERE e.id = b.ended_by) AS ended_by,
                    (SELECT COUNT(*) FROM break_glass_seen s
                     WHERE s.access = b.id AND s.principal = $1) AS seen,
                    (SELECT COUNT(*) FROM logins l
                     WHERE l.id = b.login AND p.administrator = 1
                       AND p.disabled_at_ms IS NULL AND p.deleted_at_ms IS NULL) AS held
             FROM break_glass b
             JOIN workspaces w ON w.id = b.workspace AND w.phase = 'ready'
             JOIN principals p ON p.id = b.principal
             WHERE ",
            $rest
        )
    };
}

fn read(row: &AnyRow) -> Result<BreakGlassRow, DatabaseError> {
    let id: String = row.try_get("id")?;
    let corrupt = || DatabaseError::Corrupt(format!("access {id}"));
    let text = |column: &str| row.try_get::<String, _>(column);
    let number = |column: &str| row.try_get::<i64, _>(column).map(from_column);
    Ok(BreakGlassRow {
        shown: BreakGlass {
            id: BreakGlassId::parse(&id).ok_or_else(corrupt)?,
            workspace: WorkspaceId::parse(&text("workspace")?).ok_or_else(corrupt)?,
            workspace_name: text("workspace_name")?,
            principal: PrincipalId::parse(&text("principal")?).ok_or_else(corrupt)?,
            name: text("name")?,
            role: Role::parse(&text("role")?).ok_or_else(corrupt)?,
            reason: text("reason")?,
            begun_at_ms: number("begun_at_ms")?,
            expires_at_ms: number("expires_at_ms")?,
            ended_at_ms: row.try_get::<Option<i64>, _>("ended_at_ms")?.map(from_column),
            ended_by: row.try_get("ended_by")?,
            seen: 0 < number("seen")?,
        },
        login: LoginId::parse(&text("login")?).ok_or_else(corrupt)?,
        is_held: 0 < number("held")?,
    })
}

impl Database {
    /// What lets this sign-in into a workspace of others now, if anything does.
    pub(crate) async fn open_break_glass(
        &self,
        workspace: &WorkspaceId,
        login: &LoginId,
        now_ms: u64,
    ) -> Result<Option<BreakGlassRow>, DatabaseError> {
        let rows = sqlx::query(select!("b.workspace = $2 AND b.login = $3"))
            .bind("")
            .bind(workspace.as_str())
            .bind(login.as_str())
            .fetch_all(&self.pool)
            .await?;
        let rows: Vec<BreakGlassRow> = rows.iter().map(read).collect::<Result<_, _>>()?;
        Ok(rows.into_iter().find(|it| it.is_open(now_ms)))
    }

    /// The accesses to one workspace, or to all, the latest first, as `reader` sees them.
    pub(crate) async fn break_glasses(
        &self,
        workspace: Option<&WorkspaceId>,
        reader: &PrincipalId,
    ) -> Result<Vec<BreakGlassRow>, DatabaseError> {
        let rows = sqlx::query(select!(
            "(b.workspace = $2 OR $2 = '') ORDER BY b.begun_at_ms DESC, b.id LIMIT $3"
        ))
        .bind(reader.as_str())
        .bind(workspace.map_or("", WorkspaceId::as_str))
        .bind(SHOWN_MAX)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(read).collect()
    }

    /// One access, over or not, as `reader` sees it.
    pub(crate) async fn break_glass(
        &self,
        id: &BreakGlassId,
        reader: &PrincipalId,
    ) -> Result<Option<BreakGlassRow>, DatabaseError> {
        let row = sqlx::query(select!("b.id = $2"))
            .bind(reader.as_str())
            .bind(id.as_str())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// Those whose end was not written down.
    pub(crate) async fn unended_break_glasses(&self) -> Result<Vec<BreakGlassRow>, DatabaseError> {
        let rows =
            sqlx::query(select!("b.ended_at_ms IS NULL")).bind("").fetch_all(&self.pool).await?;
        rows.iter().map(read).collect()
    }
}

/// Writes an access down.
pub(crate) async fn add_break_glass(
    write: &mut Write,
    access: &BreakGlass,
    login: &LoginId,
) -> Result<(), DatabaseError> {
    sqlx::query(
        "INSERT INTO break_glass
             (id, workspace, principal, login, role, reason, begun_at_ms, expires_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(access.id.as_str())
    .bind(access.workspace.as_str())
    .bind(access.principal.as_str())
    .bind(login.as_str())
    .bind(access.role.as_str())
    .bind(access.reason.as_str())
    .bind(to_column(access.begun_at_ms))
    .bind(to_column(access.expires_at_ms))
    .execute(&mut **write)
    .await?;
    write.tell(peer::Change::BreakGlass);
    Ok(())
}

/// Ends an access; `false` when it was over already.
pub(crate) async fn end_break_glass(
    write: &mut Write,
    id: &BreakGlassId,
    by: Option<&PrincipalId>,
    at_ms: u64,
) -> Result<bool, DatabaseError> {
    let ended = sqlx::query(
        "UPDATE break_glass SET ended_at_ms = $1, ended_by = $2
         WHERE id = $3 AND ended_at_ms IS NULL",
    )
    .bind(to_column(at_ms))
    .bind(by.map(PrincipalId::as_str))
    .bind(id.as_str())
    .execute(&mut **write)
    .await?;
    write.tell(peer::Change::BreakGlass);
    Ok(ended.rows_affected() == 1)
}

/// Remembers that `reader` saw an access.
pub(crate) async fn see_break_glass(
    write: &mut Write,
    id: &BreakGlassId,
    reader: &PrincipalId,
) -> Result<(), DatabaseError> {
    sqlx::query(
        "INSERT INTO break_glass_seen (access, principal) VALUES ($1, $2)
         ON CONFLICT (access, principal) DO NOTHING",
    )
    .bind(id.as_str())
    .bind(reader.as_str())
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// Forgets the accesses to a workspace that goes away; the audit log has them.
pub(super) async fn remove_break_glasses_of(
    write: &mut Write,
    workspace: &WorkspaceId,
) -> Result<(), DatabaseError> {
    for statement in [
        "DELETE FROM break_glass_seen
         WHERE access IN (SELECT id FROM break_glass WHERE workspace = $1)",
        "DELETE FROM break_glass WHERE workspace = $1",
    ] {
        sqlx::query(statement).bind(workspace.as_str()).execute(&mut **write).await?;
    }
    Ok(())
}
