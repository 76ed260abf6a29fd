//! The host's side of starting a kernel.

use super::helper::{FDS_MAX, PLAN_BYTES_MAX};
use super::plan::{Failure, Kind, Plan, Report};
use super::{KernelProcess, Limits, Mode, SandboxSpec, SpawnError, landlock};
use crate::init::{FD_SESSION, HELPER_ARGUMENT};
use crate::limits::{self, InForce};
use protocol::state::Capabilities;
use rustix::fs::OFlags;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use std::io::{self, BufRead, BufReader, IoSlice, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

/// Size of `/tmp` when neither it nor memory is limited.
const TMP_BYTES: u64 = 512 << 20;
/// Start of the name of a cgroup that is made to see what a workspace would get.
const PROBE_CGROUP: &str = "probe";
/// Size of `/dev/shm` then; browsers want more than the 64 MiB that containers use.
const SHM_BYTES: u64 = 256 << 20;
/// Size of `/run`: sockets and pid files.
const RUN_BYTES: u64 = 16 << 20;
/// A set-up takes milliseconds; a machine that swaps may take seconds.
const SETUP_TIMEOUT: Duration = Duration::from_secs(20);

pub(super) fn start(spec: SandboxSpec) -> Result<KernelProcess, SpawnError> {
    check(&spec).map_err(SpawnError::Spec)?;
    let program = open_program(&spec.program)?;
    let in_force =
        limits::backend().create(&spec.cgroup_name, &spec.limits).map_err(SpawnError::Limits)?;
    let result = start_helper(&spec, &program, &in_force);
    if result.is_err()
        && let Err(error) = limits::backend().remove(&spec.cgroup_name)
    {
        tracing::warn!(cgroup = spec.cgroup_name, %error, "an unused cgroup could not be removed");
    }
    let started = result?;
    Ok(KernelProcess {
        pid: started.pid,
        start_time: started.start_time,
        capabilities: capabilities(&spec, in_force, started.landlock_abi),
    })
}

/// The caller's mistakes, in a sentence.
fn check(spec: &SandboxSpec) -> Result<(), String> {
    check_cgroup_name(&spec.cgroup_name)?;
    for path in [&spec.workspace, &spec.home] {
        if !path.is_absolute() {
            return Err(format!("`{}` is not an absolute path", path.display()));
        }
    }
    for tool in &spec.tools {
        if !tool.host.is_absolute() || !is_plain_absolute(&tool.inside) {
            return Err(format!("`{}` is not a place for tools", tool.inside.display()));
        }
    }
    if spec.id_base == Some(0) {
        return Err("the workspace's user must not be root".to_owned());
    }
    // The workspace's user would be the machine's root, to whom parts of `/proc` listen.
    if spec.mode == Mode::Sandbox && spec.id_base.is_none() && rustix::process::geteuid().is_root()
    {
        return Err("this workspace was made by a server that was not root; run the server as \
                    that user, or with another data directory"
            .to_owned());
    }
    let mut numbers: Vec<_> = spec.inherit.iter().map(|it| it.1).collect();
    numbers.sort_unstable();
    let is_taken = |it: &i32| *it < 3 || *it == FD_SESSION;
    if numbers.windows(2).any(|pair| pair[0] == pair[1]) || numbers.iter().any(is_taken) {
        return Err(format!(
            "inherited descriptors need different numbers from 3 up, and {FD_SESSION} is taken"
        ));
    }
    if numbers.len() + 2 > FDS_MAX {
        return Err("too many descriptors to inherit".to_owned());
    }
    Ok(())
}

/// Whether a name can be one directory of a cgroup hierarchy.
pub(super) fn check_cgroup_name(name: &str) -> Result<(), String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if (1..=64).contains(&name.len()) && name.bytes().all(plain) {
        Ok(())
    } else {
        Err(format!("`{name}` cannot name a cgroup"))
    }
}

