//! What is told as it happens: events of one worker, and the registry as a whole.

use super::http::{ids, query};
use super::offer;
use crate::app::{App, Call};
use crate::reply::Reply;
use crate::telling::{self, open, text};
use ::registry::{Following, Runtime, Step};
use async_trait::async_trait;
use protocol::registry::{
    Cursor, CursorKind, FollowFrame, LIST_MAX, RegistryFrame, RuntimeDiagnostic,
};
use protocol::{ErrorCode, WireError};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::sync::watch;

/// Least time between two pictures of the registry; changes in between are in the later one.
const PICTURE_INTERVAL: Duration = Duration::from_millis(250);

/// From where somebody follows.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FollowQuery {
    cursor: Option<String>,
}

/// `WS …/workers/{worker}/events/ws` of the registry.
pub(crate) async fn follow_worker(call: Call) -> Reply {
    let (runtime, worker) = ids(&call);
    let registry = &call.app.registry.runtimes;
    let kind = CursorKind::Backend;
    // Whoever asks for nobody is told by a status, before anything is opened.
    let source = match cursor(&call, kind)? {
        Ok(after) => Source::Worker(registry.follow(runtime, worker, after).await?, kind),
        Err(told) => {
            registry.worker(runtime, worker).await?;
            Source::Nothing(told)
        }
    };
    open(call, source).await
}

/// `WS /v1/workers/{worker}/events/ws` for other installations.
pub(crate) async fn follow_offered(call: Call) -> Reply {
    let id = offer::id(&call)?;
    let embedded = &call.app.registry.embedded;
    embedded.look_up(id).await.map_err(offer::refused)?;
    let kind = CursorKind::Runtime;
    let source = match cursor(&call, kind)? {
        Ok(after) => {
            let following = embedded.follow(id, after).await;
            let refused =
                |told: RuntimeDiagnostic| WireError::new(ErrorCode::Unsupported, told.message);
            Source::Worker(following.map_err(refused)?, kind)
        }
        Err(told) => Source::Nothing(told),
    };
    open(call, source).await
}

/// `WS /api/v1/registry/ws`: the runtimes, hosts and workers, whenever they change.
pub(crate) async fn watch(call: Call) -> Reply {
    let registry = &call.app.registry;
    let (registry, store) = (registry.changes.subscribe(), store_changes(&call.app));
    open(call, Source::Registry { registry, store, is_stale: true }).await
}

/// `WS /v1/events/ws`: tells other installations that something has changed here, and not what.
pub(crate) async fn watch_offered(call: Call) -> Reply {
    let mut changes = store_changes(&call.app);
    // The first frame comes at once: whoever hears it knows that the next ones will.
    changes.mark_changed();
    open(call, Source::Changes(changes)).await
}

fn store_changes(app: &App) -> watch::Receiver<u64> {
    use ::registry::embedded::Store;
    app.registry.store.changes()
}

/// The cursor of the query; one that leads nowhere is told on the channel, where browsers read it.
fn cursor(
    call: &Call,
    kind: CursorKind,
) -> Result<Result<Option<u64>, RuntimeDiagnostic>, WireError> {
    let FollowQuery { cursor } = query(call)?;
    let parsed = cursor.map(|it| Cursor::parse(kind, &it)).transpose();
    Ok(parsed.map(|it| it.map(|it| it.after)).map_err(RuntimeDiagnostic::from))
}

/// What a channel tells.
enum Source {
    Worker(Box<dyn Following>, CursorKind),
    /// Why there is nothing to tell.
    Nothing(RuntimeDiagnostic),
    Registry {
        /// Changes of the list of runtimes, and of remote ones.
        registry: watch::Receiver<u64>,
        /// Changes of the embedded one.
        store: watch::Receiver<u64>,
        /// The last picture is not of what is there. Stays so when a picture is broken off.
        is_stale: bool,
    },
    Changes(watch::Receiver<u64>),
}

/// A change, as another installation hears of it.
#[derive(Serialize)]
struct Changed {
    revision: u64,
}

#[async_trait]
impl telling::Source for Source {
    async fn next(&mut self, app: &App) -> Option<(String, bool)> {
        match self {
            Self::Worker(following, kind) => Some(worded(following.next().await, *kind)),
            Self::Nothing(told) => {
                Some((text(&FollowFrame::Diagnostic { diagnostic: told.clone() }), true))
            }
            Self::Registry { registry, store, is_stale } => {
                if !*is_stale {
                    tokio::select! {
                        changed = registry.changed() => changed.ok()?,
                        changed = store.changed() => changed.ok()?,
                    }
                    *is_stale = true;
                }
                registry.borrow_and_update();
                store.borrow_and_update();
                let picture = picture(app).await;
                *is_stale = false;
                Some((picture, false))
            }
            Self::Changes(changes) => {
                changes.changed().await.ok()?;
                let revision = *changes.borrow_and_update();
                Some((text(&Changed { revision }), false))
            }
        }
    }

    fn pause(&self) -> Duration {
        match self {
            Self::Registry { .. } | Self::Changes(_) => PICTURE_INTERVAL,
            Self::Worker(..) | Self::Nothing(_) => Duration::ZERO,
        }
    }
}

fn worded(step: Step, kind: CursorKind) -> (String, bool) {
    let cursor = |after| Cursor { kind, after }.to_string();
    match step {
        Step::Snapshot { after, worker } => {
            (text(&FollowFrame::Snapshot { cursor: cursor(after), worker }), false)
        }
        Step::Event(event) => {
            (text(&FollowFrame::Event { cursor: cursor(event.event_id), event }), false)
        }
        Step::Over(diagnostic) => (text(&FollowFrame::Diagnostic { diagnostic }), true),
    }
}

/// The registry as it is.
async fn picture(app: &App) -> String {
    let registry = &app.registry.runtimes;
    let (runtimes, hosts, workers) = tokio::join!(
        registry.list_runtimes(LIST_MAX),
        registry.list_hosts(LIST_MAX),
        registry.list_workers(LIST_MAX),
    );
    text(&RegistryFrame { runtimes, hosts, workers })
}
