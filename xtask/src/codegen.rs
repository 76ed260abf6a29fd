//! `cargo xtask codegen`: files that are made from the code and checked in.

use crate::{install, run, sh};
use anyhow::{Result, bail};
use std::fs;

const OPENAPI: &str = "docs/openapi.json";
const TYPES: &str = "web/src/api/schema.ts";

/// Writes the OpenAPI document and the browser's types; with `--check`, fails when they differ.
pub(crate) fn codegen(arguments: &[String]) -> Result<()> {
    let check = arguments.iter().any(|it| it == "--check");
    let root = sh::root();
    let before = [OPENAPI, TYPES].map(|it| fs::read(root.join(it)).unwrap_or_default());
    sh::run(sh::cargo().args(["build", "--quiet", "--package", "cli"]))?;
    let document = sh::capture(sh::command(run::stead()).arg("openapi"))?;
    fs::write(root.join(OPENAPI), document)?;
    install::npm("web")?;
    sh::run(sh::command("npm").args(["run", "--silent", "codegen"]).current_dir(root.join("web")))?;
    let after = [OPENAPI, TYPES].map(|it| fs::read(root.join(it)).unwrap_or_default());
    if check && before != after {
        bail!("{OPENAPI} or {TYPES} was stale; commit what `cargo xtask codegen` wrote");
    }
    Ok(())
}
