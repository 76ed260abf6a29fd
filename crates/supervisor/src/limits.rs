//! Limits on memory, processes and processor time: by cgroups where they can be had.
//!
//! One of three backends is chosen once, by looking: [`v2`] where our own cgroup was delegated to
//! us, [`v1`] for root on machines with the older hierarchies, [`rlimits`] otherwise.
//!
//! Limits are those of the whole workspace. For the processor its programs are a group of their own
//! below that, [`SESSION`], beside which the kernel has half: whatever a thousand of them do, it is
//! there to end them.

mod rlimits;
mod v1;
mod v2;

use crate::sandbox::Limits;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The controllers that are used.
pub(crate) const CONTROLLERS: [&str; 3] = ["memory", "pids", "cpu"];
/// The cgroup of a workspace's programs, in that of the workspace.
const SESSION: &str = "session";
/// How long a cgroup may take to become empty after its processes were killed.
const EMPTY_TIMEOUT: Duration = Duration::from_secs(5);
/// Between two looks at a cgroup that is being emptied; usually one is enough.
const EMPTY_POLL: Duration = Duration::from_millis(2);

/// Where limits come from on this machine.
pub(crate) trait Backend: std::fmt::Debug + Send + Sync {
    /// As in `Capabilities::limits`.
    fn label(&self) -> &'static str;
    /// Controllers that can be written, for `stead doctor`.
    fn controllers(&self) -> Vec<&'static str>;
    /// Makes a workspace's cgroups, or takes over what an earlier one left, and sets the limits.
    fn create(&self, name: &str, limits: &Limits) -> io::Result<InForce>;
    /// Kills what is left in a workspace's cgroups and removes them.
    fn remove(&self, name: &str) -> io::Result<()>;
}

/// What a workspace got.
#[derive(Debug, Default)]
pub(crate) struct InForce {
    pub(crate) backend: &'static str,
    /// Files to write one's pid into.
    pub(crate) procs: Vec<PathBuf>,
    /// File into which a program of the workspace writes its thread before it is executed.
    pub(crate) session: Option<PathBuf>,
    pub(crate) memory_bytes_max: Option<u64>,
    pub(crate) processes_max: Option<u64>,
    pub(crate) cpu_millis_max: Option<u64>,
    pub(crate) missing: Vec<String>,
}

/// The backend of this machine. The first call looks, and with cgroup v2 moves this process into a
/// cgroup of its own.
pub(crate) fn backend() -> &'static dyn Backend {
    static BACKEND: OnceLock<Box<dyn Backend>> = OnceLock::new();
    BACKEND
        .get_or_init(|| {
            if let Some(it) = v2::V2::find() {
                Box::new(it)
            } else if let Some(it) = v1::V1::find() {
                Box::new(it)
            } else {
                Box::new(rlimits::Rlimits)
            }
        })
        .as_ref()
}

/// Our path in a hierarchy, from `/proc/self/cgroup`: lines of `number:controllers:path`. The
/// unified hierarchy has no controllers there.
fn own_path(cgroups: &str, controller: &str) -> Option<PathBuf> {
    cgroups.lines().find_map(|line| {
        let mut fields = line.splitn(3, ':').skip(1);
        let found = fields.next()?.split(',').any(|it| it == controller);
        let path = fields.next()?;
        // A path that begins with `..` is outside of our cgroup namespace.
        (found && !path.starts_with("/..")).then(|| PathBuf::from(path))
    })
}

/// Appends an absolute cgroup path to the place where the hierarchy is mounted.
fn below(mount: &Path, path: &Path) -> PathBuf {
    mount.join(path.strip_prefix("/").unwrap_or(path))
}

/// Whether this process may write a file, without writing.
fn is_writable(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

/// Makes a directory; that it exists is fine.
fn make(path: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Kills what is in a workspace's cgroup until it can be removed. That it does not exist is fine.
fn empty_and_remove(directory: &Path) -> io::Result<()> {
    let session = directory.join(SESSION);
    let deadline = Instant::now() + EMPTY_TIMEOUT;
    loop {
        match remove(&session).and_then(|()| remove(directory)) {
            Ok(()) => return Ok(()),
            Err(error) if Instant::now() >= deadline => return Err(error),
            Err(_busy) => {}
        }
        // Newer kernels end a whole cgroup in one step.
        if fs::write(directory.join("cgroup.kill"), "1").is_err() {
            kill_members(directory);
            kill_members(&session);
        }
        std::thread::sleep(EMPTY_POLL);
    }
}

fn remove(directory: &Path) -> io::Result<()> {
    match fs::remove_dir(directory) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn kill_members(directory: &Path) {
    let Ok(procs) = fs::read_to_string(directory.join("cgroup.procs")) else { return };
    let own = std::process::id();
    for pid in procs.lines().filter_map(|it| it.parse::<u32>().ok()).filter(|&it| it != own) {
        if let Some(pid) = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) {
            let _gone = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_path_is_found_per_controller() {
        let cgroups = "5:devices:/\n4:memory:/a/b\n3:cpu,cpuacct:/c\n1:pids:/../x\n0::/unified\n";
        assert_eq!(own_path(cgroups, "memory"), Some("/a/b".into()));
        assert_eq!(own_path(cgroups, "cpu"), Some("/c".into()));
        assert_eq!(own_path(cgroups, ""), Some("/unified".into()));
        assert_eq!(own_path(cgroups, "pids"), None, "outside of our namespace");
        assert_eq!(own_path(cgroups, "io"), None);
    }
}
