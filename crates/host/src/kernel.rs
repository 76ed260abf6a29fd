//! A living kernel: its process, its sockets, and the outbound proxy that belongs to it.

use crate::ask;
use crate::handoff::HandOff;
use protocol::RuntimeState;
use protocol::launch::DiskReport;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use stdx::TaskScope;
use supervisor::sandbox::ProcessHandle;
use tokio::net::UnixStream;
use tokio::time::Instant;

/// How long a kernel may take to tell its state for the list of workspaces.
const STATE_TIMEOUT: Duration = Duration::from_millis(500);
/// How long a session may take to stop: its grace period, and time to spare.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a kernel may take to note a report.
const REPORT_TIMEOUT: Duration = Duration::from_secs(2);
/// How old a state may be in the list.
const STATE_AGE_MAX: Duration = Duration::from_secs(1);

/// A kernel as long as somebody refers to it. Dropping it leaves the process alone.
#[derive(Debug)]
pub(crate) struct Kernel {
    pub(crate) pid: u32,
    pub(crate) process: ProcessHandle,
    pub(crate) handoff: HandOff,
    socket: PathBuf,
    /// The outbound proxy; ends with the kernel.
    scope: TaskScope,
    last_state: Mutex<Option<(Instant, Box<RuntimeState>)>>,
}

impl Kernel {
    pub(crate) fn new(
        pid: u32,
        process: ProcessHandle,
        sockets: Sockets,
        scope: TaskScope,
    ) -> Self {
        Self {
            pid,
            process,
            handoff: HandOff::new(sockets.handoff),
            socket: sockets.http,
            scope,
            last_state: Mutex::new(None),
        }
    }

    /// A byte stream to the kernel's HTTP face.
    pub(crate) async fn connect(&self) -> io::Result<UnixStream> {
        ask::connect(&self.socket).await
    }

    /// Whether the kernel answers; waits for it until it does or is gone.
    pub(crate) async fn ready(&self) -> io::Result<()> {
        tokio::select! {
            answer = ask::get(&self.socket, "/health") => answer.map(drop),
            () = self.process.exited() => {
                Err(io::Error::new(io::ErrorKind::UnexpectedEof, "its process ended"))
            }
        }
    }

    /// What the kernel says of itself, at most a second old. `None`: it does not answer now.
    pub(crate) async fn state(&self) -> Option<Box<RuntimeState>> {
        if let Some((at, state)) = self.kept()
            && at.elapsed() < STATE_AGE_MAX
        {
            return Some(state);
        }
        let answer = ask::get(&self.socket, "/api/v1/state");
        let text = tokio::time::timeout(STATE_TIMEOUT, answer).await.ok()?.ok()?;
        let state: Box<RuntimeState> = serde_json::from_slice(&text).ok()?;
        let mut last = self.last_state.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some((Instant::now(), state.clone()));
        Some(state)
    }

    /// Asks the kernel to end its session; returns when everything in it is gone.
    pub(crate) async fn stop_session(&self) -> io::Result<()> {
        let answer = ask::post(&self.socket, "/api/v1/session/stop", Vec::new());
        match tokio::time::timeout(STOP_TIMEOUT, answer).await {
            Ok(answer) => answer.map(drop),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    /// Tells the kernel about the disk; it ends its session when the report says so.
    pub(crate) async fn report_disk(&self, report: &DiskReport) -> io::Result<()> {
        let body = serde_json::to_vec(report)?;
        let answer = ask::post(&self.socket, "/host/disk", body);
        match tokio::time::timeout(REPORT_TIMEOUT, answer).await {
            Ok(answer) => answer.map(drop),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    fn kept(&self) -> Option<(Instant, Box<RuntimeState>)> {
        self.last_state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Where tasks that belong to this kernel run.
    pub(crate) fn scope(&self) -> &TaskScope {
        &self.scope
    }
}

impl Drop for Kernel {
    fn drop(&mut self) {
        self.scope.kill();
    }
}

/// Paths to the two sockets of a kernel.
#[derive(Clone, Debug)]
pub(crate) struct Sockets {
    pub(crate) http: PathBuf,
    pub(crate) handoff: PathBuf,
}
