//! Machines as administrators see and change them.

use super::Presence;
use crate::app::{App, Call, checked_name};
use crate::database::{
    AuditRow, DatabaseError, MachinePhase, MachineRow, NewMachineToken, add_machine_token,
    append_audit, commit, remove_workspace, rename_machine, set_machine_phase, workspaces_on,
};
use crate::drains;
use crate::identity::Secret;
use crate::reply::{self, Reply};
use axum::extract::Query;
use http::StatusCode;
use protocol::audit::verb;
use protocol::id::MachineId;
use protocol::machine::{
    INVITATION_LIFETIME_S, InviteMachine, Machine, MachineInvitation, MachineState, TOKEN_PREFIX,
    UpdateMachine,
};
use protocol::{ErrorCode, WireError};
use serde::Deserialize;
use std::collections::HashMap;
use stdx::clock::now_ms;
use utoipa::IntoParams;

/// How long ago another gateway may have heard of a machine that is there.
const SEEN_MS_MAX: u64 = 15_000;

/// What is said when a machine is removed.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct RemoveQuery {
    /// The machine is lost, and its workspaces are given up: they are deleted here.
    give_up_workspaces: bool,
}

/// Every machine that joined, the oldest first.
#[utoipa::path(get, path = "/api/v1/machines", operation_id = "list_machines",
    responses((status = 200, body = Vec<Machine>)))]
pub(crate) async fn list(call: Call) -> Reply {
    Ok(reply::json(&shown(&call.app).await?))
}

/// The same, for those who are told of them.
pub(super) async fn shown(app: &App) -> Result<Vec<Machine>, DatabaseError> {
    let rows = app.database.machines().await?;
    let mut counts: HashMap<MachineId, u64> = HashMap::new();
    for (_, machine) in app.database.placed_on_machines().await? {
        *counts.entry(machine).or_default() += 1;
    }
    let there = rows.into_iter().filter(|it| it.phase != MachinePhase::Removed);
    let shown = there.map(|row| {
        let count = counts.get(&row.id).copied().unwrap_or(0);
        describe(app, row, count)
    });
    Ok(shown.collect())
}

/// Makes a token by which one machine joins, within an hour. Nobody is shown it again.
#[utoipa::path(post, path = "/api/v1/machines/invitations", operation_id = "invite_machine",
    request_body = InviteMachine, responses((status = 201, body = MachineInvitation),
    (status = 400, body = protocol::ErrorBody), (status = 404, body = protocol::ErrorBody)))]
pub(crate) async fn invite(mut call: Call) -> Reply {
    let body: InviteMachine = call.json().await?;
    let name = body.name.as_deref().map(checked_name).transpose()?;
    if let Some(machine) = &body.machine {
        known(&call, machine).await?;
    }
    let (secret, now) = (Secret::draw(TOKEN_PREFIX), now_ms());
    let expires_at_ms = now + INVITATION_LIFETIME_S * 1000;
    let row = NewMachineToken {
        hash: &secret.hash,
        name,
        machine: body.machine.as_ref(),
        created_by: &call.caller().principal,
        now_ms: now,
        expires_at_ms,
    };
    let object = body.machine.as_ref().map(MachineId::as_str).or(name);
    let mut write = call.write().await?;
    append_audit(&mut write, call.audit_row(object, "ok")).await?;
    add_machine_token(&mut write, row).await?;
    commit(write).await?;
    let home = call.app.names.home(&call.origin);
    let token = format!("{}.{}", secret.plain, call.app.machines.authority.fingerprint());
    let invitation = MachineInvitation {
        // Tokens have letters, digits, dashes and dots only, which no shell looks into.
        command: format!(
            "(umask 077; echo {token} > machine-token) && \
             stead host --join {home} --token-file machine-token"
        ),
        token,
        expires_at_ms,
    };
    Ok(reply::json_with(StatusCode::CREATED, &invitation))
}

/// Gives a machine another name, drains it, or lets it take new workspaces again.
#[utoipa::path(patch, path = "/api/v1/machines/{machine}", operation_id = "update_machine",
    params(("machine" = String, Path)), request_body = UpdateMachine, responses(
    (status = 200, body = Machine), (status = 404, body = protocol::ErrorBody)))]
