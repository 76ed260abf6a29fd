//! A program that ends with its owner.

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};
use std::ffi::OsStr;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a program may take to end when it is asked to.
const END_DEADLINE: Duration = Duration::from_secs(20);
/// Between two looks whether it has.
const LOOK_INTERVAL: Duration = Duration::from_millis(10);
/// Variables that would lead a Stead under test elsewhere.
const FOREIGN: [&str; 4] = ["STEAD_URL", "STEAD_TOKEN", "STEAD_DATA_DIR", "STEAD_CONFIG"];

/// A command without input whose output goes nowhere.
#[expect(clippy::disallowed_methods, reason = "the programs under test are started here")]
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    for variable in FOREIGN {
        command.env_remove(variable);
    }
    command
}

/// A running program; ended when it goes.
#[derive(Debug)]
pub struct Program {
    child: Child,
}

impl Program {
    /// Starts a program.
    pub fn start(command: &mut Command) -> Result<Self> {
        let child = command.spawn();
        let child = child
            .with_context(|| format!("could not start {}", command.get_program().display()))?;
        Ok(Self { child })
    }

    /// The process, as this one sees it.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }

    /// Asks it to end; kills it when it does not.
    pub fn terminate(&mut self) {
        // TERM first, so that a server takes its own children along.
        if let Some(pid) = i32::try_from(self.id()).ok().and_then(Pid::from_raw) {
            drop(kill_process(pid, Signal::TERM).map_err(std::io::Error::from));
        }
        let deadline = Instant::now() + END_DEADLINE;
        while Instant::now() < deadline && matches!(self.child.try_wait(), Ok(None)) {
            sleep(LOOK_INTERVAL);
        }
        self.kill();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.terminate();
        }
    }
}
