//! Processes, PTYs, sandboxes and limits: the only crate that starts programs and contains `unsafe`.
//!
//! * [`sandbox`]: the host starts a kernel in namespaces of its own, watches it, cleans up after it.
//! * [`init`]: what an executable calls first, as the sandbox's helper and as a kernel.
//! * [`process`]: inside a kernel, the one owner of child processes and PTYs.
//! * [`stats`]: what the processes of a workspace use and which ports they listen on.
//! * [`net`]: descriptors across a Unix socket.
//! * [`probe`]: what this machine can give, for `stead doctor`.

pub mod init;
mod limits;
pub mod net;
pub mod probe;
pub mod process;
pub mod sandbox;
pub mod stats;
mod sys;
