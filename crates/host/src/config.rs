//! What a host is told when it starts. Read and checked by the `cli` crate.

use crate::egress::Egress;
use protocol::state::Capabilities;
use std::path::PathBuf;
use std::time::Duration;
use supervisor::sandbox::{Limits, Mode, ToolDir};

/// Everything a host needs to know. A plain value; nothing has happened yet.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where workspaces and records are kept. Created when it is missing; one host at a time.
    pub data_dir: PathBuf,
    /// Our own executable, started again as kernel.
    pub program: PathBuf,
    pub mode: Mode,
    /// Directories of tools shown in every sandbox, read-only.
    pub tools: Vec<ToolDir>,
    /// What each workspace may use.
    pub limits: Limits,
    /// Environment of the programs of every workspace, after the host's own; later entries win.
    pub env: Vec<(String, String)>,
    pub egress: Egress,
    /// What this machine can enforce, told to kernels so that it is shown to people.
    pub capabilities: Capabilities,
    /// Time between two `system_stats` of a kernel.
    pub monitor_interval: Duration,
    /// How long a kernel stays awake with nothing to do; `None` is for ever.
    pub idle_kernel_timeout: Option<Duration>,
    /// Room that the files and the home directory of one workspace may take, in bytes.
    pub disk_bytes_max: Option<u64>,
    /// Free space of the data directory's file system, in bytes, below which the host warns and
    /// makes no new workspace.
    pub disk_reserve_bytes: u64,
}
