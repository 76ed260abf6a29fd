//! A provider over several workers: each workspace lives on exactly one of them.
//!
//! Where a workspace lives is written down before its worker hears of it. It is never placed
//! anew while that note is there, whether its worker answers or not: that is what keeps a
//! workspace from running twice.

use crate::gate::active;
use crate::store::{Store, lock};
use crate::turns::Turns;
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::join_all;
use protocol::id::MoveId;
use protocol::transfer::{Answer, Step};
use protocol::{WireError, WorkspaceId};
use provider::{BoxedStream, KernelStatus, PortError, Provider, ProviderError, pass_on};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use stdx::TaskScope;
use tokio::sync::broadcast;
use tokio::time::timeout;

/// How long a worker may take to say how its kernels are before the others are shown without it:
/// a host gives a kernel half a second.
const STATUS_TIMEOUT: Duration = Duration::from_millis(1_500);
/// How long one that did not is not waited for again, so that it slows nobody but its own.
const AWAY: Duration = Duration::from_secs(3);
/// How long a worker may take for other questions.
const ASK_TIMEOUT: Duration = Duration::from_secs(4);
/// Deaths that a slow listener may be behind before it misses some.
const DEATHS_CAPACITY: usize = 64;

/// One worker.
#[derive(Clone)]
pub struct Worker {
    /// Its address: by this it is known again after a restart.
    pub name: String,
    pub provider: Arc<dyn Provider>,
}

/// Workers behind one name.
pub struct Spread {
    workers: Vec<Worker>,
    /// Until when each worker is not asked how its kernels are; in their order.
    away: Mutex<Vec<Option<Instant>>>,
    /// Worker's name by workspace.
    places: Mutex<BTreeMap<WorkspaceId, String>>,
    store: Store,
    turns: Turns,
    deaths: broadcast::Sender<WorkspaceId>,
    _lock: File,
}

/// What one worker said of its kernels; `None` when it did not.
type Said = Option<Vec<(WorkspaceId, KernelStatus)>>;

impl Spread {
    /// Reads where workspaces live from `directory`, which is for this process alone.
    pub async fn open(
        directory: PathBuf,
        workers: Vec<Worker>,
        scope: &TaskScope,
    ) -> io::Result<Arc<Self>> {
        let opened = tokio::task::spawn_blocking(move || {
            let lock = lock(&directory)?;
            Ok::<_, io::Error>((lock, Store::open(&directory, "places.json")?))
        });
        let (lock, (store, places)) = opened.await.map_err(io::Error::other)??;
        let (deaths, _) = broadcast::channel(DEATHS_CAPACITY);
        for worker in &workers {
            let heard = worker.provider.deaths();
            scope.spawn("worker's deaths", pass_on(heard, deaths.clone(), scope.clone()));
        }
        let (places, turns) = (Mutex::new(places), Turns::default());
        let away = Mutex::new(vec![None; workers.len()]);
        Ok(Arc::new(Self { workers, away, places, store, turns, deaths, _lock: lock }))
    }

    /// How many workers there are.
    pub(crate) fn worker_count(&self) -> usize {
        self.workers.len()
    }

    /// How many workers have one of these workspaces.
    pub(crate) fn worker_count_of(&self, workspaces: &BTreeSet<WorkspaceId>) -> usize {
        let places = self.places();
        let names: BTreeSet<_> = workspaces.iter().filter_map(|id| places.get(id)).collect();
        names.len()
    }

    /// The worker that has a workspace.
    async fn find(&self, id: &WorkspaceId) -> Result<Option<&Worker>, ProviderError> {
        let known = self.places().get(id).cloned();
        if let Some(name) = known {
            let worker = self.workers.iter().find(|it| it.name == name);
            return worker.map(Some).ok_or_else(|| {
                tracing::error!(workspace.id = %id, worker = name, "a worker is not named any more");
                ProviderError::Unavailable("the worker that has the workspace is away".to_owned())
            });
        }
        self.discover(id).await
    }

