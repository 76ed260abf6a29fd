//! A server on a data directory of its own.

use crate::http::{Answer, send};
use crate::program::{Program, command};
use crate::terminal::{Socket, Terminal};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// How long anything may take on a busy machine.
const DEADLINE: Duration = Duration::from_secs(60);
/// Between two looks.
const LOOK_INTERVAL: Duration = Duration::from_millis(5);

/// A server and its data. Dropping it deletes every workspace first: kernels are processes of their
/// own that outlive their server.
#[derive(Debug)]
pub struct World {
    program: PathBuf,
    options: Vec<String>,
    port: u16,
    server: Option<Program>,
    directory: TempDir,
}

impl World {
    /// Starts `program`, a `stead` executable, as a server with these further options.
    pub fn start(program: &Path, options: &[&str]) -> Result<Self> {
        let mut world = Self {
            program: program.to_owned(),
            options: options.iter().map(|it| (*it).to_owned()).collect(),
            port: TcpListener::bind("127.0.0.1:0")?.local_addr()?.port(),
            server: None,
            directory: tempfile::tempdir()?,
        };
        world.restart()?;
        Ok(world)
    }

    /// Starts the server, on the same port as before, and waits until it is ready.
    pub fn restart(&mut self) -> Result<()> {
        self.kill();
        let mut serve = command(&self.program);
        serve.arg("serve").arg("--data-dir").arg(self.data());
        serve.args(["--listen", &format!("127.0.0.1:{}", self.port)]);
        if TcpListener::bind("[::1]:0").is_ok() {
            serve.args(["--listen", &format!("[::1]:{}", self.port)]);
        }
        serve.stderr(fs::File::options().create(true).append(true).open(self.log())?);
        self.server = Some(Program::start(serve.args(&self.options))?);
        self.until("the server is ready", || {
            self.send("GET /readyz", "").is_ok() && self.token().is_some()
        })
    }

    /// Ends the server as a power cut would; workspaces go on.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill();
        }
    }

    /// Where the server listens, on both loopback addresses.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The server's process.
    pub fn server_pid(&self) -> Result<u32> {
        Ok(self.server.as_ref().context("the server does not run")?.id())
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// What the server says.
    fn log(&self) -> PathBuf {
        self.directory.path().join("log")
    }

    fn token(&self) -> Option<String> {
        let text = fs::read_to_string(self.data().join("cli-token")).ok()?;
        Some(text.trim().to_owned()).filter(|it| !it.is_empty())
    }

    fn fields(&self) -> Vec<String> {
        let mut fields = vec![format!("Host: localhost:{}", self.port)];
        fields.extend(self.token().map(|it| format!("Authorization: Bearer {it}")));
        fields.push("Content-Type: application/json".to_owned());
        fields
    }

    /// Sends a request (`GET /path`) as the owner; an answer of 400 or more is an error.
    pub fn send(&self, request_line: &str, body: &str) -> Result<Answer> {
        send(self.port, request_line, &self.fields(), body)?.expect(request_line)
    }

    /// Sends JSON and reads JSON; an empty answer is `Null`.
    pub fn json(&self, request_line: &str, body: &Value) -> Result<Value> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.send(request_line, &body)?;
        if answer.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&answer.body).context("an answer that is not JSON")
    }

    /// An empty workspace; its kernel sleeps.
    pub fn workspace(&self, name: &str) -> Result<String> {
        let body = json!({ "name": name, "source": { "kind": "empty" } });
        let made = self.json("POST /api/v1/workspaces", &body)?;
        Ok(made["id"].as_str().context("a workspace without an id")?.to_owned())
    }

    /// Ends everything of a workspace.
    pub fn remove(&self, workspace: &str) -> Result<()> {
        self.send(&format!("DELETE /api/v1/workspaces/{workspace}"), "").map(drop)
    }

    /// Path of a workspace's API.
    pub fn path(workspace: &str, rest: &str) -> String {
        format!("/api/v1/workspaces/{workspace}/{rest}")
    }

    /// A workspace's files as this machine sees them.
    pub fn files(&self, workspace: &str) -> PathBuf {
        self.data().join("workspaces").join(body(workspace)).join("files")
    }

    /// Process of the workspace's kernel, as its host wrote it down.
    pub fn kernel_pid(&self, workspace: &str) -> Result<u32> {
        let file = self.data().join("run").join(body(workspace)).join("kernel.json");
        let record: Value = serde_json::from_slice(&fs::read(file).context("no kernel runs")?)?;
        let pid = record["pid"].as_u64().and_then(|it| it.try_into().ok());
        pid.context("a record of a kernel without its process")
    }

    /// Opens a WebSocket as the owner.
    pub fn websocket(&self, path: &str) -> Result<Socket> {
        let mut request = format!("ws://localhost:{}{path}", self.port).into_client_request()?;
        let bearer = format!("Bearer {}", self.token().unwrap_or_default()).parse()?;
        request.headers_mut().insert("authorization", bearer);
        let stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(DEADLINE))?;
        match tokio_tungstenite::tungstenite::client(request, stream) {
            Ok((socket, _)) => Ok(socket),
            Err(error) => bail!("{path} was not opened: {error}"),
        }
    }

    /// Attaches to a terminal with 80 columns and 24 rows.
    pub fn attach(&self, workspace: &str, terminal: &str) -> Result<Terminal> {
        let path = Self::path(workspace, &format!("terminals/{terminal}?cols=80&rows=24"));
        Ok(Terminal::new(self.websocket(&path)?))
    }

    /// Waits until `is_so`.
    pub fn until(&self, what: &str, is_so: impl Fn() -> bool) -> Result<()> {
        let deadline = Instant::now() + DEADLINE;
        while !is_so() {
            if deadline < Instant::now() {
                let log = fs::read_to_string(self.log()).unwrap_or_default();
                bail!("waited in vain until {what}; the server said:\n{log}");
            }
            sleep(LOOK_INTERVAL);
        }
        Ok(())
    }

    fn remove_all(&mut self) -> Result<()> {
        if self.server.is_none() {
            self.restart()?;
        }
        let all = self.json("GET /api/v1/workspaces", &Value::Null)?;
        for workspace in all.as_array().into_iter().flatten() {
            self.remove(workspace["id"].as_str().unwrap_or_default())?;
        }
        Ok(())
    }
}

impl Drop for World {
    #[expect(clippy::print_stderr, reason = "whoever left processes behind must hear of it")]
    fn drop(&mut self) {
        if let Err(error) = self.remove_all() {
            eprintln!("workspaces in {} were not removed: {error:#}", self.data().display());
        }
        if let Some(mut server) = self.server.take() {
            server.terminate();
        }
    }
}

/// A workspace's id without its prefix.
fn body(workspace: &str) -> &str {
    workspace.strip_prefix("ws_").unwrap_or(workspace)
}
