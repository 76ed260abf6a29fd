//! The helper: our executable again, with one thread, which makes the namespaces and leaves.
//!
//! It reads what an empty sandbox needs from its standard input, a socket, clones the kernel-to-be
//! into new namespaces, reports, and exits. What it cloned goes on in [`super::inside`], with the
//! same socket.

use super::inside;
use super::plan::{Base, Failure, Isolation, Kind, Report, Step};
use crate::sys;
use std::io::{self, Read, Write};
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

/// Reads one JSON value of `length` bytes.
pub(crate) fn read_json<T: serde::de::DeserializeOwned>(
    mut socket: &UnixStream,
    length: [u8; 4],
) -> io::Result<T> {
    let length = u32::from_ne_bytes(length) as usize;
    let mut bytes = vec![0; length.min(PLAN_BYTES_MAX)];
    socket.read_exact(&mut bytes)?;
    Ok(serde_json::from_slice(&bytes)?)
}

fn start(mut socket: &UnixStream) -> Result<(), Failure> {
    let mut length = [0; 4];
    socket.read_exact(&mut length).step("reading what the sandbox needs")?;
    let base: Base = read_json(socket, length).step("reading what the sandbox needs")?;
    let (flags, kind) = match base.isolation {
        Isolation::None => (0, Kind::Setup),
        Isolation::UserFirst => (sys::NAMESPACES | sys::USER_NAMESPACE, Kind::Unsupported),
        Isolation::UserLast => (sys::NAMESPACES, Kind::Unsupported),
    };
    let Some(pid) = sys::clone_process(flags).kind(kind, "making the namespaces")? else {
        let failure = inside::become_kernel(socket, &base);
        report(socket, &Report::Failed(failure));
        sys::exit_now(1)
    };
    let start_time = crate::stats::start_time(pid)
        .ok_or(io::ErrorKind::NotFound)
        .map_err(io::Error::from)
        .step("reading `/proc`")?;
    report(
        socket,
        &Report::Cloned { pid, start_time, landlock_abi: super::landlock::abi_in_force() },
    );
    Ok(())
}
