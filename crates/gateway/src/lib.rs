//! The front door: identity, policy, audit, previews and the web application.
//!
//! The gateway authenticates, decides, writes down and forwards. It spawns no process, touches no
//! workspace file and does not parse what travels on an upgraded connection. It meets kernels
//! through [`Provider`] only.

pub mod config;
pub mod provider;

pub use config::Config;
pub use provider::{BoxedStream, ByteStream, KernelStatus, PortError, Provider, ProviderError};