/// Absolute, and no `..` in it.
fn is_plain_absolute(path: &Path) -> bool {
    use std::path::Component;
    let mut components = path.components();
    components.next() == Some(Component::RootDir)
        && path != Path::new("/")
        && components.all(|it| matches!(it, Component::Normal(_)))
}

fn open_program(path: &Path) -> Result<OwnedFd, SpawnError> {
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, rustix::fs::Mode::empty())
        .map_err(|error| SpawnError::Program { path: path.to_owned(), source: error.into() })
}

struct Started {
    pid: u32,
    start_time: u64,
    landlock_abi: u32,
}

/// Starts the helper, tells it the plan, and waits until the kernel runs or does not.
fn start_helper(
    spec: &SandboxSpec,
    program: &OwnedFd,
    in_force: &InForce,
) -> Result<Started, SpawnError> {
    let setup = |step: &str| {
        let step = step.to_owned();
        move |source| SpawnError::Setup { step, source }
    };
    let (ours, theirs) = UnixStream::pair().map_err(setup("making a socket"))?;
    ours.set_read_timeout(Some(SETUP_TIMEOUT)).map_err(setup("making a socket"))?;
    #[expect(clippy::disallowed_methods, reason = "this crate is the one that starts processes")]
    let mut helper = std::process::Command::new(format!("/proc/self/fd/{}", program.as_raw_fd()));
    helper.arg(HELPER_ARGUMENT).env_clear().stdin(OwnedFd::from(theirs));
    helper.stdout(Stdio::null()).stderr(match &spec.log {
        Some(log) => Stdio::from(log.try_clone().map_err(setup("sharing the log"))?),
        None => Stdio::null(),
    });
    let mut child = helper
        .spawn()
        .map_err(|source| SpawnError::Program { path: spec.program.clone(), source })?;
    // The command holds the helper's end of the socket, whose end we wait for below.
    drop(helper);
    let answer = send_plan(&ours, spec, program, in_force)
        .map_err(setup("telling the helper"))
        .and_then(|()| read_reports(&ours, &spec.program));
    if answer.is_err() {
        // It may wait for something that will not come. What it cloned waits for it, and goes too.
        let _ended_already = child.kill();
    }
    child.wait().map_err(setup("waiting for the helper"))?;
    answer
}

fn send_plan(
    mut socket: &UnixStream,
    spec: &SandboxSpec,
    program: &OwnedFd,
    in_force: &InForce,
) -> io::Result<()> {
    let plan = serde_json::to_vec(&plan(spec, in_force))?;
    if plan.len() > PLAN_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the environment is too large"));
    }
    let fds: Vec<BorrowedFd<'_>> = [program.as_fd()]
        .into_iter()
        .chain(spec.log.as_ref().map(AsFd::as_fd))
        .chain(spec.inherit.iter().map(|it| it.0.as_fd()))
        .collect();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(FDS_MAX))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !control.push(SendAncillaryMessage::ScmRights(&fds)) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let length = u32::try_from(plan.len()).map_err(io::Error::other)?.to_ne_bytes();
    sendmsg(socket, &[IoSlice::new(&length)], &mut control, SendFlags::NOSIGNAL)?;
    socket.write_all(&plan)
}

fn plan(spec: &SandboxSpec, in_force: &InForce) -> Plan {
    let limits = &spec.limits;
    // Temporary files count as memory, but ending a process does not free them: together they stay
    // well below the limit, so that there is always a process worth ending.
    let share = |of: u64, default: u64| {
        limits.memory_bytes_max.map_or(default, |memory| (memory / of).min(default))
    };
    let tmp_bytes_max = limits.tmp_bytes_max.unwrap_or_else(|| share(4, TMP_BYTES));
    Plan {
        sandbox: spec.mode == Mode::Sandbox,
        args: spec.args.clone(),
        env: spec.env.clone(),
        workspace: spec.workspace.clone().into(),
        home: spec.home.clone().into(),
        id_base: spec.id_base.filter(|_| rustix::process::geteuid().is_root()),
        tools: spec
            .tools
            .iter()
            .map(|it| (it.host.clone().into(), it.inside.clone().into()))
            .collect(),
        hostname: spec.hostname.clone(),
        inherit: spec.inherit.iter().map(|it| it.1).collect(),
        has_log: spec.log.is_some(),
        cgroup_procs: in_force.procs.iter().map(|it| it.clone().into()).collect(),
        session_cgroup: in_force.session.clone().map(Into::into),
        processes_max: limits.processes_max,
        open_files_max: limits.open_files_max,
        tmp_bytes_max,
        shm_bytes_max: share(8, SHM_BYTES).min(tmp_bytes_max),
        run_bytes_max: share(32, RUN_BYTES).min(tmp_bytes_max),
    }
}

