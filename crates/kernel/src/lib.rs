//! One workspace: its session, terminals, dev server, files, state and events.
//!
//! The kernel is the only authority for what happens in a workspace (`design.md` section 4). It
//! runs as the first process of the workspace's sandbox, serves HTTP on a listener that it
//! inherits, and keeps its own records in a directory that it holds by descriptor.

mod blocking;
pub mod build_output;
pub mod config;
pub mod context;
pub mod detect;
pub mod dev_server;
pub mod documents;
pub mod endings;
pub mod environment;
pub mod feed;
pub mod files;
pub mod git;
pub mod handoff;
pub mod http;
pub mod journal;
pub mod language;
pub mod life;
pub mod outbox;
pub mod people;
pub mod ports;
pub mod preview;
pub mod proc;
pub mod search;
pub mod serve;
pub mod session;
pub mod settings;
pub mod setup;
pub mod state;
pub mod stats;
mod stop;
pub mod store;
pub mod terminals;
pub mod typing;
pub mod watch;

pub use config::{Access, Config, Listen, StateDirectory};
pub use http::openapi;
pub use serve::{Server, run};
