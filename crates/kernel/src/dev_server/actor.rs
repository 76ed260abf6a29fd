//! The dev server's handle and loop.

use super::{Effect, Event, Failure, State};
use crate::context::{By, Context};
use protocol::event::EventKind;
use protocol::state::{DevServerPhase, DevServerStatus, RuntimeState};
use std::sync::Arc;
use std::time::Duration;
use stdx::clock;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until, timeout};

/// Requests wait here while the actor starts a process; more are people who press a button at once.
const INBOX_CAPACITY: usize = 32;

/// The system closes a port with the last process that has it; a moment for whoever looks.
const PORT_TIMEOUT: Duration = Duration::from_millis(500);

/// What the operating system is asked for, and what it says.
pub trait Driver: Send + 'static {
    /// Carries out an effect; what comes of it is told by [`Self::next`].
    fn perform(&mut self, effect: Effect, by: &By);

    /// The next thing that happens to the process; for ever when there is none. Cancel-safe.
    fn next(&mut self) -> impl Future<Output = Event> + Send;
}

/// The port that the dev server answers on, and where the app says it lives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct App {
    pub port: Option<u16>,
    pub path: Option<String>,
}

/// The handle. Cheap to clone.
#[derive(Clone)]
pub struct DevServer {
    inbox: mpsc::Sender<Ask>,
    context: Context,
    app: Arc<watch::Sender<App>>,
}

struct Ask {
    event: Event,
    by: By,
    done: oneshot::Sender<()>,
}

impl DevServer {
    /// Starts the actor in the context's scope.
    pub fn spawn(context: &Context, app: Arc<watch::Sender<App>>, driver: impl Driver) -> Self {
        let (inbox, asks) = mpsc::channel(INBOX_CAPACITY);
        let actor = Actor {
            context: context.clone(),
            app: Arc::clone(&app),
            driver,
            state: State::Stopped,
            by: By::kernel(),
        };
        context.scope.spawn("dev server", actor.run(asks));
        Self { inbox, context: context.clone(), app }
    }

    /// Starts it unless it runs or starts; the state right after.
    pub async fn start(&self, by: By) -> Arc<RuntimeState> {
        self.ask(Event::Start, by).await
    }

    /// Stops it and starts it again; the state right after.
    pub async fn restart(&self, by: By) -> Arc<RuntimeState> {
        self.ask(Event::Restart, by).await
    }

    /// Stops it; the state once its processes are gone and its port is not told any more.
    pub async fn stop(&self, by: By) -> Arc<RuntimeState> {
        let served = self.app.borrow().port;
        self.ask(Event::Stop, by).await;
        let mut states = self.context.state.subscribe();
        let stopped = states.wait_for(|it| it.dev_server.status != DevServerStatus::Stopping);
        if stopped.await.is_ok() {
            let closed = states.wait_for(|it| !it.ports.iter().any(|it| Some(it.port) == served));
            // Another program may have taken the port meanwhile.
            drop(timeout(PORT_TIMEOUT, closed).await);
        }
        self.context.state.get()
    }

    /// Asks it to stop without waiting: the session ends it anyway.
    pub async fn begin_stop(&self) {
        self.ask(Event::Stop, By::kernel()).await;
    }

    async fn ask(&self, event: Event, by: By) -> Arc<RuntimeState> {
        let (done, answered) = oneshot::channel();
        if self.inbox.send(Ask { event, by, done }).await.is_ok() {
            // The actor ends with the kernel; the state is the answer then too.
            let _ended = answered.await;
        }
        self.context.state.get()
    }
}

/// The loop.
struct Actor<D> {
    context: Context,
    /// Written here, read by the preview.
    app: Arc<watch::Sender<App>>,
    driver: D,
    state: State,
    /// Who asked last; events name them.
    by: By,
}

impl<D: Driver> Actor<D> {
    async fn run(mut self, mut asks: mpsc::Receiver<Ask>) {
        let scope = self.context.scope.clone();
        let mut stopping = false;
        while !(stopping && self.state.is_down()) {
            let deadline = self.state.deadline();
            tokio::select! {
                () = scope.stopping(), if !stopping => {
                    stopping = true;
                    self.handle(Event::Stop);
                }
                Some(ask) = asks.recv() => {
                    // While the kernel ends there is one thing left to do, and it is being done.
                    if !stopping {
                        self.by = ask.by;
                        self.handle(ask.event);
                    }
                    // Whoever asked may have left.
                    let _left = ask.done.send(());
                }
                event = self.driver.next() => self.handle(event),
                () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => {
                    self.handle(Event::Deadline);
                }
            }
        }
    }

    fn handle(&mut self, event: Event) {
        let (next, effect) = self.state.clone().step(Instant::now(), event);
        if next != self.state {
            let before = std::mem::replace(&mut self.state, next);
            self.publish();
            if let State::Ready { port, .. } = self.state
                && !matches!(before, State::Ready { port: known, .. } if known == port)
            {
                self.context.emit(&By::kernel(), EventKind::DevServerReady { port });
            }
        }
        if let Some(effect) = effect {
            self.driver.perform(effect, &self.by);
        }
    }

    fn publish(&self) {
        let now = Instant::now();
        let state = &self.state;
        self.context.state.update(|it| {
            let it = &mut it.dev_server;
            it.status = state.status();
            it.reason = state.reason();
            it.phase = phase(state);
            it.retry_at_ms = None;
            match state {
                State::Starting { tries, .. } | State::Ready { tries, .. } => {
                    it.restarts = tries.restarts;
                    it.exit = None;
                }
                State::Waiting { tries, due, failure } => {
                    it.restarts = tries.restarts;
                    let left = due.saturating_duration_since(now).as_millis();
                    it.retry_at_ms = Some(clock::now_ms() + u64::try_from(left).unwrap_or(0));
                    it.exit = failure.exit();
                }
                State::Failed { tries, failure } => {
                    it.restarts = tries.restarts;
                    it.exit = failure.exit();
                    if matches!(failure, Failure::NotStarted { .. }) {
                        it.last_lines = Vec::new();
                    }
                }
                State::Stopped => it.restarts = 0,
                State::NothingToRun { .. } => {
                    (it.command, it.framework, it.exit) = (None, None, None);
                    it.last_lines = Vec::new();
                    it.restarts = 0;
                }
                State::Stopping { .. } => {}
            }
            if matches!(it.status, DevServerStatus::Stopped | DevServerStatus::Failed) {
                it.pid = None;
            }
        });
        self.app.send_if_modified(|app| {
            let port = match state {
                State::Ready { port, .. } => Some(*port),
                State::Stopped
                | State::NothingToRun { .. }
                | State::Starting { .. }
                | State::Stopping { .. }
                | State::Waiting { .. }
                | State::Failed { .. } => None,
            };
            std::mem::replace(&mut app.port, port) != port
        });
    }
}

fn phase(state: &State) -> Option<DevServerPhase> {
    match state {
        State::Starting { phase, .. } => Some(*phase),
        State::Stopped
        | State::NothingToRun { .. }
        | State::Ready { .. }
        | State::Stopping { .. }
        | State::Waiting { .. }
        | State::Failed { .. } => None,
    }
}

#[cfg(test)]
mod tests;
