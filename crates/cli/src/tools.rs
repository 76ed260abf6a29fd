//! Tools that do not live in the machine's own directories: a Rust toolchain, a Node, a Python.
//!
//! Only the directory of the tool itself is shown in workspaces, never the folder around it: that
//! is a person's, and credentials lie there.

use crate::config::{Provider, Settings};
use crate::environment;
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};
use supervisor::sandbox::ToolDir;

/// Where programs are searched after the tools.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Where tools are inside: not below `/opt`, which is the machine's own and cannot be added to.
const PLACE: &str = "/tools";

/// A directory of tools, and why it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tool {
    pub(crate) host: PathBuf,
    pub(crate) inside: PathBuf,
    /// `rust`, `node`, `python`, or `given` for one that the operator named.
    pub(crate) kind: &'static str,
}

impl Tool {
    /// For the sandbox.
    pub(crate) fn dir(&self) -> ToolDir {
        ToolDir { host: self.host.clone(), inside: self.inside.clone() }
    }
}

/// The tools that the setting names; `auto` stands for those that are found.
pub(crate) fn resolve(settings: &Settings) -> anyhow::Result<Vec<Tool>> {
    let given = settings.all("tool-dir", |text| {
        if text == "auto" {
            Ok(detect(environment::home().as_deref()))
        } else {
            Ok(vec![parse(text)?])
        }
    })?;
    Ok(given.into_iter().flatten().collect())
}

/// The `PATH` of a workspace's programs: tools first, then the machine's.
pub(crate) fn variables(tools: &[Tool], provider: Provider) -> Vec<(String, String)> {
    let mut directories: Vec<String> = tools
        .iter()
        .filter(|it| it.host.join("bin").is_dir())
        .map(|it| match provider {
            Provider::Sandbox => it.inside.join("bin"),
            Provider::Process => it.host.join("bin"),
        })
        .map(|it| it.display().to_string())
        .collect();
    directories.push(PATH.to_owned());
    vec![("PATH".to_owned(), directories.join(":"))]
}

fn parse(text: &str) -> anyhow::Result<Tool> {
    let (host, inside) = text.split_once(':').unwrap_or((text, ""));
    let host = PathBuf::from(host);
    let inside = if inside.is_empty() {
        Path::new(PLACE).join(host.file_name().context("must name a directory")?)
    } else {
        PathBuf::from(inside)
    };
    if !host.is_absolute() || !inside.is_absolute() {
        bail!("must be absolute: HOST or HOST:INSIDE");
    }
    if !host.exists() {
        bail!("`{}` does not exist", host.display());
    }
    Ok(Tool { host, inside, kind: "given" })
}

/// Looks for tools that are not among the machine's own.
fn detect(home: Option<&Path>) -> Vec<Tool> {
    let mut tools = Vec::new();
    let Some(home) = home else { return tools };
    let mut found = |kind, path: Option<PathBuf>, inside: &str| {
        if let Some(host) = path.and_then(|it| it.canonicalize().ok()) {
            tools.push(Tool { host, inside: inside.into(), kind });
        }
    };
    if !on_machine("cargo") {
        found("rust", rust(home), "/tools/rust");
    }
    if !on_machine("node") {
        found("node", newest(&home.join(".nvm/versions/node"), "bin/node"), "/tools/node");
    }
    if !on_machine("python3") {
        found("python", newest(&home.join(".pyenv/versions"), "bin/python3"), "/tools/python");
    }
    tools
}

/// Whether the machine's own directories have a program.
fn on_machine(program: &str) -> bool {
    PATH.split(':').any(|directory| Path::new(directory).join(program).is_file())
}

/// The default toolchain of rustup.
fn rust(home: &Path) -> Option<PathBuf> {
    let rustup = environment::get("RUSTUP_HOME").map_or_else(|| home.join(".rustup"), Into::into);
    let settings: toml::Table =
        std::fs::read_to_string(rustup.join("settings.toml")).ok()?.parse().ok()?;
    let name = settings.get("default_toolchain")?.as_str()?;
    let directory = rustup.join("toolchains").join(name);
    directory.join("bin/cargo").is_file().then_some(directory)
}

/// The highest version below `directory` that has `program`.
fn newest(directory: &Path, program: &str) -> Option<PathBuf> {
    let entries = std::fs::read_dir(directory).ok()?;
    entries
        .flatten()
        .map(|it| it.path())
        .filter(|it| it.join(program).is_file())
        .max_by_key(|it| version(&it.file_name().unwrap_or_default().to_string_lossy()))
}

/// The numbers in a version's name, for comparing.
fn version(name: &str) -> Vec<u64> {
    name.trim_start_matches('v').split('.').map(|it| it.parse().unwrap_or(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_with_the_program_is_taken() {
        let directory = tempfile::tempdir().unwrap();
        for (name, whole) in [("v9.1.0", true), ("v20.19.0", true), ("v22.0.0", false)] {
            let bin = directory.path().join(name).join("bin");
            std::fs::create_dir_all(&bin).unwrap();
            if whole {
                std::fs::write(bin.join("node"), "").unwrap();
            }
        }
        let newest = newest(directory.path(), "bin/node").unwrap();
        assert!(newest.ends_with("v20.19.0"), "{}", newest.display());
    }

    #[test]
    fn a_directory_goes_below_tools_unless_a_place_is_named() {
        assert_eq!(parse("/usr/share").unwrap().inside, Path::new("/tools/share"));
        assert_eq!(parse("/usr:/tools").unwrap().inside, Path::new("/tools"));
        for text in ["relative", "/usr:relative", "/", "/does/not/exist"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_the_toolchain_is_shown_and_its_programs_come_first() {
        let home = tempfile::tempdir().unwrap();
        let toolchain = home.path().join(".rustup/toolchains/stable-x/bin");
        std::fs::create_dir_all(&toolchain).unwrap();
        std::fs::write(toolchain.join("cargo"), "").unwrap();
        std::fs::write(
            home.path().join(".rustup/settings.toml"),
            "default_toolchain = \"stable-x\"",
        )
        .unwrap();
        let host = rust(home.path()).unwrap();
        let tool = Tool { host, inside: "/tools/rust".into(), kind: "rust" };
        let path = variables(std::slice::from_ref(&tool), Provider::Sandbox).remove(0).1;
        assert!(path.starts_with("/tools/rust/bin:/usr/local/"), "{path}");
    }
}
