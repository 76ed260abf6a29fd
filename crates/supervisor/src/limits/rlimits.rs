//! No cgroups: what a process can be forbidden by `setrlimit`, and the sizes of temporary files.

use super::{Backend, InForce};
use crate::sandbox::Limits;
use std::io;

#[derive(Debug)]
pub(super) struct Rlimits;

impl Backend for Rlimits {
    fn label(&self) -> &'static str {
        "rlimits"
    }

    fn controllers(&self) -> Vec<&'static str> {
        Vec::new()
    }

    fn create(&self, _: &str, limits: &Limits) -> io::Result<InForce> {
        let mut missing = Vec::new();
        if limits.memory_bytes_max.is_some() {
            missing.push("memory is not limited: no cgroup can be written here".to_owned());
        }
        if limits.cpu_millis_max.is_some() {
            missing.push("processor time is not limited: no cgroup can be written here".to_owned());
        }
        Ok(InForce { backend: self.label(), missing, ..InForce::default() })
    }

    fn remove(&self, _: &str) -> io::Result<()> {
        Ok(())
    }
}
