//! Commands that a project names itself: `.stead.toml`, `devcontainer.json`, `Procfile`.

use super::view::Project;
use super::{NoPlan, Plan, detect, install_for, jsonc, node, python};
use serde::Deserialize;
use serde_json::Value;
use stdx::WorkspacePath;

/// `.stead.toml`; everything is optional.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SteadToml {
    dev: Dev,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Dev {
    command: Option<String>,
    install: Option<String>,
    port: Option<u16>,
    directory: Option<String>,
}

/// What `.stead.toml` says. A file that cannot be understood is a refusal: its author wants to know.
pub(super) fn stead_toml(top: &Project<'_>) -> Result<Option<Plan>, NoPlan> {
    let Some(text) = top.text(".stead.toml") else { return Ok(None) };
    let SteadToml { dev } = toml::from_str(&text).map_err(|error| {
        NoPlan::because(format!("`.stead.toml` cannot be understood: {}", error.message()))
    })?;
    let directory =
        dev.directory.as_deref().map(|it| it.trim_start_matches("./").trim_end_matches('/'));
    let directory = match directory {
        None | Some("" | ".") => WorkspacePath::root(),
        Some(text) => WorkspacePath::parse(text).map_err(|error| {
            NoPlan::because(format!("the `directory` in `.stead.toml` is no path: {error}"))
        })?,
    };
    let mut project = top.at(directory);
    project.port = top.port.or(dev.port);
    let found = match &dev.command {
        Some(command) => {
            let mut plan = project.shell(".stead.toml", command);
            plan.install = install_for(&project, command);
            Some(plan)
        }
        None => detect(&project),
    };
    let Some(mut plan) = found else {
        return if project.directory.is_root() {
            Ok(None)
        } else {
            let reason = "the `directory` in `.stead.toml` has nothing that could be started; add \
                          a `command` beside it";
            Err(NoPlan::because(reason))
        };
    };
    if let Some(install) = &dev.install {
        plan.install = Some(super::words(&["/bin/sh", "-c", install]));
    }
    plan.port = project.port.or(plan.port);
    Ok(Some(plan))
}

/// The server that a development container starts by itself, if one of its commands is a server.
pub(super) fn devcontainer(project: &Project<'_>) -> Option<Plan> {
    let text = [".devcontainer/devcontainer.json", ".devcontainer.json"]
        .iter()
        .find_map(|it| project.text(it))?;
    let config = jsonc::parse(&text)?;
    let line = ["postAttachCommand", "postStartCommand"]
        .iter()
        .flat_map(|it| command_lines(&config[*it]))
        .find(|it| is_server(it))?;
    let mut plan = project.shell("devcontainer.json", &line);
    plan.install = node::install(project);
    plan.port = project.port.or_else(|| forwarded(&config["forwardPorts"]));
    if let Some(port) = plan.port {
        for (_, value) in plan.env.iter_mut().filter(|it| it.0 == "PORT") {
            *value = port.to_string();
        }
    }
    Some(plan)
}

/// A command is a line, a list of words, or several of them by name.
fn command_lines(value: &Value) -> Vec<String> {
    match value {
        Value::String(line) => vec![line.clone()],
        Value::Array(words) => {
            let words: Vec<String> =
                words.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect();
            vec![super::display(&words)]
        }
        Value::Object(named) => named.values().flat_map(command_lines).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

/// Most of these commands prepare something and end; one that names a server is one.
fn is_server(line: &str) -> bool {
    const SERVERS: &[&str] = &[
        "dev",
        "start",
        "serve",
        "server",
        "runserver",
        "phx.server",
        "http.server",
        "flask",
        "uvicorn",
        "gunicorn",
        "streamlit",
        "rails",
        "vite",
        "next",
        "astro",
        "nodemon",
    ];
    const OTHERS: &[&str] = &["install", "ci", "config", "build", "test", "add"];
    let words: Vec<&str> = line.split(|it: char| it.is_whitespace() || it == ':').collect();
    words.iter().any(|it| SERVERS.contains(it)) && !words.iter().any(|it| OTHERS.contains(it))
}

fn forwarded(ports: &Value) -> Option<u16> {
    ports.as_array()?.iter().find_map(|it| match it {
        Value::Number(port) => port.as_u64().and_then(|it| u16::try_from(it).ok()),
        Value::String(text) => text.rsplit(':').next()?.parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    })
}

/// The line `web:` of a `Procfile`, which is given its port in `PORT`.
pub(super) fn procfile(project: &Project<'_>) -> Option<Plan> {
    let text = project.text("Procfile")?;
    let line = text.lines().find_map(|it| it.trim_start().strip_prefix("web:"))?.trim();
    if line.is_empty() {
        return None;
    }
    let (install, activate) = match node::install(project) {
        Some(install) => (Some(install), ""),
        None => python::environment(project),
    };
    let mut plan = project.shell("Procfile", &format!("{activate}{line}")).with_install(install);
    line.clone_into(&mut plan.display);
    if line.contains("$PORT") || line.contains("${PORT") {
        let port = project.port.unwrap_or(3000);
        plan = plan.listens_on(port);
    }
    Some(plan)
}
