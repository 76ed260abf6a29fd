//! Passwords: argon2id, in PHC strings, on threads of their own and few at once.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use protocol::{ErrorCode, WireError};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// Cost of one hash: 32 MiB, 3 rounds, one lane; about 70 ms of one core. OWASP asks for 19 MiB and
/// 2 rounds at least.
const MEMORY_KIB: u32 = 32 * 1024;
const ROUNDS: u32 = 3;
const LANES: u32 = 1;
const SALT_LENGTH: usize = 16;
const HASH_LENGTH: usize = 32;
/// Hashes computed at once: 64 MiB, and on a small machine still a core for everything else.
const AT_ONCE: usize = 2;
/// Hashes that wait for their turn; those who come later are asked to come again.
const WAITING_MAX: usize = 64;
/// How long one waits for its turn.
const TURN_TIMEOUT: Duration = Duration::from_secs(10);

/// Hashes and compares passwords, and counts how often.
#[derive(Debug)]
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
    waiting: AtomicUsize,
    computed: AtomicU64,
    /// A hash of the usual cost that no password has: what is compared for people without one.
    nobody: String,
}

impl Default for Passwords {
    fn default() -> Self {
        let salt = stdx::random::bytes::<SALT_LENGTH>();
        let output = stdx::random::bytes::<HASH_LENGTH>();
        Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: AtomicUsize::new(0),
            computed: AtomicU64::new(0),
            nobody: phc(&salt, &output),
        }
    }
}

impl Passwords {
    /// The PHC string to keep of a password.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, WireError> {
        let password = password.to_owned();
        self.compute(move || {
            let salt = stdx::random::bytes::<SALT_LENGTH>();
            let hash = argon2().hash_password_with_salt(password.as_bytes(), &salt);
            hash.expect("the parameters are within argon2's bounds").to_string()
        })
        .await
    }

    /// Whether the password is the one of this PHC string. For `None` nothing matches, and finding
    /// that out is as much work.
    pub(crate) async fn matches(
        &self,
        password: &str,
        hash: Option<&str>,
    ) -> Result<bool, WireError> {
        let (password, hash) = (password.to_owned(), hash.unwrap_or(&self.nobody).to_owned());
        self.compute(move || {
            let Ok(hash) = PasswordHash::new(&hash) else { return false };
            argon2().verify_password(password.as_bytes(), &hash).is_ok()
        })
        .await
    }

    /// Hashes computed since the start.
    pub(crate) fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    /// Runs `work` on a thread that may block, when it is its turn.
    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, WireError> {
        let busy = || {
            let message = "too many people sign in at this moment; try again in a few seconds";
            WireError::new(ErrorCode::Unavailable, message)
        };
        let _place = Place::take(&self.waiting).ok_or_else(busy)?;
        let turn = timeout(TURN_TIMEOUT, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.map_err(|_| busy())?.map_err(|_| busy())?;
        self.computed.fetch_add(1, Ordering::Relaxed);
        let done = spawn_blocking(move || {
            let done = work();
            // Held until the work is done, also when whoever asked has gone.
            drop(turn);
            done
        });
        done.await.map_err(|error| {
            tracing::error!(%error, "a password could not be hashed");
            WireError::new(ErrorCode::Internal, "the password could not be checked")
        })
    }
}

/// A place among those who wait.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize) -> Option<Self> {
        let place = Self(waiting);
        (waiting.fetch_add(1, Ordering::AcqRel) < WAITING_MAX).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, ROUNDS, LANES, Some(HASH_LENGTH));
    let params = params.expect("the parameters are within argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn phc(salt: &[u8], output: &[u8]) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    let (salt, output) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(output));
    format!("$argon2id$v=19$m={MEMORY_KIB},t={ROUNDS},p={LANES}${salt}${output}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_states_its_cost_and_knows_its_password() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=32768,t=3,p=1$"), "{hash}");
        assert!(passwords.matches("correct horse", Some(&hash)).await.unwrap());
        assert!(!passwords.matches("correct horsf", Some(&hash)).await.unwrap());
        assert_ne!(passwords.hash("correct horse").await.unwrap(), hash);
    }

    #[tokio::test]
    async fn for_somebody_without_a_password_the_work_is_the_same() {
        let passwords = Passwords::default();
        let hash = PasswordHash::new(&passwords.nobody).unwrap();
        assert_eq!(hash.params.to_string(), "m=32768,t=3,p=1");
        assert!(!passwords.matches("correct horse", None).await.unwrap());
        assert_eq!(passwords.computed(), 1);
    }
}
