//! Table `identities`: which account at an OpenID provider signs in which principal, by issuer and
//! subject. The address beside it is for people to read; it decides nothing.

use super::{Database, DatabaseError, Write, from_column, to_column};
use protocol::PrincipalId;
use sqlx::{Any, Executor, Row};

/// An account at a provider that signs a principal in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IdentityRow {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    /// As the provider last gave it.
    pub(crate) email: Option<String>,
    pub(crate) created_at_ms: u64,
}

/// Whom an account at a provider signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) principal: PrincipalId,
    pub(crate) disabled: bool,
}

impl Database {
    /// The accounts at providers that sign this principal in, the oldest first.
    pub(crate) async fn identities(
        &self,
        principal: &PrincipalId,
    ) -> Result<Vec<IdentityRow>, DatabaseError> {
        identities_of(&self.pool, principal).await
    }
}

/// The same. Ask in the write that changes them.
pub(crate) async fn identities_of(
    executor: impl Executor<'_, Database = Any>,
    principal: &PrincipalId,
) -> Result<Vec<IdentityRow>, DatabaseError> {
    let rows = sqlx::query(
        "SELECT issuer, subject, email, created_at_ms FROM identities WHERE principal = $1
         ORDER BY created_at_ms, issuer, subject",
    )
    .bind(principal.as_str())
    .fetch_all(executor)
    .await?;
    let read = |row: &sqlx::any::AnyRow| {
        Ok(IdentityRow {
            issuer: row.try_get("issuer")?,
            subject: row.try_get("subject")?,
            email: row.try_get("email")?,
            created_at_ms: from_column(row.try_get("created_at_ms")?),
        })
    };
    rows.iter().map(read).collect()
}

/// Whom this account at a provider signs in.
pub(crate) async fn identity_holder(
    write: &mut Write,
    issuer: &str,
    subject: &str,
) -> Result<Option<Holder>, DatabaseError> {
    let row = sqlx::query(
        "SELECT i.principal, p.disabled_at_ms FROM identities i
         JOIN principals p ON p.id = i.principal
         WHERE i.issuer = $1 AND i.subject = $2 AND p.deleted_at_ms IS NULL",
    )
    .bind(issuer)
    .bind(subject)
    .fetch_optional(&mut **write)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Holder {
        principal: super::principals::id(row.try_get("principal")?)?,
        disabled: row.try_get::<Option<i64>, _>("disabled_at_ms")?.is_some(),
    }))
}

/// Lets an account at a provider sign a principal in. Ask [`identity_holder`] in the same write.
pub(crate) async fn add_identity(
    write: &mut Write,
    principal: &PrincipalId,
    new: &IdentityRow,
) -> Result<(), DatabaseError> {
    sqlx::query(
        "INSERT INTO identities (issuer, subject, principal, email, created_at_ms)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(&new.issuer)
    .bind(&new.subject)
    .bind(principal.as_str())
    .bind(new.email.as_deref())
    .bind(to_column(new.created_at_ms))
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// Notes the address that the provider gives now.
pub(crate) async fn set_identity_email(
    write: &mut Write,
    issuer: &str,
    subject: &str,
    email: &str,
) -> Result<(), DatabaseError> {
    sqlx::query("UPDATE identities SET email = $1 WHERE issuer = $2 AND subject = $3")
        .bind(email)
        .bind(issuer)
        .bind(subject)
        .execute(&mut **write)
        .await?;
    Ok(())
}

/// An account at a provider signs nobody in any more.
pub(crate) async fn remove_identity(
    write: &mut Write,
    issuer: &str,
    subject: &str,
) -> Result<(), DatabaseError> {
    sqlx::query("DELETE FROM identities WHERE issuer = $1 AND subject = $2")
        .bind(issuer)
        .bind(subject)
        .execute(&mut **write)
        .await?;
    Ok(())
}
