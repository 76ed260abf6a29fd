//! What a follower of a worker, or of the whole registry, is told.

use super::{HostSummary, RuntimeDiagnostic, RuntimeList, RuntimeSummary, WorkerSummary};
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// Most events of one answer.
pub const EVENTS_MAX: usize = 256;
/// Events of a runtime that are kept for those who come back.
pub const EVENTS_BACKLOG: u64 = 1024;

/// The text is no cursor of this face.
pub const CURSOR_MALFORMED: &str = "cursor_malformed";
/// The cursor is ahead of everything that has happened.
pub const CURSOR_UNKNOWN: &str = "cursor_unknown";
/// What followed the cursor is no longer kept.
const CURSOR_EXPIRED: &str = "cursor_expired";
/// The follower read too slowly for what is kept.
pub const CURSOR_OVERRUN: &str = "cursor_overrun";
/// A follower spoke.
pub const OBSERVATION_ONLY: &str = "observation_only";

/// What happened to a worker or to its runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkerEventKind {
    RuntimeStarted,
    RuntimeStopped,
    WorkerCreated,
    WorkerInputAccepted,
    WorkerStopped,
    WorkerCancelled,
}

impl WorkerEventKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::RuntimeStarted,
        Self::RuntimeStopped,
        Self::WorkerCreated,
        Self::WorkerInputAccepted,
        Self::WorkerStopped,
        Self::WorkerCancelled,
    ];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RuntimeStarted => "runtime_started",
            Self::RuntimeStopped => "runtime_stopped",
            Self::WorkerCreated => "worker_created",
            Self::WorkerInputAccepted => "worker_input_accepted",
            Self::WorkerStopped => "worker_stopped",
            Self::WorkerCancelled => "worker_cancelled",
        }
    }

    /// The kind a word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// One event of a runtime.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkerEvent {
    /// From 1, rising, for the life of the runtime.
    pub event_id: u64,
    pub kind: WorkerEventKind,
    /// RFC 3339.
    pub at: String,
    /// Absent for events of the runtime itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker_id: Option<String>,
    /// The place of an input in the transcript.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcript_sequence: Option<u64>,
}

/// One message to a follower of a worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FollowFrame {
    /// The first one: the worker as it is, and from where events follow.
    Snapshot {
        cursor: String,
        worker: WorkerSummary,
    },
    Event {
        cursor: String,
        event: WorkerEvent,
    },
    /// The last one: why nothing more comes.
    Diagnostic {
        diagnostic: RuntimeDiagnostic,
    },
}

/// One message to a page that shows the registry: the whole of it, as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RegistryFrame {
    pub runtimes: RuntimeList<RuntimeSummary>,
    pub hosts: RuntimeList<HostSummary>,
    pub workers: RuntimeList<WorkerSummary>,
}

/// Whose cursor it is: they are not taken for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CursorKind {
    /// Of the face that a runtime offers to other installations.
    Runtime,
    /// Of the registry's own face.
    Backend,
}

impl CursorKind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Runtime => "wo_",
            Self::Backend => "bo_",
        }
    }
}

/// A place among the events of a runtime: behind the event with this number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub kind: CursorKind,
    pub after: u64,
}

impl Cursor {
    /// Reads `wo_` or `bo_` and 16 lower-case hexadecimal digits, and nothing else.
    pub fn parse(kind: CursorKind, text: &str) -> Result<Self, CursorError> {
        let digits = text.strip_prefix(kind.prefix()).ok_or(CursorError::Malformed)?;
        let plain = |it: u8| it.is_ascii_digit() || (b'a'..=b'f').contains(&it);
        if digits.len() != 16 || !digits.bytes().all(plain) {
            return Err(CursorError::Malformed);
        }
        let after = u64::from_str_radix(digits, 16).map_err(|_| CursorError::Malformed)?;
        Ok(Self { kind, after })
    }

    /// Whether events can follow it, when `last` is the newest one.
    pub fn check(self, last: u64) -> Result<(), CursorError> {
        if last < self.after {
            Err(CursorError::Unknown)
        } else if EVENTS_BACKLOG < last - self.after {
            Err(CursorError::Expired)
        } else {
            Ok(())
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:016x}", self.kind.prefix(), self.after)
    }
}

/// Why nothing follows a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    #[error("the cursor is none of this face")]
    Malformed,
    #[error("the cursor is ahead of everything that has happened")]
    Unknown,
    #[error("what followed the cursor is no longer kept; follow without one")]
    Expired,
}

impl From<CursorError> for RuntimeDiagnostic {
    fn from(error: CursorError) -> Self {
        let code = match error {
            CursorError::Malformed => CURSOR_MALFORMED,
            CursorError::Unknown => CURSOR_UNKNOWN,
            CursorError::Expired => CURSOR_EXPIRED,
        };
        Self::warning(code, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written_and_in_no_other_way() {
        for kind in [CursorKind::Runtime, CursorKind::Backend] {
            for after in [0, 1, 0xdead_beef, u64::MAX] {
                let cursor = Cursor { kind, after };
                assert_eq!(Cursor::parse(kind, &cursor.to_string()), Ok(cursor));
            }
        }
        let backend = "bo_00000000000000ff";
        assert_eq!(Cursor::parse(CursorKind::Backend, backend).unwrap().after, 255);
        assert_eq!(Cursor::parse(CursorKind::Runtime, backend), Err(CursorError::Malformed));
        for text in ["", "bo_", "bo_ff", "bo_00000000000000FF", "bo_+0000000000000ff", "bo_é"] {
            assert_eq!(Cursor::parse(CursorKind::Backend, text), Err(CursorError::Malformed));
        }
    }

    #[test]
    fn a_cursor_that_is_ahead_or_too_far_behind_is_refused() {
        let at = |after| Cursor { kind: CursorKind::Backend, after };
        assert_eq!(at(5).check(5), Ok(()));
        assert_eq!(at(6).check(5), Err(CursorError::Unknown));
        assert_eq!(at(0).check(EVENTS_BACKLOG), Ok(()));
        assert_eq!(at(0).check(EVENTS_BACKLOG + 1), Err(CursorError::Expired));
    }
}
