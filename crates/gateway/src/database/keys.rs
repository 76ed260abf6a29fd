//! Table `keys`: secrets of the gateway itself, such as the one that signs preview grants.

use super::{Database, DatabaseError, to_column};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sqlx::Row;

/// Bytes of a key.
pub(crate) const KEY_LENGTH: usize = 32;

impl Database {
    /// The key of this name. Drawn at random on the first call, the same ever after.
    pub(crate) async fn key(
        &self,
        name: &str,
        now_ms: u64,
    ) -> Result<[u8; KEY_LENGTH], DatabaseError> {
        let drawn = STANDARD_NO_PAD.encode(stdx::random::bytes::<KEY_LENGTH>());
        sqlx::query(
            "INSERT INTO keys (name, secret, created_at_ms) VALUES ($1, $2, $3)
             ON CONFLICT (name) DO NOTHING",
        )
        .bind(name)
        .bind(drawn)
        .bind(to_column(now_ms))
        .execute(&self.pool)
        .await?;
        let secret: String = sqlx::query("SELECT secret FROM keys WHERE name = $1")
            .bind(name)
            .fetch_one(&self.pool)
            .await?
            .try_get("secret")?;
        let bytes = STANDARD_NO_PAD.decode(secret).ok();
        bytes
            .and_then(|it| it.try_into().ok())
            .ok_or_else(|| DatabaseError::Corrupt(format!("key {name}")))
    }
}
