//! How often the password of a share may be guessed.
//!
//! Each address waits longer after each wrong password for a share. All addresses together have a
//! bucket of tries for each share, so that a thousand machines guess hardly faster than one.

use crate::limit::network;
use protocol::id::ShareId;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Wrong passwords that cost nothing: people mistype, and a class has one address.
const FREE: u32 = 5;
/// The first wait; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);
/// After this time without a try, an address starts anew.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60 * 60);
/// Tries at one share by everybody together: at once, and how often another one.
const BURST: u32 = 100;
const INTERVAL: Duration = Duration::from_secs(5);
/// Pairs of share and address, and shares, remembered at once.
const REMEMBERED_MAX: usize = 10_000;

/// Wrong passwords, by share.
#[derive(Debug, Default)]
pub(super) struct Guard {
    list: Mutex<List>,
}

#[derive(Debug, Default)]
struct List {
    by_address: HashMap<(ShareId, IpAddr), Tries>,
    /// When each share's bucket is full again.
    full_at: HashMap<ShareId, Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Tries {
    wrong: u32,
    /// When the next one may come.
    next: Instant,
}

impl Guard {
    /// Takes a try, which counts as wrong until [`Self::right`] says otherwise, so that a hundred
    /// at once are a hundred. `Err` says after how many seconds there is one.
    pub(super) fn take(&self, share: &ShareId, address: IpAddr, now: Instant) -> Result<(), u64> {
        let mut list = self.lock();
        let List { by_address, full_at } = &mut *list;
        make_room(by_address, |it| now < it.next + FORGOTTEN_AFTER);
        make_room(full_at, |it| now < *it);
        let key = (share.clone(), network(address));
        let known = by_address.get(&key).filter(|it| now < it.next + FORGOTTEN_AFTER);
        let wrong = known.map_or(0, |it| it.wrong);
        wait(known.map_or(now, |it| it.next), now)?;
        let full = full_at.get(share).map_or(now, |at| (*at).max(now)) + INTERVAL;
        wait(full.checked_sub(INTERVAL * BURST).unwrap_or(now), now)?;
        full_at.insert(share.clone(), full);
        let wrong = wrong.saturating_add(1);
        by_address.insert(key, Tries { wrong, next: now + rest(wrong) });
        Ok(())
    }

    /// The try that was taken had the right password.
    pub(super) fn right(&self, share: &ShareId, address: IpAddr, now: Instant) {
        let mut list = self.lock();
        list.by_address.remove(&(share.clone(), network(address)));
        if let Some(full) = list.full_at.get_mut(share) {
            *full = full.checked_sub(INTERVAL).unwrap_or(now);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long an address waits after so many wrong passwords.
fn rest(wrong: u32) -> Duration {
    match wrong.checked_sub(FREE) {
        None => Duration::ZERO,
        Some(over) => FIRST_WAIT.saturating_mul(1 << over.min(16)).min(LONGEST_WAIT),
    }
}

fn wait(until: Instant, now: Instant) -> Result<(), u64> {
    let left = until.saturating_duration_since(now);
    if left.is_zero() { Ok(()) } else { Err(left.as_secs() + 1) }
}

/// Drops what no longer matters when there is much, and everything when all of it does.
fn make_room<K: Hash + Eq, V>(map: &mut HashMap<K, V>, matters: impl Fn(&V) -> bool) {
    if REMEMBERED_MAX <= map.len() {
        map.retain(|_, it| matters(it));
        if REMEMBERED_MAX <= map.len() {
            map.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    #[test]
    fn whoever_guesses_waits_longer_each_time_and_alone() {
        let (guard, share) = (Guard::default(), ShareId::from_random(1));
        let mut now = Instant::now();
        for _ in 0..FREE {
            assert_eq!(guard.take(&share, ONE, now), Ok(()));
        }
        for seconds in [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            assert_eq!(guard.take(&share, ONE, now), Err(seconds + 1));
            let early = now + Duration::from_millis(seconds * 1000 - 1);
            assert!(guard.take(&share, ONE, early).is_err());
            now += Duration::from_secs(seconds);
            assert_eq!(guard.take(&share, ONE, now), Ok(()));
        }
        let other = IpAddr::from([192, 0, 2, 2]);
        assert_eq!(guard.take(&share, other, now), Ok(()));
        assert_eq!(guard.take(&ShareId::from_random(2), ONE, now), Ok(()));
        now += LONGEST_WAIT + FORGOTTEN_AFTER;
        assert_eq!(guard.take(&share, ONE, now), Ok(()));
        assert_eq!(guard.take(&share, ONE, now), Ok(()));
    }

    #[test]
    fn a_right_password_is_forgiven_the_wrong_ones() {
        let (guard, share, now) = (Guard::default(), ShareId::from_random(1), Instant::now());
        for _ in 0..100 {
            for _ in 0..FREE {
                assert_eq!(guard.take(&share, ONE, now), Ok(()));
                guard.right(&share, ONE, now);
            }
        }
    }

    #[test]
    fn many_addresses_guess_hardly_faster_than_one() {
        let (guard, share, now) = (Guard::default(), ShareId::from_random(1), Instant::now());
        let address = |index: u32| IpAddr::from((0x0a00_0000 + index).to_be_bytes());
        let taken = (0..10_000).filter(|it| guard.take(&share, address(*it), now).is_ok()).count();
        assert_eq!(taken, BURST as usize);
        let later = now + INTERVAL;
        let taken =
            (20_000..30_000).filter(|it| guard.take(&share, address(*it), later).is_ok()).count();
        assert_eq!(taken, 1);
    }
}
