//! What is done with sessions: [`crate::sessions`] decides, the provider and the kernels do.
//!
//! A change is written down before it is made in the world, so that a manager that is killed in
//! between finds what it had begun and brings it to an end.

use crate::answer::not_found;
use crate::gate::active;
use crate::kernels::Kernels;
use crate::names;
use crate::sessions::{Duty, Moment, Seen, Session, Sessions, Wanted};
use crate::store::{Store, lock};
use crate::turns::Turns;
use futures_util::{StreamExt, stream};
use protocol::manager::{LeaseState, StartLease};
use protocol::state::SessionStatus;
use protocol::{ErrorCode, WireError, WorkspaceId};
use provider::{KernelStatus, Provider};
use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use stdx::TaskScope;
use stdx::clock::now_ms;
use tokio::time::timeout;

/// How long a kernel may take to say how it is, before it counts as one that does not answer.
const LOOK_TIMEOUT: Duration = Duration::from_secs(5);
/// Duties that are done at the same time.
const CONCURRENCY: usize = 8;

/// What a manager is told about its sessions.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where sessions are written down. One manager at a time.
    pub directory: PathBuf,
    /// How long a session goes on that nobody asks about.
    pub lease: Duration,
    /// Between two turns of the reconcile loop.
    pub reconcile_interval: Duration,
    /// Called with the workspace's name and id once it has storage, and before it has none: shows
    /// its files under a path that others know (S0.94).
    pub show: Option<Show>,
}

/// Makes (`true`) or removes the sign that leads from a name to a workspace's files.
#[derive(Clone)]
pub struct Show(pub Arc<ShowOne>);

/// Shows one workspace, or does not any more.
pub type ShowOne = dyn Fn(&str, &WorkspaceId, bool) -> io::Result<()> + Send + Sync;

impl std::fmt::Debug for Show {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Show")
    }
}

/// Why a manager did not start.
#[derive(Debug, thiserror::Error)]
#[error("the manager's records in `{directory}` cannot be used: {source}")]
pub struct OpenError {
    directory: PathBuf,
    #[source]
    source: io::Error,
}

/// The sessions of one manager.
pub struct Leases {
    provider: Arc<dyn Provider>,
    pub(crate) kernels: Kernels,
    sessions: Mutex<Sessions>,
    store: Store,
    turns: Turns,
    settings: Settings,
    scope: TaskScope,
    /// Held as long as they are kept.
    _lock: File,
}

impl Leases {
    /// Reads what an earlier manager left, and goes on with it in `scope`.
    pub async fn open(
        settings: Settings,
        provider: Arc<dyn Provider>,
        scope: &TaskScope,
    ) -> Result<Arc<Self>, OpenError> {
        let directory = settings.directory.clone();
        let opened = tokio::task::spawn_blocking(move || {
            let lock = lock(&directory)?;
            Ok((lock, Store::open::<Vec<Session>>(&directory, "sessions.json")?))
        });
        let opened = opened.await.map_err(io::Error::other).flatten();
        let (lock, (store, known)) =
            opened.map_err(|source| OpenError { directory: settings.directory.clone(), source })?;
        let leases = Arc::new(Self {
            kernels: Kernels::new(&provider, scope),
            provider,
            sessions: Mutex::new(Sessions::restore(settings.lease, known, Instant::now())),
            store,
            turns: Turns::default(),
            settings,
            scope: scope.clone(),
            _lock: lock,
        });
        scope.spawn("reconcile", Arc::clone(&leases).reconcile());
        Ok(leases)
    }

    /// Starts a session, or finds the one there is (S0.14). Runs to its end even if the client
    /// goes away.
    pub(crate) async fn start(self: &Arc<Self>, body: StartLease) -> Result<Session, WireError> {
        let leases = Arc::clone(self);
        self.finish(async move {
            let workspace_id = names::workspace_id(&body.workspace_id)?;
            names::check_user(&body.leased_by_user_id)?;
            let _turn = leases.turns.take(&workspace_id).await;
            leases.settle(&workspace_id).await?;
            if let Some(session) = leases.resume(&workspace_id).await? {
                return Ok(session);
            }
            leases.provider.admit(&workspace_id).await?;
            let wanted = leases.wanted(body, workspace_id).await?;
            leases.launch(wanted).await
        })
        .await
    }

