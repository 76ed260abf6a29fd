//! Load of the workspace against its own limits (S2.50 to S2.53).

use crate::config::Config;
use crate::context::Context;
use crate::environment::redacted;
use crate::proc;
use protocol::channel::{ProcessLoad, SystemStats};
use protocol::state::Disk;
use rustix::fs::statvfs;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use supervisor::stats::{Usage, usage};
use tokio::time::Instant;

/// Between the two looks of a first measurement of the processor.
const FIRST_SPAN: Duration = Duration::from_millis(200);
/// A span shorter than this says little about the processor; the last figure is given again.
const SPAN_MIN: Duration = Duration::from_millis(100);

/// Measures. Cheap to clone; all clones share the last look.
#[derive(Clone, Default)]
pub struct Meter {
    last: Arc<Mutex<Option<Look>>>,
    processes: Arc<Mutex<Option<ProcessLook>>>,
}

/// What the processes had used when they were looked at.
struct ProcessLook {
    at: Instant,
    /// Processor time by pid and start, as a pid is used again.
    cpu_ms: HashMap<(u32, u64), u64>,
    told: (Vec<ProcessLoad>, u32),
}

/// Processes that are told; a person looks at the first few.
const PROCESSES_MAX: usize = 50;
/// The start of a process is computed anew each time and differs a little.
const STARTED_MS: u64 = 10_000;

#[derive(Clone, Copy)]
struct Look {
    at: Instant,
    cpu_ms: u64,
    cpu_percent: f64,
}

impl Meter {
    /// The load now. Processor load is the mean since the last call; a first call takes 200 ms.
    pub async fn measure(&self, context: &Context) -> SystemStats {
        let config = &context.config;
        if self.last().is_none() {
            self.look(config, usage());
            tokio::time::sleep(FIRST_SPAN).await;
        }
        let used = usage();
        let cpu_percent = self.look(config, used);
        let (memory_used, memory_available) = memory(config, used);
        let (disk_used, disk_available) = disk(config, context.state.get().disk);
        let (network_received_bytes, network_sent_bytes) = network();
        SystemStats {
            cpu_percent,
            memory_used_bytes: memory_used,
            memory_available_bytes: memory_available,
            memory_percent: percent(memory_used, memory_used + memory_available),
            disk_used_bytes: disk_used,
            disk_available_bytes: disk_available,
            disk_percent: percent(disk_used, disk_used + disk_available),
            network_received_bytes,
            network_sent_bytes,
            processes: used.processes,
            ..SystemStats::default()
        }
    }

    /// The processes that use most, and how many there are besides. Processor load is the mean since
    /// the last call, 0 in a first one.
    pub async fn processes(&self, context: &Context) -> (Vec<ProcessLoad>, u32) {
        let meter = self.clone();
        let (processes, more) = tokio::task::spawn_blocking(move || meter.look_at_processes())
            .await
            .unwrap_or_default();
        (redacted(processes, &context.environment.secrets().borrow()), more)
    }

    fn look_at_processes(&self) -> (Vec<ProcessLoad>, u32) {
        let mut last = self.processes.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if let Some(before) = &*last
            && now.duration_since(before.at) < SPAN_MIN
        {
            return before.told.clone();
        }
        let all = proc::list();
        let key = |it: &proc::ProcessInfo| (it.pid, it.started_at_ms / STARTED_MS);
        let load = |it: &proc::ProcessInfo| {
            let before = last.as_ref()?;
            let span_ms = u64::try_from(now.duration_since(before.at).as_millis()).ok()?;
            // One that came since then has used all of its time since then.
            let used_ms = before.cpu_ms.get(&key(it)).copied().unwrap_or_default();
            Some(percent(it.cpu_ms.saturating_sub(used_ms), span_ms))
        };
        let mut loads: Vec<ProcessLoad> = all
            .iter()
            .map(|it| ProcessLoad {
                pid: it.pid,
                command: it.command.clone(),
                cpu_percent: load(it).unwrap_or_default(),
                memory_bytes: it.memory_bytes,
            })
            .collect();
        loads.sort_by(|a, b| {
            b.cpu_percent.total_cmp(&a.cpu_percent).then(b.memory_bytes.cmp(&a.memory_bytes))
        });
        let more = u32::try_from(loads.len().saturating_sub(PROCESSES_MAX)).unwrap_or(u32::MAX);
        loads.truncate(PROCESSES_MAX);
        let cpu_ms = all.iter().map(|it| (key(it), it.cpu_ms)).collect();
        *last = Some(ProcessLook { at: now, cpu_ms, told: (loads.clone(), more) });
        (loads, more)
    }

