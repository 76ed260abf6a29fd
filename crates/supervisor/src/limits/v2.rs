//! Cgroup v2: our own cgroup, delegated to us by whoever started us.
//!
//! A cgroup that gives controllers to its children has no processes itself, so this process moves
//! to a child `daemon` first. With `Delegate=yes` that is all a service file needs where systemd
//! knows `DelegateSubgroup` (254). An older one starts the service anew in the cgroup itself, which
//! the system refuses while workspaces below have limits; there a second service keeps them, and it
//! is found by its name: `stead-workspaces.service` beside `stead.service`.

use super::{
    Backend, CONTROLLERS, InForce, SESSION, below, empty_and_remove, is_writable, make, own_path,
};
use crate::sandbox::Limits;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const MOUNT: &str = "/sys/fs/cgroup";
/// Where this process lives, beside the workspaces.
const DAEMON: &str = "daemon";
const CPU_PERIOD_US: u64 = 100_000;

#[derive(Debug)]
pub(super) struct V2 {
    /// The delegated cgroup; workspaces are below it.
    own: PathBuf,
    controllers: Vec<&'static str>,
}

impl V2 {
    /// Our cgroup, if it can have children with at least one controller.
    pub(super) fn find() -> Option<Self> {
        let available = |directory: &Path, file: &str| {
            let text = fs::read_to_string(directory.join(file)).unwrap_or_default();
            CONTROLLERS
                .into_iter()
                .filter(|it| text.split_ascii_whitespace().any(|word| word == *it))
                .collect::<Vec<_>>()
        };
        let mount = Path::new(MOUNT);
        if available(mount, "cgroup.controllers").is_empty() {
            return None;
        }
        let cgroups = fs::read_to_string("/proc/self/cgroup").ok()?;
        let mut own = below(mount, &own_path(&cgroups, "")?);
        if own.file_name().is_some_and(|it| it == DAEMON) {
            own.pop();
        }
        let beside = beside(&own).filter(|it| it.is_dir());
        let is_ours = beside.is_none();
        let own = beside.unwrap_or(own);
        if !is_writable(&own) || !is_writable(&own.join("cgroup.subtree_control")) {
            return None;
        }
        if is_ours && let Err(error) = move_to_daemon(&own) {
            tracing::warn!(%error, "the cgroup cannot be prepared for workspaces");
            return None;
        }
        for controller in available(&own, "cgroup.controllers") {
            if let Err(error) =
                fs::write(own.join("cgroup.subtree_control"), format!("+{controller}"))
            {
                tracing::warn!(controller, %error, "a cgroup controller cannot be passed on");
            }
        }
        let controllers = available(&own, "cgroup.subtree_control");
        (!controllers.is_empty()).then_some(Self { own, controllers })
    }
}

/// Where the service that keeps the workspaces' cgroups would be, if `own` is the cgroup of a
/// service: `stead-workspaces.service` beside `stead.service`.
fn beside(own: &Path) -> Option<PathBuf> {
    let service = own.file_name()?.to_str()?.strip_suffix(".service")?;
    Some(own.with_file_name(format!("{service}-workspaces.service")))
}

/// Moves every process of the cgroup, which are this one and those it came with, to a child.
fn move_to_daemon(own: &Path) -> io::Result<()> {
    let procs = fs::read_to_string(own.join("cgroup.procs"))?;
    if procs.trim().is_empty() {
        return Ok(());
    }
    let daemon = own.join(DAEMON);
    make(&daemon)?;
    for pid in procs.lines() {
        if let Err(error) = fs::write(daemon.join("cgroup.procs"), pid)
            && pid == std::process::id().to_string()
        {
            return Err(error);
        }
    }
    Ok(())
}

impl Backend for V2 {
    fn label(&self) -> &'static str {
        "cgroup_v2"
    }

    fn controllers(&self) -> Vec<&'static str> {
        self.controllers.clone()
    }

    fn create(&self, name: &str, limits: &Limits) -> io::Result<InForce> {
        let directory = self.own.join(name);
        make(&directory)?;
        let has = |controller| self.controllers.contains(&controller);
        let set = |file: &str, value: Option<u64>| {
            let text = value.map_or_else(|| "max".to_owned(), |it| it.to_string());
            fs::write(directory.join(file), text).map(|()| value)
        };
        let mut in_force = InForce { backend: self.label(), ..InForce::default() };
        if has("memory") {
            in_force.memory_bytes_max = set("memory.max", limits.memory_bytes_max)?;
            // One process is ended, never the whole workspace: the kernel is in it.
            fs::write(directory.join("memory.oom.group"), "0")?;
            if limits.memory_bytes_max.is_some() && directory.join("memory.swap.max").exists() {
                set("memory.swap.max", Some(0))?;
            }
        }
        if has("pids") {
            in_force.processes_max = set("pids.max", limits.processes_max)?;
        }
        if has("cpu") {
            let quota = limits
                .cpu_millis_max
                .map_or_else(|| "max".to_owned(), |it| (it * CPU_PERIOD_US / 1000).to_string());
            fs::write(directory.join("cpu.max"), format!("{quota} {CPU_PERIOD_US}"))?;
            in_force.cpu_millis_max = limits.cpu_millis_max;
            match make_session(&directory) {
                Ok(threads) => in_force.session = Some(threads),
                Err(error) => in_force
                    .missing
                    .push(format!("programs share the processor with the kernel: {error}")),
            }
        }
        for controller in CONTROLLERS.into_iter().filter(|it| !has(*it)) {
            in_force.missing.push(format!("the cgroup controller `{controller}` is missing"));
        }
        in_force.procs.push(directory.join("cgroup.procs"));
        Ok(in_force)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        empty_and_remove(&self.own.join(name))
    }
}

/// Makes the cgroup of the programs. It is a threaded one: the kernel can stay in the cgroup above
/// it, what is not about the processor is counted there, and one thread moves itself to it without
/// a global lock.
fn make_session(workspace: &Path) -> io::Result<PathBuf> {
    let session = workspace.join(SESSION);
    make(&session)?;
    fs::write(session.join("cgroup.type"), "threaded")?;
    fs::write(workspace.join("cgroup.subtree_control"), "+cpu")?;
    Ok(session.join("cgroup.threads"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_of_the_workspaces_is_found_by_name() {
        let beside = |own: &str| beside(Path::new(own));
        assert_eq!(
            beside("/sys/fs/cgroup/system.slice/stead.service"),
            Some("/sys/fs/cgroup/system.slice/stead-workspaces.service".into())
        );
        assert_eq!(beside("/sys/fs/cgroup/user.slice/session-3.scope"), None);
        assert_eq!(beside("/"), None);
    }
}
