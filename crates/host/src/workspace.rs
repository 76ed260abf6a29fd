//! One workspace on this machine: whoever wants its kernel gets the one there is.
//!
//! [`crate::life`] decides; [`Actor::run`] does what it decides through [`Launcher`].

use crate::egress::Log;
use crate::kernel::Kernel;
use crate::launcher::{Launcher, StartError};
use crate::life::{Effect, Event, State};
use protocol::WorkspaceId;
use std::sync::Arc;
use std::time::Instant;
use stdx::TaskScope;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

/// Requests wait here while the actor decides; it never does anything slow.
const INBOX_CAPACITY: usize = 64;

/// The handle. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    requests: mpsc::Sender<Request>,
    kernel: watch::Receiver<Option<Arc<Kernel>>>,
    log: Arc<Log>,
}

#[derive(Debug)]
enum Request {
    Want(oneshot::Sender<Result<Arc<Kernel>, StartError>>),
    Stop(oneshot::Sender<()>),
    /// Stop, and never start again.
    Close(oneshot::Sender<()>),
}

struct Actor {
    id: WorkspaceId,
    launcher: Arc<Launcher>,
    scope: TaskScope,
    log: Arc<Log>,
    deaths: broadcast::Sender<WorkspaceId>,
    state: State,
    kernel: watch::Sender<Option<Arc<Kernel>>>,
    /// Who wants the kernel, who waits for its end.
    wanting: Vec<oneshot::Sender<Result<Arc<Kernel>, StartError>>>,
    stopping: Vec<oneshot::Sender<()>>,
    closed: bool,
    /// From the task that performs an effect; one at a time.
    done_tx: mpsc::Sender<Done>,
    done: mpsc::Receiver<Done>,
}

/// What became of an effect.
enum Done {
    Started(Result<Kernel, StartError>),
    Ended,
}

impl Workspace {
    /// Starts the actor, with the kernel that was found alive, if one was.
    pub(crate) fn spawn(
        id: WorkspaceId,
        launcher: Arc<Launcher>,
        adopted: (Option<Kernel>, Arc<Log>),
        deaths: broadcast::Sender<WorkspaceId>,
        scope: &TaskScope,
    ) -> Self {
        let (requests, inbox) = mpsc::channel(INBOX_CAPACITY);
        let (done_tx, done) = mpsc::channel(1);
        let (adopted, log) = adopted;
        let state = match adopted {
            Some(_) => State::Awake { since: Instant::now(), recovered: false },
            None => State::Asleep,
        };
        let (kernel_tx, kernel) = watch::channel(adopted.map(Arc::new));
        let actor = Actor {
            id,
            launcher,
            scope: scope.clone(),
            log: Arc::clone(&log),
            deaths,
            state,
            kernel: kernel_tx,
            wanting: Vec::new(),
            stopping: Vec::new(),
            closed: false,
            done_tx,
            done,
        };
        scope.spawn("workspace", actor.run(inbox));
        Self { requests, kernel, log }
    }

    /// The living kernel, if there is one now.
    pub(crate) fn living(&self) -> Option<Arc<Kernel>> {
        self.kernel.borrow().clone()
    }

    /// The kernel; starts it when there is none.
    pub(crate) async fn kernel(&self) -> Result<Arc<Kernel>, StartError> {
        let (reply, answer) = oneshot::channel();
        self.ask(Request::Want(reply)).await;
        answer.await.unwrap_or_else(|_| Err(StartError::Failed("the host is stopping".to_owned())))
    }

    /// Ends the kernel, if there is one; returns when nothing is left of it.
    pub(crate) async fn stop(&self) {
        let (reply, answer) = oneshot::channel();
        self.ask(Request::Stop(reply)).await;
        let _host_stops = answer.await;
    }

    /// Ends the kernel for good; returns when nothing is left of it.
    pub(crate) async fn close(&self) {
        let (reply, answer) = oneshot::channel();
        self.ask(Request::Close(reply)).await;
        let _host_stops = answer.await;
    }

    /// What went out of the workspace.
    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// A request that cannot be delivered drops its reply, which is an answer.
    async fn ask(&self, request: Request) {
        let _actor_is_gone = self.requests.send(request).await;
    }
}

