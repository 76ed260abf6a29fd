//! A process that may not be our child, held by descriptor so that its number cannot be reused.

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, pidfd_open, pidfd_send_signal, waitid,
};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// A process on this machine. Dropping the handle leaves the process alone.
#[derive(Debug)]
pub struct ProcessHandle {
    pidfd: AsyncFd<OwnedFd>,
}

impl ProcessHandle {
    /// Opens the process `pid` that started at `start_time`. `None`: it is gone, or the number
    /// belongs to another process. Needs a tokio runtime.
    pub fn open(pid: u32, start_time: u64) -> io::Result<Option<Self>> {
        let Some(raw) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return Ok(None) };
        let pidfd = match pidfd_open(raw, PidfdFlags::empty()) {
            Ok(pidfd) => pidfd,
            Err(rustix::io::Errno::SRCH | rustix::io::Errno::INVAL) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        // The descriptor is taken first: what the numbers say afterwards is about this process,
        // unless it is already gone, and then there is nothing to open anyway.
        if crate::stats::start_time(pid) != Some(start_time) || has_exited(&pidfd)? {
            return Ok(None);
        }
        let pidfd = crate::sys::watch_fd(pidfd, Interest::READABLE)?;
        Ok(Some(Self { pidfd }))
    }

    /// Resolves when the process has ended. Cancel-safe; resolves again when asked again.
    pub async fn exited(&self) {
        // An error means that the runtime is going away; there is nobody left to tell.
        if let Ok(mut guard) = self.pidfd.readable().await {
            guard.retain_ready();
        }
        // Kernels of a host that is the machine's init are its children in the end: take the
        // zombie. Everyone else gets ECHILD here, which is fine.
        let _reaped = waitid(
            WaitId::PidFd(self.pidfd.get_ref().as_fd()),
            WaitIdOptions::EXITED | WaitIdOptions::NOHANG,
        );
    }

    /// Ends the process at once, and with it, when it is pid 1 of a namespace, all inside.
    pub fn kill(&self) -> io::Result<()> {
        match pidfd_send_signal(self.pidfd.get_ref(), Signal::KILL) {
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether the process behind a pidfd is dead; a zombie is.
fn has_exited(pidfd: &OwnedFd) -> io::Result<bool> {
    let mut fds = [PollFd::new(pidfd, PollFlags::IN)];
    Ok(poll(&mut fds, Some(&rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 }))? > 0)
}
