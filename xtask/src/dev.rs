//! `cargo xtask dev`: Stead and the web application's development server side by side.

use crate::{report, run, sh};
use anyhow::{Context, Result};

/// Runs both until one ends or the person presses Ctrl-C, which reaches both.
pub(crate) fn dev(arguments: &[String]) -> Result<()> {
    run::build()?;
    report::step("Web application with hot reload on http://localhost:5180");
    let mut vite = sh::command("npm")
        .args(["run", "dev"])
        .current_dir(sh::root().join("web"))
        .spawn()
        .context("could not start the development server")?;
    let result = run::serve(arguments);
    drop(vite.kill());
    vite.wait()?;
    result
}
