//! Waking: the sandbox alone beside `bwrap`, and the way from a request to a shell's first byte in a
//! workspace that slept beside `bwrap` running the same shell.

use crate::options::Options;
use crate::process::need;
use crate::pty::BarePty;
use crate::results::{self, median};
use crate::stead;
use anyhow::{Context, Result};
use std::ffi::OsString;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};
use supervisor::sandbox::{self, Limits, Mode, SandboxSpec};
use tempfile::TempDir;
use testkit::{Frame, Program, World, command};

/// Argument with which this program writes one byte and ends.
pub(crate) const HELLO: &str = "hello";
/// Sandboxes of each kind; the median counts.
const SANDBOXES: usize = 61;
/// Shells of each kind.
const SHELLS: usize = 21;
/// Before each start: the system takes namespaces apart in the background, and that is not to be
/// measured with the next.
const PAUSE: Duration = Duration::from_millis(60);
/// Name of the workspace's cgroup.
const CGROUP: &str = "ws-bench";
/// Who programs inside are outside, when this runs as root.
const ID_BASE: u32 = 900_000;

/// Two directories, as a workspace has them.
struct Place {
    directory: TempDir,
}

impl Place {
    fn new() -> Result<Self> {
        let place = Self { directory: tempfile::tempdir()? };
        for directory in [place.workspace(), place.home()] {
            fs::create_dir(&directory)?;
            if rustix::process::geteuid().is_root() {
                std::os::unix::fs::chown(&directory, Some(ID_BASE), Some(ID_BASE))?;
            }
        }
        Ok(place)
    }

    fn workspace(&self) -> PathBuf {
        self.directory.path().join("workspace")
    }

    fn home(&self) -> PathBuf {
        self.directory.path().join("home")
    }
}