    /// A session as it is now; asking renews its lease (S0.15).
    pub(crate) async fn get(&self, id: &str) -> Result<Session, WireError> {
        let session = self.known(id)?;
        self.sessions().renew(Instant::now(), id);
        if session.is_live()
            && session.duty.is_none()
            // What is being done with it will say how it is.
            && let Some(_turn) = self.turns.try_take(&session.workspace_id)
        {
            let seen = self.look(&session.workspace_id).await;
            self.sessions().see(moment(), id, &seen);
            self.note().await;
        }
        self.known(id)
    }

    /// Ends a session and everything in it (S0.16). One that has ended stays as it is.
    pub(crate) async fn stop(self: &Arc<Self>, id: &str) -> Result<Session, WireError> {
        let (leases, id) = (Arc::clone(self), id.to_owned());
        self.finish(async move {
            let session = leases.known(&id)?;
            let _turn = leases.turns.take(&session.workspace_id).await;
            let session = leases.known(&id)?;
            if session.duty.is_none() && session.is_live() {
                leases.end(&session).await?;
                leases.sessions().stopped(moment(), &id);
                leases.note().await;
            }
            leases.known(&id)
        })
        .await
    }

    /// Restarts the dev server; the session stays (S0.17).
    pub(crate) async fn restart(self: &Arc<Self>, id: &str) -> Result<Session, WireError> {
        let (leases, id) = (Arc::clone(self), id.to_owned());
        self.finish(async move {
            let session = leases.get(&id).await?;
            let workspace = &session.workspace_id;
            let _turn = leases.turns.take(workspace).await;
            if leases.known(&id)?.state != LeaseState::Running {
                let message = "the session does not run; start one";
                return Err(WireError::new(ErrorCode::SessionNotRunning, message));
            }
            let path = "/api/v1/dev-server/restart";
            let state = leases.kernels.change(workspace, path, &session.leased_by).await?;
            leases.sessions().see(moment(), &id, &Seen::Kernel(Box::new(state)));
            leases.note().await;
            leases.known(&id)
        })
        .await
    }

    /// A session that can be used; using it renews its lease.
    pub(crate) fn use_session(&self, id: &str) -> Result<Session, WireError> {
        let session = self.known(id)?;
        if !session.is_live() || session.duty.is_some() {
            return Err(not_found("active session"));
        }
        self.sessions().renew(Instant::now(), id);
        Ok(session)
    }

    /// The workspaces in which a session runs, starts or stops: by what the machine says, which may
    /// be a second old, and by what was done here since.
    pub(crate) fn active(&self, all: &[(WorkspaceId, KernelStatus)]) -> BTreeSet<WorkspaceId> {
        let (told, sessions) = (active(all), self.sessions());
        let runs = |(id, status): &&(WorkspaceId, KernelStatus)| {
            let generation = status.last_state.as_ref().map_or(0, |it| it.generation);
            sessions.runs(id, generation).unwrap_or_else(|| told.contains(id))
        };
        all.iter().filter(|it| it.1.awake).filter(runs).map(|(id, _)| id.clone()).collect()
    }

    fn known(&self, id: &str) -> Result<Session, WireError> {
        self.sessions().get(id).cloned().ok_or_else(|| not_found("session"))
    }

    /// The session that runs in a workspace, if one does.
    async fn resume(&self, workspace: &WorkspaceId) -> Result<Option<Session>, WireError> {
        let Some(session) = self.sessions().live(workspace).cloned() else { return Ok(None) };
        let seen = self.look(workspace).await;
        if matches!(seen, Seen::Unreachable) {
            let message = "the worker that has the workspace cannot be reached; its session may \
                           still run, so nothing else was started. Try again when it is back";
            return Err(WireError::new(ErrorCode::Unavailable, message));
        }
        self.sessions().see(moment(), &session.id, &seen);
        self.sessions().renew(Instant::now(), &session.id);
        self.note().await;
        Ok(self.sessions().get(&session.id).filter(|it| it.is_live()).cloned())
    }

    async fn wanted(
        &self,
        body: StartLease,
        workspace_id: WorkspaceId,
    ) -> Result<Wanted, WireError> {
        let is_fresh = !self.provider.exists(&workspace_id).await?;
        let before = body.provider_session_id.filter(|it| names::is_session_id(it));
        let id = match before {
            Some(id) => match self.sessions().get(&id) {
                Some(other) if other.workspace_id != workspace_id => {
                    let message = "that session is of another workspace; nothing was started";
                    return Err(WireError::new(ErrorCode::Conflict, message));
                }
                Some(_) | None => id,
            },
            None => names::session_id(),
        };
        let (workspace, leased_by) = (body.workspace_id, body.leased_by_user_id);
        Ok(Wanted { id, workspace, workspace_id, leased_by, is_fresh })
    }

