//! The chain: each row's hash covers the row and the hash before it.

use super::{AuditRow, COLUMNS, read};
use crate::database::{Database, DatabaseError, from_column, to_column};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::Row;

/// Rows read at once when the chain is walked: large enough that their number does not count, small
/// enough for memory.
const PAGE: u64 = 5_000;
/// Columns of a database that no newer program has opened yet; the later ones count as empty.
const OLD_COLUMNS: &str = "seq, time_ms, principal, operator, workspace, verb, object, outcome, \
                           request_id, hash, NULL AS login, NULL AS address, NULL AS details, \
                           NULL AS follows";

/// A place in the chain. Kept elsewhere, it shows later whether what is before it was changed or
/// cut off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) seq: u64,
    pub(crate) hash: String,
}

/// What walking the chain showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ChainReport {
    /// Every row is where and what it was written as.
    Whole { head: Head },
    /// The first row that is missing, was changed, or follows a changed one.
    Broken { seq: u64 },
    /// The rows fit each other, but end before a head that was kept elsewhere.
    Cut { head: Head, expected: Head },
    /// The rows fit each other, but not a head that was kept elsewhere: the chain up to there was
    /// written anew.
    Rewritten { expected: Head },
}

/// The hash of a row behind `previous`. Each field is written with its length, so that no two
/// different rows have the same text. Fields that came later follow with their names, where there
/// are any, so that rows from before keep their hash.
pub(super) fn hash(row: &AuditRow, previous: &str) -> String {
    let mut hasher = Sha256::new();
    let mut field = |text: Option<&str>| match text {
        Some(text) => {
            hasher.update((text.len() as u64 + 1).to_be_bytes());
            hasher.update(text.as_bytes());
        }
        None => hasher.update(0_u64.to_be_bytes()),
    };
    field(Some(previous));
    field(Some(&row.seq.to_string()));
    field(Some(&row.time_ms.to_string()));
    field(row.principal.as_deref());
    field(row.operator.as_deref());
    field(row.workspace.as_deref());
    field(Some(&row.verb));
    field(row.object.as_deref());
    field(Some(&row.outcome));
    field(row.request_id.as_deref());
    let follows = row.follows.map(|it| it.to_string());
    for (name, value) in [
        ("login", row.login.as_deref()),
        ("address", row.address.as_deref()),
        ("details", row.details.as_deref()),
        ("follows", follows.as_deref()),
    ] {
        if value.is_some() {
            field(Some(name));
            field(value);
        }
    }
    crate::identity::hex(&hasher.finalize())
}

impl Database {
    /// Walks the chain from its beginning and compares it with heads that were kept elsewhere.
    /// `progress` is told the number of rows now and then.
    pub(crate) async fn audit_chain(
        &self,
        expected: &[Head],
        mut progress: impl FnMut(u64),
    ) -> Result<ChainReport, DatabaseError> {
        let columns = self.audit_columns().await?;
        let text = format!("SELECT {columns} FROM audit WHERE seq > $1 AND seq <= $2 ORDER BY seq");
        let mut head = Head::default();
        loop {
            let rows = sqlx::query(sqlx::AssertSqlSafe(text.clone()))
                .bind(to_column(head.seq))
                .bind(to_column(head.seq + PAGE))
                .fetch_all(&self.pool)
                .await?;
            if rows.is_empty() {
                match self.audit_first_after(head.seq).await? {
                    None => break,
                    // A gateway that runs has written on meanwhile.
                    Some(next) if next == head.seq + 1 => continue,
                    // A hole that is wider than a page.
                    Some(_) => return Ok(ChainReport::Broken { seq: head.seq + 1 }),
                }
            }
            for row in &rows {
                let row = read(row)?;
                if row.seq != head.seq + 1 || row.hash != hash(&row, &head.hash) {
                    return Ok(ChainReport::Broken { seq: head.seq + 1 });
                }
                head = Head { seq: row.seq, hash: row.hash };
                if let Some(other) = expected.iter().find(|it| it.seq == head.seq)
                    && *other != head
                {
                    return Ok(ChainReport::Rewritten { expected: other.clone() });
                }
            }
            progress(head.seq);
        }
        match expected.iter().max_by_key(|it| it.seq) {
            Some(last) if head.seq < last.seq => {
                Ok(ChainReport::Cut { head, expected: last.clone() })
            }
            _ => Ok(ChainReport::Whole { head }),
        }
    }

    /// The end of the chain.
    pub(crate) async fn audit_head(&self) -> Result<Head, DatabaseError> {
        self.audit_head_at(None).await.map(Option::unwrap_or_default)
    }

    /// What the chain was up to a row, or is now.
    pub(crate) async fn audit_head_at(
        &self,
        seq: Option<u64>,
    ) -> Result<Option<Head>, DatabaseError> {
        let query = match seq {
            Some(seq) => {
                sqlx::query("SELECT seq, hash FROM audit WHERE seq = $1").bind(to_column(seq))
            }
            None => sqlx::query("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1"),
        };
        let row = query.fetch_optional(&self.pool).await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Head { seq: from_column(row.try_get("seq")?), hash: row.try_get("hash")? }))
    }

    async fn audit_first_after(&self, seq: u64) -> Result<Option<u64>, DatabaseError> {
        let row = sqlx::query("SELECT seq FROM audit WHERE seq > $1 ORDER BY seq LIMIT 1")
            .bind(to_column(seq))
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(|it| it.try_get("seq")).transpose()?.map(from_column))
    }

    /// The columns that this database has.
    pub(super) async fn audit_columns(&self) -> Result<&'static str, DatabaseError> {
        let row = sqlx::query("SELECT version FROM schema_versions WHERE version = 5")
            .fetch_optional(&self.pool)
            .await?;
        Ok(if row.is_some() { COLUMNS } else { OLD_COLUMNS })
    }
}
