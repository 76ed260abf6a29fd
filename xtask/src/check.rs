//! `cargo xtask check`: everything that needs no running program.

use crate::{codegen, install, licences, release, report, sh, tidy};
use anyhow::Result;

/// Formatting, lints, types, tidy, licences; the first failure ends it.
pub(crate) fn check() -> Result<()> {
    report::step("Formatting");
    sh::run(sh::cargo().args(["fmt", "--all", "--check"]))?;
    report::step("Tidy, licences");
    tidy::tidy()?;
    licences::licences()?;
    report::step("Web application: types and lints");
    install::npm("web")?;
    let web = sh::root().join("web");
    for script in ["typecheck", "lint"] {
        sh::run(sh::command("npm").args(["run", "--silent", script]).current_dir(&web))?;
    }
    install::web_build()?;
    release::web_budget()?;
    report::step("Clippy");
    sh::run(sh::cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    report::step("Generated files");
    codegen::codegen(&["--check".into()])
}