    /// Asks every worker whether it has a workspace of which nothing is written down.
    async fn discover(&self, id: &WorkspaceId) -> Result<Option<&Worker>, ProviderError> {
        let asking = self.workers.iter().map(|it| async move {
            let answer = timeout(ASK_TIMEOUT, it.provider.exists(id)).await;
            (it, answer.ok().and_then(Result::ok))
        });
        let mut found = None;
        for (worker, has) in join_all(asking).await {
            if has == Some(true) {
                found = Some(worker);
            }
        }
        if let Some(worker) = found {
            self.place(id, Some(&worker.name)).await?;
        }
        Ok(found)
    }

    async fn has(&self, id: &WorkspaceId) -> Result<&Worker, ProviderError> {
        self.find(id).await?.ok_or(ProviderError::NotFound)
    }

    /// Notes where a workspace lives, or that it does not any more.
    async fn place(&self, id: &WorkspaceId, worker: Option<&str>) -> Result<(), ProviderError> {
        let before = match worker {
            Some(name) => self.places().insert(id.clone(), name.to_owned()),
            None => self.places().remove(id),
        };
        let saved = self.store.save(|| self.places().clone()).await;
        saved.map_err(|error| {
            let mut places = self.places();
            match before {
                Some(before) => places.insert(id.clone(), before),
                None => places.remove(id),
            };
            tracing::error!(%error, "the places of workspaces cannot be written down");
            ProviderError::Unavailable("where workspaces live cannot be written down".to_owned())
        })
    }

    /// Chooses a worker for a workspace that has none: the one with the fewest sessions that takes
    /// it. With `admit`, each is asked for room.
    async fn settle(&self, id: &WorkspaceId, admit: bool) -> Result<&Worker, ProviderError> {
        let mut last = ProviderError::Unavailable("no worker can be reached".to_owned());
        for worker in self.by_load(&self.ask_all().await) {
            self.place(id, Some(&worker.name)).await?;
            let taken = if admit {
                worker.provider.admit(id).await
            } else {
                worker.provider.health().await
            };
            match taken {
                Ok(()) => return Ok(worker),
                Err(error) => last = error,
            }
            self.place(id, None).await?;
        }
        Err(last)
    }

    /// The workers that answered: least sessions first, then least workspaces.
    fn by_load(&self, said: &[Said]) -> Vec<&Worker> {
        let places = self.places();
        let homes = |name: &str| places.values().filter(|it| *it == name).count();
        let answered = self.workers.iter().zip(said);
        let mut loads: Vec<_> = answered
            .filter_map(|(it, said)| Some((active(said.as_ref()?).len(), homes(&it.name), it)))
            .collect();
        loads.sort_by_key(|(sessions, homes, _)| (*sessions, *homes));
        loads.into_iter().map(|(_, _, it)| it).collect()
    }

    async fn ask_all(&self) -> Vec<Said> {
        join_all((0..self.workers.len()).map(|it| self.ask_one(it))).await
    }

    async fn ask_one(&self, number: usize) -> Said {
        let is_away = |until: &Option<Instant>| until.is_some_and(|it| Instant::now() < it);
        if self.away().get(number).is_some_and(is_away) {
            return None;
        }
        let said = timeout(STATUS_TIMEOUT, self.workers[number].provider.status()).await;
        if said.is_err()
            && let Some(until) = self.away().get_mut(number)
        {
            *until = Some(Instant::now() + AWAY);
        }
        said.ok().and_then(Result::ok)
    }

