//! What Run starts: the dev server of a project, found by looking at its files.
//!
//! Nothing is executed and nothing is written here. [`plan`] reads a few small files of the
//! workspace and answers with a command line, or says what it looked for. The order: the
//! workspace's setting, `.stead.toml`, `devcontainer.json`, `Procfile`, the scripts of
//! `package.json`, then what well-known frameworks leave in a directory.

mod explicit;
mod jsonc;
mod node;
mod other;
mod python;
mod view;

#[cfg(test)]
mod tests;

use protocol::workspace::Settings;
use std::path::Path;
use stdx::WorkspacePath;
use view::{Project, View};

/// Directories below the root that are looked at when the root itself has nothing to start.
const DIRECTORIES_MAX: usize = 50;

/// How to start the dev server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What was recognised: `setting`, `.stead.toml`, `vite`, `django`, …
    pub framework: String,
    /// Program and arguments that must succeed first, when dependencies are missing.
    pub install: Option<Vec<String>>,
    /// Program and arguments of the server.
    pub command: Vec<String>,
    /// The command line as a person would type it.
    pub display: String,
    /// Variables on top of the session's: `PORT`, `HOST` and what the framework needs.
    pub env: Vec<(String, String)>,
    /// The port it was told to use; `None` when nobody knows before it listens.
    pub port: Option<u16>,
    /// Where both commands run.
    pub working_directory: WorkspacePath,
}

/// Why nothing can be started, in a sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPlan {
    /// There is no app yet. Nothing is wrong.
    #[error("{NOTHING}")]
    Nothing,
    /// What is there cannot be read or is not clear.
    #[error("{reason}")]
    Unclear { reason: String },
}

const NOTHING: &str = "there is nothing to run yet: no script `dev`, `start` or `serve` in \
    `package.json`, no `Procfile`, no project of a framework Stead knows, no `index.html`. Add one \
    of these, or write the command into the workspace's settings or into `.stead.toml` as `[dev]` \
    with `command = \"…\"`; then start the dev server. Terminals work all the same";

impl NoPlan {
    fn because(reason: impl Into<String>) -> Self {
        Self::Unclear { reason: reason.into() }
    }
}

/// Decides how to start the dev server of the workspace at the absolute path `root`. Blocking, and
/// quick: it reads a few dozen small files at most.
pub fn plan(root: &Path, settings: &Settings) -> Result<Plan, NoPlan> {
    let view = View::open(root)
        .map_err(|error| NoPlan::because(format!("the workspace cannot be read: {error}")))?;
    let top = Project { view: &view, directory: WorkspacePath::root(), port: settings.port };
    if let Some(command) = settings.command.as_deref().map(str::trim).filter(|it| !it.is_empty()) {
        let mut plan = top.shell("setting", command);
        plan.install = install_for(&top, command);
        plan.port = settings.port;
        return Ok(plan);
    }
    if let Some(plan) = explicit::stead_toml(&top)? {
        return Ok(plan);
    }
    detect(&top).map_or_else(|| below(&top), Ok)
}

/// What the files of one directory say.
fn detect(project: &Project<'_>) -> Option<Plan> {
    explicit::devcontainer(project)
        .or_else(|| explicit::procfile(project))
        .or_else(|| node::scripts(project))
        .or_else(|| node::framework(project))
        .or_else(|| python::framework(project))
        .or_else(|| other::framework(project))
}

/// When the root has nothing: the one directory below it that has.
fn below(top: &Project<'_>) -> Result<Plan, NoPlan> {
    let names = top.view.directories(&top.directory, DIRECTORIES_MAX);
    let mut found: Vec<Plan> =
        names.iter().filter_map(|it| detect(&top.at(top.directory.join(it).ok()?))).collect();
    if found.len() <= 1 {
        return found.pop().ok_or(NoPlan::Nothing);
    }
    let names: Vec<String> = found.iter().map(|it| format!("`{}`", it.working_directory)).collect();
    Err(NoPlan::because(format!(
        "there is something to start in each of {}. Say which in `.stead.toml`: `[dev]` with \
         `directory = \"…\"`",
        names.join(", ")
    )))
}

/// What must be installed before `command`, written by a person, can run.
fn install_for(project: &Project<'_>, command: &str) -> Option<Vec<String>> {
    let first = command.split_whitespace().find(|it| !it.contains('=')).unwrap_or_default();
    match first {
        "npm" | "pnpm" | "yarn" | "bun" | "npx" | "node" => node::install(project),
        _ => None,
    }
}

/// Words as a shell reads them back.
fn display(words: &[String]) -> String {
    let quoted = words.iter().map(|it| {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=@%+,".contains(letter);
        if !it.is_empty() && it.chars().all(plain) {
            it.clone()
        } else {
            format!("'{}'", it.replace('\'', "'\\''"))
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|it| (*it).to_owned()).collect()
}
