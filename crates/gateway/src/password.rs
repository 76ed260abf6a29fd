//! Passwords: hashed with argon2id, a few at a time.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use protocol::{ErrorCode, WireError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Hashes at once. Each takes 19 MiB and a core for some 20 ms.
const AT_ONCE_MAX: usize = 2;
/// How long a hash waits for its turn.
const TURN_TIMEOUT: Duration = Duration::from_secs(10);
/// What stands for a hash where there is none: of random bytes that nobody knows.
const NONE: &str = "$argon2id$v=19$m=19456,t=2,p=1$c3RlYWQgbm8gcGFzc3dvcmQ\
                    $dGhpcyBpcyBubyBoYXNoIG9mIGFueSBwYXNzd29yZCE";

/// Hashes and judges passwords.
#[derive(Clone, Debug)]
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE_MAX)) }
    }
}

impl Passwords {
    /// What the database keeps of a password.
    pub(crate) async fn hash(&self, plain: String) -> Result<String, WireError> {
        self.run(move || {
            let salt = stdx::random::bytes::<16>();
            let hashed = Argon2::default().hash_password_with_salt(plain.as_bytes(), &salt);
            hashed.map(|it| it.to_string()).map_err(|error| {
                tracing::error!(%error, "a password could not be hashed");
                WireError::new(ErrorCode::Internal, "the password could not be hashed")
            })
        })
        .await?
    }

    /// Whether the hash is that of the password. Takes as long without a hash.
    pub(crate) async fn is_right(
        &self,
        plain: String,
        hash: Option<String>,
    ) -> Result<bool, WireError> {
        self.run(move || {
            let against = hash.as_deref().unwrap_or(NONE);
            let same = Argon2::default().verify_password(plain.as_bytes(), against).is_ok();
            same && hash.is_some()
        })
        .await
    }

    /// Runs `work` on a thread of its own when it is its turn.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, WireError> {
        let turn = timeout(TURN_TIMEOUT, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.map_err(|_| {
            let message = "too many passwords are being checked; try again in a moment";
            WireError::new(ErrorCode::Unavailable, message)
        })?;
        let working = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        working.await.map_err(|error| {
            tracing::error!(%error, "a password could not be checked");
            WireError::new(ErrorCode::Internal, "the password could not be checked")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_of_a_hash_is_right() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_ne!(passwords.hash("correct horse".to_owned()).await.unwrap(), hash);
        for (plain, hash, right) in [
            ("correct horse", Some(hash.clone()), true),
            ("correct horse ", Some(hash), false),
            ("correct horse", None, false),
            ("correct horse", Some("not a hash".to_owned()), false),
        ] {
            assert_eq!(passwords.is_right(plain.to_owned(), hash).await.unwrap(), right);
        }
    }

    #[test]
    fn without_a_hash_the_same_work_is_done() {
        assert!(argon2::PasswordHash::new(NONE).is_ok());
    }
}
