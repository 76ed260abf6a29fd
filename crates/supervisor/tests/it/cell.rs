//! A sandbox with an inmate in it, for one test.

#[path = "../inmate/order.rs"]
mod order;

use order::{Answer, Launch, Launched, Order};
use std::io::{BufRead, BufReader, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const INMATE: &str = env!("CARGO_BIN_EXE_inmate");
/// Nothing here takes this long; a test that does is stuck.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);
/// An id that no account of the machine has.
const ORDINARY_USER: u32 = 65533;
/// Ids of workspaces that root starts.
const ID_BASE: u32 = 210_000;

/// How often a machine may change in the moment between two calls.
const ATTEMPTS: usize = 5;

/// Who starts the sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum User {
    Root,
    Ordinary,
}

/// When a sandbox is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Made {
    /// For its workspace.
    Then,
    /// Before that is known.
    Before,
}

/// Runs a test in sandboxes that root started, and in some that an ordinary user started; of each
/// one was made before it was known what for.
pub(crate) fn check(test: impl Fn(&mut Cell)) {
    check_with(|_| {}, test);
}

/// The same with other limits.
pub(crate) fn check_with(change: impl Fn(&mut Launch), test: impl Fn(&mut Cell)) {
    let users: &[User] = if rustix::process::geteuid().is_root() {
        &[User::Root, User::Ordinary]
    } else {
        skip("not root: only the ordinary user's sandbox is tested");
        &[User::Ordinary]
    };
    for &user in users {
        for made in [Made::Then, Made::Before] {
            if let Some(mut cell) = Cell::start(user, made, &change) {
                test(&mut cell);
                cell.end();
            }
        }
    }
}

/// Says loudly what was not tested.
pub(crate) fn skip(reason: &str) {
    eprintln!("SKIPPED: {reason}");
}

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) signal: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) struct Cell {
    pub(crate) pid: u32,
    pub(crate) start_time: u64,
    pub(crate) limits: String,
    pub(crate) missing: Vec<String>,
    /// On the machine: `workspace`, `home`, and whatever the test puts there.
    pub(crate) directory: tempfile::TempDir,
    cgroup: Cgroup,
    orders: UnixStream,
    answers: BufReader<UnixStream>,
}

/// The cgroup of a cell; gone when the test is over, however it ended.
struct Cgroup(String);

impl Cgroup {
    fn release(&self) -> std::io::Result<()> {
        supervisor::sandbox::release(&self.0)
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        if let Err(error) = self.release() {
            eprintln!("the cgroup {} stays: {error}", self.0);
        }
    }
}

impl Cell {
    /// `None` without isolation: that is not made before.
    fn start(user: User, made: Made, change: impl Fn(&mut Launch)) -> Option<Self> {
        // Somebody may change the machine meanwhile; then the one that was made before is not used.
        for _ in 0..ATTEMPTS {
            let (cell, spare) = Self::start_once(user, made, &change)?;
            if spare == (made == Made::Before) {
                return Some(cell);
            }
            cell.end();
        }
        panic!("no sandbox that was made before was used");
    }

    fn start_once(user: User, made: Made, change: impl Fn(&mut Launch)) -> Option<(Self, bool)> {
        let (directory, mut launch) = plan(user, change);
        if made == Made::Before {
            launch.spare_below = launch.sandbox.then(|| directory.path().to_owned());
            launch.spare_below.as_ref()?;
        }
        eprintln!("--- started by {user:?}, made {made:?}");
        let (orders, theirs) = UnixStream::pair().unwrap();
        orders.set_read_timeout(Some(DEADLINE)).unwrap();
        let (pid, start_time, limits, missing, spare) = match launch_as(user, &launch, theirs) {
            Launched::Started { pid, start_time, limits, missing, spare, .. } => {
                (pid, start_time, limits, missing, spare)
            }
            Launched::Failed { message } => panic!("the sandbox did not start: {message}"),
        };
        let answers = BufReader::new(orders.try_clone().unwrap());
        let cgroup = Cgroup(launch.cgroup_name);
        let cell = Self { pid, start_time, limits, missing, directory, cgroup, orders, answers };
        Some((cell, spare))
    }

