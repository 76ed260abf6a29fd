//! When things end by themselves, so that what goes on by them is ended in time.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use stdx::TaskScope;
use stdx::clock::now_ms;
use tokio::sync::Notify;
use tokio::time::sleep;

/// How late an end is noticed at most after the machine slept, for what flows already.
const WATCH_INTERVAL: Duration = Duration::from_secs(60);

/// The ends of what is in use.
#[derive(Debug)]
pub(crate) struct Ends<K> {
    /// Written by whoever uses one, and when its end is moved.
    at_ms: Mutex<HashMap<K, u64>>,
    changed: Notify,
}

impl<K> Default for Ends<K> {
    fn default() -> Self {
        Self { at_ms: Mutex::default(), changed: Notify::default() }
    }
}

impl<K: Clone + Eq + Hash> Ends<K> {
    /// Something with this end is in use.
    pub(crate) fn set(&self, key: &K, end_ms: Option<u64>) {
        let Some(end) = end_ms else { return };
        let last = self.lock().insert(key.clone(), end);
        if last != Some(end) {
            self.changed.notify_one();
        }
    }

    /// The end was moved; perhaps that of something in use.
    pub(crate) fn change(&self, key: &K, end_ms: Option<u64>) {
        match end_ms {
            Some(end) => self.lock().insert(key.clone(), end),
            None => self.lock().remove(key),
        };
        self.changed.notify_one();
    }

    /// What is over, as soon as something is; `None` when the scope ends.
    pub(crate) async fn over(&self, scope: &TaskScope) -> Option<Vec<K>> {
        loop {
            let (over, next) = self.due(now_ms());
            if !over.is_empty() {
                return Some(over);
            }
            let waiting = async {
                match next {
                    Some(next) => sleep(next).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = scope.stopping() => return None,
                () = self.changed.notified() => {}
                () = waiting => {}
            }
        }
    }

    /// Takes out what is over, and says how long until something else is.
    fn due(&self, now_ms: u64) -> (Vec<K>, Option<Duration>) {
        let mut at_ms = self.lock();
        let over: Vec<K> = at_ms.extract_if(|_, end| *end <= now_ms).map(|it| it.0).collect();
        let next = at_ms.values().min().map(|end| Duration::from_millis(end - now_ms));
        (over, next.map(|it| it.min(WATCH_INTERVAL)))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, u64>> {
        self.at_ms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_is_told_once_and_what_comes_next_is_waited_for() {
        let ends = Ends::default();
        assert_eq!(ends.due(0), (vec![], None));
        ends.set(&1, Some(5_000));
        ends.set(&2, None);
        assert_eq!(ends.due(1_000), (vec![], Some(Duration::from_secs(4))));
        ends.change(&1, Some(900_000));
        assert_eq!(ends.due(5_000), (vec![], Some(WATCH_INTERVAL)));
        ends.change(&2, Some(6_000));
        assert_eq!(ends.due(6_000), (vec![2], Some(WATCH_INTERVAL)));
        assert_eq!(ends.due(900_000), (vec![1], None));
        assert_eq!(ends.due(900_000), (vec![], None));
        ends.set(&1, Some(950_000));
        ends.change(&1, None);
        assert_eq!(ends.due(1_000_000), (vec![], None));
    }
}
