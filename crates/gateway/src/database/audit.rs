//! Table `audit`: appended to, never changed; each row carries the hash of the chain up to it.

use super::{Database, DatabaseError, Write, from_column, to_column};
use crate::audit::AuditReport;
use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::any::AnyRow;

/// Rows read at once when the chain is walked.
const PAGE: i64 = 500;

/// One thing that somebody did, or was refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AuditRow {
    pub(crate) seq: u64,
    pub(crate) time_ms: u64,
    pub(crate) principal: Option<String>,
    pub(crate) operator: Option<String>,
    pub(crate) workspace: Option<String>,
    pub(crate) verb: String,
    pub(crate) object: Option<String>,
    pub(crate) outcome: String,
    pub(crate) request_id: Option<String>,
    pub(crate) hash: String,
}

impl AuditRow {
    /// The hash of this row behind `previous`. Each field is written with its length, so that no
    /// two different rows have the same text.
    fn chained(&self, previous: &str) -> String {
        let mut hasher = Sha256::new();
        let mut field = |text: Option<&str>| match text {
            Some(text) => {
                hasher.update((text.len() as u64 + 1).to_be_bytes());
                hasher.update(text.as_bytes());
            }
            None => hasher.update(0_u64.to_be_bytes()),
        };
        field(Some(previous));
        field(Some(&self.seq.to_string()));
        field(Some(&self.time_ms.to_string()));
        field(self.principal.as_deref());
        field(self.operator.as_deref());
        field(self.workspace.as_deref());
        field(Some(&self.verb));
        field(self.object.as_deref());
        field(Some(&self.outcome));
        field(self.request_id.as_deref());
        crate::identity::hex(&hasher.finalize())
    }
}

/// Appends a row; its `seq` and `hash` are set here.
pub(crate) async fn append_audit(
    write: &mut Write,
    mut row: AuditRow,
) -> Result<(), DatabaseError> {
    let last = sqlx::query("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
        .fetch_optional(&mut **write)
        .await?;
    let (seq, previous) = match last {
        Some(last) => (from_column(last.try_get("seq")?), last.try_get("hash")?),
        None => (0, String::new()),
    };
    row.seq = seq + 1;
    row.hash = row.chained(&previous);
    sqlx::query(
        "INSERT INTO audit (seq, time_ms, principal, operator, workspace, verb, object, outcome,
                            request_id, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(to_column(row.seq))
    .bind(to_column(row.time_ms))
    .bind(row.principal)
    .bind(row.operator)
    .bind(row.workspace)
    .bind(row.verb)
    .bind(row.object)
    .bind(row.outcome)
    .bind(row.request_id)
    .bind(row.hash)
    .execute(&mut **write)
    .await?;
    Ok(())
}

impl Database {
    /// Up to [`PAGE`] rows behind `after`, oldest first.
    pub(crate) async fn audit_page(&self, after: u64) -> Result<Vec<AuditRow>, DatabaseError> {
        let rows = sqlx::query(
            "SELECT seq, time_ms, principal, operator, workspace, verb, object, outcome,
                    request_id, hash
             FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2",
        )
        .bind(to_column(after))
        .bind(PAGE)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(read).collect()
    }

    /// Walks the chain from its beginning.
    pub(crate) async fn audit_chain(&self) -> Result<AuditReport, DatabaseError> {
        let (mut rows, mut head) = (0, String::new());
        loop {
            let page = self.audit_page(rows).await?;
            if page.is_empty() {
                return Ok(AuditReport::Whole { rows, head });
            }
            for row in page {
                if row.seq != rows + 1 || row.hash != row.chained(&head) {
                    return Ok(AuditReport::Broken { seq: rows + 1 });
                }
                (rows, head) = (row.seq, row.hash);
            }
        }
    }
}

fn read(row: &AnyRow) -> Result<AuditRow, DatabaseError> {
    Ok(AuditRow {
        seq: from_column(row.try_get("seq")?),
        time_ms: from_column(row.try_get("time_ms")?),
        principal: row.try_get("principal")?,
        operator: row.try_get("operator")?,
        workspace: row.try_get("workspace")?,
        verb: row.try_get("verb")?,
        object: row.try_get("object")?,
        outcome: row.try_get("outcome")?,
        request_id: row.try_get("request_id")?,
        hash: row.try_get("hash")?,
    })
}