    async fn launch(&self, wanted: Wanted) -> Result<Session, WireError> {
        let (id, workspace) = (wanted.id.clone(), wanted.workspace_id.clone());
        self.sessions().begin(moment(), wanted);
        if let Err(error) = self.save().await {
            self.sessions().oblige(moment(), &id, Duty::Undo, "not written down");
            self.sessions().fulfil(&id);
            tracing::error!(%error, "sessions cannot be written down");
            let message = "the session cannot be written down; nothing was started";
            return Err(WireError::new(ErrorCode::Unavailable, message));
        }
        match self.bring_up(&id).await {
            Ok(()) => {
                self.note().await;
                self.known(&id)
            }
            Err(error) => {
                tracing::warn!(session = id, %error, "a session did not start and is undone");
                self.sessions().oblige(moment(), &id, Duty::Undo, &error.message);
                self.note().await;
                // What cannot be undone now is undone by the reconcile loop.
                if let Err(error) = self.settle(&workspace).await {
                    tracing::warn!(session = id, %error, "the start could not be undone yet");
                }
                Err(error)
            }
        }
    }

    async fn bring_up(&self, id: &str) -> Result<(), WireError> {
        let session = self.known(id)?;
        let workspace = &session.workspace_id;
        self.provider.create(workspace).await?;
        self.show(&session, true)?;
        let before = self.kernels.state(workspace).await?;
        self.sessions().begins_after(id, before.generation);
        self.note().await;
        let path = "/api/v1/session/start";
        let state = self.kernels.change(workspace, path, &session.leased_by).await?;
        self.sessions().began(moment(), id, &state);
        Ok(())
    }

    fn show(&self, session: &Session, shown: bool) -> Result<(), WireError> {
        let Some(Show(show)) = &self.settings.show else { return Ok(()) };
        show(&session.workspace, &session.workspace_id, shown).map_err(|error| {
            tracing::error!(%error, "the workspace's files cannot be shown under its name");
            WireError::new(ErrorCode::Unavailable, "the workspace's root cannot be made")
        })
    }

    /// Does what is still to be done for a workspace's earlier sessions.
    async fn settle(&self, workspace: &WorkspaceId) -> Result<(), WireError> {
        let duties = self.sessions().duties(Some(workspace));
        for session in duties {
            self.perform(&session).await?;
        }
        Ok(())
    }

    async fn perform(&self, session: &Session) -> Result<(), WireError> {
        let Some(duty) = session.duty else { return Ok(()) };
        match duty {
            Duty::Recover => return Box::pin(self.recover(session)).await,
            Duty::Undo if session.is_fresh => {
                self.show(session, false)?;
                self.provider.remove(&session.workspace_id).await?;
            }
            Duty::Undo | Duty::Stop => self.end(session).await?,
        }
        self.sessions().fulfil(&session.id);
        self.note().await;
        Ok(())
    }

    /// A start was under way when the manager ended.
    async fn recover(&self, session: &Session) -> Result<(), WireError> {
        match self.look(&session.workspace_id).await {
            Seen::Unreachable => {
                Err(WireError::new(ErrorCode::Unavailable, "the worker cannot be reached"))
            }
            Seen::Kernel(state)
                if matches!(state.status, SessionStatus::Starting | SessionStatus::Running) =>
            {
                self.sessions().began(moment(), &session.id, &state);
                self.note().await;
                Ok(())
            }
            Seen::Kernel(_) | Seen::Asleep => {
                if session.is_fresh {
                    self.look_for_use(session).await?;
                }
                let why = "the start was interrupted";
                self.sessions().oblige(moment(), &session.id, Duty::Undo, why);
                self.note().await;
                let obliged = self.known(&session.id)?;
                self.perform(&obliged).await
            }
        }
    }

