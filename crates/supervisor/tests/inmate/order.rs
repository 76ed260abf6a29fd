//! What a test tells the inmate, and what it answers: one JSON value per line.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// How to start an inmate; the second argument of `inmate launch`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Launch {
    pub(crate) sandbox: bool,
    pub(crate) workspace: PathBuf,
    pub(crate) home: PathBuf,
    /// A directory that the inmate holds as descriptor 5 and that is not inside.
    pub(crate) state: PathBuf,
    pub(crate) id_base: Option<u32>,
    pub(crate) cgroup_name: String,
    pub(crate) memory_bytes_max: Option<u64>,
    pub(crate) processes_max: Option<u64>,
    pub(crate) tmp_bytes_max: Option<u64>,
    /// Where the workspace is, if its sandbox is made before it is known.
    pub(crate) spare_below: Option<PathBuf>,
    /// A place to mount something between the two.
    pub(crate) mount_between: Option<PathBuf>,
}

/// What `inmate launch` prints.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Launched {
    Started {
        pid: u32,
        start_time: u64,
        limits: String,
        missing: Vec<String>,
        landlock_abi: u32,
        /// In a sandbox that was made before.
        spare: bool,
    },
    Failed {
        message: String,
    },
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Order {
    /// Run to its end and give back the output.
    Run {
        program: String,
        args: Vec<String>,
    },
    /// Start, and answer as soon as it has printed a line.
    Start {
        program: String,
        args: Vec<String>,
    },
    /// Run in a terminal of 80 × 24 that becomes `resize` at once; whenever the next prompt of the
    /// dialogue was printed, type what belongs to it; until the end.
    Pty {
        program: String,
        args: Vec<String>,
        resize: (u16, u16),
        dialogue: Vec<(String, String)>,
    },
    TerminateAll {
        grace_ms: u64,
    },
    /// Kill the programs of this name while nothing else runs.
    KillWhileStopped {
        name: String,
    },
    /// Remove what ended programs left in the memory of the system.
    RemoveLeft,
    /// Write, rename and read back a file in the state directory.
    UseState,
    Count,
    Ports,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    Ended {
        code: Option<i32>,
        signal: Option<i32>,
        stdout: String,
        stderr: String,
    },
    Started {
        pid: u32,
        line: String,
    },
    Printed {
        code: Option<i32>,
        output: String,
    },
    Terminated {
        killed: bool,
    },
    Kept(String),
    Count(usize),
    /// Port, name of the process.
    Ports(Vec<(u16, String)>),
    Refused(String),
}
