//! The general WebSocket: what a client subscribed to, as it happens (`protocol::channel`).

use super::caller::Caller;
use super::error::{ApiError, ApiResult};
use super::extract::Query;
use super::socket::{self, Lost, Socket};
use super::{App, state_for};
use crate::config::Access;
use crate::feed::{FileNotice, Looking};
use crate::git;
use crate::journal::Journal;
use crate::people::Presence;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::response::Response;
use futures_util::StreamExt;
use futures_util::stream::{SplitSink, SplitStream};
use agents::Agents;
use heartbeat::Heartbeat;
use protocol::ErrorCode;
use protocol::channel::{FromKernel, Person, RescanReason, ToKernel, Topic};
use protocol::header::Role;
use protocol::state::RuntimeState;
use protocol::terminal::close;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;
use stdx::WorkspacePath;
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, sleep_until};
use utoipa::IntoParams;

mod agents;
mod heartbeat;

/// Entries taken from the journal at once.
const BATCH: usize = 64;
/// A client that lets this many events pass while it takes one frame is closed; it comes back with
/// `from` and misses nothing.
const BEHIND_MAX: u64 = 256;
/// When clients should come back after the kernel went away.
const COME_BACK_MS: u64 = 500;
/// People that are listed; a page shows a handful, and a lecture has more.
const PEOPLE_MAX: usize = 100;
/// Between two frames about people, so that one who jumps from file to file is no burden.
const PEOPLE_SPAN: Duration = Duration::from_millis(100);

/// Query of the channel.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ChannelQuery {
    /// First event that is wanted; only what is new when absent.
    from: Option<u64>,
    /// Topics joined by commas; `state,events,files,people` when absent.
    topics: Option<String>,
}

