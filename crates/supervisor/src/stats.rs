//! What the system says about the processes of a workspace, seen from inside it.
//!
//! Everything here blocks for microseconds to a few milliseconds. There is no event for
//! `listen(2)`: whoever wants to know asks again.

mod listeners;
mod ports;
mod stat;

pub use listeners::{Listener, listeners};
pub use ports::{ListeningPort, listening_ports};
pub use stat::{Process, process, processes, start_time};

use rustix::param::{clock_ticks_per_second, page_size};
use std::path::PathBuf;

/// What the processes of the workspace use now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Processes alive, this one included.
    pub processes: u64,
    /// Resident memory that is not shared with files, summed over the processes.
    pub memory_bytes: u64,
    /// Processor time of the processes alive and of their children that were waited for.
    pub cpu_ms: u64,
}

/// Sums over every process that can be seen; inside a sandbox that is the workspace.
pub fn usage() -> Usage {
    let ticks_per_second = clock_ticks_per_second().max(1);
    let page = page_size() as u64;
    let mut usage = Usage::default();
    for process in processes().iter().filter(|it| it.is_alive()) {
        usage.processes += 1;
        usage.cpu_ms += process.cpu_ticks * 1000 / ticks_per_second;
        usage.memory_bytes += private_pages(process.pid) * page;
    }
    usage
}

/// Current directory of a process; `None` when it is gone or not ours.
pub fn working_directory(pid: u32) -> Option<PathBuf> {
    std::fs::read_link(format!("/proc/{pid}/cwd")).ok()
}

/// Resident pages minus the ones shared with files.
fn private_pages(pid: u32) -> u64 {
    let Ok(statm) = std::fs::read_to_string(format!("/proc/{pid}/statm")) else { return 0 };
    let mut fields = statm.split(' ').skip(1).map(|it| it.parse().unwrap_or(0));
    let resident: u64 = fields.next().unwrap_or(0);
    resident.saturating_sub(fields.next().unwrap_or(0))
}
