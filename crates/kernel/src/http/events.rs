//! The journal over HTTP, and the event channel.

use super::caller::Caller;
use super::error::ApiResult;
use super::extract::Query;
use super::socket::{self, Lost};
use super::{App, FileNotice, state_for};
use crate::journal::Journal;
use axum::Json;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use futures_util::StreamExt;
use futures_util::stream::{SplitSink, SplitStream};
use protocol::event::{EventPage, FromKernel, ToKernel};
use protocol::header::Role;
use protocol::state::RuntimeState;
use protocol::terminal::close;
use serde::Deserialize;
use std::future::pending;
use std::sync::Arc;
use tokio::sync::{broadcast, watch};
use tokio::time::{Interval, MissedTickBehavior, interval};
use utoipa::IntoParams;

/// Entries in one page, when the request does not say, and at most.
const PAGE: usize = 100;
const PAGE_MAX: usize = 1000;
/// Entries taken from the journal at once.
const BATCH: usize = 64;
/// A client that lets this many events pass while it takes one frame is closed; it comes back with
/// `from` and misses nothing.
const BEHIND_MAX: u64 = 256;
/// When clients should come back after the kernel went away.
const COME_BACK_MS: u64 = 500;

/// Query of `GET /api/v1/events` and of the channel.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// First sequence number that is wanted.
    from: Option<u64>,
    /// At most this many; the channel does not use it.
    limit: Option<usize>,
}

/// A page of the journal.
#[utoipa::path(
    get, path = "/api/v1/events", params(EventsQuery),
    responses((status = 200, body = EventPage))
)]
pub async fn list_events(
    State(app): State<App>,
    Query(query): Query<EventsQuery>,
) -> Json<EventPage> {
    let limit = query.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    Json(app.context.journal.page(query.from.unwrap_or(1), limit))
}

