//! When each login was last used, so that the database hears of it now and then only.

use protocol::id::LoginId;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// How exactly the last use of a login is known.
const INTERVAL_MS: u64 = 5 * 60 * 1000;
/// Logins remembered at once; of the others the database is told more often.
const REMEMBERED_MAX: usize = 10_000;

/// Last uses, in milliseconds since 1970.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    at: Mutex<HashMap<LoginId, u64>>,
}

impl Seen {
    /// Notes a use. When it should be written down, the use before it; `written_ms` is what the
    /// database last said.
    pub(crate) fn take(&self, login: &LoginId, written_ms: u64, now_ms: u64) -> Option<u64> {
        let mut at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        let last = at.get(login).copied().unwrap_or(0).max(written_ms);
        if now_ms < last.saturating_add(INTERVAL_MS) {
            return None;
        }
        if REMEMBERED_MAX <= at.len() {
            at.clear();
        }
        at.insert(login.clone(), now_ms);
        Some(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_use_is_written_down_once_in_a_while() {
        let (seen, login) = (Seen::default(), LoginId::from_random(1));
        let now = 50 * INTERVAL_MS;
        assert_eq!(seen.take(&login, now - 1, now), None);
        assert_eq!(seen.take(&login, 7, now), Some(7));
        assert_eq!(seen.take(&login, 7, now + INTERVAL_MS - 1), None);
        assert_eq!(seen.take(&login, 7, now + INTERVAL_MS), Some(now));
    }
}
