//! What is told as it happens: events of one worker, and the registry as a whole.
//!
//! These channels only tell. A client that speaks is told so and the channel is closed.

use super::http::{ids, query};
use super::offer;
use crate::app::{App, Call};
use crate::forward::OWN_PROTOCOL;
use crate::reply::Reply;
use ::registry::{Following, Runtime, Step};
use axum::extract::FromRequestParts;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use bytes::Bytes;
use protocol::registry::{
    Cursor, CursorKind, FollowFrame, LIST_MAX, OBSERVATION_ONLY, RegistryFrame, RuntimeDiagnostic,
};
use protocol::{ErrorCode, WireError};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// Between two questions whether the client is still there; proxies close what is silent for a
/// minute.
const PING_INTERVAL: Duration = Duration::from_secs(30);
/// Time for a client to take a frame.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);
/// Clients say nothing, so what they say may be short.
const MESSAGE_BYTES_MAX: usize = 1024;
/// Least time between two pictures of the registry; changes in between are in the later one.
const PICTURE_INTERVAL: Duration = Duration::from_millis(250);
/// RFC 6455: the client broke a rule of the server's.
const POLICY: u16 = 1008;

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

impl Source {
    /// Waits for the next frame, and tells whether it is the last one. Cancel-safe.
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

    /// How long nothing further is told.
    const fn pause(&self) -> Duration {
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

fn text(frame: &impl Serialize) -> String {
    serde_json::to_string(frame).expect("wire types are plain JSON")
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

/// Takes the upgrade and tells until there is nothing more to tell.
async fn open(mut call: Call, source: Source) -> Reply {
    let changed = call.app.live.person(call.caller());
    // Whoever was signed out before the line above is not told by the token.
    let caller = call.app.identity.caller(&call.head.headers, &call.origin).await?;
    if !caller.is_some_and(|it| it.administrator) {
        let message = "this is for administrators of this Stead";
        return Err(WireError::new(ErrorCode::Forbidden, message));
    }
    let upgrade = WebSocketUpgrade::from_request_parts(&mut call.head, &()).await;
    let upgrade = upgrade.map_err(|_| {
        WireError::new(ErrorCode::UpgradeRequired, "this is no proper WebSocket handshake")
    })?;
    let upgrade = upgrade.max_message_size(MESSAGE_BYTES_MAX).protocols([OWN_PROTOCOL]);
    let app = Arc::clone(&call.app);
    Ok(upgrade.on_upgrade(move |socket| tell(app, socket, source, changed)))
}

async fn tell(
    app: Arc<App>,
    mut socket: WebSocket,
    mut source: Source,
    changed: CancellationToken,
) {
    let mut heard = true;
    loop {
        let (frame, is_last) = tokio::select! {
            () = changed.cancelled() => (Message::Close(None), true),
            received = socket.recv() => match received {
                Some(Ok(Message::Pong(_) | Message::Ping(_))) => {
                    heard = true;
                    continue;
                }
                Some(Ok(Message::Text(_) | Message::Binary(_))) => (Message::Text(spoke().into()), true),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
            },
            next = source.next(&app) => match next {
                Some((text, is_last)) => (Message::Text(text.into()), is_last),
                None => (Message::Close(None), true),
            },
            () = sleep(PING_INTERVAL) => {
                if !heard {
                    return;
                }
                heard = false;
                (Message::Ping(Bytes::new()), false)
            }
        };
        let is_farewell = matches!(frame, Message::Close(_));
        if !send(&mut socket, frame).await {
            return;
        }
        if is_last {
            if !is_farewell {
                let closing = CloseFrame { code: POLICY, reason: "".into() };
                let _gone = send(&mut socket, Message::Close(Some(closing))).await;
            }
            return;
        }
        tokio::select! {
            () = changed.cancelled() => {}
            () = sleep(source.pause()) => {}
        }
    }
}

fn spoke() -> String {
    let message = "this channel only tells; it is closed";
    let diagnostic = RuntimeDiagnostic::warning(OBSERVATION_ONLY, message);
    text(&FollowFrame::Diagnostic { diagnostic })
}

/// Whether the client took the frame.
async fn send(socket: &mut WebSocket, frame: Message) -> bool {
    matches!(timeout(SEND_TIMEOUT, socket.send(frame)).await, Ok(Ok(())))
}
