//! Waking: the sandbox alone beside `bwrap`, and the way from a request to a shell's first byte in a
//! workspace that slept beside `bwrap` running the same shell.

use crate::options::Options;
use crate::process::need;
use crate::pty::BarePty;
use crate::results::{self, median};
use crate::stead;
use anyhow::{Context, Result, anyhow, bail};
use std::ffi::OsString;
use std::fs;
use std::io::{PipeReader, Read};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};
use supervisor::sandbox::{self, Limits, Mode, SandboxSpec, Spare, SpareSpec};
use tempfile::TempDir;
use testkit::{Frame, Program, World, command};

/// Argument with which this program writes one byte and ends.
pub(crate) const HELLO: &str = "hello";
/// Sandboxes of each kind; the median counts.
const SANDBOXES: usize = 61;
/// Sandboxes that are started at once, and how often.
const AT_ONCE: usize = 20;
const BURSTS: usize = 9;
/// Shells of each kind.
const SHELLS: usize = 21;
/// Before each start: the system takes namespaces apart in the background, and a host makes its next
/// empty sandbox; neither is to be measured with the next.
const PAUSE: Duration = Duration::from_millis(150);
/// What all sandboxes are called inside.
const HOSTNAME: &str = "stead";
/// Begin of the names of the workspaces' cgroups.
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

/// Whether an empty sandbox waits when one is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beforehand {
    Nothing,
    Sandbox,
}

/// Measures, and returns the section of the results.
pub(crate) fn run(_: &Options) -> Result<String> {
    let bwrap = need("bwrap", "bubblewrap")?;
    let alone = one_at_a_time(&bwrap)?;
    let burst = at_once(&bwrap)?;
    let (started, shell) = shells(&bwrap)?;
    let row = |what: &str, ours: f64, theirs: f64, budget: &str| {
        format!("| {what} | {ours:.2} | {theirs:.2} | {:.2} | {budget} |\n", ours / theirs)
    };
    Ok(format!(
        "`cargo xtask bench wake` on {}; {SANDBOXES}, {BURSTS} and {SHELLS} rounds in turn, \
         medians.\n\
         bwrap gets `--unshare-all` and /usr, /opt and /etc whole; Stead's sandbox also has some \
         thirty places of /etc one by one, limits by cgroup, seccomp and Landlock.\n\
         A host keeps one empty sandbox, which no workspace has used, and makes the next one when \
         nothing has been started for 50 ms. The first line has that one waiting, and does not \
         count the making of it; the second is what a sandbox takes that was not made before, as \
         all but the first of a burst are. {AT_ONCE} at once is until the last one's first byte.\n\
         The last line starts at a workspace whose kernel sleeps, with an empty sandbox waiting: \
         `POST session/start`, then a WebSocket to the terminal `main`, until the login shell's \
         first byte; the first answer came after {started:.1} ms. bwrap runs the same `bash -l` on \
         a PTY, without any server.\n\n\
         | | Stead, ms | bwrap, ms | Stead ÷ bwrap | budget |\n\
         | --- | --- | --- | --- | --- |\n\
         {}{}{}{}{}",
        results::machine(),
        row("Sandbox alone, one waiting, start to first byte", alone[0], alone[2], "0.5"),
        row("Sandbox alone, none waiting", alone[1], alone[2], ""),
        row("Sandboxes at once, one waiting", burst[0], burst[2], ""),
        row("Sandboxes at once, none waiting", burst[1], burst[2], ""),
        row("Request to first byte of a shell", shell[0], shell[1], "2"),
    ))
}

/// Of one sandbox: ours that was made before, ours that was not, theirs.
fn one_at_a_time(bwrap: &Path) -> Result<[f64; 3]> {
    let place = Place::new()?;
    let mut all = [Vec::new(), Vec::new(), Vec::new()];
    for round in 0..=SANDBOXES {
        let times = [
            our_sandboxes(&place, 1, Beforehand::Sandbox)?,
            our_sandboxes(&place, 1, Beforehand::Nothing)?,
            their_sandboxes(bwrap, &place, 1)?,
        ];
        // The first of each warms the caches of the others.
        if 0 < round {
            all.iter_mut().zip(times).for_each(|(all, time)| all.push(time));
        }
    }
    Ok(all.map(median))
}

/// The same of many at once.
fn at_once(bwrap: &Path) -> Result<[f64; 3]> {
    let place = Place::new()?;
    let mut all = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..BURSTS {
        all[0].push(our_sandboxes(&place, AT_ONCE, Beforehand::Sandbox)?);
        all[1].push(our_sandboxes(&place, AT_ONCE, Beforehand::Nothing)?);
        all[2].push(their_sandboxes(bwrap, &place, AT_ONCE)?);
    }
    Ok(all.map(median))
}

