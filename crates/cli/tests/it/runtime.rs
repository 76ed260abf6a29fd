//! A manager or a worker of its own in a temporary directory, and a client of it.

use crate::data::{recorded_pid, stored};
use crate::world::{DEADLINE, eventually, signal, stead};
use rustix::process::Signal;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Stdio};

/// What everybody here shares.
pub(crate) const TOKEN: &str = "5f0c1b7e9a3d42868d1e7b90c4f6a2d3";

/// One process of `stead host` and its data.
pub(crate) struct Runtime {
    directory: tempfile::TempDir,
    environment: Vec<(String, String)>,
    options: Vec<String>,
    process: Option<Child>,
    address: String,
    scheme: &'static str,
}

impl Runtime {
    /// A manager, or what the variables say.
    pub(crate) fn start(environment: &[(&str, &str)]) -> Self {
        Self::start_with(environment, &[])
    }

    /// The same, with options.
    pub(crate) fn start_with(environment: &[(&str, &str)], options: &[&str]) -> Self {
        let mut runtime = Self::prepare(environment, options);
        runtime.restart();
        runtime
    }

    fn prepare(environment: &[(&str, &str)], options: &[&str]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let shared = ["RUNTIME_MANAGER_AUTH_TOKEN", "RUNTIME_WORKER_AUTH_TOKEN"];
        let shared = shared.map(|it| (it.to_owned(), TOKEN.to_owned()));
        let given = environment.iter().map(|(name, it)| ((*name).to_owned(), (*it).to_owned()));
        Self {
            directory: tempfile::tempdir().unwrap(),
            environment: shared.into_iter().chain(given).collect(),
            options: options.iter().map(|it| (*it).to_owned()).collect(),
            process: None,
            address: format!("127.0.0.1:{port}"),
            scheme: "http",
        }
    }

    /// A manager whose listener speaks TLS: only gateways talk to it here.
    pub(crate) fn over_tls(environment: &[(&str, &str)]) -> Self {
        let mut runtime = Self::prepare(environment, &[]);
        runtime.scheme = "https";
        runtime.spawn();
        eventually("it listens", || TcpStream::connect(&runtime.address).ok());
        runtime
    }

    pub(crate) fn worker(environment: &[(&str, &str)]) -> Self {
        let mode = [("RUNTIME_SERVICE_MODE", "worker")];
        Self::start(&[environment, &mode].concat())
    }

    /// Starts it, on the same address as before, and waits until it answers.
    pub(crate) fn restart(&mut self) {
        self.spawn();
        eventually("the runtime answers", || self.ask("GET", "/livez", None).ok());
    }

    fn spawn(&mut self) {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.log_path()).unwrap();
        let mut command = stead();
        command.args(["host", "--data-dir"]).arg(self.data()).args(["--listen", &self.address]);
        command.args(&self.options).envs(self.environment.clone());
        self.process = Some(command.stdout(Stdio::null()).stderr(log).spawn().unwrap());
    }

    /// Ends it as a power cut would; kernels go on.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.as_ref().unwrap().id()
    }

    pub(crate) fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// What a gateway is told about it.
    pub(crate) fn for_clients(&self) -> Vec<(String, String)> {
        [("RUNTIME_MANAGER_URL", self.url()), ("RUNTIME_MANAGER_AUTH_TOKEN", TOKEN.to_owned())]
            .map(|(name, value)| (name.to_owned(), value))
            .into()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn log_path(&self) -> PathBuf {
        self.directory.path().join("log")
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// One request with the token: status, and the answer as JSON (`Null` when it is none).
    pub(crate) fn api(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        self.ask(method, path, body).unwrap()
    }

    /// The same, where nobody may answer.
    pub(crate) fn ask(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> std::io::Result<(u16, Value)> {
        let kind = ("Content-Type", "application/json");
        let bearer = format!("Bearer {TOKEN}");
        let headers = [("Authorization", bearer.as_str()), kind];
        let body = body.map(Value::to_string).unwrap_or_default();
        let (status, text) = self.send(method, path, &headers, &body)?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
    }

    /// One request with these headers.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> std::io::Result<(u16, String)> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(DEADLINE))?;
        let headers = headers.iter().map(|(name, value)| [name, ": ", value, "\r\n"].concat());
        let headers = headers.collect::<String>();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{headers}\
             Content-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) =
            answer.split_once("\r\n\r\n").ok_or(std::io::ErrorKind::UnexpectedEof)?;
        let status = head.split(' ').nth(1).and_then(|it| it.parse().ok());
        Ok((status.ok_or(std::io::ErrorKind::InvalidData)?, body.to_owned()))
    }

    /// Starts a session for a workspace.
    pub(crate) fn start_session(&self, workspace: &str) -> (u16, Value) {
        let body = serde_json::json!({"workspace_id": workspace, "leased_by_user_id": "ann"});
        self.api("POST", "/sessions/start", Some(&body))
    }

    /// Workspaces that have storage here, by the bodies of their ids.
    pub(crate) fn bodies(&self) -> BTreeSet<String> {
        stored(&self.data())
    }

    /// Process of a workspace's kernel, as this machine wrote it down.
    pub(crate) fn kernel_pid(&self, body: &str) -> Option<u32> {
        recorded_pid(&self.data(), body)
    }

    /// The one workspace's kernel.
    pub(crate) fn only_kernel(&self) -> Option<u32> {
        let bodies = self.bodies();
        assert!(bodies.len() <= 1, "{bodies:?}");
        self.kernel_pid(bodies.first()?)
    }
}

impl Drop for Runtime {
    /// Deletes every workspace, so that no test leaves a process behind.
    fn drop(&mut self) {
        let bodies = self.bodies();
        if self.process.is_none() && !bodies.is_empty() {
            self.restart();
        }
        for body in bodies {
            drop(self.ask("DELETE", &format!("/workspaces/ws_{body}"), None));
        }
        if let Some(mut process) = self.process.take() {
            signal(process.id(), Signal::TERM);
            drop(process.wait());
        }
        if std::thread::panicking() {
            println!("the runtime's log:\n{}", self.log());
        }
    }
}
