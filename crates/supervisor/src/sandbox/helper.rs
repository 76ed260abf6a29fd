//! The helper: our executable again, with one thread, which makes the namespaces and leaves.
//!
//! It reads the plan and the descriptors from its standard input, joins the workspace's cgroups,
//! clones the kernel-to-be into new namespaces, writes its id maps, reports, and exits. What it
//! cloned goes on in [`super::inside`].

use super::inside;
use super::plan::{Failure, Kind, Plan, Report, Step};
use crate::init::FD_SESSION;
use crate::sys;
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use rustix::process::{getegid, geteuid};
use std::fs;
use std::io::{self, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

/// Descriptors that one message carries at most; the system's own bound is 253.
pub(crate) const FDS_MAX: usize = 32;
/// Bound of a plan: the system takes no larger environment anyway.
pub(crate) const PLAN_BYTES_MAX: usize = 4 << 20;
/// Uid and gid of the workspace's user, inside.
pub(crate) const INSIDE_ID: u32 = 1000;

/// Does the helper's work on the socket that is the standard input. Returns the exit code.
pub(crate) fn run() -> i32 {
    let socket = UnixStream::from(sys::adopt_fd(0));
    match start(&socket) {
        Ok(()) => 0,
        Err(failure) => {
            report(&socket, &Report::Failed(failure));
            1
        }
    }
}

/// Writes one report; if the host is gone nobody misses it.
pub(crate) fn report(mut socket: &UnixStream, report: &Report) {
    let mut line = serde_json::to_vec(report).unwrap_or_default();
    line.push(b'\n');
    let _host_is_gone = socket.write_all(&line);
}

fn start(socket: &UnixStream) -> Result<(), Failure> {
    let (mut plan, mut fds) = receive(socket).step("reading the plan")?;
    for procs in &plan.cgroup_procs {
        fs::write(procs, "0").kind(Kind::Limits, "joining the cgroup of the workspace")?;
    }
    if let Some(threads) = &plan.session_cgroup {
        let threads = fs::OpenOptions::new().write(true).open(threads);
        fds.inherit.push(threads.kind(Kind::Limits, "opening the cgroup of the programs")?.into());
        plan.inherit.push(FD_SESSION);
    }
    let (go_rx, go_tx) =
        rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).step("opening a pipe")?;
    let flags = if plan.sandbox { sys::NAMESPACES } else { 0 };
    let kind = if plan.sandbox { Kind::Unsupported } else { Kind::Setup };
    let Some(pid) = sys::clone_process(flags).kind(kind, "making the namespaces")? else {
        drop(go_tx);
        run_kernel(socket, go_rx, &plan, fds);
    };
    let started = crate::stats::start_time(pid);
    if plan.sandbox {
        // The child waits for its ids; when this fails, the closed pipe ends it.
        write_id_maps(pid, plan.id_base)?;
    }
    let start_time =
        started.ok_or(io::ErrorKind::NotFound).map_err(io::Error::from).step("reading `/proc`")?;
    report(
        socket,
        &Report::Started { pid, start_time, landlock_abi: super::landlock::abi_in_force() },
    );
    rustix::io::write(&go_tx, &[1]).step("releasing the kernel")?;
    Ok(())
}

/// The rest of the way to the kernel, in the cloned process.
fn run_kernel(socket: &UnixStream, go: OwnedFd, plan: &Plan, fds: Descriptors) -> ! {
    let mut byte = [0];
    if rustix::io::read(&go, &mut byte).ok() == Some(1) {
        drop(go);
        let failure = inside::become_kernel(socket, plan, fds);
        report(socket, &Report::Failed(failure));
    }
    sys::exit_now(1)
}

/// The descriptors of a plan.
pub(crate) struct Descriptors {
    pub(crate) program: OwnedFd,
    pub(crate) log: Option<OwnedFd>,
    pub(crate) inherit: Vec<OwnedFd>,
}

fn receive(mut socket: &UnixStream) -> io::Result<(Plan, Descriptors)> {
    let mut length = [0; 4];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(FDS_MAX))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut buffers = [IoSliceMut::new(&mut length)];
    let received = recvmsg(socket, &mut buffers, &mut control, RecvFlags::CMSG_CLOEXEC)?;
    if received.bytes != 4 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut fds = control
        .drain()
        .filter_map(|message| {
            if let RecvAncillaryMessage::ScmRights(fds) = message { Some(fds) } else { None }
        })
        .flatten();
    let length = u32::from_ne_bytes(length) as usize;
    let mut bytes = vec![0; length.min(PLAN_BYTES_MAX)];
    socket.read_exact(&mut bytes)?;
    let plan: Plan = serde_json::from_slice(&bytes)?;
    let missing = || io::Error::from(io::ErrorKind::InvalidData);
    let program = fds.next().ok_or_else(missing)?;
    let log = if plan.has_log { Some(fds.next().ok_or_else(missing)?) } else { None };
    let inherit: Vec<OwnedFd> = fds.collect();
    if inherit.len() != plan.inherit.len() {
        return Err(missing());
    }
    Ok((plan, Descriptors { program, log, inherit }))
}

/// Gives the kernel-to-be its one uid and gid.
fn write_id_maps(pid: u32, id_base: Option<u32>) -> Result<(), Failure> {
    let (uid, gid) = match id_base {
        Some(base) => (base, base),
        None => (geteuid().as_raw(), getegid().as_raw()),
    };
    let write = |file: &str, text: String| {
        fs::write(format!("/proc/{pid}/{file}"), text)
            .kind(Kind::Unsupported, format!("writing `{file}` of the user namespace"))
    };
    if !geteuid().is_root() {
        write("setgroups", "deny".to_owned())?;
    }
    write("uid_map", format!("{INSIDE_ID} {uid} 1"))?;
    write("gid_map", format!("{INSIDE_ID} {gid} 1"))
}
