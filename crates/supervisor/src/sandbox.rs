//! Starting a kernel in a sandbox, watching it, and removing what it leaves.
//!
//! ```text
//!  host ──▶ helper (our executable again, single-threaded) ──▶ empty sandbox (clone3, pid 1 inside)
//!      what all have in common            exits                        mounts   │
//!    ├──────────────────────────────────────────────────────────────────────────▶│
//!      workspace, cgroups, descriptors, then its ids              drops, exec   ▼
//!                                                                             kernel
//! ```
//!
//! Both steps follow each other at once, or the first was done before: a [`Spare`] is an empty
//! sandbox that waits. The helper exits as soon as there is one, so a kernel is nobody's child that
//! could die with its parent: it belongs to the machine's init until a host opens a
//! [`ProcessHandle`] on it.

mod etc;
mod handle;
pub(crate) mod helper;
mod inside;
mod landlock;
mod mounts;
mod plan;
mod seccomp;
mod spare;
mod start;
mod waiting;

pub use handle::ProcessHandle;
pub use spare::{Spare, SpareSpec};

use crate::limits;
use protocol::state::Capabilities;
use std::ffi::OsString;
use std::io;
use std::os::fd::{OwnedFd, RawFd};
use std::path::PathBuf;

/// How strongly a kernel is separated from the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Namespaces, read-only tool directories, no capabilities, seccomp.
    Sandbox,
    /// No isolation at all: the kernel runs as the host's user in the host's file system.
    Process,
}

/// A directory of tools that is shown inside, read-only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolDir {
    /// Directory or file of the machine.
    pub host: PathBuf,
    /// Absolute path inside; below `/opt` unless there is a reason.
    pub inside: PathBuf,
}

/// What a workspace may use; `None` is no limit beyond the machine's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Memory of all processes and temporary files together.
    pub memory_bytes_max: Option<u64>,
    /// Processes and threads, the kernel's own included.
    pub processes_max: Option<u64>,
    /// Share of one core in thousandths: 1500 is one and a half cores.
    pub cpu_millis_max: Option<u64>,
    /// Open files of one process.
    pub open_files_max: Option<u64>,
    /// Size of `/tmp`; also bounds `/dev/shm` and `/run`, which are smaller.
    pub tmp_bytes_max: Option<u64>,
}

/// Everything about a kernel that is to be started.
#[derive(Debug)]
pub struct SandboxSpec {
    pub mode: Mode,
    /// Our own executable. It is opened here and executed from the descriptor, so it need not be
    /// visible inside. Its `main` must call [`crate::init::run_helper_if_asked`] first.
    pub program: PathBuf,
    /// Arguments after the program's name: `["kernel", …]`.
    pub args: Vec<OsString>,
    /// The complete environment.
    pub env: Vec<(OsString, OsString)>,
    /// Directory that appears as `/workspace`, writable. In process mode the current directory.
    pub workspace: PathBuf,
    /// Directory that appears as `/home/dev`, writable.
    pub home: PathBuf,
    /// As root: uid and gid 1000 inside are this id outside. `None`: they are the caller's own.
    pub id_base: Option<u32>,
    pub tools: Vec<ToolDir>,
    pub hostname: String,
    /// Descriptors and the numbers under which the kernel finds them. Everything else is closed.
    pub inherit: Vec<(OwnedFd, RawFd)>,
    pub limits: Limits,
    /// Names the workspace's cgroup on this machine: `ws-<body of the id>`.
    pub cgroup_name: String,
    /// Standard output and error of the kernel; `/dev/null` without.
    pub log: Option<OwnedFd>,
}

/// A kernel that was just started.
#[derive(Debug)]
pub struct KernelProcess {
    /// As the host sees it.
    pub pid: u32,
    /// `starttime` of `/proc/<pid>/stat`: with the pid it names the process for ever.
    pub start_time: u64,
    /// What is in force for it. `network` is left empty: the host decides that.
    pub capabilities: Capabilities,
}

/// Why no kernel was started. Nothing is left running.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// The caller's mistake, in a sentence.
    #[error("the sandbox cannot be described: {0}")]
    Spec(String),
    /// The executable cannot be opened or started.
    #[error("`{path}` cannot be executed")]
    Program {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// This machine or this user gets no namespaces; `stead doctor` says why, process mode works.
    #[error("this machine gives no sandbox: {step}")]
    Unsupported {
        step: String,
        #[source]
        source: io::Error,
    },
    /// A step of the set-up failed.
    #[error("the sandbox could not be set up: {step}")]
    Setup {
        step: String,
        #[source]
        source: io::Error,
    },
    /// The limits could not be put in place although the machine has the means.
    #[error("the limits of the workspace could not be set")]
    Limits(#[source] io::Error),
}

/// Starts a kernel. Blocks for some milliseconds: call it from `spawn_blocking`.
pub fn spawn(spec: SandboxSpec) -> Result<KernelProcess, SpawnError> {
    start::start(&spec, None)
}

/// The same in a sandbox that was made before, if it fits; a new one is made if it does not, or if
/// nothing came of it.
pub fn spawn_in(spare: Option<Spare>, spec: SandboxSpec) -> Result<KernelProcess, SpawnError> {
    let Some(spare) = spare.filter(|it| it.fits(&spec)) else { return spawn(spec) };
    start::start(&spec, Some(spare.into_waiting())).or_else(|error| {
        tracing::warn!(%error, "a prepared sandbox was of no use");
        spawn(spec)
    })
}

/// What every kernel of this machine gets with these limits, for telling people before any is
/// started. Blocks for about a millisecond.
pub fn capabilities(mode: Mode, limits: &Limits) -> Capabilities {
    start::expected(mode, limits)
}

/// Ends every process that is left of a workspace and removes its cgroups. Blocks until they are
/// gone, for at most a few seconds; fine to call when there are none.
pub fn release(cgroup_name: &str) -> io::Result<()> {
    start::check_cgroup_name(cgroup_name)
        .map_err(|message| io::Error::new(io::ErrorKind::InvalidInput, message))?;
    limits::backend().remove(cgroup_name)
}
