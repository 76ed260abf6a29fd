//! `stead move`: a workspace goes to another machine, or is placed anew where a copy of it lies.

use super::machines::{MACHINES, find, place};
use crate::arguments::machines::Move as Arguments;
use crate::client::{Client, path_of};
use crate::output;
use anyhow::{Context, bail};
use http::Method;
use protocol::WorkspaceId;
use protocol::id::MachineId;
use protocol::machine::Machine;
use protocol::moving::{Copies, Move, MovePhase, OWN_MACHINE, PlaceAnew, StartMove};
use std::process::ExitCode;
use std::time::Duration;

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
    if arguments.copies {
        let copies: Copies = client.get(&path_of(&workspace, "copies")).await?;
        show(&client, &copies).await?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(to) = &arguments.place_anew {
        return place_anew(&client, &workspace, (to, arguments.other_copies_are_gone)).await;
    }
    let path = path_of(&workspace, "move");
    let shown: Move = if arguments.cancel {
        client.json(Method::DELETE, &path, None::<&()>).await?
    } else {
        let machine = machine(&client, &arguments.to.unwrap_or_default()).await?;
        let body = StartMove { machine, stop: arguments.stop };
        client.json(Method::POST, &path, Some(&body)).await?
    };
    follow(&client, shown, arguments.cancel).await
}

/// Tells how far a move is until it is over.
async fn follow(client: &Client, mut shown: Move, is_cancel: bool) -> anyhow::Result<ExitCode> {
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
        None if is_cancel => Ok(ExitCode::SUCCESS),
        None => bail!("the move was cancelled"),
    }
}

/// Takes the copy on one machine for the workspace.
async fn place_anew(
    client: &Client,
    workspace: &WorkspaceId,
    (to, other_copies_are_gone): (&str, bool),
) -> anyhow::Result<ExitCode> {
    let path = path_of(workspace, "copies");
    let machine = machine(client, to).await?;
    if !other_copies_are_gone {
        show(client, &client.get(&path).await?).await?;
        bail!(
            "the copies that answer, except the one on `{to}`, will be set aside and never start; of \
             others nobody can know. When none of them runs any more, say it again with \
             --other-copies-are-gone"
        );
    }
    let body = PlaceAnew { machine, other_copies_are_gone };
    let copies: Copies = client.json(Method::POST, &path, Some(&body)).await?;
    show(client, &copies).await?;
    output::note(&format!("the workspace is the copy on `{to}` now; nothing was deleted"));
    Ok(ExitCode::SUCCESS)
}

/// Shows which machines have a copy.
async fn show(client: &Client, copies: &Copies) -> anyhow::Result<()> {
    let machines: Vec<Machine> = client.get(MACHINES).await?;
    let rows = copies.places.iter().map(|it| {
        let is_here = it.machine == copies.machine;
        let state = match (it.answers, it.copy) {
            (false, _) => "does not answer",
            (true, None) => "no copy",
            (true, Some(copy)) if copy.held => "set aside, does not start",
            (true, Some(_)) if is_here && copies.fenced => "fenced off, does not start",
            (true, Some(copy)) if copy.awake => "awake",
            (true, Some(_)) => "asleep",
        };
        let changed = it.copy.map_or_else(|| "-".to_owned(), |it| output::ago(it.changed_at_ms));
        let mark = if is_here { "*" } else { "" };
        let name = place(&machines, it.machine.as_ref());
        vec![mark.to_owned(), name, it.epoch.to_string(), state.to_owned(), changed]
    });
    let head = ["", "MACHINE", "PLACED", "COPY", "CHANGED"].map(ToOwned::to_owned).to_vec();
    output::say(&output::table(&std::iter::once(head).chain(rows).collect::<Vec<_>>()))?;
    if copies.fenced {
        output::note(
            "the database says an older placement than its machine has heard of, as after a restore \
             of an older backup; `stead move --place-anew MACHINE` takes one of the copies",
        );
    }
    Ok(())
}

/// The machine that somebody means; `None` is the gateway's own.
async fn machine(client: &Client, text: &str) -> anyhow::Result<Option<MachineId>> {
    if text == OWN_MACHINE {
        return Ok(None);
    }
    let found = find(client, text).await;
    Ok(Some(found.with_context(|| format!("`{OWN_MACHINE}` is the gateway's own machine"))?.id))
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
