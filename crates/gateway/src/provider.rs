//! The provider seam: how the gateway reaches kernels that live behind a host.
//!
//! The gateway never starts a process and never touches a workspace's files. It asks a provider for
//! storage, for a byte stream to a kernel, and for connections to ports inside a workspace. The
//! executable joins this trait to the host crate; tests bring a kernel of a few lines.

use async_trait::async_trait;
use protocol::{RuntimeState, WorkspaceId};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::broadcast;

/// A connection to a kernel's HTTP face, whatever it runs over.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for T {}

/// A [`ByteStream`] of any kind.
pub type BoxedStream = Box<dyn ByteStream>;

/// What the gateway needs from a host.
#[async_trait]
pub trait Provider: Send + Sync + 'static {
    /// Makes the storage of a new workspace; starts nothing. Making it twice is making it once.
    async fn create(&self, id: &WorkspaceId) -> Result<(), ProviderError>;

    /// Stops the workspace's kernel and deletes its storage. A workspace that does not exist is
    /// removed already.
    async fn remove(&self, id: &WorkspaceId) -> Result<(), ProviderError>;

    /// Opens a byte stream to the kernel's HTTP face and wakes the kernel when it sleeps.
    async fn connect(&self, id: &WorkspaceId) -> Result<BoxedStream, ProviderError>;

    /// Opens a TCP connection to `port` inside the workspace's network. Wakes nothing.
    async fn connect_port(&self, id: &WorkspaceId, port: u16) -> Result<TcpStream, PortError>;

    /// What is known of every workspace that has a kernel now; others may be left out. Cheap.
    async fn status(&self) -> Vec<(WorkspaceId, KernelStatus)>;

    /// Whether the host can take work.
    async fn health(&self) -> Result<(), ProviderError>;

    /// Announces each kernel that ended without being asked to.
    fn deaths(&self) -> broadcast::Receiver<WorkspaceId>;
}

/// What a provider knows of one kernel.
#[derive(Clone, Debug, Default)]
pub struct KernelStatus {
    /// The kernel's process is there.
    pub awake: bool,
    /// What the kernel last said, if the provider keeps that.
    pub last_state: Option<Box<RuntimeState>>,
}

/// Why a provider did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// There is no storage under this id.
    #[error("the workspace has no storage on this host")]
    NotFound,
    /// The machine is full: no further kernel can start now.
    #[error("this machine can take no further session: {0}")]
    Capacity(String),
    /// The disk is full; nothing was changed.
    #[error("the disk is full: {0}")]
    StorageFull(String),
    /// The host cannot be reached or the kernel did not come up; trying again may help.
    #[error("the host is not available: {0}")]
    Unavailable(String),
}

/// Why there is no connection to a port of a workspace.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// A kernel is there, and nothing listens on the port.
    #[error("nothing listens on the port")]
    Refused,
    /// The workspace sleeps: no kernel, so no port either.
    #[error("the workspace is not running")]
    NoKernel,
    /// The host or the kernel cannot be reached now.
    #[error("the host is not available: {0}")]
    Unavailable(String),
}
