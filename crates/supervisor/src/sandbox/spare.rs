//! An empty sandbox that is made before it is needed, so that a workspace wakes faster.
//!
//! It is a process in namespaces of its own, with everything but a workspace and a user, and it has
//! never run anything. It waits without a timer for what it is to become, and ends when whoever made
//! it drops it or ends itself. It is used once.

use super::plan::{Base, Place};
use super::start;
use super::waiting::Waiting;
use super::{Limits, Mode, SandboxSpec, SpawnError, ToolDir};
use crate::limits;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Where new and changed files of the machine are noticed that a sandbox shows one by one.
const WATCHED: &[&str] = &["/", "/etc", "/etc/ssl"];

/// What the workspaces of a host have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpareSpec {
    /// See [`SandboxSpec::program`].
    pub program: PathBuf,
    pub tools: Vec<ToolDir>,
    pub hostname: String,
    pub limits: Limits,
    /// The directory in which workspaces and their homes are.
    pub below: PathBuf,
}

/// An empty sandbox. Dropping it ends it.
#[derive(Debug)]
pub struct Spare {
    waiting: Waiting,
    base: Base,
    below: PathBuf,
    program: PathBuf,
    /// What the machine looked like.
    machine: Vec<Option<Mark>>,
    /// The machine's mounts; polling it tells whether they have changed since.
    mounts: OwnedFd,
}

/// What tells a file or directory from what it was, or from another in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    device: u64,
    inode: u64,
    /// Of a directory that is watched: when something came or went in it.
    changed: Option<(i64, i64)>,
}

impl Spare {
    /// Makes one. Blocks for some milliseconds. `None`: without knowing whose it is, this machine
    /// gives no sandbox to this user.
    pub fn prepare(spec: &SpareSpec) -> Result<Option<Self>, SpawnError> {
        if start::user_first() && rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        // With cgroup v2 this process moves to a cgroup of its own, and what it starts must be there.
        limits::backend();
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let mounts = rustix::fs::open("/proc/self/mountinfo", flags, rustix::fs::Mode::empty())
            .map_err(|error| SpawnError::Setup {
                step: "watching the machine's mounts".to_owned(),
                source: error.into(),
            })?;
        let place = Place::Below(spec.below.clone().into());
        let base = start::empty(Mode::Sandbox, &spec.tools, &spec.hostname, &spec.limits, place);
        let machine = marks(&base);
        let program = start::open_program(&spec.program)?;
        let waiting = Waiting::start(&program, &base, None, None)
            .and_then(|mut it| it.prepared().map(|()| it))
            .map_err(|it| it.into_error(&spec.program))?;
        let (below, program) = (spec.below.clone(), spec.program.clone());
        Ok(Some(Self { waiting, base, below, program, machine, mounts }))
    }

    /// The waiting process, as the host sees it.
    pub fn pid(&self) -> u32 {
        self.waiting.pid
    }

    /// Whether it can become what is wanted, as it would be if it were made now.
    pub(super) fn fits(&self, spec: &SandboxSpec) -> bool {
        let place = Place::Below(self.below.clone().into());
        let is_below = |path: &Path| {
            path != self.below && start::is_plain_absolute(path) && path.starts_with(&self.below)
        };
        spec.mode == Mode::Sandbox
            && spec.program == self.program
            && is_below(&spec.workspace)
            && is_below(&spec.home)
            && self.base
                == start::empty(Mode::Sandbox, &spec.tools, &spec.hostname, &spec.limits, place)
            && !self.is_stale()
    }

    /// Whether the machine has changed so that a new sandbox would look different.
    fn is_stale(&self) -> bool {
        let mut mounts = [PollFd::new(&self.mounts, PollFlags::PRI)];
        let changed = poll(&mut mounts, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
        changed != Ok(0) || marks(&self.base) != self.machine
    }

    pub(super) fn into_waiting(self) -> Waiting {
        self.waiting
    }
}

/// What a sandbox is made from.
fn marks(base: &Base) -> Vec<Option<Mark>> {
    let below = match &base.place {
        Place::Below(directory) => Some(directory.as_os_str()),
        Place::Known { .. } => None,
    };
    let places = base.tools.iter().map(|it| it.0.as_os_str()).chain(below);
    let places = places.map(|it| mark(Path::new(it), false));
    places.chain(WATCHED.iter().map(|it| mark(Path::new(it), true))).collect()
}

fn mark(path: &Path, watched: bool) -> Option<Mark> {
    let it = fs::metadata(path).ok()?;
    let changed = watched.then(|| (it.mtime(), it.mtime_nsec()));
    Some(Mark { device: it.dev(), inode: it.ino(), changed })
}
