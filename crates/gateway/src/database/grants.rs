//! Table `grants`: links that do one thing, once.

use super::{Database, DatabaseError, Write, from_column, to_column};
use protocol::PrincipalId;
use sqlx::Row;

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Signs a browser in.
    Enter,
    /// Sets a password.
    Reset,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Enter => "enter",
            Self::Reset => "reset",
        }
    }
}

/// What [`add_grant`] writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewGrant<'a> {
    pub(crate) hash: &'a str,
    pub(crate) principal: &'a PrincipalId,
    pub(crate) purpose: Purpose,
    pub(crate) now_ms: u64,
    /// `None` is a link that waits until it is used.
    pub(crate) expires_at_ms: Option<u64>,
    /// When whoever made it proved who it is; `None` when having the link is the proof.
    pub(crate) authenticated_at_ms: Option<u64>,
}

/// A link that was used up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TakenGrant {
    pub(crate) principal: PrincipalId,
    /// As in [`NewGrant`].
    pub(crate) authenticated_at_ms: Option<u64>,
}

impl Database {
    /// Whose link this is, if it can still be used; it stays usable.
    pub(crate) async fn grant(
        &self,
        hash: &str,
        purpose: Purpose,
        now_ms: u64,
    ) -> Result<Option<PrincipalId>, DatabaseError> {
        let row = sqlx::query(
            "SELECT g.principal FROM grants g JOIN principals p ON p.id = g.principal
             WHERE g.hash = $1 AND g.purpose = $2 AND (g.expires_at_ms IS NULL OR $3 < g.expires_at_ms)
               AND p.disabled_at_ms IS NULL AND p.deleted_at_ms IS NULL",
        )
        .bind(hash)
        .bind(purpose.as_str())
        .bind(to_column(now_ms))
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        super::principals::id(row.try_get("principal")?).map(Some)
    }
}

/// Keeps a link's hash.
pub(crate) async fn add_grant(write: &mut Write, new: NewGrant<'_>) -> Result<(), DatabaseError> {
    sqlx::query(
        "INSERT INTO grants (hash, principal, purpose, created_at_ms, expires_at_ms, authenticated_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(new.hash)
    .bind(new.principal.as_str())
    .bind(new.purpose.as_str())
    .bind(to_column(new.now_ms))
    .bind(new.expires_at_ms.map(to_column))
    .bind(new.authenticated_at_ms.map(to_column))
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// Uses up the link: the first caller gets what it is worth, every other `None`. A link of a disabled
/// account is no good.
pub(crate) async fn take_grant(
    write: &mut Write,
    hash: &str,
    purpose: Purpose,
    now_ms: u64,
) -> Result<Option<TakenGrant>, DatabaseError> {
    let row = sqlx::query(
        "SELECT g.principal, g.expires_at_ms, g.authenticated_at_ms, p.disabled_at_ms, p.deleted_at_ms
         FROM grants g JOIN principals p ON p.id = g.principal
         WHERE g.hash = $1 AND g.purpose = $2",
    )
    .bind(hash)
    .bind(purpose.as_str())
    .fetch_optional(&mut **write)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let taken = sqlx::query("DELETE FROM grants WHERE hash = $1")
        .bind(hash)
        .execute(&mut **write)
        .await?
        .rows_affected();
    let time = |column| row.try_get::<Option<i64>, _>(column);
    let expired = time("expires_at_ms")?.is_some_and(|expiry| from_column(expiry) <= now_ms);
    let is_out = time("disabled_at_ms")?.is_some() || time("deleted_at_ms")?.is_some();
    if taken != 1 || expired || is_out {
        return Ok(None);
    }
    Ok(Some(TakenGrant {
        principal: super::principals::id(row.try_get("principal")?)?,
        authenticated_at_ms: time("authenticated_at_ms")?.map(from_column),
    }))
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

/// Takes back every link of a principal, or those of one purpose.
pub(crate) async fn remove_grants_of(
    write: &mut Write,
    principal: &PrincipalId,
    purpose: Option<Purpose>,
) -> Result<(), DatabaseError> {
    sqlx::query("DELETE FROM grants WHERE principal = $1 AND ($2 = '' OR purpose = $2)")
        .bind(principal.as_str())
        .bind(purpose.map_or("", Purpose::as_str))
        .execute(&mut **write)
        .await?;
    Ok(())
}
