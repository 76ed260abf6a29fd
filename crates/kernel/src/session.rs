//! The session of a workspace: from Run to Stop, one at a time.
//!
//! ```text
//!        start, run            opened                stop, restart
//!  idle ────────────▶ starting ────────▶ running ───────────────────▶ stopping
//!                      ▲  │  └─ failed ─▶ crashed ◀─────── failed ──────┘ │
//!                      │  └───────────── stop ────────────▶ stopping      │ closed
//!                      └── start, run ── stopped ◀────────────────────────┤
//!                      └───────────────────────── closed, after restart ──┘
//! ```
//!
//! A session that cannot go on, because it fills the disk, is `failing` until it is closed, which
//! the world sees as `stopping`, and then crashed with the reason.
//!
//! [`State::judge`] says whether a request is allowed, [`State::step`] what follows from it; both
//! do no IO. The actor takes one request after the other, so that of two people at once the second
//! meets what the first one made.

mod actor;
mod driver;

pub(crate) use actor::Record;
pub use actor::{Driver, Session};
pub use driver::WorkspaceDriver;

use protocol::state::SessionStatus;
use protocol::{ErrorCode, WireError};

/// Where the session is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// None has run yet.
    Idle,
    /// Being opened.
    Starting {
        dev_server: bool,
    },
    Running,
    /// Being closed because it cannot go on, for the reason.
    Failing {
        reason: String,
    },
    /// Being closed; `again` opens the next one right after.
    Stopping {
        again: Option<Again>,
    },
    Stopped,
    /// It ended badly, with the reason.
    Crashed {
        reason: String,
    },
}

/// What a restart starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Again {
    pub dev_server: bool,
}

/// What happens to a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Request(Request),
    /// The host found that the session cannot go on.
    Fault {
        reason: String,
    },
    /// The kernel ends.
    Shutdown,
    Opened,
    OpenFailed {
        reason: String,
    },
    /// The tree is gone and its ports are free.
    Closed,
    CloseFailed {
        reason: String,
    },
}

/// What people ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Idempotent: a session that runs or starts is what was asked for.
    Start {
        dev_server: bool,
    },
    /// Refused when one runs or starts (S1.48).
    Run {
        dev_server: bool,
    },
    Stop,
    Restart {
        dev_server: bool,
    },
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Make a session: generation, identifier, record. Ends whatever is under way.
    Open,
    /// Tell the world and start the dev server if asked.
    Begin { dev_server: bool },
    /// End everything that belongs to the session. Ends whatever is under way.
    Close,
}

/// Why a request was refused, or what it met in the end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("a session is running already; the state says which")]
    AlreadyRunning,
    #[error("the session is being stopped; try again when it has stopped")]
    Stopping,
    #[error("no session is running; start one first")]
    NotRunning,
    #[error("the session was stopped while it started")]
    Cancelled,
    #[error("{reason}")]
    Failed { reason: String },
    #[error("the workspace is going to sleep; try again in a moment")]
    Unavailable,
}

impl From<Refusal> for WireError {
    fn from(refusal: Refusal) -> Self {
        let code = match &refusal {
            Refusal::AlreadyRunning => ErrorCode::SessionAlreadyRunning,
            Refusal::Stopping | Refusal::Cancelled => ErrorCode::SessionStopping,
            Refusal::NotRunning => ErrorCode::SessionNotRunning,
            Refusal::Failed { .. } | Refusal::Unavailable => ErrorCode::Unavailable,
        };
        Self::new(code, refusal.to_string())
    }
}

impl State {
    /// Whether a request is allowed here. What is allowed has the effect of [`Self::step`].
    pub fn judge(&self, request: Request) -> Result<(), Refusal> {
        match (self, request) {
            (Self::Stopping { .. } | Self::Failing { .. }, Request::Stop) => Ok(()),
            (Self::Stopping { .. } | Self::Failing { .. }, _) => Err(Refusal::Stopping),
            (Self::Starting { .. } | Self::Running, Request::Run { .. }) => {
                Err(Refusal::AlreadyRunning)
            }
            (Self::Idle | Self::Stopped | Self::Crashed { .. }, Request::Stop) => {
                Err(Refusal::NotRunning)
            }
            _ => Ok(()),
        }
    }

    /// Decides what follows from `event`. Events that mean nothing here change nothing.
    pub fn step(self, event: Event) -> (Self, Option<Effect>) {
        match (self, event) {
            (
                Self::Idle | Self::Stopped | Self::Crashed { .. },
                Event::Request(
                    Request::Start { dev_server }
                    | Request::Run { dev_server }
                    | Request::Restart { dev_server },
                ),
            ) => (Self::Starting { dev_server }, Some(Effect::Open)),
            (
                Self::Starting { .. } | Self::Running,
                Event::Request(Request::Restart { dev_server }),
            ) => (Self::Stopping { again: Some(Again { dev_server }) }, Some(Effect::Close)),
            (
                Self::Starting { .. } | Self::Running,
                Event::Request(Request::Stop) | Event::Shutdown,
            ) => (Self::Stopping { again: None }, Some(Effect::Close)),
            (Self::Starting { .. } | Self::Running, Event::Fault { reason }) => {
                (Self::Failing { reason }, Some(Effect::Close))
            }
            (
                Self::Stopping { .. },
                Event::Request(Request::Stop) | Event::Shutdown | Event::Fault { .. },
            ) => (Self::Stopping { again: None }, None),
            (Self::Failing { reason }, Event::Closed) => (Self::Crashed { reason }, None),
            (Self::Starting { dev_server }, Event::Opened) => {
                (Self::Running, Some(Effect::Begin { dev_server }))
            }
            (Self::Starting { .. }, Event::OpenFailed { reason }) => {
                (Self::Crashed { reason }, None)
            }
            (Self::Stopping { again: Some(Again { dev_server }) }, Event::Closed) => {
                (Self::Starting { dev_server }, Some(Effect::Open))
            }
            (Self::Stopping { again: None }, Event::Closed) => (Self::Stopped, None),
            (Self::Stopping { .. } | Self::Failing { .. }, Event::CloseFailed { reason }) => {
                (Self::Crashed { reason }, None)
            }
            (state, _) => (state, None),
        }
    }

    /// Nothing is under way and nothing runs.
    pub fn is_down(&self) -> bool {
        matches!(self, Self::Idle | Self::Stopped | Self::Crashed { .. })
    }

    /// As the world sees it.
    pub fn status(&self) -> SessionStatus {
        match self {
            Self::Idle => SessionStatus::Idle,
            Self::Starting { .. } => SessionStatus::Starting,
            Self::Running => SessionStatus::Running,
            Self::Stopping { .. } | Self::Failing { .. } => SessionStatus::Stopping,
            Self::Stopped => SessionStatus::Stopped,
            Self::Crashed { .. } => SessionStatus::Crashed,
        }
    }
}

#[cfg(test)]
mod tests;
