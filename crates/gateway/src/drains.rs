//! Drains that empty: a machine's workspaces move to other machines, one after the other, as a task
//! of the one gateway that carries it out. The row is written before anything follows from it, and
//! how far it is stands in the moves themselves, so a drain goes on after whatever was killed.

pub(crate) mod http;

use crate::app::App;
use crate::audit;
use crate::database::{
    AuditRow, DatabaseError, DrainRow, add_move, append_audit, claim_drains, commit, end_drain,
};
use crate::kernels::Asker;
use crate::moves;
use protocol::WorkspaceId;
use protocol::audit::verb;
use protocol::drain::DrainState;
use protocol::header::Role;
use protocol::id::MachineId;
use protocol::moving::Move;
use provider::KernelStatus;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use stdx::clock::now_ms;
use tokio::sync::Notify;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// Between two looks at what a drain waits for: a session that ends, and room elsewhere, announce
/// themselves to no gateway.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);
/// What the audit log and kernels are told who acts for the administrator.
const OPERATOR: &str = "drain";

/// The drains that this gateway carries out.
#[derive(Default)]
pub(crate) struct Drains {
    /// Those that have a task.
    tasks: Mutex<HashSet<MachineId>>,
    /// A move has ended, or somebody changed what a drain is to do.
    pub(crate) changed: Notify,
}

/// How far one workspace of the machine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Idle,
    /// A session runs.
    Running,
    Moving,
    /// Its move came back since the drain began.
    Failed,
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Next {
    Over(DrainState),
    Move(WorkspaceId),
    Wait,
}

/// Decides what follows from how far each workspace is. One moves at a time, so that each goes where
/// there is room after those before it.
fn decide(workspaces: &[(WorkspaceId, Standing)], stop: bool) -> Next {
    let first = |wanted: Standing| workspaces.iter().find(|(_, it)| *it == wanted);
    if workspaces.is_empty() {
        return Next::Over(DrainState::Done);
    }
    if first(Standing::Moving).is_some() {
        return Next::Wait;
    }
    match (first(Standing::Idle), first(Standing::Running)) {
        (Some((id, _)), _) => Next::Move(id.clone()),
        (None, Some((id, _))) if stop => Next::Move(id.clone()),
        (None, Some(_)) => Next::Wait,
        (None, None) => Next::Over(DrainState::Failed),
    }
}

/// Goes on with the drains of gateways that are gone.
pub(crate) async fn take_over(app: &Arc<App>) {
    let claimed = async {
        let mut write = app.database.write().await?;
        let claimed = claim_drains(&mut write).await?;
        commit(write).await?;
        Ok::<_, DatabaseError>(claimed)
    };
    match claimed.await {
        Ok(ids) => {
            for id in ids {
                tracing::info!(machine = %id, "a drain that was interrupted goes on");
                start(app, &id);
            }
        }
        Err(error) => tracing::warn!(%error, "interrupted drains could not be looked for"),
    }
}

/// Carries a drain out, beside whatever else is done.
fn start(app: &Arc<App>, machine: &MachineId) {
    if !tasks(app).insert(machine.clone()) {
        app.drains.changed.notify_waiters();
        return;
    }
    let (inner, machine) = (Arc::clone(app), machine.clone());
    app.scope.spawn("drain", async move {
        tokio::select! {
            () = inner.scope.stopping() => {}
            () = carry(&inner, &machine) => {}
        }
    });
}

fn tasks(app: &App) -> std::sync::MutexGuard<'_, HashSet<MachineId>> {
    app.drains.tasks.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Moves one workspace after the other until nothing is left, or another gateway does it.
async fn carry(app: &Arc<App>, machine: &MachineId) {
    loop {
        match app.database.own_drain(machine).await {
            Ok(Some(row)) => match go_on(app, &row).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(%machine, %error, "a drain waits for the database"),
            },
            Ok(None) => {
                tasks(app).remove(machine);
                // Whoever began it anew a moment ago found the task of the old one.
                let is_wanted = matches!(app.database.own_drain(machine).await, Ok(Some(_)));
                if !is_wanted || !tasks(app).insert(machine.clone()) {
                    return;
                }
            }
            Err(error) => tracing::warn!(%machine, %error, "a drain waits for the database"),
        }
        tokio::select! {
            () = sleep(LOOK_INTERVAL) => {}
            () = app.drains.changed.notified() => {}
        }
    }
}

/// Does the next thing; `false` when there is something to wait for.
async fn go_on(app: &Arc<App>, row: &DrainRow) -> Result<bool, DatabaseError> {
    let here = app.database.workspaces_at(&row.machine).await?;
    let moves = app.database.moves_about(&row.machine).await?;
    let is_there = app.machines.station(&row.machine).is_some_and(|it| it.is_there());
    if !here.is_empty() && !is_there {
        note(app, row, Some("the machine does not answer"), &[]).await?;
        return Ok(false);
    }
    let runs = running(app, row, &here).await;
    let standings: Vec<_> = here
        .into_iter()
        .map(|id| {
            let last = moves.iter().find(|it| it.workspace == id);
            let standing = standing(last, row, runs.contains(&id));
            (id, standing)
        })
        .collect();
    match decide(&standings, row.stop) {
        Next::Over(state) => {
            end(app, row, state).await?;
            Ok(true)
        }
        Next::Wait => {
            let is_waiting = |(_, it): &&(WorkspaceId, Standing)| *it == Standing::Running;
            let waiting: Vec<_> =
                standings.iter().filter(is_waiting).map(|it| it.0.clone()).collect();
            note(app, row, None, &waiting).await?;
            Ok(false)
        }
        Next::Move(workspace) => {
            if let Some(target) = room(app, &row.machine).await {
                return begin(app, row, &workspace, target).await;
            }
            note(app, row, Some(NO_ROOM), &[]).await?;
            Ok(false)
        }
    }
}

