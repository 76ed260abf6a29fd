//! Table `principals`, as administrators see it.

use super::{Database, DatabaseError, from_column};
use protocol::PrincipalId;
use protocol::account::Account;
use sqlx::Row;
use sqlx::any::AnyRow;

impl Database {
    /// Every account that was not deleted, by name.
    pub(crate) async fn accounts(&self) -> Result<Vec<Account>, DatabaseError> {
        let rows = sqlx::query(
            "SELECT p.id, p.name, p.login_name, p.email, p.administrator, p.created_at_ms,
                    p.disabled_at_ms,
                    CAST(CASE WHEN p.password_hash IS NULL THEN 0 ELSE 1 END AS BIGINT) AS has_password,
                    (SELECT MAX(l.seen_at_ms) FROM logins l WHERE l.principal = p.id) AS seen_at_ms
             FROM principals p WHERE p.deleted_at_ms IS NULL ORDER BY p.name, p.id",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &AnyRow) -> Result<Account, DatabaseError> {
    let id: String = row.try_get("id")?;
    Ok(Account {
        id: PrincipalId::parse(&id)
            .ok_or_else(|| DatabaseError::Corrupt(format!("principal {id}")))?,
        name: row.try_get("name")?,
        login_name: row.try_get("login_name")?,
        email: row.try_get("email")?,
        administrator: row.try_get::<i64, _>("administrator")? != 0,
        disabled: row.try_get::<Option<i64>, _>("disabled_at_ms")?.is_some(),
        has_password: row.try_get::<i64, _>("has_password")? != 0,
        created_at_ms: from_column(row.try_get("created_at_ms")?),
        seen_at_ms: row.try_get::<Option<i64>, _>("seen_at_ms")?.map(from_column),
    })
}
