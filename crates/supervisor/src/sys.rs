//! System calls that have no safe wrapper elsewhere. Each function says why it is sound.
#![expect(unsafe_code, reason = "this is where the system calls are")]

use std::io;
use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd, RawFd};

/// Owns an inherited descriptor. The caller guarantees that it is open and that nobody else in this
/// process owns it; [`crate::init::take_fd`] hands each number out once.
pub(crate) fn adopt_fd(fd: RawFd) -> OwnedFd {
    // SAFETY: see above; inherited descriptors have no owner in this process.
    unsafe { OwnedFd::from_raw_fd(fd) }
}

/// Sets close-on-exec on a number; an error when it is not an open descriptor.
pub(crate) fn close_on_exec(fd: RawFd) -> io::Result<()> {
    if fd < 0 {
        return Err(io::Error::from_raw_os_error(libc::EBADF));
    }
    // SAFETY: not -1; the borrow ends in this function, and fcntl refuses a closed descriptor.
    let fd = unsafe { BorrowedFd::borrow_raw(fd) };
    Ok(rustix::io::fcntl_setfd(fd, rustix::io::FdFlags::CLOEXEC)?)
}

/// Signals every process of this pid namespace but this one. Only as pid 1 of it: anywhere else it
/// would reach every process of the user.
pub(crate) fn signal_namespace(signal: rustix::process::Signal) {
    assert!(crate::init::is_init(), "only pid 1 signals everyone");
    // SAFETY: takes numbers only.
    unsafe { libc::kill(-1, signal.as_raw()) };
}

/// What happens in a child between fork and exec.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChildSetup {
    /// A new session, or else a new process group.
    pub(crate) new_session: bool,
    /// The standard input becomes the session's terminal.
    pub(crate) controlling_terminal: bool,
    pub(crate) processes_max: Option<u64>,
    pub(crate) nice: i32,
}

/// Lets `setup` happen in the child.
pub(crate) fn prepare_child(command: &mut std::process::Command, setup: ChildSetup) {
    use std::os::unix::process::CommandExt;
    // SAFETY: the closure only makes system calls: it neither allocates nor locks.
    unsafe { command.pre_exec(move || set_up_child(setup)) };
}

/// Runs in the forked child: system calls only, no allocation, no lock.
fn set_up_child(setup: ChildSetup) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    for signal in 1..=libc::SIGRTMAX() {
        // SAFETY: takes numbers only. Refused for KILL, STOP and libc's own, which is fine.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    if setup.new_session {
        rustix::process::setsid()?;
    } else {
        rustix::process::setpgid(None, None)?;
    }
    if setup.controlling_terminal {
        rustix::process::ioctl_tiocsctty(rustix::stdio::stdin())?;
    }
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    if let Some(max) = setup.processes_max {
        setrlimit(Resource::Nproc, Rlimit { current: Some(max), maximum: Some(max) })?;
    }
    if setup.nice != 0 {
        rustix::process::nice(setup.nice)?;
    }
    close_on_exec_from(3);
    Ok(())
}

/// Marks every descriptor from `first` up to be closed on exec.
pub(crate) fn close_on_exec_from(first: u32) {
    // SAFETY: takes numbers only, closes nothing in this process. Refused by kernels older than
    // 5.11; descriptors are opened with close-on-exec anyway.
    unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, libc::CLOSE_RANGE_CLOEXEC) };
}

/// Watches an owned descriptor for readiness.
pub(crate) fn watch_fd(
    fd: OwnedFd,
    interest: tokio::io::Interest,
) -> io::Result<tokio::io::unix::AsyncFd<OwnedFd>> {
    // SAFETY: an `OwnedFd` always gives the same descriptor and keeps it open while it lives.
    let watched = unsafe { tokio::io::unix::AsyncFd::register_with_interest(fd, interest) };
    Ok(watched?)
}
