//! Every row of the database as lines of JSON, and back into an empty one of either kind.
//!
//! ```text
//! {"table":"principals","columns":["id","name",…]}
//! ["usr_…","Ada",…]
//! ```
//!
//! Rows are read in one snapshot while gateways write. What gateways tell each other is left out:
//! it is about gateways that run.

use super::{
    AuditRow, ChainReport, Database, DatabaseError, Dialect, Head, OpenError, append_audit, commit,
    migrations, to_column,
};
use crate::audit::AuditReport;
use futures_util::TryStreamExt;
use protocol::WorkspaceId;
use protocol::audit::{Outcome, verb};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::any::{AnyRow, AnyTypeInfoKind};
use sqlx::{AnyConnection, AssertSqlSafe, Column, Row, ValueRef, query};
use std::io::{self, BufRead, Write};
use stdx::clock::now_ms;

/// Tables about gateways that run, and about the next minute; a move is one of two machines, whose
/// copies are not in the backup.
const LIVE: [&str; 5] = ["gateways", "gateway_addresses", "changes", "preview_grants", "moves"];
/// What the audit log calls it.
const RESTORED: &str = verb("backup.restore");
/// Longest line that is read, in bytes: many times the largest row.
const LINE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What was saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// Versions of the schema that the rows are of.
    pub versions: Vec<i64>,
    pub rows: u64,
    /// Rows of the audit log.
    pub audit_rows: u64,
    /// Hash of the last of them.
    pub audit_head: String,
    /// Names of the keys that the secrets in it are sealed with; the keys are elsewhere.
    pub keys: Vec<String>,
    /// Workspaces that are listed.
    pub workspaces: Vec<WorkspaceId>,
}

/// What was put in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    pub rows: u64,
    /// Whether the audit log is what it was.
    pub audit: AuditReport,
}

/// How far an attempt to put rows into a database came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// No row is there.
    Nothing,
    /// Every row is there, and the audit log does not tell yet that they were put there.
    Loaded,
    /// Nothing is missing.
    Finished,
    /// The database has something else.
    SomethingElse,
}

/// Why a database was not saved or not put in place.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// It cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It stopped answering.
    #[error("the database did not answer: {0}")]
    Database(String),
    /// The lines cannot be written or read.
    #[error("the rows cannot be written or read")]
    Io(#[from] io::Error),
    /// The lines are not such as are written here.
    #[error("line {line} of the rows is not understood: {why}")]
    Line {
        /// Counted from 1.
        line: u64,
        /// What is wrong.
        why: &'static str,
    },
    /// Something is there already.
    #[error("the database is not empty; a backup is put into an empty one, over nothing")]
    NotEmpty,
}

impl From<DatabaseError> for BackupError {
    fn from(error: DatabaseError) -> Self {
        let cause = std::error::Error::source(&error).map(|it| format!(": {it}"));
        Self::Database(format!("{error}{}", cause.unwrap_or_default()))
    }
}

impl From<sqlx::Error> for BackupError {
    fn from(error: sqlx::Error) -> Self {
        DatabaseError::from(error).into()
    }
}

#[derive(Serialize, Deserialize)]
struct Table {
    table: String,
    columns: Vec<String>,
}

/// Those of these workspaces that are there now and ready.
pub async fn database_ready(
    url: &str,
    workspaces: &[WorkspaceId],
) -> Result<Vec<WorkspaceId>, BackupError> {
    let database = Database::open_to_read(url).await?;
    let mut ready = Vec::new();
    for id in workspaces {
        let row = query("SELECT phase FROM workspaces WHERE id = $1")
            .bind(id.as_str())
            .fetch_optional(&database.pool)
            .await?;
        if let Some(row) = row
            && row.try_get::<String, _>("phase")? == "ready"
        {
            ready.push(id.clone());
        }
    }
    database.close().await;
    Ok(ready)
}

