//! The host's hold on the starter, which forks the helpers.
//!
//! Executing and linking our program takes longer than making a sandbox, so it is done once: the
//! starter waits, with one thread and nothing of any workspace in its memory, and each helper is a
//! fork of it. It ends when this process does, however that happens; when it ended first, the next
//! sandbox brings another.

use crate::init::HELPER_ARGUMENT;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::{Mutex, PoisonError};

/// The starter of this process, once one was needed.
static STARTER: Mutex<Option<Starter>> = Mutex::new(None);

struct Starter {
    program: PathBuf,
    orders: UnixStream,
    process: Child,
}

/// Has a helper forked that finds its plan on `socket`. `path` names the executable that `program`
/// was opened from.
pub(super) fn fork_helper(
    path: &Path,
    program: &OwnedFd,
    socket: BorrowedFd<'_>,
) -> io::Result<()> {
    let mut held = STARTER.lock().unwrap_or_else(PoisonError::into_inner);
    if held.as_ref().is_some_and(|it| it.program == path && it.order(socket).is_ok()) {
        return Ok(());
    }
    if let Some(ended) = held.take() {
        ended.end()?;
    }
    let starter = Starter::start(path, program)?;
    starter.order(socket)?;
    *held = Some(starter);
    Ok(())
}

impl Starter {
    fn start(path: &Path, program: &OwnedFd) -> io::Result<Self> {
        let (orders, theirs) = UnixStream::pair()?;
        #[expect(
            clippy::disallowed_methods,
            reason = "this crate is the one that starts processes"
        )]
        let mut command =
            std::process::Command::new(format!("/proc/self/fd/{}", program.as_raw_fd()));
        command.arg(HELPER_ARGUMENT).env_clear().current_dir("/");
        // A Ctrl-C in the host's terminal is for the host, which may still need sandboxes.
        command.process_group(0);
        command.stdin(OwnedFd::from(theirs)).stdout(Stdio::null()).stderr(Stdio::inherit());
        let process = command.spawn()?;
        Ok(Self { program: path.to_owned(), orders, process })
    }

    fn order(&self, socket: BorrowedFd<'_>) -> io::Result<()> {
        let fds = [socket];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !control.push(SendAncillaryMessage::ScmRights(&fds)) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        sendmsg(&self.orders, &[IoSlice::new(&[0])], &mut control, SendFlags::NOSIGNAL)?;
        Ok(())
    }

    /// Waits for the end of a starter that gets no more orders.
    fn end(self) -> io::Result<()> {
        let Self { orders, mut process, .. } = self;
        drop(orders);
        process.wait().map(drop)
    }
}
