//! The registry of runtimes: who can run workers, on which hosts, and which workers there are.
//!
//! A [`Runtime`] is asked through one contract, whatever is behind it: the runtime in the gateway's
//! own process ([`EmbeddedRuntime`]), the workers of this machine ([`LocalRuntime`]) or another
//! installation ([`RemoteRuntime`]). The [`RuntimeRegistry`] lists them, finds their workers and
//! hands on what is asked of one. What leaves this crate are the projections of
//! `protocol::registry`: opaque identifiers, and nothing about where something really is.
//!
//! No socket and no database here. What an embedded runtime keeps is behind [`embedded::Store`],
//! and the way to another installation is behind [`remote::Transport`]; the gateway brings both.
//! Only the local runtime looks at files: at the records below its own directory.

mod diagnostic;
pub mod embedded;
mod hint;
pub mod identifier;
mod list;
mod local;
mod placeholder;
pub mod remote;
mod runtime;

pub use diagnostic::DIAGNOSTICS_MAX;
pub use embedded::{EMBEDDED_HOST_KIND, EMBEDDED_RUNTIME_ID, EmbeddedRuntime};
pub use hint::{label_for_workspace, safe_display_hint};
pub use list::{HOST_SCAN_MAX, RegistryError, RuntimeRegistry, WORKER_SCAN_MAX};
pub use local::{LOCAL_HOST_KIND, LOCAL_RUNTIME_ID, LocalRuntime, same_workspace_root};
pub use placeholder::{placeholder_spawn_response, placeholder_worker};
pub use remote::RemoteRuntime;
pub use runtime::{Following, Runtime, Step, worker_spawn_intent_label};
