//! The session's handle and loop.

use super::{Effect, Event, Refusal, Request, State};
use crate::context::{By, Context};
use protocol::event::EventKind;
use protocol::id::SessionId;
use protocol::state::{RuntimeState, SessionStatus};
use serde::{Deserialize, Serialize};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use stdx::{clock, random};
use tokio::sync::{mpsc, oneshot};

/// Requests wait here while one is judged; more are people who press a button at once.
const INBOX_CAPACITY: usize = 32;

/// Name of the record that outlives the kernel.
const RECORD: &str = protocol::launch::SESSION_RECORD;

/// What the operating system is asked for.
pub trait Driver: Send + Sync + 'static {
    /// Prepares a session. Cancelled when it is stopped meanwhile.
    fn open(&self) -> impl Future<Output = Result<(), String>> + Send;
    /// The session runs.
    fn begin(&self, dev_server: bool, by: By) -> impl Future<Output = ()> + Send;
    /// Ends every process of the session; the error says what is left.
    fn close(&self) -> impl Future<Output = Result<(), String>> + Send;
}

/// The handle. Cheap to clone.
#[derive(Clone)]
pub struct Session {
    inbox: mpsc::Sender<Ask>,
    context: Context,
}

enum Ask {
    Request {
        request: Request,
        by: By,
        /// The generation that the request is about.
        reply: oneshot::Sender<Result<u64, Refusal>>,
    },
    Fault {
        reason: String,
    },
}

/// What is kept of a session beyond the kernel's life.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) generation: u64,
    pub(crate) session_id: Option<SessionId>,
    pub(crate) status: SessionStatus,
    pub(crate) reason: Option<String>,
    pub(crate) changed_at_ms: u64,
    pub(crate) started_at_ms: Option<u64>,
    pub(crate) started_by: Option<String>,
}

impl Record {
    /// The last session, and whether the kernel died under it. It counts as crashed then.
    pub(crate) fn load(store: &crate::store::Store) -> std::io::Result<(Self, bool)> {
        let mut record: Self = store.read(RECORD)?.unwrap_or_default();
        let died = match record.status {
            SessionStatus::Starting | SessionStatus::Running | SessionStatus::Stopping => true,
            SessionStatus::Idle | SessionStatus::Stopped | SessionStatus::Crashed => false,
        };
        if died {
            record.status = SessionStatus::Crashed;
            record.reason = Some(
                "The workspace's kernel ended unexpectedly, and everything that ran in it with it. \
                 Files are kept. Press Run to start again."
                    .to_owned(),
            );
            store.write(RECORD, &record)?;
        }
        Ok((record, died))
    }

    pub(crate) fn state(&self) -> State {
        match self.status {
            SessionStatus::Idle => State::Idle,
            SessionStatus::Crashed => {
                State::Crashed { reason: self.reason.clone().unwrap_or_default() }
            }
            SessionStatus::Starting
            | SessionStatus::Running
            | SessionStatus::Stopping
            | SessionStatus::Stopped => State::Stopped,
        }
    }
}

impl Session {
    /// Starts the actor in the context's scope. When the scope stops, the session is stopped first.
    pub fn spawn(context: &Context, driver: impl Driver) -> std::io::Result<Self> {
        let (record, _) = Record::load(&context.store)?;
        let (inbox, asks) = mpsc::channel(INBOX_CAPACITY);
        let actor = Actor {
            context: context.clone(),
            driver: Arc::new(driver),
            state: record.state(),
            record,
            by: By::kernel(),
            work: None,
        };
        context.scope.spawn("session", actor.run(asks));
        Ok(Self { inbox, context: context.clone() })
    }

    /// Asks and waits until what was asked for is so: the state then, or why not.
    pub async fn request(&self, request: Request, by: By) -> Result<Arc<RuntimeState>, Refusal> {
        let (reply, answer) = oneshot::channel();
        let ask = Ask::Request { request, by, reply };
        self.inbox.send(ask).await.map_err(|_| Refusal::Unavailable)?;
        let generation = answer.await.map_err(|_| Refusal::Unavailable)??;
        self.settled(request, generation).await
    }

    /// Ends the session, if one runs, because it cannot go on; returns when that has begun.
    pub async fn fail(&self, reason: String) {
        // A kernel that ends has ended its session.
        drop(self.inbox.send(Ask::Fault { reason }).await);
    }

    async fn settled(&self, request: Request, from: u64) -> Result<Arc<RuntimeState>, Refusal> {
        let mut states = self.context.state.subscribe();
        let wants_down = request == Request::Stop;
        let done = states
            .wait_for(|it| match it.status {
                SessionStatus::Starting | SessionStatus::Stopping => {
                    wants_down && from < it.generation
                }
                SessionStatus::Running => !wants_down || from < it.generation,
                SessionStatus::Idle | SessionStatus::Stopped | SessionStatus::Crashed => true,
            })
            .await
            .map_err(|_| Refusal::Unavailable)?;
        let state = Arc::clone(&done);
        drop(done);
        match state.status {
            SessionStatus::Crashed => {
                Err(Refusal::Failed { reason: state.reason.clone().unwrap_or_default() })
            }
            SessionStatus::Stopped | SessionStatus::Idle if !wants_down => Err(Refusal::Cancelled),
            SessionStatus::Idle
            | SessionStatus::Starting
            | SessionStatus::Running
            | SessionStatus::Stopping
            | SessionStatus::Stopped => Ok(state),
        }
    }
}

