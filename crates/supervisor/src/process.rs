//! The processes of a workspace: started here, reaped here, ended here.
//!
//! One task owns `waitpid(-1)`. A child is started while the table is locked, so its exit cannot be
//! taken before there is somebody to tell. Orphans of children are reaped in silence.

mod child;
mod command;
mod pty;
mod tree;

pub use child::{Child, ChildInput, ChildOutput};
pub use command::{Command, Stdio};
pub use pty::{Pty, PtyControl};
pub use rustix::process::Signal;

use protocol::state::Exit;
use rustix::process::{WaitOptions, WaitStatus};
use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use stdx::TaskScope;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tree::Tree;

/// Added to the kernel's score so that the out-of-memory killer prefers any child: as if it had half
/// of all memory.
const CHILD_OOM_SCORE: i32 = 500;
/// After KILL, processes are looked for again this often until none is left: only a process in an
/// uninterruptible call, or a fork storm without a pid namespace, takes a second look.
const KILL_AGAIN: Duration = Duration::from_millis(50);
/// Shells are told again this often during the grace period: one that prints its prompt just then
/// catches TERM for a moment, to ignore it, and loses a HUP that comes with it.
const SHELLS_AGAIN: Duration = Duration::from_millis(300);

/// Why a process was not started.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// The program does not exist or is not executable, as searched in the command's own `PATH`.
    #[error("`{program}` cannot be started")]
    Program {
        program: String,
        #[source]
        source: io::Error,
    },
    /// The directory to start in is not there.
    #[error("the directory `{path}` cannot be entered")]
    Directory {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// The workspace has as many processes, terminals or files open as it may.
    #[error("a limit of the workspace is reached")]
    Limit(#[source] io::Error),
    /// Everything is being ended; start again afterwards.
    #[error("the processes of the workspace are being ended")]
    Terminating,
    /// Anything else the system refused.
    #[error("the process could not be started")]
    Io(#[source] io::Error),
}

/// The owner of every child process of a kernel. Cheap to clone; all clones are the same.
#[derive(Clone, Debug)]
pub struct Processes {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    table: Mutex<Table>,
    /// Written under the table's lock: true when this process has no child at all.
    idle: watch::Sender<bool>,
    /// Changes whenever exits were taken.
    reaped: watch::Sender<()>,
    tree: Tree,
}

#[derive(Debug, Default)]
struct Table {
    /// Children that have not been reaped, by pid.
    children: HashMap<u32, watch::Sender<Option<Exit>>>,
    /// Calls of `terminate_all` under way.
    terminating: usize,
}

impl Processes {
    /// Starts the reaper. One per process. It ends with `scope`, once no child is left.
    pub fn start(scope: &TaskScope) -> io::Result<Self> {
        let mut child_exits = signal(SignalKind::child())?;
        let shared = Arc::new(Shared {
            table: Mutex::default(),
            idle: watch::Sender::new(true),
            reaped: watch::Sender::default(),
            tree: Tree::of_this_process(),
        });
        let reaper = Arc::clone(&shared);
        let stop = scope.clone();
        scope.spawn("reaper", async move {
            let mut idle = reaper.idle.subscribe();
            loop {
                reaper.reap();
                tokio::select! {
                    () = stop.stopping() => break,
                    exits = child_exits.recv() => if exits.is_none() { break },
                }
            }
            while !*idle.borrow_and_update() && child_exits.recv().await.is_some() {
                reaper.reap();
            }
        });
        Ok(Self { shared })
    }

    /// Starts a process without a terminal. Blocks for about a millisecond.
    pub fn spawn(&self, command: Command) -> Result<Child, SpawnError> {
        self.spawn_on(command, None)
    }

    /// Starts a process as the leader of a new session on a new terminal; the command's standard
    /// streams are not used. Blocks for about a millisecond.
    pub fn spawn_pty(
        &self,
        command: Command,
        cols: u16,
        rows: u16,
    ) -> Result<(Child, Pty), SpawnError> {
        let (pty, terminal) = Pty::open(cols, rows).map_err(SpawnError::Limit)?;
        let child = self.spawn_on(command, Some(terminal))?;
        Ok((child, pty))
    }

    fn spawn_on(
        &self,
        command: Command,
        terminal: Option<std::os::fd::OwnedFd>,
    ) -> Result<Child, SpawnError> {
        let program = command.program.to_string_lossy().into_owned();
        let current_dir = command.current_dir.clone();
        let mut std_command = command
            .into_std(terminal, self.shared.tree.child_processes_max())
            .map_err(SpawnError::Io)?;
        let mut table = self.shared.table();
        if table.terminating > 0 {
            return Err(SpawnError::Terminating);
        }
        let score = OomScore::raise();
        let spawned = std_command.spawn();
        drop(score);
        let spawned = spawned.map_err(|source| classify(source, program, current_dir))?;
        let (exit_tx, exit) = watch::channel(None);
        table.children.insert(spawned.id(), exit_tx);
        self.shared.idle.send_replace(false);
        drop(table);
        Child::new(spawned, exit, self.shared.reaped.subscribe()).map_err(SpawnError::Io)
    }

    /// Ends every process of the tree: TERM, up to `grace` for them to end, then KILL. Returns
    /// whether any needed KILL, and only when no process is left. Nothing can be started meanwhile.
    ///
    /// Interactive shells ignore TERM; they also get HUP, as when their terminal goes away.
    pub async fn terminate_all(&self, grace: Duration) -> bool {
        let _closed = Terminating::begin(&self.shared);
        let mut idle = self.shared.idle.subscribe();
        self.shared.reap();
        if *idle.borrow_and_update() {
            return false;
        }
        self.shared.tree.terminate();
        let hang_up = async {
            loop {
                self.shared.tree.hang_up_shells();
                tokio::time::sleep(SHELLS_AGAIN).await;
            }
        };
        let all_gone = async {
            tokio::select! {
                _ = idle.wait_for(|idle| *idle) => {}
                () = hang_up => {}
            }
        };
        if tokio::time::timeout(grace, all_gone).await.is_ok() {
            return false;
        }
        loop {
            self.shared.tree.kill();
            if tokio::time::timeout(KILL_AGAIN, idle.wait_for(|idle| *idle)).await.is_ok() {
                return true;
            }
            self.shared.reap();
        }
    }

    /// Processes of the tree that are alive, descendants of children included.
    pub fn count(&self) -> usize {
        self.shared.tree.count()
    }
}

/// Kills the processes that `choose` names while everything else in the namespace stands still: what
/// forks faster than it is looked for cannot get away. The others go on. Where this process is not
/// the first of a namespace, nobody can be stopped at once and only what is named is killed. Blocks
/// for milliseconds, in a storm for up to a second.
pub fn kill_while_stopped(choose: impl Fn() -> HashSet<u32>) {
    Tree::of_this_process().kill_while_stopped(choose);
}

impl Shared {
    fn table(&self) -> MutexGuard<'_, Table> {
        // Every change of the table is one insertion or removal, so a panic leaves it whole.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes every exit there is and tells those who wait for it.
    fn reap(&self) {
        let mut table = self.table();
        let idle = loop {
            match rustix::process::wait(WaitOptions::NOHANG) {
                Ok(Some((pid, status))) => {
                    let pid = pid.as_raw_nonzero().get().unsigned_abs();
                    if let Some(exit) = table.children.remove(&pid) {
                        exit.send_replace(Some(exit_of(status)));
                    }
                }
                Ok(None) => break false,
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => break true, // ECHILD: no children
            }
        };
        self.idle.send_if_modified(|was| std::mem::replace(was, idle) != idle);
        self.reaped.send_replace(());
    }
}

/// While it lives, nothing can be started.
struct Terminating<'a>(&'a Shared);

impl<'a> Terminating<'a> {
    fn begin(shared: &'a Shared) -> Self {
        shared.table().terminating += 1;
        Self(shared)
    }
}

impl Drop for Terminating<'_> {
    fn drop(&mut self) {
        self.0.table().terminating -= 1;
    }
}

