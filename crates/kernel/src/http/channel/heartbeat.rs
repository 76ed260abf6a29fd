//! Whether the other side of a connection is still there.
//!
//! Anything that is received shows it. After a time of silence it is asked; after the same time
//! again without a sign it is dead.

use std::time::Duration;
use tokio::time::Instant;

/// Silence of one peer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heartbeat {
    silence: Duration,
    heard_at: Instant,
    asked_at: Option<Instant>,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beat {
    None,
    Ask,
    Dead,
}

impl Heartbeat {
    pub(super) fn new(silence: Duration, now: Instant) -> Self {
        Self { silence, heard_at: now, asked_at: None }
    }

    /// Something was received.
    pub(super) fn heard(&mut self, now: Instant) {
        self.heard_at = now;
        self.asked_at = None;
    }

    /// When [`Self::beat`] has something to say, unless something is heard before.
    pub(super) fn due(&self) -> Instant {
        self.asked_at.unwrap_or(self.heard_at) + self.silence
    }

    pub(super) fn beat(&mut self, now: Instant) -> Beat {
        match self.asked_at {
            _ if now < self.due() => Beat::None,
            Some(_) => Beat::Dead,
            None => {
                self.asked_at = Some(now);
                Beat::Ask
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: S2.21
    #[test]
    fn a_silent_peer_is_asked_once_and_then_dead() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut heartbeat = Heartbeat::new(Duration::from_secs(20), start);
        assert_eq!(heartbeat.beat(after(19)), Beat::None);
        heartbeat.heard(after(19));
        assert_eq!(heartbeat.due(), after(39));
        assert_eq!(heartbeat.beat(after(39)), Beat::Ask);
        assert_eq!(heartbeat.beat(after(58)), Beat::None);
        heartbeat.heard(after(58));
        assert_eq!(heartbeat.beat(after(78)), Beat::Ask);
        assert_eq!(heartbeat.beat(after(98)), Beat::Dead);
    }
}
