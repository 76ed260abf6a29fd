//! `stead audit`: the log of a database that a gateway uses, or that nobody does.

use super::{AuditFormat, AuditQuery, head};
use crate::database::{ChainReport, Database, DatabaseError, Head};
use protocol::WireError;
use std::io::Write;
use std::path::Path;

/// Rows read at once.
const PAGE: u64 = 5_000;

/// What [`audit_verify`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditReport {
    /// Every row is where and what it was written as.
    Whole {
        /// Rows in the chain.
        rows: u64,
        /// Hash of the last row. Kept elsewhere, it shows later whether rows were cut off the end.
        head: String,
        /// Up to which row a head that was kept elsewhere confirms it.
        confirmed: Option<u64>,
    },
    /// A row is missing, was changed, or follows a changed one.
    Broken {
        /// The first one.
        seq: u64,
    },
    /// Rows are missing at the end.
    Cut {
        /// Rows that are left.
        rows: u64,
        /// Rows that there were at least.
        expected: u64,
    },
    /// The rows fit each other and not what was kept elsewhere: they were written anew.
    Rewritten {
        /// A row at or before which something was changed.
        seq: u64,
    },
}

/// Why the log could not be read.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The database could not be opened.
    #[error("the audit log cannot be opened")]
    Open(#[from] crate::database::OpenError),
    /// The database stopped answering on the way.
    #[error("the audit log cannot be read: {0}")]
    Read(String),
    /// The file with the head is there and cannot be understood.
    #[error("the kept head of the audit log cannot be read: {0}")]
    Head(String),
    /// What is asked for does not exist.
    #[error("{0}")]
    Query(String),
    /// The rows could not be handed on.
    #[error("the rows could not be written")]
    Write(#[from] std::io::Error),
}

impl From<DatabaseError> for AuditError {
    fn from(error: DatabaseError) -> Self {
        Self::Read(error.to_string())
    }
}

impl From<WireError> for AuditError {
    fn from(error: WireError) -> Self {
        Self::Query(error.message)
    }
}

/// Walks the audit chain of the database at `database_url`, which is only read. `head_file` is
/// where its gateway keeps the head; `known` are further places, as number of the row and hash.
pub async fn audit_verify(
    database_url: &str,
    head_file: Option<&Path>,
    known: &[(u64, String)],
    progress: impl FnMut(u64),
) -> Result<AuditReport, AuditError> {
    let mut expected: Vec<Head> =
        known.iter().map(|(seq, hash)| Head { seq: *seq, hash: hash.clone() }).collect();
    if let Some(path) = head_file {
        expected.extend(head::read(path).map_err(|it| AuditError::Head(it.to_string()))?);
    }
    let database = Database::open_to_read(database_url).await?;
    let report = database.audit_chain(&expected, progress).await;
    database.close().await;
    Ok(AuditReport::new(report?, &expected))
}

impl AuditReport {
    pub(crate) fn new(report: ChainReport, expected: &[Head]) -> Self {
        match report {
            ChainReport::Whole { head } => Self::Whole {
                rows: head.seq,
                head: head.hash,
                confirmed: expected.iter().map(|it| it.seq).max().filter(|it| 0 < *it),
            },
            ChainReport::Broken { seq } => Self::Broken { seq },
            ChainReport::Cut { head, expected } => {
                Self::Cut { rows: head.seq, expected: expected.seq }
            }
            ChainReport::Rewritten { expected } => Self::Rewritten { seq: expected.seq },
        }
    }
}

/// Writes the rows that are asked for, oldest first, as they are in the chain.
pub async fn audit_export(
    database_url: &str,
    query: &AuditQuery,
    format: AuditFormat,
    mut out: impl Write,
) -> Result<u64, AuditError> {
    let filter = query.filter()?;
    let database = Database::open_to_read(database_url).await?;
    out.write_all(format.head().as_bytes())?;
    let (mut after, mut count) = (0, 0);
    loop {
        let rows = database.audit_rows(&filter, after, PAGE).await?;
        let Some(last) = rows.last() else { break };
        (after, count) = (last.seq, count + rows.len() as u64);
        for row in &rows {
            out.write_all(format.line(row).as_bytes())?;
        }
    }
    out.flush()?;
    database.close().await;
    Ok(count)
}
