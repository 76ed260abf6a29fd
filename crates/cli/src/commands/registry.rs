//! `stead runtimes`, `stead hosts` and `stead workers`.

use crate::arguments::Global;
use crate::arguments::registry::{
    Hosts, NewWorker, Runtimes, RuntimesCommand, Worker, Workers, WorkersCommand,
};
use crate::client::{Client, encode};
use crate::output;
use anyhow::{Context, bail};
use futures_util::StreamExt;
use http::Method;
use protocol::registry::{
    FollowFrame, HostSummary, RuntimeDiagnostic, RuntimeList, RuntimeSummary, WorkerInputKind,
    WorkerInputRequest, WorkerInputResult, WorkerOperationState, WorkerSpawnAcceptanceRequirement,
    WorkerSpawnIntent, WorkerSpawnRequest, WorkerSpawnResult, WorkerStopBody, WorkerStopMode,
    WorkerStopResult, WorkerSummary, WorkerTranscriptProjection,
};
use serde::Serialize;
use serde_json::json;
use std::io::Read;
use std::process::ExitCode;
use tokio_tungstenite::tungstenite::Message;

const RUNTIMES: &str = "/api/v1/runtimes";

pub(crate) async fn runtimes(global: &Global, runtimes: Runtimes) -> anyhow::Result<ExitCode> {
    let client = Client::new(global)?;
    match runtimes.command {
        Some(RuntimesCommand::Add { label, address, id }) => {
            let mut token = String::new();
            std::io::stdin().read_to_string(&mut token).context("no token was given")?;
            let body = json!({
                "label": label, "base_url": address, "token": token.trim(), "runtime_id": id,
            });
            let made: RuntimeSummary = client.json(Method::POST, RUNTIMES, Some(&body)).await?;
            output::say(&format!("{}\n", made.runtime_id))?;
            output::note(&format!("{} is {}", made.label, made.status));
            told(&made.diagnostics);
        }
        Some(RuntimesCommand::Rm { runtime }) => {
            let path = format!("{RUNTIMES}/{}", encode(&runtime));
            client.send(Method::DELETE, &path, None::<&()>).await?;
            output::note(&format!("{runtime} is forgotten here"));
        }
        None => {
            let list: RuntimeList<RuntimeSummary> = client.get(RUNTIMES).await?;
            let row = |it: &RuntimeSummary| {
                [&it.runtime_id, &it.label, &it.kind, &it.status].map(Clone::clone)
            };
            show(&list, runtimes.json, ["ID", "NAME", "KIND", "STATUS"], row)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn hosts(global: &Global, hosts: Hosts) -> anyhow::Result<ExitCode> {
    let client = Client::new(global)?;
    let list: RuntimeList<HostSummary> = client.get("/api/v1/hosts").await?;
    let row =
        |it: &HostSummary| [&it.host_id, &it.label, &it.runtime_id, &it.status].map(Clone::clone);
    show(&list, hosts.json, ["ID", "NAME", "RUNTIME", "STATUS"], row)?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn workers(global: &Global, workers: Workers) -> anyhow::Result<ExitCode> {
    let client = Client::new(global)?;
    let Some(command) = workers.command else {
        let path = match &workers.host {
            Some(host) => format!("/api/v1/hosts/{}/workers", encode(host)),
            None => "/api/v1/workers".to_owned(),
        };
        let list: RuntimeList<WorkerSummary> = client.get(&path).await?;
        let row = |it: &WorkerSummary| {
            let role = it.role.clone().unwrap_or_default();
            [it.worker_id.clone(), role, it.runtime_id.clone(), it.status.clone()]
        };
        show(&list, workers.json, ["ID", "ROLE", "RUNTIME", "STATUS"], row)?;
        return Ok(ExitCode::SUCCESS);
    };
    match command {
        WorkersCommand::New(it) => spawn(&client, it).await?,
        WorkersCommand::Say { worker, text, system } => {
            let kind = if system { WorkerInputKind::System } else { WorkerInputKind::User };
            let body = WorkerInputRequest { kind, content: text };
            let path = path(&worker, "/input");
            let said: WorkerInputResult = client.json(Method::POST, &path, Some(&body)).await?;
            accepted(said.state, &said.diagnostics)?;
        }
        WorkersCommand::Read(it) => read(&client, &it).await?,
        WorkersCommand::Follow(it) => follow(&client, &it).await?,
        WorkersCommand::Stop { worker, force } => {
            let mode = if force { WorkerStopMode::Force } else { WorkerStopMode::Graceful };
            let body = WorkerStopBody { mode };
            let path = path(&worker, "/stop");
            let ended: WorkerStopResult = client.json(Method::POST, &path, Some(&body)).await?;
            accepted(ended.state, &ended.diagnostics)?;
        }
        WorkersCommand::Cancel(it) => {
            let path = path(&it, "/cancel");
            let ended: WorkerStopResult = client.json(Method::POST, &path, None::<&()>).await?;
            accepted(ended.state, &ended.diagnostics)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn spawn(client: &Client, new: NewWorker) -> anyhow::Result<()> {
    let intent = match (new.ticket, new.role) {
        (Some(ticket_id), Some(role)) => {
            WorkerSpawnIntent::TicketRole { ticket_id, role: role.into() }
        }
        _ if new.orchestrator => WorkerSpawnIntent::WorkspaceOrchestrator {},
        _ => WorkerSpawnIntent::WorkspaceCompanion {},
    };
    let body = WorkerSpawnRequest {
        intent,
        requested_worker_name: None,
        acceptance: WorkerSpawnAcceptanceRequirement::RunAccepted { expected_segments: 0 },
    };
    let path = format!("{RUNTIMES}/{}/workers", encode(&new.runtime));
    let made: WorkerSpawnResult = client.json(Method::POST, &path, Some(&body)).await?;
    accepted(made.state, &made.diagnostics)?;
    let worker = made.worker.context("the runtime accepted and named no worker")?;
    output::say(&format!("{}\n", worker.worker_id))
}

/// Prints a whole transcript, page by page.
async fn read(client: &Client, worker: &Worker) -> anyhow::Result<()> {
    let mut start = Some(0);
    while let Some(from) = start {
        let path = path(worker, &format!("/transcript?start={from}"));
        let page: WorkerTranscriptProjection = client.get(&path).await?;
        accepted(page.state, &page.diagnostics)?;
        for item in &page.items {
            output::say(&format!("{:>5} {}: {}\n", item.sequence, item.role, item.content))?;
        }
        start = page.next_start;
    }
    Ok(())
}

/// Prints one line of JSON for each event.
async fn follow(client: &Client, worker: &Worker) -> anyhow::Result<()> {
    let mut socket = client.socket(&path(worker, "/events/ws")).await?;
    while let Some(message) = socket.next().await {
        let Message::Text(text) = message? else { continue };
        match serde_json::from_str(&text).context("the server speaks another version")? {
            FollowFrame::Snapshot { worker, .. } => {
                output::note(&format!("{} is {}", worker.worker_id, worker.status));
            }
            FollowFrame::Event { event, .. } => {
                output::say(&format!("{}\n", serde_json::to_string(&event)?))?;
            }
            FollowFrame::Diagnostic { diagnostic } => bail!(diagnostic.message),
        }
    }
    bail!("the server closed the stream")
}

fn path(worker: &Worker, rest: &str) -> String {
    format!("{RUNTIMES}/{}/workers/{}{rest}", encode(&worker.runtime), encode(&worker.worker))
}

/// Fails with the diagnostics when something was not done.
fn accepted(state: WorkerOperationState, diagnostics: &[RuntimeDiagnostic]) -> anyhow::Result<()> {
    if state == WorkerOperationState::Accepted {
        told(diagnostics);
        return Ok(());
    }
    let why: Vec<_> = diagnostics.iter().map(|it| &*it.message).collect();
    bail!("it was not done: {}", why.join("; "))
}

fn told(diagnostics: &[RuntimeDiagnostic]) {
    for it in diagnostics {
        output::note(&format!("{}: {}", it.code, it.message));
    }
}

/// A list for people, or for programs.
fn show<T: Serialize>(
    list: &RuntimeList<T>,
    as_json: bool,
    head: [&str; 4],
    row: impl Fn(&T) -> [String; 4],
) -> anyhow::Result<()> {
    if as_json {
        return output::say(&format!("{}\n", serde_json::to_string_pretty(list)?));
    }
    let rows = list.items.iter().map(|it| row(it).to_vec());
    let head = head.map(ToOwned::to_owned).to_vec();
    output::say(&output::table(&std::iter::once(head).chain(rows).collect::<Vec<_>>()))?;
    told(&list.diagnostics);
    Ok(())
}
