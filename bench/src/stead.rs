//! A Stead of the release build with a workspace in it.

use crate::http::{self, Answer};
use crate::process::{Process, command, wait_for, wait_for_port};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// Where this Stead listens.
pub(crate) const PORT: u16 = 9745;

/// A server on a data directory of its own; both go with the value.
pub(crate) struct Stead {
    pub(crate) process: Process,
    token: String,
    _data: TempDir,
}

impl Stead {
    pub(crate) fn start() -> Result<Self> {
        let data = tempfile::tempdir()?;
        let mut serve = command(executable()?);
        serve.arg("serve").arg("--data-dir").arg(data.path());
        serve.arg("--listen").arg(format!("127.0.0.1:{PORT}")).arg("--log").arg("error");
        let process = Process::start(&mut serve)?;
        let file = data.path().join("cli-token");
        wait_for_port(PORT)?;
        wait_for("the token of the command line", || file.exists())?;
        let token = fs::read_to_string(file)?.trim().to_owned();
        Ok(Self { process, token, _data: data })
    }

    /// Sends a request to the gateway's own name, as the owner.
    pub(crate) fn send(&self, request_line: &str, body: &str) -> Result<Answer> {
        let fields = [
            format!("Host: localhost:{PORT}"),
            format!("Authorization: Bearer {}", self.token),
            "Content-Type: application/json".to_owned(),
        ];
        http::send(PORT, request_line, &fields, body)?.expect(request_line)
    }

    /// A workspace with these files.
    pub(crate) fn workspace(&self, files: &[(&str, &str)]) -> Result<String> {
        let body = json!({ "name": "bench", "source": { "kind": "empty" } }).to_string();
        let made = self.send("POST /api/v1/workspaces", &body)?;
        let made: Value = serde_json::from_str(&made.body)?;
        let id = made["id"].as_str().context("a workspace without an id")?.to_owned();
        for (name, text) in files {
            self.send(&format!("PUT /api/v1/workspaces/{id}/files/{name}"), text)?;
        }
        Ok(id)
    }

    /// Runs `command` as dev server and waits until it listens on `port`.
    pub(crate) fn run(&self, workspace: &str, command: &str, port: u16) -> Result<()> {
        let path = format!("/api/v1/workspaces/{workspace}");
        let settings = json!({ "command": command, "port": port }).to_string();
        self.send(&format!("PUT {path}/settings"), &settings)?;
        self.send(&format!("POST {path}/session/start"), "{}")?;
        self.send(&format!("GET {path}/preview/ready?port={port}"), "")?;
        Ok(())
    }

    /// Header fields with which a browser reaches a port's preview: name and cookie.
    pub(crate) fn visitor(&self, workspace: &str, port: u16) -> Result<Vec<String>> {
        let path = format!("POST /api/v1/workspaces/{workspace}/preview/grant");
        let grant = self.send(&path, &json!({ "port": port }).to_string())?;
        let grant: Value = serde_json::from_str(&grant.body)?;
        let origin = grant["origin"].as_str().context("a grant without an origin")?;
        let url = grant["url"].as_str().context("a grant without a URL")?;
        let host = origin.strip_prefix("http://").context("a preview that is not plain HTTP")?;
        let host = format!("Host: {host}");
        let path = url.strip_prefix(origin).context("a grant that leads elsewhere")?;
        let entered = http::send(PORT, &format!("GET {path}"), std::slice::from_ref(&host), "")?;
        let cookie = entered.field("set-cookie").and_then(|it| it.split(';').next());
        let cookie = cookie.context("no cookie for the preview")?;
        Ok(vec![host, format!("Cookie: {cookie}")])
    }
}

/// `stead` beside this program.
fn executable() -> Result<PathBuf> {
    let stead = std::env::current_exe()?.with_file_name("stead");
    if !stead.is_file() {
        bail!("{} is missing: cargo build --release --package cli", stead.display());
    }
    Ok(stead)
}