/// Measures, and returns the section of the results.
pub(crate) fn run(_: &Options) -> Result<String> {
    let bwrap = need("bwrap", "bubblewrap")?;
    let place = Place::new()?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..=SANDBOXES {
        let both = (our_sandbox(&place)?, their_sandbox(&bwrap, &place)?);
        // The first of each warms the caches of the other.
        if 0 < round {
            ours.push(both.0);
            theirs.push(both.1);
        }
    }
    let alone = [median(ours), median(theirs)];
    let world = stead::start()?;
    let (mut started, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=SHELLS {
        let shell = our_shell(&world)?;
        let their_shell = their_shell(&bwrap, &place)?;
        if 0 < round {
            started.push(shell.0);
            ours.push(shell.1);
            theirs.push(their_shell);
        }
    }
    let shell = [median(ours), median(theirs)];
    Ok(format!(
        "`cargo xtask bench wake` on {}; {SANDBOXES} and {SHELLS} rounds in turn, medians.\n\
         bwrap gets `--unshare-all` and /usr, /opt and /etc whole; Stead's sandbox also has some \
         thirty places of /etc one by one, limits by cgroup, seccomp and Landlock.\n\
         The second line starts at a workspace whose kernel sleeps: `POST session/start`, then a \
         WebSocket to the terminal `main`, until the login shell's first byte; the first answer \
         came after {:.1} ms. bwrap runs the same `bash -l` on a PTY, without any server.\n\n\
         | | Stead, ms | bwrap, ms | Stead ÷ bwrap | budget |\n\
         | --- | --- | --- | --- | --- |\n\
         | Sandbox alone, start to first byte | {:.2} | {:.2} | {:.2} | 0.5 |\n\
         | Request to first byte of a shell | {:.2} | {:.2} | {:.2} | 2 |\n",
        results::machine(),
        median(started),
        alone[0],
        alone[1],
        alone[0] / alone[1],
        shell[0],
        shell[1],
        shell[0] / shell[1],
    ))
}

/// Milliseconds until this program said hello from a sandbox of ours.
fn our_sandbox(place: &Place) -> Result<f64> {
    let (mut reader, writer) = std::io::pipe()?;
    let spec = SandboxSpec {
        mode: Mode::Sandbox,
        program: std::env::current_exe()?,
        args: vec![HELLO.into()],
        env: vec![],
        workspace: place.workspace(),
        home: place.home(),
        id_base: rustix::process::geteuid().is_root().then_some(ID_BASE),
        tools: vec![],
        hostname: "stead".to_owned(),
        inherit: vec![],
        limits: Limits {
            memory_bytes_max: Some(1 << 30),
            processes_max: Some(2048),
            ..Limits::default()
        },
        cgroup_name: CGROUP.to_owned(),
        log: Some(writer.into()),
    };
    sleep(PAUSE);
    let start = Instant::now();
    sandbox::spawn(spec)?;
    let milliseconds = first_byte(&mut reader, start)?;
    sandbox::release(CGROUP)?;
    Ok(milliseconds)
}

/// The same from one of bwrap's.
fn their_sandbox(bwrap: &Path, place: &Place) -> Result<f64> {
    let mut bwrap = command(bwrap);
    bwrap.args(bwrap_arguments(place)).arg("--ro-bind").arg(std::env::current_exe()?);
    bwrap.args(["/run/bench", "--", "/run/bench", HELLO]).env_clear();
    let (mut reader, writer) = std::io::pipe()?;
    bwrap.stdout(Stdio::from(writer));
    sleep(PAUSE);
    let start = Instant::now();
    let _program = Program::start(&mut bwrap)?;
    drop(bwrap);
    first_byte(&mut reader, start)
}

fn first_byte(reader: &mut impl Read, start: Instant) -> Result<f64> {
    let mut byte = [0];
    reader.read_exact(&mut byte).context("the program in the sandbox did not run")?;
    Ok(results::milliseconds(start))
}

/// Milliseconds until the session ran, and until the first byte of its shell came.
fn our_shell(world: &World) -> Result<(f64, f64)> {
    let workspace = world.workspace("wake")?;
    sleep(PAUSE);
    let start = Instant::now();
    stead::session(world, &workspace)?;
    let started = results::milliseconds(start);
    let mut terminal = world.attach(&workspace, "main")?;
    loop {
        let came = match terminal.next_frame()? {
            Frame::Output(bytes) => !bytes.is_empty(),
            // The screen of a terminal on which nothing was printed is not the shell's.
            Frame::Screen(_) => 0 < terminal.offset,
            Frame::Told(_) => false,
        };
        if came {
            break;
        }
    }
    let first_byte = results::milliseconds(start);
    world.remove(&workspace)?;
    Ok((started, first_byte))
}

fn their_shell(bwrap: &Path, place: &Place) -> Result<f64> {
    let mut arguments = bwrap_arguments(place);
    arguments.extend(["--", "/bin/bash", "-l"].map(OsString::from));
    sleep(PAUSE);
    let start = Instant::now();
    let mut pty = BarePty::start(bwrap, &arguments, Path::new("/home/dev"))?;
    pty.read()?;
    Ok(results::milliseconds(start))
}

fn bwrap_arguments(place: &Place) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["--unshare-all".into()];
    for directory in ["/usr", "/opt", "/etc"] {
        arguments.extend(["--ro-bind", directory, directory].map(OsString::from));
    }
    for name in ["/bin", "/sbin", "/lib", "/lib64"] {
        match fs::read_link(name) {
            Ok(target) => arguments.extend(["--symlink".into(), target.into(), name.into()]),
            Err(_) if Path::new(name).is_dir() => {
                arguments.extend(["--ro-bind", name, name].map(OsString::from));
            }
            Err(_) => {}
        }
    }
    arguments.extend(["--proc", "/proc", "--dev", "/dev"].map(OsString::from));
    arguments.extend(["--tmpfs", "/tmp", "--tmpfs", "/run"].map(OsString::from));
    for (outside, inside) in [(place.workspace(), "/workspace"), (place.home(), "/home/dev")] {
        arguments.extend(["--bind".into(), outside.into(), inside.into()]);
    }
    let rest = ["--chdir", "/workspace", "--hostname", "stead", "--uid", "1000", "--gid", "1000"];
    arguments.extend(rest.map(OsString::from));
    arguments
}
