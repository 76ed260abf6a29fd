//! The trait, and what can go wrong behind it.

use async_trait::async_trait;
use bytes::Bytes;
use protocol::id::MoveId;
use protocol::machine::Resources;
use protocol::transfer::{Answer, Step};
use protocol::{ErrorCode, RuntimeState, WireError, WorkspaceId};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::broadcast;

/// A connection to a kernel or into a workspace's network, whatever it runs over.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for T {}

/// A [`ByteStream`] of any kind.
pub type BoxedStream = Box<dyn ByteStream>;

/// What is needed from a machine, or from several behind one name.
#[async_trait]
pub trait Provider: Send + Sync + 'static {
    /// Makes the storage of a new workspace; starts nothing. Making it twice is making it once.
    async fn create(&self, id: &WorkspaceId) -> Result<(), ProviderError>;

    /// Whether the workspace has storage here.
    async fn exists(&self, id: &WorkspaceId) -> Result<bool, ProviderError>;

    /// Stops the workspace's kernel and deletes its storage. A workspace that does not exist is
    /// removed already.
    async fn remove(&self, id: &WorkspaceId) -> Result<(), ProviderError>;

    /// Asks for room for a session, right before one is started. A workspace whose session runs
    /// has its room already. A machine without a number of its own takes what it can carry.
    async fn admit(&self, _id: &WorkspaceId) -> Result<(), ProviderError> {
        Ok(())
    }

    /// Opens a byte stream to the kernel's HTTP face and wakes the kernel when it sleeps.
    async fn connect(&self, id: &WorkspaceId) -> Result<BoxedStream, ProviderError>;

    /// Opens a TCP connection to `port` inside the workspace's network. Wakes nothing.
    async fn connect_port(&self, id: &WorkspaceId, port: u16) -> Result<BoxedStream, PortError>;

    /// What is known of every workspace that has a kernel now; others may be left out. Cheap.
    async fn status(&self) -> Result<Vec<(WorkspaceId, KernelStatus)>, ProviderError>;

    /// Does one step of a move of the workspace to another machine; `bytes` are what comes along. A
    /// machine that cannot refuses.
    async fn transfer(
        &self,
        _id: &WorkspaceId,
        _by: &MoveId,
        _step: Step,
        _bytes: Bytes,
    ) -> Result<(Answer, Bytes), ProviderError> {
        Err(ProviderError::Refused("workspaces of this machine cannot be moved".to_owned()))
    }

    /// Whether work can be taken.
    async fn health(&self) -> Result<(), ProviderError>;

    /// Announces each kernel that ended without being asked to, as far as that is heard of.
    fn deaths(&self) -> broadcast::Receiver<WorkspaceId>;

    /// What the machine has, if this is one machine and it is known.
    async fn resources(&self) -> Option<Resources> {
        None
    }

    /// The same provider, for a workspace that was placed so many times: it does nothing with one of
    /// which it has heard a higher number, for ever after. `None`: it does not look at that.
    fn at(&self, _epoch: u64) -> Option<Arc<dyn Provider>> {
        None
    }
}

/// What a provider knows of one kernel.
#[derive(Clone, Debug, Default)]
pub struct KernelStatus {
    /// The kernel's process is there.
    pub awake: bool,
    /// The machine it is on cannot be asked now: everything else is unknown, not over.
    pub unreachable: bool,
    /// The machine it is on is slow to answer: the rest is what it said some time ago.
    pub is_old: bool,
    /// What the kernel last said, if the provider keeps that.
    pub last_state: Option<Box<RuntimeState>>,
}

impl KernelStatus {
    /// Whether the kernel may be awake although nobody says so.
    pub const fn is_doubtful(&self) -> bool {
        self.unreachable || (self.is_old && !self.awake)
    }
}

