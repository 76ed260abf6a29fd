//! The processes of the workspace as people see them, and signals to them.
//!
//! A process belongs to the workspace when it descends from the kernel. As the first process of a
//! sandbox the kernel sees nothing else.

use crate::context::Context;
use protocol::terminal::is_name;
use protocol::{ErrorCode, WireError};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use stdx::clock;
use supervisor::process;
use supervisor::stats::{self, Process};
use utoipa::ToSchema;

/// Longest command line that is shown, in bytes.
const COMMAND_BYTES_MAX: usize = 1024;
/// Passes over the processes when something must be gone: each catches what the last one forked.
/// Only a storm outlasts them.
const KILL_PASSES: usize = 4;
/// Processes without a parent that are asked whose they are while everything runs: to ask one waits
/// for its memory, which one that forks all the time hardly ever lets go of.
const ORPHANS_MAX: usize = 32;
/// Variable that marks every process of one run of the dev server.
pub const MARKER: &str = "STEAD_RUN";
/// Variable that marks every process of an agent; its value is the name of the agent's terminal.
pub const AGENT: &str = "STEAD_AGENT";

/// One process of the workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProcessInfo {
    pub pid: u32,
    pub ppid: u32,
    /// The command line, cut when it is very long; the name in brackets without one.
    pub command: String,
    /// Milliseconds since 1970.
    pub started_at_ms: u64,
    /// Resident memory.
    pub memory_bytes: u64,
    /// Processor time so far.
    pub cpu_ms: u64,
}

/// Body of `POST /api/v1/processes/{pid}/signal`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignalBody {
    /// `TERM`, `KILL`, `INT`, `HUP`, `QUIT`, `STOP`, `CONT`, `USR1` or `USR2`, with or without
    /// `SIG`.
    pub signal: String,
}

/// Why a signal was not sent.
#[derive(Debug, thiserror::Error)]
pub enum SignalError {
    #[error("`{0}` is no signal that may be sent")]
    Unknown(String),
    #[error("there is no process {0} in the workspace")]
    NoProcess(u32),
    #[error("process {0} belongs to another user of the workspace")]
    NotOurs(u32),
}

impl From<SignalError> for WireError {
    fn from(error: SignalError) -> Self {
        let code = match &error {
            SignalError::Unknown(_) => ErrorCode::InvalidRequest,
            SignalError::NoProcess(_) => ErrorCode::NotFound,
            SignalError::NotOurs(_) => ErrorCode::Conflict,
        };
        Self::new(code, error.to_string())
    }
}

/// Living processes of the workspace without the kernel, by rising pid.
pub fn members() -> Vec<Process> {
    let own = std::process::id();
    let all = stats::processes();
    let parents: HashMap<u32, u32> = all.iter().map(|it| (it.pid, it.parent)).collect();
    let own_only = HashSet::from([own]);
    let descends = |pid: u32| descends(&parents, pid, &own_only);
    all.into_iter().filter(|it| it.is_alive() && it.pid != own && descends(it.pid)).collect()
}

/// Whether `pid` is one of `roots` or has one above it. The table may have been read while it changed.
fn descends(parents: &HashMap<u32, u32>, pid: u32, roots: &HashSet<u32>) -> bool {
    let mut at = pid;
    for _ in 0..=parents.len() {
        if roots.contains(&at) {
            return true;
        }
        match parents.get(&at) {
            Some(parent) if *parent != 0 => at = *parent,
            _ => return false,
        }
    }
    false
}

/// Answer of `GET /api/v1/processes`.
pub fn list() -> Vec<ProcessInfo> {
    let booted_at_ms = booted_at_ms();
    let ticks = rustix::param::clock_ticks_per_second().max(1);
    let page = rustix::param::page_size() as u64;
    let info = |it: Process| ProcessInfo {
        pid: it.pid,
        ppid: it.parent,
        command: command_line(it.pid).unwrap_or_else(|| format!("[{}]", it.name)),
        started_at_ms: booted_at_ms + it.start_time * 1000 / ticks,
        memory_bytes: resident_pages(it.pid) * page,
        cpu_ms: it.cpu_ticks * 1000 / ticks,
    };
    members().into_iter().map(info).collect()
}

fn booted_at_ms() -> u64 {
    let text = std::fs::read_to_string("/proc/uptime").unwrap_or_default();
    let seconds: f64 = text.split(' ').next().and_then(|it| it.parse().ok()).unwrap_or_default();
    let up = std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default();
    clock::now_ms().saturating_sub(u64::try_from(up.as_millis()).unwrap_or_default())
}

fn resident_pages(pid: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/statm")).unwrap_or_default();
    text.split(' ').nth(1).and_then(|it| it.parse().ok()).unwrap_or_default()
}

/// Arguments joined by spaces; `None` for a process without any.
pub fn command_line(pid: u32) -> Option<String> {
    let bytes = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let bytes = &bytes[..bytes.len().min(COMMAND_BYTES_MAX)];
    let text = String::from_utf8_lossy(bytes).replace('\0', " ").trim_end().to_owned();
    (!text.is_empty()).then_some(text)
}

/// The agent that a process works for, by what it inherited. A program may call itself so.
pub fn agent_of(pid: u32) -> Option<String> {
    let bytes = std::fs::read(format!("/proc/{pid}/environ")).ok()?;
    let entries = bytes.split(|it| *it == 0);
    let mut values = entries.filter_map(|it| it.strip_prefix(AGENT.as_bytes())?.strip_prefix(b"="));
    let name = std::str::from_utf8(values.next()?).ok()?;
    is_name(name).then(|| name.to_owned())
}