pub(crate) async fn update(mut call: Call) -> Reply {
    let body: UpdateMachine = call.json().await?;
    let id = named(&call)?;
    let row = known(&call, &id).await?;
    let mut write = call.write().await?;
    if let Some(name) = &body.name {
        let name = checked_name(name)?;
        append_audit(&mut write, call.audit_row(Some(id.as_str()), "ok").with("name", name))
            .await?;
        rename_machine(&mut write, &id, name).await?;
    }
    let phase =
        body.draining.map(|it| if it { MachinePhase::Draining } else { MachinePhase::Joined });
    if let Some(phase) = phase.filter(|it| *it != row.phase) {
        let verb = match phase {
            MachinePhase::Draining => const { verb("machine.drain") },
            MachinePhase::Joined | MachinePhase::Removed => const { verb("machine.resume") },
        };
        append_audit(&mut write, call.audit_as(verb, Some(id.as_str()), "ok")).await?;
        set_machine_phase(&mut write, &id, phase).await?;
        if phase == MachinePhase::Joined {
            drains::http::stop(&call.app, &mut write, &id).await?;
        }
    }
    let count = workspaces_on(&mut write, &id).await?.len() as u64;
    commit(write).await?;
    call.app.machines.look_at(&id).await?;
    drains::http::made_felt(&call.app);
    let row = known(&call, &id).await?;
    Ok(reply::json(&describe(&call.app, row, count)))
}

/// Removes a machine: whatever it has open ends, and its certificate is refused from now on. It
/// must have no workspaces, or be lost and its workspaces be given up.
#[utoipa::path(delete, path = "/api/v1/machines/{machine}", operation_id = "remove_machine",
    params(("machine" = String, Path), RemoveQuery), responses((status = 204),
    (status = 404, body = protocol::ErrorBody), (status = 409, body = protocol::ErrorBody)))]
pub(crate) async fn remove(call: Call) -> Reply {
    let id = named(&call)?;
    let row = known(&call, &id).await?;
    let query = Query::<RemoveQuery>::try_from_uri(&call.head.uri);
    let Query(query) = query.map_err(|error| {
        WireError::new(ErrorCode::InvalidRequest, format!("the query is not as expected: {error}"))
    })?;
    let state = describe(&call.app, row, 0).state;
    let mut write = call.write().await?;
    let workspaces = workspaces_on(&mut write, &id).await?;
    let are_given_up = query.give_up_workspaces && state == MachineState::Lost;
    if !workspaces.is_empty() && !are_given_up {
        let message = if state == MachineState::Lost {
            "workspaces are on this machine; say that they are given up, or bring it back"
        } else {
            "workspaces are on this machine; drain it, and move or delete them first"
        };
        return Err(WireError::new(ErrorCode::Conflict, message));
    }
    for workspace in &workspaces {
        let deleted = call.audit_as(const { verb("workspace.delete") }, None, "ok");
        let deleted = AuditRow { workspace: Some(workspace.to_string()), ..deleted };
        append_audit(&mut write, deleted.with("machine", id.as_str())).await?;
        remove_workspace(&mut write, workspace).await?;
    }
    let mut audit = call.audit_row(Some(id.as_str()), "ok");
    if !workspaces.is_empty() {
        audit = audit.with("workspaces", workspaces.len());
    }
    append_audit(&mut write, audit).await?;
    set_machine_phase(&mut write, &id, MachinePhase::Removed).await?;
    commit(write).await?;
    call.app.machines.look_at(&id).await?;
    for workspace in &workspaces {
        call.app.forget_placement(workspace);
        call.app.forget_workspace(workspace);
    }
    Ok(reply::nothing())
}

/// The machine in the path.
pub(crate) fn named(call: &Call) -> Result<MachineId, WireError> {
    let id = call.parameters.get("machine").and_then(MachineId::parse);
    id.ok_or_else(|| reply::not_found("machine"))
}

/// A machine that was not removed.
pub(crate) async fn known(call: &Call, id: &MachineId) -> Result<MachineRow, WireError> {
    let row = call.app.database.machine(id).await?;
    row.filter(|it| it.phase != MachinePhase::Removed).ok_or_else(|| reply::not_found("machine"))
}

fn describe(app: &App, row: MachineRow, workspaces: u64) -> Machine {
    let presence: Option<Presence> = app.machines.presence(&row.id);
    let heard_at_ms = app.machines.seen_at_ms(&row.id);
    let is_seen_elsewhere = now_ms() < row.seen_at_ms.saturating_add(SEEN_MS_MAX);
    let state = if presence.is_none() && !is_seen_elsewhere {
        MachineState::Lost
    } else if row.phase == MachinePhase::Joined {
        MachineState::Ready
    } else {
        MachineState::Draining
    };
    let pulse = presence.as_ref().map(|it| &it.pulse);
    Machine {
        id: row.id,
        name: row.name,
        state,
        draining: row.phase == MachinePhase::Draining,
        version: pulse.map_or(row.version, |it| it.version.clone()),
        joined_at_ms: row.joined_at_ms,
        seen_at_ms: heard_at_ms.max(row.seen_at_ms),
        resources: pulse.and_then(|it| it.resources),
        workspaces,
        awake: pulse.map_or(0, |it| it.awake),
        certificate_expires_at_ms: row.certificate_expires_at_ms,
    }
}
