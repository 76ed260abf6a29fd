//! Numbers of the machine that bound how many workspaces it can carry.

use super::{Finding, number_in};
use rustix::process::{Resource, getrlimit};
use rustix::thread::{CapabilitySet, capabilities};
use std::path::Path;

/// Below this, a handful of workspaces uses all terminals.
const PTY_COMFORTABLE: u64 = 1024;
/// A workspace as an ordinary user takes one inotify instance of that user.
const INOTIFY_INSTANCES_COMFORTABLE: u64 = 512;
/// A project with its dependencies has tens of thousands of directories.
const INOTIFY_WATCHES_COMFORTABLE: u64 = 100_000;
/// A dozen workspaces, each with its own build.
const PIDS_COMFORTABLE: u64 = 65_536;
/// A gateway holds some descriptors per client.
const FILES_COMFORTABLE: u64 = 8_192;

pub(super) fn findings() -> Vec<Finding> {
    vec![resource_capability(), ptys(), inotify(), pids(), open_files(), kvm()]
}

fn resource_capability() -> Finding {
    let name = "CAP_SYS_RESOURCE";
    let has =
        capabilities(None).is_ok_and(|sets| sets.effective.contains(CapabilitySet::SYS_RESOURCE));
    if has {
        Finding::ok(name, "limits can be raised")
    } else {
        Finding::ok(name, "not there: limits can be lowered but not raised, which is enough")
    }
}

fn ptys() -> Finding {
    let name = "terminals";
    let Some(max) = number_in("/proc/sys/kernel/pty/max") else {
        return Finding::fail(name, "this system has no terminals", "mount devpts on /dev/pts");
    };
    let used = number_in("/proc/sys/kernel/pty/nr").unwrap_or(0);
    let reserve = number_in("/proc/sys/kernel/pty/reserve").unwrap_or(0);
    let usable = max.saturating_sub(reserve);
    let message = format!("{used} of {usable} in use, over all workspaces together");
    if usable.saturating_sub(used) < PTY_COMFORTABLE {
        Finding::warn(name, message, "raise it: sysctl kernel.pty.max=16384")
    } else {
        Finding::ok(name, message)
    }
}

fn inotify() -> Finding {
    let name = "file watching";
    let value = |file: &str| number_in(Path::new("/proc/sys/fs/inotify").join(file)).unwrap_or(0);
    let (instances, watches) = (value("max_user_instances"), value("max_user_watches"));
    let message = format!("{instances} watchers and {watches} watches per user");
    // As root every workspace is a user of its own.
    let shared = !rustix::process::geteuid().is_root();
    if (shared && instances < INOTIFY_INSTANCES_COMFORTABLE)
        || watches < INOTIFY_WATCHES_COMFORTABLE
    {
        Finding::warn(
            name,
            message,
            "raise it: sysctl fs.inotify.max_user_instances=8192 fs.inotify.max_user_watches=1048576",
        )
    } else {
        Finding::ok(name, message)
    }
}

fn pids() -> Finding {
    let max = number_in("/proc/sys/kernel/pid_max").unwrap_or(0);
    let message = format!("at most {max} on this machine");
    if max < PIDS_COMFORTABLE {
        Finding::warn("processes", message, "raise it: sysctl kernel.pid_max=4194304")
    } else {
        Finding::ok("processes", message)
    }
}

fn open_files() -> Finding {
    let limit = getrlimit(Resource::Nofile);
    let show =
        |value: Option<u64>| value.map_or_else(|| "no limit".to_owned(), |it| it.to_string());
    let message = format!("{} now, {} at most", show(limit.current), show(limit.maximum));
    if limit.maximum.is_some_and(|max| max < FILES_COMFORTABLE) {
        Finding::warn("open files", message, "raise it: LimitNOFILE=65536 in the service file")
    } else {
        Finding::ok("open files", message)
    }
}

fn kvm() -> Finding {
    let message = if Path::new("/dev/kvm").exists() {
        "/dev/kvm is there; whether it can boot anything was not tried"
    } else {
        "no /dev/kvm; nothing needs it"
    };
    Finding::ok("virtualisation", message)
}
