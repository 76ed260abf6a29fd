//! Table `preview_grants`: what lets a browser into a preview, once, at whichever gateway on this
//! PostgreSQL it comes to. A single gateway keeps them in memory.

use super::{Database, DatabaseError, Dialect, from_column, to_column};
use sqlx::{Row, query};

impl Database {
    /// Whether several gateways may use it at the same time.
    pub(crate) fn is_shared(&self) -> bool {
        self.dialect == Dialect::Postgres
    }

    /// Keeps a grant's hash; those whose time is over go.
    pub(crate) async fn add_preview_grant(
        &self,
        hash: &str,
        grantee: &str,
        (now_ms, expires_at_ms): (u64, u64),
    ) -> Result<(), DatabaseError> {
        query("DELETE FROM preview_grants WHERE expires_at_ms <= $1")
            .bind(to_column(now_ms))
            .execute(&self.pool)
            .await?;
        query("INSERT INTO preview_grants (hash, grantee, expires_at_ms) VALUES ($1, $2, $3)")
            .bind(hash)
            .bind(grantee)
            .bind(to_column(expires_at_ms))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Uses a grant up; of several that try one gets it.
    pub(crate) async fn take_preview_grant(
        &self,
        hash: &str,
        now_ms: u64,
    ) -> Result<Option<String>, DatabaseError> {
        let row =
            query("DELETE FROM preview_grants WHERE hash = $1 RETURNING grantee, expires_at_ms")
                .bind(hash)
                .fetch_optional(&self.pool)
                .await?;
        let Some(row) = row else { return Ok(None) };
        let is_good = now_ms < from_column(row.try_get("expires_at_ms")?);
        Ok(is_good.then_some(row.try_get("grantee")?))
    }
}
