//! What the host tells the helper and the kernel-to-be, and what comes back. All are the same
//! executable, started by the same host, so this is no wire contract.

use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::io;
use std::os::fd::RawFd;

/// What is known before there is a workspace: enough for an empty sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Base {
    pub(crate) isolation: Isolation,
    /// Host paths and their places inside.
    pub(crate) tools: Vec<(OsString, OsString)>,
    pub(crate) hostname: String,
    pub(crate) tmp_bytes_max: u64,
    pub(crate) shm_bytes_max: u64,
    pub(crate) run_bytes_max: u64,
    pub(crate) place: Place,
}

/// Namespaces, and when the one of users is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Isolation {
    /// Only a process of its own, with the ids of the host.
    None,
    /// The user namespace is the first one and owns the others.
    UserFirst,
    /// It is the last: then it need not be known yet whom the workspace belongs to.
    UserLast,
}

/// Where the workspace is on the machine, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Place {
    /// Somewhere below this directory.
    Below(OsString),
    Known {
        workspace: OsString,
        home: OsString,
    },
}

/// The rest of what the kernel-to-be needs to know. Descriptors travel beside it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) args: Vec<OsString>,
    pub(crate) env: Vec<(OsString, OsString)>,
    pub(crate) workspace: OsString,
    pub(crate) home: OsString,
    /// Host id of uid and gid 1000, where the sandbox was made without one.
    pub(crate) owner: Option<u32>,
    /// Numbers at which the kernel finds the inherited descriptors.
    pub(crate) inherit: Vec<RawFd>,
    pub(crate) has_log: bool,
    /// How many files came to write one's pid into, to be in the workspace's cgroups.
    pub(crate) cgroups: usize,
    pub(crate) processes_max: Option<u64>,
    pub(crate) open_files_max: Option<u64>,
}

/// What the helper and the kernel-to-be say, one JSON value per line.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Report {
    /// The kernel-to-be exists, and so do its namespaces.
    Cloned {
        pid: u32,
        start_time: u64,
        landlock_abi: u32,
    },
    /// The sandbox waits for its workspace.
    Prepared,
    /// It has its workspace. It goes on when it is told so: whoever tells has seen to its ids.
    Ready,
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
