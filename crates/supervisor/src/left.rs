//! What programs leave in the memory of the system when they end: shared memory, semaphores and
//! message queues. It would stay as long as the namespaces do, which are the kernel's.

use crate::sys::{self, SystemV};
use crate::{init, remove};
use std::fs;
use std::io;
use std::path::Path;

/// Where the system lists the objects of the namespace, by kind.
const SYSTEM_V: [(&str, SystemV); 3] = [
    ("/proc/sysvipc/shm", SystemV::Memory),
    ("/proc/sysvipc/sem", SystemV::Semaphores),
    ("/proc/sysvipc/msg", SystemV::Queue),
];
/// POSIX shared memory, and POSIX queues where the system has them.
const DIRECTORIES: [&str; 2] = ["/dev/shm", "/dev/mqueue"];

/// Removes it all, when no process is left that could use it. Only in a sandbox: elsewhere it is not
/// known whose it is. Blocks.
pub fn remove() -> io::Result<()> {
    if !init::is_init() {
        return Ok(());
    }
    let mut result = Ok(());
    for (list, kind) in SYSTEM_V {
        // A system without this kind has no list of it.
        let Ok(list) = fs::read_to_string(list) else { continue };
        for id in list.lines().skip(1).filter_map(second_number) {
            result = result.and(sys::remove_system_v(kind, id));
        }
    }
    for directory in DIRECTORIES.map(Path::new) {
        if directory.is_dir() {
            result = result.and(remove::empty(directory));
        }
    }
    result
}

/// Lines begin with the key and the identifier.
fn second_number(line: &str) -> Option<i32> {
    line.split_ascii_whitespace().nth(1)?.parse().ok()
}
