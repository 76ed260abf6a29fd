//! A server of its own in a temporary directory, and everything a test asks of it.

use crate::data::recorded_pid;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How long anything may take on a busy machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// Between two looks at something that announces itself to nobody.
const LOOK: Duration = Duration::from_millis(5);

/// A data directory and the server on it.
pub(crate) struct World {
    directory: tempfile::TempDir,
    options: Vec<String>,
    /// Further variables of the server.
    environment: Vec<(String, String)>,
    server: Option<Child>,
    address: String,
    /// A socket that outlives the server, in the place of one of its own.
    handed: Option<TcpListener>,
    /// The data directory is a file system of its own.
    is_mounted: bool,
}

/// A command of the executable under test.
pub(crate) fn stead() -> Command {
    command(env!("CARGO_BIN_EXE_stead"))
}

/// The same, given a listener in the way of systemd: descriptor 3, and variables that name it. A
/// shell does it, because only the process itself knows its number.
pub(crate) fn holding(listener: &TcpListener, name: &str) -> Command {
    let script = "LISTEN_PID=$$ exec \"$0\" \"$@\" 3<&0 0</dev/null";
    let mut command = command("sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_stead")]);
    command.env("LISTEN_FDS", "1").env("LISTEN_FDNAMES", name);
    command.stdin(std::os::fd::OwnedFd::from(listener.try_clone().unwrap()));
    command
}

/// Any program.
pub(crate) fn command(program: &str) -> Command {
    #[expect(clippy::disallowed_methods, reason = "tests start the real thing")]
    let mut command = Command::new(program);
    for variable in ["STEAD_URL", "STEAD_TOKEN", "STEAD_DATA_DIR", "STEAD_CONFIG"] {
        command.env_remove(variable);
    }
    command.stdin(Stdio::null());
    command
}

/// Waits until `look` finds something.
pub(crate) fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::park_timeout(LOOK);
    }
}

impl World {
    /// A server with these options.
    pub(crate) fn start(options: &[&str]) -> Self {
        let mut world = Self::prepare(options);
        world.restart();
        world
    }

    /// A server with further variables.
    pub(crate) fn start_with(environment: &[(&str, &str)]) -> Self {
        let mut world = Self::prepare(&[]);
        let given = environment.iter().map(|(name, it)| ((*name).to_owned(), (*it).to_owned()));
        world.environment = given.collect();
        world.restart();
        world
    }

    /// A server whose workspaces live behind a manager.
    pub(crate) fn behind(manager: &crate::runtime::Runtime, options: &[&str]) -> Self {
        let mut world = Self::prepare(options);
        world.environment = manager.for_clients();
        world.restart();
        world
    }

    /// The same, and it does not run yet.
    pub(crate) fn prepare_behind(manager: &crate::runtime::Runtime) -> Self {
        let mut world = Self::prepare(&[]);
        world.environment = manager.for_clients();
        world
    }

    /// The same, with a file system of this size for its data; `None` where nobody may make one.
    pub(crate) fn start_in(size: &str, options: &[&str]) -> Option<Self> {
        let mut world = Self::prepare(options);
        fs::create_dir(world.data()).unwrap();
        let size = format!("size={size}");
        let mut mount = command("mount");
        let mount = mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(world.data());
        if !mount.status().unwrap().success() {
            println!("SKIPPED: a full disk needs the right to mount one");
            return None;
        }
        world.is_mounted = true;
        world.restart();
        Some(world)
    }

    /// A place for a server that was not started.
    pub(crate) fn prepare(options: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self {
            directory,
            options: options.iter().map(|it| (*it).to_owned()).collect(),
            environment: Vec::new(),
            server: None,
            address: format!("127.0.0.1:{port}"),
            handed: None,
            is_mounted: false,
        }
    }

    /// Other options from the next start on.
    pub(crate) fn options(&mut self, options: &[&str]) {
        self.options = options.iter().map(|it| (*it).to_owned()).collect();
    }

    /// Other variables from the next start on.
    pub(crate) fn set_environment(&mut self, environment: Vec<(String, String)>) {
        self.environment = environment;
    }

