//! `cargo xtask run`: from a fresh clone to a link in one command.

use crate::{install, report, sh};
use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// How long the server may take to answer; a debug build on a busy machine needs a few seconds.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// Between two looks at a server that starts.
const POLL: Duration = Duration::from_millis(100);

/// The executable that `build` made.
pub(crate) fn stead() -> PathBuf {
    sh::root().join("target/debug/stead")
}

/// Builds the web application and the executable that has it inside.
pub(crate) fn build() -> Result<()> {
    install::programs(install::For::Run)?;
    install::web_build()?;
    report::step("Building Stead");
    sh::run(sh::cargo().args(["build", "--package", "cli"]))
}

/// Starts Stead in the repository's `.stead` folder with a sample workspace; returns when it ends.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    build()?;
    serve(arguments)
}

/// The second half of [`run`], for what was built already.
pub(crate) fn serve(arguments: &[String]) -> Result<()> {
    report::step("Starting Stead");
    let data = sh::root().join(".stead");
    let mut server = sh::command(stead())
        .args(["serve", "--data-dir"])
        .arg(&data)
        .args(arguments)
        .spawn()
        .context("could not start the server")?;
    let result = introduce(&mut server, &data);
    if result.is_err() {
        // The error is what matters; a server that has ended already cannot be killed.
        drop(server.kill());
    }
    result?;
    let status = server.wait()?;
    if !status.success() {
        bail!("the server ended ({status})");
    }
    Ok(())
}

/// Waits for the server, makes the sample workspace, prints the link.
fn introduce(server: &mut Child, data: &std::path::Path) -> Result<()> {
    let client = |arguments: &[&str]| -> Command {
        let mut command = sh::command(stead());
        command.args(arguments).arg("--data-dir").arg(data);
        command
    };
    wait_until_ready(server, || client(&["ls", "--json"]))?;
    let list = sh::capture(&mut client(&["ls", "--json"]))?;
    if list.trim() == "[]" {
        sh::capture(&mut client(&["new", "Sample", "--template", "static"]))?;
    }
    let link = sh::capture(&mut client(&["open", "--print"]))?;
    report::say(&format!(
        "\n  Open Stead:  \x1b[1m{}\x1b[0m\n  Stop it with Ctrl-C; what runs in workspaces goes on.\n",
        link.trim()
    ));
    Ok(())
}

fn wait_until_ready(server: &mut Child, probe: impl Fn() -> Command) -> Result<()> {
    let deadline = Instant::now() + START_TIMEOUT;
    loop {
        if let Some(status) = server.try_wait()? {
            bail!("the server ended before it was ready ({status})");
        }
        if probe().output().is_ok_and(|it| it.status.success()) {
            return Ok(());
        }
        if deadline < Instant::now() {
            bail!("the server did not answer within {} s", START_TIMEOUT.as_secs());
        }
        std::thread::sleep(POLL);
    }
}
