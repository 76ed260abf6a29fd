//! A move of a workspace from one machine to another: what follows from what, and the steps that
//! both machines are asked for. Whoever moves it keeps the phase, durably, and one place by which
//! everybody finds the workspace.
//!
//! ```text
//!  Preparing ─▶ Copying ◀─▶ Verifying ══▶ Starting ─────▶ Clearing ─▶ Done
//!      │            │           │            │                ▲
//!      │            │           │            ▼ cancel         │ it has started there
//!      │            │           │        Returning ───────────┘
//!      ▼ cancel, refused        ▼            ║
//!  Releasing ◀──────────────────┴════════════╝
//!      │
//!      ▼
//!  Abandoning ─▶ Cancelled, Failed          ══ places the workspace, in the same transaction
//! ```
//!
//! Both copies are held while both could be whole, so that at most one can start. A copy is deleted
//! only where it is held, and only after the other one was let go of; the new one is let go of only
//! after a kernel has started on it. Every phase can be done again from its beginning.
//!
//! [`before`] and [`after`] decide and do no IO; [`Moving::perform`] does the IO and decides nothing.

mod perform;

pub use perform::{Moving, Progress, Site, Watch};

use protocol::moving::MovePhase;

/// What came of a phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All of it is done.
    Done,
    /// Somebody looks at the move; the phase is not done.
    Interrupted,
    /// What had come is not what was sent: it has to be sent again.
    Again,
    /// The new copy has started, so that there is no way back.
    Started,
    /// It will not work, however often it is tried.
    Refused(String),
    /// The machine that is needed was removed for good.
    Gone,
    /// It did not work now.
    Away(String),
}

/// Where the workspace is placed in the transaction that changes the phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Target,
    Source,
}

/// What a phase becomes before anything is done for it.
pub const fn before(phase: MovePhase, is_cancelled: bool) -> Option<MovePhase> {
    match phase {
        MovePhase::Preparing | MovePhase::Copying | MovePhase::Verifying if is_cancelled => {
            Some(MovePhase::Releasing)
        }
        MovePhase::Starting if is_cancelled => Some(MovePhase::Returning),
        MovePhase::Preparing
        | MovePhase::Copying
        | MovePhase::Verifying
        | MovePhase::Starting
        | MovePhase::Clearing
        | MovePhase::Returning
        | MovePhase::Releasing
        | MovePhase::Abandoning
        | MovePhase::Done
        | MovePhase::Cancelled
        | MovePhase::Failed => None,
    }
}

/// What follows a phase. `None`: it is tried again.
pub const fn after(
    phase: MovePhase,
    is_cancelled: bool,
    outcome: &Outcome,
) -> Option<(MovePhase, Option<Place>)> {
    use MovePhase as Phase;
    use Outcome::{Again, Away, Done, Gone, Interrupted, Refused, Started};
    match (phase, outcome) {
        (_, Interrupted | Away(_)) => None,
        (Phase::Preparing, Done) | (Phase::Verifying, Again) => Some((Phase::Copying, None)),
        (Phase::Copying, Done) => Some((Phase::Verifying, None)),
        (Phase::Verifying, Done) => Some((Phase::Starting, Some(Place::Target))),
        (Phase::Preparing | Phase::Copying | Phase::Verifying, Refused(_) | Gone) => {
            Some((Phase::Releasing, None))
        }
        (Phase::Starting, Done) | (Phase::Returning, Started) => Some((Phase::Clearing, None)),
        (Phase::Starting, Refused(_) | Gone) => Some((Phase::Returning, None)),
        (Phase::Returning, Done | Gone) => Some((Phase::Releasing, Some(Place::Source))),
        (Phase::Clearing, Done | Gone) => Some((Phase::Done, None)),
        (Phase::Releasing, Done | Gone) => Some((Phase::Abandoning, None)),
        (Phase::Abandoning, Done | Gone) if is_cancelled => Some((Phase::Cancelled, None)),
        (Phase::Abandoning, Done | Gone) => Some((Phase::Failed, None)),
        // A machine that will not let go or delete is asked until it does.
        (
            Phase::Preparing
            | Phase::Copying
            | Phase::Verifying
            | Phase::Starting
            | Phase::Clearing
            | Phase::Returning
            | Phase::Releasing
            | Phase::Abandoning
            | Phase::Done
            | Phase::Cancelled
            | Phase::Failed,
            Done | Again | Started | Refused(_) | Gone,
        ) => None,
    }
}

#[cfg(test)]
mod tests;