impl Actor {
    async fn run(mut self, mut inbox: mpsc::Receiver<Request>) {
        let scope = self.scope.clone();
        loop {
            let living = self.kernel.borrow().clone();
            let awake = matches!(self.state, State::Awake { .. });
            let event = tokio::select! {
                biased;
                () = scope.stopping() => return,
                () = exited(living.as_deref()), if awake => {
                    Event::Died { idle: self.launcher.was_idle(&self.id) }
                }
                Some(done) = self.done.recv() => self.take(done),
                Some(request) = inbox.recv() => match self.accept(request) {
                    Some(event) => event,
                    None => continue,
                },
            };
            let (next, effect) = self.state.step(Instant::now(), event);
            self.state = next;
            if let Some(effect) = effect {
                self.perform(effect);
            }
            self.answer();
            if self.closed && self.state == State::Asleep {
                return;
            }
        }
    }

    /// Notes who asks, and says what that means. `None`: they are answered already.
    fn accept(&mut self, request: Request) -> Option<Event> {
        match request {
            Request::Want(reply) if self.closed => {
                let _gone = reply.send(Err(StartError::NotFound));
                None
            }
            Request::Want(reply) => {
                self.wanting.push(reply);
                Some(Event::Wanted)
            }
            Request::Stop(reply) => {
                self.stopping.push(reply);
                Some(Event::Stop)
            }
            Request::Close(reply) => {
                self.closed = true;
                self.stopping.push(reply);
                Some(Event::Stop)
            }
        }
    }

    fn take(&mut self, done: Done) -> Event {
        match done {
            Done::Started(Ok(kernel)) => {
                tracing::debug!(workspace.id = %self.id, pid = kernel.pid, "kernel is awake");
                self.kernel.send_replace(Some(Arc::new(kernel)));
                Event::Started
            }
            Done::Started(Err(error)) => {
                for reply in self.wanting.drain(..) {
                    let _gone = reply.send(Err(error.clone()));
                }
                Event::Failed
            }
            Done::Ended => {
                for reply in self.stopping.drain(..) {
                    let _gone = reply.send(());
                }
                Event::Ended
            }
        }
    }

    /// Effects run beside the actor and come back as an event.
    fn perform(&mut self, effect: Effect) {
        let (id, launcher) = (self.id.clone(), Arc::clone(&self.launcher));
        let done = self.done_tx.clone();
        let log = Arc::clone(&self.log);
        let kernel = match effect {
            Effect::Start => None,
            Effect::End | Effect::Tidy | Effect::TidyAndTell => self.kernel.send_replace(None),
        };
        if effect == Effect::TidyAndTell {
            tracing::warn!(workspace.id = %id, "a kernel died without being asked to");
            let _nobody_listens = self.deaths.send(id.clone());
        }
        self.scope.spawn("kernel's life", async move {
            let outcome = match (effect, kernel) {
                (Effect::Start, _) => Done::Started(launcher.start(&id, &log).await),
                (Effect::End, Some(kernel)) => {
                    launcher.end(&id, &kernel).await;
                    Done::Ended
                }
                (Effect::End | Effect::Tidy | Effect::TidyAndTell, _) => {
                    launcher.tidy(&id).await;
                    Done::Ended
                }
            };
            let _actor_is_gone = done.send(outcome).await;
        });
    }

    /// Answers those whose wait is over.
    fn answer(&mut self) {
        match self.state {
            State::Awake { .. } => {
                if let Some(kernel) = self.kernel.borrow().clone() {
                    for reply in self.wanting.drain(..) {
                        let _gone = reply.send(Ok(Arc::clone(&kernel)));
                    }
                }
            }
            State::Asleep => {
                for reply in self.stopping.drain(..) {
                    let _gone = reply.send(());
                }
                for reply in self.wanting.drain(..) {
                    let why = "the kernel was stopped while it started".to_owned();
                    let _gone = reply.send(Err(StartError::Failed(why)));
                }
            }
            State::Starting { .. } | State::Ending { .. } => {}
        }
    }
}

/// Resolves when the kernel's process has ended; never without a kernel.
async fn exited(kernel: Option<&Kernel>) {
    match kernel {
        Some(kernel) => kernel.process.exited().await,
        None => std::future::pending().await,
    }
}
