//! Drains as administrators start, see and stop them.

use super::{NO_ROOM, room, start};
use crate::app::{App, Call};
use crate::database::{
    DatabaseError, DrainRow, MachinePhase, Write, add_drain, append_audit, cancel_moves, commit,
    end_drain, set_machine_phase,
};
use crate::machines::http::{known, named};
use crate::reply::{self, Reply};
use http::StatusCode;
use protocol::audit::verb;
use protocol::drain::{Drain, DrainState, DrainedState, DrainedWorkspace, StartDrain};
use protocol::id::MachineId;
use protocol::moving::{Move, MovePhase};
use protocol::{ErrorCode, WireError, WorkspaceId};
use stdx::clock::now_ms;

/// The last time that the machine was emptied; `null` when it never was.
#[utoipa::path(get, path = "/api/v1/machines/{machine}/drain", operation_id = "get_drain",
    params(("machine" = String, Path)), responses(
    (status = 200, body = Option<Drain>), (status = 404, body = protocol::ErrorBody)))]
pub(crate) async fn get(call: Call) -> Reply {
    let id = named(&call)?;
    known(&call, &id).await?;
    let row = call.app.database.drain_of(&id).await?;
    let shown = match row {
        Some(row) => Some(describe(&call.app, row).await?),
        None => None,
    };
    Ok(reply::json(&shown))
}

/// Drains a machine and moves its workspaces away, one after the other. Those with a session wait
/// until that was stopped, unless it is said to stop them. Said again, what failed is tried again.
#[utoipa::path(post, path = "/api/v1/machines/{machine}/drain", operation_id = "start_drain",
    params(("machine" = String, Path)), request_body = StartDrain, responses(
    (status = 202, body = Drain), (status = 404, body = protocol::ErrorBody),
    (status = 503, body = protocol::ErrorBody, description = "No other machine has room.")))]
pub(crate) async fn create(mut call: Call) -> Reply {
    let StartDrain { stop } = call.json().await?;
    let id = named(&call)?;
    let machine = known(&call, &id).await?;
    let is_empty = call.app.database.workspaces_at(&id).await?.is_empty();
    if !is_empty && room(&call.app, &id).await.is_none() {
        return Err(WireError::new(ErrorCode::Capacity, NO_ROOM));
    }
    let now = now_ms();
    let row = DrainRow {
        machine: id.clone(),
        state: DrainState::Emptying,
        stop,
        error: None,
        running: Vec::new(),
        started_by: call.caller().principal.clone(),
        started_at_ms: now,
        changed_at_ms: now,
    };
    let mut write = call.write().await?;
    append_audit(&mut write, call.audit_row(Some(id.as_str()), "ok").with("stop", stop)).await?;
    if machine.phase != MachinePhase::Draining {
        let drained = call.audit_as(const { verb("machine.drain") }, Some(id.as_str()), "ok");
        append_audit(&mut write, drained).await?;
        set_machine_phase(&mut write, &id, MachinePhase::Draining).await?;
    }
    add_drain(&mut write, &row).await?;
    commit(write).await?;
    call.app.machines.look_at(&id).await?;
    start(&call.app, &id);
    Ok(reply::json_with(StatusCode::ACCEPTED, &describe(&call.app, row).await?))
}

/// Stops to empty a machine: what moves away from it goes back, what has come away stays away, and
/// the machine still takes nothing new.
#[utoipa::path(delete, path = "/api/v1/machines/{machine}/drain", operation_id = "cancel_drain",
    params(("machine" = String, Path)), responses((status = 202, body = Drain),
    (status = 404, body = protocol::ErrorBody), (status = 409, body = protocol::ErrorBody)))]
pub(crate) async fn cancel(call: Call) -> Reply {
    let id = named(&call)?;
    let mut write = call.write().await?;
    append_audit(&mut write, call.audit_row(Some(id.as_str()), "ok")).await?;
    if !stop(&call.app, &mut write, &id).await? {
        let message = "this machine is not being emptied";
        return Err(WireError::new(ErrorCode::Conflict, message));
    }
    commit(write).await?;
    made_felt(&call.app);
    let row = call.app.database.drain_of(&id).await?.ok_or_else(|| reply::not_found("machine"))?;
    Ok(reply::json_with(StatusCode::ACCEPTED, &describe(&call.app, row).await?))
}

/// Stops a drain in a write that may do more; `false`: none goes on.
pub(crate) async fn stop(
    app: &App,
    write: &mut Write,
    id: &MachineId,
) -> Result<bool, DatabaseError> {
    let Some(row) = app.database.drain_of(id).await? else { return Ok(false) };
    let stopped = end_drain(write, (id, row.started_at_ms), DrainState::Cancelled).await?;
    if stopped {
        cancel_moves(write, id, row.started_at_ms).await?;
    }
    Ok(stopped)
}

/// Lets those see it who wait.
pub(crate) fn made_felt(app: &App) {
    app.moves.wake();
    app.drains.changed.notify_waiters();
    app.machines.changed();
}

/// A drain with what it is about.
pub(crate) async fn describe(app: &App, row: DrainRow) -> Result<Drain, DatabaseError> {
    let here = app.database.workspaces_at(&row.machine).await?;
    let moves = app.database.moves_about(&row.machine).await?;
    let is_ours = |it: &&Move| {
        it.from.as_ref() == Some(&row.machine) && row.started_at_ms <= it.started_at_ms
    };
    let gone = moves.iter().filter(is_ours).filter(|it| !here.contains(&it.workspace));
    let gone = gone.map(|it| it.workspace.clone());
    let all: Vec<WorkspaceId> = here.iter().cloned().chain(gone).collect();
    let workspaces = all.into_iter().map(|workspace| {
        let progress = moves.iter().filter(is_ours).find(|it| it.workspace == workspace).cloned();
        let state = match progress.as_ref().map(|it| it.phase) {
            Some(MovePhase::Done) => DrainedState::Moved,
            Some(MovePhase::Failed | MovePhase::Cancelled) => DrainedState::Failed,
            Some(_) => DrainedState::Moving,
            None if row.running.contains(&workspace) => DrainedState::Running,
            None => DrainedState::Waiting,
        };
        DrainedWorkspace { workspace, state, progress }
    });
    Ok(Drain {
        workspaces: workspaces.collect(),
        machine: row.machine,
        state: row.state,
        stop: row.stop,
        error: row.error,
        started_at_ms: row.started_at_ms,
        changed_at_ms: row.changed_at_ms,
    })
}
