//! A workspace that is placed anew, where a copy of it lies: after a backup was restored that is
//! older than its last move, so that its machine refuses what the database asks for.
//!
//! Every other copy that can be reached is sealed first, so that it never starts; that no copy runs
//! where nobody can look is the administrator's word.

use super::http::{known, named};
use super::place as shown;
use crate::app::{App, Call};
use crate::database::{
    AuditRow, MachinePhase, Placement, append_audit, commit, place_workspace_at,
};
use crate::kernels::provider_refusal;
use crate::reply::{self, Reply};
use axum::body::Bytes;
use futures_util::future::join_all;
use protocol::id::{MachineId, MoveId};
use protocol::moving::{Copies, CopyPlace, PlaceAnew};
use protocol::transfer::{Answer, Step};
use protocol::{ErrorCode, WireError, WorkspaceId};
use provider::{Provider, ProviderError};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long a machine may take to say what it has.
const LOOK_TIMEOUT: Duration = Duration::from_secs(10);

/// Where there are copies of the workspace, asked of every machine.
#[utoipa::path(get, path = "/api/v1/workspaces/{id}/copies", operation_id = "list_copies",
    params(("id" = String, Path)),
    responses((status = 200, body = Copies), (status = 404, body = protocol::ErrorBody)))]
pub(crate) async fn list(call: Call) -> Reply {
    let workspace = named(&call)?;
    known(&call, &workspace).await?;
    Ok(reply::json(&copies(&call.app, &workspace).await?))
}

/// Takes the copy on one machine for the workspace. The others that can be reached never start
/// again; nothing is deleted. Interrupted, it is said again.
#[utoipa::path(post, path = "/api/v1/workspaces/{id}/copies", operation_id = "place_anew",
    params(("id" = String, Path)), request_body = PlaceAnew, responses(
    (status = 200, body = Copies), (status = 404, body = protocol::ErrorBody),
    (status = 409, body = protocol::ErrorBody, description = "Nothing is wrong with where it is, \
     no copy is there, it is being moved, or what is said about other copies is missing.")))]
pub(crate) async fn place(mut call: Call) -> Reply {
    let body: PlaceAnew = call.json().await?;
    let workspace = named(&call)?;
    known(&call, &workspace).await?;
    let app = Arc::clone(&call.app);
    if app.database.move_of(&workspace).await?.is_some_and(|it| !it.phase.is_over()) {
        return Err(conflict("the workspace is being moved; wait for its end, or cancel it"));
    }
    let from = app.database.placement(&workspace).await?;
    let from = from.ok_or_else(|| reply::not_found("workspace"))?;
    let found = copies(&app, &workspace).await?;
    check(&found, &body)?;
    // What was looked up is as it was until here; whoever moves it meanwhile is refused by notes.
    let by = MoveId::from_random(stdx::random::bits());
    let others = found.places.iter().filter(|it| it.machine != body.machine && it.copy.is_some());
    let mut sealed = 0;
    for other in others {
        ask(&app, other.machine.as_ref(), &workspace, (&by, Step::Take { seal: true })).await?;
        sealed += 1;
    }
    let target = body.machine.as_ref();
    ask(&app, target, &workspace, (&by, Step::Take { seal: false })).await?;
    let epoch = found.places.iter().map(|it| it.epoch).chain([from.epoch]).max().unwrap_or(0) + 1;
    let mut write = call.write().await?;
    let row = call.audit_row(Some(&shown(target)), "ok").with("sealed", sealed);
    let row = AuditRow { workspace: Some(workspace.to_string()), ..row };
    append_audit(&mut write, row.with("epoch", epoch)).await?;
    let placed = place_workspace_at(&mut write, &workspace, &from, (target, epoch)).await?;
    if placed.is_none() {
        return Err(conflict("the workspace was placed elsewhere meanwhile; look again"));
    }
    commit(write).await?;
    app.forget_placement(&workspace);
    ask(&app, target, &workspace, (&by, Step::Open { trial: false })).await?;
    Ok(reply::json(&copies(&app, &workspace).await?))
}

/// Whether a workspace may be placed there.
fn check(found: &Copies, wanted: &PlaceAnew) -> Result<(), WireError> {
    let target = found.places.iter().find(|it| it.machine == wanted.machine);
    let target = target.ok_or_else(|| reply::not_found("machine"))?;
    if !target.answers {
        return Err(conflict("that machine does not answer; bring it back first"));
    }
    let Some(copy) = target.copy else {
        return Err(conflict("no copy of the workspace is on that machine"));
    };
    if found.machine == wanted.machine && !found.fenced && !copy.held {
        return Err(conflict("the workspace is there already, and nothing keeps it from starting"));
    }
    if !wanted.other_copies_are_gone {
        let silent = found.places.iter().filter(|it| !it.answers).count();
        let message = format!(
            "a copy may run where nobody can look: {silent} machines do not answer, and others may \
             have joined after the backup; say that other copies are gone, if that is so"
        );
        return Err(conflict(&message));
    }
    Ok(())
}

