//! All machines as they are, told anew whenever something about them changes.

use super::http::shown;
use crate::app::{App, Call};
use crate::database::DatabaseError;
use crate::drains::http::describe;
use crate::reply::Reply;
use crate::telling::{self, open, text};
use async_trait::async_trait;
use protocol::drain::Drain;
use protocol::machine::{Fleet, OwnMachine};
use std::time::Duration;
use stdx::clock::now_ms;
use tokio::sync::watch;
use tokio::time::sleep;

/// Least time between two pictures; changes in between are in the later one.
const PICTURE_INTERVAL: Duration = Duration::from_millis(500);
/// A picture is taken anew after so long at the latest: what other gateways hear of a machine, and
/// what is left of the gateway's own one, announces itself to nobody here.
const STALE_AFTER: Duration = Duration::from_secs(5);

/// `WS /api/v1/machines/ws`: the machines, what is emptied and what moves, whenever that changes.
pub(crate) async fn watch(call: Call) -> Reply {
    let changes = call.app.machines.changes();
    open(call, Pictures { changes, is_stale: true }).await
}

struct Pictures {
    changes: watch::Receiver<u64>,
    /// The last picture is not of what is there. Stays so when a picture is broken off.
    is_stale: bool,
}

#[async_trait]
impl telling::Source for Pictures {
    async fn next(&mut self, app: &App) -> Option<(String, bool)> {
        if !self.is_stale {
            tokio::select! {
                changed = self.changes.changed() => changed.ok()?,
                () = sleep(STALE_AFTER) => {}
            }
            self.is_stale = true;
        }
        self.changes.borrow_and_update();
        match picture(app).await {
            Ok(picture) => {
                self.is_stale = false;
                Some((text(&picture), false))
            }
            Err(error) => {
                // Whoever listens comes back, and is told when the database is there again.
                tracing::debug!(%error, "the machines could not be looked up");
                None
            }
        }
    }

    fn pause(&self) -> Duration {
        PICTURE_INTERVAL
    }
}

async fn picture(app: &App) -> Result<Fleet, DatabaseError> {
    let machines = shown(app).await?;
    let mut drains: Vec<Drain> = Vec::new();
    for row in app.database.drains().await? {
        // Of a machine that takes workspaces again, or was removed, nobody asks.
        if machines.iter().any(|it| it.draining && it.id == row.machine) {
            drains.push(describe(app, row).await?);
        }
    }
    let own = OwnMachine {
        takes_new: app.config.takes_new_workspaces,
        workspaces: app.database.own_workspace_count().await?,
        resources: app.moves.own.resources().await,
    };
    let moves = app.database.moves().await?;
    Ok(Fleet { now_ms: now_ms(), own, machines, drains, moves })
}
