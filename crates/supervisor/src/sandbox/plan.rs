//! What the host tells the helper, and what comes back. Both are the same executable, seconds
//! apart, so this is no wire contract.

use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::io;
use std::os::fd::RawFd;

/// Everything the helper needs to know. Descriptors travel beside it, in the order of [`Self::fds`].
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// Namespaces, or only a process of its own.
    pub(crate) sandbox: bool,
    pub(crate) args: Vec<OsString>,
    pub(crate) env: Vec<(OsString, OsString)>,
    pub(crate) workspace: OsString,
    pub(crate) home: OsString,
    /// Host id of uid and gid 1000; only root may name one.
    pub(crate) id_base: Option<u32>,
    /// Host paths and their places inside.
    pub(crate) tools: Vec<(OsString, OsString)>,
    pub(crate) hostname: String,
    /// Numbers at which the kernel finds the inherited descriptors.
    pub(crate) inherit: Vec<RawFd>,
    pub(crate) has_log: bool,
    /// Files to write one's pid into, to be in the workspace's cgroups.
    pub(crate) cgroup_procs: Vec<OsString>,
    /// The file that becomes the kernel's descriptor [`crate::init::FD_SESSION`].
    pub(crate) session_cgroup: Option<OsString>,
    pub(crate) processes_max: Option<u64>,
    pub(crate) open_files_max: Option<u64>,
    pub(crate) tmp_bytes_max: u64,
    pub(crate) shm_bytes_max: u64,
    pub(crate) run_bytes_max: u64,
}

/// What the helper and the kernel-to-be say, one JSON value per line.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Report {
    /// The kernel exists; if nothing else comes, it runs.
    Started {
        pid: u32,
        start_time: u64,
        landlock_abi: u32,
    },
    Failed(Failure),
}

/// Which kind of answer a failure is for the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    Unsupported,
    Setup,
    Program,
    Limits,
}

/// A step that failed, with the system's error number.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    pub(crate) step: String,
    pub(crate) errno: i32,
}

impl Failure {
    pub(crate) fn source(&self) -> io::Error {
        io::Error::from_raw_os_error(self.errno)
    }
}

/// Names the step in which a system call failed.
pub(crate) trait Step<T> {
    fn step(self, step: impl Into<String>) -> Result<T, Failure>;
    fn kind(self, kind: Kind, step: impl Into<String>) -> Result<T, Failure>;
}

impl<T, E: Into<io::Error>> Step<T> for Result<T, E> {
    fn step(self, step: impl Into<String>) -> Result<T, Failure> {
        self.kind(Kind::Setup, step)
    }

    fn kind(self, kind: Kind, step: impl Into<String>) -> Result<T, Failure> {
        self.map_err(|error| {
            let error = error.into();
            let errno = error.raw_os_error().unwrap_or(libc::EIO);
            Failure { kind, step: step.into(), errno }
        })
    }
}