/// Writes every row of the database at `url`, as of one moment. Gateways may run on it.
pub async fn database_save(url: &str, mut out: impl Write) -> Result<Saved, BackupError> {
    let database = Database::open_to_read(url).await?;
    let begin = match database.dialect {
        Dialect::Sqlite => "BEGIN",
        Dialect::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    };
    let mut snapshot = database.pool.begin_with(begin).await?;
    let versions = query("SELECT version FROM schema_versions ORDER BY version")
        .fetch_all(&mut *snapshot)
        .await?;
    let versions: Vec<i64> =
        versions.iter().map(|it| it.try_get(0)).collect::<Result<_, sqlx::Error>>()?;
    migrations::check_known(&versions)?;
    let mut rows = 0;
    for table in migrations::tables(&versions) {
        if !LIVE.contains(&table) {
            rows += save_table(&mut snapshot, table, &mut out).await?;
        }
    }
    let saved = describe(&mut snapshot, versions, rows).await?;
    snapshot.rollback().await?;
    database.close().await;
    out.flush()?;
    Ok(saved)
}

async fn save_table(
    snapshot: &mut AnyConnection,
    table: &str,
    out: &mut impl Write,
) -> Result<u64, BackupError> {
    let order = if table == "audit" { " ORDER BY seq" } else { "" };
    let text = AssertSqlSafe(format!("SELECT * FROM {table}{order}"));
    let mut rows = query(text).fetch(snapshot);
    let mut count = 0;
    while let Some(row) = rows.try_next().await? {
        if count == 0 {
            let columns = row.columns().iter().map(|it| it.name().to_owned()).collect();
            serde_json::to_writer(&mut *out, &Table { table: table.to_owned(), columns })
                .map_err(io::Error::from)?;
            out.write_all(b"\n")?;
        }
        serde_json::to_writer(&mut *out, &values(&row)?).map_err(io::Error::from)?;
        out.write_all(b"\n")?;
        count += 1;
    }
    Ok(count)
}

/// Every column is a text, a number, or nothing.
fn values(row: &AnyRow) -> Result<Vec<Value>, sqlx::Error> {
    (0..row.columns().len())
        .map(|index| {
            let raw = row.try_get_raw(index)?;
            if raw.is_null() {
                return Ok(Value::Null);
            }
            Ok(if raw.type_info().kind() == AnyTypeInfoKind::Text {
                Value::from(row.try_get::<String, _>(index)?)
            } else {
                Value::from(row.try_get::<i64, _>(index)?)
            })
        })
        .collect()
}

