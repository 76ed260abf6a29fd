//! The host's side of starting a kernel.

use super::helper::FDS_MAX;
use super::plan::{Base, Isolation, Place, Plan};
use super::waiting::Waiting;
use super::{KernelProcess, Limits, Mode, SandboxSpec, SpawnError, ToolDir, landlock};
use crate::init::FD_SESSION;
use crate::limits::{self, CONTROLLERS, InForce};
use protocol::state::Capabilities;
use rustix::fs::OFlags;
use rustix::thread::CapabilitySet;
use std::fs::OpenOptions;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

/// Size of `/tmp` when neither it nor memory is limited.
const TMP_BYTES: u64 = 512 << 20;
/// Start of the name of a cgroup that is made to see what a workspace would get.
const PROBE_CGROUP: &str = "probe";
/// Size of `/dev/shm` then; browsers want more than the 64 MiB that containers use.
const SHM_BYTES: u64 = 256 << 20;
/// Size of `/run`: sockets and pid files.
const RUN_BYTES: u64 = 16 << 20;

pub(super) fn start(
    spec: &SandboxSpec,
    spare: Option<Waiting>,
) -> Result<KernelProcess, SpawnError> {
    check(spec).map_err(SpawnError::Spec)?;
    let program = open_program(&spec.program)?;
    let waiting = match spare {
        Some(it) => it,
        None => Waiting::start(&program, &base(spec), spec.id_base, spec.log.as_ref())
            .map_err(|it| it.into_error(&spec.program))?,
    };
    // While the sandbox is still being built.
    let in_force =
        limits::backend().create(&spec.cgroup_name, &spec.limits).map_err(SpawnError::Limits)?;
    let landlock_abi = waiting.landlock_abi;
    let result = run(spec, waiting, &program, &in_force);
    if result.is_err()
        && let Err(error) = limits::backend().remove(&spec.cgroup_name)
    {
        tracing::warn!(cgroup = spec.cgroup_name, %error, "an unused cgroup could not be removed");
    }
    let (pid, start_time) = result?;
    Ok(KernelProcess { pid, start_time, capabilities: capabilities(spec, in_force, landlock_abi) })
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
    // Beside the program, the log, and the files of cgroups.
    if numbers.len() + 3 + CONTROLLERS.len() > FDS_MAX {
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
pub(super) fn is_plain_absolute(path: &Path) -> bool {
    use std::path::Component;
    let mut components = path.components();
    components.next() == Some(Component::RootDir)
        && path != Path::new("/")
        && components.all(|it| matches!(it, Component::Normal(_)))
}

pub(super) fn open_program(path: &Path) -> Result<OwnedFd, SpawnError> {
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, rustix::fs::Mode::empty())
        .map_err(|error| SpawnError::Program { path: path.to_owned(), source: error.into() })
}

/// Tells a sandbox whose it is; gives the process and when it started.
fn run(
    spec: &SandboxSpec,
    waiting: Waiting,
    program: &OwnedFd,
    in_force: &InForce,
) -> Result<(u32, u64), SpawnError> {
    let open = |path: &PathBuf| {
        OpenOptions::new().write(true).open(path).map(OwnedFd::from).map_err(SpawnError::Limits)
    };
    let cgroups = in_force.procs.iter().map(open).collect::<Result<Vec<_>, _>>()?;
    let session = in_force.session.as_ref().map(open).transpose()?;
    let fds: Vec<BorrowedFd<'_>> = [program.as_fd()]
        .into_iter()
        .chain(spec.log.as_ref().map(AsFd::as_fd))
        .chain(cgroups.iter().map(AsFd::as_fd))
        .chain(spec.inherit.iter().map(|it| it.0.as_fd()))
        .chain(session.as_ref().map(AsFd::as_fd))
        .collect();
    let plan = Plan {
        args: spec.args.clone(),
        env: spec.env.clone(),
        workspace: spec.workspace.clone().into(),
        home: spec.home.clone().into(),
        owner: spec.id_base.filter(|_| waiting.is_ownerless()),
        inherit: spec
            .inherit
            .iter()
            .map(|it| it.1)
            .chain(session.as_ref().map(|_| FD_SESSION))
            .collect(),
        has_log: spec.log.is_some(),
        cgroups: cgroups.len(),
        processes_max: spec.limits.processes_max,
        open_files_max: spec.limits.open_files_max,
    };
    let process = (waiting.pid, waiting.start_time);
    waiting.run(&plan, &fds).map_err(|it| it.into_error(&spec.program))?;
    Ok(process)
}

/// What is known of a sandbox before its workspace is looked at.
fn base(spec: &SandboxSpec) -> Base {
    let place =
        Place::Known { workspace: spec.workspace.clone().into(), home: spec.home.clone().into() };
    empty(spec.mode, &spec.tools, &spec.hostname, &spec.limits, place)
}

/// What an empty sandbox needs to know.
pub(super) fn empty(
    mode: Mode,
    tools: &[ToolDir],
    hostname: &str,
    limits: &Limits,
    place: Place,
) -> Base {
    // Temporary files count as memory, but ending a process does not free them: together they stay
    // well below the limit, so that there is always a process worth ending.
    let share = |of: u64, default: u64| {
        limits.memory_bytes_max.map_or(default, |memory| (memory / of).min(default))
    };
    let tmp_bytes_max = limits.tmp_bytes_max.unwrap_or_else(|| share(4, TMP_BYTES));
    Base {
        isolation: match mode {
            Mode::Process => Isolation::None,
            Mode::Sandbox if user_first() => Isolation::UserFirst,
            Mode::Sandbox => Isolation::UserLast,
        },
        tools: tools.iter().map(|it| (it.host.clone().into(), it.inside.clone().into())).collect(),
        hostname: hostname.to_owned(),
        tmp_bytes_max,
        shm_bytes_max: share(8, SHM_BYTES).min(tmp_bytes_max),
        run_bytes_max: share(32, RUN_BYTES).min(tmp_bytes_max),
        place,
    }
}

/// Whether only a user namespace gives the right to make the others.
pub(super) fn user_first() -> bool {
    let own = rustix::thread::capabilities(None);
    !rustix::process::geteuid().is_root()
        || !own.is_ok_and(|it| it.effective.contains(CapabilitySet::SYS_ADMIN))
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
