//! Idle workspaces: what a kernel that is awake and has nothing to do takes.

use crate::options::Options;
use crate::process::{activity, own_processor_seconds, proportional_mib};
use crate::results::{self, median, percentile};
use crate::stead;
use anyhow::Result;
use serde_json::Value;
use std::thread::sleep;
use std::time::{Duration, Instant};
use testkit::World;

/// Workspaces that are awake at once.
const WORKSPACES: usize = 200;
/// Time to come to rest: threads for files end after ten seconds, and take their counts along.
const SETTLE: Duration = Duration::from_secs(12);
/// Time during which nothing should happen: two intervals of the kernel's own reports.
const WATCH: Duration = Duration::from_secs(10);

/// Measures, and returns the section of the results.
pub(crate) fn run(_: &Options) -> Result<String> {
    let world = stead::start()?;
    let mut wakes = Vec::new();
    let mut kernels = Vec::new();
    for number in 0..WORKSPACES {
        let workspace = world.workspace(&format!("idle {number}"))?;
        let start = Instant::now();
        world.json(&format!("GET {}", World::path(&workspace, "state")), &Value::Null)?;
        wakes.push(results::milliseconds(start));
        kernels.push(world.kernel_pid(&workspace)?);
    }
    sleep(SETTLE);
    let look = || kernels.iter().map(|pid| activity(*pid)).collect::<Result<Vec<_>>>();
    let before = look()?;
    let server_before = own_processor_seconds(world.server_pid()?)?;
    sleep(WATCH);
    let after = look()?;
    let server_after = own_processor_seconds(world.server_pid()?)?;
    let used: Vec<f64> = after.iter().zip(&before).map(|(a, b)| a.0 - b.0).collect();
    let waits: Vec<f64> = after.iter().zip(&before).map(|(a, b)| a.1 - b.1).collect();
    let memory = kernels.iter().map(|pid| proportional_mib(*pid)).collect::<Result<Vec<_>>>()?;
    let server = proportional_mib(world.server_pid()?)?;
    Ok(format!(
        "`cargo xtask bench idle` on {}; {WORKSPACES} empty workspaces, kernels awake, no session, \
         watched for {} s. Memory is PSS.\n\n\
         | | median | most | all {WORKSPACES} | budget |\n\
         | --- | --- | --- | --- | --- |\n\
         | Memory of a kernel, MiB | {:.2} | {:.2} | {:.0} | 6 each |\n\
         | Processor time of a kernel, ms | {:.2} | {:.2} | {:.0} | none by timers |\n\
         | Times a kernel woke up | {:.0} | {:.0} | {:.0} | none by timers |\n\
         | Memory of the server, MiB | | | {server:.0} | |\n\
         | Processor time of the server, ms | | | {:.0} | |\n\
         | Waking, request to answer, ms | {:.1} | {:.1} | {:.0} | |\n",
        results::machine(),
        WATCH.as_secs(),
        median(memory.clone()),
        percentile(&memory, 1.0),
        memory.iter().sum::<f64>(),
        median(used.clone()),
        percentile(&used, 1.0),
        used.iter().sum::<f64>(),
        median(waits.clone()),
        percentile(&waits, 1.0),
        waits.iter().sum::<f64>(),
        (server_after - server_before) * 1e3,
        median(wakes.clone()),
        percentile(&wakes, 1.0),
        wakes.iter().sum::<f64>(),
    ))
}
