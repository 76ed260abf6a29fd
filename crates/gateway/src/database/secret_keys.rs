//! Table `secret_keys`, and the sealed values of every table, as one who changes keys sees them.

use super::{Database, DatabaseError, Write, to_column};
use sqlx::Row;

/// A sealed value, wherever it stands.
#[derive(Clone, Debug)]
pub(crate) struct SealedRow {
    pub(crate) table: &'static str,
    pub(crate) owner: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) key_id: String,
    pub(crate) sealed: String,
}

/// One table with sealed values: how its columns are read and written.
struct Sealed {
    table: &'static str,
    /// `owner`, `name`, `kind`, `key_id`, `sealed`.
    select: &'static str,
    /// New text, new key, owner, name.
    update: &'static str,
    delete: &'static str,
}

const TABLES: [Sealed; 4] = [
    Sealed {
        table: "environment",
        select: "SELECT owner, name, kind, key_id, sealed FROM environment",
        update: "UPDATE environment SET sealed = $1, key_id = $2 WHERE owner = $3 AND name = $4",
        delete: "DELETE FROM environment WHERE key_id = $1",
    },
    Sealed {
        table: "git_credentials",
        select: "SELECT owner, host AS name, username AS kind, key_id, sealed FROM git_credentials",
        update: "UPDATE git_credentials SET sealed = $1, key_id = $2 WHERE owner = $3 AND host = $4",
        delete: "DELETE FROM git_credentials WHERE key_id = $1",
    },
    Sealed {
        table: "keys",
        select: "SELECT '' AS owner, name, 'key' AS kind, key_id, secret AS sealed FROM keys",
        update: "UPDATE keys SET secret = $1, key_id = $2 WHERE $3 = '' AND name = $4",
        delete: "DELETE FROM keys WHERE key_id = $1",
    },
    Sealed {
        table: "registry_runtimes",
        select: "SELECT '' AS owner, id AS name, 'remote_http' AS kind, key_id, sealed
                 FROM registry_runtimes",
        update: "UPDATE registry_runtimes SET sealed = $1, key_id = $2 WHERE $3 = '' AND id = $4",
        delete: "DELETE FROM registry_runtimes WHERE key_id = $1",
    },
];

impl Database {
    /// Names of the keys that something here needs: first the one for what is new.
    pub(crate) async fn sealing_keys(&self) -> Result<Vec<String>, DatabaseError> {
        let rows = sqlx::query(
            "SELECT id, 0 AS rank FROM secret_keys WHERE retired_at_ms IS NULL
             UNION SELECT key_id AS id, 1 AS rank FROM environment
             UNION SELECT key_id AS id, 1 AS rank FROM git_credentials
             UNION SELECT key_id AS id, 1 AS rank FROM registry_runtimes
             UNION SELECT key_id AS id, 1 AS rank FROM keys WHERE key_id IS NOT NULL
             ORDER BY rank, id",
        )
        .fetch_all(&self.pool)
        .await?;
        let mut ids: Vec<String> = Vec::new();
        for row in rows {
            let id: String = row.try_get("id")?;
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(ids)
    }
}

/// Name of the key that seals what is new.
pub(crate) async fn current_key(write: &mut Write) -> Result<Option<String>, DatabaseError> {
    let row = sqlx::query(
        "SELECT id FROM secret_keys WHERE retired_at_ms IS NULL ORDER BY created_at_ms DESC, id",
    )
    .fetch_optional(&mut **write)
    .await?;
    Ok(row.map(|it| it.try_get("id")).transpose()?)
}

/// Makes this key the one that seals what is new.
pub(crate) async fn set_current_key(
    write: &mut Write,
    id: &str,
    now_ms: u64,
) -> Result<(), DatabaseError> {
    sqlx::query("UPDATE secret_keys SET retired_at_ms = $1 WHERE retired_at_ms IS NULL")
        .bind(to_column(now_ms))
        .execute(&mut **write)
        .await?;
    sqlx::query(
        "INSERT INTO secret_keys (id, created_at_ms) VALUES ($1, $2)
         ON CONFLICT (id) DO UPDATE SET retired_at_ms = NULL",
    )
    .bind(id)
    .bind(to_column(now_ms))
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// Forgets every key but this one.
pub(crate) async fn retire_keys(write: &mut Write, id: &str) -> Result<(), DatabaseError> {
    sqlx::query("DELETE FROM secret_keys WHERE id <> $1").bind(id).execute(&mut **write).await?;
    Ok(())
}

/// Some values that are not sealed with this key.
pub(crate) async fn sealed_by_others(
    write: &mut Write,
    id: &str,
    limit: u32,
) -> Result<Vec<SealedRow>, DatabaseError> {
    for it in &TABLES {
        let select = format!("{} WHERE key_id <> $1 LIMIT {limit}", it.select);
        let rows =
            sqlx::query(sqlx::AssertSqlSafe(select)).bind(id).fetch_all(&mut **write).await?;
        if !rows.is_empty() {
            return rows.iter().map(|row| sealed(it.table, row)).collect();
        }
    }
    Ok(Vec::new())
}

/// Replaces the sealed text of a value.
pub(crate) async fn store_sealed(
    write: &mut Write,
    row: &SealedRow,
    key_id: &str,
    text: &str,
) -> Result<(), DatabaseError> {
    let Some(it) = TABLES.iter().find(|it| it.table == row.table) else { return Ok(()) };
    sqlx::query(it.update)
        .bind(text)
        .bind(key_id)
        .bind(row.owner.as_str())
        .bind(row.name.as_str())
        .execute(&mut **write)
        .await?;
    Ok(())
}

/// Removes what a key sealed; tells what it was.
pub(crate) async fn drop_sealed_by(
    write: &mut Write,
    id: &str,
) -> Result<Vec<String>, DatabaseError> {
    let mut names = Vec::new();
    for it in &TABLES {
        let select = format!("{} WHERE key_id = $1", it.select);
        let rows =
            sqlx::query(sqlx::AssertSqlSafe(select)).bind(id).fetch_all(&mut **write).await?;
        for row in rows.iter().map(|row| sealed(it.table, row)) {
            let row = row?;
            names.push(match row.owner.as_str() {
                "" => format!("the gateway's own `{}`", row.name),
                owner => format!("{} of {owner}", row.name),
            });
        }
        sqlx::query(it.delete).bind(id).execute(&mut **write).await?;
    }
    Ok(names)
}

fn sealed(table: &'static str, row: &sqlx::any::AnyRow) -> Result<SealedRow, DatabaseError> {
    Ok(SealedRow {
        table,
        owner: row.try_get("owner")?,
        name: row.try_get("name")?,
        kind: row.try_get("kind")?,
        key_id: row.try_get("key_id")?,
        sealed: row.try_get("sealed")?,
    })
}