/// The event channel: state and events as they come, from a sequence number on.
#[utoipa::path(
    get, path = "/api/v1/ws", params(EventsQuery),
    responses((status = 101), (status = 426, body = protocol::ErrorBody))
)]
pub async fn open_channel(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<EventsQuery>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> ApiResult<Response> {
    let upgrade = socket::accept(upgrade)?;
    Ok(upgrade.on_upgrade(move |socket| Channel::serve(app, caller, socket, query.from)))
}

/// One client of the event channel.
struct Channel {
    app: App,
    caller: Caller,
    sink: SplitSink<WebSocket, Message>,
    journal: Journal,
    next_seq: watch::Receiver<u64>,
    /// The next entry that this client gets.
    cursor: u64,
    states: watch::Receiver<Arc<RuntimeState>>,
    files: broadcast::Receiver<FileNotice>,
    stats: Option<Interval>,
}

/// Why a channel ends.
enum End {
    Lost(Lost),
    Stopping,
}

impl From<Lost> for End {
    fn from(lost: Lost) -> Self {
        Self::Lost(lost)
    }
}

impl Channel {
    async fn serve(app: App, caller: Caller, socket: WebSocket, from: Option<u64>) {
        let (sink, stream) = socket.split();
        let _looking = app.feed.look();
        let journal = app.context.journal.clone();
        let next_seq = journal.next_seq();
        let mut channel = Self {
            caller,
            sink,
            next_seq,
            cursor: 0,
            states: app.context.state.subscribe(),
            files: app.feed.subscribe(),
            stats: None,
            journal,
            app,
        };
        let end = match channel.greet(from).await {
            Ok(()) => channel.run(stream).await,
            Err(lost) => End::Lost(lost),
        };
        let (code, reason) = match end {
            End::Lost(Lost::Gone) => return,
            End::Lost(Lost::Slow) => (close::TOO_SLOW, "the client is too far behind"),
            End::Stopping => {
                let frame = FromKernel::ComeBack { after_ms: COME_BACK_MS };
                // A client that is gone needs no advice.
                let _gone = channel.send(&frame).await;
                (close::COME_BACK, "the workspace restarts")
            }
        };
        socket::close(channel.sink, code, reason).await;
    }

    async fn greet(&mut self, from: Option<u64>) -> Result<(), Lost> {
        let live = *self.next_seq.borrow_and_update();
        let backlog = self.journal.read(from.unwrap_or(live), 0);
        self.cursor = backlog.first_seq;
        let read_only = self.caller.role < Role::Editor;
        self.send(&FromKernel::Hello { next_seq: self.cursor, read_only }).await?;
        self.send_state().await?;
        if backlog.gap {
            self.send(&FromKernel::Gap { next_seq: self.cursor }).await?;
        }
        Ok(())
    }

    async fn run(&mut self, mut stream: SplitStream<WebSocket>) -> End {
        loop {
            if let Err(lost) = self.send_events().await {
                return lost.into();
            }
            let scope = self.app.context.scope.clone();
            let sent = tokio::select! {
                () = scope.stopping() => return End::Stopping,
                changed = self.next_seq.changed() => match changed {
                    Ok(()) => Ok(()),
                    Err(_) => return End::Stopping,
                },
                changed = self.states.changed() => match changed {
                    Ok(()) => self.send_state().await,
                    Err(_) => return End::Stopping,
                },
                notice = self.files.recv() => self.send_notice(notice).await,
                () = tick(&mut self.stats) => self.send_stats().await,
                message = stream.next() => match message {
                    Some(Ok(message)) => self.receive(&message).await,
                    Some(Err(_)) | None => return End::Lost(Lost::Gone),
                },
            };
            if let Err(lost) = sent {
                return lost.into();
            }
        }
    }

    /// What the journal has beyond the cursor.
    async fn send_events(&mut self) -> Result<(), Lost> {
        loop {
            let batch = self.journal.read(self.cursor, BATCH);
            if batch.gap {
                self.send(&FromKernel::Gap { next_seq: batch.first_seq }).await?;
            }
            if batch.entries.is_empty() {
                return Ok(());
            }
            self.cursor = batch.next_seq();
            for entry in batch.entries {
                let text = format!(r#"{{"type":"event","event":{entry}}}"#);
                self.send_text(text).await?;
            }
        }
    }

    async fn send_state(&mut self) -> Result<(), Lost> {
        let state = Arc::clone(&self.states.borrow_and_update());
        let state = Box::new(state_for(&self.caller, &state));
        self.send(&FromKernel::State { state }).await
    }

    async fn send_notice(
        &mut self,
        notice: Result<FileNotice, broadcast::error::RecvError>,
    ) -> Result<(), Lost> {
        match notice {
            Ok(FileNotice::Changed { path, change }) => {
                self.send(&FromKernel::FileChanged { path, event_type: change }).await
            }
            Ok(FileNotice::Rescan) | Err(broadcast::error::RecvError::Lagged(_)) => {
                self.send(&FromKernel::FilesRescan).await
            }
            Err(broadcast::error::RecvError::Closed) => Err(Lost::Gone),
        }
    }

    async fn send_stats(&mut self) -> Result<(), Lost> {
        let stats = self.app.meter.measure(&self.app.context.config).await;
        self.send(&FromKernel::SystemStats { stats }).await
    }

    async fn receive(&mut self, message: &Message) -> Result<(), Lost> {
        let text = match message {
            Message::Text(text) => text,
            Message::Close(_) => return Err(Lost::Gone),
            Message::Binary(_) | Message::Ping(_) | Message::Pong(_) => return Ok(()),
        };
        match serde_json::from_str(text) {
            Ok(ToKernel::Ping) => self.send(&FromKernel::Pong).await,
            Ok(ToKernel::Stats { on: true }) => {
                let mut ticks = interval(self.app.context.config.monitor_interval);
                ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
                self.stats = Some(ticks);
                Ok(())
            }
            Ok(ToKernel::Stats { on: false }) => {
                self.stats = None;
                Ok(())
            }
            // A newer client may say what this kernel does not know.
            Err(_) => Ok(()),
        }
    }

    async fn send(&mut self, frame: &FromKernel) -> Result<(), Lost> {
        self.send_text(serde_json::to_string(frame).unwrap_or_default()).await
    }

    /// Writes one frame, unless too much happens before the client has taken it.
    async fn send_text(&mut self, text: String) -> Result<(), Lost> {
        let mut next_seq = self.next_seq.clone();
        let limit = *next_seq.borrow() + BEHIND_MAX;
        tokio::select! {
            biased;
            sent = socket::send(&mut self.sink, Message::Text(text.into())) => sent,
            _ = next_seq.wait_for(|it| limit < *it) => Err(Lost::Slow),
        }
    }
}

/// The next tick; never without an interval.
async fn tick(interval: &mut Option<Interval>) {
    match interval {
        Some(interval) => {
            interval.tick().await;
        }
        None => pending().await,
    }
}
