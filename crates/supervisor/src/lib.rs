//! Processes, PTYs, sandboxes and limits: the only crate that starts programs and contains `unsafe`.
//!
//! * [`sandbox`]: the host starts a kernel in namespaces of its own, watches it, cleans up after it.
//! * [`init`]: what an executable calls first, as the sandbox's helper and as a kernel.
//! * [`process`]: inside a kernel, the one owner of child processes and PTYs.
//! * [`stats`]: what the processes of a workspace use and which ports they listen on.
//! * [`net`]: descriptors across a Unix socket.
//! * [`left`]: what programs leave in the memory of the system when they end.
//! * [`remove_tree`]: deletes what hostile programs made.
//! * [`probe`]: what this machine can give, for `stead doctor`.

pub mod init;
pub mod left;
mod limits;
pub mod net;
pub mod probe;
pub mod process;
mod remove;
pub mod sandbox;
pub mod stats;
mod sys;

pub use remove::remove_tree;
