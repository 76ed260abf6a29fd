//! Joins the gateway's seam to the host in the same process.

use async_trait::async_trait;
use gateway::{BoxedStream, KernelStatus, PortError, Provider, ProviderError};
use host::{ConnectPortError, Host, HostError};
use protocol::WorkspaceId;
use tokio::net::TcpStream;
use tokio::sync::broadcast;

/// The host of this process as a provider.
pub(crate) struct LocalProvider(pub(crate) Host);

#[async_trait]
impl Provider for LocalProvider {
    async fn create(&self, id: &WorkspaceId) -> Result<(), ProviderError> {
        self.0.create(id).await.map_err(provider_error)
    }

    async fn remove(&self, id: &WorkspaceId) -> Result<(), ProviderError> {
        self.0.remove(id).await.map_err(provider_error)
    }

    async fn connect(&self, id: &WorkspaceId) -> Result<BoxedStream, ProviderError> {
        let stream = self.0.connect(id).await.map_err(provider_error)?;
        Ok(Box::new(stream))
    }

    async fn connect_port(&self, id: &WorkspaceId, port: u16) -> Result<TcpStream, PortError> {
        self.0.connect_port(id, port).await.map_err(|error| match error {
            ConnectPortError::Refused => PortError::Refused,
            ConnectPortError::NoKernel => PortError::NoKernel,
            ConnectPortError::Failed(message) => PortError::Unavailable(message),
        })
    }

    async fn status(&self) -> Vec<(WorkspaceId, KernelStatus)> {
        let all = self.0.status().await;
        all.into_iter()
            .map(|(id, it)| (id, KernelStatus { awake: true, last_state: it.state }))
            .collect()
    }

    async fn health(&self) -> Result<(), ProviderError> {
        self.0.health().map_err(provider_error)
    }

    fn deaths(&self) -> broadcast::Receiver<WorkspaceId> {
        self.0.deaths()
    }
}

fn provider_error(error: HostError) -> ProviderError {
    match error {
        HostError::NotFound => ProviderError::NotFound,
        HostError::Capacity(message) => ProviderError::Capacity(message),
        HostError::StorageFull(message) => ProviderError::StorageFull(message),
        HostError::Failed(message) => ProviderError::Unavailable(message),
    }
}
