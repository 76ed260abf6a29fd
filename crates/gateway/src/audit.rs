//! The audit log: who did what, written before or with the change, in a chain of hashes.

use crate::database::{AuditRow, Database, DatabaseError, append_audit, commit};
use protocol::WireError;
use std::sync::Arc;

use crate::app::App;

/// Longest object in a row, in characters; paths of files fit.
const OBJECT_LENGTH_MAX: usize = 512;

/// Appends a row in a transaction of its own. What it is about must not happen when this fails.
pub(crate) async fn append(database: &Database, row: AuditRow) -> Result<(), WireError> {
    let attempt = async {
        let mut write = database.write().await?;
        append_audit(&mut write, row).await?;
        commit(write).await
    };
    Ok(attempt.await?)
}

/// Appends a row without making anybody wait for it; a failure is logged with the row's facts.
pub(crate) fn append_beside(app: &Arc<App>, row: AuditRow) {
    let database = app.database.clone();
    app.scope.spawn("audit", async move {
        let facts = (row.verb.clone(), row.principal.clone(), row.workspace.clone());
        if append(&database, row).await.is_err() {
            let (verb, principal, workspace) = facts;
            tracing::error!(
                verb,
                principal,
                workspace.id = workspace,
                "an audit row could not be written"
            );
        }
    });
}

/// An object for a row: bounded, and without the query, which may hold secrets.
pub(crate) fn shorten(object: &str) -> String {
    let object = object.split('?').next().unwrap_or_default();
    object.chars().take(OBJECT_LENGTH_MAX).collect()
}

/// What `stead audit verify` tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditReport {
    /// Every row is where and what it was written as.
    Whole {
        /// Rows in the chain.
        rows: u64,
        /// Hash of the last row. Kept elsewhere, it shows later whether rows were cut off the end.
        head: String,
    },
    /// The chain is broken.
    Broken {
        /// First row that is missing, was changed, or follows a changed one.
        seq: u64,
    },
}

/// Why the chain could not be walked.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The database could not be opened.
    #[error("the audit log cannot be opened")]
    Open(#[from] crate::database::OpenError),
    /// The database stopped answering on the way.
    #[error("the audit log cannot be read: {0}")]
    Read(String),
}

impl From<DatabaseError> for AuditError {
    fn from(error: DatabaseError) -> Self {
        Self::Read(error.to_string())
    }
}

/// Walks the audit chain of the database at `database_url`.
pub async fn audit_verify(database_url: &str) -> Result<AuditReport, AuditError> {
    // A database that does not exist is not made, for an empty chain would be whole.
    let is_sqlite = database_url.starts_with("sqlite:") && !database_url.contains('?');
    let url = if is_sqlite { format!("{database_url}?mode=rw") } else { database_url.to_owned() };
    let database = Database::open(&url).await?;
    let report = database.audit_chain().await?;
    database.close().await;
    Ok(report)
}