async fn describe(
    snapshot: &mut AnyConnection,
    versions: Vec<i64>,
    rows: u64,
) -> Result<Saved, BackupError> {
    let last = query("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
        .fetch_optional(&mut *snapshot)
        .await?;
    let (audit_rows, audit_head) = match last {
        Some(last) => (super::from_column(last.try_get("seq")?), last.try_get("hash")?),
        None => (0, String::new()),
    };
    let ids = query("SELECT id FROM workspaces WHERE phase = 'ready' ORDER BY id")
        .fetch_all(&mut *snapshot)
        .await?;
    let workspaces = ids
        .iter()
        .filter_map(|it| WorkspaceId::parse(&it.try_get::<String, _>("id").ok()?))
        .collect();
    let mut keys = Vec::new();
    if migrations::tables(&versions).contains(&"secret_keys") {
        let ids = query("SELECT id FROM secret_keys WHERE retired_at_ms IS NULL ORDER BY id")
            .fetch_all(&mut *snapshot)
            .await?;
        keys = ids.iter().map(|it| it.try_get("id")).collect::<Result<_, sqlx::Error>>()?;
    }
    Ok(Saved { versions, rows, audit_rows, audit_head, keys, workspaces })
}

/// Puts rows into the empty database at `url`, all or none, and brings its schema up to date.
/// `missing` are workspaces whose files are not there: they are cleared away at the next start.
/// Without `keep_sign_ins` nobody is signed in any more: what was revoked after the backup must not
/// come back to life.
pub async fn database_load(
    url: &str,
    saved: &Saved,
    lines: impl BufRead,
    (missing, keep_sign_ins): (&[WorkspaceId], bool),
) -> Result<Loaded, BackupError> {
    let dialect = super::dialect(url)?;
    let database = Database::connect(url, dialect).await?;
    if !is_vacant(&database, &saved.versions).await? {
        return Err(BackupError::NotEmpty);
    }
    migrations::run_only(&database, &saved.versions).await?;
    let mut transaction = database.pool.begin().await?;
    let rows = load(&mut transaction, &saved.versions, lines).await?;
    if !keep_sign_ins {
        end_sign_ins(&mut transaction).await?;
    }
    for id in missing {
        query("UPDATE workspaces SET phase = 'deleting' WHERE id = $1")
            .bind(id.as_str())
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    let audit = finish(&database, saved).await?;
    database.close().await;
    Ok(Loaded { rows, audit })
}

/// How far an attempt to put these rows into the database at `url` came.
pub async fn database_progress(url: &str, saved: &Saved) -> Result<Progress, BackupError> {
    let database = Database::connect(url, super::dialect(url)?).await?;
    let progress = if is_vacant(&database, &saved.versions).await? {
        Progress::Nothing
    } else {
        // A database of something else has no such table.
        beyond(&database, saved).await.unwrap_or(Progress::SomethingElse)
    };
    database.close().await;
    Ok(progress)
}

/// What the end of the audit log says.
async fn beyond(database: &Database, saved: &Saved) -> Result<Progress, sqlx::Error> {
    let rows = query("SELECT seq, hash, verb FROM audit ORDER BY seq DESC LIMIT 2")
        .fetch_all(&database.pool)
        .await?;
    let is_head = |row: &AnyRow| {
        let (seq, hash): (i64, String) = (row.try_get("seq")?, row.try_get("hash")?);
        Ok::<_, sqlx::Error>(seq == to_column(saved.audit_rows) && hash == saved.audit_head)
    };
    Ok(match &*rows {
        [last, ..] if is_head(last)? => Progress::Loaded,
        [last, before] if is_head(before)? && last.try_get::<String, _>("verb")? == RESTORED => {
            Progress::Finished
        }
        _ => Progress::SomethingElse,
    })
}

/// Does what is missing where every row is in place.
pub async fn database_finish(
    url: &str,
    saved: &Saved,
    keep_sign_ins: bool,
) -> Result<Loaded, BackupError> {
    let database = Database::connect(url, super::dialect(url)?).await?;
    if !keep_sign_ins {
        let mut transaction = database.pool.begin().await?;
        end_sign_ins(&mut transaction).await?;
        transaction.commit().await?;
    }
    let audit = finish(&database, saved).await?;
    database.close().await;
    Ok(Loaded { rows: saved.rows, audit })
}

async fn end_sign_ins(transaction: &mut AnyConnection) -> Result<(), sqlx::Error> {
    for table in ["logins", "grants"] {
        let text = AssertSqlSafe(format!("DELETE FROM {table}"));
        query(text).execute(&mut *transaction).await?;
    }
    Ok(())
}

/// Brings the schema up to date, looks at the audit log and lets it tell.
async fn finish(database: &Database, saved: &Saved) -> Result<AuditReport, BackupError> {
    migrations::run(database).await?;
    let head = Head { seq: saved.audit_rows, hash: saved.audit_head.clone() };
    let expected = [head];
    let report: ChainReport = database.audit_chain(&expected, |_| {}).await?;
    if beyond(database, saved).await? != Progress::Finished {
        note(database, saved).await?;
    }
    Ok(AuditReport::new(report, &expected))
}

/// Whether there is nothing, or a schema of these versions and nothing in it: what an attempt leaves
/// that did not come to its end.
async fn is_vacant(database: &Database, versions: &[i64]) -> Result<bool, sqlx::Error> {
    let names = match database.dialect {
        Dialect::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table'",
        Dialect::Postgres => {
            "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = current_schema()"
        }
    };
    let rows = query(names).fetch_all(&database.pool).await?;
    let names = rows.iter().map(|it| it.try_get("name")).collect::<Result<Vec<String>, _>>()?;
    if names.is_empty() {
        return Ok(true);
    }
    let known = migrations::tables(versions);
    let is_ours = |it: &String| it == "schema_versions" || known.contains(&it.as_str());
    if !names.iter().all(is_ours) || !names.iter().any(|it| it == "schema_versions") {
        return Ok(false);
    }
    let found = query("SELECT version FROM schema_versions").fetch_all(&database.pool).await?;
    for row in &found {
        if !versions.contains(&row.try_get(0)?) {
            return Ok(false);
        }
    }
    for name in names.iter().filter(|it| ["principals", "audit"].contains(&it.as_str())) {
        let text = AssertSqlSafe(format!("SELECT 1 AS one FROM {name} LIMIT 1"));
        if query(text).fetch_optional(&database.pool).await?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn load(
    transaction: &mut AnyConnection,
    versions: &[i64],
    lines: impl BufRead,
) -> Result<u64, BackupError> {
    let known = migrations::tables(versions);
    let mut table: Option<Table> = None;
    let (mut number, mut rows) = (0, 0);
    let mut lines = lines;
    loop {
        let mut line = String::new();
        number += 1;
        if io::Read::take(&mut lines, LINE_BYTES_MAX).read_line(&mut line)? == 0 {
            return Ok(rows);
        }
        let fail = |why| BackupError::Line { line: number, why };
        if line.starts_with('{') {
            let next: Table = serde_json::from_str(&line).map_err(|_| fail("no table"))?;
            let is_name = |it: &String| {
                it.bytes().all(|b| b == b'_' || b.is_ascii_lowercase() || b.is_ascii_digit())
            };
            if !known.contains(&next.table.as_str()) || !next.columns.iter().all(is_name) {
                return Err(fail("a table that this program does not know"));
            }
            table = Some(next);
            continue;
        }
        let values: Vec<Value> = serde_json::from_str(&line).map_err(|_| fail("no row"))?;
        let is_value = |it: &Value| it.is_null() || it.is_string() || it.is_i64();
        let fits = |it: &&Table| it.columns.len() == values.len() && values.iter().all(is_value);
        let table = table.as_ref().filter(fits);
        insert(transaction, table.ok_or_else(|| fail("no row of its table"))?, values).await?;
        rows += 1;
    }
}

/// Nothing is written into the statement and not bound: of which kind it is, only the column knows.
async fn insert(
    transaction: &mut AnyConnection,
    table: &Table,
    values: Vec<Value>,
) -> Result<(), BackupError> {
    let mut places = Vec::with_capacity(values.len());
    let mut bound = 0;
    for value in &values {
        if value.is_null() {
            places.push("NULL".to_owned());
        } else {
            bound += 1;
            places.push(format!("${bound}"));
        }
    }
    let (name, columns) = (&table.table, table.columns.join(", "));
    let text = format!("INSERT INTO {name} ({columns}) VALUES ({})", places.join(", "));
    let mut query = query(AssertSqlSafe(text));
    for value in values {
        query = match value {
            Value::String(text) => query.bind(text),
            Value::Number(number) => query.bind(number.as_i64()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => query,
        };
    }
    query.execute(transaction).await?;
    Ok(())
}

/// The log tells that it goes on from a backup.
async fn note(database: &Database, saved: &Saved) -> Result<(), BackupError> {
    let row = AuditRow {
        time_ms: now_ms(),
        operator: Some("console".to_owned()),
        verb: RESTORED.to_owned(),
        object: Some(format!("{} rows", saved.rows)),
        outcome: Outcome::Ok.as_str().to_owned(),
        ..AuditRow::default()
    };
    let row = row.with("audit_rows", to_column(saved.audit_rows));
    let mut write = database.write().await?;
    append_audit(&mut write, row).await?;
    Ok(commit(write).await?)
}

#[cfg(test)]
mod tests;
