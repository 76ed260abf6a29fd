//! Moves of workspaces between machines: each is a row, and a task of the one gateway that carries it
//! out. The row is written before anything follows from it, so a move goes on where it was when the
//! gateway or either machine was killed; `provider::moving` decides what follows.

pub(crate) mod anew;
pub(crate) mod aside;
pub(crate) mod http;

use crate::app::App;
use crate::audit;
use crate::database::{
    AuditRow, DatabaseError, MachinePhase, advance_move, append_audit, claim_moves, commit,
    place_workspace,
};
use crate::kernels::Asker;
use async_trait::async_trait;
use protocol::WorkspaceId;
use protocol::audit::verb;
use protocol::id::{MachineId, MoveId};
use protocol::moving::{Move, MovePhase};
use protocol::state::SessionStatus;
use provider::moving::{Moving, Outcome, Place, Progress, Site, Watch, after, before};
use provider::{KernelStatus, Provider};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use stdx::clock::now_ms;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

/// Between two notes of how far a move is, and between two looks whether it is to stop.
const NOTE_INTERVAL: Duration = Duration::from_millis(500);
/// Between two tries when a machine or the database does not answer: doubled each time.
const PAUSE_MIN: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(15);
/// How long machines and kernels may take to say what runs.
const STATUS_TIMEOUT: Duration = Duration::from_secs(5);
/// How often everything is sent again that a disk did not keep.
const AGAIN_MAX: u32 = 3;

/// What moves of this gateway wait for.
pub(crate) struct Moves {
    /// The gateway's own machine.
    pub(crate) own: Arc<dyn Provider>,
    /// Somebody wants one to stop, or to be tried at once.
    changed: Notify,
}

impl Moves {
    /// Moves from and to `own`, and whatever machines join.
    pub(crate) fn new(own: Arc<dyn Provider>) -> Self {
        Self { own, changed: Notify::new() }
    }

    /// Lets those that wait look at once.
    pub(crate) fn wake(&self) {
        self.changed.notify_waiters();
    }
}

/// Goes on with the moves of gateways that are gone.
pub(crate) async fn take_over(app: &Arc<App>) {
    let claimed = async {
        let mut write = app.database.write().await?;
        let claimed = claim_moves(&mut write).await?;
        commit(write).await?;
        Ok::<_, DatabaseError>(claimed)
    };
    match claimed.await {
        Ok(ids) => {
            for id in ids {
                tracing::info!(%id, "a move that was interrupted goes on");
                start(app, id);
            }
        }
        Err(error) => tracing::warn!(%error, "interrupted moves could not be looked for"),
    }
}

/// Carries a move out, beside whatever else is done.
pub(crate) fn start(app: &Arc<App>, id: MoveId) {
    let inner = Arc::clone(app);
    app.scope.spawn("move", async move {
        tokio::select! {
            () = inner.scope.stopping() => {}
            () = carry(&inner, &id) => {}
        }
        inner.drains.changed.notify_waiters();
    });
}

/// A move that has not begun yet.
pub(crate) fn new(workspace: WorkspaceId, from: Option<MachineId>, to: Option<MachineId>) -> Move {
    let now = now_ms();
    Move {
        id: MoveId::from_random(stdx::random::bits()),
        workspace,
        from,
        to,
        phase: MovePhase::Preparing,
        bytes_done: 0,
        bytes_total: 0,
        left_out: 0,
        error: None,
        cancelled: false,
        started_at_ms: now,
        changed_at_ms: now,
    }
}

/// A machine, as the audit log names it.
pub(crate) fn place(machine: Option<&MachineId>) -> String {
    machine.map_or_else(|| "the gateway's own machine".to_owned(), MachineId::to_string)
}

/// Whether a session runs, by what its machine says and, while its kernel is awake, the kernel. One
/// of which that is not known is not ended unasked either.
pub(crate) async fn runs(
    app: &App,
    (workspace, status): (&WorkspaceId, Option<&KernelStatus>),
    asker: &Asker<'_>,
) -> bool {
    let Some(status) = status else { return false };
    if !status.awake {
        return status.is_doubtful();
    }
    // What its machine knows may be a second old.
    let state = timeout(STATUS_TIMEOUT, app.kernels.state(workspace, asker)).await;
    let Ok(Ok(state)) = state else { return true };
    match state.status {
        SessionStatus::Starting | SessionStatus::Running | SessionStatus::Stopping => true,
        SessionStatus::Idle | SessionStatus::Stopped | SessionStatus::Crashed => false,
    }
}

/// Does phase after phase until the move is over, or another gateway has it.
async fn carry(app: &Arc<App>, id: &MoveId) {
    let (mut pause, mut again) = (PAUSE_MIN, 0);
    loop {
        let error = match go_on(app, id, &mut again).await {
            Ok(Step::Over) => return,
            Ok(Step::On) => {
                pause = PAUSE_MIN;
                continue;
            }
            Ok(Step::Wait) => None,
            Err(error) => Some(error),
        };
        if let Some(error) = error {
            tracing::warn!(%id, %error, "a move waits for the database");
        }
        tokio::select! {
            () = sleep(pause) => pause = (pause * 2).min(PAUSE_MAX),
            () = app.moves.changed.notified() => pause = PAUSE_MIN,
        }
    }
}

/// What [`carry`] does next.
enum Step {
    On,
    Wait,
    Over,
}

