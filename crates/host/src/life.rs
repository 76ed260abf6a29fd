//! When a workspace's kernel is started and ended. Decides; does no IO.
//!
//! ```text
//!          Wanted               Started              Stop, Died
//! Asleep ─────────▶ Starting ─────────────▶ Awake ──────────────▶ Ending
//!   ▲  ▲               ▲ │ Failed                                  │  │
//!   │  └───────────────┼─┘                                         │  │
//!   │                  └───── Ended, and wanted or died badly ─────┘  │
//!   └──────────────────────── Ended ──────────────────────────────────┘
//! ```
//!
//! A kernel that died under a session is started again at once, so that it can tell from its
//! own records what died with it. One that dies again right after that is left alone until somebody
//! wants it.

use std::time::{Duration, Instant};

/// A kernel that was restarted after a death and dies again within this time stays down.
pub(crate) const RECOVERY_WINDOW: Duration = Duration::from_secs(30);

/// Where a kernel is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Asleep,
    /// Being started; `stop` when somebody asked for its end meanwhile.
    Starting {
        recovering: bool,
        stop: bool,
    },
    /// `recovered`: started because its predecessor had died.
    Awake {
        since: Instant,
        recovered: bool,
    },
    /// On its way down, or already down and being tidied up after.
    Ending {
        next: Next,
    },
}

/// What follows an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Sleep,
    Start { recovering: bool },
}

/// What a state reacts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// Somebody wants to talk to the kernel.
    Wanted,
    /// The kernel shall end.
    Stop,
    /// The start came to a good or a bad end.
    Started,
    Failed,
    /// The process is gone without being asked; `idle` when no session went with it.
    Died {
        idle: bool,
    },
    /// Nothing is left of it.
    Ended,
}

/// What is to be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Start,
    /// End the process, then remove what is left.
    End,
    /// The process is gone: remove what is left.
    Tidy,
    /// As `Tidy`, and tell that it died.
    TidyAndTell,
}

impl State {
    /// Decides what follows from `event`. Events that mean nothing here change nothing.
    pub(crate) fn step(self, now: Instant, event: Event) -> (Self, Option<Effect>) {
        match (self, event) {
            (State::Asleep, Event::Wanted) => {
                (State::Starting { recovering: false, stop: false }, Some(Effect::Start))
            }
            (State::Starting { recovering, .. }, Event::Stop) => {
                (State::Starting { recovering, stop: true }, None)
            }
            (State::Starting { stop: true, .. }, Event::Started) => {
                (State::Ending { next: Next::Sleep }, Some(Effect::End))
            }
            (State::Starting { recovering, stop: false }, Event::Started) => {
                (State::Awake { since: now, recovered: recovering }, None)
            }
            (State::Starting { .. }, Event::Failed) => (State::Asleep, None),
            (State::Awake { .. }, Event::Stop) => {
                (State::Ending { next: Next::Sleep }, Some(Effect::End))
            }
            (State::Awake { .. }, Event::Died { idle: true }) => {
                (State::Ending { next: Next::Sleep }, Some(Effect::Tidy))
            }
            (State::Awake { since, recovered }, Event::Died { idle: false }) => {
                let again = recovered && now.duration_since(since) < RECOVERY_WINDOW;
                let next = if again { Next::Sleep } else { Next::Start { recovering: true } };
                (State::Ending { next }, Some(Effect::TidyAndTell))
            }
            (State::Ending { next: Next::Sleep }, Event::Wanted) => {
                (State::Ending { next: Next::Start { recovering: false } }, None)
            }
            (State::Ending { .. }, Event::Stop) => (State::Ending { next: Next::Sleep }, None),
            (State::Ending { next: Next::Start { recovering } }, Event::Ended) => {
                (State::Starting { recovering, stop: false }, Some(Effect::Start))
            }
            (State::Ending { next: Next::Sleep }, Event::Ended) => (State::Asleep, None),
            (state, _) => (state, None),
        }
    }
}

#[cfg(test)]
mod tests;
