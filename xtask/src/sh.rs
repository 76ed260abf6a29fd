//! Running programs: with their output shown, or captured.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository").to_owned()
}

/// A command in the repository's root.
#[expect(clippy::disallowed_methods, reason = "developer commands start programs here")]
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// `cargo`, the one that runs us.
pub(crate) fn cargo() -> Command {
    command(option_env!("CARGO").unwrap_or("cargo"))
}

/// Runs a command with its output shown; an exit code other than 0 is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("could not start {}", show(command)))?;
    if !status.success() {
        bail!("{} failed ({status})", show(command));
    }
    Ok(())
}

/// Runs a command and returns its standard output; an exit code other than 0 is an error.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("could not start {}", show(command)))?;
    if !output.status.success() {
        bail!("{} failed ({})", show(command), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program is in the search path.
pub(crate) fn has(program: &str) -> bool {
    find(program).is_some()
}

/// Whether nobody is there to try again.
#[expect(clippy::disallowed_methods, reason = "said by `.ci/run`")]
pub(crate) fn is_ci() -> bool {
    std::env::var_os("CI").is_some()
}

/// Where a program is in the search path.
#[expect(clippy::disallowed_methods, reason = "the search path of the developer's shell")]
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|it| it.join(program)).find(|it| it.is_file())
}

fn show(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|it| it.to_string_lossy().into_owned()));
    format!("`{}`", words.join(" "))
}

/// Every file that git tracks or would track, relative to the root.
pub(crate) fn tracked_files() -> Result<Vec<String>> {
    let list = capture(command("git").args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]))?;
    let mut files: Vec<String> =
        list.split('\0').filter(|it| !it.is_empty()).map(Into::into).collect();
    files.sort();
    files.dedup();
    files.retain(|it| root().join(it).is_file());
    Ok(files)
}
