//! The front door: identity, policy, audit, previews and the web application.
//!
//! The gateway authenticates, decides, writes down and forwards. It spawns no process, touches no
//! workspace file and does not parse what travels on an upgraded connection. It meets kernels
//! through [`provider::Provider`] only.
//!
//! A request takes this way: `server` → `dispatch` (name, [`policy`], caller, role, audit) → its
//! handler, or `forward` → `kernels` → the provider's stream.

mod adapters;
mod app;
mod audit;
mod break_glass;
mod closing;
pub mod config;
mod database;
mod dispatch;
mod drains;
mod ends;
mod environment;
mod fetch;
mod forward;
mod gateway;
mod guarded_body;
mod health;
mod identity;
mod kernels;
mod limit;
mod live;
mod machines;
mod members;
mod metrics;
mod moves;
mod oidc;
mod openapi;
mod password;
mod peers;
mod people;
mod policy;
mod preview;
mod registry;
mod reply;
mod server;
mod shares;
mod telling;
mod traces;
mod trust;
mod vault;
mod web;
mod workspaces;

#[cfg(test)]
#[path = "../tests/it/database.rs"]
mod test_database;

pub use audit::{AuditError, AuditFormat, AuditQuery, AuditReport, audit_export, audit_verify};
pub use config::{Config, Tls};
pub use database::{
    BackupError, Loaded, OpenError, Progress, Saved, UrlError, database_finish, database_load,
    database_progress, database_ready, database_save,
};
pub use gateway::{Gateway, LinkError, StartError};
pub use oidc::{ID_LENGTH_MAX, OidcProvider, SignUp, oidc_check};
pub use openapi::openapi;
pub use policy::{Route, routes};
pub use traces::TraceExport;
pub use trust::{TrustError, trust};
pub use vault::{
    KeyFileError, ResetReport, RingError, RotateError, Rotation, SecretKey, VaultError,
    secrets_reset, secrets_rotate,
};
