//! Cgroup v1: one hierarchy per controller, written by root.

use super::{
    Backend, CONTROLLERS, InForce, SESSION, below, empty_and_remove, is_writable, make, own_path,
};
use crate::sandbox::Limits;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const MOUNT: &str = "/sys/fs/cgroup";
/// Our directory in each hierarchy; workspaces are below it.
const OURS: &str = "stead";
const CPU_PERIOD_US: u64 = 100_000;
/// Not `cgroup.procs`: one thread that moves itself takes no global lock, which saves milliseconds.
/// Whoever moves has one thread.
const THREADS: &str = "tasks";

#[derive(Debug)]
pub(super) struct V1 {
    /// Writable controllers and our directory in each.
    hierarchies: Vec<(&'static str, PathBuf)>,
}

impl V1 {
    /// The hierarchies in which we may make cgroups, if there is one.
    pub(super) fn find() -> Option<Self> {
        let cgroups = fs::read_to_string("/proc/self/cgroup").ok()?;
        let hierarchies: Vec<_> = CONTROLLERS
            .into_iter()
            .filter_map(|controller| {
                let own =
                    below(&Path::new(MOUNT).join(controller), &own_path(&cgroups, controller)?);
                is_writable(&own).then(|| (controller, own.join(OURS)))
            })
            .collect();
        (!hierarchies.is_empty()).then_some(Self { hierarchies })
    }
}

impl Backend for V1 {
    fn label(&self) -> &'static str {
        "cgroup_v1"
    }

    fn controllers(&self) -> Vec<&'static str> {
        self.hierarchies.iter().map(|it| it.0).collect()
    }

    fn create(&self, name: &str, limits: &Limits) -> io::Result<InForce> {
        let mut in_force = InForce { backend: self.label(), ..InForce::default() };
        for (controller, ours) in &self.hierarchies {
            make(ours)?;
            let directory = ours.join(name);
            make(&directory)?;
            match *controller {
                "memory" => in_force.memory_bytes_max = set_memory(&directory, limits)?,
                "pids" => in_force.processes_max = set_processes(&directory, limits)?,
                _ => {
                    in_force.cpu_millis_max = set_cpu(&directory, limits)?;
                    make(&directory.join(SESSION))?;
                    in_force.session = Some(directory.join(SESSION).join(THREADS));
                }
            }
            in_force.procs.push(directory.join(THREADS));
        }
        for controller in CONTROLLERS {
            if !self.hierarchies.iter().any(|it| it.0 == controller) {
                in_force.missing.push(format!("the cgroup controller `{controller}` is missing"));
            }
        }
        Ok(in_force)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut result = Ok(());
        for (_, ours) in &self.hierarchies {
            result = result.and(empty_and_remove(&ours.join(name)));
        }
        result
    }
}

fn set_memory(directory: &Path, limits: &Limits) -> io::Result<Option<u64>> {
    let with_swap = directory.join("memory.memsw.limit_in_bytes");
    let without = directory.join("memory.limit_in_bytes");
    // Both at their highest first: memory with swap may never be the smaller one.
    if with_swap.exists() {
        fs::write(&with_swap, "-1")?;
    }
    let Some(max) = limits.memory_bytes_max else {
        fs::write(&without, "-1")?;
        return Ok(None);
    };
    fs::write(&without, max.to_string())?;
    if with_swap.exists() {
        fs::write(&with_swap, max.to_string())?;
    }
    Ok(Some(max))
}

fn set_processes(directory: &Path, limits: &Limits) -> io::Result<Option<u64>> {
    let max = limits.processes_max.map_or_else(|| "max".to_owned(), |max| max.to_string());
    fs::write(directory.join("pids.max"), max)?;
    Ok(limits.processes_max)
}

fn set_cpu(directory: &Path, limits: &Limits) -> io::Result<Option<u64>> {
    fs::write(directory.join("cpu.cfs_period_us"), CPU_PERIOD_US.to_string())?;
    let quota = limits
        .cpu_millis_max
        .map_or_else(|| "-1".to_owned(), |millis| (millis * CPU_PERIOD_US / 1000).to_string());
    fs::write(directory.join("cpu.cfs_quota_us"), quota)?;
    Ok(limits.cpu_millis_max)
}
