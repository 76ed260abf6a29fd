//! Arguments of `stead check`.

use clap::Args;
use std::path::PathBuf;

/// The exit code is 0 when everything holds that could be looked at, 1 when something does not,
/// and 130 when it was interrupted.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Look at this workspace, by id, beginning of an id, or name; nothing of it is stopped or
    /// deleted. Without it, one is made and deleted again
    #[arg(long, value_name = "WORKSPACE")]
    pub(crate) workspace: Option<String>,
    /// A log of the server, to look for stack traces in what is written meanwhile; may be said again
    #[arg(long, value_name = "FILE")]
    pub(crate) log_file: Vec<PathBuf>,
    /// How long one step may take
    #[arg(long, value_name = "SECONDS", default_value = "60",
        value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) wait: u64,
    /// For programs
    #[arg(long)]
    pub(crate) json: bool,
}