    fn last(&self) -> Option<Look> {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&self, config: &Config, used: Usage) -> f64 {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let cpu_percent = match *last {
            Some(before) if now.duration_since(before.at) < SPAN_MIN => return before.cpu_percent,
            Some(before) => {
                let span_ms = now.duration_since(before.at).as_millis();
                let busy_ms = used.cpu_ms.saturating_sub(before.cpu_ms);
                share(busy_ms, u64::try_from(span_ms).unwrap_or(u64::MAX), cores_millis(config))
            }
            None => 0.0,
        };
        *last = Some(Look { at: now, cpu_ms: used.cpu_ms, cpu_percent });
        cpu_percent
    }
}

/// Percent of what may be used.
fn share(busy_ms: u64, span_ms: u64, cores_millis: u64) -> f64 {
    let allowed_ms = span_ms.saturating_mul(cores_millis) / 1000;
    percent(busy_ms.min(allowed_ms), allowed_ms)
}

/// Thousandths of a core that the workspace may use.
fn cores_millis(config: &Config) -> u64 {
    config.capabilities.cpu_millis_max.unwrap_or_else(|| {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        cores as u64 * 1000
    })
}

#[expect(clippy::cast_precision_loss, reason = "a percentage needs no more than 53 bits")]
fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 * 1000.0 / whole as f64).round() / 10.0 }
}

/// Used and available bytes: against the workspace's limit, or the machine's memory without one.
fn memory(config: &Config, used: Usage) -> (u64, u64) {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let available = meminfo(&text, "MemAvailable:");
    let limit = config.capabilities.memory_bytes_max;
    let left = limit.map_or(available, |it| it.saturating_sub(used.memory_bytes).min(available));
    (used.memory_bytes, left)
}

/// One entry of `/proc/meminfo` in bytes.
fn meminfo(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|it| it.strip_prefix(name)).unwrap_or_default();
    let kib: u64 = line.split_whitespace().next().and_then(|it| it.parse().ok()).unwrap_or(0);
    kib * 1024
}

/// Used and available bytes: against the workspace's limit, or of the file system without one.
fn disk(config: &Config, files: Disk) -> (u64, u64) {
    let Ok(it) = statvfs(&config.root) else { return (0, 0) };
    let available = it.f_bavail * it.f_frsize;
    match (config.capabilities.disk_bytes_max, files.used_bytes) {
        (Some(limit), Some(used)) => (used, limit.saturating_sub(used).min(available)),
        _ => (it.f_blocks.saturating_sub(it.f_bfree) * it.f_frsize, available),
    }
}

/// Bytes received and sent through every interface of the workspace's network but the loopback;
/// where the loopback is all there is, through that.
fn network() -> (u64, u64) {
    let text = std::fs::read_to_string("/proc/self/net/dev").unwrap_or_default();
    sum_interfaces(&text)
}

fn sum_interfaces(text: &str) -> (u64, u64) {
    let (mut outside, mut loopback) = (None, (0, 0));
    for line in text.lines().skip(2) {
        let Some((name, counters)) = line.split_once(':') else { continue };
        let counters: Vec<u64> =
            counters.split_whitespace().map(|it| it.parse().unwrap_or(0)).collect();
        let (received, sent) = match counters.as_slice() {
            [received, _, _, _, _, _, _, _, sent, ..] => (*received, *sent),
            _ => continue,
        };
        if name.trim() == "lo" {
            loopback = (received, sent);
        } else {
            let (r, s) = outside.unwrap_or((0, 0));
            outside = Some((r + received, s + sent));
        }
    }
    outside.unwrap_or(loopback)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::testing;

    // covers: S2.53
    #[test]
    fn interfaces_are_summed_without_the_loopback() {
        let head = "Inter-| Receive\n face |bytes\n";
        let lo = "    lo: 100 1 0 0 0 0 0 0 200 1 0 0 0 0 0 0\n";
        let eth = "  eth0: 7 1 0 0 0 0 0 0 9 1 0 0 0 0 0 0\n";
        assert_eq!(sum_interfaces(&format!("{head}{lo}{eth}{eth}")), (14, 18));
        assert_eq!(sum_interfaces(&format!("{head}{lo}")), (100, 200));
    }

    // covers: S2.16, S2.50
    #[test]
    fn the_processor_is_measured_against_what_the_workspace_may_use() {
        let shares = [share(500, 1000, 1000), share(500, 1000, 2000), share(9000, 1000, 1000)];
        assert_eq!(shares.map(|it| it.to_string()), ["50", "25", "100"]);
        assert_eq!(share(5, 0, 1000).to_string(), "0");
    }

    // covers: S2.51, S2.52
    #[tokio::test]
    async fn memory_and_disk_of_this_machine_are_plausible() {
        let (context, _directory) = testing::context();
        let stats = Meter::default().measure(&context).await;
        assert!(0 < stats.memory_used_bytes && 0 < stats.memory_available_bytes);
        assert!(0 < stats.disk_used_bytes && (0.0..=100.0).contains(&stats.disk_percent));
        assert!(0 < stats.processes);
    }
}
