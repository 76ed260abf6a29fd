//! Seals what the database must not show to whoever reads a copy of it.
//!
//! The keys are outside of it, in a file or in the configuration. The database says which key seals
//! what is new, so that a change of keys by another process is noticed before anything is sealed
//! with a key that goes away; and each row says which key opens it.

mod ring;
mod rotate;
mod source;

pub(crate) use ring::Place;
pub use ring::RingError;
pub use rotate::{ResetReport, RotateError, Rotation, secrets_reset, secrets_rotate};
pub use source::{KeyFileError, SecretKey};

use crate::database::{Database, DatabaseError, Write, commit, current_key, set_current_key};
use protocol::{ErrorCode, WireError};
use ring::{Key, Ring};
use std::sync::{PoisonError, RwLock};
use stdx::Secret;
use stdx::clock::now_ms;

/// Seals and opens. Shared by everything of a gateway.
pub(crate) struct Vault {
    source: SecretKey,
    ring: RwLock<Ring>,
}

/// Why a gateway does not start without its keys. Nothing was changed or lost.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The file is gone, and there is something that only it opens.
    #[error(
        "the key of the secrets is missing: {place} does not exist, and the database holds secrets \
         that only the key `{key}` opens; put the file back, or say where it is with \
         --secret-key-file. If the key is lost for good, `stead secrets reset` gives up what it \
         sealed"
    )]
    Missing {
        /// Where it should be.
        place: String,
        /// Beginning of the hash of the key that is needed.
        key: String,
    },
    /// There are keys, and not the one that is needed.
    #[error(
        "the key of the secrets is the wrong one: {place} holds {held}, and the database needs \
         `{key}`; put the right key there, beside the other if you want to keep both. If it is \
         lost for good, `stead secrets reset` gives up what it sealed"
    )]
    Wrong {
        /// Where they are from.
        place: String,
        /// Names of the keys that are there.
        held: String,
        /// Name of the key that is needed.
        key: String,
    },
    /// The file cannot be read or made, or is no key file.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// The database did not answer, or a value in it was tampered with.
    #[error("the sealed values in the database cannot be read: {0}")]
    Database(String),
}

impl From<DatabaseError> for VaultError {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error.to_string())
    }
}

impl From<WireError> for VaultError {
    fn from(error: WireError) -> Self {
        Self::Database(error.message)
    }
}

impl Vault {
    /// Reads the keys, makes the first one, and checks that everything sealed can be opened.
    pub(crate) async fn open(database: &Database, source: SecretKey) -> Result<Self, VaultError> {
        let needed = database.sealing_keys().await?;
        let ring = match source.read().await? {
            Some(ring) => ring,
            None => match needed.first() {
                Some(key) => {
                    return Err(VaultError::Missing { place: source.place(), key: key.clone() });
                }
                None => source.create().await?,
            },
        };
        if let Some(key) = needed.into_iter().find(|it| ring.key(it).is_none()) {
            let held: Vec<String> = ring.ids().iter().map(|it| format!("`{it}`")).collect();
            return Err(VaultError::Wrong { place: source.place(), held: held.join(" and "), key });
        }
        let mut write = database.write().await?;
        if current_key(&mut write).await?.is_none() {
            set_current_key(&mut write, &ring.newest().id, now_ms()).await?;
            commit(write).await?;
        }
        Ok(Self { source, ring: RwLock::new(ring) })
    }

    /// Seals a value within the change that keeps it; gives the key's id and the sealed text.
    pub(crate) async fn seal(
        &self,
        write: &mut Write,
        place: Place<'_>,
        plain: &[u8],
    ) -> Result<(String, String), WireError> {
        let id = current_key(write).await?.unwrap_or_default();
        let key = self.key(&id).await?;
        let sealed = key.seal(place, plain);
        Ok((id, sealed))
    }

    /// Opens what stands at a place.
    pub(crate) async fn unseal(
        &self,
        place: Place<'_>,
        key_id: &str,
        sealed: &str,
    ) -> Result<Secret<Vec<u8>>, WireError> {
        self.key(key_id).await?.open(place, sealed).map_err(|error| {
            let (table, owner, name) = (place.table, place.owner, place.name);
            tracing::error!(table, owner, name, "{error}");
            WireError::new(
                ErrorCode::Internal,
                format!("the stored value of `{name}` was tampered with; set it anew"),
            )
        })
    }

    /// The same for a text.
    pub(crate) async fn unseal_text(
        &self,
        place: Place<'_>,
        key_id: &str,
        sealed: &str,
    ) -> Result<String, WireError> {
        let bytes = self.unseal(place, key_id, sealed).await?;
        Ok(String::from_utf8_lossy(bytes.expose()).into_owned())
    }

    /// A key; the ring is read again when it is a new one.
    async fn key(&self, id: &str) -> Result<Key, WireError> {
        if let Some(key) = self.held(id) {
            return Ok(key);
        }
        match self.source.read().await {
            Ok(Some(ring)) => *self.ring.write().unwrap_or_else(PoisonError::into_inner) = ring,
            Ok(None) => tracing::error!("the key file is gone"),
            Err(error) => tracing::error!(%error, "the key file cannot be read"),
        }
        self.held(id).ok_or_else(|| {
            tracing::error!(key = id, "a key of the secrets is missing");
            WireError::new(
                ErrorCode::Unavailable,
                "the key of the secrets was changed and this server does not have the new one; \
                 nothing was changed",
            )
        })
    }

    fn held(&self, id: &str) -> Option<Key> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).key(id).cloned()
    }
}

#[cfg(test)]
mod tests;
