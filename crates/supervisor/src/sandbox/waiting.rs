//! The host's side of a sandbox that is being made: the process in it, and what is said to it.
//!
//! Dropping it ends the process; so does the end of whoever holds it, which closes the socket.

use super::SpawnError;
use super::helper::{INSIDE_ID, PLAN_BYTES_MAX};
use super::plan::{Base, Failure, Isolation, Kind, Plan, Report, Step};
use crate::init::HELPER_ARGUMENT;
use rustix::fs::OFlags;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, getegid, geteuid, pidfd_open,
    pidfd_send_signal, waitid,
};
use std::io::{self, BufRead, BufReader, IoSlice, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

/// A set-up takes milliseconds; a machine that swaps may take seconds.
const SETUP_TIMEOUT: Duration = Duration::from_secs(20);

/// A sandbox without a workspace, built or being built.
#[derive(Debug)]
pub(super) struct Waiting {
    reports: BufReader<UnixStream>,
    pub(super) pid: u32,
    pub(super) start_time: u64,
    pub(super) landlock_abi: u32,
    /// Its directory in `/proc`, which stays that of this process.
    directory: OwnedFd,
    process: OwnedFd,
    isolation: Isolation,
    is_kernel: bool,
}

impl Waiting {
    /// Runs the helper. `owner` is whom the sandbox will belong to, if that is known.
    pub(super) fn start(
        program: &OwnedFd,
        base: &Base,
        owner: Option<u32>,
        log: Option<&OwnedFd>,
    ) -> Result<Self, Failure> {
        let (ours, theirs) = UnixStream::pair().step("making a socket")?;
        ours.set_read_timeout(Some(SETUP_TIMEOUT)).step("making a socket")?;
        let mut helper = run_helper(program, theirs, log)?;
        let waiting = Self::meet(ours, base, owner);
        if waiting.is_err() {
            // It may wait for something that will not come. What it cloned waits for it, and goes.
            let _ended_already = helper.kill();
        }
        helper.wait().step("waiting for the helper")?;
        waiting
    }

    fn meet(ours: UnixStream, base: &Base, owner: Option<u32>) -> Result<Self, Failure> {
        send(&ours, base, &[]).step("telling the helper")?;
        let mut reports = BufReader::new(ours);
        let Report::Cloned { pid, start_time, landlock_abi } = read_report(&mut reports)? else {
            return Err(io::Error::from(io::ErrorKind::InvalidData))
                .step("understanding the helper");
        };
        let flags = OFlags::DIRECTORY | OFlags::PATH | OFlags::CLOEXEC;
        let directory = rustix::fs::open(format!("/proc/{pid}"), flags, rustix::fs::Mode::empty())
            .step("opening the process")?;
        let process = Pid::from_raw(pid.cast_signed())
            .ok_or(rustix::io::Errno::SRCH)
            .and_then(|pid| pidfd_open(pid, PidfdFlags::empty()))
            .step("opening the process")?;
        // The number may be another process's by now.
        if crate::stats::start_time(pid) != Some(start_time) {
            return Err(io::Error::from(io::ErrorKind::NotFound)).step("opening the process");
        }
        let waiting = Self {
            reports,
            pid,
            start_time,
            landlock_abi,
            directory,
            process,
            isolation: base.isolation,
            is_kernel: false,
        };
        if base.isolation == Isolation::UserFirst {
            waiting.write_ids(owner.filter(|_| geteuid().is_root()))?;
        }
        waiting.go()?;
        Ok(waiting)
    }

    /// Whether a plan must name the owner.
    pub(super) fn is_ownerless(&self) -> bool {
        self.isolation == Isolation::UserLast
    }

    /// Waits until everything is there but the workspace.
    pub(super) fn prepared(&mut self) -> Result<(), Failure> {
        match read_report(&mut self.reports)? {
            Report::Prepared => Ok(()),
            Report::Cloned { .. } | Report::Ready | Report::Failed(_) => Err(unexpected()),
        }
    }

    /// Gives the sandbox its workspace, and waits until the kernel runs or does not.
    pub(super) fn run(mut self, plan: &Plan, fds: &[BorrowedFd<'_>]) -> Result<(), Failure> {
        if let Err(error) = send(self.reports.get_ref(), plan, fds) {
            // What it said before it ended says more.
            while matches!(read_report(&mut self.reports)?, Report::Prepared) {}
            return Err(error).step("telling the sandbox");
        }
        loop {
            match read_report(&mut self.reports)? {
                Report::Prepared => {}
                Report::Ready => break,
                Report::Cloned { .. } | Report::Failed(_) => return Err(unexpected()),
            }
        }
        if self.is_ownerless() {
            self.write_ids(plan.owner)?;
        }
        self.go()?;
        // The kernel has been executed when the socket is closed.
        match read_line(&mut self.reports)? {
            None => {
                self.is_kernel = true;
                Ok(())
            }
            Some(Report::Failed(failure)) => Err(failure),
            Some(_) => Err(unexpected()),
        }
    }

    /// Gives the process its one uid and gid: the owner's, or else our own.
    fn write_ids(&self, owner: Option<u32>) -> Result<(), Failure> {
        let (uid, gid) = match owner {
            Some(owner) => (owner, owner),
            None => (geteuid().as_raw(), getegid().as_raw()),
        };
        let write = |file: &str, text: String| {
            let flags = OFlags::WRONLY | OFlags::CLOEXEC;
            rustix::fs::openat(&self.directory, file, flags, rustix::fs::Mode::empty())
                .and_then(|file| rustix::io::write(&file, text.as_bytes()))
                .kind(Kind::Unsupported, format!("writing `{file}` of the user namespace"))
        };
        if !geteuid().is_root() {
            write("setgroups", "deny".to_owned())?;
        }
        write("uid_map", format!("{INSIDE_ID} {uid} 1"))?;
        write("gid_map", format!("{INSIDE_ID} {gid} 1"))?;
        Ok(())
    }

    fn go(&self) -> Result<(), Failure> {
        self.reports.get_ref().write_all(&[1]).step("releasing the kernel")
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if self.is_kernel {
            return;
        }
        let _ended_already = pidfd_send_signal(&self.process, Signal::KILL);
        // Of a host that is the machine's init it is a child now; of any other it is not.
        let _no_child = waitid(WaitId::PidFd(self.process.as_fd()), WaitIdOptions::EXITED);
    }
}

#[expect(clippy::disallowed_methods, reason = "this crate is the one that starts processes")]
fn run_helper(
    program: &OwnedFd,
    socket: UnixStream,
    log: Option<&OwnedFd>,
) -> Result<Child, Failure> {
    let mut helper = std::process::Command::new(format!("/proc/self/fd/{}", program.as_raw_fd()));
    helper.arg(HELPER_ARGUMENT).env_clear().stdin(OwnedFd::from(socket));
    helper.stdout(Stdio::null()).stderr(match log {
        Some(log) => Stdio::from(log.try_clone().step("sharing the log")?),
        None => Stdio::null(),
    });
    // With the command goes the helper's end of the socket, whose end is waited for.
    helper.spawn().kind(Kind::Program, "starting the helper")
}

/// Sends a value, and descriptors with its first byte.
fn send(
    mut socket: &UnixStream,
    value: &impl serde::Serialize,
    fds: &[BorrowedFd<'_>],
) -> io::Result<()> {
    let bytes = serde_json::to_vec(value)?;
    if bytes.len() > PLAN_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the environment is too large"));
    }
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(super::helper::FDS_MAX))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !fds.is_empty() && !control.push(SendAncillaryMessage::ScmRights(fds)) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?.to_ne_bytes();
    sendmsg(socket, &[IoSlice::new(&length)], &mut control, SendFlags::NOSIGNAL)?;
    socket.write_all(&bytes)
}

/// Reads the next report; that the other side failed or ended is an error.
fn read_report(reports: &mut BufReader<UnixStream>) -> Result<Report, Failure> {
    match read_line(reports)? {
        Some(Report::Failed(failure)) => Err(failure),
        Some(report) => Ok(report),
        None => Err(io::Error::from(io::ErrorKind::UnexpectedEof))
            .step("the sandbox ended without a word: does `main` call `run_helper_if_asked`?"),
    }
}

fn read_line(reports: &mut BufReader<UnixStream>) -> Result<Option<Report>, Failure> {
    let mut line = String::new();
    if reports.read_line(&mut line).step("waiting for the sandbox")? == 0 {
        return Ok(None);
    }
    serde_json::from_str(&line).map(Some).map_err(io::Error::from).step("understanding the sandbox")
}

/// What was reported is not what comes next.
fn unexpected() -> Failure {
    let step = "understanding the sandbox".to_owned();
    Failure { kind: Kind::Setup, step, errno: libc::EPROTO }
}

impl Failure {
    /// As it is told to the caller.
    pub(super) fn into_error(self, program: &Path) -> SpawnError {
        let source = self.source();
        match self.kind {
            Kind::Unsupported => SpawnError::Unsupported { step: self.step, source },
            Kind::Setup => SpawnError::Setup { step: self.step, source },
            Kind::Program => SpawnError::Program { path: program.to_owned(), source },
            Kind::Limits => SpawnError::Limits(source),
        }
    }
}