fn standing(last: Option<&Move>, row: &DrainRow, runs: bool) -> Standing {
    let is_of_drain =
        |it: &Move| it.from.as_ref() == Some(&row.machine) && row.started_at_ms <= it.started_at_ms;
    match last {
        Some(it) if !it.phase.is_over() => Standing::Moving,
        Some(it) if is_of_drain(it) => Standing::Failed,
        Some(_) | None if runs => Standing::Running,
        Some(_) | None => Standing::Idle,
    }
}

/// Why nothing can be moved away.
const NO_ROOM: &str = "no other machine has room: each is lost, drains, or has less than 256 MiB of \
                       memory or 1 GiB of disk free; let another one join, or make room";

/// The machine with most room besides this one; `Some(None)` is the gateway's own.
async fn room(app: &App, except: &MachineId) -> Option<Option<MachineId>> {
    let own = app.config.takes_new_workspaces.then_some(&app.moves.own);
    let choices = app.machines.choices(own).await;
    let mut fitting = choices.into_iter().filter(|it| !it.is_full);
    fitting.find(|it| it.machine.as_ref() != Some(except)).map(|it| it.machine)
}

/// The workspaces in which a session runs, or may run.
async fn running(app: &App, row: &DrainRow, here: &[WorkspaceId]) -> HashSet<WorkspaceId> {
    let status: HashMap<WorkspaceId, KernelStatus> = match app.provider.status().await {
        Ok(status) => status.into_iter().collect(),
        Err(error) => {
            tracing::debug!(%error, "it is not known which sessions run");
            return here.iter().cloned().collect();
        }
    };
    let asker = Asker {
        principal: &row.started_by,
        name: "",
        operator: OPERATOR,
        role: Role::Viewer,
        request_id: "",
        trace: None,
        preview_origin: None,
        cancel: CancellationToken::new(),
    };
    let mut found = HashSet::new();
    for id in here {
        if moves::runs(app, (id, status.get(id)), &asker).await {
            found.insert(id.clone());
        }
    }
    found
}

async fn note(
    app: &App,
    row: &DrainRow,
    error: Option<&str>,
    running: &[WorkspaceId],
) -> Result<(), DatabaseError> {
    if row.error.as_deref() != error || row.running != running {
        app.database.note_drain(row, error, running).await?;
        app.machines.changed();
    }
    Ok(())
}

/// Begins to move a workspace away; `false` when somebody else does something with it.
async fn begin(
    app: &Arc<App>,
    row: &DrainRow,
    workspace: &WorkspaceId,
    target: Option<MachineId>,
) -> Result<bool, DatabaseError> {
    let moving = moves::new(workspace.clone(), Some(row.machine.clone()), target);
    let mut write = app.database.write().await?;
    let deed = AuditRow {
        workspace: Some(workspace.to_string()),
        ..deed(row, const { verb("workspace.move") }, &moves::place(moving.to.as_ref()))
    };
    append_audit(&mut write, deed).await?;
    if !add_move(&mut write, &moving).await? {
        return Ok(false);
    }
    commit(write).await?;
    app.kernels.forget(workspace);
    app.machines.changed();
    moves::start(app, moving.id);
    Ok(true)
}

async fn end(app: &App, row: &DrainRow, state: DrainState) -> Result<(), DatabaseError> {
    let mut write = app.database.write().await?;
    let outcome = if state == DrainState::Done { "ok" } else { "failed" };
    let audit = deed(row, const { verb("machine.emptied") }, row.machine.as_str());
    append_audit(&mut write, AuditRow { outcome: outcome.to_owned(), ..audit }).await?;
    if end_drain(&mut write, (&row.machine, row.started_at_ms), state).await? {
        commit(write).await?;
        tracing::info!(machine = %row.machine, state = state.as_str(), "a drain is over");
        app.machines.changed();
    }
    Ok(())
}

/// A row of the audit log about what follows from what an administrator began.
fn deed(row: &DrainRow, verb: &'static str, object: &str) -> AuditRow {
    AuditRow {
        time_ms: now_ms(),
        principal: Some(row.started_by.to_string()),
        operator: Some(OPERATOR.to_owned()),
        verb: verb.to_owned(),
        object: Some(audit::shorten(object)),
        outcome: "ok".to_owned(),
        ..AuditRow::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(standings: &[Standing], stop: bool, expected: &Next) {
        let ids = (1..).map(WorkspaceId::from_random);
        let workspaces: Vec<_> = ids.zip(standings.iter().copied()).collect();
        assert_eq!(&decide(&workspaces, stop), expected, "{standings:?} {stop}");
    }

    #[test]
    fn one_moves_at_a_time_and_what_runs_is_last_and_waits_unless_it_is_to_be_stopped() {
        use Standing::{Failed, Idle, Moving, Running};
        let [first, second] = [1, 2].map(|it| Next::Move(WorkspaceId::from_random(it)));
        check(&[], false, &Next::Over(DrainState::Done));
        check(&[Idle, Idle], false, &first);
        check(&[Running, Idle], true, &second);
        check(&[Moving, Idle], true, &Next::Wait);
        check(&[Running, Failed], false, &Next::Wait);
        check(&[Failed, Running], true, &second);
        check(&[Failed, Failed], true, &Next::Over(DrainState::Failed));
    }
}
