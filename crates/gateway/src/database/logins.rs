//! Table `logins`: browsers and programs that are signed in, by the hash of what they hold.

use super::{Database, DatabaseError, Write, from_column, to_column};
use protocol::PrincipalId;
use protocol::id::LoginId;
use sqlx::Row;

/// One browser or program that is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Login {
    pub(crate) id: LoginId,
    pub(crate) principal: PrincipalId,
    /// How the principal is called.
    pub(crate) name: String,
    /// Whether the principal administers this Stead.
    pub(crate) administrator: bool,
    /// `browser`, `cli`, …
    pub(crate) operator: String,
    pub(crate) seen_at_ms: u64,
    /// `None` for tokens of programs, which last until they are revoked.
    pub(crate) expires_at_ms: Option<u64>,
}

/// What [`add_login`] writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewLogin<'a> {
    pub(crate) id: &'a LoginId,
    pub(crate) hash: &'a str,
    pub(crate) principal: &'a PrincipalId,
    pub(crate) operator: &'a str,
    pub(crate) now_ms: u64,
    pub(crate) expires_at_ms: Option<u64>,
}

impl Database {
    /// The login whose secret has this hash, expired or not. A disabled account has none.
    pub(crate) async fn login(&self, hash: &str) -> Result<Option<Login>, DatabaseError> {
        let row = sqlx::query(
            "SELECT l.id, l.principal, l.operator, l.seen_at_ms, l.expires_at_ms, p.administrator,
                    p.name
             FROM logins l JOIN principals p ON p.id = l.principal
             WHERE l.hash = $1 AND p.disabled_at_ms IS NULL AND p.deleted_at_ms IS NULL",
        )
        .bind(hash)
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let (id, principal): (String, String) = (row.try_get("id")?, row.try_get("principal")?);
        Ok(Some(Login {
            id: LoginId::parse(&id).ok_or_else(|| DatabaseError::Corrupt(format!("login {id}")))?,
            principal: PrincipalId::parse(&principal)
                .ok_or_else(|| DatabaseError::Corrupt(format!("principal of login {id}")))?,
            name: row.try_get("name")?,
            administrator: row.try_get::<i64, _>("administrator")? != 0,
            operator: row.try_get("operator")?,
            seen_at_ms: from_column(row.try_get("seen_at_ms")?),
            expires_at_ms: row.try_get::<Option<i64>, _>("expires_at_ms")?.map(from_column),
        }))
    }

    /// Whether the login exists and has not expired.
    pub(crate) async fn login_is_valid(
        &self,
        id: &LoginId,
        now_ms: u64,
    ) -> Result<bool, DatabaseError> {
        let row = sqlx::query(
            "SELECT l.id FROM logins l JOIN principals p ON p.id = l.principal
             WHERE l.id = $1 AND (l.expires_at_ms IS NULL OR $2 < l.expires_at_ms)
               AND p.disabled_at_ms IS NULL AND p.deleted_at_ms IS NULL",
        )
        .bind(id.as_str())
        .bind(to_column(now_ms))
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.is_some())
    }

    /// Moves the end of a login further away because it was used.
    pub(crate) async fn renew_login(
        &self,
        id: &LoginId,
        now_ms: u64,
        expires_at_ms: u64,
    ) -> Result<(), DatabaseError> {
        sqlx::query("UPDATE logins SET seen_at_ms = $1, expires_at_ms = $2 WHERE id = $3")
            .bind(to_column(now_ms))
            .bind(to_column(expires_at_ms))
            .bind(id.as_str())
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

/// Signs somebody in; expired logins are forgotten on the way.
pub(crate) async fn add_login(write: &mut Write, new: NewLogin<'_>) -> Result<(), DatabaseError> {
    sqlx::query("DELETE FROM logins WHERE expires_at_ms IS NOT NULL AND expires_at_ms <= $1")
        .bind(to_column(new.now_ms))
        .execute(&mut **write)
        .await?;
    sqlx::query(
        "INSERT INTO logins (id, hash, principal, operator, created_at_ms, seen_at_ms, expires_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(new.id.as_str())
    .bind(new.hash)
    .bind(new.principal.as_str())
    .bind(new.operator)
    .bind(to_column(new.now_ms))
    .bind(to_column(new.now_ms))
    .bind(new.expires_at_ms.map(to_column))
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// Signs a login out.
pub(crate) async fn remove_login(write: &mut Write, id: &LoginId) -> Result<(), DatabaseError> {
    sqlx::query("DELETE FROM logins WHERE id = $1").bind(id.as_str()).execute(&mut **write).await?;
    Ok(())
}

/// Signs out every program of this kind.
pub(crate) async fn remove_logins_of(
    write: &mut Write,
    operator: &str,
) -> Result<(), DatabaseError> {
    sqlx::query("DELETE FROM logins WHERE operator = $1")
        .bind(operator)
        .execute(&mut **write)
        .await?;
    Ok(())
}