fn conflict(message: &str) -> WireError {
    WireError::new(ErrorCode::Conflict, message)
}

/// Asks every machine at once.
async fn copies(app: &App, workspace: &WorkspaceId) -> Result<Copies, WireError> {
    let places = places(app, workspace).await?;
    let Placement { machine, epoch } =
        app.database.placement(workspace).await?.ok_or_else(|| reply::not_found("workspace"))?;
    let fenced = places.iter().any(|it| it.machine == machine && epoch < it.epoch);
    Ok(Copies { machine, epoch, fenced, places })
}

/// What each machine has of a workspace.
pub(super) async fn places(
    app: &App,
    workspace: &WorkspaceId,
) -> Result<Vec<CopyPlace>, WireError> {
    let machines = app.database.machines().await?.into_iter();
    let machines = machines.filter(|it| it.phase != MachinePhase::Removed).map(|it| it.id);
    let looking = std::iter::once(None).chain(machines.map(Some)).map(|machine| async move {
        let by = MoveId::from_random(stdx::random::bits());
        let asking = ask(app, machine.as_ref(), workspace, (&by, Step::Look));
        match timeout(LOOK_TIMEOUT, asking).await {
            Ok(Ok(Answer::Found { copy, epoch })) => {
                CopyPlace { machine, answers: true, copy, epoch }
            }
            Ok(Ok(_) | Err(_)) | Err(_) => {
                CopyPlace { machine, answers: false, copy: None, epoch: 0 }
            }
        }
    });
    Ok(join_all(looking).await)
}

pub(super) async fn ask(
    app: &App,
    machine: Option<&MachineId>,
    workspace: &WorkspaceId,
    (by, step): (&MoveId, Step),
) -> Result<Answer, WireError> {
    let provider: Arc<dyn Provider> = match machine {
        None => Arc::clone(&app.moves.own),
        Some(machine) => {
            let station = app.machines.station(machine).filter(|it| it.is_there());
            let away = || ProviderError::Away(app.machines.name(machine));
            Arc::new(station.ok_or_else(|| provider_refusal(&away()))?.provider.clone())
        }
    };
    let asked = provider.transfer(workspace, by, step, Bytes::new()).await;
    Ok(asked.map_err(|error| provider_refusal(&error))?.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::transfer::Copy;

    fn found(fenced: bool, held: bool, answers: bool) -> (Copies, MachineId) {
        let attic = MachineId::from_random(1);
        let copy = Some(Copy { held, sealed: false, awake: false, changed_at_ms: 1 });
        let at = |machine| CopyPlace { machine, answers: true, copy, epoch: 3 };
        let other = CopyPlace { answers, copy: None, ..at(Some(MachineId::from_random(2))) };
        let places = vec![at(None), at(Some(attic.clone())), other];
        (Copies { machine: Some(attic.clone()), epoch: 1, fenced, places }, attic)
    }

    fn message(found: &Copies, machine: Option<&MachineId>, gone: bool) -> String {
        let wanted = PlaceAnew { machine: machine.cloned(), other_copies_are_gone: gone };
        check(found, &wanted).map_or_else(|it| it.message, |()| "placed".to_owned())
    }

    #[test]
    fn nothing_is_placed_anew_without_a_word_about_copies_that_nobody_can_see() {
        for answers in [true, false] {
            let (fenced, attic) = found(true, false, answers);
            assert!(message(&fenced, Some(&attic), false).contains("other copies are gone"));
            assert_eq!(message(&fenced, Some(&attic), true), "placed");
            assert_eq!(message(&fenced, None, true), "placed");
        }
        let (fenced, _) = found(true, false, false);
        let other = MachineId::from_random(2);
        assert!(message(&fenced, Some(&other), true).contains("does not answer"));
        assert!(message(&fenced, Some(&MachineId::from_random(9)), true).contains("machine"));
        let (fenced, _) = found(true, false, true);
        assert!(message(&fenced, Some(&other), true).contains("no copy"));
        let (fine, attic) = found(false, false, true);
        assert!(message(&fine, Some(&attic), true).contains("there already"));
        let (held, attic) = found(false, true, true);
        assert_eq!(message(&held, Some(&attic), true), "placed", "it was interrupted before");
    }
}
