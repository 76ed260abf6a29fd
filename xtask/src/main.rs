//! `cargo xtask`: the one door for every developer command.

mod bench;
mod check;
mod codegen;
mod conformance;
mod dev;
mod install;
mod licences;
mod postgres;
mod release;
mod report;
mod run;
mod sbom;
mod sh;
mod sizes;
mod test;
mod tidy;

use anyhow::Result;
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask COMMAND

  run           install what is missing, build, start Stead with a sample workspace, print the link
  test [NAME]   install what tests need, run everything (or the Rust tests named NAME), sum up
  dev           Stead and the web application's development server, one Ctrl-C for both
  check         formatting, lints, types, tidy: everything that needs no running program
  e2e [ARGS]    the browser tests alone; ARGS go to Playwright
  bench [NAME]  benchmarks, with peers beside us; writes bench/RESULTS.md
  codegen       docs/openapi.json and the browser's types; --check fails when they are stale
  conformance   which requirement rows have a test, and which have none
  release       one executable with the web application inside, its list of parts and checksums, in
                target/dist; --verify builds twice, from two directories, and compares
  sizes         lines of files and functions, as in the house style
  ci            what CI runs
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", &[][..]),
    };
    match dispatch(command, rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::say(&format!("xtask {command}: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: &str, rest: &[String]) -> Result<()> {
    match command {
        "run" => run::run(rest),
        "test" | "ci" => test::test(rest),
        "dev" => dev::dev(rest),
        "check" => check::check(),
        "e2e" => test::e2e(rest),
        "bench" => bench::bench(rest),
        "codegen" => codegen::codegen(rest),
        "conformance" => conformance::conformance(),
        "release" => release::release(rest),
        "sizes" => sizes::sizes(),
        "help" | "--help" | "-h" => {
            report::say(HELP);
            Ok(())
        }
        other => anyhow::bail!("there is no command `{other}`\n\n{HELP}"),
    }
}
