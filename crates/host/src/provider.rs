//! This machine as a provider (`local`).

use crate::host::{ConnectPortError, Host, HostError};
use async_trait::async_trait;
use bytes::Bytes;
use protocol::WorkspaceId;
use protocol::id::MoveId;
use protocol::machine::Resources;
use protocol::transfer::{Answer, Step};
use provider::{BoxedStream, KernelStatus, PortError, Provider, ProviderError};
use tokio::sync::broadcast;

#[async_trait]
impl Provider for Host {
    async fn create(&self, id: &WorkspaceId) -> Result<(), ProviderError> {
        Ok(Self::create(self, id).await?)
    }

    async fn exists(&self, id: &WorkspaceId) -> Result<bool, ProviderError> {
        Ok(self.storage().0.exists(id))
    }

    async fn remove(&self, id: &WorkspaceId) -> Result<(), ProviderError> {
        Ok(Self::remove(self, id).await?)
    }

    async fn connect(&self, id: &WorkspaceId) -> Result<BoxedStream, ProviderError> {
        Ok(Box::new(Self::connect(self, id).await?))
    }

    async fn connect_port(&self, id: &WorkspaceId, port: u16) -> Result<BoxedStream, PortError> {
        let stream = Self::connect_port(self, id, port).await?;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection to an app stays with Nagle's algorithm");
        }
        Ok(Box::new(stream))
    }

    async fn status(&self) -> Result<Vec<(WorkspaceId, KernelStatus)>, ProviderError> {
        let status =
            |last_state| KernelStatus { awake: true, last_state, ..KernelStatus::default() };
        let all = Self::status(self).await;
        Ok(all.into_iter().map(|(id, it)| (id, status(it.state))).collect())
    }

    async fn transfer(
        &self,
        id: &WorkspaceId,
        by: &MoveId,
        step: Step,
        bytes: Bytes,
    ) -> Result<(Answer, Bytes), ProviderError> {
        Ok(Self::transfer(self, id, by, step, bytes).await?)
    }

    async fn health(&self) -> Result<(), ProviderError> {
        Ok(Self::health(self)?)
    }

    fn deaths(&self) -> broadcast::Receiver<WorkspaceId> {
        Self::deaths(self)
    }

    async fn resources(&self) -> Option<Resources> {
        let host = self.clone();
        tokio::task::spawn_blocking(move || crate::resources::of(&host)).await.ok()?
    }
}

impl From<HostError> for ProviderError {
    fn from(error: HostError) -> Self {
        match error {
            HostError::NotFound => Self::NotFound,
            HostError::Capacity(why) => Self::Capacity(why),
            HostError::StorageFull(why) => Self::StorageFull(why),
            HostError::Refused(why) => Self::Refused(why),
            HostError::Failed(why) => Self::Unavailable(why),
        }
    }
}

impl From<ConnectPortError> for PortError {
    fn from(error: ConnectPortError) -> Self {
        match error {
            ConnectPortError::Refused => Self::Refused,
            ConnectPortError::NoKernel => Self::NoKernel,
            ConnectPortError::Failed(why) => Self::Unavailable(why),
        }
    }
}
