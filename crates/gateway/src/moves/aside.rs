//! Copies that were set aside when workspaces were placed anew: which there are, and their end.
//!
//! Which workspaces were placed anew is in the audit log; what lies where is asked of the machines.
//! A machine deletes only what was sealed there, whoever asks, so that no copy that may start, or
//! that somebody takes for the workspace at the same moment, is lost.

use super::anew::{ask, places};
use super::http::named;
use super::place as shown;
use crate::app::{App, Call};
use crate::database::{AuditRow, begin_audit, commit, end_audit};
use crate::reply::{self, Reply};
use futures_util::stream::{self, StreamExt};
use protocol::audit::Outcome;
use protocol::id::{MachineId, MoveId};
use protocol::moving::{OWN_MACHINE, SetAside, SetAsideCopies};
use protocol::transfer::Step;
use protocol::{ErrorCode, WireError, WorkspaceId};
use std::collections::BTreeSet;
use stdx::clock::now_ms;

/// Workspaces that machines are asked about at once.
const AT_ONCE: usize = 8;

/// Copies that lie on machines for nothing, asked of every machine.
#[utoipa::path(get, path = "/api/v1/copies", operation_id = "list_set_aside_copies",
    responses((status = 200, body = SetAsideCopies)))]
pub(crate) async fn list(call: Call) -> Reply {
    let app = &*call.app;
    let workspaces = app.database.placed_anew().await?;
    let found: Vec<_> =
        stream::iter(workspaces).map(|it| of(app, it)).buffered(AT_ONCE).collect().await;
    let mut all = SetAsideCopies::default();
    let mut silent = BTreeSet::new();
    for found in found {
        let (copies, unasked) = found?;
        all.copies.extend(copies);
        silent.extend(unasked);
    }
    all.silent.extend(silent);
    Ok(reply::json(&all))
}

/// Those of one workspace, and the machines that did not answer.
async fn of(
    app: &App,
    workspace: WorkspaceId,
) -> Result<(Vec<SetAside>, Vec<Option<MachineId>>), WireError> {
    let placed = app.database.placement(&workspace).await?;
    let name = app.database.any_workspace(&workspace).await?.map(|it| it.name);
    let (mut copies, mut silent) = (Vec::new(), Vec::new());
    for place in places(app, &workspace).await? {
        let is_here = placed.as_ref().is_some_and(|it| it.machine == place.machine);
        match place.copy {
            Some(copy) if copy.sealed && !is_here => copies.push(SetAside {
                workspace: workspace.clone(),
                name: name.clone(),
                machine: place.machine,
                changed_at_ms: copy.changed_at_ms,
            }),
            None if !place.answers => silent.push(place.machine),
            Some(_) | None => {}
        }
    }
    Ok((copies, silent))
}

/// Deletes such a copy, for ever. The workspace itself, and copies elsewhere, stay.
#[utoipa::path(delete, path = "/api/v1/workspaces/{id}/copies/{place}",
    operation_id = "delete_set_aside_copy",
    params(("id" = String, Path), ("place" = String, Path, description = "A machine's id, or \
     `gateway` for the gateway's own.")),
    responses((status = 204), (status = 404, body = protocol::ErrorBody),
    (status = 409, body = protocol::ErrorBody, description = "The copy was not set aside, or the \
     workspace is looked for there.")))]
pub(crate) async fn delete(call: Call) -> Reply {
    let workspace = named(&call)?;
    let machine = match call.parameters.get("place") {
        Some(OWN_MACHINE) => None,
        text => {
            let id = text.and_then(MachineId::parse);
            Some(id.ok_or_else(|| reply::not_found("machine"))?)
        }
    };
    let placed = call.app.database.placement(&workspace).await?;
    if placed.is_some_and(|it| it.machine == machine) {
        let message = "the workspace is looked for on that machine; place it anew elsewhere first";
        return Err(WireError::new(ErrorCode::Conflict, message));
    }
    let row = call.audit_row(Some(&shown(machine.as_ref())), Outcome::Begun.as_str());
    let row = AuditRow { workspace: Some(workspace.to_string()), ..row };
    let mut write = call.write().await?;
    let row = begin_audit(&mut write, row).await?;
    commit(write).await?;
    let by = MoveId::from_random(stdx::random::bits());
    let asked = ask(&call.app, machine.as_ref(), &workspace, (&by, Step::DiscardSealed)).await;
    let outcome = if asked.is_ok() { Outcome::Ok } else { Outcome::Failed };
    let mut write = call.write().await?;
    end_audit(&mut write, row.ended(outcome, now_ms())).await?;
    commit(write).await?;
    asked?;
    Ok(reply::nothing())
}
