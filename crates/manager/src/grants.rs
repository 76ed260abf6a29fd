//! Grants to open a terminal once, for clients that can send no header with an upgrade.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a grant is good: whoever asked for the URL opens it at once.
const GOOD_FOR: Duration = Duration::from_secs(60);
/// Grants that are kept at once; the oldest goes first.
const GRANTS_MAX: usize = 1024;

/// The grants that were given out and not used.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    by_secret: Mutex<HashMap<String, (String, Instant)>>,
}

impl Grants {
    /// A grant for a session's terminal.
    pub(crate) fn give(&self, session: &str, now: Instant) -> String {
        let secret = format!("{:032x}{:032x}", stdx::random::bits(), stdx::random::bits());
        let mut grants = self.by_secret.lock().unwrap_or_else(PoisonError::into_inner);
        grants.retain(|_, (_, until)| now < *until);
        if GRANTS_MAX <= grants.len() {
            let oldest = grants.iter().min_by_key(|(_, (_, until))| *until);
            if let Some(oldest) = oldest.map(|(secret, _)| secret.clone()) {
                grants.remove(&oldest);
            }
        }
        grants.insert(secret.clone(), (session.to_owned(), now + GOOD_FOR));
        secret
    }

    /// Uses a grant up; whether it was good for this session. The look-up's time says nothing
    /// useful: a grant has 256 bits and is gone after the first try.
    pub(crate) fn take(&self, secret: &str, session: &str, now: Instant) -> bool {
        let mut grants = self.by_secret.lock().unwrap_or_else(PoisonError::into_inner);
        let found = grants.remove(secret);
        found.is_some_and(|(of, until)| of == session && now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_is_good_once_and_for_one_session_and_a_minute() {
        let (grants, now) = (Grants::default(), Instant::now());
        let one = grants.give("mgr-1", now);
        assert!(grants.take(&one, "mgr-1", now));
        assert!(!grants.take(&one, "mgr-1", now));
        let other = grants.give("mgr-1", now);
        assert!(!grants.take(&other, "mgr-2", now));
        let late = grants.give("mgr-1", now);
        assert!(!grants.take(&late, "mgr-1", now + GOOD_FOR));
    }
}
