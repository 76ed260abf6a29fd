//! When a language server runs: while somebody who may edit has a file of it open in a session.
//!
//! ```text
//!          wanted                initialized            nobody for a while
//!   Down ─────────▶ Starting ─────────────────▶ Ready ─────────────────────▶ Stopping
//!    ▲                │  ▲                        │                              │
//!    │          ended │  │ after a while          │ ended                        │ ended
//!    │                ▼  │                        ▼                              │
//!    └──────────────── Failed ◀───────────────────┘                              │
//!    └───────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! [`State::step`] decides and does no IO.

use std::time::Duration;
use tokio::time::Instant;

/// A server that has said nothing for this long will not say anything. The first start reads a whole
/// project from a cold disk.
const START_TIMEOUT: Duration = Duration::from_mins(2);
/// A page that is loaded again finds the server as it was.
const IDLE: Duration = Duration::from_mins(2);
/// From being asked to end to being ended.
const GRACE: Duration = Duration::from_secs(2);
/// Whoever ran for this long did not fail at starting.
const STEADY: Duration = Duration::from_mins(1);
/// Between an end and the next start, doubled each time up to a minute.
const PAUSE: Duration = Duration::from_secs(1);
const DOUBLINGS_MAX: u32 = 6;

/// Where the server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Down,
    Starting { deadline: Instant, failures: u32 },
    Ready { since: Instant, failures: u32, unwanted_since: Option<Instant> },
    Failed { until: Instant, failures: u32 },
    Stopping { deadline: Instant, failures: u32 },
}

/// What speaks for the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    /// Somebody who may edit has a file of it open.
    pub(super) wanted: bool,
    /// The session runs; without one no program of the workspace does.
    pub(super) session: bool,
    pub(super) installed: bool,
}

impl Wish {
    fn is_whole(self) -> bool {
        self.wanted && self.session && self.installed
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A wish may be another one, or time has passed.
    Look,
    Initialized,
    /// The process ended, or cannot be started or understood.
    Ended,
    /// Somebody wants it to begin anew.
    Restart,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Launch,
    /// Ask it to end, by its protocol and by TERM.
    Terminate,
    Kill,
}

impl State {
    /// Decides what follows from `event`. Events that mean nothing here change nothing.
    pub(super) fn step(self, now: Instant, wish: Wish, event: Event) -> (Self, Option<Effect>) {
        match (self, event) {
            (Self::Down, Event::Look | Event::Restart) if wish.is_whole() => start(now, 0),
            (Self::Failed { until, failures }, Event::Look) if wish.is_whole() && until <= now => {
                start(now, failures)
            }
            (Self::Failed { .. }, Event::Restart) if wish.is_whole() => start(now, 0),
            (Self::Failed { .. }, Event::Look) if !wish.session || !wish.wanted => {
                (Self::Down, None)
            }
            (Self::Starting { failures, .. }, Event::Initialized) => {
                (Self::Ready { since: now, failures, unwanted_since: None }, None)
            }
            (Self::Starting { failures, .. } | Self::Ready { failures, .. }, Event::Ended) => {
                let steady = matches!(self, Self::Ready { since, .. } if STEADY <= now - since);
                (Self::ended(now, wish, if steady { 1 } else { failures + 1 }), None)
            }
            (Self::Starting { .. } | Self::Ready { .. }, Event::Restart) => stop(now, 0),
            (Self::Starting { deadline, failures }, Event::Look) if deadline <= now => {
                stop(now, failures + 1)
            }
            (Self::Ready { since, failures, unwanted_since }, Event::Look) => {
                match (wish.wanted, unwanted_since) {
                    (true, _) => (Self::Ready { since, failures, unwanted_since: None }, None),
                    (false, Some(then)) if then + IDLE <= now => stop(now, 0),
                    (false, then) => {
                        let unwanted_since = Some(then.unwrap_or(now));
                        (Self::Ready { since, failures, unwanted_since }, None)
                    }
                }
            }
            (Self::Stopping { failures, .. }, Event::Ended) => {
                (Self::ended(now, wish, failures), None)
            }
            (Self::Stopping { deadline, failures }, Event::Look) if deadline <= now => {
                (Self::Stopping { deadline: now + GRACE, failures }, Some(Effect::Kill))
            }
            _ => (self, None),
        }
    }

