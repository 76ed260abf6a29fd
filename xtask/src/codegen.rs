//! `cargo xtask codegen`: files that are made from the code and checked in.

use crate::{install, run, sh};
use anyhow::{Result, bail};
use std::fs;

const OPENAPI: &str = "docs/openapi.json";
const TYPES: &str = "web/src/api/schema.ts";
const VERBS: &str = "docs/audit-verbs.md";

/// Writes the OpenAPI document, the browser's types and the audit log's verbs; with `--check`, fails when they differ.
pub(crate) fn codegen(arguments: &[String]) -> Result<()> {
    let check = arguments.iter().any(|it| it == "--check");
    let root = sh::root();
    let made = || [OPENAPI, TYPES, VERBS].map(|it| fs::read(root.join(it)).unwrap_or_default());
    let before = made();
    sh::run(sh::cargo().args(["build", "--quiet", "--package", "cli"]))?;
    let document = sh::capture(sh::command(run::stead()).arg("openapi"))?;
    fs::write(root.join(OPENAPI), document)?;
    fs::write(root.join(VERBS), sh::capture(sh::command(run::stead()).arg("verbs"))?)?;
    install::npm("web")?;
    sh::run(sh::command("npm").args(["run", "--silent", "codegen"]).current_dir(root.join("web")))?;
    if check && before != made() {
        bail!("{OPENAPI}, {TYPES} or {VERBS} was stale; commit what `cargo xtask codegen` wrote");
    }
    Ok(())
}
