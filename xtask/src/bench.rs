//! `cargo xtask bench`: the benchmarks of `bench/`, built for release.

use crate::{install, report, sh};
use anyhow::Result;

/// Builds for release and hands over to the benchmark program.
pub(crate) fn bench(arguments: &[String]) -> Result<()> {
    install::programs(install::For::Run)?;
    install::web_build()?;
    report::step("Building for release");
    sh::run(sh::cargo().args(["build", "--release", "--package", "cli", "--package", "bench"]))?;
    sh::run(sh::command(sh::root().join("target/release/bench")).args(arguments))
}
