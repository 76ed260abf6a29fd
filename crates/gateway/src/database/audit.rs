//! Table `audit`: appended to, never changed; each row carries the hash of the chain up to it.
//!
//! `audit_open` lists the rows whose outcome is still to come, `audit_outboxes` what was taken over
//! from kernels.

mod chain;
mod filter;
mod select;

pub(crate) use chain::{ChainReport, Head};
pub(crate) use filter::{AuditFilter, Cursor};
pub(crate) use select::AuditRows;

use super::{Database, DatabaseError, Write, from_column, to_column};
use protocol::WorkspaceId;
use protocol::audit::Outcome;
use serde_json::{Map, Value};
use sqlx::Row;
use sqlx::any::AnyRow;

/// Every column, in the order of [`read`].
const COLUMNS: &str = "seq, time_ms, principal, operator, workspace, verb, object, outcome, \
                       request_id, hash, login, address, details, follows";

/// One thing that somebody did, or was refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AuditRow {
    /// Set by [`append_audit`].
    pub(crate) seq: u64,
    pub(crate) time_ms: u64,
    pub(crate) principal: Option<String>,
    pub(crate) operator: Option<String>,
    pub(crate) workspace: Option<String>,
    pub(crate) verb: String,
    pub(crate) object: Option<String>,
    pub(crate) outcome: String,
    pub(crate) request_id: Option<String>,
    /// Set by [`append_audit`].
    pub(crate) hash: String,
    /// The login or token that acted.
    pub(crate) login: Option<String>,
    /// Where the request came from.
    pub(crate) address: Option<String>,
    /// Further facts, a JSON object.
    pub(crate) details: Option<String>,
    /// The row of which this one tells the outcome.
    pub(crate) follows: Option<u64>,
}

impl AuditRow {
    /// The same row with a further fact. Never contents of files, terminals or secrets.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        let details = self.details.as_deref().and_then(|it| serde_json::from_str(it).ok());
        let mut details: Map<String, Value> = details.unwrap_or_default();
        details.insert(name.to_owned(), value.into());
        self.set_details(&details);
        self
    }

    /// Puts these facts in place of what there is; too many are left out.
    pub(crate) fn set_details(&mut self, details: &Map<String, Value>) {
        let text = serde_json::to_string(details).unwrap_or_default();
        if text.len() <= protocol::audit::DETAILS_BYTES_MAX {
            self.details = (!details.is_empty()).then_some(text);
        }
    }

    /// Puts a visible character in the place of each NUL, which PostgreSQL takes in no text; details
    /// are JSON and have none.
    fn replace_nul(&mut self) {
        let texts =
            [&mut self.principal, &mut self.operator, &mut self.workspace, &mut self.object]
                .into_iter()
                .flatten()
                .chain([&mut self.verb]);
        for text in texts.filter(|it| it.contains('\0')) {
            *text = text.replace('\0', "\u{fffd}");
        }
    }

    /// The row that tells how this one ended.
    pub(crate) fn ended(&self, outcome: Outcome, time_ms: u64) -> Self {
        Self {
            outcome: outcome.as_str().to_owned(),
            follows: (self.seq != 0).then_some(self.seq),
            time_ms,
            ..self.clone()
        }
    }
}

/// Appends a row; its `seq` and `hash` are set here.
pub(crate) async fn append_audit(write: &mut Write, row: AuditRow) -> Result<(), DatabaseError> {
    append(write, row).await.map(drop)
}