    /// Finds out whether a session ever began in storage that was made for it. That it did may not
    /// have been written down, on a full disk say; then somebody's work is in it.
    async fn look_for_use(&self, session: &Session) -> Result<(), WireError> {
        match self.kernels.state(&session.workspace_id).await {
            Ok(state) if session.generation_before.unwrap_or(0) < state.generation => {
                self.sessions().was_used(&session.id);
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(error) if error.code == ErrorCode::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Ends what a session stands for, and nothing that came after it.
    async fn end(&self, session: &Session) -> Result<(), WireError> {
        let workspace = &session.workspace_id;
        let state = match self.look(workspace).await {
            Seen::Asleep => return Ok(()),
            Seen::Unreachable => {
                let message = "the worker cannot be reached; the session ends when it is back";
                return Err(WireError::new(ErrorCode::Unavailable, message));
            }
            Seen::Kernel(state) => state,
        };
        let is_meant = match session.generation {
            Some(generation) => generation == state.generation,
            // A start whose end was not heard of; what ran in the workspace before goes on.
            None => session.is_started_by_it(&state),
        };
        if !is_meant {
            return Ok(());
        }
        // It has ended already, or another one came after it.
        let is_over =
            |it: ErrorCode| matches!(it, ErrorCode::SessionNotRunning | ErrorCode::Conflict);
        match self.kernels.stop(workspace, state.generation, &session.leased_by).await {
            Err(error) if !is_over(error.code) => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// How a workspace's kernel is. Wakes none.
    async fn look(&self, workspace: &WorkspaceId) -> Seen {
        let status = timeout(LOOK_TIMEOUT, self.provider.status()).await;
        let Ok(Ok(all)) = status else { return Seen::Unreachable };
        match all.into_iter().find(|(id, _)| id == workspace).map(|it| it.1) {
            Some(KernelStatus { unreachable: true, .. }) => Seen::Unreachable,
            Some(KernelStatus { awake: true, .. }) => {
                match timeout(LOOK_TIMEOUT, self.kernels.state(workspace)).await {
                    Ok(Ok(state)) => Seen::Kernel(Box::new(state)),
                    Ok(Err(_)) | Err(_) => Seen::Unreachable,
                }
            }
            Some(KernelStatus { awake: false, .. }) | None => Seen::Asleep,
        }
    }

    /// Brings what is known and what is in agreement, now and then (U0.6).
    async fn reconcile(self: Arc<Self>) {
        loop {
            self.turn().await;
            tokio::select! {
                () = self.scope.stopping() => return,
                () = tokio::time::sleep(self.settings.reconcile_interval) => {}
            }
        }
    }

    async fn turn(&self) {
        self.sessions().tick(moment());
        self.see_all().await;
        let duties = self.sessions().duties(None);
        stream::iter(duties)
            .for_each_concurrent(CONCURRENCY, |session| async move {
                let Some(_turn) = self.turns.try_take(&session.workspace_id) else { return };
                let Ok(session) = self.known(&session.id) else { return };
                if let Err(error) = self.perform(&session).await {
                    tracing::warn!(session = session.id, %error, "this is tried again");
                }
            })
            .await;
        self.note().await;
    }

    async fn see_all(&self) {
        let live: Vec<Session> = self.sessions().all().filter(|it| it.is_live()).cloned().collect();
        if live.is_empty() {
            return;
        }
        stream::iter(live)
            .for_each_concurrent(CONCURRENCY, |session| async move {
                let Some(_turn) = self.turns.try_take(&session.workspace_id) else { return };
                let seen = self.look(&session.workspace_id).await;
                self.sessions().see(moment(), &session.id, &seen);
            })
            .await;
    }

    /// Writes the sessions down; what cannot be written is tried again at the next turn.
    async fn note(&self) {
        if let Err(error) = self.save().await {
            tracing::error!(%error, "sessions cannot be written down");
        }
    }

    async fn save(&self) -> io::Result<()> {
        self.store.save(|| self.sessions().all().cloned().collect::<Vec<_>>()).await
    }

    /// Runs `work` to its end even if the client that asked for it goes away.
    async fn finish(
        &self,
        work: impl Future<Output = Result<Session, WireError>> + Send + 'static,
    ) -> Result<Session, WireError> {
        let (tx, rx) = tokio::sync::oneshot::channel();
        self.scope.spawn("session", async move {
            if tx.send(work.await).is_err() {
                tracing::debug!("whoever asked has gone");
            }
        });
        rx.await.unwrap_or_else(|_| {
            Err(WireError::new(ErrorCode::Unavailable, "the manager is stopping; come back soon"))
        })
    }

    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn moment() -> Moment {
    Moment { now: Instant::now(), wall_ms: now_ms() }
}
