//! A real kernel with real shells and servers, spoken to over its socket.

#![expect(clippy::unwrap_used, reason = "helpers of tests may unwrap like tests")]

mod agents;
mod audit;
mod channel;
mod collab;
mod dev_server;
mod disk;
mod document_faults;
mod documents;
mod editor;
mod git;
mod git_large;
mod http;
mod language;
mod lifecycle;
mod monitor;
mod paths;
mod roles;
mod search;
mod secrets;
mod terminals;
mod world;