    pub(crate) fn run(&mut self, program: &str, args: &[&str]) -> Run {
        let order = Order::Run { program: program.to_owned(), args: owned(args) };
        match self.order(&order) {
            Answer::Ended { code, signal, stdout, stderr } => Run { code, signal, stdout, stderr },
            other => panic!("{program} {args:?}: {other:?}"),
        }
    }

    /// Runs a shell script that must succeed; gives its output.
    pub(crate) fn sh(&mut self, script: &str) -> String {
        let run = self.run("bash", &["-c", script]);
        assert_eq!(run.code, Some(0), "{script}: {run:?}");
        run.stdout
    }

    /// Runs a Python program that must succeed; gives its output.
    pub(crate) fn python(&mut self, program: &str) -> String {
        let run = self.run("/usr/bin/python3", &["-c", program]);
        assert_eq!(run.code, Some(0), "{program}: {run:?}");
        run.stdout
    }

    /// Starts a shell script in the background, up to its first line.
    pub(crate) fn start_sh(&mut self, script: &str) -> (u32, String) {
        let args = owned(&["-c", script]);
        match self.order(&Order::Start { program: "bash".to_owned(), args }) {
            Answer::Started { pid, line } => (pid, line),
            other => panic!("{script}: {other:?}"),
        }
    }

    /// Runs a shell script in a terminal and answers its prompts; gives what it printed.
    pub(crate) fn pty(
        &mut self,
        script: &str,
        resize: (u16, u16),
        dialogue: &[(&str, &str)],
    ) -> String {
        let dialogue =
            dialogue.iter().map(|&(prompt, input)| (prompt.to_owned(), input.to_owned())).collect();
        let args = owned(&["-c", script]);
        let order = Order::Pty { program: "bash".to_owned(), args, resize, dialogue };
        match self.order(&order) {
            Answer::Printed { output, .. } => output,
            other => panic!("{script}: {other:?}"),
        }
    }

    pub(crate) fn terminate_all(&mut self, grace_ms: u64) -> bool {
        match self.order(&Order::TerminateAll { grace_ms }) {
            Answer::Terminated { killed } => killed,
            other => panic!("{other:?}"),
        }
    }

    /// Lets the kernel kill programs while the others stand still.
    pub(crate) fn kill_while_stopped(&mut self, name: &str) {
        match self.order(&Order::KillWhileStopped { name: name.to_owned() }) {
            Answer::Kept(_) => {}
            other => panic!("{other:?}"),
        }
    }

    /// Lets the kernel remove what ended programs left in memory.
    pub(crate) fn remove_left(&mut self) {
        match self.order(&Order::RemoveLeft) {
            Answer::Kept(_) => {}
            other => panic!("{other:?}"),
        }
    }