async fn go_on(app: &Arc<App>, id: &MoveId, again: &mut u32) -> Result<Step, DatabaseError> {
    let Some(row) = app.database.own_move(id).await? else { return Ok(Step::Over) };
    if let Some(next) = before(row.phase, row.cancelled) {
        advance(app, &row, (next, None), None).await?;
        return Ok(Step::On);
    }
    let watch = Note { app: Arc::clone(app), id: id.clone(), noted: Mutex::new(None) };
    let moving = Moving {
        id: id.clone(),
        workspace: row.workspace.clone(),
        from: site(app, row.from.as_ref()).await?,
        to: site(app, row.to.as_ref()).await?,
    };
    let mut outcome = moving.perform(row.phase, &watch).await;
    if outcome == Outcome::Again {
        *again += 1;
        if AGAIN_MAX < *again {
            let why = "the disk of the other machine does not keep what is written to it";
            outcome = Outcome::Refused(why.to_owned());
        }
    }
    let why = match &outcome {
        Outcome::Refused(why) | Outcome::Away(why) => Some(why.clone()),
        Outcome::Gone => Some("the machine was removed".to_owned()),
        Outcome::Done | Outcome::Interrupted | Outcome::Again | Outcome::Started => None,
    };
    match after(row.phase, row.cancelled, &outcome) {
        Some(next) => {
            // What stopped it is told at its end.
            let kept = row.error.as_deref().filter(|_| is_going_back(row.phase));
            advance(app, &row, next, kept.or(why.as_deref())).await?;
            Ok(Step::On)
        }
        None if outcome == Outcome::Interrupted => Ok(Step::On),
        None => {
            let why = why.unwrap_or_default();
            tracing::warn!(%id, phase = row.phase.as_str(), why, "a move does not go on");
            // Why it goes back says more than what it waits for on its way.
            if row.error.is_none() || !is_going_back(row.phase) {
                app.database.note_move_error(id, &audit::shorten(&why)).await?;
                app.machines.changed();
            }
            Ok(Step::Wait)
        }
    }
}

const fn is_going_back(phase: MovePhase) -> bool {
    matches!(phase, MovePhase::Returning | MovePhase::Releasing | MovePhase::Abandoning)
}

/// Writes the next phase down, with where the workspace is from then on.
async fn advance(
    app: &Arc<App>,
    row: &Move,
    (next, place): (MovePhase, Option<Place>),
    error: Option<&str>,
) -> Result<(), DatabaseError> {
    let error = error.map(audit::shorten);
    let mut write = app.database.write().await?;
    if !advance_move(&mut write, row, next, error.as_deref()).await? {
        return Ok(());
    }
    let placed = match place {
        None => true,
        Some(place) => {
            let machine = if place == Place::Target { &row.to } else { &row.from };
            let now = app.database.placement(&row.workspace).await?.unwrap_or_default();
            place_workspace(&mut write, &row.workspace, &now, machine.as_ref()).await?.is_some()
        }
    };
    if !placed && place == Some(Place::Target) {
        // It was deleted, or the machine was removed: nothing of this is kept.
        drop(write);
        return give_up(app, row).await;
    }
    if next.is_over() {
        append_audit(&mut write, ended(row, next, error.as_deref())).await?;
    }
    commit(write).await?;
    if place.is_some() {
        app.forget_placement(&row.workspace);
    }
    app.machines.changed();
    tracing::info!(id = %row.id, workspace.id = %row.workspace, phase = next.as_str(), "move");
    Ok(())
}

/// The new machine takes the workspace no longer.
async fn give_up(app: &Arc<App>, row: &Move) -> Result<(), DatabaseError> {
    let mut write = app.database.write().await?;
    let why = Some("the machine takes it no longer");
    advance_move(&mut write, row, MovePhase::Releasing, why).await?;
    commit(write).await
}

/// The row of the audit log about how a move ended.
fn ended(row: &Move, phase: MovePhase, error: Option<&str>) -> AuditRow {
    let audit = AuditRow {
        time_ms: now_ms(),
        workspace: Some(row.workspace.to_string()),
        verb: const { verb("workspace.moved") }.to_owned(),
        object: Some(place(row.to.as_ref())),
        outcome: if phase == MovePhase::Done { "ok" } else { "failed" }.to_owned(),
        ..AuditRow::default()
    };
    match error {
        Some(error) => audit.with("error", error),
        None => audit.with("phase", phase.as_str()),
    }
}

/// The way to a machine.
async fn site(app: &Arc<App>, machine: Option<&MachineId>) -> Result<Site, DatabaseError> {
    let Some(machine) = machine else { return Ok(Ok(Arc::clone(&app.moves.own))) };
    let row = app.database.machine(machine).await?;
    let Some(row) = row.filter(|it| it.phase != MachinePhase::Removed) else {
        return Ok(Err(Outcome::Gone));
    };
    let station = app.machines.station(machine).filter(|it| it.is_there());
    Ok(match station {
        Some(it) => Ok(Arc::new(it.provider.clone())),
        None => Err(Outcome::Away(format!("the machine `{}` does not answer now", row.name))),
    })
}

/// Notes how far a move is, now and then.
struct Note {
    app: Arc<App>,
    id: MoveId,
    noted: Mutex<Option<Instant>>,
}

#[async_trait]
impl Watch for Note {
    async fn told(&self, progress: Progress) -> bool {
        {
            let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
            let is_end = progress.bytes_done == progress.bytes_total;
            if noted.is_some_and(|it| it.elapsed() < NOTE_INTERVAL) && !is_end {
                return true;
            }
            *noted = Some(Instant::now());
        }
        match self.app.database.note_progress(&self.id, progress).await {
            Ok(goes_on) => {
                self.app.machines.changed();
                goes_on
            }
            // The phase itself cannot be written down either until the database is back.
            Err(error) => {
                tracing::debug!(%error, "how far a move is was not written down");
                true
            }
        }
    }
}
