//! One machine: starts, adopts and ends kernels, keeps workspaces' storage, and gives workspaces
//! their way out to the network.
//!
//! A host starts no session and parses no workspace traffic. It hands out byte streams to kernels
//! and sockets that lie inside a sandbox; what travels on them is between gateway and kernel.

pub mod backup;
pub mod config;
pub mod egress;
pub mod host;

mod ask;
mod disk;
mod find;
mod handoff;
mod kernel;
mod launcher;
mod life;
mod provider;
mod record;
mod resources;
mod spare;
mod storage;
mod transfer;
mod workspace;

pub use config::Config;
pub use egress::{Egress, EgressMode, HostPattern};
pub use host::{ConnectPortError, Host, HostError, OpenError, Status};
pub use storage::StorageError;
