//! Other gateways on the same PostgreSQL: what they tell is felt here, and what they leave is
//! cleared up.
//!
//! Each change is a row, and a notification says that there are rows. Rows are looked for at every
//! notification and every few seconds besides, from the last one that was read on, so a connection
//! that was lost delays a revocation by one look and never hides one. While the database is away
//! nobody can be revoked either; what was told before it answers again is read first.

use crate::app::App;
use crate::database::{DatabaseError, News};
use crate::{drains, moves, workspaces};
use protocol::peer::Change;
use sqlx::postgres::PgListener;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// How often is looked without being told to: as long as an answer about a login is believed.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);
/// How long the database may take to answer a look, or to open a connection that listens.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// Follows what other gateways tell after the change `seen`, until this one stops. For SQLite there
/// is nobody to follow.
pub(crate) async fn follow(app: Arc<App>, mut seen: u64) {
    let mut ear = None;
    let mut beaten: Option<Instant> = None;
    let mut is_deaf = false;
    let clearing = Arc::new(tokio::sync::Mutex::new(()));
    loop {
        if ear.is_none() {
            ear = match timeout(ANSWER_TIMEOUT, app.database.ear()).await {
                Ok(Ok(None)) => return,
                Ok(Ok(Some(ear))) => {
                    tracing::debug!("listening to the other gateways");
                    Some(ear)
                }
                Ok(Err(_)) | Err(_) => None,
            };
        }
        let looked = timeout(ANSWER_TIMEOUT, look(&app, &mut seen)).await;
        let hears = matches!(looked, Ok(Ok(())));
        if hears == is_deaf {
            is_deaf = !hears;
            match looked {
                Ok(Ok(())) => tracing::info!("other gateways are heard again"),
                Ok(Err(error)) => tracing::warn!(%error, "other gateways cannot be heard"),
                Err(_) => tracing::warn!("other gateways cannot be heard: no answer in time"),
            }
        }
        if beaten.is_none_or(|it| LOOK_INTERVAL <= it.elapsed()) {
            beaten = Some(Instant::now());
            match timeout(ANSWER_TIMEOUT, app.database.beat(app.machines.url.as_deref())).await {
                Ok(Ok(false)) => {}
                // Beside: machines that do not answer must not keep this one from being heard of.
                Ok(Ok(true)) => {
                    if let Ok(turn) = Arc::clone(&clearing).try_lock_owned() {
                        let app = Arc::clone(&app);
                        app.clone().scope.spawn("clear up", async move {
                            clear_up(&app).await;
                            drop(turn);
                        });
                    }
                }
                Ok(Err(_)) | Err(_) => tracing::debug!("other gateways do not hear of this one"),
            }
        }
        tokio::select! {
            () = app.scope.stopping() => return,
            () = heard(&mut ear) => {}
            () = sleep(LOOK_INTERVAL) => {}
        }
    }
}

/// Resolves when something was told, or the connection was lost; never without a connection.
async fn heard(ear: &mut Option<PgListener>) {
    let Some(listener) = ear else { return std::future::pending().await };
    match listener.try_recv().await {
        Ok(Some(_)) => {}
        Ok(None) => *ear = None,
        Err(error) => {
            tracing::debug!(%error, "the connection that listens to other gateways was lost");
            *ear = None;
        }
    }
}

/// Reads what was told and makes it felt.
async fn look(app: &Arc<App>, seen: &mut u64) -> Result<(), DatabaseError> {
    loop {
        let (changes, last) = match app.database.news(*seen).await? {
            News::Told(changes, last) => (changes, last),
            News::Missed(last) => (vec![None], last),
        };
        for change in changes {
            match change {
                Some(change) => feel(app, change),
                None => forget_everything(app),
            }
        }
        if last == *seen {
            return Ok(());
        }
        *seen = last;
    }
}

/// Forgets what is so no longer, and cuts what goes on because of it.
fn feel(app: &Arc<App>, change: Change) {
    match change {
        Change::Login { id } => {
            app.identity.forget_login(&id);
            app.live.end_login(&id);
            app.identity.accesses.look();
        }
        Change::Person { id } => {
            app.identity.forget_principal(&id);
            app.live.end_person(&id);
            app.identity.accesses.look();
        }
        Change::Account { id } => {
            app.identity.forget_principal(&id);
            app.identity.forget_roles_of(&id);
            app.live.end_principal(&id);
        }
        Change::Member { workspace, principal, role } => {
            app.forget_member(&workspace, &principal, role);
        }
        Change::Workspace { id } => app.forget_workspace(&id),
        Change::Share { id } => app.forget_share(&id),
        Change::BreakGlass => app.identity.accesses.look(),
        Change::Environment { owner } => app.environments.forget(&owner),
        Change::Machine { id } => {
            let again = Arc::clone(app);
            app.scope.spawn("machine", async move {
                if let Err(error) = again.machines.look_at(&id).await {
                    // Whoever was removed is cut, and comes back if that was wrong.
                    tracing::warn!(machine = %id, %error, "a machine could not be looked up");
                }
            });
        }
        Change::Placement { workspace } => app.forget_placement(&workspace),
        Change::Registry => {
            let again = Arc::clone(app);
            app.scope.spawn("registry", async move { again.registry.look_again(&again).await });
        }
    }
}

/// Trusts nothing that was remembered and closes whatever is open: what is still allowed comes back
/// at once and is judged anew.
fn forget_everything(app: &Arc<App>) {
    tracing::warn!("changes of other gateways were missed; everything is judged anew");
    let again = Arc::clone(app);
    app.scope.spawn("machines", async move {
        if let Err(error) = again.machines.look_at_all().await {
            tracing::warn!(%error, "machines could not be looked up");
        }
    });
    app.forget_everything();
}

/// Finishes what gateways that are gone were interrupted in.
async fn clear_up(app: &Arc<App>) {
    match app.database.audit_left_open().await {
        Ok(rows) if rows.is_empty() => {}
        Ok(rows) => app.trail.give_up(rows),
        Err(error) => tracing::warn!(%error, "rows that were left open could not be looked for"),
    }
    workspaces::clear_interrupted(app).await;
    moves::take_over(app).await;
    drains::take_over(app).await;
}
