//! `stead move`: a workspace goes to another machine.

use crate::arguments::Move as Arguments;
use crate::client::{Client, path_of};
use crate::output;
use anyhow::bail;
use http::Method;
use protocol::WorkspaceId;
use protocol::id::MachineId;
use protocol::machine::Machine;
use protocol::moving::{Move, MovePhase, StartMove};
use std::process::ExitCode;
use std::time::Duration;

/// What `--to` says for the machine of the gateway itself.
const GATEWAY: &str = "gateway";
/// Between two looks at how far it is.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

pub(crate) async fn run(
    global: &crate::arguments::Global,
    arguments: Arguments,
) -> anyhow::Result<ExitCode> {
    let client = Client::new(global)?;
    // An administrator may move what is none of the own workspaces.
    let workspace = match WorkspaceId::parse(&arguments.workspace) {
        Some(id) => id,
        None => client.find(&arguments.workspace).await?.id,
    };
    let path = path_of(&workspace, "move");
    let mut shown: Move = if arguments.cancel {
        client.json(Method::DELETE, &path, None::<&()>).await?
    } else {
        let machine = machine(&client, &arguments.to.unwrap_or_default()).await?;
        let body = StartMove { machine, stop: arguments.stop };
        client.json(Method::POST, &path, Some(&body)).await?
    };
    let mut told = String::new();
    while !shown.phase.is_over() {
        let line = describe(&shown);
        if line != told {
            output::note(&line);
            told = line;
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
        let all: Vec<Move> = client.get("/api/v1/moves").await?;
        let Some(found) = all.into_iter().find(|it| it.id == shown.id) else {
            bail!("the move is not known any more");
        };
        shown = found;
    }
    if shown.phase == MovePhase::Done {
        output::note("the workspace has started on its new machine; the old copy is deleted");
        return Ok(ExitCode::SUCCESS);
    }
    output::note("the workspace is where it was; nothing of it was lost");
    match shown.error {
        Some(why) => bail!("it was not moved: {why}"),
        None if arguments.cancel => Ok(ExitCode::SUCCESS),
        None => bail!("the move was cancelled"),
    }
}

/// The machine that somebody means; `None` is the gateway's own.
async fn machine(client: &Client, text: &str) -> anyhow::Result<Option<MachineId>> {
    if text == GATEWAY {
        return Ok(None);
    }
    let machines: Vec<Machine> = client.get("/api/v1/machines").await?;
    let mut fitting = machines.iter().filter(|it| it.name == text || it.id.as_str() == text);
    match (fitting.next(), fitting.next()) {
        (Some(machine), None) => Ok(Some(machine.id.clone())),
        (Some(_), Some(_)) => bail!("several machines are called `{text}`; say the id of one"),
        (None, _) => {
            let names: Vec<&str> = machines.iter().map(|it| it.name.as_str()).collect();
            bail!("no machine is called `{text}`; there are: {GATEWAY} {}", names.join(" "))
        }
    }
}

fn describe(shown: &Move) -> String {
    let percent = (shown.bytes_done.saturating_mul(100)).checked_div(shown.bytes_total);
    let phase = shown.phase.as_str();
    match (&shown.error, shown.phase, percent) {
        (Some(error), ..) => format!("{phase}: waiting, {error}"),
        (None, MovePhase::Copying | MovePhase::Verifying, Some(percent)) => {
            format!("{phase}: {percent} %")
        }
        (None, ..) => phase.to_owned(),
    }
}