/// Sends a signal that a person chose to one process of the workspace.
pub fn signal(pid: u32, name: &str) -> Result<(), SignalError> {
    let signal = parse(name).ok_or_else(|| SignalError::Unknown(name.to_owned()))?;
    if !members().iter().any(|it| it.pid == pid) {
        return Err(SignalError::NoProcess(pid));
    }
    match kill_process(raw(pid).ok_or(SignalError::NoProcess(pid))?, signal) {
        Ok(()) => Ok(()),
        Err(Errno::PERM) => Err(SignalError::NotOurs(pid)),
        Err(_) => Err(SignalError::NoProcess(pid)),
    }
}

fn parse(name: &str) -> Option<Signal> {
    let upper = name.to_ascii_uppercase();
    Some(match upper.strip_prefix("SIG").unwrap_or(&upper) {
        "TERM" => Signal::TERM,
        "KILL" => Signal::KILL,
        "INT" => Signal::INT,
        "HUP" => Signal::HUP,
        "QUIT" => Signal::QUIT,
        "STOP" => Signal::STOP,
        "CONT" => Signal::CONT,
        "USR1" => Signal::USR1,
        "USR2" => Signal::USR2,
        _ => return None,
    })
}

fn raw(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().and_then(Pid::from_raw)
}

/// Signals the process group that `pid` leads; an empty group is what may be wanted.
pub fn signal_group(pid: u32, signal: Signal) {
    if let Some(group) = raw(pid) {
        let _gone = kill_process_group(group, signal);
    }
}

/// One run of something whose processes must be found again, wherever they fork to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The first process.
    pub pid: u32,
    /// Value of [`MARKER`] in its environment.
    pub marker: String,
}

impl Run {
    /// Every living process of the run: descendants, members of its session, and whoever inherited
    /// its environment after leaving both, with descendants. In a storm, not all of the last.
    pub fn members(&self) -> Vec<Process> {
        self.find(ORPHANS_MAX).0
    }

    /// The processes of the run, and whether that is all of them.
    fn find(&self, orphans_max: usize) -> (Vec<Process>, bool) {
        let all = members();
        let parents: HashMap<u32, u32> = all.iter().map(|it| (it.pid, it.parent)).collect();
        let mut roots: HashSet<u32> =
            all.iter().filter(|it| it.session == self.pid).map(|it| it.pid).collect();
        roots.insert(self.pid);
        // Whoever left its parent is the kernel's child; the shells of terminals always were.
        let own = std::process::id();
        let is_shell = |it: &Process| it.pid == it.session && it.terminal != 0;
        let orphans: Vec<u32> = all
            .iter()
            .filter(|it| it.parent == own && !roots.contains(&it.pid) && !is_shell(it))
            .map(|it| it.pid)
            .collect();
        let entry = format!("{MARKER}={}", self.marker);
        let asked = orphans.iter().take(orphans_max);
        roots.extend(asked.filter(|it| has_entry(**it, entry.as_bytes())));
        let found = all.into_iter().filter(|it| descends(&parents, it.pid, &roots)).collect();
        (found, orphans.len() <= orphans_max)
    }

    /// Asks every process of the run to end. A stopped one is continued so that it can.
    pub fn terminate(&self) {
        for pid in self.members().iter().filter_map(|it| raw(it.pid)) {
            // Gone already is what is wanted.
            let _gone = kill_process(pid, Signal::TERM);
            let _gone = kill_process(pid, Signal::CONT);
        }
    }

    /// Kills every process of the run, and what they fork meanwhile.
    pub fn kill(&self) {
        let mut killed = HashSet::new();
        for _ in 0..KILL_PASSES {
            let (mut fresh, are_all) = self.find(ORPHANS_MAX);
            fresh.retain(|it| killed.insert((it.pid, it.start_time)));
            if fresh.is_empty() && are_all {
                return;
            }
            for pid in fresh.iter().filter_map(|it| raw(it.pid)) {
                // Gone already is what is wanted.
                let _gone = kill_process(pid, Signal::KILL);
            }
            if !are_all {
                break;
            }
        }
        process::kill_while_stopped(|| self.find(usize::MAX).0.iter().map(|it| it.pid).collect());
    }
}

fn has_entry(pid: u32, entry: &[u8]) -> bool {
    std::fs::read(format!("/proc/{pid}/environ"))
        .is_ok_and(|it| it.split(|byte| *byte == 0).any(|it| it == entry))
}

/// A directory as people name it: relative to the workspace, then to the home directory.
pub fn friendly_directory(context: &Context, path: &std::path::Path) -> String {
    if let Ok(rest) = path.strip_prefix(&context.config.root) {
        let rest = rest.to_string_lossy();
        return if rest.is_empty() { ".".to_owned() } else { rest.into_owned() };
    }
    match path.strip_prefix(&context.config.home) {
        Ok(rest) if rest.as_os_str().is_empty() => "~".to_owned(),
        Ok(rest) => format!("~/{}", rest.to_string_lossy()),
        Err(_) => path.to_string_lossy().into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descent_is_followed_and_a_torn_table_ends() {
        let parents = HashMap::from([(1, 0), (2, 1), (3, 2), (4, 9), (5, 6), (6, 5)]);
        let roots = HashSet::from([1]);
        assert!(descends(&parents, 3, &roots));
        assert!(!descends(&parents, 4, &roots));
        assert!(!descends(&parents, 5, &roots));
    }

    #[test]
    fn signals_have_names_with_and_without_prefix() {
        assert_eq!(parse("term"), Some(Signal::TERM));
        assert_eq!(parse("SIGKILL"), Some(Signal::KILL));
        assert_eq!(parse("SEGV"), None);
        assert!(matches!(signal(1, "TERM"), Err(SignalError::NoProcess(1))));
    }
}
