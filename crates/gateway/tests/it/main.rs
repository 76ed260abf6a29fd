//! The gateway from outside, over real sockets and a real database; behind the provider seam stands
//! a kernel of a few lines that tells what it was asked.

#![expect(clippy::unwrap_used, clippy::unwrap_in_result, reason = "a test that cannot go on fails")]

mod adapters;
mod attacks;
mod audit;
mod audit_pages;
mod break_glass;
mod cluster;
mod database;
mod drains;
mod environment;
mod forwarding;
mod frozen;
mod identity;
mod late;
mod logs;
mod machines;
mod members;
mod moves;
mod oidc;
mod people;
mod policy;
mod preview;
mod registry;
mod shape;
mod shares;
mod workspaces;
mod world;
