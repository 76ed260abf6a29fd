//! Table `principals`: verified people and services; and `grants`: links that sign one in, once.

use super::{Database, DatabaseError, Write, from_column, to_column};
use protocol::PrincipalId;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A verified identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Principal {
    pub(crate) id: PrincipalId,
    pub(crate) name: String,
    /// Administers this Stead.
    pub(crate) administrator: bool,
    /// Milliseconds since 1970 of the first sign-in by a link; `None` before it.
    pub(crate) entered_at_ms: Option<u64>,
}

fn read(row: &AnyRow) -> Result<Principal, DatabaseError> {
    let id: String = row.try_get("id")?;
    Ok(Principal {
        id: PrincipalId::parse(&id)
            .ok_or_else(|| DatabaseError::Corrupt(format!("principal {id}")))?,
        name: row.try_get("name")?,
        administrator: row.try_get::<i64, _>("administrator")? != 0,
        entered_at_ms: row.try_get::<Option<i64>, _>("entered_at_ms")?.map(from_column),
    })
}

impl Database {
    /// The one with this id.
    pub(crate) async fn principal(
        &self,
        id: &PrincipalId,
    ) -> Result<Option<Principal>, DatabaseError> {
        let row = sqlx::query(
            "SELECT id, name, administrator, entered_at_ms FROM principals
             WHERE id = $1 AND deleted_at_ms IS NULL",
        )
        .bind(id.as_str())
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(read).transpose()
    }

    /// The first administrator: the owner of this Stead. Made on the first call.
    pub(crate) async fn owner(&self, now_ms: u64) -> Result<Principal, DatabaseError> {
        let mut write = self.write().await?;
        let row = sqlx::query(
            "SELECT id, name, administrator, entered_at_ms FROM principals
             WHERE administrator = 1 AND disabled_at_ms IS NULL AND deleted_at_ms IS NULL
             ORDER BY created_at_ms, id LIMIT 1",
        )
        .fetch_optional(&mut *write)
        .await?;
        if let Some(row) = row {
            return read(&row);
        }
        let owner = Principal {
            id: PrincipalId::from_random(stdx::random::bits()),
            name: "Owner".to_owned(),
            administrator: true,
            entered_at_ms: None,
        };
        sqlx::query(
            "INSERT INTO principals (id, name, administrator, created_at_ms) VALUES ($1, $2, 1, $3)",
        )
        .bind(owner.id.as_str())
        .bind(owner.name.as_str())
        .bind(to_column(now_ms))
        .execute(&mut *write)
        .await?;
        super::commit(write).await?;
        Ok(owner)
    }
}

/// Gives the principal another name to be shown.
pub(crate) async fn rename_principal(
    write: &mut Write,
    id: &PrincipalId,
    name: &str,
) -> Result<(), DatabaseError> {
    sqlx::query("UPDATE principals SET name = $1 WHERE id = $2")
        .bind(name)
        .bind(id.as_str())
        .execute(&mut **write)
        .await?;
    Ok(())
}

/// Notes that the principal came by a link; a `name` given on the first time is kept.
pub(crate) async fn note_entry(
    write: &mut Write,
    id: &PrincipalId,
    name: Option<&str>,
    now_ms: u64,
) -> Result<(), DatabaseError> {
    if let Some(name) = name {
        sqlx::query("UPDATE principals SET name = $1 WHERE id = $2 AND entered_at_ms IS NULL")
            .bind(name)
            .bind(id.as_str())
            .execute(&mut **write)
            .await?;
    }
    sqlx::query("UPDATE principals SET entered_at_ms = $1 WHERE id = $2 AND entered_at_ms IS NULL")
        .bind(to_column(now_ms))
        .bind(id.as_str())
        .execute(&mut **write)
        .await?;
    Ok(())
}

/// Keeps a link's hash; `expires_at_ms` of `None` is a link that waits until it is used.
pub(crate) async fn add_grant(
    write: &mut Write,
    hash: &str,
    principal: &PrincipalId,
    now_ms: u64,
    expires_at_ms: Option<u64>,
) -> Result<(), DatabaseError> {
    sqlx::query(
        "INSERT INTO grants (hash, principal, created_at_ms, expires_at_ms) VALUES ($1, $2, $3, $4)",
    )
    .bind(hash)
    .bind(principal.as_str())
    .bind(to_column(now_ms))
    .bind(expires_at_ms.map(to_column))
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// Uses up the link: the first caller gets its principal, every other `None`.
pub(crate) async fn take_grant(
    write: &mut Write,
    hash: &str,
    now_ms: u64,
) -> Result<Option<PrincipalId>, DatabaseError> {
    let row = sqlx::query("SELECT principal, expires_at_ms FROM grants WHERE hash = $1")
        .bind(hash)
        .fetch_optional(&mut **write)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let taken = sqlx::query("DELETE FROM grants WHERE hash = $1")
        .bind(hash)
        .execute(&mut **write)
        .await?
        .rows_affected();
    let expired = row
        .try_get::<Option<i64>, _>("expires_at_ms")?
        .is_some_and(|expiry| from_column(expiry) <= now_ms);
    let principal: String = row.try_get("principal")?;
    Ok(if taken == 1 && !expired { PrincipalId::parse(&principal) } else { None })
}

/// Forgets links that nobody can use any more, and those without an end: a new start makes a new
/// first link.
pub(crate) async fn clear_grants(write: &mut Write, now_ms: u64) -> Result<(), DatabaseError> {
    sqlx::query("DELETE FROM grants WHERE expires_at_ms IS NULL OR expires_at_ms <= $1")
        .bind(to_column(now_ms))
        .execute(&mut **write)
        .await?;
    Ok(())
}
