//! How often a password may be tried: less and less often while it is wrong.
//!
//! The same count slows whoever tries which log-in names there are.
//!
//! Two counts. One is about a log-in name and where the tries come from, an address or a known
//! browser; it slows whoever guesses and nobody else, and says so, for a name that nobody has too.
//! The other is about the account, from wherever the tries come; it is in the database, stops only
//! browsers in which its person was never signed in, and never for long, so that strangers who
//! guess cannot keep the person out.

use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Wrong tries of one name from one place before the first wait: people mistype.
const FREE: u32 = 5;
/// Longest wait of one place.
const WAIT_MAX: Duration = Duration::from_secs(15 * 60);
/// Without a try for this long a place starts afresh.
const MEMORY: Duration = Duration::from_secs(60 * 60);
/// Places remembered at once.
const PLACES_MAX: usize = 20_000;
/// Wrong tries of one account from everywhere before new browsers wait.
const ACCOUNT_FREE: u32 = 30;
/// Longest wait of new browsers.
const ACCOUNT_WAIT_MAX: Duration = Duration::from_secs(5 * 60);

type Place = [u8; 32];

/// Tries by name and place.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    places: Mutex<HashMap<Place, Tries>>,
}

#[derive(Clone, Copy, Debug)]
struct Tries {
    count: u32,
    last: Instant,
    next: Instant,
}

/// What a log-in name is tried from.
pub(crate) fn place(login_name: &str, from: &str) -> Place {
    let mut hasher = Sha256::new();
    hasher.update((login_name.len() as u64).to_be_bytes());
    hasher.update(login_name.as_bytes());
    hasher.update(from.as_bytes());
    hasher.finalize().into()
}

impl Attempts {
    /// Takes a try, and counts it as a wrong one, so that tries at the same time count too. `Err`
    /// says after how many seconds the next is possible.
    pub(crate) fn take(&self, place: Place, now: Instant) -> Result<(), u64> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if PLACES_MAX <= places.len() {
            places.retain(|_, it| now < it.last + MEMORY);
        }
        if PLACES_MAX <= places.len() {
            // Whoever must wait longest is remembered.
            let mut next: Vec<Instant> = places.values().map(|it| it.next).collect();
            let middle = next.len() / 2;
            let (_, middle, _) = next.select_nth_unstable(middle);
            let middle = *middle;
            places.retain(|_, it| middle < it.next);
        }
        let tries = places.entry(place).or_insert(Tries { count: 0, last: now, next: now });
        if tries.last + MEMORY <= now {
            tries.count = 0;
        }
        if let Some(left) = tries.next.checked_duration_since(now).filter(|it| !it.is_zero()) {
            return Err(left.as_secs().max(1));
        }
        tries.count = tries.count.saturating_add(1);
        tries.last = now;
        tries.next = now + wait(tries.count, FREE, WAIT_MAX);
        Ok(())
    }

    /// The try was none that guesses: it does not count, and those before it still do.
    pub(crate) fn give_back(&self, place: &Place, now: Instant) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tries) = places.get_mut(place) {
            tries.count = tries.count.saturating_sub(1);
            tries.next = now;
        }
    }

    /// The password was right: the place starts afresh.
    pub(crate) fn clear(&self, place: &Place) {
        self.places.lock().unwrap_or_else(PoisonError::into_inner).remove(place);
    }
}

/// How long new browsers wait after the account's password was wrong `failures` times in a row.
pub(crate) fn account_wait(failures: u32) -> Duration {
    wait(failures, ACCOUNT_FREE, ACCOUNT_WAIT_MAX)
}

/// Nothing for the first `free` wrong tries, then one second, doubled at each, up to `most`.
fn wait(count: u32, free: u32, most: Duration) -> Duration {
    match count.checked_sub(free) {
        None => Duration::ZERO,
        Some(over) => Duration::from_secs(1_u64.checked_shl(over).unwrap_or(u64::MAX)).min(most),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let seconds: Vec<u64> = (3..18).map(|it| wait(it, FREE, WAIT_MAX).as_secs()).collect();
        assert_eq!(seconds, [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
        assert_eq!(account_wait(u32::MAX), ACCOUNT_WAIT_MAX);
        assert_eq!(account_wait(ACCOUNT_FREE - 1), Duration::ZERO);
    }

    #[test]
    fn one_place_waits_and_another_does_not() {
        let (attempts, now) = (Attempts::default(), Instant::now());
        let (one, other) = (place("ada", "192.0.2.1"), place("ada", "192.0.2.2"));
        for _ in 0..FREE {
            assert_eq!(attempts.take(one, now), Ok(()));
        }
        assert_eq!(attempts.take(one, now), Err(1));
        assert_eq!(attempts.take(other, now), Ok(()));
        assert_eq!(attempts.take(one, now + Duration::from_secs(1)), Ok(()));
        assert_eq!(attempts.take(one, now + Duration::from_secs(1)), Err(2));
        assert_eq!(attempts.take(one, now + MEMORY * 2), Ok(()));
        attempts.clear(&one);
        assert_eq!(attempts.take(one, now), Ok(()));
    }

    #[test]
    fn what_is_given_back_was_no_try_and_frees_nobody() {
        let (attempts, now) = (Attempts::default(), Instant::now());
        let place = place("ada", "somewhere");
        for _ in 0..FREE * 3 {
            assert_eq!(attempts.take(place, now), Ok(()));
            attempts.give_back(&place, now);
        }
        for _ in 0..FREE {
            assert_eq!(attempts.take(place, now), Ok(()));
        }
        assert_eq!(attempts.take(place, now), Err(1));
    }

    #[test]
    fn a_flood_of_names_does_not_free_those_who_wait() {
        let (attempts, now) = (Attempts::default(), Instant::now());
        let guesser = place("ada", "192.0.2.1");
        for _ in 0..FREE {
            assert_eq!(attempts.take(guesser, now), Ok(()));
        }
        for index in 0..PLACES_MAX * 2 {
            assert_eq!(attempts.take(place(&index.to_string(), "192.0.2.1"), now), Ok(()));
        }
        assert_eq!(attempts.take(guesser, now), Err(1));
    }
}
