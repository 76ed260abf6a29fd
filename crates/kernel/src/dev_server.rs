//! The dev server: the one app process that Run starts, and its way to a port that answers.
//!
//! ```text
//!            start                port open             exited, no retry
//!  stopped ─────────▶ starting ────────────▶ ready ────────────────────────▶ failed
//!     ▲                │ ▲  ▲ └─ port closed ─┘ │                               │
//!     │ exited         │ │  └──── due ──── waiting ◀── exited, retry            │
//!     └── stopping ◀───┴─┼── stop ────────────┴─┘                               │
//!             └──────────┴── exited, after restart ──────── start ◀─────────────┘
//! ```
//!
//! [`State::step`] decides and does no IO; the actor performs and decides nothing.
//! `waiting` is shown as `failed` with the time of the next try; a start that finds no app leads to
//! `nothing to run`, which is shown as `stopped` with a sentence.

mod actor;
mod driver;
mod script;

pub use actor::{App, DevServer, Driver};
pub use driver::WorkspaceDriver;

use protocol::state::{DevServerPhase, DevServerStatus, Exit};
use std::time::Duration;
use tokio::time::Instant;

/// Delays before the automatic restarts after a failure; as many restarts as delays.
const BACK_OFF_SECONDS: [u64; 5] = [1, 2, 4, 8, 16];
/// After this long with an open port, failures before it are forgiven.
const STABLE: Duration = Duration::from_secs(10);
/// After this long without a port, the state says so; the process goes on, builds can be slow.
const PATIENCE: Duration = Duration::from_secs(60);
/// From TERM to KILL when only the dev server is stopped.
const GRACE: Duration = Duration::from_secs(2);

/// Where the dev server is.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    Stopped,
    /// There is no app yet, which is no failure; the sentence says what would be one.
    NothingToRun {
        reason: String,
    },
    Starting {
        tries: Tries,
        phase: DevServerPhase,
        /// When the state will say that nothing listens yet; `None` once it does.
        patience: Option<Instant>,
    },
    Ready {
        tries: Tries,
        port: u16,
        since: Instant,
    },
    Stopping {
        /// When to kill; `None` once that was done.
        kill_at: Option<Instant>,
        /// Start again afterwards.
        again: bool,
    },
    /// It failed and will be tried again.
    Waiting {
        tries: Tries,
        due: Instant,
        failure: Failure,
    },
    Failed {
        tries: Tries,
        failure: Failure,
    },
}

/// How often it was restarted by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tries {
    /// Failures since it last was stable.
    pub failures: usize,
    /// Restarts since a person started it.
    pub restarts: u32,
}

/// Why it is not running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It could not be started: what to do is in the sentence.
    NotStarted { reason: String },
    /// The install step failed.
    Install { exit: Exit },
    /// The command ended.
    Exited { exit: Exit },
}

/// What happens to the dev server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Start,
    Stop,
    Restart,
    LaunchFailed {
        reason: String,
    },
    /// There is nothing that could be launched.
    NothingToRun {
        reason: String,
    },
    /// The process is up and is in this phase.
    Phase(DevServerPhase),
    PortOpen {
        port: u16,
    },
    PortClosed,
    /// The process ended. `retry` is what the settings say about another try.
    Exited {
        exit: Exit,
        retry: bool,
    },
    Deadline,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Launch,
    /// Ask the process and its descendants to end.
    Terminate,
    /// End them.
    Kill,
}

impl State {
    /// Decides what follows from `event`. Events that mean nothing here change nothing.
    pub fn step(self, now: Instant, event: Event) -> (Self, Option<Effect>) {
        match (self, event) {
            (
                Self::Stopped
                | Self::NothingToRun { .. }
                | Self::Failed { .. }
                | Self::Waiting { .. },
                Event::Start | Event::Restart,
            ) => launch(now, Tries::default()),
            (Self::Starting { .. } | Self::Ready { .. }, Event::Restart) => stopping(now, true),
            (Self::Starting { .. } | Self::Ready { .. }, Event::Stop) => stopping(now, false),
            (
                Self::Waiting { .. } | Self::Failed { .. } | Self::NothingToRun { .. },
                Event::Stop,
            ) => (Self::Stopped, None),
            (Self::Stopping { kill_at, .. }, Event::Start | Event::Restart) => {
                (Self::Stopping { kill_at, again: true }, None)
            }
            (Self::Stopping { kill_at, .. }, Event::Stop) => {
                (Self::Stopping { kill_at, again: false }, None)
            }
            (Self::Starting { tries, .. }, Event::LaunchFailed { reason }) => {
                (Self::Failed { tries, failure: Failure::NotStarted { reason } }, None)
            }
            (Self::Starting { .. }, Event::NothingToRun { reason }) => {
                (Self::NothingToRun { reason }, None)
            }
            (Self::Starting { tries, .. }, Event::Phase(phase)) => {
                (Self::Starting { tries, phase, patience: patience(now, phase) }, None)
            }
            (Self::Starting { tries, .. }, Event::PortOpen { port }) => {
                (Self::Ready { tries, port, since: now }, None)
            }
            (Self::Ready { tries, since, .. }, Event::PortOpen { port }) => {
                (Self::Ready { tries, port, since }, None)
            }
            (Self::Ready { tries, .. }, Event::PortClosed) => {
                let phase = DevServerPhase::Launching;
                (Self::Starting { tries, phase, patience: patience(now, phase) }, None)
            }
            (state, Event::Exited { exit, retry }) => state.exited(now, exit, retry),
            (state, Event::Deadline) => state.deadline_passed(now),
            (state, _) => (state, None),
        }
    }