/// The general WebSocket: state, events, file changes, people, load, as they come; events from a
/// sequence number on.
#[utoipa::path(
    get, path = "/api/v1/ws", params(ChannelQuery),
    responses((status = 101), (status = 426, body = protocol::ErrorBody))
)]
pub async fn open_channel(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ChannelQuery>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> ApiResult<Response> {
    let upgrade = socket::accept(&app, &caller, upgrade)?;
    let topics = topics(query.topics.as_deref())?;
    Ok(upgrade.on_upgrade(move |socket| Channel::serve(app, caller, socket, (query.from, topics))))
}

fn topics(query: Option<&str>) -> Result<BTreeSet<Topic>, ApiError> {
    let Some(words) = query else { return Ok(Topic::DEFAULT.into_iter().collect()) };
    let topic = |word: &str| {
        serde_json::from_value(word.into()).map_err(|_| {
            let message = format!("`{word}` is no topic of this channel");
            ApiError::new(ErrorCode::InvalidRequest, message)
        })
    };
    words.split(',').filter(|it| !it.is_empty()).map(topic).collect()
}

/// One client of the channel.
struct Channel {
    app: App,
    caller: Caller,
    sink: SplitSink<Socket, Message>,
    topics: BTreeSet<Topic>,
    heartbeat: Heartbeat,
    /// The host itself is nobody.
    presence: Option<Presence>,
    journal: Journal,
    next_seq: watch::Receiver<u64>,
    /// The next entry that this client gets.
    cursor: u64,
    states: watch::Receiver<Arc<RuntimeState>>,
    people: watch::Receiver<Arc<Vec<Person>>>,
    /// Set while a frame about people is due.
    people_due: Option<Instant>,
    people_sent: Option<Instant>,
    files: Option<(broadcast::Receiver<FileNotice>, Looking)>,
    git: Option<(watch::Receiver<u64>, git::Looking)>,
    agents: Option<Agents>,
    /// For the load, of the whole and of processes.
    ticks: Option<Interval>,
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
    async fn serve(
        app: App,
        caller: Caller,
        socket: Socket,
        (from, topics): (Option<u64>, BTreeSet<Topic>),
    ) {
        let (sink, stream) = socket.split();
        let journal = app.context.journal.clone();
        let config = &app.context.config;
        let is_somebody = caller.principal.is_some() || !matches!(config.access, Access::Trusted);
        let mut channel = Self {
            sink,
            topics: BTreeSet::new(),
            heartbeat: Heartbeat::new(config.heartbeat, Instant::now()),
            presence: is_somebody.then(|| app.people.join(&caller)),
            next_seq: journal.next_seq(),
            cursor: 0,
            states: app.context.state.subscribe(),
            people: app.people.subscribe(),
            people_due: None,
            people_sent: None,
            files: None,
            git: None,
            agents: None,
            ticks: None,
            journal,
            caller,
            app,
        };
        let end = match channel.greet(from, topics).await {
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

    async fn greet(&mut self, from: Option<u64>, topics: BTreeSet<Topic>) -> Result<(), Lost> {
        let live = *self.next_seq.borrow_and_update();
        let backlog = self.journal.read(from.unwrap_or(live), 0);
        self.cursor = backlog.first_seq;
        let read_only = self.caller.role < Role::Editor;
        let connection = self.presence.as_ref().map(|it| it.connection.clone());
        self.send(&FromKernel::Hello { next_seq: self.cursor, read_only, connection }).await?;
        for topic in topics {
            self.subscribe(topic).await?;
            if topic == Topic::Events && backlog.gap {
                self.send(&FromKernel::Gap { next_seq: self.cursor }).await?;
            }
        }
        Ok(())
    }

    async fn run(&mut self, mut stream: SplitStream<Socket>) -> End {
        loop {
            if let Err(lost) = self.send_events().await {
                return lost.into();
            }
            let scope = self.app.context.scope.clone();
            let has = |topic| self.topics.contains(&topic);
            let (state, events, people) =
                (has(Topic::State), has(Topic::Events), has(Topic::People));
            let sent = tokio::select! {
                () = scope.stopping() => return End::Stopping,
                changed = self.next_seq.changed(), if events => match changed {
                    Ok(()) => Ok(()),
                    Err(_) => return End::Stopping,
                },
                changed = self.states.changed(), if state => match changed {
                    Ok(()) => self.send_state().await,
                    Err(_) => return End::Stopping,
                },
                Ok(()) = self.people.changed(), if people => {
                    let now = Instant::now();
                    let next = self.people_sent.map_or(now, |it| (it + PEOPLE_SPAN).max(now));
                    self.people_due.get_or_insert(next);
                    Ok(())
                }
                () = at(self.people_due) => self.send_people().await,
                notice = next_notice(&mut self.files) => self.send_notice(notice).await,
                () = changed(&mut self.git) => self.send_git().await,
                frame = agents::next(&mut self.agents) => self.send(&frame).await,
                () = tick(&mut self.ticks) => self.send_load().await,
                () = sleep_until(self.heartbeat.due()) => self.beat().await,
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

    async fn beat(&mut self) -> Result<(), Lost> {
        match self.heartbeat.beat(Instant::now()) {
            heartbeat::Beat::None => Ok(()),
            heartbeat::Beat::Ask => {
                socket::send(&mut self.sink, Message::Ping(bytes::Bytes::new())).await
            }
            heartbeat::Beat::Dead => Err(Lost::Gone),
        }
    }

    /// Adds a topic and sends what it stands for now.
    async fn subscribe(&mut self, topic: Topic) -> Result<(), Lost> {
        if !self.topics.insert(topic) {
            return Ok(());
        }
        match topic {
            Topic::State => self.send_state().await,
            // The cursor waits for them.
            Topic::Events => Ok(()),
            Topic::Files => {
                self.files = Some((self.app.feed.subscribe(), self.app.feed.look()));
                Ok(())
            }
            Topic::People => self.send_people().await,
            Topic::Git => {
                self.git = Some((self.app.git.revision(), self.app.git.look()));
                Ok(())
            }
            Topic::Agents => {
                self.agents = Some(Agents::new(&self.app, &self.caller));
                Ok(())
            }
            Topic::Stats | Topic::Processes => {
                let mut ticks = interval(self.app.context.config.monitor_interval);
                ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
                self.ticks = Some(ticks);
                Ok(())
            }
        }
    }

    fn unsubscribe(&mut self, topic: Topic) {
        self.topics.remove(&topic);
        match topic {
            Topic::State | Topic::Events => {}
            Topic::Files => self.files = None,
            Topic::People => self.people_due = None,
            Topic::Git => self.git = None,
            Topic::Agents => self.agents = None,
            Topic::Stats | Topic::Processes => {
                if !self.topics.contains(&Topic::Stats) && !self.topics.contains(&Topic::Processes)
                {
                    self.ticks = None;
                }
            }
        }
    }

    /// What the journal has beyond the cursor.
    async fn send_events(&mut self) -> Result<(), Lost> {
        while self.topics.contains(&Topic::Events) {
            let batch = self.journal.read(self.cursor, BATCH);
            if batch.gap {
                self.send(&FromKernel::Gap { next_seq: batch.first_seq }).await?;
            }
            if batch.entries.is_empty() {
                break;
            }
            self.cursor = batch.next_seq();
            for entry in batch.entries {
                let text = format!(r#"{{"type":"event","event":{entry}}}"#);
                self.send_text(text).await?;
            }
        }
        Ok(())
    }

    async fn send_state(&mut self) -> Result<(), Lost> {
        let state = Arc::clone(&self.states.borrow_and_update());
        let state = Box::new(state_for(&self.caller, &state));
        self.send(&FromKernel::State { state }).await
    }

    async fn send_people(&mut self) -> Result<(), Lost> {
        self.people_due = None;
        self.people_sent = Some(Instant::now());
        let people = Arc::clone(&self.people.borrow_and_update());
        let shown = people.iter().take(PEOPLE_MAX).cloned().collect();
        let more = u32::try_from(people.len().saturating_sub(PEOPLE_MAX)).unwrap_or(u32::MAX);
        self.send(&FromKernel::People { people: shown, more }).await
    }

    async fn send_notice(
        &mut self,
        notice: Result<FileNotice, broadcast::error::RecvError>,
    ) -> Result<(), Lost> {
        match notice {
            Ok(FileNotice::Changes(changes)) => {
                for change in changes.iter() {
                    self.send(&change.frame()).await?;
                }
                Ok(())
            }
            Ok(FileNotice::Rescan(reason)) => self.send(&FromKernel::FilesRescan { reason }).await,
            Err(broadcast::error::RecvError::Lagged(_)) => {
                let reason = RescanReason::Behind;
                self.send(&FromKernel::FilesRescan { reason }).await
            }
            Err(broadcast::error::RecvError::Closed) => Err(Lost::Gone),
        }
    }

    async fn send_git(&mut self) -> Result<(), Lost> {
        let task = self.app.git.task();
        self.send(&FromKernel::GitChanged { task }).await
    }

    async fn send_load(&mut self) -> Result<(), Lost> {
        if self.topics.contains(&Topic::Stats) {
            let stats = self.app.stats().await;
            self.send(&FromKernel::SystemStats { stats }).await?;
        }
        if self.topics.contains(&Topic::Processes) {
            let (processes, more) = self.app.meter.processes(&self.app.context).await;
            self.send(&FromKernel::Processes { processes, more }).await?;
        }
        Ok(())
    }

    async fn receive(&mut self, message: &Message) -> Result<(), Lost> {
        self.heartbeat.heard(Instant::now());
        let text = match message {
            Message::Text(text) => text,
            Message::Close(_) => return Err(Lost::Gone),
            Message::Binary(_) | Message::Ping(_) | Message::Pong(_) => return Ok(()),
        };
        match serde_json::from_str(text) {
            Ok(ToKernel::Ping) => self.send(&FromKernel::Pong).await,
            Ok(ToKernel::Subscribe { topics }) => {
                for topic in topics {
                    let is_new = !self.topics.contains(&topic);
                    self.subscribe(topic).await?;
                    // What happened before is not known to this client.
                    if is_new && topic == Topic::Files {
                        let reason = RescanReason::Begin;
                        self.send(&FromKernel::FilesRescan { reason }).await?;
                    }
                }
                self.send_topics().await
            }
            Ok(ToKernel::Unsubscribe { topics }) => {
                for topic in topics {
                    self.unsubscribe(topic);
                }
                self.send_topics().await
            }
            Ok(ToKernel::Looking { path }) => self.look(path.as_deref()).await,
            Ok(ToKernel::Stats { on: true }) => self.subscribe(Topic::Stats).await,
            Ok(ToKernel::Stats { on: false }) => {
                self.unsubscribe(Topic::Stats);
                Ok(())
            }
            // A newer client may say what this kernel does not know.
            Err(error) => self.send(&FromKernel::Error { message: error.to_string() }).await,
        }
    }

    async fn look(&mut self, path: Option<&str>) -> Result<(), Lost> {
        let path = path.map(WorkspacePath::parse).transpose();
        match (path, &self.presence) {
            (Ok(path), Some(presence)) => {
                presence.look(path);
                Ok(())
            }
            (Ok(_), None) => Ok(()),
            (Err(error), _) => self.send(&FromKernel::Error { message: error.to_string() }).await,
        }
    }

    async fn send_topics(&mut self) -> Result<(), Lost> {
        let topics = self.topics.iter().copied().collect();
        self.send(&FromKernel::Subscribed { topics }).await
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

/// Resolves at a moment; never without one.
async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => pending().await,
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

/// The next change of the repository; never for one who does not look.
async fn changed(git: &mut Option<(watch::Receiver<u64>, git::Looking)>) {
    let Some((revision, _)) = git else { return pending().await };
    // Its sender lives as long as the kernel.
    if revision.changed().await.is_err() {
        pending::<()>().await;
    }
}

/// The next notice about files; never for one who does not look.
async fn next_notice(
    files: &mut Option<(broadcast::Receiver<FileNotice>, Looking)>,
) -> Result<FileNotice, broadcast::error::RecvError> {
    match files {
        Some((files, _)) => files.recv().await,
        None => pending().await,
    }
}
