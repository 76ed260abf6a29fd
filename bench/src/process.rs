//! What the programs that are measured use, read from `/proc`; and where peers are.

use anyhow::{Context, Result, bail};
use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a program may take until it listens.
const START_DEADLINE: Duration = Duration::from_secs(30);
/// Between two looks at a port.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);
/// Parts of a second in `/proc/PID/stat`; fixed on Linux for user space.
const TICKS_PER_SECOND: f64 = 100.0;

/// Where a program is, in the directories in which systems keep programs.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    // Debian keeps servers where an ordinary user's search path does not look.
    let places = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"];
    places.iter().map(|it| Path::new(it).join(program)).find(|it| it.is_file())
}

/// Where a program is, or what to install.
pub(crate) fn need(program: &str, package: &str) -> Result<PathBuf> {
    find(program).with_context(|| format!("`{program}` is missing: apt-get install {package}"))
}

/// Processor time of a program and its children, in seconds.
pub(crate) fn processor_seconds(pid: u32) -> Result<f64> {
    let mut total = 0.0;
    for pid in with_children(pid)? {
        total += own_processor_seconds(pid)?;
    }
    Ok(total)
}

fn with_children(pid: u32) -> Result<Vec<u32>> {
    let text = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))
        .context("a measured program has ended")?;
    let children = text.split_ascii_whitespace().filter_map(|it| it.parse().ok());
    Ok(std::iter::once(pid).chain(children).collect())
}

/// Processor time of a program alone, in seconds.
pub(crate) fn own_processor_seconds(pid: u32) -> Result<f64> {
    let text =
        fs::read_to_string(format!("/proc/{pid}/stat")).context("a measured program has ended")?;
    // The name in parentheses may hold spaces; user and system time are fields 14 and 15.
    let fields = text.rsplit_once(") ").map(|(_, rest)| rest).unwrap_or_default();
    let ticks: Vec<f64> =
        fields.split(' ').skip(11).take(2).filter_map(|it| it.parse().ok()).collect();
    match ticks[..] {
        [user, system] => Ok((user + system) / TICKS_PER_SECOND),
        _ => bail!("/proc/{pid}/stat reads otherwise than expected"),
    }
}

/// Processor time of all threads of a program in milliseconds, to the nanosecond, and how often
/// they began to wait for something.
pub(crate) fn activity(pid: u32) -> Result<(f64, f64)> {
    let (mut milliseconds, mut waits) = (0.0, 0.0);
    for task in fs::read_dir(format!("/proc/{pid}/task"))?.flatten() {
        let times = fs::read_to_string(task.path().join("schedstat"))?;
        let nanoseconds: f64 = times.split(' ').next().unwrap_or_default().parse()?;
        milliseconds += nanoseconds / 1e6;
        waits += number(&task.path().join("status"), "voluntary_ctxt_switches:")?;
    }
    Ok((milliseconds, waits))
}

/// Memory that a program has to itself, and its part of what it shares, in MiB.
pub(crate) fn proportional_mib(pid: u32) -> Result<f64> {
    Ok(number(Path::new(&format!("/proc/{pid}/smaps_rollup")), "Pss:")? / 1024.0)
}

/// Memory of a program now, in MiB; from now on its peak counts from here.
pub(crate) fn resident_mib(pid: u32) -> Result<f64> {
    fs::write(format!("/proc/{pid}/clear_refs"), "5")?;
    Ok(number(Path::new(&format!("/proc/{pid}/status")), "VmRSS:")? / 1024.0)
}

/// Most memory of a program since [`resident_mib`], in MiB.
pub(crate) fn peak_mib(pid: u32) -> Result<f64> {
    Ok(number(Path::new(&format!("/proc/{pid}/status")), "VmHWM:")? / 1024.0)
}

fn number(file: &Path, key: &str) -> Result<f64> {
    let text = fs::read_to_string(file).context("a measured program has ended")?;
    let line = text.lines().find_map(|it| it.strip_prefix(key));
    let number = line.and_then(|it| it.split_ascii_whitespace().next());
    number
        .and_then(|it| it.parse().ok())
        .with_context(|| format!("{} reads otherwise than expected", file.display()))
}

/// Waits until something listens on the port.
pub(crate) fn wait_for_port(port: u16) -> Result<()> {
    let deadline = Instant::now() + START_DEADLINE;
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        if deadline < Instant::now() {
            bail!("nothing listens on port {port}");
        }
        sleep(LOOK_INTERVAL);
    }
    Ok(())
}
