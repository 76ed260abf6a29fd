//! What this machine has, and what is left of it.

use crate::host::Host;
use protocol::machine::Resources;
use std::fs;
use std::thread::available_parallelism;

/// As the system says; `None` where it does not. Blocks for no longer than a few small files take.
pub(crate) fn of(host: &Host) -> Option<Resources> {
    let memory = fs::read_to_string("/proc/meminfo").ok()?;
    let load = fs::read_to_string("/proc/loadavg").ok()?;
    let (disk_total_bytes, disk_free_bytes) = host.storage().0.disk_bytes().ok()?;
    let cpus = available_parallelism().map_or(1, usize::from);
    Some(Resources {
        cpus: u32::try_from(cpus).unwrap_or(u32::MAX),
        load: load.split(' ').next()?.parse().ok()?,
        memory_total_bytes: field(&memory, "MemTotal:")?,
        memory_free_bytes: field(&memory, "MemAvailable:")?,
        disk_total_bytes,
        disk_free_bytes,
    })
}

/// A line of `/proc/meminfo`, in bytes.
fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|it| it.strip_prefix(name))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_in_bytes_and_what_is_none_is_not() {
        let text = "MemTotal:       16 kB\nMemAvailable: 3 kB\nHugePages_Total:       0\n";
        assert_eq!(field(text, "MemTotal:"), Some(16 * 1024));
        assert_eq!(field(text, "MemAvailable:"), Some(3 * 1024));
        assert_eq!((field(text, "HugePages_Total:"), field(text, "Swap:")), (None, None));
    }
}
