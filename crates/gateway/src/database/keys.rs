//! Table `keys`: secrets of the gateway itself, such as the one that signs preview grants. Sealed
//! like everything secret.

use super::{Database, DatabaseError, commit, to_column};
use crate::vault::{Place, Vault, VaultError};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sqlx::Row;

/// Bytes of a key.
pub(crate) const KEY_LENGTH: usize = 32;

impl Database {
    /// The key of this name. Drawn at random on the first call, the same ever after.
    pub(crate) async fn key(
        &self,
        vault: &Vault,
        name: &str,
        now_ms: u64,
    ) -> Result<[u8; KEY_LENGTH], VaultError> {
        let place = Place { table: "keys", owner: "", name, kind: "key" };
        let mut write = self.write().await?;
        let row = sqlx::query("SELECT secret, key_id FROM keys WHERE name = $1")
            .bind(name)
            .fetch_optional(&mut *write)
            .await
            .map_err(DatabaseError::from)?;
        let known: Option<(String, Option<String>)> = row
            .map(|it| Ok::<_, sqlx::Error>((it.try_get("secret")?, it.try_get("key_id")?)))
            .transpose()
            .map_err(DatabaseError::from)?;
        let bytes = match known {
            Some((sealed, Some(key_id))) => {
                drop(write);
                let opened = vault.unseal(place, &key_id, &sealed).await?;
                return Ok(bytes(opened.expose(), name)?);
            }
            // From before keys were sealed.
            Some((plain, None)) => bytes(&STANDARD_NO_PAD.decode(plain).unwrap_or_default(), name)?,
            None => stdx::random::bytes(),
        };
        let (key_id, sealed) = vault.seal(&mut write, place, &bytes).await?;
        sqlx::query(
            "INSERT INTO keys (name, secret, key_id, created_at_ms) VALUES ($1, $2, $3, $4)
             ON CONFLICT (name) DO UPDATE SET secret = excluded.secret, key_id = excluded.key_id",
        )
        .bind(name)
        .bind(sealed)
        .bind(key_id)
        .bind(to_column(now_ms))
        .execute(&mut *write)
        .await
        .map_err(DatabaseError::from)?;
        commit(write).await?;
        Ok(bytes)
    }
}

fn bytes(bytes: &[u8], name: &str) -> Result<[u8; KEY_LENGTH], DatabaseError> {
    bytes.try_into().map_err(|_| DatabaseError::Corrupt(format!("key {name}")))
}
