//! `stead machines`: the machines that joined, and what administrators do with them.

mod copies;

use crate::arguments::Global;
use crate::arguments::machines::{Drain, JoinToken, Machines, MachinesCommand, Remove};
use crate::client::Client;
use crate::{output, tty};
use anyhow::{Context, bail};
use http::Method;
use protocol::WorkspaceId;
use protocol::drain::{Drain as Emptied, DrainState, DrainedState, StartDrain};
use protocol::id::MachineId;
use protocol::machine::{
    InviteMachine, Machine, MachineInvitation, MachineState, Resources, UpdateMachine,
};
use protocol::moving::OWN_MACHINE;
use std::collections::HashMap;
use std::process::ExitCode;
use std::time::Duration;
use stdx::clock::now_ms;

pub(crate) const MACHINES: &str = "/api/v1/machines";
/// Between two looks at how far it is.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

pub(crate) async fn run(global: &Global, machines: Machines) -> anyhow::Result<ExitCode> {
    let client = Client::new(global)?;
    match machines.command {
        None => list(&client, machines.json).await?,
        Some(MachinesCommand::JoinToken(it)) => join_token(&client, it).await?,
        Some(MachinesCommand::Drain(it)) => drain(&client, &it).await?,
        Some(MachinesCommand::Undrain { machine }) => undrain(&client, &machine).await?,
        Some(MachinesCommand::Rm(it)) => remove(&client, &it).await?,
        Some(MachinesCommand::Copies { json }) => copies::list(&client, json).await?,
        Some(MachinesCommand::DeleteCopy(it)) => copies::delete(&client, &it).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(client: &Client, as_json: bool) -> anyhow::Result<()> {
    let machines: Vec<Machine> = client.get(MACHINES).await?;
    if as_json {
        return output::say(&format!("{}\n", serde_json::to_string_pretty(&machines)?));
    }
    if machines.is_empty() {
        output::note(
            "no machine has joined; workspaces run where the gateway runs. \
             `stead machines join-token` lets one join",
        );
        return Ok(());
    }
    let head = ["NAME", "STATE", "MEMORY FREE", "LOAD", "DISK FREE", "WORKSPACES", "HEARD", "ID"];
    let rows = machines.iter().map(row);
    let head = head.map(ToOwned::to_owned).to_vec();
    output::say(&output::table(&std::iter::once(head).chain(rows).collect::<Vec<_>>()))?;
    for machine in machines.iter().filter(|it| it.state == MachineState::Lost) {
        output::note(&format!(
            "{} is lost: its workspaces are unreachable and were not stopped; it comes back by \
             itself when it runs and reaches the gateway",
            machine.name
        ));
    }
    Ok(())
}

fn row(it: &Machine) -> Vec<String> {
    let of = |part: fn(&Resources) -> String| it.resources.as_ref().map_or("-".to_owned(), part);
    let heard = if it.seen_at_ms == 0 { "never".to_owned() } else { output::ago(it.seen_at_ms) };
    vec![
        it.name.clone(),
        state(it).to_owned(),
        of(|it| share(it.memory_free_bytes, it.memory_total_bytes)),
        of(|it| format!("{:.1} of {}", it.load, it.cpus)),
        of(|it| share(it.disk_free_bytes, it.disk_total_bytes)),
        it.workspaces.to_string(),
        heard,
        it.id.to_string(),
    ]
}

const fn state(it: &Machine) -> &'static str {
    match (it.state, it.draining) {
        (MachineState::Ready, _) => "ready",
        (MachineState::Draining, _) => "draining",
        (MachineState::Lost, false) => "lost",
        (MachineState::Lost, true) => "lost, draining",
    }
}

fn share(free: u64, total: u64) -> String {
    format!("{} of {}", output::bytes(free), output::bytes(total))
}

async fn join_token(client: &Client, arguments: JoinToken) -> anyhow::Result<()> {
    let machine = match &arguments.again {
        Some(text) => Some(find(client, text).await?.id),
        None => None,
    };
    let body = InviteMachine { name: arguments.name, machine };
    let path = format!("{MACHINES}/invitations");
    let made: MachineInvitation = client.json(Method::POST, &path, Some(&body)).await?;
    if arguments.json {
        return output::say(&format!("{}\n", serde_json::to_string_pretty(&made)?));
    }
    output::say(&format!("{}\n", made.command))?;
    let minutes = made.expires_at_ms.saturating_sub(now_ms()).div_ceil(60_000);
    output::note(&format!(
        "run this on the other machine within {minutes} minutes; the token in it is good once, and \
         is shown this once"
    ));
    if arguments.again.is_some() {
        output::note("remove `machine/` in that machine's data directory before");
    }
    Ok(())
}

async fn drain(client: &Client, arguments: &Drain) -> anyhow::Result<()> {
    let machine = find(client, &arguments.machine).await?;
    let path = format!("{}/drain", path_of(&machine));
    if arguments.cancel {
        let _stopped: Emptied = client.json(Method::DELETE, &path, None::<&()>).await?;
        output::note("nothing more is moved away; it still takes nothing new");
        return Ok(());
    }
    if arguments.away {
        let body = StartDrain { stop: arguments.stop };
        let begun = client.json(Method::POST, &path, Some(&body)).await?;
        return follow(client, &path, begun).await;
    }
    let machine = set_draining(client, &machine, true).await?;
    let (name, count) = (&machine.name, machine.workspaces);
    output::note(&format!("{name} gets no new workspaces; {count} are there, and go on"));
    Ok(())
}

/// Tells how far a machine is emptied until that is over.
async fn follow(client: &Client, path: &str, mut drain: Emptied) -> anyhow::Result<()> {
    let mut told: HashMap<WorkspaceId, String> = HashMap::new();
    let mut waits = None;
    while drain.state == DrainState::Emptying {
        tell(&drain, &mut told);
        if drain.error != waits {
            waits.clone_from(&drain.error);
            output::note(&format!("it waits: {}", waits.as_deref().unwrap_or("no more")));
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
        let found: Option<Emptied> = client.get(path).await?;
        drain = found.context("the drain is not known any more")?;
    }
    tell(&drain, &mut told);
    let left = drain.workspaces.iter().filter(|it| it.state != DrainedState::Moved).count();
    match drain.state {
        DrainState::Emptying | DrainState::Done => {
            output::note("nothing is left on it; it can be switched off, or removed");
            Ok(())
        }
        DrainState::Cancelled => bail!("somebody stopped it; {left} workspaces are still there"),
        DrainState::Failed => bail!(
            "{left} workspaces could not be moved, and stayed as they were; when what is said above \
             is mended, say it again"
        ),
    }
}

/// Prints what has changed about each workspace.
fn tell(drain: &Emptied, told: &mut HashMap<WorkspaceId, String>) {
    for it in &drain.workspaces {
        let error = it.progress.as_ref().and_then(|it| it.error.as_deref());
        let line = match (it.state, error) {
            (DrainedState::Waiting, _) => "waits for its turn".to_owned(),
            (DrainedState::Running, _) => {
                "a session runs; it waits until that was stopped (`stead stop`, or --stop)"
                    .to_owned()
            }
            (DrainedState::Moved, _) => "moved".to_owned(),
            (DrainedState::Failed, error) => {
                format!("stayed where it was: {}", error.unwrap_or("cancelled"))
            }
            (DrainedState::Moving, Some(error)) => format!("moves, and waits: {error}"),
            (DrainedState::Moving, None) => {
                let phase = it.progress.as_ref().map_or("moves", |it| it.phase.as_str());
                phase.to_owned()
            }
        };
        if told.get(&it.workspace) != Some(&line) {
            output::note(&format!("{}: {line}", it.workspace));
            told.insert(it.workspace.clone(), line);
        }
    }
}

async fn undrain(client: &Client, text: &str) -> anyhow::Result<()> {
    let machine = find(client, text).await?;
    let machine = set_draining(client, &machine, false).await?;
    output::note(&format!("{} takes new workspaces again", machine.name));
    Ok(())
}

async fn set_draining(
    client: &Client,
    machine: &Machine,
    draining: bool,
) -> anyhow::Result<Machine> {
    let body = UpdateMachine { name: None, draining: Some(draining) };
    client.json(Method::PATCH, &path_of(machine), Some(&body)).await
}

async fn remove(client: &Client, arguments: &Remove) -> anyhow::Result<()> {
    let machine = find(client, &arguments.machine).await?;
    let (name, count) = (&machine.name, machine.workspaces);
    if arguments.give_up_workspaces && machine.state != MachineState::Lost {
        bail!(
            "`{name}` is connected, so its workspaces need not be given up; empty it with `stead \
             machines drain {name} --move`"
        );
    }
    if 0 < count && !arguments.give_up_workspaces {
        if machine.state == MachineState::Lost {
            bail!(
                "{count} workspaces are on `{name}`, which is lost; bring it back, or delete them \
                 for ever with --give-up-workspaces"
            );
        }
        bail!(
            "{count} workspaces are on `{name}`; empty it with `stead machines drain {name} --move` first"
        );
    }
    let what = match count {
        0 => format!("Remove `{name}` for good?"),
        count => format!("Remove `{name}`, and DELETE its {count} workspaces for ever?"),
    };
    if !arguments.yes && !tty::confirmed(&what, name)? {
        bail!("nothing was removed");
    }
    let query = if arguments.give_up_workspaces { "?give_up_workspaces=true" } else { "" };
    let path = format!("{}{query}", path_of(&machine));
    client.send(Method::DELETE, &path, None::<&()>).await?;
    output::note(&format!(
        "{name} is removed, and refused from now on; `stead host` on it can be stopped"
    ));
    Ok(())
}

fn path_of(machine: &Machine) -> String {
    format!("{MACHINES}/{}", machine.id)
}

/// What people call the machine where something lies; `None` is the gateway's own.
pub(crate) fn place(machines: &[Machine], id: Option<&MachineId>) -> String {
    let Some(id) = id else { return OWN_MACHINE.to_owned() };
    let found = machines.iter().find(|it| it.id == *id);
    found.map_or_else(|| id.to_string(), |it| it.name.clone())
}

/// The machine that somebody means.
pub(crate) async fn find(client: &Client, text: &str) -> anyhow::Result<Machine> {
    let machines: Vec<Machine> = client.get(MACHINES).await?;
    let mut fitting = machines.iter().filter(|it| it.name == text || it.id.as_str() == text);
    match (fitting.next(), fitting.next()) {
        (Some(machine), None) => Ok(machine.clone()),
        (Some(one), Some(other)) => {
            bail!(
                "several machines are called `{text}`; say the id of one: {} {}",
                one.id,
                other.id
            )
        }
        (None, _) if machines.is_empty() => {
            bail!("no machine has joined; `stead machines join-token` lets one join")
        }
        (None, _) => {
            let names: Vec<&str> = machines.iter().map(|it| it.name.as_str()).collect();
            bail!("no machine is called `{text}`; there are: {}", names.join(" "))
        }
    }
}
