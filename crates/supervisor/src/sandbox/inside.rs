//! From a fresh clone in new namespaces to the kernel: file systems, identity, privileges, exec.

use super::helper::{Descriptors, INSIDE_ID};
use super::mounts;
use super::plan::{Failure, Kind, Plan, Step};
use super::{landlock, seccomp};
use crate::sys;
use rustix::fs::{Mode as FileMode, OFlags};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CapabilitySet, CapabilitySets, Gid, Uid};
use std::ffi::{CString, OsStr};
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;

/// What `ps` calls a kernel.
const PROGRAM_NAME: &str = "stead";

/// Turns this process into the kernel. Returns only the reason why it could not.
pub(crate) fn become_kernel(socket: &UnixStream, plan: &Plan, fds: Descriptors) -> Failure {
    match prepare(plan, &fds).and_then(|()| exec(socket, plan, fds)) {
        Ok(never) => match never {},
        Err(failure) => failure,
    }
}

fn prepare(plan: &Plan, fds: &Descriptors) -> Result<(), Failure> {
    // A session of its own, so that a Ctrl-C in the host's terminal is not the kernel's.
    rustix::process::setsid().step("making a session")?;
    rustix::process::umask(FileMode::from_raw_mode(0o022));
    let mut start_in = plan.workspace.as_os_str();
    if plan.sandbox {
        // Sources are found as who we were; everything made is made as who we shall be.
        let sources = mounts::Sources::open(plan)?;
        take_identity(plan)?;
        sys::loopback_up().step("bringing up the loopback interface")?;
        rustix::system::sethostname(plan.hostname.as_bytes()).step("setting the host name")?;
        mounts::build(plan, sources)?;
        start_in = OsStr::new(mounts::WORKSPACE);
    }
    set_limits(plan)?;
    rustix::process::chdir(start_in).step("entering the workspace")?;
    if plan.sandbox {
        drop_privileges(fds)?;
    }
    Ok(())
}

/// Becomes uid and gid 1000. Capabilities in the new user namespace survive this: they are lost
/// only by leaving uid 0 *of that namespace*, and it has none.
fn take_identity(plan: &Plan) -> Result<(), Failure> {
    if plan.id_base.is_some() {
        rustix::thread::set_thread_groups(&[]).step("dropping groups")?;
    }
    let (uid, gid) = (Uid::from_raw(INSIDE_ID), Gid::from_raw(INSIDE_ID));
    rustix::thread::set_thread_res_gid(gid, gid, gid).step("setting the group")?;
    rustix::thread::set_thread_res_uid(uid, uid, uid).step("setting the user")
}

fn set_limits(plan: &Plan) -> Result<(), Failure> {
    let limit = |resource, wanted: u64| {
        let maximum = getrlimit(resource).maximum.map_or(wanted, |max| max.min(wanted));
        setrlimit(resource, Rlimit { current: Some(maximum), maximum: Some(maximum) })
    };
    limit(Resource::Core, 0).kind(Kind::Limits, "forbidding core dumps")?;
    if let Some(max) = plan.open_files_max {
        limit(Resource::Nofile, max).kind(Kind::Limits, "limiting open files")?;
    }
    // Without a user namespace the limit would count every process of the host's user.
    if let Some(max) = plan.processes_max.filter(|_| plan.sandbox) {
        limit(Resource::Nproc, max).kind(Kind::Limits, "limiting processes")?;
    }
    Ok(())
}

fn drop_privileges(fds: &Descriptors) -> Result<(), Failure> {
    sys::drop_bounding_set();
    rustix::thread::clear_ambient_capability_set().step("dropping ambient capabilities")?;
    let none = CapabilitySet::empty();
    let none = CapabilitySets { effective: none, permitted: none, inheritable: none };
    rustix::thread::set_capabilities(None, none).step("dropping capabilities")?;
    rustix::thread::set_no_new_privs(true).step("setting no_new_privs")?;
    landlock::restrict(fds)?;
    seccomp::install()
}

/// Puts the descriptors in their places and executes the program.
fn exec(
    socket: &UnixStream,
    plan: &Plan,
    fds: Descriptors,
) -> Result<std::convert::Infallible, Failure> {
    // Above every number that is wanted, so that none is overwritten before it is used.
    let base = plan.inherit.iter().copied().max().unwrap_or(0).max(2) + 1;
    let raise = |fd: &dyn AsFdDyn| -> Result<OwnedFd, Failure> {
        rustix::io::fcntl_dupfd_cloexec(fd.fd(), base).step("moving descriptors")
    };
    let null = rustix::fs::open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, FileMode::empty())
        .step("opening `/dev/null`")?;
    let null = raise(&null)?;
    let log = fds.log.as_ref().map(|log| raise(log)).transpose()?;
    let program = raise(&fds.program)?;
    let report = raise(socket)?;
    let inherit: Vec<OwnedFd> = fds.inherit.iter().map(|fd| raise(fd)).collect::<Result<_, _>>()?;
    let output = log.as_ref().unwrap_or(&null);
    let mut places: Vec<(RawFd, RawFd)> =
        vec![(null.as_raw_fd(), 0), (output.as_raw_fd(), 1), (output.as_raw_fd(), 2)];
    places.extend(inherit.iter().map(AsRawFd::as_raw_fd).zip(plan.inherit.iter().copied()));
    sys::close_on_exec_from(0);

    let mut argv = vec![c_string(OsStr::new(PROGRAM_NAME))?];
    for arg in &plan.args {
        argv.push(c_string(arg)?);
    }
    let mut envp = Vec::with_capacity(plan.env.len());
    for (name, value) in &plan.env {
        let mut entry = name.clone();
        entry.push("=");
        entry.push(value);
        envp.push(c_string(&entry)?);
    }
    let error = sys::exec_with(&program, &argv, &envp, &places);
    // The socket's own number may be one of the places by now; the copy above is still ours, but
    // only this process's first one is known to the caller. Put it back.
    sys::restore(&report, socket);
    Err(error).kind(Kind::Program, "executing the program")
}

/// What can be borrowed as a descriptor, as an object.
trait AsFdDyn {
    fn fd(&self) -> std::os::fd::BorrowedFd<'_>;
}

impl<T: AsFd> AsFdDyn for T {
    fn fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.as_fd()
    }
}

fn c_string(text: &OsStr) -> Result<CString, Failure> {
    CString::new(text.as_bytes())
        .map_err(|_| std::io::Error::from_raw_os_error(libc::EINVAL))
        .kind(Kind::Program, "an argument or variable holds a NUL byte")
}
