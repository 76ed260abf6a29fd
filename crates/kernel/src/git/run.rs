//! One run of the `git` program: no shell, no questions, bounded output, a deadline.

use super::error::GitError;
use crate::context::By;
use crate::environment::Environment;
use protocol::environment::Use;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;
use supervisor::process::{Child, ChildOutput, Command, Processes, Signal, Stdio};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

/// Most of standard output that is taken, in bytes: the status of a hundred thousand files, a diff
/// far beyond what anybody reads.
pub(super) const STDOUT_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Most of standard error that is kept, in bytes.
const STDERR_BYTES_MAX: usize = 64 * 1024;

/// Git removes its locks and half-written files within moments when it is asked to end.
const CLEARING_UP: Duration = Duration::from_secs(5);

/// Where and as whom Git runs.
#[derive(Clone)]
pub(super) struct Runner {
    pub(super) root: PathBuf,
    pub(super) processes: Processes,
    pub(super) environment: Environment,
}

/// What Git said.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) code: Option<i32>,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: String,
}

impl Output {
    /// The same when Git ended well.
    pub(super) fn ok(self) -> Result<Self, GitError> {
        if self.code == Some(0) { Ok(self) } else { Err(self.refused()) }
    }

    /// The error that this output is. Git tells some refusals on standard output.
    pub(super) fn refused(self) -> GitError {
        if self.stderr.contains("not a git repository") {
            return GitError::NoRepository;
        }
        let mut said = self.stderr;
        if said.trim().is_empty() {
            said = String::from_utf8_lossy(&self.stdout).into_owned();
        }
        GitError::Refused(said)
    }

    /// Standard output as text.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).trim_end_matches('\n').to_owned()
    }
}

/// A run that is prepared. Its variables may be secret.
pub(super) struct Run {
    args: Vec<OsString>,
    env: Vec<(String, String)>,
    stdin: Vec<u8>,
    deadline: Duration,
    stdout_max: usize,
    truncates: bool,
}

impl Run {
    /// `git` with these arguments.
    pub(super) fn new<I>(args: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<OsString>,
    {
        Self {
            args: args.into_iter().map(Into::into).collect(),
            env: Vec::new(),
            stdin: Vec::new(),
            deadline: Duration::from_secs(30),
            stdout_max: STDOUT_BYTES_MAX,
            truncates: false,
        }
    }

    /// Further arguments.
    pub(super) fn args<I>(mut self, args: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<OsString>,
    {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// A variable of the environment.
    pub(super) fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.push((name.to_owned(), value.into()));
        self
    }

    /// Further variables.
    pub(super) fn envs(mut self, variables: Vec<(String, String)>) -> Self {
        self.env.extend(variables);
        self
    }

    pub(super) fn stdin(mut self, bytes: Vec<u8>) -> Self {
        self.stdin = bytes;
        self
    }

    /// Ends Git after this long instead of 30 s.
    pub(super) fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Takes this many bytes of standard output and leaves out the rest.
    pub(super) fn truncate(mut self, bytes: usize) -> Self {
        (self.stdout_max, self.truncates) = (bytes, true);
        self
    }
}

impl Runner {
    /// Runs Git to its end. Dropping the future ends Git.
    pub(super) async fn run(&self, run: Run) -> Result<Output, GitError> {
        let (deadline, stdout_max, truncates) = (run.deadline, run.stdout_max, run.truncates);
        let stdin = run.stdin.clone();
        let mut running = self.start(run)?;
        let work = async {
            let child = &mut running.0;
            let input = child.take_stdin();
            let feed = async {
                if let Some(mut input) = input {
                    // Git may end before it has read all; its answer says why.
                    drop(input.write_all(&stdin).await);
                }
            };
            let stdout = read(child.take_stdout(), stdout_max);
            let stderr = read(child.take_stderr(), STDERR_BYTES_MAX);
            let ((), stdout, stderr) = tokio::join!(feed, stdout, stderr);
            let ((stdout, cut), (stderr, _)) = (stdout?, stderr?);
            if cut && !truncates {
                return Err(GitError::TooLarge(stdout_max));
            }
            let exit = child.wait().await;
            let stderr = String::from_utf8_lossy(&stderr).into_owned();
            // Whoever stops reading early ends Git with SIGPIPE or its own words about it.
            let code = if cut { Some(0) } else { exit.code };
            Ok(Output { code, stdout, stderr })
        };
        timeout(deadline, work).await.map_err(|_| GitError::TooSlow(deadline))?
    }

    /// Starts Git; for [`Self::run`] and for what reads progress.
    pub(super) fn start(&self, run: Run) -> Result<Running, GitError> {
        let mut command = Command::new("git", self.root.clone());
        let fixed = [
            "-c",
            "core.quotePath=false",
            "-c",
            "core.fsmonitor=false",
            "-c",
            "color.ui=false",
            "-c",
            "advice.detachedHead=false",
        ];
        command.args = fixed.into_iter().map(OsString::from).chain(run.args).collect();
        let ceiling = self.root.parent().map(|it| it.to_string_lossy().into_owned());
        let own = [
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_ASKPASS", ""),
            ("SSH_ASKPASS", ""),
            ("GIT_LITERAL_PATHSPECS", "1"),
            ("GIT_EDITOR", "true"),
            ("GIT_SEQUENCE_EDITOR", "true"),
            ("GIT_PAGER", "cat"),
            ("LC_ALL", "C.UTF-8"),
            ("GIT_CEILING_DIRECTORIES", ceiling.as_deref().unwrap_or("/")),
        ];
        command.env = self.environment.of(Use::Setup, &By::kernel(), &[]);
        let own = own.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter();
        for (name, value) in own.chain(run.env) {
            let (name, value) = (OsString::from(name), OsString::from(value));
            command.env.retain(|it| it.0 != name);
            command.env.push((name, value));
        }
        command.stdout = Stdio::Pipe;
        command.stderr = Stdio::Pipe;
        if !run.stdin.is_empty() {
            command.stdin = Stdio::Pipe;
        }
        self.processes.spawn(command).map(Running).map_err(GitError::NotInstalled)
    }
}

/// Reads a stream to its end, or to `max` bytes; says whether more came.
async fn read(stream: Option<ChildOutput>, max: usize) -> std::io::Result<(Vec<u8>, bool)> {
    let mut bytes = Vec::new();
    let Some(stream) = stream else { return Ok((bytes, false)) };
    let limit = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
    stream.take(limit).read_to_end(&mut bytes).await?;
    let cut = max < bytes.len();
    bytes.truncate(max);
    Ok((bytes, cut))
}

/// A Git that runs; dropped, it ends with everything it started.
#[derive(Debug)]
pub(super) struct Running(pub(super) Child);

impl Running {
    /// Ends it with its helpers, and waits until they have cleared up behind themselves; what does
    /// not listen is killed.
    pub(super) async fn stop(&mut self) -> Result<(), GitError> {
        for signal in [Signal::TERM, Signal::KILL] {
            self.0.signal_group(signal).map_err(GitError::Io)?;
            if timeout(CLEARING_UP, self.0.wait_group()).await.is_ok() {
                return Ok(());
            }
        }
        Err(GitError::TooSlow(CLEARING_UP))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.0.try_wait().is_none()
            && let Err(error) = self.0.signal_group(Signal::TERM)
        {
            tracing::warn!(%error, "an abandoned Git goes on");
        }
    }
}
