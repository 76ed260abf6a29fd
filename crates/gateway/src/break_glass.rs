//! Break-glass: how an administrator comes into a workspace of others, and out again.
//!
//! An access is taken for a reason, with the password once more, for an hour, as viewer or editor
//! and never as owner. It belongs to the sign-in that it was taken with: no other browser of the
//! person and no token has it. Owners see it as long as the workspace exists, and they, every
//! administrator, its hour and the end of the sign-in end it. [`watch`] makes every end felt, also
//! of accesses that another gateway on the same database gave or ended.

pub(crate) mod http;

use crate::app::App;
use crate::database::{
    AuditRow, BreakGlassRow, DatabaseError, append_audit, commit, end_break_glass,
};
use protocol::audit::verb;
use protocol::header::Role;
use protocol::id::BreakGlassId;
use protocol::{PrincipalId, WorkspaceId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use stdx::clock::now_ms;
use tokio::sync::Notify;
use tokio::time::sleep;

/// How often open accesses are asked for: as long as an answer about a login is believed.
const WATCH_INTERVAL: Duration = Duration::from_secs(5);

/// An access that was found open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) id: BreakGlassId,
    pub(crate) workspace: WorkspaceId,
    pub(crate) principal: PrincipalId,
    pub(crate) role: Role,
    pub(crate) expires_at_ms: u64,
}

impl From<&BreakGlassRow> for Held {
    fn from(row: &BreakGlassRow) -> Self {
        let it = &row.shown;
        Self {
            id: it.id.clone(),
            workspace: it.workspace.clone(),
            principal: it.principal.clone(),
            role: it.role,
            expires_at_ms: it.expires_at_ms,
        }
    }
}

/// The accesses by which something may be open in this process.
#[derive(Debug, Default)]
pub(crate) struct Accesses {
    /// Written by whoever lets one in; taken out by [`watch`] and by whoever ends one.
    used: Mutex<HashMap<BreakGlassId, Held>>,
    changed: Notify,
}

impl Accesses {
    /// Remembers that somebody is let in by it.
    pub(crate) fn note(&self, held: &Held) {
        if self.lock().insert(held.id.clone(), held.clone()).is_none() {
            self.changed.notify_one();
        }
    }

    /// Forgets one that was ended here, so that [`watch`] does not end what comes after it.
    fn forget(&self, id: &BreakGlassId) {
        self.lock().remove(id);
    }

    /// Something may have ended.
    pub(crate) fn look(&self) {
        self.changed.notify_one();
    }

    /// Those that are over: their time is up, or they are not among the `open` ones of the database.
    fn take_over(&self, now_ms: u64, open: Option<&[BreakGlassRow]>) -> Vec<Held> {
        let is_open = |held: &Held| match open {
            Some(rows) => rows.iter().any(|it| it.shown.id == held.id && it.is_open(now_ms)),
            None => now_ms < held.expires_at_ms,
        };
        let mut used = self.lock();
        let over = used.extract_if(|_, held| !is_open(held));
        over.map(|(_, held)| held).collect()
    }

    /// When to look again; `None` when there is nothing to look at.
    fn next(&self, now_ms: u64) -> Option<Duration> {
        let next = self.lock().values().map(|it| it.expires_at_ms).min()?;
        Some(Duration::from_millis(next.saturating_sub(now_ms)).min(WATCH_INTERVAL))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<BreakGlassId, Held>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends what goes on behind accesses that are over, and writes down those whose time was up.
pub(crate) async fn watch(app: Arc<App>) {
    loop {
        let accesses = &app.identity.accesses;
        let closed = close(&app).await;
        if let Err(error) = &closed {
            tracing::debug!(%error, "open accesses could not be looked after; going by the clock");
            cut(&app, accesses.take_over(now_ms(), None));
        }
        // What could not be written down is tried again, also when nothing is open any more.
        let again = closed.is_err().then_some(WATCH_INTERVAL);
        let waiting = async {
            match accesses.next(now_ms()).or(again) {
                Some(next) => sleep(next).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = app.scope.stopping() => return,
            () = accesses.changed.notified() => {}
            () = waiting => {}
        }
    }
}

/// Writes down every end that can be; `Err` when one could not.
async fn close(app: &Arc<App>) -> Result<(), DatabaseError> {
    let unended = app.database.unended_break_glasses().await?;
    let now = now_ms();
    cut(app, app.identity.accesses.take_over(now, Some(&unended)));
    let mut closed = Ok(());
    for row in unended {
        let held = Held::from(&row);
        if row.is_open(now) {
            app.identity.accesses.note(&held);
        } else if let Err(error) = write_end(app, &held, now).await {
            closed = Err(error);
        }
    }
    closed
}

/// Writes down that an access ended by itself. Of several gateways one does.
async fn write_end(app: &App, held: &Held, now_ms: u64) -> Result<(), DatabaseError> {
    let is_time = held.expires_at_ms <= now_ms;
    let verb = if is_time {
        const { verb("break_glass.expire") }
    } else {
        const { verb("break_glass.end") }
    };
    let row = AuditRow {
        time_ms: now_ms,
        principal: Some(held.principal.to_string()),
        workspace: Some(held.workspace.to_string()),
        verb: verb.to_owned(),
        object: Some(held.id.to_string()),
        outcome: "ok".to_owned(),
        operator: Some("gateway".to_owned()),
        ..AuditRow::default()
    };
    let mut write = app.database.write().await?;
    if end_break_glass(&mut write, &held.id, None, held.expires_at_ms.min(now_ms)).await? {
        append_audit(&mut write, row).await?;
        commit(write).await?;
    }
    Ok(())
}

fn cut(app: &Arc<App>, over: Vec<Held>) {
    for held in over {
        app.forget_member(&held.workspace, &held.principal, None);
        tell_owners(app, held.workspace);
    }
}

/// Lets the open pages of the workspace's owners ask for its accesses again.
fn tell_owners(app: &Arc<App>, workspace: WorkspaceId) {
    let told = Arc::clone(app);
    app.scope.spawn("tell owners", async move {
        match told.database.members(&workspace).await {
            Ok(members) => {
                for owner in members.iter().filter(|it| it.role == Role::Owner) {
                    told.live.end_person(&owner.principal);
                }
            }
            // Their pages ask again by themselves, too.
            Err(error) => tracing::debug!(%error, "owners were not told at once of an access"),
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_is_told_once_and_what_comes_next_is_waited_for() {
        let accesses = Accesses::default();
        let held = |id, expires_at_ms| Held {
            id: BreakGlassId::from_random(id),
            workspace: WorkspaceId::from_random(1),
            principal: PrincipalId::from_random(1),
            role: Role::Viewer,
            expires_at_ms,
        };
        assert_eq!(accesses.next(0), None);
        let (one, two) = (held(1, 2_000), held(2, 60_000));
        accesses.note(&one);
        accesses.note(&two);
        assert_eq!(accesses.next(500), Some(Duration::from_millis(1_500)));
        assert_eq!(accesses.take_over(1_999, None), []);
        assert_eq!(accesses.take_over(2_000, None), [one]);
        assert_eq!(accesses.next(2_000), Some(WATCH_INTERVAL));
        // The database has no row of it that is open.
        assert_eq!(accesses.take_over(2_000, Some(&[])), [two]);
        assert_eq!(accesses.next(2_000), None);
        let three = held(3, 60_000);
        accesses.note(&three);
        accesses.forget(&three.id);
        assert_eq!(accesses.take_over(2_000, Some(&[])), []);
    }
}
