//! The client of a kernel's hand-off socket: sockets that live in the sandbox's network.

use crate::ask;
use protocol::handoff::{
    OP_CONNECT, OP_EGRESS_LISTENER, REQUEST_LENGTH, STATUS_INVALID, STATUS_OK, STATUS_REFUSED,
};
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream, UnixStream};

/// Connections that are kept for the next request. A browser opens six at a time.
const IDLE_MAX: usize = 8;

/// How long a kernel may take to hand something over, its own connect included.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);

/// Hands out what a kernel passes.
#[derive(Debug)]
pub(crate) struct HandOff {
    socket: PathBuf,
    idle: Mutex<Vec<UnixStream>>,
}

/// Why nothing was handed over.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HandOffError {
    /// Nothing listens on the port, inside.
    #[error("nothing listens on the port")]
    Refused,
    /// The kernel does not do that, or not for this port.
    #[error("the kernel refuses to hand this over")]
    Invalid,
    /// The kernel could not, or is going away.
    #[error("the kernel did not hand over the connection")]
    Io(#[from] io::Error),
}

impl HandOff {
    /// Speaks to the socket at `socket`; connects when it is asked something.
    pub(crate) fn new(socket: PathBuf) -> Self {
        Self { socket, idle: Mutex::new(Vec::new()) }
    }

    /// A connection to `port` of the sandbox's loopback.
    pub(crate) async fn connect(&self, port: u16) -> Result<TcpStream, HandOffError> {
        let stream = std::net::TcpStream::from(self.ask(OP_CONNECT, port).await?);
        stream.set_nonblocking(true)?;
        Ok(TcpStream::from_std(stream)?)
    }

    /// The listener to which the programs inside send their outbound traffic.
    pub(crate) async fn egress_listener(&self) -> Result<TcpListener, HandOffError> {
        let listener = std::net::TcpListener::from(self.ask(OP_EGRESS_LISTENER, 0).await?);
        listener.set_nonblocking(true)?;
        Ok(TcpListener::from_std(listener)?)
    }

    async fn ask(&self, operation: u8, port: u16) -> Result<OwnedFd, HandOffError> {
        tokio::time::timeout(ANSWER_TIMEOUT, self.ask_unbounded(operation, port))
            .await
            .unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()))
    }

    /// A kept connection may have been closed by the kernel in the meantime; then a new one is
    /// made. A request on a new connection is made once.
    async fn ask_unbounded(&self, operation: u8, port: u16) -> Result<OwnedFd, HandOffError> {
        let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(stream) = kept {
            match self.exchange(stream, operation, port).await {
                Err(HandOffError::Io(_)) => {}
                answer => return answer,
            }
        }
        let stream = ask::connect(&self.socket).await?;
        self.exchange(stream, operation, port).await
    }

    async fn exchange(
        &self,
        mut stream: UnixStream,
        operation: u8,
        port: u16,
    ) -> Result<OwnedFd, HandOffError> {
        let [high, low] = port.to_be_bytes();
        let request: [u8; REQUEST_LENGTH] = [operation, high, low];
        stream.write_all(&request).await?;
        let (status, descriptor) = supervisor::net::recv_fd(&stream).await?;
        {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < IDLE_MAX {
                idle.push(stream);
            }
        }
        match (status, descriptor) {
            (STATUS_OK, Some(descriptor)) => Ok(descriptor),
            (STATUS_REFUSED, _) => Err(HandOffError::Refused),
            (STATUS_INVALID, _) => Err(HandOffError::Invalid),
            (status, _) => Err(io::Error::other(format!("hand-off status {status}")).into()),
        }
    }
}