/// Reads until the helper is gone and the kernel has executed: both close the socket.
fn read_reports(socket: &UnixStream, program: &Path) -> Result<Started, SpawnError> {
    let mut started = None;
    for line in BufReader::new(socket).lines() {
        let line = line.map_err(|source| SpawnError::Setup {
            step: "waiting for the sandbox".to_owned(),
            source,
        })?;
        match serde_json::from_str(&line) {
            Ok(Report::Started { pid, start_time, landlock_abi }) => {
                started = Some(Started { pid, start_time, landlock_abi });
            }
            Ok(Report::Failed(failure)) => return Err(error(failure, program)),
            Err(source) => {
                return Err(SpawnError::Setup {
                    step: "understanding the helper".to_owned(),
                    source: source.into(),
                });
            }
        }
    }
    started.ok_or_else(|| SpawnError::Setup {
        step: "the helper ended without a word: does `main` call `run_helper_if_asked`?".to_owned(),
        source: io::ErrorKind::UnexpectedEof.into(),
    })
}

fn error(failure: Failure, program: &Path) -> SpawnError {
    let source = failure.source();
    match failure.kind {
        Kind::Unsupported => SpawnError::Unsupported { step: failure.step, source },
        Kind::Setup => SpawnError::Setup { step: failure.step, source },
        Kind::Program => SpawnError::Program { path: program.to_owned(), source },
        Kind::Limits => SpawnError::Limits(source),
    }
}

/// What a kernel would get on this machine: makes a cgroup as for a workspace, and removes it.
pub(super) fn expected(mode: Mode, wanted: &Limits) -> Capabilities {
    let name = format!("{PROBE_CGROUP}-{}", rustix::process::getpid().as_raw_nonzero());
    let in_force = limits::backend().create(&name, wanted).unwrap_or_else(|error| InForce {
        missing: vec![format!("limits cannot be set: {error}")],
        ..InForce::default()
    });
    if let Err(error) = limits::backend().remove(&name) {
        tracing::warn!(%error, "the cgroup of a probe was left");
    }
    describe(mode, wanted, in_force, landlock::abi_in_force())
}

fn capabilities(spec: &SandboxSpec, in_force: InForce, landlock_abi: u32) -> Capabilities {
    describe(spec.mode, &spec.limits, in_force, landlock_abi)
}

fn describe(mode: Mode, limits: &Limits, in_force: InForce, landlock_abi: u32) -> Capabilities {
    let sandbox = mode == Mode::Sandbox;
    let mut missing = in_force.missing;
    if !sandbox {
        missing.push("there is no isolation: programs run as the server's own user".to_owned());
    }
    if sandbox && landlock_abi == 0 {
        missing.push("this system has no Landlock: the mounts are the only wall".to_owned());
    }
    Capabilities {
        provider: if sandbox { "sandbox" } else { "process" }.to_owned(),
        limits: in_force.backend.to_owned(),
        memory_bytes_max: in_force.memory_bytes_max,
        processes_max: in_force.processes_max.or(limits.processes_max.filter(|_| sandbox)),
        cpu_millis_max: in_force.cpu_millis_max,
        disk_bytes_max: None,
        network: String::new(),
        seccomp: sandbox,
        landlock_abi,
        missing,
    }
}