    /// Lets the kernel use its state directory; gives what it read back.
    pub(crate) fn use_state(&mut self) -> String {
        match self.order(&Order::UseState) {
            Answer::Kept(text) => text,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn count(&mut self) -> usize {
        match self.order(&Order::Count) {
            Answer::Count(count) => count,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn ports(&mut self) -> Vec<(u16, String)> {
        match self.order(&Order::Ports) {
            Answer::Ports(ports) => ports,
            other => panic!("{other:?}"),
        }
    }

    fn order(&mut self, order: &Order) -> Answer {
        let mut line = serde_json::to_vec(order).unwrap();
        line.push(b'\n');
        self.orders.write_all(&line).expect("the kernel takes orders");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("the kernel answers in time");
        serde_json::from_str(&answer).unwrap_or_else(|_| panic!("the kernel is gone: {order:?}"))
    }

    /// Ends the sandbox: nothing may be left of it.
    fn end(self) {
        let Self { orders, answers, cgroup, pid, start_time, .. } = self;
        drop((orders, answers));
        cgroup.release().unwrap();
        let runtime = runtime();
        runtime.block_on(async {
            let handle = supervisor::sandbox::ProcessHandle::open(pid, start_time).unwrap();
            if let Some(handle) = handle {
                tokio::time::timeout(DEADLINE, handle.exited()).await.expect("the kernel ends");
            }
        });
    }
}

fn launch_as(user: User, launch: &Launch, orders: UnixStream) -> Launched {
    let launch = serde_json::to_string(launch).unwrap();
    let stdout = inmate(user, &["launch", &launch], OwnedFd::from(orders).into());
    serde_json::from_str(&stdout).expect("the launcher says how it went")
}

/// What `stead doctor` would be told.
pub(crate) fn probe(user: User) -> String {
    inmate(user, &["probe"], Stdio::null())
}

/// Runs the inmate as a program of this machine; gives its output.
fn inmate(user: User, args: &[&str], stdin: Stdio) -> String {
    run(as_user(user).args(args), stdin)
}

/// Runs a program to its end; gives its output.
fn run(command: &mut std::process::Command, stdin: Stdio) -> String {
    command.env_clear().env("PATH", "/usr/bin:/bin").stdin(stdin);
    let output = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The inmate as a program of this machine.
fn as_user(user: User) -> std::process::Command {
    if user == User::Ordinary && rustix::process::geteuid().is_root() {
        let mut command = command("setpriv");
        let id = ORDINARY_USER.to_string();
        command.args(["--reuid", &id, "--regid", &id, "--clear-groups", "--inh-caps=-all", INMATE]);
        command
    } else {
        command(INMATE)
    }
}

#[expect(clippy::disallowed_methods, reason = "this crate is the one that starts processes")]
pub(crate) fn command(program: &str) -> std::process::Command {
    std::process::Command::new(program)
}

fn owned(args: &[&str]) -> Vec<String> {
    args.iter().map(|&it| it.to_owned()).collect()
}

/// Whether a sandbox that was made before is used, `change` being what is wanted instead.
pub(crate) fn is_spare_used(change: impl Fn(&mut Launch, &Path)) -> bool {
    let user = if rustix::process::geteuid().is_root() { User::Root } else { User::Ordinary };
    let (directory, mut launch) = plan(user, |_| {});
    launch.spare_below = Some(directory.path().to_owned());
    change(&mut launch, directory.path());
    let (_orders, theirs) = UnixStream::pair().unwrap();
    let cgroup = Cgroup(launch.cgroup_name.clone());
    // Mounts of its own, in which those of the machine are not changed.
    let mut command = command("unshare");
    command.args(["--mount", "--propagation", "private", INMATE, "launch"]);
    let stdout =
        run(command.arg(serde_json::to_string(&launch).unwrap()), OwnedFd::from(theirs).into());
    let launched: Launched = serde_json::from_str(&stdout).expect("the launcher says how it went");
    cgroup.release().unwrap();
    match launched {
        Launched::Started { spare, .. } => spare,
        Launched::Failed { message } => panic!("the sandbox did not start: {message}"),
    }
}

/// A program that keeps an empty sandbox, and the process of that.
pub(crate) fn keeper(user: User, below: &Path) -> (std::process::Child, u32) {
    let mut command = as_user(user);
    command.args(["spare", below.to_str().unwrap()]).env_clear();
    let mut keeper = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (keeper, line.trim().parse().expect("the process of an empty sandbox"))
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Why a sandbox does not start.
pub(crate) fn launch_fails(change: impl Fn(&mut Launch)) -> String {
    let user = if rustix::process::geteuid().is_root() { User::Root } else { User::Ordinary };
    let (_directory, launch) = plan(user, change);
    let (_orders, theirs) = UnixStream::pair().unwrap();
    match launch_as(user, &launch, theirs) {
        Launched::Failed { message } => message,
        Launched::Started { pid, .. } => panic!("the sandbox started: {pid}"),
    }
}

/// Directories and a description of a sandbox for one test.
fn plan(user: User, change: impl Fn(&mut Launch)) -> (tempfile::TempDir, Launch) {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let root = rustix::process::geteuid().is_root();
    let id = match user {
        User::Root => ID_BASE + std::process::id() % 10_000 * 10 + number,
        User::Ordinary => ORDINARY_USER,
    };
    let directory = tempfile::tempdir().unwrap();
    std::fs::set_permissions(directory.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let [workspace, home, state] = ["workspace", "home", "state"].map(|name| {
        let path = directory.path().join(name);
        std::fs::create_dir(&path).unwrap();
        if root {
            chown(&path, Some(id), Some(id)).unwrap();
        }
        path
    });
    let mut launch = Launch {
        sandbox: true,
        workspace,
        home,
        state,
        id_base: (user == User::Root).then_some(id),
        cgroup_name: format!("test-{}-{number}", std::process::id()),
        memory_bytes_max: None,
        processes_max: None,
        tmp_bytes_max: None,
        spare_below: None,
        mount_between: None,
    };
    change(&mut launch);
    (directory, launch)
}
