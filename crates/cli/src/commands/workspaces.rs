//! `stead ls`, `new`, `start`, `stop` and `rm`.

use crate::arguments::{Global, New, Rm};
use crate::client::{Client, path_of};
use crate::output;
use crate::tty;
use anyhow::bail;
use http::Method;
use protocol::RuntimeState;
use protocol::state::{DevServerStatus, SessionStatus, SetupStatus};
use protocol::workspace::{CreateWorkspace, Source, StartSession, Workspace};
use std::process::ExitCode;
use std::time::Duration;

/// Between two looks at a workspace that is being filled.
const SETUP_INTERVAL: Duration = Duration::from_millis(250);

pub(crate) async fn list(global: &Global, json: bool) -> anyhow::Result<ExitCode> {
    let workspaces = Client::new(global)?.workspaces().await?;
    if json {
        output::say(&format!("{}\n", serde_json::to_string_pretty(&workspaces)?))?;
        return Ok(ExitCode::SUCCESS);
    }
    if workspaces.is_empty() {
        output::say(
            "There is no workspace yet; make one with `stead new NAME --template static`.\n",
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    let head = ["ID", "NAME", "STATUS", "DEV SERVER", "FROM"].map(ToOwned::to_owned).to_vec();
    let rows = workspaces.iter().map(|it| {
        vec![
            it.id.to_string(),
            it.name.clone(),
            status(it),
            dev_server(it.dev_server).to_owned(),
            it.source.clone(),
        ]
    });
    output::say(&output::table(&std::iter::once(head).chain(rows).collect::<Vec<_>>()))?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn create(global: &Global, new: New) -> anyhow::Result<ExitCode> {
    let client = Client::new(global)?;
    let source = match (new.template, new.git) {
        (Some(id), _) => Source::Template { id },
        (None, Some(url)) => Source::Git { url, branch: new.branch },
        (None, None) => Source::Empty,
    };
    let body = CreateWorkspace { name: new.name, source };
    let workspace: Workspace = client.json(Method::POST, "/api/v1/workspaces", Some(&body)).await?;
    let state = filled(&client, &workspace).await?;
    output::say(&format!("{}\n", workspace.id))?;
    match state.setup.status {
        SetupStatus::Failed => bail!(
            "the workspace `{}` was made, and could not be filled: {}",
            workspace.name,
            state.setup.message.unwrap_or_default()
        ),
        SetupStatus::None | SetupStatus::Running | SetupStatus::Done => Ok(ExitCode::SUCCESS),
    }
}

/// Waits until the template or the repository is there; tells what is going on.
pub(super) async fn filled(client: &Client, workspace: &Workspace) -> anyhow::Result<RuntimeState> {
    let mut told = None;
    loop {
        let state: RuntimeState = client.get(&path_of(&workspace.id, "state")).await?;
        if state.setup.status != SetupStatus::Running {
            return Ok(state);
        }
        if state.setup.message != told {
            told.clone_from(&state.setup.message);
            output::note(told.as_deref().unwrap_or_default());
        }
        tokio::time::sleep(SETUP_INTERVAL).await;
    }
}

pub(crate) async fn start(global: &Global, workspace: String) -> anyhow::Result<ExitCode> {
    let client = Client::new(global)?;
    let workspace = client.find(&workspace).await?;
    let before: RuntimeState = client.get(&path_of(&workspace.id, "state")).await?;
    let path = path_of(&workspace.id, "session/start");
    let mut state: RuntimeState =
        client.json(Method::POST, &path, Some(&StartSession::default())).await?;
    let is_down = |state: &RuntimeState| {
        matches!(state.dev_server.status, DevServerStatus::Stopped | DevServerStatus::Failed)
    };
    // A session that ran already, for `stead run` or after a failure, is left as it is.
    if before.status == SessionStatus::Running && is_down(&state) {
        let path = path_of(&workspace.id, "dev-server/start");
        state = client.json(Method::POST, &path, None::<&()>).await?;
    }
    output::note(&format!("{} is {}", workspace.name, session(state.status)));
    if let Some(reason) = state.dev_server.reason.as_ref().filter(|_| is_down(&state)) {
        output::note(&format!("its dev server is not: {reason}"));
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn stop(global: &Global, workspace: String) -> anyhow::Result<ExitCode> {
    let client = Client::new(global)?;
    let workspace = client.find(&workspace).await?;
    let path = path_of(&workspace.id, "session/stop");
    let state: RuntimeState = client.json(Method::POST, &path, None::<&()>).await?;
    output::note(&format!("{} is {}", workspace.name, session(state.status)));
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn remove(global: &Global, rm: Rm) -> anyhow::Result<ExitCode> {
    let client = Client::new(global)?;
    let workspace = client.find(&rm.workspace).await?;
    let what = format!("Delete `{}` ({}) with all its files?", workspace.name, workspace.id);
    if !rm.yes && !tty::confirmed(&what, &workspace.name)? {
        bail!("nothing was deleted");
    }
    let path = format!("/api/v1/workspaces/{}", workspace.id);
    client.send(Method::DELETE, &path, None::<&()>).await?;
    Ok(ExitCode::SUCCESS)
}

fn status(workspace: &Workspace) -> String {
    if workspace.unreachable {
        // What it does is not known, and not over.
        return "unreachable".to_owned();
    }
    match workspace.setup {
        SetupStatus::Running => "setting up".to_owned(),
        SetupStatus::Failed => "set-up failed".to_owned(),
        SetupStatus::None | SetupStatus::Done => session(workspace.status).to_owned(),
    }
}

const fn session(status: SessionStatus) -> &'static str {
    match status {
        SessionStatus::Idle => "idle",
        SessionStatus::Starting => "starting",
        SessionStatus::Running => "running",
        SessionStatus::Stopping => "stopping",
        SessionStatus::Stopped => "stopped",
        SessionStatus::Crashed => "crashed",
    }
}

const fn dev_server(status: DevServerStatus) -> &'static str {
    match status {
        DevServerStatus::Stopped => "-",
        DevServerStatus::Starting => "starting",
        DevServerStatus::Ready => "ready",
        DevServerStatus::Stopping => "stopping",
        DevServerStatus::Failed => "failed",
    }
}