/// While it lives, this process has the score that a child is to inherit. The child cannot set it
/// itself before exec: it is as untraceable as the kernel then, and its file belongs to root.
struct OomScore {
    file: &'static std::fs::File,
    own: i32,
}

impl OomScore {
    fn raise() -> Option<Self> {
        let (mut file, own) = crate::init::oom_score()?;
        let score = (own + CHILD_OOM_SCORE).min(1000).to_string();
        file.write_all(score.as_bytes()).ok().map(|()| Self { file, own })
    }
}

impl Drop for OomScore {
    fn drop(&mut self) {
        if let Err(error) = self.file.write_all(self.own.to_string().as_bytes()) {
            tracing::warn!(%error, "the kernel could not lower its out-of-memory score again");
        }
    }
}

fn exit_of(status: WaitStatus) -> Exit {
    match status.exit_status() {
        Some(code) => Exit { code: Some(code), signal: None },
        None => Exit { code: None, signal: Some(status.terminating_signal().unwrap_or(0)) },
    }
}

fn classify(source: io::Error, program: String, current_dir: PathBuf) -> SpawnError {
    match source.raw_os_error() {
        Some(libc::EAGAIN | libc::ENOMEM | libc::EMFILE | libc::ENFILE) => {
            SpawnError::Limit(source)
        }
        Some(libc::ENOENT | libc::EACCES | libc::ENOTDIR) if !current_dir.is_dir() => {
            SpawnError::Directory { path: current_dir, source }
        }
        Some(
            libc::ENOENT
            | libc::EACCES
            | libc::ENOTDIR
            | libc::ENOEXEC
            | libc::ELOOP
            | libc::EISDIR
            | libc::ETXTBSY
            | libc::E2BIG
            | libc::ENAMETOOLONG,
        ) => SpawnError::Program { program, source },
        _ => SpawnError::Io(source),
    }
}
