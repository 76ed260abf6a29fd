//! The executable `stead`: a sub-command for every role and for everything a person does.
//!
//! Three steps, and only the first can be wrong because of the user: arguments, environment and
//! file become checked values; then things are opened; then they run.

mod arguments;
mod client;
mod commands;
mod config;
mod environment;
mod logging;
mod openapi;
mod output;
mod queries;
mod running;
mod service;
mod tls;
mod tools;
mod tty;

use arguments::Arguments;
use std::process::ExitCode;

fn main() -> ExitCode {
    // Before any thread: as the helper of a sandbox this does not return.
    supervisor::init::run_helper_if_asked();
    let done = if commands::kernel::is_inherited() {
        commands::kernel::run_inherited()
    } else {
        commands::run(Arguments::read())
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            output::complain(&error);
            ExitCode::FAILURE
        }
    }
}