    fn away(&self) -> MutexGuard<'_, Vec<Option<Instant>>> {
        self.away.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the worker of each workspace says of it. What another one says of it is not believed.
    fn join(&self, said: Vec<Said>) -> Vec<(WorkspaceId, KernelStatus)> {
        let places = self.places();
        let mut all = Vec::new();
        for (worker, said) in self.workers.iter().zip(said) {
            let is_here = |id: &WorkspaceId| places.get(id).is_none_or(|it| *it == worker.name);
            let Some(said) = said else {
                let here = places.iter().filter(|(_, it)| **it == worker.name);
                let unknown = KernelStatus { unreachable: true, ..KernelStatus::default() };
                all.extend(here.map(|(id, _)| (id.clone(), unknown.clone())));
                continue;
            };
            let (here, strays): (Vec<_>, Vec<_>) = said.into_iter().partition(|it| is_here(&it.0));
            for (id, _) in strays {
                let worker = &worker.name;
                tracing::error!(workspace.id = %id, worker, "it lives elsewhere");
            }
            all.extend(here);
        }
        all
    }

    fn places(&self) -> MutexGuard<'_, BTreeMap<WorkspaceId, String>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Provider for Spread {
    async fn create(&self, id: &WorkspaceId) -> Result<(), ProviderError> {
        let _turn = self.turns.take(id).await;
        let worker = match self.find(id).await? {
            Some(worker) => worker,
            None => self.settle(id, false).await?,
        };
        worker.provider.create(id).await
    }

    async fn exists(&self, id: &WorkspaceId) -> Result<bool, ProviderError> {
        match self.find(id).await? {
            Some(worker) => worker.provider.exists(id).await,
            None => Ok(false),
        }
    }

    async fn remove(&self, id: &WorkspaceId) -> Result<(), ProviderError> {
        let _turn = self.turns.take(id).await;
        if let Some(worker) = self.find(id).await? {
            worker.provider.remove(id).await?;
            self.place(id, None).await?;
        }
        Ok(())
    }

    async fn admit(&self, id: &WorkspaceId) -> Result<(), ProviderError> {
        let _turn = self.turns.take(id).await;
        match self.find(id).await? {
            Some(worker) => worker.provider.admit(id).await,
            None => self.settle(id, true).await.map(drop),
        }
    }

    async fn connect(&self, id: &WorkspaceId) -> Result<BoxedStream, ProviderError> {
        self.has(id).await?.provider.connect(id).await
    }

    async fn connect_port(&self, id: &WorkspaceId, port: u16) -> Result<BoxedStream, PortError> {
        // What has no storage has no kernel.
        let worker = self.has(id).await.map_err(|error| PortError::from(WireError::from(error)))?;
        worker.provider.connect_port(id, port).await
    }

    async fn status(&self) -> Result<Vec<(WorkspaceId, KernelStatus)>, ProviderError> {
        let said = self.ask_all().await;
        Ok(self.join(said))
    }

    async fn transfer(
        &self,
        id: &WorkspaceId,
        by: &MoveId,
        step: Step,
        bytes: Bytes,
    ) -> Result<(Answer, Bytes), ProviderError> {
        let _turn = self.turns.take(id).await;
        let leaves = step == Step::Discard;
        let worker = match (self.find(id).await?, &step) {
            (Some(worker), _) => worker,
            (None, Step::Import { .. }) => self.settle(id, false).await?,
            // Nothing is here that could be deleted.
            (None, Step::Discard) => return Ok((Answer::Done, Bytes::new())),
            (None, _) => return Err(ProviderError::NotFound),
        };
        let answer = worker.provider.transfer(id, by, step, bytes).await?;
        if leaves && !worker.provider.exists(id).await? {
            self.place(id, None).await?;
        }
        Ok(answer)
    }

    /// Every worker can take work.
    async fn health(&self) -> Result<(), ProviderError> {
        let asking = self.workers.iter().map(|it| async move {
            let answer = timeout(ASK_TIMEOUT, it.provider.health()).await;
            answer.is_ok_and(|it| it.is_ok()).then_some(()).ok_or(it.name.as_str())
        });
        let away: Vec<&str> = join_all(asking).await.into_iter().filter_map(Result::err).collect();
        if away.is_empty() {
            return Ok(());
        }
        Err(ProviderError::Unavailable(format!("not ready: {}", away.join(", "))))
    }

    fn deaths(&self) -> broadcast::Receiver<WorkspaceId> {
        self.deaths.subscribe()
    }
}
