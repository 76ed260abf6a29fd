//! People on their way to a provider and back: for a few minutes, once, in the browser in which
//! they set out.
//!
//! A way is found by its `state`, which is 256 random bits, and taken only by the browser whose
//! cookie it was begun with. It is gone when it was taken, whatever comes of it.

use crate::identity::cookie::ON_THE_WAY_LIFETIME_S;
use crate::identity::hash;
use protocol::PrincipalId;
use protocol::id::LoginId;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use stdx::Secret;
use tokio::time::Instant;

/// How long a person may take at the provider: a second factor has to be found.
const LIFETIME: Duration = Duration::from_secs(ON_THE_WAY_LIFETIME_S);
/// Ways remembered at once, about a kilobyte each. When there are more, the oldest are given up.
const FLOWS_MAX: usize = 20_000;

/// What somebody sets out for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    /// To be signed in, with the hash of an invitation perhaps, and then go to a path.
    Enter { next: String, invitation: Option<String> },
    /// To join an account at the provider to the one that is signed in.
    Link { principal: PrincipalId, login: LoginId },
}

/// One way.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    /// The provider's short name.
    pub(super) provider: String,
    /// Hash of the cookie's value.
    pub(super) browser: String,
    pub(super) nonce: String,
    /// Of PKCE.
    pub(super) verifier: Secret<String>,
    pub(super) begun_ms: u64,
    pub(super) aim: Aim,
}

/// Every way that was not taken yet, by the hash of its state.
#[derive(Debug, Default)]
pub(super) struct Flows {
    list: Mutex<HashMap<String, (Flow, Instant)>>,
}

impl Flows {
    /// Remembers a way.
    pub(super) fn begin(&self, state: &str, flow: Flow, now: Instant) {
        let mut list = self.lock();
        if FLOWS_MAX <= list.len() {
            list.retain(|_, (_, begun)| now < *begun + LIFETIME);
        }
        if FLOWS_MAX <= list.len() {
            let mut begun: Vec<Instant> = list.values().map(|it| it.1).collect();
            let middle = begun.len() / 2;
            let middle = *begun.select_nth_unstable(middle).1;
            list.retain(|_, it| middle < it.1);
        }
        list.insert(hash(state), (flow, now));
    }

    /// Takes the way that a browser comes back on. Somebody who has the state and not the cookie
    /// leaves it where it is.
    pub(super) fn take(
        &self,
        state: &str,
        provider: &str,
        browsers: &[String],
        now: Instant,
    ) -> Option<Flow> {
        let key = hash(state);
        let mut list = self.lock();
        let (flow, begun) = list.get(&key)?;
        let is_theirs = browsers.contains(&flow.browser) && flow.provider == provider;
        let is_in_time = now < *begun + LIFETIME;
        if !is_theirs {
            return None;
        }
        let flow = list.remove(&key)?.0;
        is_in_time.then_some(flow)
    }

    /// Whether some way was begun in this browser.
    pub(super) fn knows(&self, browser: &str, now: Instant) -> bool {
        self.lock().values().any(|(it, begun)| it.browser == browser && now < *begun + LIFETIME)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, (Flow, Instant)>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(browser: &str) -> Flow {
        Flow {
            provider: "company".to_owned(),
            browser: browser.to_owned(),
            nonce: String::new(),
            verifier: Secret::default(),
            begun_ms: 0,
            aim: Aim::Enter { next: "/".to_owned(), invitation: None },
        }
    }

    #[test]
    fn a_way_is_taken_once_in_its_browser() {
        let (flows, now) = (Flows::default(), Instant::now());
        flows.begin("state", flow("browser"), now);
        let mine = ["other".to_owned(), "browser".to_owned()];
        assert!(flows.take("state", "company", &mine[..1], now).is_none());
        assert!(flows.take("state", "elsewhere", &mine, now).is_none());
        assert!(flows.take("other state", "company", &mine, now).is_none());
        assert!(flows.take("state", "company", &mine, now).is_some());
        assert!(flows.take("state", "company", &mine, now).is_none());
    }

    #[test]
    fn a_way_ends_by_itself() {
        let (flows, now) = (Flows::default(), Instant::now());
        flows.begin("state", flow("browser"), now);
        assert!(flows.knows("browser", now) && !flows.knows("other", now));
        let late = now + LIFETIME;
        assert!(!flows.knows("browser", late));
        assert!(flows.take("state", "company", &["browser".to_owned()], late).is_none());
    }

    #[test]
    fn a_flood_fills_no_memory_and_spares_the_latest() {
        let (flows, now) = (Flows::default(), Instant::now());
        for index in 0..FLOWS_MAX * 2 {
            let at = now + Duration::from_millis(index as u64);
            flows.begin(&index.to_string(), flow("browser"), at);
        }
        assert!(flows.lock().len() <= FLOWS_MAX);
        let (last, end) = ((FLOWS_MAX * 2 - 1).to_string(), now + Duration::from_secs(60));
        assert!(flows.take(&last, "company", &["browser".to_owned()], end).is_some());
        assert!(flows.take("0", "company", &["browser".to_owned()], end).is_none());
    }
}