    /// From the next start on the server is given this socket, as by systemd.
    pub(crate) fn hand_over(&mut self, listener: &TcpListener) {
        self.address = listener.local_addr().unwrap().to_string();
        self.handed = Some(listener.try_clone().unwrap());
    }

    /// Starts the server, on the same address as before, and waits until it answers.
    pub(crate) fn restart(&mut self) {
        self.spawn();
        eventually("the server answers", || self.api("GET", "/readyz", None).ok());
    }

    /// Starts the server and does not wait.
    pub(crate) fn spawn(&mut self) {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.path("log")).unwrap();
        let server = self
            .handed
            .as_ref()
            .map_or_else(stead, |it| holding(it, "http"))
            .args(["serve", "--data-dir"])
            .arg(self.data())
            .args(["--listen", &self.address, "--tool-dir", "/usr/share/zoneinfo"])
            .args(&self.options)
            .envs(self.environment.clone())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.server = Some(server);
    }

    /// Ends the server as a power cut would.
    pub(crate) fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().unwrap();
            server.wait().unwrap();
        }
    }

    /// Asks the server to end, and waits for it.
    pub(crate) fn terminate(&mut self) -> Option<i32> {
        let mut server = self.server.take()?;
        signal(server.id(), rustix::process::Signal::TERM);
        server.wait().unwrap().code()
    }

    pub(crate) fn server_pid(&self) -> u32 {
        self.server.as_ref().unwrap().id()
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path("data")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn log_path(&self) -> PathBuf {
        self.path("log")
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    pub(crate) fn token(&self) -> String {
        fs::read_to_string(self.data().join("cli-token")).unwrap_or_default().trim().to_owned()
    }

    /// A client command on this server.
    pub(crate) fn client(&self, arguments: &[&str]) -> Command {
        let mut command = stead();
        command.arg("--data-dir").arg(self.data()).args(arguments);
        command
    }

    /// Runs a client command to its end.
    pub(crate) fn stead(&self, arguments: &[&str]) -> Output {
        self.client(arguments).output().unwrap()
    }

    /// Runs a client command that must succeed, and returns what it prints.
    pub(crate) fn say(&self, arguments: &[&str]) -> String {
        let output = self.stead(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}\n{}", self.log());
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Runs a command line in a workspace; returns exit code and output.
    pub(crate) fn run(&self, workspace: &str, line: &str) -> (i32, String) {
        let output = self.stead(&["run", workspace, "--", "bash", "-c", line]);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let code = output.status.code().unwrap_or(-1);
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        (code, text)
    }

    /// One request to the gateway; the answer's status and body.
    pub(crate) fn api(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> std::io::Result<(u16, Vec<u8>)> {
        self.api_with(method, path, "", body)
    }

    /// The same, with further lines in the head.
    pub(crate) fn api_with(
        &self,
        method: &str,
        path: &str,
        lines: &str,
        body: Option<&Value>,
    ) -> std::io::Result<(u16, Vec<u8>)> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(DEADLINE))?;
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\n{lines}Content-Length: {}\r\n\r\n{body}",
            self.address,
            self.token(),
            body.len()
        )?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let end = answer.windows(4).position(|it| it == b"\r\n\r\n");
        let end = end.ok_or(std::io::ErrorKind::UnexpectedEof)?;
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|it| it.parse().ok());
        let status = status.ok_or(std::io::ErrorKind::InvalidData)?;
        Ok((status, answer[end + 4..].to_vec()))
    }

    /// `GET`s JSON below a workspace; `Null` while there is none.
    pub(crate) fn get(&self, workspace: &str, rest: &str) -> Value {
        let path = format!("/api/v1/workspaces/{workspace}/{rest}");
        let answer = self.api("GET", &path, None).ok().filter(|it| it.0 == 200);
        answer.and_then(|it| serde_json::from_slice(&it.1).ok()).unwrap_or(Value::Null)
    }

    /// Waits until the workspace's state is as wanted.
    pub(crate) fn until(
        &self,
        workspace: &str,
        what: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> Value {
        eventually(what, || Some(self.get(workspace, "state")).filter(|it| wanted(it)))
    }

    /// Creates a workspace with a running session.
    pub(crate) fn running(&self, name: &str) -> String {
        let id = self.say(&["new", name]);
        self.say(&["start", &id]);
        id
    }

    /// Process of the workspace's kernel, as its host wrote it down.
    pub(crate) fn kernel_pid(&self, workspace: &str) -> Option<u32> {
        let body = workspace.strip_prefix("ws_")?;
        recorded_pid(&self.data(), body)
    }

    /// Every workspace that ever had a directory here.
    pub(crate) fn bodies(&self) -> BTreeSet<String> {
        let mut bodies = BTreeSet::new();
        for folder in ["workspaces", "run"] {
            for entry in fs::read_dir(self.data().join(folder)).into_iter().flatten().flatten() {
                bodies.insert(entry.file_name().to_string_lossy().into_owned());
            }
        }
        bodies
    }
}

