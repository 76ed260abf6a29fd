//! The Stead of the release build, with what benchmarks ask of it.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::path::PathBuf;
use testkit::World;

/// A server with its own data; workspaces and data go with it.
pub(crate) fn start() -> Result<World> {
    World::start(&executable()?, &["--log", "error", "--idle-timeout", "0"])
}

/// A workspace with these files.
pub(crate) fn workspace(world: &World, files: &[(&str, &str)]) -> Result<String> {
    let id = world.workspace("bench")?;
    for (name, text) in files {
        let path = World::path(&id, &format!("files/{name}"));
        world.send(&format!("PUT {path}"), text)?;
    }
    Ok(id)
}

/// Starts a session without a dev server.
pub(crate) fn session(world: &World, workspace: &str) -> Result<()> {
    let path = World::path(workspace, "session/start");
    world.json(&format!("POST {path}"), &json!({ "dev_server": false })).map(drop)
}

/// Opens a terminal that runs a shell script.
pub(crate) fn terminal(world: &World, workspace: &str, name: &str, script: &str) -> Result<()> {
    let body =
        json!({ "name": name, "cols": 80, "rows": 24, "command": ["/bin/sh", "-c", script] });
    world.json(&format!("POST {}", World::path(workspace, "terminals")), &body).map(drop)
}

/// Runs `command` as dev server and waits until it listens on `port`.
pub(crate) fn run(world: &World, workspace: &str, command: &str, port: u16) -> Result<()> {
    let path = |rest: &str| World::path(workspace, rest);
    let settings = json!({ "command": command, "port": port });
    world.json(&format!("PUT {}", path("settings")), &settings)?;
    world.json(&format!("POST {}", path("session/start")), &json!({}))?;
    world.send(&format!("GET {}?port={port}", path("preview/ready")), "").map(drop)
}

/// Header fields with which a browser reaches a port's preview: name and cookie.
pub(crate) fn visitor(world: &World, workspace: &str, port: u16) -> Result<Vec<String>> {
    let path = format!("POST {}", World::path(workspace, "preview/grant"));
    let grant: Value = world.json(&path, &json!({ "port": port }))?;
    let origin = grant["origin"].as_str().context("a grant without an origin")?;
    let url = grant["url"].as_str().context("a grant without a URL")?;
    let host = origin.strip_prefix("http://").context("a preview that is not plain HTTP")?;
    let host = format!("Host: {host}");
    let path = url.strip_prefix(origin).context("a grant that leads elsewhere")?;
    let fields = std::slice::from_ref(&host);
    let entered = testkit::send(world.port(), &format!("GET {path}"), fields, "")?;
    let cookie = entered.field("set-cookie").and_then(|it| it.split(';').next());
    let cookie = cookie.context("no cookie for the preview")?;
    Ok(vec![host, format!("Cookie: {cookie}")])
}

/// `stead` beside this program.
fn executable() -> Result<PathBuf> {
    let stead = std::env::current_exe()?.with_file_name("stead");
    if !stead.is_file() {
        bail!("{} is missing: cargo build --release --package cli", stead.display());
    }
    Ok(stead)
}