    fn ended(now: Instant, wish: Wish, failures: u32) -> Self {
        if failures == 0 || !wish.session {
            return Self::Down;
        }
        let pause = PAUSE * 2_u32.pow((failures - 1).min(DOUBLINGS_MAX));
        Self::Failed { until: now + pause, failures }
    }

    /// When [`Event::Look`] may have an effect by time alone.
    pub(super) fn deadline(self) -> Option<Instant> {
        match self {
            Self::Down | Self::Ready { unwanted_since: None, .. } => None,
            Self::Starting { deadline, .. } | Self::Stopping { deadline, .. } => Some(deadline),
            Self::Ready { unwanted_since: Some(then), .. } => Some(then + IDLE),
            Self::Failed { until, .. } => Some(until),
        }
    }
}

fn start(now: Instant, failures: u32) -> (State, Option<Effect>) {
    (State::Starting { deadline: now + START_TIMEOUT, failures }, Some(Effect::Launch))
}

fn stop(now: Instant, failures: u32) -> (State, Option<Effect>) {
    (State::Stopping { deadline: now + GRACE, failures }, Some(Effect::Terminate))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use std::fmt::Write;

    const WHOLE: Wish = Wish { wanted: true, session: true, installed: true };

    fn check(script: &[(u64, Wish, Event)], expect: &Expect) {
        let begin = Instant::now();
        let mut state = State::Down;
        let mut text = String::new();
        for (seconds, wish, event) in script {
            let (next, effect) = state.step(begin + Duration::from_secs(*seconds), *wish, *event);
            state = next;
            let name = format!("{state:?}");
            let name = name.split(' ').next().unwrap_or_default();
            let due = state.deadline().map(|it| (it - begin).as_secs());
            writeln!(text, "{seconds}s {event:?} -> {name} {effect:?} {due:?}").unwrap();
        }
        expect.assert_eq(&text);
    }

    #[test]
    fn it_runs_while_it_is_wanted_and_a_while_longer() {
        let unwanted = Wish { wanted: false, ..WHOLE };
        check(
            &[
                (0, Wish { session: false, ..WHOLE }, Event::Look),
                (0, Wish { installed: false, ..WHOLE }, Event::Look),
                (0, unwanted, Event::Look),
                (1, WHOLE, Event::Look),
                (2, WHOLE, Event::Initialized),
                (10, unwanted, Event::Look),
                (60, WHOLE, Event::Look),
                (70, unwanted, Event::Look),
                (190, unwanted, Event::Look),
                (192, unwanted, Event::Look),
                (192, unwanted, Event::Ended),
            ],
            &expect![[r"
                0s Look -> Down None None
                0s Look -> Down None None
                0s Look -> Down None None
                1s Look -> Starting Some(Launch) Some(121)
                2s Initialized -> Ready None None
                10s Look -> Ready None Some(130)
                60s Look -> Ready None None
                70s Look -> Ready None Some(190)
                190s Look -> Stopping Some(Terminate) Some(192)
                192s Look -> Stopping Some(Kill) Some(194)
                192s Ended -> Down None None
            "]],
        );
    }

    #[test]
    fn one_that_fails_is_started_again_later_each_time() {
        check(
            &[
                (0, WHOLE, Event::Look),
                (0, WHOLE, Event::Ended),
                (0, WHOLE, Event::Look),
                (1, WHOLE, Event::Look),
                (1, WHOLE, Event::Ended),
                (3, WHOLE, Event::Look),
                (3, WHOLE, Event::Initialized),
                (4, WHOLE, Event::Ended),
                (8, WHOLE, Event::Look),
                (9, WHOLE, Event::Initialized),
                (90, WHOLE, Event::Ended),
                (90, WHOLE, Event::Restart),
                (91, WHOLE, Event::Initialized),
                (92, Wish { session: false, ..WHOLE }, Event::Ended),
            ],
            &expect![[r"
                0s Look -> Starting Some(Launch) Some(120)
                0s Ended -> Failed None Some(1)
                0s Look -> Failed None Some(1)
                1s Look -> Starting Some(Launch) Some(121)
                1s Ended -> Failed None Some(3)
                3s Look -> Starting Some(Launch) Some(123)
                3s Initialized -> Ready None None
                4s Ended -> Failed None Some(8)
                8s Look -> Starting Some(Launch) Some(128)
                9s Initialized -> Ready None None
                90s Ended -> Failed None Some(91)
                90s Restart -> Starting Some(Launch) Some(210)
                91s Initialized -> Ready None None
                92s Ended -> Down None None
            "]],
        );
    }
}