/// The same; the row comes back as it was written.
async fn append(write: &mut Write, mut row: AuditRow) -> Result<AuditRow, DatabaseError> {
    row.replace_nul();
    let last = sqlx::query("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
        .fetch_optional(&mut **write)
        .await?;
    let previous = match last {
        Some(last) => Head { seq: from_column(last.try_get("seq")?), hash: last.try_get("hash")? },
        None => Head::default(),
    };
    row.seq = previous.seq + 1;
    row.hash = chain::hash(&row, &previous.hash);
    sqlx::query(
        "INSERT INTO audit (seq, time_ms, principal, operator, workspace, verb, object, outcome,
                            request_id, hash, login, address, details, follows)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(to_column(row.seq))
    .bind(to_column(row.time_ms))
    .bind(row.principal.as_deref())
    .bind(row.operator.as_deref())
    .bind(row.workspace.as_deref())
    .bind(row.verb.as_str())
    .bind(row.object.as_deref())
    .bind(row.outcome.as_str())
    .bind(row.request_id.as_deref())
    .bind(row.hash.as_str())
    .bind(row.login.as_deref())
    .bind(row.address.as_deref())
    .bind(row.details.as_deref())
    .bind(row.follows.map(to_column))
    .execute(&mut **write)
    .await?;
    write.set_head(Head { seq: row.seq, hash: row.hash.clone() });
    Ok(row)
}

/// Appends a row whose outcome is still to come; [`end_audit`] tells it.
pub(crate) async fn begin_audit(
    write: &mut Write,
    row: AuditRow,
) -> Result<AuditRow, DatabaseError> {
    let outcome = Outcome::Begun.as_str().to_owned();
    let row = append(write, AuditRow { outcome, ..row }).await?;
    let gateway = write.gateway.to_string();
    sqlx::query("INSERT INTO audit_open (seq, gateway) VALUES ($1, $2)")
        .bind(to_column(row.seq))
        .bind(gateway)
        .execute(&mut **write)
        .await?;
    Ok(row)
}

/// Appends the outcome of a row that was begun.
pub(crate) async fn end_audit(write: &mut Write, ended: AuditRow) -> Result<(), DatabaseError> {
    if let Some(begun) = ended.follows {
        sqlx::query("DELETE FROM audit_open WHERE seq = $1")
            .bind(to_column(begun))
            .execute(&mut **write)
            .await?;
    }
    append_audit(write, ended).await
}

/// Appends the outcome of a row that another gateway began and cannot end. Of several gateways that
/// come to it one does.
pub(crate) async fn give_up_audit(write: &mut Write, ended: AuditRow) -> Result<(), DatabaseError> {
    let taken = sqlx::query("DELETE FROM audit_open WHERE seq = $1")
        .bind(ended.follows.map(to_column))
        .execute(&mut **write)
        .await?;
    if taken.rows_affected() == 1 { append_audit(write, ended).await } else { Ok(()) }
}

/// Notes up to which number a kernel's outbox was written down.
pub(crate) async fn set_collected(
    write: &mut Write,
    workspace: &WorkspaceId,
    outbox: &str,
    number: u64,
) -> Result<(), DatabaseError> {
    sqlx::query(
        "INSERT INTO audit_outboxes (workspace, outbox, number) VALUES ($1, $2, $3)
         ON CONFLICT (workspace) DO UPDATE SET outbox = excluded.outbox, number = excluded.number",
    )
    .bind(workspace.as_str())
    .bind(outbox)
    .bind(to_column(number))
    .execute(&mut **write)
    .await?;
    Ok(())
}

impl Database {
    /// Rows whose outcome was never told, because their gateway ended before.
    pub(crate) async fn audit_left_open(&self) -> Result<Vec<AuditRow>, DatabaseError> {
        let text = format!(
            "SELECT {COLUMNS} FROM audit WHERE seq IN (
                 SELECT o.seq FROM audit_open o
                 WHERE NOT EXISTS (SELECT 1 FROM gateways g WHERE g.id = o.gateway))
             ORDER BY seq"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(text)).fetch_all(&self.pool).await?;
        rows.iter().map(read).collect()
    }

    /// Up to which number the outbox of a workspace was written down.
    pub(crate) async fn collected(
        &self,
        workspace: &WorkspaceId,
    ) -> Result<Option<(String, u64)>, DatabaseError> {
        let row = sqlx::query("SELECT outbox, number FROM audit_outboxes WHERE workspace = $1")
            .bind(workspace.as_str())
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some((row.try_get("outbox")?, from_column(row.try_get("number")?))))
    }
}

fn read(row: &AnyRow) -> Result<AuditRow, DatabaseError> {
    Ok(AuditRow {
        seq: from_column(row.try_get(0)?),
        time_ms: from_column(row.try_get(1)?),
        principal: row.try_get(2)?,
        operator: row.try_get(3)?,
        workspace: row.try_get(4)?,
        verb: row.try_get(5)?,
        object: row.try_get(6)?,
        outcome: row.try_get(7)?,
        request_id: row.try_get(8)?,
        hash: row.try_get(9)?,
        login: row.try_get(10)?,
        address: row.try_get(11)?,
        details: row.try_get(12)?,
        follows: row.try_get::<Option<i64>, _>(13)?.map(from_column),
    })
}

#[cfg(test)]
mod tests;