/// Why a provider did not do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ProviderError {
    /// There is no storage under this id.
    #[error("the workspace has no storage on this host")]
    NotFound,
    /// The machine is full: no further kernel or session can start now.
    #[error("this machine can take no further session: {0}")]
    Capacity(String),
    /// The disk is full; nothing was changed.
    #[error("the disk is full: {0}")]
    StorageFull(String),
    /// Not as things stand; trying again does not help.
    #[error("{0}")]
    Refused(String),
    /// The host cannot be reached or the kernel did not come up; trying again may help.
    #[error("the host is not available: {0}")]
    Unavailable(String),
    /// The machine that has the workspace does not answer. What runs there may go on.
    #[error("the machine `{0}` does not answer")]
    Away(String),
    /// No machine takes a new workspace now.
    #[error("no machine that takes new workspaces is there")]
    NoPlace,
    /// The workspace was placed elsewhere since; nothing was done.
    #[error("the workspace is on another machine now")]
    Moved,
}

/// Why there is no connection to a port of a workspace.
#[derive(Clone, Debug, thiserror::Error)]
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

impl From<ProviderError> for WireError {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::NotFound => Self::new(ErrorCode::NotFound, error.to_string()),
            ProviderError::Capacity(why) => Self::new(ErrorCode::Capacity, why),
            ProviderError::StorageFull(why) => Self::new(ErrorCode::StorageFull, why),
            ProviderError::Refused(why) => Self::new(ErrorCode::PreconditionFailed, why),
            ProviderError::Unavailable(why) => Self::new(ErrorCode::Unavailable, why),
            ProviderError::Away(_) | ProviderError::NoPlace => {
                Self::new(ErrorCode::Unavailable, error.to_string())
            }
            ProviderError::Moved => Self::new(ErrorCode::Conflict, error.to_string()),
        }
    }
}

impl From<WireError> for ProviderError {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "whatever else another machine says, nobody could do anything differently"
    )]
    fn from(error: WireError) -> Self {
        match error.code {
            ErrorCode::NotFound => Self::NotFound,
            ErrorCode::Capacity => Self::Capacity(error.message),
            ErrorCode::StorageFull => Self::StorageFull(error.message),
            ErrorCode::PreconditionFailed => Self::Refused(error.message),
            ErrorCode::Conflict => Self::Moved,
            _ => Self::Unavailable(error.message),
        }
    }
}

impl From<PortError> for WireError {
    fn from(error: PortError) -> Self {
        let code = match &error {
            PortError::Refused => ErrorCode::PreviewUnavailable,
            PortError::NoKernel => ErrorCode::SessionNotRunning,
            PortError::Unavailable(why) => {
                return Self::new(ErrorCode::Unavailable, why.as_str());
            }
        };
        Self::new(code, error.to_string())
    }
}

impl From<WireError> for PortError {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "whatever else another machine says, nobody could do anything differently"
    )]
    fn from(error: WireError) -> Self {
        match error.code {
            ErrorCode::PreviewUnavailable => Self::Refused,
            ErrorCode::SessionNotRunning | ErrorCode::NotFound => Self::NoKernel,
            _ => Self::Unavailable(error.message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_mean_the_same_on_both_sides_of_the_wire() {
        let why = || "why".to_owned();
        for error in [
            ProviderError::NotFound,
            ProviderError::Capacity(why()),
            ProviderError::StorageFull(why()),
            ProviderError::Refused(why()),
            ProviderError::Unavailable(why()),
            ProviderError::Moved,
        ] {
            let back = ProviderError::from(WireError::from(error.clone()));
            assert_eq!(format!("{back:?}"), format!("{error:?}"));
        }
        for error in [PortError::Refused, PortError::NoKernel, PortError::Unavailable(why())] {
            let back = PortError::from(WireError::from(error.clone()));
            assert_eq!(format!("{back:?}"), format!("{error:?}"));
        }
        let other = WireError::new(ErrorCode::Forbidden, "why");
        assert!(matches!(ProviderError::from(other), ProviderError::Unavailable(_)));
    }
}