/// The loop.
struct Actor<D> {
    context: Context,
    driver: Arc<D>,
    state: State,
    record: Record,
    /// Who asked last; events name them.
    by: By,
    /// What is under way; it ends with an event. Replaced, it is dropped.
    work: Option<Pin<Box<dyn Future<Output = Event> + Send>>>,
}

impl<D: Driver> Actor<D> {
    async fn run(mut self, mut asks: mpsc::Receiver<Ask>) {
        let scope = self.context.scope.clone();
        let mut stopping = false;
        while !(stopping && self.state.is_down()) {
            tokio::select! {
                () = scope.stopping(), if !stopping => {
                    stopping = true;
                    self.by = By::kernel();
                    self.handle(Event::Shutdown);
                }
                Some(ask) = asks.recv(), if !stopping => self.answer(ask),
                event = next(&mut self.work) => {
                    self.work = None;
                    self.handle(event);
                }
            }
        }
    }

    fn answer(&mut self, ask: Ask) {
        let (request, by, reply) = match ask {
            Ask::Request { request, by, reply } => (request, by, reply),
            Ask::Fault { reason } => {
                self.by = By::kernel();
                return self.handle(Event::Fault { reason });
            }
        };
        let verdict = self.state.judge(request);
        if verdict.is_ok() {
            self.by = by;
            self.handle(Event::Request(request));
        }
        // Whoever asked may have left; what was asked for happens all the same.
        drop(reply.send(verdict.map(|()| self.record.generation)));
    }

    fn handle(&mut self, event: Event) {
        let (next, effect) = self.state.clone().step(event);
        let changed = next != self.state;
        if let (State::Stopping { .. }, State::Starting { .. }) = (&self.state, &next) {
            // A restart is a stop first, and nobody sees the state between the two.
            self.context.emit(&self.by, EventKind::RuntimeStopped);
        }
        self.state = next;
        if effect == Some(Effect::Open) {
            self.record.generation += 1;
            self.record.session_id = Some(SessionId::from_random(random::bits()));
            self.record.started_at_ms = Some(clock::now_ms());
            self.record.started_by.clone_from(&self.by.principal);
        }
        let kept = if changed { self.publish() } else { Ok(()) };
        if let Some(effect) = effect {
            self.perform(effect, kept);
        }
    }

    fn publish(&mut self) -> Result<(), String> {
        self.record.status = self.state.status();
        self.record.reason = match &self.state {
            State::Crashed { reason } => Some(reason.clone()),
            State::Idle
            | State::Starting { .. }
            | State::Running
            | State::Stopping { .. }
            | State::Failing { .. }
            | State::Stopped => None,
        };
        self.record.changed_at_ms = clock::now_ms();
        let kept = self.context.store.write(RECORD, &self.record).map_err(|error| {
            tracing::error!("the session's record could not be written: {error}");
            "The session could not be recorded: the disk is full or broken. Nothing was started."
                .to_owned()
        });
        let record = self.record.clone();
        self.context.state.update(|it| {
            it.status = record.status;
            it.reason = record.reason;
            it.generation = record.generation;
            it.session_id = record.session_id;
            it.started_at_ms = record.started_at_ms;
            it.started_by = record.started_by;
        });
        match &self.state {
            State::Running => {
                let generation = self.record.generation;
                self.context.emit(&self.by, EventKind::RuntimeStarted { generation });
            }
            State::Stopped => self.context.emit(&self.by, EventKind::RuntimeStopped),
            State::Crashed { reason } => {
                let error = reason.clone();
                self.context.emit(&self.by, EventKind::RuntimeCrashed { error });
            }
            State::Idle
            | State::Starting { .. }
            | State::Stopping { .. }
            | State::Failing { .. } => {}
        }
        kept
    }

    fn perform(&mut self, effect: Effect, kept: Result<(), String>) {
        let driver = Arc::clone(&self.driver);
        self.work = Some(match effect {
            Effect::Open => Box::pin(async move {
                let opened = match kept {
                    Ok(()) => driver.open().await,
                    Err(reason) => Err(reason),
                };
                opened.map_or_else(|reason| Event::OpenFailed { reason }, |()| Event::Opened)
            }),
            Effect::Begin { dev_server } => {
                let by = self.by.clone();
                self.context.scope.spawn("session begin", async move {
                    driver.begin(dev_server, by).await;
                });
                return;
            }
            Effect::Close => Box::pin(async move {
                let closed = driver.close().await;
                closed.map_or_else(|reason| Event::CloseFailed { reason }, |()| Event::Closed)
            }),
        });
    }
}

/// Waits for what is under way; for ever when nothing is.
async fn next(work: &mut Option<Pin<Box<dyn Future<Output = Event> + Send>>>) -> Event {
    match work {
        Some(work) => work.await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
