//! `cargo xtask bench [NAME]`: measures Stead beside its peers and writes `bench/RESULTS.md`.
//!
//! A number stands beside the peer's number of the same run, because machines differ; it is kept
//! with the command that made it. A benchmark is one module with a `run` that returns its section.

mod fanout;
mod feed;
mod flood;
mod idle;
mod keystroke;
mod load;
mod options;
mod preview;
mod process;
mod pty;
mod results;
mod stead;
mod wake;

use anyhow::{Result, bail};
use options::Options;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

/// Makes one section of the results.
type Benchmark = fn(&Options) -> Result<String>;

/// Every benchmark by name.
const ALL: &[(&str, Benchmark)] = &[
    ("wake", wake::run),
    ("keystroke", keystroke::run),
    ("flood", flood::run),
    ("preview", preview::run),
    ("feed", feed::run),
    ("fanout", fanout::run),
    ("idle", idle::run),
];

#[expect(clippy::print_stderr, reason = "the program's output is for the person who ran it")]
fn main() -> ExitCode {
    // This program is also the helper of the sandbox that it measures, and what runs in it.
    supervisor::init::run_helper_if_asked();
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.peek().is_some_and(|it| it == wake::HELLO) {
        let said = std::io::stdout().write_all(b"!\n");
        return if said.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let done = Options::read(arguments.collect::<Vec<_>>().into_iter()).and_then(|it| run(&it));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "the program's output is for the person who ran it")]
fn run(options: &Options) -> Result<()> {
    let only = options.name.as_deref();
    let chosen: Vec<_> = ALL.iter().filter(|(name, _)| only.is_none_or(|it| it == *name)).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = ALL.iter().map(|(name, _)| *name).collect();
        bail!("there is no such benchmark; there are: {}", names.join(", "));
    }
    for (name, benchmark) in chosen {
        let section = benchmark(options)?;
        println!("{section}");
        results::write(&directory().join("RESULTS.md"), name, &section)?;
    }
    Ok(())
}

/// Where the benchmarks' files are.
fn directory() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
