//! From a fresh clone in new namespaces to the kernel: file systems, identity, privileges, exec.

use super::helper::{self, FDS_MAX, INSIDE_ID};
use super::mounts;
use super::plan::{Base, Failure, Isolation, Kind, Plan, Report, Step};
use super::{landlock, seccomp};
use crate::{init, sys};
use rustix::fs::{Mode as FileMode, OFlags};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CapabilitySet, CapabilitySets, Gid, Uid};
use std::convert::Infallible;
use std::ffi::{CStr, CString, OsStr};
use std::io::{self, IoSliceMut, Read};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;

/// What `ps` calls a kernel.
const PROGRAM_NAME: &CStr = c"stead";

/// Turns this process into an empty sandbox, and that into the kernel when it is told whose it is.
/// Returns only the reason why it could not.
pub(crate) fn become_kernel(socket: &UnixStream, base: &Base) -> Failure {
    match prepare(socket, base) {
        Ok(never) => match never {},
        Err(failure) => failure,
    }
}

fn prepare(socket: &UnixStream, base: &Base) -> Result<Infallible, Failure> {
    // A session of its own, so that a Ctrl-C in the host's terminal is not the kernel's.
    rustix::process::setsid().step("making a session")?;
    rustix::process::umask(FileMode::from_raw_mode(0o022));
    let is_sandbox = base.isolation != Isolation::None;
    if is_sandbox {
        make_empty(socket, base)?;
    }
    if base.isolation != Isolation::UserFirst {
        // The helper speaks first, with the same voice.
        wait_for_go(socket)?;
    }
    // What is called so has nobody's workspace. From the next name on it may become a kernel.
    set_name(init::SPARE_NAME)?;
    helper::report(socket, &Report::Prepared);
    let (plan, fds) = receive(socket).step("reading the plan")?;
    set_name(PROGRAM_NAME)?;
    for cgroup in &fds.cgroups {
        rustix::io::write(cgroup, b"0")
            .kind(Kind::Limits, "joining the cgroup of the workspace")?;
    }
    if is_sandbox {
        mounts::finish(base, &plan)?;
        sys::unshare_identity(base.isolation == Isolation::UserLast)
            .kind(Kind::Unsupported, "making the namespaces of ids")?;
    }
    // Who is told may be gone; then nobody says go.
    helper::report(socket, &Report::Ready);
    wait_for_go(socket)?;
    if base.isolation == Isolation::UserLast {
        take_identity(base)?;
    }
    set_limits(base, &plan)?;
    let start_in = if is_sandbox { OsStr::new(mounts::WORKSPACE) } else { &plan.workspace };
    rustix::process::chdir(start_in).step("entering the workspace")?;
    if is_sandbox {
        drop_privileges(&fds)?;
    }
    exec(socket, &plan, fds)
}

/// Builds everything that belongs to no workspace yet.
fn make_empty(socket: &UnixStream, base: &Base) -> Result<(), Failure> {
    // Sources are found as who we were; everything made is made as who we shall be, if that is
    // known.
    let sources = mounts::Sources::open(base)?;
    if base.isolation == Isolation::UserFirst {
        wait_for_go(socket)?;
        take_identity(base)?;
    }
    sys::loopback_up().step("bringing up the loopback interface")?;
    rustix::system::sethostname(base.hostname.as_bytes()).step("setting the host name")?;
    mounts::build(base, sources)
}

/// Waits until the host has written this process's ids, or has none to write.
fn wait_for_go(mut socket: &UnixStream) -> Result<(), Failure> {
    socket.read_exact(&mut [0]).step("waiting for the host")
}

fn set_name(name: &CStr) -> Result<(), Failure> {
    rustix::thread::set_name(name).step("naming the process")
}

/// The descriptors of a plan.
pub(crate) struct Descriptors {
    pub(crate) program: OwnedFd,
    log: Option<OwnedFd>,
    /// Files of cgroups to write oneself into.
    cgroups: Vec<OwnedFd>,
    pub(crate) inherit: Vec<OwnedFd>,
}

fn receive(socket: &UnixStream) -> io::Result<(Plan, Descriptors)> {
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
    let plan: Plan = helper::read_json(socket, length)?;
    let missing = || io::Error::from(io::ErrorKind::InvalidData);
    let program = fds.next().ok_or_else(missing)?;
    let log = if plan.has_log { Some(fds.next().ok_or_else(missing)?) } else { None };
    let cgroups: Vec<OwnedFd> = fds.by_ref().take(plan.cgroups).collect();
    let inherit: Vec<OwnedFd> = fds.collect();
    if cgroups.len() != plan.cgroups || inherit.len() != plan.inherit.len() {
        return Err(missing());
    }
    Ok((plan, Descriptors { program, log, cgroups, inherit }))
}

/// Becomes uid and gid 1000. Capabilities in the new user namespace survive this: they are lost
/// only by leaving uid 0 *of that namespace*, and it has none.
fn take_identity(base: &Base) -> Result<(), Failure> {
    match rustix::thread::set_thread_groups(&[]) {
        Ok(()) => {}
        // An ordinary user has no right to drop groups, and keeps those that it has.
        Err(rustix::io::Errno::PERM) if base.isolation == Isolation::UserFirst => {}
        Err(error) => return Err(error).step("dropping groups"),
    }
    let (uid, gid) = (Uid::from_raw(INSIDE_ID), Gid::from_raw(INSIDE_ID));
    rustix::thread::set_thread_res_gid(gid, gid, gid).step("setting the group")?;
    rustix::thread::set_thread_res_uid(uid, uid, uid).step("setting the user")
}

fn set_limits(base: &Base, plan: &Plan) -> Result<(), Failure> {
    let limit = |resource, wanted: u64| {
        let maximum = getrlimit(resource).maximum.map_or(wanted, |max| max.min(wanted));
        setrlimit(resource, Rlimit { current: Some(maximum), maximum: Some(maximum) })
    };
    limit(Resource::Core, 0).kind(Kind::Limits, "forbidding core dumps")?;
    if let Some(max) = plan.open_files_max {
        limit(Resource::Nofile, max).kind(Kind::Limits, "limiting open files")?;
    }
    // Without a user namespace the limit would count every process of the host's user.
    if let Some(max) = plan.processes_max.filter(|_| base.isolation != Isolation::None) {
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
fn exec(socket: &UnixStream, plan: &Plan, fds: Descriptors) -> Result<Infallible, Failure> {
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

    let mut argv = vec![PROGRAM_NAME.to_owned()];
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
