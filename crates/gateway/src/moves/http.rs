//! Moves as people start, see and stop them.

use super::start;
use crate::app::Call;
use crate::database::{AuditRow, MachinePhase, add_move, append_audit, cancel_move, commit};
use crate::kernels::{Asker, provider_refusal};
use crate::reply::{self, Reply};
use http::StatusCode;
use protocol::header::Role;
use protocol::id::{MachineId, MoveId};
use protocol::moving::{Move, MovePhase, StartMove};
use protocol::state::SessionStatus;
use protocol::{ErrorCode, WireError, WorkspaceId};
use provider::ProviderError;
use std::time::Duration;
use stdx::clock::now_ms;
use tokio::time::timeout;

/// How long all machines may take to say what runs.
const STATUS_TIMEOUT: Duration = Duration::from_secs(5);

/// The last move of each workspace, the newest first.
#[utoipa::path(get, path = "/api/v1/moves", operation_id = "list_moves",
    responses((status = 200, body = Vec<Move>)))]
pub(crate) async fn list(call: Call) -> Reply {
    Ok(reply::json(&call.app.database.moves().await?))
}

/// The last move of the workspace; `null` when it was never moved.
#[utoipa::path(get, path = "/api/v1/workspaces/{id}/move", operation_id = "get_move",
    params(("id" = String, Path)),
    responses((status = 200, body = Option<Move>), (status = 404, body = protocol::ErrorBody)))]
pub(crate) async fn get(call: Call) -> Reply {
    Ok(reply::json(&call.app.database.move_of(call.workspace().0).await?))
}

/// Moves a workspace to another machine. It must be stopped, or be said to be stopped first; it
/// cannot be used until it has come there.
#[utoipa::path(post, path = "/api/v1/workspaces/{id}/move", operation_id = "start_move",
    params(("id" = String, Path)), request_body = StartMove, responses(
    (status = 202, body = Move), (status = 404, body = protocol::ErrorBody),
    (status = 409, body = protocol::ErrorBody)))]
pub(crate) async fn create(mut call: Call) -> Reply {
    let body: StartMove = call.json().await?;
    let workspace = named(&call)?;
    known(&call, &workspace).await?;
    takes(&call, body.machine.as_ref()).await?;
    if !body.stop && runs(&call, &workspace).await? {
        let message = "a session runs in this workspace; stop it first, or move it with `stop`";
        return Err(WireError::new(ErrorCode::SessionAlreadyRunning, message));
    }
    let from = call.app.database.placement(&workspace).await?;
    let from = from.ok_or_else(|| reply::not_found("workspace"))?.machine;
    if from == body.machine {
        return Err(WireError::new(
            ErrorCode::Conflict,
            "the workspace is on that machine already",
        ));
    }
    let now = now_ms();
    let row = Move {
        id: MoveId::from_random(stdx::random::bits()),
        workspace: workspace.clone(),
        from,
        to: body.machine,
        phase: MovePhase::Preparing,
        bytes_done: 0,
        bytes_total: 0,
        left_out: 0,
        error: None,
        cancelled: false,
        started_at_ms: now,
        changed_at_ms: now,
    };
    let mut write = call.write().await?;
    // Nobody deletes it from here on.
    known(&call, &workspace).await?;
    append_audit(&mut write, audit(&call, &workspace, row.to.as_ref())).await?;
    if !add_move(&mut write, &row).await? {
        let message = "the workspace is being moved already; wait for its end, or cancel it";
        return Err(WireError::new(ErrorCode::Conflict, message));
    }
    commit(write).await?;
    call.app.kernels.forget(&workspace);
    start(&call.app, row.id.clone());
    Ok(reply::json_with(StatusCode::ACCEPTED, &row))
}

/// Stops a move: the workspace is used where it was. Once it has started on the new machine there is
/// no way back but another move.
#[utoipa::path(delete, path = "/api/v1/workspaces/{id}/move", operation_id = "cancel_move",
    params(("id" = String, Path)), responses((status = 202, body = Move),
    (status = 404, body = protocol::ErrorBody), (status = 409, body = protocol::ErrorBody)))]
pub(crate) async fn cancel(call: Call) -> Reply {
    let workspace = named(&call)?;
    let found = call.app.database.move_of(&workspace).await?;
    let found = found.ok_or_else(|| reply::not_found("move"))?;
    let mut write = call.write().await?;
    append_audit(&mut write, audit(&call, &workspace, found.to.as_ref())).await?;
    if !cancel_move(&mut write, &workspace).await? {
        let message = "this move has come too far to be cancelled, or is over";
        return Err(WireError::new(ErrorCode::Conflict, message));
    }
    commit(write).await?;
    call.app.moves.changed.notify_waiters();
    let found = call.app.database.move_of(&workspace).await?;
    Ok(reply::json_with(StatusCode::ACCEPTED, &found))
}

fn audit(call: &Call, workspace: &WorkspaceId, to: Option<&MachineId>) -> AuditRow {
    let to = to.map_or("the gateway's own machine", MachineId::as_str);
    let row = call.audit_row(Some(to), "ok");
    AuditRow { workspace: Some(workspace.to_string()), ..row }
}

/// The workspace in the path of a row for administrators.
fn named(call: &Call) -> Result<WorkspaceId, WireError> {
    let id = call.parameters.get("id").and_then(WorkspaceId::parse);
    id.ok_or_else(|| reply::not_found("workspace"))
}

/// A workspace that is neither being made nor being deleted.
async fn known(call: &Call, id: &WorkspaceId) -> Result<(), WireError> {
    let found = call.app.database.any_workspace(id).await?;
    found.map(drop).ok_or_else(|| reply::not_found("workspace"))
}

/// Whether a machine takes workspaces.
async fn takes(call: &Call, machine: Option<&MachineId>) -> Result<(), WireError> {
    let Some(machine) = machine else { return Ok(()) };
    match call.app.database.machine(machine).await?.map(|it| it.phase) {
        Some(MachinePhase::Joined) => Ok(()),
        Some(MachinePhase::Draining) => {
            let message = "that machine is being drained; choose another one";
            Err(WireError::new(ErrorCode::Conflict, message))
        }
        Some(MachinePhase::Removed) | None => Err(reply::not_found("machine")),
    }
}

/// Whether a session runs. One of which that is not known is not ended unasked either.
async fn runs(call: &Call, workspace: &WorkspaceId) -> Result<bool, WireError> {
    let late = |_| Err(ProviderError::Unavailable("no answer in time".to_owned()));
    let status = timeout(STATUS_TIMEOUT, call.app.provider.status()).await.unwrap_or_else(late);
    let status = status.map_err(|error| provider_refusal(&error))?;
    let found = status.into_iter().find(|(id, _)| id == workspace);
    let Some((_, found)) = found else { return Ok(false) };
    if !found.awake {
        return Ok(found.is_doubtful());
    }
    // What its machine knows may be a second old.
    let caller = call.caller();
    let asker = Asker {
        principal: &caller.principal,
        name: &caller.name,
        operator: &caller.operator,
        role: Role::Viewer,
        request_id: &call.request_id,
        trace: call.trace.as_ref(),
        preview_origin: None,
        cancel: call.cancel.clone(),
    };
    let state = timeout(STATUS_TIMEOUT, call.app.kernels.state(workspace, &asker)).await;
    let Ok(Ok(state)) = state else { return Ok(true) };
    Ok(match state.status {
        SessionStatus::Starting | SessionStatus::Running | SessionStatus::Stopping => true,
        SessionStatus::Idle | SessionStatus::Stopped | SessionStatus::Crashed => false,
    })
}
