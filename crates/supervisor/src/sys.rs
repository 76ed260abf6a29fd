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

/// Whether a number is an open file of a cgroup.
pub(crate) fn is_cgroup(fd: RawFd) -> bool {
    const MAGIC: [u64; 2] = [0x0027_e0eb, 0x6367_7270];
    if fd < 0 {
        return false;
    }
    // SAFETY: not -1; the borrow ends in this function, and the system refuses a closed descriptor.
    let fd = unsafe { BorrowedFd::borrow_raw(fd) };
    rustix::fs::fstatfs(fd).is_ok_and(|it| MAGIC.contains(&it.f_type.cast_unsigned()))
}

/// Signals every process of this pid namespace but this one. Only as pid 1 of it: anywhere else it
/// would reach every process of the user.
pub(crate) fn signal_namespace(signal: rustix::process::Signal) {
    assert!(crate::init::is_init(), "only pid 1 signals everyone");
    // SAFETY: takes numbers only.
    unsafe { libc::kill(-1, signal.as_raw()) };
}

/// Kinds of System V objects, which live as long as their namespace.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SystemV {
    Memory,
    Semaphores,
    Queue,
}

/// Removes a System V object of this namespace.
pub(crate) fn remove_system_v(kind: SystemV, id: libc::c_int) -> io::Result<()> {
    // SAFETY: with this command no call reads or writes memory of this process.
    let result = unsafe {
        match kind {
            SystemV::Memory => libc::shmctl(id, libc::IPC_RMID, std::ptr::null_mut()),
            SystemV::Semaphores => libc::semctl(id, 0, libc::IPC_RMID),
            SystemV::Queue => libc::msgctl(id, libc::IPC_RMID, std::ptr::null_mut()),
        }
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
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
    /// File of a cgroup, open in the parent, to which the child moves.
    pub(crate) cgroup: Option<RawFd>,
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
    // All zero: default action, no flags, empty mask, on every architecture. Not through libc, which
    // keeps the signals to itself that it uses for threads. Refused for KILL and STOP, which is fine.
    let default = [0_u64; 4];
    for signal in 1..=64_usize {
        // SAFETY: the kernel reads its `sigaction`, which is at most as large as the array.
        unsafe {
            libc::syscall(libc::SYS_rt_sigaction, signal, default.as_ptr(), 0_usize, 8_usize)
        };
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
    if let Some(cgroup) = setup.cgroup {
        // Last: from here on the child waits its turn among the others. That it stays in its
        // parent's cgroup when this fails is how it was without one.
        // SAFETY: writes one byte of a static string.
        unsafe { libc::write(cgroup, b"0".as_ptr().cast(), 1) };
    }
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

/// The namespaces of a sandbox that do not depend on whose it is.
pub(crate) const NAMESPACES: u64 = (libc::CLONE_NEWPID
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC) as u64;
/// The namespace of users and groups.
pub(crate) const USER_NAMESPACE: u64 = libc::CLONE_NEWUSER as u64;

/// Enters a new namespace of cgroups, whose root is where this process is now, and if asked one of
/// users. Only for the kernel-to-be, which has one thread.
pub(crate) fn unshare_identity(user: bool) -> io::Result<()> {
    let flags = libc::CLONE_NEWCGROUP | if user { libc::CLONE_NEWUSER } else { 0 };
    // SAFETY: takes numbers only.
    if unsafe { libc::unshare(flags) } == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Forks, into new namespaces. `None` in the child. Only for the helper, which has one thread: the
/// child is a whole copy and may do everything.
pub(crate) fn clone_process(namespaces: u64) -> io::Result<Option<u32>> {
    // flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls
    let args: [u64; 8] = [namespaces, 0, 0, 0, libc::SIGCHLD as u64, 0, 0, 0];
    // SAFETY: without CLONE_VM and a stack this is fork. The process has one thread, so no lock of
    // any library is held in the child.
    let pid = unsafe { libc::syscall(libc::SYS_clone3, args.as_ptr(), size_of_val(&args)) };
    match u32::try_from(pid) {
        Ok(0) => Ok(None),
        Ok(pid) => Ok(Some(pid)),
        Err(_) => Err(io::Error::last_os_error()),
    }
}

/// Ends this process without running anything that the parent registered for its own end.
pub(crate) fn exit_now(code: i32) -> ! {
    // SAFETY: never returns, touches no memory.
    unsafe { libc::_exit(code) }
}

/// Sets attributes of a mount that is given by descriptor, and of what is mounted below it.
pub(crate) fn set_mount_attributes(
    mount: &OwnedFd,
    attributes: rustix::mount::MountAttrFlags,
    recursive: bool,
) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    // attr_set, attr_clr, propagation, userns_fd
    let attr: [u64; 4] = [u64::from(attributes.bits()), 0, libc::MS_PRIVATE, 0];
    let flags = libc::AT_EMPTY_PATH | if recursive { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: the path is a C string, the structure has the size that is passed with it.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            c"".as_ptr(),
            flags,
            attr.as_ptr(),
            size_of_val(&attr),
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Brings up `lo` of this network namespace.
pub(crate) fn loopback_up() -> io::Result<()> {
    use std::os::fd::AsRawFd;
    const UP: libc::c_short = 0x41; // IFF_UP | IFF_RUNNING
    let socket = rustix::net::socket(
        rustix::net::AddressFamily::INET,
        rustix::net::SocketType::DGRAM,
        None,
    )?;
    // SAFETY: an all-zero ifreq is valid; the fields written are the ones SIOCSIFFLAGS reads.
    let result = unsafe {
        let mut request: libc::ifreq = std::mem::zeroed();
        for (place, byte) in request.ifr_name.iter_mut().zip(b"lo") {
            *place = byte.cast_signed() as libc::c_char;
        }
        request.ifr_ifru.ifru_flags = UP;
        libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &request)
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Drops every capability from the bounding set, also those that are newer than the libraries.
/// Needs CAP_SETPCAP; without any capability there is nothing that the set could bound.
pub(crate) fn drop_bounding_set() {
    let mut capability: libc::c_ulong = 0;
    // SAFETY: takes numbers only; ends at the first number that the system does not know.
    while unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) } == 0 {
        capability += 1;
    }
}

/// Duplicates descriptors to their places and executes `program`. Returns only on failure. The
/// places may overwrite descriptors that somebody in this process owns: only for a process that
/// does nothing afterwards but report and exit.
pub(crate) fn exec_with(
    program: &OwnedFd,
    argv: &[std::ffi::CString],
    envp: &[std::ffi::CString],
    places: &[(RawFd, RawFd)],
) -> io::Error {
    use std::os::fd::AsRawFd;
    let pointers = |strings: &[std::ffi::CString]| -> Vec<*const libc::c_char> {
        strings.iter().map(|it| it.as_ptr()).chain([std::ptr::null()]).collect()
    };
    let (argv, envp) = (pointers(argv), pointers(envp));
    // SAFETY: takes numbers only; see above for who may call this.
    if places.iter().any(|&(from, to)| unsafe { libc::dup2(from, to) } < 0) {
        return io::Error::last_os_error();
    }
    // SAFETY: both arrays hold pointers to C strings that live until the end of this function, and
    // end with a null pointer.
    unsafe {
        libc::syscall(
            libc::SYS_execveat,
            program.as_raw_fd(),
            c"".as_ptr(),
            argv.as_ptr(),
            envp.as_ptr(),
            libc::AT_EMPTY_PATH,
        )
    };
    io::Error::last_os_error()
}

/// Makes `original`'s number mean what `copy` means, after [`exec_with`] may have overwritten it.
pub(crate) fn restore(copy: &OwnedFd, original: &std::os::unix::net::UnixStream) {
    use std::os::fd::AsRawFd;
    // SAFETY: takes numbers only; the number stays owned by `original`.
    unsafe { libc::dup2(copy.as_raw_fd(), original.as_raw_fd()) };
}

/// The Landlock ABI of this system; 0 for none.
pub(crate) fn landlock_abi() -> u32 {
    const VERSION: u32 = 1;
    // SAFETY: with this flag the pointer must be null and nothing is made.
    let abi = unsafe {
        libc::syscall(libc::SYS_landlock_create_ruleset, std::ptr::null::<u8>(), 0_usize, VERSION)
    };
    u32::try_from(abi).unwrap_or(0)
}

/// Lets a child be in new namespaces; it does not start when it cannot.
pub(crate) fn in_namespaces(command: &mut std::process::Command, namespaces: libc::c_int) {
    use std::os::unix::process::CommandExt;
    let unshare = move || {
        // SAFETY: takes numbers only; the child has one thread.
        match unsafe { libc::unshare(namespaces) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    };
    // SAFETY: the closure makes one system call: it neither allocates nor locks.
    unsafe { command.pre_exec(unshare) };
}

/// Whether the system knows seccomp filters.
pub(crate) fn has_seccomp_filter() -> bool {
    const SECCOMP_GET_ACTION_AVAIL: libc::c_uint = 2;
    let action = libc::SECCOMP_RET_ERRNO;
    // SAFETY: reads the number that the pointer points to.
    unsafe { libc::syscall(libc::SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &raw const action) == 0 }
}
