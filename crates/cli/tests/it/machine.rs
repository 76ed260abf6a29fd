//! A machine that dials out to its gateway, and what stands between the two.

use crate::data::{recorded_pid, stored};
use crate::world::{World, command, eventually, signal, stead};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// One `stead host --join` and its data.
pub(crate) struct Machine {
    directory: tempfile::TempDir,
    gateway: String,
    process: Option<Child>,
}

impl Machine {
    /// A place for one, which has the token in its file.
    pub(crate) fn prepare(gateway: &str, token: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("token"), token).unwrap();
        Self { directory, gateway: gateway.to_owned(), process: None }
    }

    /// Joins a world and waits until it is there.
    pub(crate) fn join(world: &World) -> Self {
        Self::join_through(world, &format!("http://{}", world.address()))
    }

    /// The same by another way to the gateway.
    pub(crate) fn join_through(world: &World, gateway: &str) -> Self {
        let mut machine = Self::prepare(gateway, &token(world));
        machine.start();
        machine.until(world, "ready");
        machine
    }

    /// Runs what an administrator was told to run, word for word, in a shell of the other machine.
    pub(crate) fn join_by(world: &World, printed: &str) -> Self {
        let mut machine = Self::prepare(&format!("http://{}", world.address()), "");
        let mut shell = Self::shell(printed, machine.directory.path());
        shell.env("STEAD_DATA_DIR", machine.data()).stderr(machine.log_file());
        machine.process = Some(shell.spawn().unwrap());
        machine
    }

    /// A shell that becomes what an administrator was told to run.
    pub(crate) fn shell(printed: &str, directory: &Path) -> Command {
        let programs = Path::new(env!("CARGO_BIN_EXE_stead")).parent().unwrap();
        let path = std::env::join_paths([programs, "/usr/bin".as_ref(), "/bin".as_ref()]).unwrap();
        let printed = printed.replace("&& stead", "&& exec stead");
        let mut shell = command("sh");
        shell.args(["-c", &printed]).env("PATH", path);
        shell.current_dir(directory).stdout(Stdio::null());
        shell
    }

    /// Starts it, the first time or again.
    pub(crate) fn start(&mut self) {
        let command = &mut self.command();
        let command = command.stdout(Stdio::null()).stderr(self.log_file());
        self.process = Some(command.spawn().unwrap());
    }

    fn log_file(&self) -> fs::File {
        fs::OpenOptions::new().create(true).append(true).open(self.path("log")).unwrap()
    }

    /// Runs it to its end, where it is to refuse.
    pub(crate) fn refused(&self) -> Output {
        let output = self.command().output().unwrap();
        assert!(!output.status.success(), "{output:?}");
        output
    }

    fn command(&self) -> Command {
        let mut command = stead();
        command.args(["host", "--data-dir"]).arg(self.data()).args(["--join", &self.gateway]);
        command.arg("--token-file").arg(self.path("token"));
        command
    }

    /// Ends it as a power cut would; kernels go on.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Waits until the gateway shows the only machine in this state.
    pub(crate) fn until(&self, world: &World, state: &str) -> Value {
        eventually(&format!("the machine is {state}:\n{}", self.log()), || {
            let machine = machines(world).as_array()?.first()?.clone();
            (machine["state"] == state).then_some(machine)
        })
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path("data")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// Workspaces that have storage here.
    pub(crate) fn bodies(&self) -> BTreeSet<String> {
        stored(&self.data())
    }

    /// Process of a workspace's kernel.
    pub(crate) fn kernel_pid(&self, body: &str) -> Option<u32> {
        recorded_pid(&self.data(), body)
    }
}

impl Drop for Machine {
    /// Ends the kernels too: they would outlive the test.
    fn drop(&mut self) {
        self.kill();
        for body in self.bodies() {
            if let Some(pid) = self.kernel_pid(&body) {
                signal(pid, Signal::KILL);
            }
        }
        if thread::panicking() {
            println!("the machine's log:\n{}", self.log());
        }
    }
}

/// A token for one machine.
pub(crate) fn token(world: &World) -> String {
    let (status, body) =
        world.api("POST", "/api/v1/machines/invitations", Some(&json!({}))).unwrap();
    assert_eq!(status, 201, "{}", String::from_utf8_lossy(&body));
    let made: Value = serde_json::from_slice(&body).unwrap();
    made["token"].as_str().unwrap().to_owned()
}

/// The machines as an administrator sees them.
pub(crate) fn machines(world: &World) -> Value {
    let answer = world.api("GET", "/api/v1/machines", None).ok().filter(|it| it.0 == 200);
    answer.and_then(|it| serde_json::from_slice(&it.1).ok()).unwrap_or(Value::Null)
}

/// Stands between a machine and its gateway, and does to their connections what networks do.
pub(crate) struct Relay {
    address: String,
    open: Arc<Mutex<Vec<TcpStream>>>,
    /// Nothing passes, and nobody is told.
    is_silent: Arc<AtomicBool>,
    /// How many milliseconds later everything arrives.
    delay_ms: Arc<AtomicU64>,
}

impl Relay {
    pub(crate) fn before(world: &World) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let relay = Self {
            address,
            open: Arc::default(),
            is_silent: Arc::default(),
            delay_ms: Arc::default(),
        };
        let (open, is_silent) = (Arc::clone(&relay.open), Arc::clone(&relay.is_silent));
        let delay_ms = Arc::clone(&relay.delay_ms);
        let gateway = world.address().to_owned();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(&gateway) else { continue };
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let is_silent = Arc::clone(&is_silent);
                    let delay_ms = Arc::clone(&delay_ms);
                    thread::spawn(move || pass(from, to, &is_silent, &delay_ms));
                }
                open.lock().unwrap().extend([client, server]);
            }
        });
        relay
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Ends every connection of now in the middle of whatever it carries.
    pub(crate) fn cut(&self) {
        for stream in self.open.lock().unwrap().drain(..) {
            drop(stream.shutdown(Shutdown::Both));
        }
    }

    /// Everything that comes from now on arrives so much later.
    pub(crate) fn set_delay(&self, delay: Duration) {
        let ms = u64::try_from(delay.as_millis()).unwrap();
        self.delay_ms.store(ms, Ordering::SeqCst);
    }

    /// Lets nothing pass from now on, or everything again. What was on its way is lost, and with
    /// it the connections.
    pub(crate) fn set_silent(&self, is_silent: bool) {
        if !is_silent {
            self.cut();
        }
        self.is_silent.store(is_silent, Ordering::SeqCst);
    }
}

fn pass(mut from: TcpStream, to: TcpStream, is_silent: &AtomicBool, delay_ms: &AtomicU64) {
    let (tx, rx) = mpsc::channel();
    thread::spawn(move || hand_on(&rx, to));
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let at = Instant::now() + Duration::from_millis(delay_ms.load(Ordering::SeqCst));
        let is_lost = is_silent.load(Ordering::SeqCst);
        if !is_lost && tx.send((at, buffer[..count].to_vec())).is_err() {
            break;
        }
    }
}

/// Passes on what has come when its time has come, and then ends the connection.
fn hand_on(came: &mpsc::Receiver<(Instant, Vec<u8>)>, mut to: TcpStream) {
    while let Ok((at, bytes)) = came.recv() {
        while Instant::now() < at {
            thread::park_timeout(at.saturating_duration_since(Instant::now()));
        }
        if to.write_all(&bytes).is_err() {
            break;
        }
    }
    drop(to.shutdown(Shutdown::Both));
}
