//! A provider that does nothing with a workspace that was placed elsewhere since.
//!
//! Each question says how often the workspace was placed when it was asked: its epoch. The highest
//! one is written down before anything is done for it, and a lower one is refused from then on, also
//! after a restart. A copy that was left behind by a move is asked for with a lower one only, so it
//! cannot start.

use crate::store::{Store, lock};
use async_trait::async_trait;
use bytes::Bytes;
use protocol::id::MoveId;
use protocol::machine::Resources;
use protocol::transfer::{Answer, Step};
use protocol::{WireError, WorkspaceId};
use provider::{BoxedStream, KernelStatus, PortError, Provider, ProviderError};
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedRwLockReadGuard, RwLock, broadcast};

/// Looks at epochs before anything is done behind it. Cheap to clone.
#[derive(Clone)]
pub struct Fence {
    shared: Arc<Shared>,
    /// Of what is asked for; 0 is what was never placed but once.
    epoch: u64,
}

struct Shared {
    inner: Arc<dyn Provider>,
    /// The highest epoch of each workspace, where that is above 0. Raised by [`Fence::raise`].
    seen: Mutex<BTreeMap<WorkspaceId, u64>>,
    store: Store,
    /// Held for reading while something is done, for writing while an epoch is raised: afterwards
    /// nothing older is on its way.
    turns: Mutex<HashMap<WorkspaceId, Arc<RwLock<()>>>>,
    _lock: File,
}

impl Fence {
    /// Reads the epochs from `directory`, which is for this process alone.
    pub async fn open(directory: PathBuf, inner: Arc<dyn Provider>) -> io::Result<Self> {
        let opened = tokio::task::spawn_blocking(move || {
            let lock = lock(&directory)?;
            Ok::<_, io::Error>((lock, Store::open(&directory, "epochs.json")?))
        });
        let (lock, (store, seen)) = opened.await.map_err(io::Error::other)??;
        let (seen, turns) = (Mutex::new(seen), Mutex::default());
        Ok(Self { shared: Arc::new(Shared { inner, seen, store, turns, _lock: lock }), epoch: 0 })
    }

    /// Waits until something may be done with a workspace, and keeps it so as long as the answer is
    /// kept.
    async fn enter(&self, id: &WorkspaceId) -> Result<OwnedRwLockReadGuard<()>, ProviderError> {
        loop {
            let turn = self.shared.turn(id);
            let entered = Arc::clone(&turn).read_owned().await;
            let seen = self.seen(id);
            if self.epoch < seen {
                return Err(ProviderError::Moved);
            }
            if self.epoch == seen {
                return Ok(entered);
            }
            drop(entered);
            let _alone = turn.write_owned().await;
            self.raise(id).await?;
        }
    }

    /// Writes this epoch down, unless there is a higher one.
    async fn raise(&self, id: &WorkspaceId) -> Result<(), ProviderError> {
        let seen = self.seen(id);
        if self.epoch <= seen {
            return Ok(());
        }
        self.shared.seen().insert(id.clone(), self.epoch);
        let saved = self.shared.store.save(|| self.shared.seen().clone()).await;
        saved.map_err(|error| {
            // Nobody was let in by it yet.
            self.shared.seen().insert(id.clone(), seen);
            tracing::error!(%error, "the epochs of workspaces cannot be written down");
            ProviderError::Unavailable("the epoch cannot be written down".to_owned())
        })
    }

    fn seen(&self, id: &WorkspaceId) -> u64 {
        self.shared.seen().get(id).copied().unwrap_or(0)
    }
}

impl Shared {
    fn seen(&self) -> MutexGuard<'_, BTreeMap<WorkspaceId, u64>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self, id: &WorkspaceId) -> Arc<RwLock<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        // Those that nobody holds or waits for are made anew when they are wanted.
        turns.retain(|known, it| known == id || 1 < Arc::strong_count(it));
        Arc::clone(turns.entry(id.clone()).or_default())
    }
}

#[async_trait]
impl Provider for Fence {
    async fn create(&self, id: &WorkspaceId) -> Result<(), ProviderError> {
        let _entered = self.enter(id).await?;
        self.shared.inner.create(id).await
    }

    async fn exists(&self, id: &WorkspaceId) -> Result<bool, ProviderError> {
        let _entered = self.enter(id).await?;
        self.shared.inner.exists(id).await
    }

    async fn remove(&self, id: &WorkspaceId) -> Result<(), ProviderError> {
        let _entered = self.enter(id).await?;
        self.shared.inner.remove(id).await
    }

    async fn admit(&self, id: &WorkspaceId) -> Result<(), ProviderError> {
        let _entered = self.enter(id).await?;
        self.shared.inner.admit(id).await
    }

    async fn connect(&self, id: &WorkspaceId) -> Result<BoxedStream, ProviderError> {
        let _entered = self.enter(id).await?;
        self.shared.inner.connect(id).await
    }

    async fn connect_port(&self, id: &WorkspaceId, port: u16) -> Result<BoxedStream, PortError> {
        let entered = self.enter(id).await;
        let _entered = entered.map_err(|error| PortError::from(WireError::from(error)))?;
        self.shared.inner.connect_port(id, port).await
    }

    async fn status(&self) -> Result<Vec<(WorkspaceId, KernelStatus)>, ProviderError> {
        self.shared.inner.status().await
    }

    /// A move is about two placements; what it holds is what keeps a copy from starting.
    async fn transfer(
        &self,
        id: &WorkspaceId,
        by: &MoveId,
        step: Step,
        bytes: Bytes,
    ) -> Result<(Answer, Bytes), ProviderError> {
        self.shared.inner.transfer(id, by, step, bytes).await
    }

    async fn health(&self) -> Result<(), ProviderError> {
        self.shared.inner.health().await
    }

    fn deaths(&self) -> broadcast::Receiver<WorkspaceId> {
        self.shared.inner.deaths()
    }

    async fn resources(&self) -> Option<Resources> {
        self.shared.inner.resources().await
    }

    fn at(&self, epoch: u64) -> Option<Arc<dyn Provider>> {
        Some(Arc::new(Self { epoch, ..self.clone() }))
    }
}