impl Drop for World {
    /// Deletes every workspace through the server, so that no test leaves a process behind.
    fn drop(&mut self) {
        if self.server.is_none() && !self.data().join("stead.db").exists() {
            return;
        }
        if self.server.is_none() {
            self.spawn();
        }
        let deadline = Instant::now() + DEADLINE;
        while Instant::now() < deadline {
            if self.api("GET", "/readyz", None).is_ok_and(|it| it.0 == 200) {
                break;
            }
            std::thread::park_timeout(LOOK);
        }
        let list = self.client(&["ls", "--json"]).output().unwrap();
        let list: Value = serde_json::from_slice(&list.stdout).unwrap_or(Value::Null);
        for workspace in list.as_array().into_iter().flatten() {
            let id = workspace["id"].as_str().unwrap_or_default();
            drop(self.client(&["rm", id, "--yes"]).output());
        }
        self.terminate();
        if self.is_mounted {
            drop(command("umount").arg("--lazy").arg(self.data()).status());
        }
        if std::thread::panicking() {
            let log = self.log();
            let tail: Vec<&str> = log.lines().rev().take(40).collect();
            let tail: Vec<&str> = tail.into_iter().rev().collect();
            // A failed test shows what the server said.
            println!("the server's log ends with:\n{}", tail.join("\n"));
        }
    }
}

/// Sends a signal to a process that may be gone.
pub(crate) fn signal(pid: u32, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    drop(rustix::process::kill_process(pid, signal).map_err(std::io::Error::from));
}

/// Whether a process is there and not a zombie.
pub(crate) fn is_alive(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|it| !it.1.starts_with(['Z', 'X']))
}

/// Processes whose command line contains `text`, zombies left out.
pub(crate) fn processes_with(text: &str) -> Vec<u32> {
    let numbers = fs::read_dir("/proc").unwrap().flatten();
    let numbers = numbers.filter_map(|it| it.file_name().to_str()?.parse::<u32>().ok());
    let own = std::process::id();
    numbers
        .filter(|pid| *pid != own && is_alive(*pid))
        .filter(|pid| {
            let line = fs::read(Path::new("/proc").join(pid.to_string()).join("cmdline"));
            String::from_utf8_lossy(&line.unwrap_or_default()).replace('\0', " ").contains(text)
        })
        .collect()
}

/// How many kernels listen for each of these workspaces. A kernel keeps its listener's name in the
/// kernel's table also when the file is long gone, so an orphan cannot hide.
pub(crate) fn listeners(bodies: &BTreeSet<String>) -> Vec<String> {
    let table = fs::read_to_string("/proc/net/unix").unwrap();
    let sockets = table.lines().map(|it| it.split_whitespace().collect::<Vec<_>>());
    sockets
        .filter(|it| it.get(3) == Some(&LISTENING))
        .filter_map(|it| it.get(7)?.strip_suffix("/kernel.sock")?.rsplit('/').next())
        .filter(|it| bodies.contains(*it))
        .map(ToOwned::to_owned)
        .collect()
}

/// Flags of a listening socket in `/proc/net/unix`.
const LISTENING: &str = "00010000";

/// A program that ends with the test.
pub(crate) struct Guarded(pub(crate) Child);

impl Drop for Guarded {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
