//! Tables `gateways` and `gateway_addresses`: which gateways run on this PostgreSQL, and where
//! machines reach them. A SQLite file has one, and no rows.
//!
//! What a gateway has begun carries its id. When it stops, or was not seen for a while, whoever
//! notices clears up behind it. Times are those of the database, so clocks of machines do not count.

use super::{Database, DatabaseError, Dialect};
use sqlx::{Row, query};

/// How long a gateway that says nothing is believed to run: six looks of its own. Longer than a
/// restart of the database takes, and than a machine that is busy is silent.
const SILENT_MS: i64 = 30_000;
/// How long an address is told to machines after its gateway was last seen: one that is mended is
/// reached as soon as it is back.
const ADDRESS_KEPT_MS: i64 = 24 * 60 * 60 * 1000;
/// The database's clock.
macro_rules! now_ms {
    () => {
        "(EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::BIGINT"
    };
}

impl Database {
    /// Says that this gateway runs, and where machines reach it; `true` when another one turned out
    /// to be gone.
    pub(crate) async fn beat(&self, url: Option<&str>) -> Result<bool, DatabaseError> {
        if self.dialect == Dialect::Sqlite {
            return Ok(false);
        }
        query(concat!(
            "INSERT INTO gateways (id, started_at_ms, seen_at_ms) VALUES ($1, ",
            now_ms!(),
            ", ",
            now_ms!(),
            ") ON CONFLICT (id) DO UPDATE SET seen_at_ms = excluded.seen_at_ms"
        ))
        .bind(self.gateway.to_string())
        .execute(&self.pool)
        .await?;
        if let Some(url) = url {
            self.announce(url).await?;
        }
        let gone = query(concat!("DELETE FROM gateways WHERE seen_at_ms < ", now_ms!(), " - $1"))
            .bind(SILENT_MS)
            .execute(&self.pool)
            .await?;
        Ok(0 < gone.rows_affected())
    }

    async fn announce(&self, url: &str) -> Result<(), DatabaseError> {
        query(concat!(
            "INSERT INTO gateway_addresses (url, seen_at_ms) VALUES ($1, ",
            now_ms!(),
            ") ON CONFLICT (url) DO UPDATE SET seen_at_ms = excluded.seen_at_ms"
        ))
        .bind(url)
        .execute(&self.pool)
        .await?;
        query(concat!("DELETE FROM gateway_addresses WHERE seen_at_ms < ", now_ms!(), " - $1"))
            .bind(ADDRESS_KEPT_MS)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Where machines reach the gateways; none is known of a gateway that is alone.
    pub(crate) async fn gateway_addresses(&self) -> Result<Vec<String>, DatabaseError> {
        let rows =
            query("SELECT url FROM gateway_addresses ORDER BY url").fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok(row.try_get("url")?)).collect()
    }

    /// Says that this gateway is about to end: whoever looks next clears up what it did not come to.
    pub(crate) async fn leave(&self) -> Result<(), DatabaseError> {
        query("UPDATE gateways SET seen_at_ms = 0 WHERE id = $1")
            .bind(self.gateway.to_string())
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
