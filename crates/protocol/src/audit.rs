//! The audit log: its words, and what a kernel hands to it.
//!
//! A gateway writes down every change that it is asked for. What happens inside a workspace without
//! a request of its own, such as typing on an open terminal, the kernel sums up and keeps in a
//! durable outbox, from which the gateway collects it (`POST /audit/collect`). Entries are numbered,
//! so that each of them becomes exactly one row.

mod glossary;

pub use glossary::{Area, VERBS, Verb, find, verb};

use crate::id::SessionId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Longest object of a row, in characters; paths of files fit.
pub const OBJECT_LENGTH_MAX: usize = 1024;
/// Longest details of a row, in bytes of JSON.
pub const DETAILS_BYTES_MAX: usize = 4096;
/// Entries in one answer of a kernel.
pub const COLLECT_MAX: usize = 500;

/// How something ended that somebody wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was let through and goes on; a row with the outcome follows.
    Begun,
    /// It was done.
    #[default]
    Ok,
    /// The policy did not allow it; nothing was changed.
    Denied,
    /// It was allowed and could not be done as asked, such as a file that had changed since; nothing
    /// was changed.
    Refused,
    /// It broke on the way; what was changed is not known.
    Failed,
    /// The gateway ended before it heard the outcome.
    Unknown,
    /// It was let through by a version that did not write outcomes down.
    Forwarded,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 7] = [
        Self::Begun,
        Self::Ok,
        Self::Denied,
        Self::Refused,
        Self::Failed,
        Self::Unknown,
        Self::Forwarded,
    ];

    /// The word in rows and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Ok => "ok",
            Self::Denied => "denied",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Forwarded => "forwarded",
        }
    }

    /// The outcome a word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// One thing that a kernel saw and the audit log must have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KernelEntry {
    /// From 1, rising, for the life of the outbox.
    pub number: u64,
    /// Milliseconds since 1970.
    pub time_ms: u64,
    pub session_id: Option<SessionId>,
    pub principal: Option<String>,
    pub operator: Option<String>,
    /// A verb of [`VERBS`].
    pub verb: String,
    pub object: Option<String>,
    /// Further facts, at most [`DETAILS_BYTES_MAX`] as JSON.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub details: Map<String, Value>,
}

/// Body of `POST /audit/collect`: what the gateway has in its database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Collect {
    /// The outbox that the number belongs to; `None` on the first time.
    pub outbox: Option<String>,
    /// Entries up to this number are rows and need not be kept.
    pub after: u64,
}

/// Its answer, as soon as there is something, or with nothing when the kernel ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Collected {
    /// Names the outbox; another one counts from 1 again.
    pub outbox: String,
    /// At most [`COLLECT_MAX`], in order.
    pub entries: Vec<KernelEntry>,
}

/// One row of the audit log, as people ask for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    /// Place in the chain.
    pub seq: u64,
    /// Milliseconds since 1970.
    pub time_ms: u64,
    /// Who; nobody for what Stead does by itself.
    pub principal: Option<String>,
    /// The program that acted for the principal.
    pub operator: Option<String>,
    /// The login or token that acted; told to administrators only.
    pub login: Option<String>,
    /// Where the request came from; told to administrators only.
    pub address: Option<String>,
    pub workspace: Option<String>,
    /// A verb of the glossary.
    pub verb: String,
    /// What it was done to: a path, a name, an id.
    pub object: Option<String>,
    pub outcome: Outcome,
    /// Further facts by name.
    #[schema(value_type = Object)]
    pub details: Map<String, Value>,
    pub request_id: Option<String>,
    /// The row of the chain that says when it began.
    pub follows: Option<u64>,
    pub hash: String,
}

/// Answer of `GET /api/v1/audit`: newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditPage {
    pub entries: Vec<AuditEntry>,
    /// Ask with this as `before` for what is older; absent at the end.
    pub next: Option<String>,
    /// Time of the oldest row that was looked at, in milliseconds since 1970; absent at the end. A
    /// search for a text may find little in one page and go on in the next.
    pub searched_until_ms: Option<u64>,
    /// Names of the people that the entries mention, by id.
    pub people: BTreeMap<String, String>,
    /// Names of the workspaces that there still are, by id.
    pub workspaces: BTreeMap<String, String>,
}

/// Answer of `GET /api/v1/audit/state`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditState {
    /// Rows in the chain.
    pub rows: u64,
    /// Hash of the last one.
    pub head: String,
    /// Whether it can be written to now. While it cannot, every change is refused.
    pub writable: bool,
    /// The last time the chain was walked by this server.
    pub check: Option<AuditCheck>,
}

/// A walk over the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditCheck {
    pub started_at_ms: u64,
    /// Rows that were looked at.
    pub rows: u64,
    pub result: AuditResult,
}

/// What walking the chain showed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AuditResult {
    /// It goes on.
    Running,
    /// Every row is where and what it was written as.
    Whole,
    /// The row with this number is missing, was changed, or follows a changed one.
    Broken { seq: u64 },
    /// The log ends before this row, which was there.
    Cut { expected: u64 },
    /// A row up to this one was written anew.
    Rewritten { seq: u64 },
    /// The database did not answer on the way.
    Failed,
}
