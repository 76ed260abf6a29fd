//! One module for every sub-command.

mod attach;
mod audit;
mod backup;
mod check;
mod doctor;
mod env;
mod host;
pub(crate) mod kernel;
mod logs;
mod machines;
mod moves;
mod open;
mod registry;
mod restore;
mod run;
mod search;
mod secrets;
mod serve;
mod settings;
mod token;
mod workspaces;

use crate::arguments::{Arguments, Command};
use crate::{openapi, output};
use anyhow::Context;
use std::process::ExitCode;

/// Runs what was asked for.
pub(crate) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let global = &arguments.global;
    match arguments.command {
        Command::Serve(it) => serve::run(global, &it),
        Command::Host(it) => host::run(global, &it),
        Command::Kernel(it) => kernel::run(global, it),
        Command::Doctor(it) => doctor::run(global, &it),
        Command::Check(it) => client(check::run(global, it)),
        Command::Config(it) => settings::run(global, &it),
        Command::Backup(it) => client(backup::run(global, &it)),
        Command::Restore(it) => client(restore::run(global, &it)),
        Command::Audit(it) => client(audit::run(global, &it)),
        Command::Ls(it) => client(workspaces::list(global, it.json)),
        Command::New(it) => client(workspaces::create(global, it)),
        Command::Open(it) => client(open::run(global, it)),
        Command::Attach(it) => client(attach::run(global, it)),
        Command::Run(it) => client(run::run(global, it)),
        Command::Logs(it) => client(logs::run(global, it)),
        Command::Search(it) => client(search::run(global, it)),
        Command::Env(it) => client(env::run(global, it)),
        Command::Token(it) => client(token::run(global, it)),
        Command::Runtimes(it) => client(registry::runtimes(global, it)),
        Command::Hosts(it) => client(registry::hosts(global, it)),
        Command::Workers(it) => client(registry::workers(global, it)),
        Command::Machines(it) => client(machines::run(global, it)),
        Command::Secrets(it) => client(secrets::run(global, it)),
        Command::Start(it) => client(workspaces::start(global, it.workspace)),
        Command::Stop(it) => client(workspaces::stop(global, it.workspace)),
        Command::Move(it) => client(moves::run(global, it)),
        Command::Rm(it) => client(workspaces::remove(global, it)),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "stead", &mut text);
            output::say(&String::from_utf8_lossy(&text))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Verbs => openapi::verbs().map(|()| ExitCode::SUCCESS),
        Command::Openapi => openapi::openapi().map(|()| ExitCode::SUCCESS),
    }
}

/// Runs a client command: a little runtime in this thread, dropped without waiting for standard
/// input, which cannot be interrupted.
fn client(work: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the runtime could not be started")?;
    let result = runtime.block_on(work);
    runtime.shutdown_background();
    result
}
