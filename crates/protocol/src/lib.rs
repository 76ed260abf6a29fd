//! Every type that crosses a process boundary: between browser, gateway, host and kernel.
//!
//! No IO and no tokio here. A type that is serialised between processes lives in this crate;
//! anything else is converted at the edge. `docs/protocol.md` describes the routes that carry them.

pub mod account;
pub mod audit;
pub mod break_glass;
pub mod channel;
pub mod collab;
pub mod document;
pub mod drain;
pub mod environment;
pub mod error;
pub mod event;
pub mod file;
pub mod git;
pub mod handoff;
pub mod header;
pub mod id;
pub mod language;
pub mod launch;
pub mod machine;
pub mod manager;
pub mod moving;
pub mod peer;
pub mod preview;
pub mod pty;
pub mod registry;
pub mod search;
pub mod share;
pub mod state;
pub mod terminal;
pub mod trace;
pub mod transfer;
pub mod workspace;

pub use error::{ErrorBody, ErrorCode, WireError};
pub use event::{Event, EventKind};
pub use id::{ConnectionId, PrincipalId, SessionId, TerminalId, WorkspaceId};
pub use state::RuntimeState;

/// Version of the kernel's HTTP face; part of every path below `/api/`.
pub const API_VERSION: &str = "v1";
