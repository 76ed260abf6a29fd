//! `cargo xtask release`: one executable with the web application inside, its list of parts and
//! their checksums, in `target/dist`.
//!
//! The bytes depend on the sources, the lock files and the tool chain, and neither on the directory
//! nor on the time: paths are written as `/stead` and `/cargo`, and nothing takes the time in.

use crate::{install, report, sbom, sh};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// Most bytes of the executable. One of 2026-11-22, optimised and stripped, has 52.1 million: 34.8 of
/// code, five of the web application. It is room to notice growth by, not a limit of anything:
/// whoever exceeds it says why and raises it.
const EXECUTABLE_BYTES_MAX: u64 = 60 * 1024 * 1024;
/// Most bytes of what a browser may be sent, before compression; it is inside the executable.
const WEB_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Where a build is made, below the directory of its sources: code that build scripts make has this
/// path in its messages, behind what [`flags`] takes out.
const TARGET: &str = "target/release-dist";
/// Where the sources of the second build of `--verify` are; another path is the point of it.
const SECOND: &str = "target/release-again";

/// Builds; with `--verify` twice, from two directories, and compares.
pub(crate) fn release(arguments: &[String]) -> Result<()> {
    let verify = match arguments {
        [] => false,
        [one] if one == "--verify" => true,
        _ => bail!("`release` takes `--verify` or nothing"),
    };
    install::web_build()?;
    web_budget()?;
    report::step("Building the release");
    let root = sh::root();
    let built = build(&root)?;
    let size = fs::metadata(&built)?.len();
    if EXECUTABLE_BYTES_MAX < size {
        bail!("the executable has {size} bytes, {EXECUTABLE_BYTES_MAX} at most");
    }
    if verify {
        verify_again(&built)?;
    }
    let dist = root.join("target/dist");
    fs::create_dir_all(&dist)?;
    fs::copy(&built, dist.join("stead"))?;
    fs::write(dist.join("stead.cdx.json"), sbom::sbom(env!("CARGO_PKG_VERSION"))?)?;
    let sums =
        sh::capture(sh::command("sha256sum").args(["stead", "stead.cdx.json"]).current_dir(&dist))?;
    fs::write(dist.join("SHA256SUMS"), &sums)?;
    report::say(&format!("{sums}{size} bytes, in {}\n", dist.display()));
    Ok(())
}

/// Fails when the web application has outgrown its budget.
pub(crate) fn web_budget() -> Result<()> {
    let size = size_of(&sh::root().join("web/dist"))?;
    if WEB_BYTES_MAX < size {
        bail!("web/dist has {size} bytes, {WEB_BYTES_MAX} at most");
    }
    Ok(())
}

fn size_of(path: &Path) -> Result<u64> {
    let mut size = 0;
    for entry in fs::read_dir(path).with_context(|| path.display().to_string())? {
        let (path, facts) = entry.and_then(|it| Ok((it.path(), it.metadata()?)))?;
        size += if facts.is_dir() { size_of(&path)? } else { facts.len() };
    }
    Ok(size)
}

/// Builds the sources in `root`; returns the executable.
fn build(root: &Path) -> Result<PathBuf> {
    let target = root.join(TARGET);
    sh::run(
        sh::cargo()
            .args(["build", "--release", "--locked", "--package", "cli", "--target-dir"])
            .arg(&target)
            .current_dir(root)
            .env("CARGO_INCREMENTAL", "0")
            .env("CARGO_ENCODED_RUSTFLAGS", flags(root)?),
    )?;
    Ok(target.join("release/stead"))
}

/// Flags that take the directories of this machine out of the executable, as cargo wants them in
/// its variable.
fn flags(root: &Path) -> Result<String> {
    let sysroot = sh::capture(sh::command("rustc").args(["--print", "sysroot"]))?;
    let home = cargo_home()?;
    let pairs = [
        (root.display().to_string(), "/stead"),
        (home.display().to_string(), "/cargo"),
        (sysroot.trim().to_owned(), "/rust"),
    ];
    let flags = pairs.map(|(from, to)| format!("--remap-path-prefix={from}={to}"));
    Ok(flags.join("\u{1f}"))
}

#[expect(clippy::disallowed_methods, reason = "where the developer's cargo keeps sources")]
fn cargo_home() -> Result<PathBuf> {
    let named = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|it| PathBuf::from(it).join(".cargo"));
    named.or_else(home).context("neither CARGO_HOME nor HOME is set")
}

/// Builds the same sources from another directory and compares byte by byte.
fn verify_again(first: &Path) -> Result<()> {
    report::step("Building it again, from another directory");
    let again = sh::root().join(SECOND);
    if again.exists() {
        fs::remove_dir_all(&again)?;
    }
    for file in sh::tracked_files()? {
        let to = again.join(&file);
        fs::create_dir_all(to.parent().context("a file lies in a directory")?)?;
        fs::copy(sh::root().join(&file), to)?;
    }
    sh::run(sh::command("cp").args(["-r", "web/dist"]).arg(again.join("web/dist")))?;
    let second = build(&again)?;
    if fs::read(first)? != fs::read(&second)? {
        bail!(
            "{} and {} differ: something takes place or time in",
            first.display(),
            second.display()
        );
    }
    report::say("both builds have the same bytes\n");
    Ok(())
}
