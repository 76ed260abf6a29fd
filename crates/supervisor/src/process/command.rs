//! What to start, and how.

use crate::sys;
use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

/// A standard stream of a child.
#[derive(Debug, Default)]
pub enum Stdio {
    /// `/dev/null`.
    #[default]
    Null,
    /// A pipe to us; see the `take_` functions of [`super::Child`].
    Pipe,
    /// This descriptor.
    Fd(OwnedFd),
}

/// A process that is to be started. Its signal dispositions and mask are the system's defaults, no
/// descriptor but the standard streams reaches it, it never dumps core.
#[derive(Debug)]
pub struct Command {
    /// A path, or a name that is searched in the `PATH` of `env`.
    pub program: OsString,
    /// Without the program's name.
    pub args: Vec<OsString>,
    /// The complete environment.
    pub env: Vec<(OsString, OsString)>,
    pub current_dir: PathBuf,
    pub stdin: Stdio,
    pub stdout: Stdio,
    pub stderr: Stdio,
    /// A session of its own; otherwise only a process group of its own. On a terminal always true.
    pub new_session: bool,
    /// Added to the niceness: 0 to 19.
    pub nice: i32,
}

impl Command {
    /// A command with an empty environment and no standard streams, in a session of its own.
    pub fn new(program: impl Into<OsString>, current_dir: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            env: Vec::new(),
            current_dir: current_dir.into(),
            stdin: Stdio::Null,
            stdout: Stdio::Null,
            stderr: Stdio::Null,
            new_session: true,
            nice: 0,
        }
    }

    /// The same, ready to be forked. `terminal` takes the place of the standard streams.
    pub(super) fn into_std(
        self,
        terminal: Option<OwnedFd>,
        processes_max: Option<u64>,
    ) -> io::Result<std::process::Command> {
        #[expect(
            clippy::disallowed_methods,
            reason = "this crate is the one that starts processes"
        )]
        let mut command = std::process::Command::new(self.program);
        command.args(self.args).env_clear().envs(self.env).current_dir(self.current_dir);
        let on_terminal = terminal.is_some();
        let [stdin, stdout, stderr] = match terminal {
            Some(fd) => [Stdio::Fd(fd.try_clone()?), Stdio::Fd(fd.try_clone()?), Stdio::Fd(fd)],
            None => [self.stdin, self.stdout, self.stderr],
        };
        command.stdin(stdin).stdout(stdout).stderr(stderr);
        sys::prepare_child(
            &mut command,
            sys::ChildSetup {
                new_session: self.new_session || on_terminal,
                controlling_terminal: on_terminal,
                processes_max,
                nice: self.nice,
                cgroup: crate::init::session_cgroup(),
            },
        );
        Ok(command)
    }
}

impl From<Stdio> for std::process::Stdio {
    fn from(stdio: Stdio) -> Self {
        match stdio {
            Stdio::Null => Self::null(),
            Stdio::Pipe => Self::piped(),
            Stdio::Fd(fd) => Self::from(fd),
        }
    }
}
