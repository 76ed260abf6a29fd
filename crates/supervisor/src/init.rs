//! What an executable calls before anything else: as the sandbox's helper, and as a kernel.

use crate::sys;
use rustix::process::{DumpableBehavior, getpid, set_child_subreaper, set_dumpable_behavior};
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::OnceLock;

/// First argument that asks an executable to be the helper of a sandbox.
pub const HELPER_ARGUMENT: &str = "sandbox-init";

/// What a helper's process is called while it is an empty sandbox without a workspace. Nothing
/// becomes a kernel under this name.
pub const SPARE_NAME: &std::ffi::CStr = c"stead-spare";

/// First argument that asks an executable to end at once: it got as far as it was meant to.
pub(crate) const PROBE_ARGUMENT: &str = "sandbox-probe";

/// Descriptors with which every kernel starts.
const KERNEL_FDS: std::ops::RangeInclusive<RawFd> = 3..=5;

/// Descriptor of a kernel into which its programs write themselves, where they have a cgroup.
pub(crate) const FD_SESSION: RawFd = 6;

/// [`FD_SESSION`], if this process was given one.
static SESSION: OnceLock<OwnedFd> = OnceLock::new();

/// `/proc/self/oom_score_adj`, opened while this process could still open it, and what it said.
static OOM_SCORE: OnceLock<(File, i32)> = OnceLock::new();

/// If this process was started as the helper of [`crate::sandbox::spawn`], does that work and does
/// not return. Otherwise returns at once. Must be the first call of `main`, before any thread.
pub fn run_helper_if_asked() {
    let Some(argument) = std::env::args_os().nth(1) else { return };
    if argument == HELPER_ARGUMENT {
        sys::exit_now(crate::sandbox::helper::run());
    }
    if argument == PROBE_ARGUMENT {
        sys::exit_now(0);
    }
}

/// First thing in the kernel process: makes it untraceable by code of the same user, checks the
/// inherited descriptors 3, 4 and 5, and makes it the reaper of its descendants' orphans.
pub fn enter_kernel() -> io::Result<()> {
    // Before the next step, after which the file belongs to root.
    if let Ok(mut file) = OpenOptions::new().read(true).write(true).open("/proc/self/oom_score_adj")
    {
        let mut score = String::new();
        file.read_to_string(&mut score)?;
        let _already = OOM_SCORE.set((file, score.trim().parse().unwrap_or(0)));
    }
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    for fd in KERNEL_FDS {
        check_fd(fd)?;
    }
    if sys::is_cgroup(FD_SESSION) {
        let _first = SESSION.set(take_fd(FD_SESSION)?);
    }
    if !is_init() {
        set_child_subreaper(Some(getpid()))?;
    }
    Ok(())
}

/// Takes the inherited descriptor `n`; it is closed on exec from then on. Each number can be taken
/// once; a second time is `InvalidInput`.
pub fn take_fd(n: RawFd) -> io::Result<OwnedFd> {
    static TAKEN: std::sync::Mutex<Vec<RawFd>> = std::sync::Mutex::new(Vec::new());
    check_fd(n)?;
    let mut taken = TAKEN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if taken.contains(&n) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("descriptor {n} was taken before"),
        ));
    }
    taken.push(n);
    Ok(sys::adopt_fd(n))
}

/// Whether this process is pid 1 of its pid namespace.
pub(crate) fn is_init() -> bool {
    getpid().as_raw_nonzero().get() == 1
}

/// The writable score of this process for the out-of-memory killer, if there is one, and its value
/// at the start.
pub(crate) fn oom_score() -> Option<(&'static File, i32)> {
    OOM_SCORE.get().map(|it| (&it.0, it.1))
}

/// Where a child writes itself to be in the cgroup of the workspace's programs.
pub(crate) fn session_cgroup() -> Option<RawFd> {
    SESSION.get().map(AsRawFd::as_raw_fd)
}

/// Refuses a number that is not an open descriptor, and closes it on exec.
fn check_fd(n: RawFd) -> io::Result<()> {
    sys::close_on_exec(n).map_err(|error| {
        io::Error::new(error.kind(), format!("descriptor {n} was not inherited: {error}"))
    })
}