/// Until the session ran; and until the first byte of a shell, ours and theirs.
fn shells(bwrap: &Path) -> Result<(f64, [f64; 2])> {
    let place = Place::new()?;
    let world = stead::start()?;
    let (mut started, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=SHELLS {
        let shell = our_shell(&world)?;
        let their_shell = their_shell(bwrap, &place)?;
        if 0 < round {
            started.push(shell.0);
            ours.push(shell.1);
            theirs.push(their_shell);
        }
    }
    Ok((median(started), [median(ours), median(theirs)]))
}

fn limits() -> Limits {
    Limits { memory_bytes_max: Some(1 << 30), processes_max: Some(2048), ..Limits::default() }
}

/// Milliseconds until this program said hello from each of some sandboxes of ours.
fn our_sandboxes(place: &Place, count: usize, before: Beforehand) -> Result<f64> {
    let mut spare = match before {
        Beforehand::Nothing => None,
        Beforehand::Sandbox => Spare::prepare(&SpareSpec {
            program: std::env::current_exe()?,
            tools: Vec::new(),
            hostname: HOSTNAME.to_owned(),
            limits: limits(),
            below: place.directory.path().to_owned(),
        })?,
    };
    if spare.is_none() && before == Beforehand::Sandbox {
        bail!("this machine prepares no sandboxes");
    }
    let mut readers = Vec::new();
    let mut specs = Vec::new();
    for number in 0..count {
        let (reader, writer) = std::io::pipe()?;
        readers.push(reader);
        specs.push(spec(place, number, writer.into())?);
    }
    sleep(PAUSE);
    let start = Instant::now();
    let waiting = spare.as_ref().map(Spare::pid);
    let threads: Vec<_> = specs
        .into_iter()
        .map(|spec| {
            let spare = spare.take();
            std::thread::spawn(move || sandbox::spawn_in(spare, spec))
        })
        .collect();
    let mut pids = Vec::new();
    for thread in threads {
        pids.push(thread.join().map_err(|_| anyhow!("a thread panicked"))??.pid);
    }
    let milliseconds = first_bytes(readers, start)?;
    if waiting.is_some_and(|it| !pids.contains(&it)) {
        bail!("the sandbox that was made before was not used");
    }
    for number in 0..count {
        sandbox::release(&cgroup(number))?;
    }
    Ok(milliseconds)
}

fn cgroup(number: usize) -> String {
    format!("{CGROUP}-{number}")
}

fn spec(place: &Place, number: usize, log: OwnedFd) -> Result<SandboxSpec> {
    Ok(SandboxSpec {
        mode: Mode::Sandbox,
        program: std::env::current_exe()?,
        args: vec![HELLO.into()],
        env: vec![],
        workspace: place.workspace(),
        home: place.home(),
        id_base: rustix::process::geteuid().is_root().then_some(ID_BASE),
        tools: vec![],
        hostname: HOSTNAME.to_owned(),
        inherit: vec![],
        limits: limits(),
        cgroup_name: cgroup(number),
        log: Some(log),
    })
}

/// The same from some of bwrap's.
fn their_sandboxes(bwrap: &Path, place: &Place, count: usize) -> Result<f64> {
    let mut readers = Vec::new();
    let mut commands = Vec::new();
    for _ in 0..count {
        let mut bwrap = command(bwrap);
        bwrap.args(bwrap_arguments(place)).arg("--ro-bind").arg(std::env::current_exe()?);
        bwrap.args(["/run/bench", "--", "/run/bench", HELLO]).env_clear();
        let (reader, writer) = std::io::pipe()?;
        bwrap.stdout(Stdio::from(writer));
        readers.push(reader);
        commands.push(bwrap);
    }
    sleep(PAUSE);
    let start = Instant::now();
    let threads: Vec<_> = commands
        .into_iter()
        .map(|mut it| std::thread::spawn(move || Program::start(&mut it)))
        .collect();
    let mut programs = Vec::new();
    for thread in threads {
        programs.push(thread.join().map_err(|_| anyhow!("a thread panicked"))??);
    }
    first_bytes(readers, start)
}

fn first_bytes(readers: Vec<PipeReader>, start: Instant) -> Result<f64> {
    for mut reader in readers {
        reader.read_exact(&mut [0]).context("the program in the sandbox did not run")?;
    }
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
