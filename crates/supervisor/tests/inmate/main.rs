//! Stands in for a kernel in the tests of `supervisor`: it is started in a sandbox, as pid 1 of
//! it, and does what the test on the other end of descriptor 3 tells it.

mod order;

use order::{Answer, Launch, Launched, Order};
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use stdx::TaskScope;
use supervisor::process::{Child, Command, Processes, Stdio};
use supervisor::sandbox::{Limits, Mode, SandboxSpec, Spare, SpareSpec};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};

/// What the sandboxes are called inside.
const HOSTNAME: &str = "inmate";

fn main() -> ExitCode {
    supervisor::init::run_helper_if_asked();
    let mut args = std::env::args().skip(1);
    let result = match args.next().as_deref() {
        Some("launch") => launch(&args.next().unwrap_or_default()),
        Some("kernel") => kernel(),
        Some("spare") => spare(&args.next().unwrap_or_default()),
        Some("probe") => probe(),
        other => Err(io::Error::other(format!("not an inmate's job: {other:?}"))),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _nobody_listens = writeln!(io::stderr(), "inmate: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints what the machine gives.
fn probe() -> io::Result<()> {
    for it in supervisor::probe::probe().findings {
        writeln!(io::stdout(), "{:?} {}: {}", it.level, it.name, it.message)?;
    }
    Ok(())
}

/// Starts an inmate whose orders come from this process's standard input.
fn launch(launch: &str) -> io::Result<()> {
    let launch: Launch = serde_json::from_str(launch)?;
    let orders = supervisor::init::take_fd(0)?;
    let null = std::fs::File::open("/dev/null")?;
    let state = std::fs::File::open(&launch.state)?;
    let spec = SandboxSpec {
        mode: if launch.sandbox { Mode::Sandbox } else { Mode::Process },
        program: std::env::current_exe()?,
        args: vec!["kernel".into()],
        env: environment(),
        workspace: launch.workspace,
        home: launch.home,
        id_base: launch.id_base,
        tools: Vec::new(),
        hostname: HOSTNAME.to_owned(),
        inherit: vec![(orders, 3), (null.into(), 4), (state.into(), 5)],
        limits: Limits {
            memory_bytes_max: launch.memory_bytes_max,
            processes_max: launch.processes_max,
            cpu_millis_max: None,
            open_files_max: Some(1024),
            tmp_bytes_max: launch.tmp_bytes_max,
        },
        cgroup_name: launch.cgroup_name,
        log: Some(std::os::fd::AsFd::as_fd(&io::stderr()).try_clone_to_owned()?),
    };
    let spare = match &launch.spare_below {
        Some(below) => prepare(below, spec.limits.clone())?,
        None => None,
    };
    if let Some(place) = &launch.mount_between {
        let flags = rustix::mount::MountFlags::empty();
        rustix::mount::mount("none", place, "tmpfs", flags, None)?;
    }
    let prepared = spare.as_ref().map(Spare::pid);
    let launched = match supervisor::sandbox::spawn_in(spare, spec) {
        Ok(it) => Launched::Started {
            spare: Some(it.pid) == prepared,
            pid: it.pid,
            start_time: it.start_time,
            limits: it.capabilities.limits,
            missing: it.capabilities.missing,
            landlock_abi: it.capabilities.landlock_abi,
        },
        Err(error) => Launched::Failed {
            message: match std::error::Error::source(&error) {
                Some(source) => format!("{error}: {source}"),
                None => error.to_string(),
            },
        },
    };
    writeln!(io::stdout(), "{}", serde_json::to_string(&launched)?)
}

/// An empty sandbox for a workspace below a directory.
fn prepare(below: &Path, limits: Limits) -> io::Result<Option<Spare>> {
    let spare = Spare::prepare(&SpareSpec {
        program: std::env::current_exe()?,
        tools: Vec::new(),
        hostname: HOSTNAME.to_owned(),
        limits,
        below: below.to_owned(),
    });
    spare.map_err(io::Error::other)
}

/// Makes an empty sandbox, prints its process, and waits to be killed.
fn spare(below: &str) -> io::Result<()> {
    let spare = prepare(Path::new(below), Limits::default())?.ok_or(io::ErrorKind::Unsupported)?;
    writeln!(io::stdout(), "{}", spare.pid())?;
    io::stdin().lines().try_for_each(|line| line.map(drop))
}

fn environment() -> Vec<(OsString, OsString)> {
    [("PATH", "/usr/local/bin:/usr/bin:/bin"), ("HOME", "/home/dev"), ("LANG", "C.UTF-8")]
        .map(|(name, value)| (name.into(), value.into()))
        .into()
}

fn kernel() -> io::Result<()> {
    supervisor::init::enter_kernel()?;
    let orders = UnixStream::from(supervisor::init::take_fd(3)?);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(4)
        .enable_all()
        .build()?;
    let scope = TaskScope::default();
    let processes = {
        let _entered = runtime.enter();
        Processes::start(&scope)?
    };
    let mut answers = orders.try_clone()?;
    for line in BufReader::new(orders).lines() {
        let order = serde_json::from_str(&line?)?;
        let answer = match runtime.block_on(perform(&processes, order)) {
            Ok(answer) => answer,
            Err(error) => Answer::Refused(error.to_string()),
        };
        let mut line = serde_json::to_vec(&answer)?;
        line.push(b'\n');
        answers.write_all(&line)?;
    }
    Ok(())
}

async fn perform(processes: &Processes, order: Order) -> io::Result<Answer> {
    match order {
        Order::Run { program, args } => run(processes, &program, args).await,
        Order::Start { program, args } => {
            let mut child = start(processes, &program, args)?;
            let stdout = child.take_stdout().ok_or(io::ErrorKind::BrokenPipe)?;
            let mut line = String::new();
            tokio::io::BufReader::new(stdout).read_line(&mut line).await?;
            Ok(Answer::Started { pid: child.pid, line: line.trim_end().to_owned() })
        }
        Order::Pty { program, args, resize, dialogue } => {
            converse(processes, command(&program, args), resize, dialogue).await
        }
        Order::TerminateAll { grace_ms } => {
            let killed = processes.terminate_all(Duration::from_millis(grace_ms)).await;
            Ok(Answer::Terminated { killed })
        }
        Order::KillWhileStopped { name } => {
            let all = || supervisor::stats::processes().into_iter();
            supervisor::process::kill_while_stopped(|| {
                all().filter(|it| it.name == name).map(|it| it.pid).collect()
            });
            Ok(Answer::Kept(String::new()))
        }
        Order::RemoveLeft => {
            supervisor::left::remove()?;
            Ok(Answer::Kept(String::new()))
        }
        Order::UseState => use_state(),
        Order::Count => Ok(Answer::Count(processes.count())),
        Order::Ports => {
            let ports = supervisor::stats::listening_ports();
            Ok(Answer::Ports(ports.into_iter().map(|it| (it.port, it.process)).collect()))
        }
    }
}

/// What a kernel does with its own files: everything by descriptor.
fn use_state() -> io::Result<Answer> {
    use rustix::fs::{Mode, OFlags};
    static STATE: std::sync::OnceLock<OwnedFd> = std::sync::OnceLock::new();
    if STATE.get().is_none() {
        let _first = STATE.set(supervisor::init::take_fd(5)?);
    }
    let state = STATE.get().ok_or(io::ErrorKind::NotFound)?;
    rustix::fs::mkdirat(state, "new", Mode::from_raw_mode(0o700))?;
    let flags = OFlags::CREATE | OFlags::WRONLY | OFlags::CLOEXEC;
    let file = rustix::fs::openat(state, "new/draft", flags, Mode::from_raw_mode(0o600))?;
    std::fs::File::from(file).write_all(b"kept")?;
    rustix::fs::renameat(state, "new/draft", state, "final")?;
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let file = rustix::fs::openat(state, "final", flags, Mode::empty())?;
    Ok(Answer::Kept(io::read_to_string(std::fs::File::from(file))?))
}

async fn converse(
    processes: &Processes,
    command: Command,
    resize: (u16, u16),
    dialogue: Vec<(String, String)>,
) -> io::Result<Answer> {
    let (mut child, mut pty) = processes.spawn_pty(command, 80, 24).map_err(io::Error::other)?;
    pty.resize(resize.0, resize.1)?;
    let (mut output, mut answered) = (Vec::new(), 0);
    let mut dialogue = dialogue.into_iter().peekable();
    while pty.read_buf(&mut output).await? > 0 {
        while let Some((prompt, input)) = dialogue.peek() {
            let rest = String::from_utf8_lossy(&output[answered..]).into_owned();
            if !rest.contains(prompt.as_str()) {
                break;
            }
            answered = output.len();
            pty.write_all(input.as_bytes()).await?;
            dialogue.next();
        }
    }
    let code = child.wait().await.code;
    Ok(Answer::Printed { code, output: String::from_utf8_lossy(&output).into_owned() })
}

async fn run(processes: &Processes, program: &str, args: Vec<String>) -> io::Result<Answer> {
    let mut child = start(processes, program, args)?;
    let mut stdout = child.take_stdout().ok_or(io::ErrorKind::BrokenPipe)?;
    let mut stderr = child.take_stderr().ok_or(io::ErrorKind::BrokenPipe)?;
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let (exit, _, _) = tokio::join!(
        child.wait(),
        stdout.read_to_end(&mut output),
        stderr.read_to_end(&mut errors)
    );
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok(Answer::Ended {
        code: exit.code,
        signal: exit.signal,
        stdout: text(output),
        stderr: text(errors),
    })
}

fn start(processes: &Processes, program: &str, args: Vec<String>) -> io::Result<Child> {
    let mut command = command(program, args);
    command.stdout = Stdio::Pipe;
    command.stderr = Stdio::Pipe;
    processes.spawn(command).map_err(|error| {
        let source = std::error::Error::source(&error).map(ToString::to_string);
        io::Error::other(format!("{error}: {}", source.unwrap_or_default()))
    })
}

fn command(program: &str, args: Vec<String>) -> Command {
    let mut command = Command::new(program, ".");
    command.args = args.into_iter().map(Into::into).collect();
    command.env = environment();
    command
}
