//! `cargo xtask bench [NAME]`: measures Stead beside its peers and writes `bench/RESULTS.md`.
//!
//! A number stands beside the peer's number of the same run, because machines differ; it is kept
//! with the command that made it. A benchmark is one module with a `run` that returns its section.

mod http;
mod load;
mod preview;
mod process;
mod results;
mod stead;

use anyhow::{Result, bail};
use std::path::Path;
use std::process::ExitCode;

/// Makes one section of the results.
type Benchmark = fn() -> Result<String>;

/// Every benchmark by name.
const ALL: &[(&str, Benchmark)] = &[("preview", preview::run)];

#[expect(clippy::print_stderr, reason = "the program's output is for the person who ran it")]
fn main() -> ExitCode {
    match run(std::env::args().nth(1).as_deref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "the program's output is for the person who ran it")]
fn run(only: Option<&str>) -> Result<()> {
    let chosen: Vec<_> = ALL.iter().filter(|(name, _)| only.is_none_or(|it| it == *name)).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = ALL.iter().map(|(name, _)| *name).collect();
        bail!("there is no such benchmark; there are: {}", names.join(", "));
    }
    for (name, benchmark) in chosen {
        let section = benchmark()?;
        println!("{section}");
        results::write(&directory().join("RESULTS.md"), name, &section)?;
    }
    Ok(())
}

/// Where the benchmarks' files are.
fn directory() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