    fn exited(self, now: Instant, exit: Exit, retry: bool) -> (Self, Option<Effect>) {
        match self {
            Self::Starting { tries, phase: DevServerPhase::Installing, .. } => {
                (Self::Failed { tries, failure: Failure::Install { exit } }, None)
            }
            Self::Starting { tries, .. } => failed(now, tries, exit, retry),
            Self::Ready { tries, since, .. } if STABLE <= now.duration_since(since) => {
                failed(now, Tries { failures: 0, ..tries }, exit, retry)
            }
            Self::Ready { tries, .. } => failed(now, tries, exit, retry),
            Self::Stopping { again: true, .. } => launch(now, Tries::default()),
            Self::Stopping { again: false, .. } => (Self::Stopped, None),
            Self::Stopped
            | Self::NothingToRun { .. }
            | Self::Waiting { .. }
            | Self::Failed { .. } => (self, None),
        }
    }

    fn deadline_passed(self, now: Instant) -> (Self, Option<Effect>) {
        if self.deadline().is_none_or(|it| now < it) {
            return (self, None);
        }
        match self {
            Self::Starting { tries, phase, .. } => {
                (Self::Starting { tries, phase, patience: None }, None)
            }
            Self::Stopping { again, .. } => {
                (Self::Stopping { kill_at: None, again }, Some(Effect::Kill))
            }
            Self::Waiting { tries, .. } => {
                launch(now, Tries { restarts: tries.restarts + 1, ..tries })
            }
            Self::Stopped
            | Self::NothingToRun { .. }
            | Self::Ready { .. }
            | Self::Failed { .. } => (self, None),
        }
    }

    /// When [`Event::Deadline`] is due.
    pub fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Starting { patience, .. } => *patience,
            Self::Stopping { kill_at, .. } => *kill_at,
            Self::Waiting { due, .. } => Some(*due),
            Self::Stopped
            | Self::NothingToRun { .. }
            | Self::Ready { .. }
            | Self::Failed { .. } => None,
        }
    }

    /// No process is up and none will be by itself.
    pub fn is_down(&self) -> bool {
        matches!(self, Self::Stopped | Self::NothingToRun { .. } | Self::Failed { .. })
    }

    /// As the world sees it.
    pub fn status(&self) -> DevServerStatus {
        match self {
            Self::Stopped | Self::NothingToRun { .. } => DevServerStatus::Stopped,
            Self::Starting { .. } => DevServerStatus::Starting,
            Self::Ready { .. } => DevServerStatus::Ready,
            Self::Stopping { .. } => DevServerStatus::Stopping,
            Self::Waiting { .. } | Self::Failed { .. } => DevServerStatus::Failed,
        }
    }

    /// Why it is not serving, in a sentence a person can act on.
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Starting { phase: DevServerPhase::Launching, patience: None, .. } => Some(
                "It runs, but no port is open yet. If the app is not a server, that is all there \
                 will be; if it is, it must listen on the port in $PORT."
                    .to_owned(),
            ),
            Self::Waiting { failure, .. } | Self::Failed { failure, .. } => {
                Some(failure.sentence())
            }
            Self::NothingToRun { reason } => Some(reason.clone()),
            Self::Stopped | Self::Starting { .. } | Self::Ready { .. } | Self::Stopping { .. } => {
                None
            }
        }
    }
}

impl Failure {
    fn sentence(&self) -> String {
        match self {
            Self::NotStarted { reason } => reason.clone(),
            Self::Install { exit } => {
                format!("Installing the dependencies failed: it {}.", ended(*exit))
            }
            Self::Exited { exit: Exit { code: Some(0), .. } } => {
                "The command ended without an error, so nothing serves the preview.".to_owned()
            }
            Self::Exited { exit } => format!("The command {}.", ended(*exit)),
        }
    }

    /// How the process ended, when one did.
    pub fn exit(&self) -> Option<Exit> {
        match self {
            Self::NotStarted { .. } => None,
            Self::Install { exit } | Self::Exited { exit } => Some(*exit),
        }
    }
}

/// `ended with exit code 1`, `was ended by signal 9`.
pub(crate) fn ended(exit: Exit) -> String {
    match (exit.code, exit.signal) {
        (_, Some(signal)) => format!("was ended by signal {signal}"),
        (Some(127), None) => "ended with exit code 127: a program was not found".to_owned(),
        (code, None) => format!("ended with exit code {}", code.unwrap_or_default()),
    }
}

fn launch(now: Instant, tries: Tries) -> (State, Option<Effect>) {
    let phase = DevServerPhase::Launching;
    (State::Starting { tries, phase, patience: patience(now, phase) }, Some(Effect::Launch))
}

fn stopping(now: Instant, again: bool) -> (State, Option<Effect>) {
    (State::Stopping { kill_at: Some(now + GRACE), again }, Some(Effect::Terminate))
}

/// An install takes as long as it takes.
fn patience(now: Instant, phase: DevServerPhase) -> Option<Instant> {
    match phase {
        DevServerPhase::Installing => None,
        DevServerPhase::Launching => Some(now + PATIENCE),
    }
}

fn failed(now: Instant, tries: Tries, exit: Exit, retry: bool) -> (State, Option<Effect>) {
    let failure = Failure::Exited { exit };
    match BACK_OFF_SECONDS.get(tries.failures) {
        Some(seconds) if retry && exit.code != Some(0) => {
            let tries = Tries { failures: tries.failures + 1, ..tries };
            (State::Waiting { tries, due: now + Duration::from_secs(*seconds), failure }, None)
        }
        _ => (State::Failed { tries, failure }, None),
    }
}

#[cfg(test)]
mod tests;
