//! Programs that are measured: started, watched for their processor time, ended with their owner.

use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a program may take until it listens.
const START_DEADLINE: Duration = Duration::from_secs(30);
/// Between two looks at a port or a file.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);
/// Parts of a second in `/proc/PID/stat`; fixed on Linux for user space.
const TICKS_PER_SECOND: f64 = 100.0;

/// A running program; killed when it goes.
pub(crate) struct Process {
    child: Child,
}

/// A command whose output goes nowhere.
#[expect(clippy::disallowed_methods, reason = "benchmarks start the programs that they measure")]
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stderr(Stdio::null());
    command
}

/// Where a program is in the search path, or what to install.
pub(crate) fn need(program: &str, package: &str) -> Result<PathBuf> {
    // Debian keeps servers where an ordinary user's search path does not look.
    let places = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"];
    let found = places.iter().map(|it| Path::new(it).join(program)).find(|it| it.is_file());
    found.with_context(|| format!("`{program}` is missing: apt-get install {package}"))
}

impl Process {
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let child = command
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("could not start {}", command.get_program().display()))?;
        Ok(Self { child })
    }

    /// Processor time of the program and its children, in seconds.
    pub(crate) fn processor_seconds(&self) -> Result<f64> {
        let mut total = 0.0;
        for pid in with_children(self.child.id())? {
            total += seconds_of(pid)?;
        }
        Ok(total)
    }

    /// Processor time of the program alone, in seconds.
    pub(crate) fn own_processor_seconds(&self) -> Result<f64> {
        seconds_of(self.child.id())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // TERM first, so that a server takes its own children along.
        let pid = self.child.id().to_string();
        drop(command("/bin/kill").arg(pid).status());
        let deadline = Instant::now() + Duration::from_secs(5);
        while Instant::now() < deadline && matches!(self.child.try_wait(), Ok(None)) {
            sleep(LOOK_INTERVAL);
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn with_children(pid: u32) -> Result<Vec<u32>> {
    let text = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))
        .context("a measured program has ended")?;
    let children = text.split_ascii_whitespace().filter_map(|it| it.parse().ok());
    Ok(std::iter::once(pid).chain(children).collect())
}

fn seconds_of(pid: u32) -> Result<f64> {
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

/// Waits until something listens on the port.
pub(crate) fn wait_for_port(port: u16) -> Result<()> {
    wait_for(&format!("port {port}"), || TcpStream::connect(("127.0.0.1", port)).is_ok())
}

/// Waits until `is_there` says so.
pub(crate) fn wait_for(what: &str, is_there: impl Fn() -> bool) -> Result<()> {
    let deadline = Instant::now() + START_DEADLINE;
    while !is_there() {
        if deadline < Instant::now() {
            bail!("waited in vain for {what}");
        }
        sleep(LOOK_INTERVAL);
    }
    Ok(())
}
