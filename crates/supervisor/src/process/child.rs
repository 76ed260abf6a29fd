//! A child process of the kernel.

use super::Signal;
use protocol::state::Exit;
use rustix::io::Errno;
use rustix::process::Pid;
use std::io;
use std::os::fd::OwnedFd;
use tokio::net::unix::pipe;
use tokio::sync::watch;

/// Write end of a child's standard input.
pub type ChildInput = pipe::Sender;
/// Read end of a child's standard output or error.
pub type ChildOutput = pipe::Receiver;

/// A child process. Dropping it leaves the process alone; it is reaped in any case.
#[derive(Debug)]
pub struct Child {
    pub pid: u32,
    exit: watch::Receiver<Option<Exit>>,
    reaped: watch::Receiver<()>,
    stdin: Option<ChildInput>,
    stdout: Option<ChildOutput>,
    stderr: Option<ChildOutput>,
}

impl Child {
    pub(super) fn new(
        mut child: std::process::Child,
        exit: watch::Receiver<Option<Exit>>,
        reaped: watch::Receiver<()>,
    ) -> io::Result<Self> {
        let sender = |fd: OwnedFd| pipe::Sender::from_owned_fd(fd);
        let receiver = |fd: OwnedFd| pipe::Receiver::from_owned_fd(fd);
        Ok(Self {
            pid: child.id(),
            exit,
            reaped,
            stdin: child.stdin.take().map(|it| sender(it.into())).transpose()?,
            stdout: child.stdout.take().map(|it| receiver(it.into())).transpose()?,
            stderr: child.stderr.take().map(|it| receiver(it.into())).transpose()?,
        })
    }

    /// Waits for the end of the process. Cancel-safe; gives the same answer when asked again.
    pub async fn wait(&mut self) -> Exit {
        if let Ok(exit) = self.exit.wait_for(Option::is_some).await
            && let Some(exit) = *exit
        {
            return exit;
        }
        // The reaper is gone, so the runtime is ending: nobody will ever know.
        std::future::pending().await
    }

    /// Waits until nothing of its process group is left, also after its own end. Cancel-safe. Of
    /// orphans only this process's reaper hears, so it has to be theirs.
    pub async fn wait_group(&mut self) {
        let Some(group) = self.group() else { return };
        loop {
            self.reaped.mark_unchanged();
            if rustix::process::test_kill_process_group(group) == Err(Errno::SRCH) {
                return;
            }
            if self.reaped.changed().await.is_err() {
                // As above.
                return std::future::pending().await;
            }
        }
    }

    /// How the process ended, if it has.
    pub fn try_wait(&self) -> Option<Exit> {
        *self.exit.borrow()
    }

    /// Signals the process and all of its process group. Also after its own end, as long as the
    /// group has members; an empty group is not an error.
    pub fn signal_group(&self, signal: Signal) -> io::Result<()> {
        let Some(group) = self.group() else { return Ok(()) };
        match rustix::process::kill_process_group(group, signal) {
            Ok(()) | Err(Errno::SRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn group(&self) -> Option<Pid> {
        i32::try_from(self.pid).ok().and_then(Pid::from_raw)
    }

    /// The standard input, if it is a pipe and was not taken.
    pub fn take_stdin(&mut self) -> Option<ChildInput> {
        self.stdin.take()
    }

    /// The standard output, if it is a pipe and was not taken.
    pub fn take_stdout(&mut self) -> Option<ChildOutput> {
        self.stdout.take()
    }

    /// The standard error, if it is a pipe and was not taken.
    pub fn take_stderr(&mut self) -> Option<ChildOutput> {
        self.stderr.take()
    }
}
