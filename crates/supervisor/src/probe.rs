//! What this machine can give, for `stead doctor`.
//!
//! What can be tried is tried: a sandbox is started and ends at once. Files are believed only where
//! there is nothing to try.

mod system;

use crate::init::PROBE_ARGUMENT;
use crate::limits;
use crate::sandbox::{self, Mode, SandboxSpec, SpawnError};
use crate::sys;
use rustix::process::geteuid;
use std::error::Error;
use std::io;
use std::path::Path;

/// Our own executable, whatever it is called.
const OWN_PROGRAM: &str = "/proc/self/exe";
/// Some id that is neither root's nor a person's, for the sandbox that is tried as root.
const PROBE_ID: u32 = 65_533;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Ok,
    /// Stead works, with less.
    Warn,
    /// Stead's default does not work.
    Fail,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub name: &'static str,
    pub level: Level,
    /// What was found, in a sentence fragment.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Finding {
    fn ok(name: &'static str, message: impl Into<String>) -> Self {
        Self { name, level: Level::Ok, message: message.into(), hint: None }
    }

    fn warn(name: &'static str, message: impl Into<String>, hint: &str) -> Self {
        let hint = Some(hint.to_owned());
        Self { name, level: Level::Warn, message: message.into(), hint }
    }

    fn fail(name: &'static str, message: impl Into<String>, hint: &str) -> Self {
        Self { level: Level::Fail, ..Self::warn(name, message, hint) }
    }
}

/// Everything that was looked at, in a stable order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub findings: Vec<Finding>,
}

/// Looks at the machine. Blocks for some tens of milliseconds; leaves nothing behind. The `main` of
/// the executable must call [`crate::init::run_helper_if_asked`]. With cgroup v2, this process moves
/// into a cgroup of its own.
pub fn probe() -> Report {
    let mut findings = vec![whole_sandbox()];
    findings.extend(namespaces());
    findings.push(seccomp());
    findings.push(landlock());
    findings.push(limits_backend());
    findings.extend(system::findings());
    Report { findings }
}

/// Starts a whole sandbox and lets it end.
fn whole_sandbox() -> Finding {
    let name = "sandbox";
    let cgroup_name = format!("probe-{}", std::process::id());
    let spec = SandboxSpec {
        mode: Mode::Sandbox,
        program: OWN_PROGRAM.into(),
        args: vec![PROBE_ARGUMENT.into()],
        env: Vec::new(),
        workspace: "/tmp".into(),
        home: "/tmp".into(),
        id_base: geteuid().is_root().then_some(PROBE_ID),
        tools: Vec::new(),
        hostname: "probe".to_owned(),
        inherit: Vec::new(),
        limits: sandbox::Limits::default(),
        cgroup_name: cgroup_name.clone(),
        log: None,
    };
    let result = sandbox::spawn(spec);
    let released = sandbox::release(&cgroup_name);
    match (result, released) {
        (Ok(_), Ok(())) => {
            let who = if geteuid().is_root() {
                "workspaces get ids of their own"
            } else {
                "workspaces run as this user"
            };
            Finding::ok(name, format!("a workspace can be isolated; {who}"))
        }
        (Ok(_), Err(error)) => Finding::warn(
            name,
            format!("a workspace can be isolated, but its cgroup stays: {error}"),
            "look for processes in the cgroups named `probe-*`",
        ),
        (Err(error), _) => Finding::fail(
            name,
            format!("a workspace cannot be isolated: {}", chain(&error)),
            hint_for(&error),
        ),
    }
}

fn hint_for(error: &SpawnError) -> &'static str {
    match error {
        SpawnError::Unsupported { .. } => {
            "allow user namespaces (see the lines below), or run as root; in a container, unmask \
             /proc; without isolation: --provider process"
        }
        SpawnError::Program { .. } => "the executable must be readable and executable by everyone",
        SpawnError::Spec(_) | SpawnError::Setup { .. } | SpawnError::Limits(_) => {
            "report this with the line above; without isolation: --provider process"
        }
    }
}

/// Tries every kind of namespace alone, with a user namespace where that is needed.
fn namespaces() -> Vec<Finding> {
    let hint = "sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone and \
                kernel.apparmor_restrict_unprivileged_userns decide about it";
    [
        ("user namespace", libc::CLONE_NEWUSER),
        ("pid namespace", libc::CLONE_NEWPID),
        ("mount namespace", libc::CLONE_NEWNS),
        ("network namespace", libc::CLONE_NEWNET),
        ("ipc namespace", libc::CLONE_NEWIPC),
        ("uts namespace", libc::CLONE_NEWUTS),
        ("cgroup namespace", libc::CLONE_NEWCGROUP),
    ]
    .into_iter()
    .map(|(name, flag)| match try_namespace(flag | libc::CLONE_NEWUSER) {
        Ok(()) => Finding::ok(name, "can be made"),
        Err(error) => Finding::fail(name, format!("cannot be made: {error}"), hint),
    })
    .collect()
}

fn try_namespace(flags: libc::c_int) -> io::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "this crate is the one that starts processes")]
    let mut command = std::process::Command::new(OWN_PROGRAM);
    command.arg(PROBE_ARGUMENT).env_clear();
    sys::in_namespaces(&mut command, flags);
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(status.to_string())) }
}

fn seccomp() -> Finding {
    if sys::has_seccomp_filter() {
        Finding::ok("seccomp", "system calls can be filtered")
    } else {
        Finding::fail(
            "seccomp",
            "system calls cannot be filtered",
            "a kernel with CONFIG_SECCOMP_FILTER is needed",
        )
    }
}

fn landlock() -> Finding {
    match sys::landlock_abi() {
        0 => Finding::warn(
            "landlock",
            "not there: the mounts are the only wall around files",
            "add `landlock` to the kernel's `lsm=` parameter",
        ),
        abi => Finding::ok("landlock", format!("ABI {abi}")),
    }
}

fn limits_backend() -> Finding {
    let backend = limits::backend();
    let controllers = backend.controllers();
    let message = format!("{} with {}", backend.label(), controllers.join(", "));
    if controllers.is_empty() {
        Finding::warn(
            "limits",
            "no cgroup can be written: memory and processor time of workspaces are not limited",
            "run as root, or as a service with `Delegate=yes`",
        )
    } else if controllers.len() < limits::CONTROLLERS.len() {
        Finding::warn("limits", message, "delegate the controllers memory, pids and cpu")
    } else {
        Finding::ok("limits", message)
    }
}

/// An error with its causes.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

/// The first number in a file of the system.
fn number_in(path: impl AsRef<Path>) -> Option<u64> {
    std::fs::read_to_string(path).ok()?.split_ascii_whitespace().next()?.parse().ok()
}
