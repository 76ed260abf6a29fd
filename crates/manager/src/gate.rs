//! A provider that runs no more sessions than it was told to.

use crate::admissions::{Admissions, Full, Seen};
use async_trait::async_trait;
use bytes::Bytes;
use protocol::WorkspaceId;
use protocol::id::MoveId;
use protocol::machine::Resources;
use protocol::state::SessionStatus;
use protocol::transfer::{Answer, Step};
use provider::{BoxedStream, KernelStatus, PortError, Provider, ProviderError};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::broadcast;
use tokio::time::sleep;

/// How old what a provider knows of its kernels may be.
const STATUS_AGE_MAX: Duration = Duration::from_millis(1_100);

/// Counts what runs behind another provider, whoever started it.
pub struct Gate {
    inner: Arc<dyn Provider>,
    admissions: Mutex<Admissions>,
}

impl Gate {
    /// At most `most` sessions run behind it.
    pub fn new(inner: Arc<dyn Provider>, most: usize) -> Self {
        Self { inner, admissions: Mutex::new(Admissions::new(most)) }
    }

    async fn try_admit(&self, id: &WorkspaceId) -> Result<Result<(), Full>, ProviderError> {
        let status = self.inner.status().await?;
        let seen = Seen { active: active(&status), generations: generations(&status) };
        Ok(self.admissions().admit(Instant::now(), id, &seen))
    }

    fn admissions(&self) -> MutexGuard<'_, Admissions> {
        self.admissions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The workspaces in which a session runs, starts or stops.
pub(crate) fn active(all: &[(WorkspaceId, KernelStatus)]) -> BTreeSet<WorkspaceId> {
    let runs = |it: &KernelStatus| {
        let status = it.last_state.as_ref().map_or(SessionStatus::Idle, |it| it.status);
        match status {
            SessionStatus::Starting | SessionStatus::Running | SessionStatus::Stopping => true,
            SessionStatus::Idle | SessionStatus::Stopped | SessionStatus::Crashed => false,
        }
    };
    all.iter().filter(|(_, it)| it.awake && runs(it)).map(|(id, _)| id.clone()).collect()
}

/// How many sessions each workspace has had.
fn generations(all: &[(WorkspaceId, KernelStatus)]) -> BTreeMap<WorkspaceId, u64> {
    all.iter()
        .filter_map(|(id, it)| Some((id.clone(), it.last_state.as_ref()?.generation)))
        .collect()
}

#[async_trait]
impl Provider for Gate {
    async fn create(&self, id: &WorkspaceId) -> Result<(), ProviderError> {
        self.inner.create(id).await
    }

    async fn exists(&self, id: &WorkspaceId) -> Result<bool, ProviderError> {
        self.inner.exists(id).await
    }

    async fn remove(&self, id: &WorkspaceId) -> Result<(), ProviderError> {
        self.inner.remove(id).await?;
        self.admissions().release(id);
        Ok(())
    }

    async fn admit(&self, id: &WorkspaceId) -> Result<(), ProviderError> {
        if self.try_admit(id).await?.is_err() {
            // Nobody is refused because of a session that has just stopped.
            sleep(STATUS_AGE_MAX).await;
            self.try_admit(id).await?.map_err(|full| ProviderError::Capacity(full.to_string()))?;
        }
        let admitted = self.inner.admit(id).await;
        if admitted.is_err() {
            self.admissions().release(id);
        }
        admitted
    }

    async fn connect(&self, id: &WorkspaceId) -> Result<BoxedStream, ProviderError> {
        self.inner.connect(id).await
    }

    async fn connect_port(&self, id: &WorkspaceId, port: u16) -> Result<BoxedStream, PortError> {
        self.inner.connect_port(id, port).await
    }

    async fn status(&self) -> Result<Vec<(WorkspaceId, KernelStatus)>, ProviderError> {
        self.inner.status().await
    }

    async fn transfer(
        &self,
        id: &WorkspaceId,
        by: &MoveId,
        step: Step,
        bytes: Bytes,
    ) -> Result<(Answer, Bytes), ProviderError> {
        self.inner.transfer(id, by, step, bytes).await
    }

    async fn health(&self) -> Result<(), ProviderError> {
        self.inner.health().await
    }

    fn deaths(&self) -> broadcast::Receiver<WorkspaceId> {
        self.inner.deaths()
    }

    async fn resources(&self) -> Option<Resources> {
        self.inner.resources().await
    }
}
