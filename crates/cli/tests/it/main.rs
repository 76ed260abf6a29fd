//! The real executable, as people and programs use it: processes, sockets, signals.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]
#![expect(clippy::print_stdout, reason = "a failed test shows what the server said")]

mod backup;
mod busy_disk;
mod check;
mod cluster;
mod collab;
mod commands;
mod compose;
mod data;
mod data_plane;
mod database;
mod egress;
mod kernel;
mod machine;
mod machine_commands;
mod machines;
mod manager;
mod moves;
mod registry;
mod roles;
mod runtime;
mod seam;
mod secrets;
mod service;
mod survival;
mod terminal;
mod tls;
mod token;
mod traces;
mod trials;
mod world;
