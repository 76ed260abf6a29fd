//! How often an address may try to sign in.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Tries at once; a person who mistypes needs a few, a guesser of 256 bits gains nothing by them.
const BURST: u32 = 20;
/// One further try becomes possible after each of these.
const INTERVAL: Duration = Duration::from_secs(3);
/// Addresses remembered; when there are more, those that could try in full again are forgotten.
const ADDRESSES_MAX: usize = 10_000;

/// A bucket of tries for each address, kept as the time at which it is full again.
#[derive(Debug)]
pub(crate) struct Limit {
    burst: u32,
    interval: Duration,
    full_at: Mutex<HashMap<IpAddr, Instant>>,
}

impl Default for Limit {
    fn default() -> Self {
        Self::new(BURST, INTERVAL)
    }
}

impl Limit {
    /// `burst` tries at once, and one further after each `interval`.
    pub(crate) fn new(burst: u32, interval: Duration) -> Self {
        Self { burst, interval, full_at: Mutex::default() }
    }

    /// Whether there is a try, without taking it; `Err` says after how many seconds there is one.
    pub(crate) fn check(&self, address: IpAddr, now: Instant) -> Result<(), u64> {
        let full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let next = full_at.get(&network(address)).map_or(now, |at| (*at).max(now)) + self.interval;
        self.judge(next, now)
    }

    /// Whether the bucket holds a try that would fill it again at `next`.
    fn judge(&self, next: Instant, now: Instant) -> Result<(), u64> {
        let over = next.saturating_duration_since(now + self.interval * self.burst);
        if over.is_zero() { Ok(()) } else { Err(over.as_secs().max(1)) }
    }

    /// Takes one try; `Err` says after how many seconds there is one again.
    pub(crate) fn take(&self, address: IpAddr, now: Instant) -> Result<(), u64> {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= ADDRESSES_MAX {
            full_at.retain(|_, at| now < *at);
            if full_at.len() >= ADDRESSES_MAX {
                full_at.clear();
            }
        }
        let network = network(address);
        let next = full_at.get(&network).map_or(now, |at| (*at).max(now)) + self.interval;
        self.judge(next, now)?;
        full_at.insert(network, next);
        Ok(())
    }

    /// Gives a try back that was a good one: only guessing is to be slow.
    pub(crate) fn give_back(&self, address: IpAddr) {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = full_at.get_mut(&network(address)) {
            *at = at.checked_sub(self.interval).unwrap_or(*at);
        }
    }
}

/// What counts as one address: a subscriber of IPv6 has a whole /64.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(it) => IpAddr::V6((u128::from(it) & !u128::from(u64::MAX)).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_tries_too_often_waits_and_others_do_not() {
        let (limit, now) = (Limit::default(), Instant::now());
        let (one, other) = ("2001:db8::1".parse().unwrap(), "192.0.2.1".parse().unwrap());
        for _ in 0..BURST {
            assert_eq!(limit.check(one, now), Ok(()));
            assert_eq!(limit.take(one, now), Ok(()));
        }
        assert_eq!(limit.check(one, now), Err(3));
        assert_eq!(limit.take(one, now), Err(3));
        assert_eq!(limit.take("2001:db8::2".parse().unwrap(), now), Err(3));
        assert_eq!(limit.take(other, now), Ok(()));
        assert_eq!(limit.take(one, now + INTERVAL), Ok(()));
        assert!(limit.take(one, now + INTERVAL).is_err());
        limit.give_back(one);
        assert_eq!(limit.take(one, now + INTERVAL), Ok(()));
    }
}
