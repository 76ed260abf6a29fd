//! Copies of workspaces that lie on machines for nothing.

use super::{MACHINES, place};
use crate::arguments::machines::DeleteCopy;
use crate::client::Client;
use crate::{output, tty};
use anyhow::bail;
use http::Method;
use protocol::id::MachineId;
use protocol::machine::Machine;
use protocol::moving::{OWN_MACHINE, SetAside, SetAsideCopies};

const COPIES: &str = "/api/v1/copies";

pub(super) async fn list(client: &Client, as_json: bool) -> anyhow::Result<()> {
    let found: SetAsideCopies = client.get(COPIES).await?;
    if as_json {
        return output::say(&format!("{}\n", serde_json::to_string_pretty(&found)?));
    }
    let machines: Vec<Machine> = client.get(MACHINES).await?;
    if found.copies.is_empty() {
        output::note("no copy was set aside on a machine that answers");
    } else {
        let head = ["WORKSPACE", "ON", "CHANGED", "ID"].map(ToOwned::to_owned).to_vec();
        let rows = found.copies.iter().map(|it| {
            let name = it.name.clone().unwrap_or_else(|| "(deleted)".to_owned());
            let changed = output::ago(it.changed_at_ms);
            vec![name, place(&machines, it.machine.as_ref()), changed, it.workspace.to_string()]
        });
        output::say(&output::table(&std::iter::once(head).chain(rows).collect::<Vec<_>>()))?;
    }
    for machine in &found.silent {
        let name = place(&machines, machine.as_ref());
        output::note(&format!("{name} does not answer, and may have some"));
    }
    Ok(())
}

pub(super) async fn delete(client: &Client, wanted: &DeleteCopy) -> anyhow::Result<()> {
    let found: SetAsideCopies = client.get(COPIES).await?;
    let machines: Vec<Machine> = client.get(MACHINES).await?;
    let fits = |it: &&SetAside| {
        let is_workspace = it.workspace.as_str() == wanted.workspace
            || it.name.as_ref() == Some(&wanted.workspace);
        let machine = it.machine.as_ref();
        let is_machine = machine.is_some_and(|it| it.as_str() == wanted.on);
        is_workspace && (is_machine || place(&machines, machine) == wanted.on)
    };
    let copy = match *found.copies.iter().filter(fits).collect::<Vec<_>>() {
        [one] => one,
        [] => bail!(
            "no copy of `{}` was set aside on `{}`; `stead machines copies` shows those there are",
            wanted.workspace,
            wanted.on
        ),
        _ => bail!("several copies fit; say the ids of workspace and machine"),
    };
    let on = place(&machines, copy.machine.as_ref());
    let called = copy.name.as_deref().unwrap_or(copy.workspace.as_str());
    let question = format!("Delete the copy of `{called}` on `{on}` for ever?");
    if !wanted.yes && !tty::confirmed(&question, called)? {
        bail!("nothing was deleted");
    }
    let machine = copy.machine.as_ref().map_or(OWN_MACHINE, MachineId::as_str);
    let path = format!("/api/v1/workspaces/{}/copies/{machine}", copy.workspace);
    client.send(Method::DELETE, &path, None::<&()>).await?;
    output::note(&format!("the copy on {on} is deleted; the workspace itself is as it was"));
    Ok(())
}
