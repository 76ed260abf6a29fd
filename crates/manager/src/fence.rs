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
        let (answer, bytes) = self.shared.inner.transfer(id, by, step, bytes).await?;
        let answer = match answer {
            Answer::Found { copy, epoch } => {
                Answer::Found { copy, epoch: epoch.max(self.seen(id)) }
            }
            Answer::Done
            | Answer::Announced { .. }
            | Answer::Chunk { .. }
            | Answer::Have { .. }
            | Answer::Checked { .. } => answer,
        };
        Ok((answer, bytes))
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::{Notify, Semaphore};

    /// Counts kernels that were woken; each takes until it is let go.
    struct Kernels {
        begun: Notify,
        may_end: Semaphore,
        woken: AtomicUsize,
    }

    impl Kernels {
        fn new(may_end: usize) -> Arc<Self> {
            let (begun, may_end) = (Notify::new(), Semaphore::new(may_end));
            Arc::new(Self { begun, may_end, woken: AtomicUsize::new(0) })
        }

        fn woken(&self) -> usize {
            self.woken.load(Ordering::SeqCst)
        }
    }

    #[async_trait]
    impl Provider for Kernels {
        async fn create(&self, _: &WorkspaceId) -> Result<(), ProviderError> {
            Ok(())
        }

        async fn exists(&self, _: &WorkspaceId) -> Result<bool, ProviderError> {
            Ok(true)
        }

        async fn remove(&self, _: &WorkspaceId) -> Result<(), ProviderError> {
            Ok(())
        }

        async fn connect(&self, _: &WorkspaceId) -> Result<BoxedStream, ProviderError> {
            self.begun.notify_one();
            self.may_end.acquire().await.unwrap().forget();
            self.woken.fetch_add(1, Ordering::SeqCst);
            Ok(Box::new(tokio::io::empty()))
        }

        async fn connect_port(&self, _: &WorkspaceId, _: u16) -> Result<BoxedStream, PortError> {
            Ok(Box::new(tokio::io::empty()))
        }

        async fn status(&self) -> Result<Vec<(WorkspaceId, KernelStatus)>, ProviderError> {
            Ok(Vec::new())
        }

        async fn health(&self) -> Result<(), ProviderError> {
            Ok(())
        }

        fn deaths(&self) -> broadcast::Receiver<WorkspaceId> {
            broadcast::channel(1).1
        }
    }

    async fn open(directory: &std::path::Path, kernels: &Arc<Kernels>) -> Fence {
        Fence::open(directory.to_owned(), Arc::<Kernels>::clone(kernels)).await.unwrap()
    }

    async fn wakes(fence: &Fence, epoch: u64, id: &WorkspaceId) -> bool {
        match fence.at(epoch).unwrap().connect(id).await {
            Ok(_) => true,
            Err(ProviderError::Moved) => false,
            Err(error) => panic!("{error}"),
        }
    }

    #[tokio::test]
    async fn a_copy_that_was_left_behind_never_starts_also_after_a_restart() {
        let directory = tempfile::tempdir().unwrap();
        let [id, other] = [1, 2].map(WorkspaceId::from_random);
        let kernels = Kernels::new(100);
        let fence = open(directory.path(), &kernels).await;
        assert!(wakes(&fence, 0, &id).await && wakes(&fence, 3, &id).await);
        for epoch in [0, 1, 2] {
            assert!(!wakes(&fence, epoch, &id).await, "{epoch}");
        }
        assert!(wakes(&fence, 0, &other).await, "another workspace is another matter");
        drop(fence);
        let fence = open(directory.path(), &kernels).await;
        let woken = kernels.woken();
        assert!(!wakes(&fence, 2, &id).await);
        assert!(matches!(fence.create(&id).await, Err(ProviderError::Moved)), "no epoch is 0");
        assert!(fence.at(2).unwrap().connect_port(&id, 80).await.is_err());
        assert_eq!(kernels.woken(), woken, "nothing was asked of the host");
        assert!(wakes(&fence, 3, &id).await && wakes(&fence, 4, &id).await);
    }

    #[tokio::test]
    async fn a_higher_epoch_waits_for_what_is_under_way() {
        let directory = tempfile::tempdir().unwrap();
        let (id, kernels) = (WorkspaceId::from_random(1), Kernels::new(0));
        let fence = open(directory.path(), &kernels).await;
        let (older, newer) = (fence.at(1).unwrap(), fence.at(2).unwrap());
        let mut waking = Box::pin(older.connect(&id));
        let mut raising = Box::pin(newer.exists(&id));
        tokio::select! {
            _ = &mut waking => panic!("it takes until it is let go"),
            () = kernels.begun.notified() => {}
        }
        assert!(futures_util::poll!(&mut raising).is_pending());
        kernels.may_end.add_permits(1);
        assert!(waking.await.is_ok());
        assert!(raising.await.unwrap());
        assert!(!wakes(&fence, 1, &id).await);
    }
}
