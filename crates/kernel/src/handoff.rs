//! The hand-off socket: connected sockets from inside the workspace's network (`protocol::handoff`).

use crate::config::Config;
use crate::life::Connections;
use crate::preview;
use protocol::handoff::{
    OP_CONNECT, OP_EGRESS_LISTENER, REQUEST_LENGTH, STATUS_FAILED, STATUS_INVALID, STATUS_OK,
    STATUS_REFUSED,
};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;
use stdx::TaskScope;
use supervisor::net::send_fd;
use tokio::io::AsyncReadExt;
use tokio::net::{UnixListener, UnixStream};
use tokio::time::{sleep, timeout};

/// A client that does not take its answer is gone.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// After a failed accept (no descriptors left), before the next one.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// What clients may be handed.
#[derive(Clone)]
pub struct Handoff {
    egress: Option<Arc<OwnedFd>>,
    egress_port: Option<u16>,
    connections: Connections,
}

impl Handoff {
    /// Binds the listener for outbound traffic, when there is one to bind. Before anything of the
    /// workspace runs, so that nothing of it can take the port.
    pub fn open(config: &Config, connections: &Connections) -> io::Result<Self> {
        let egress = match config.egress_port {
            Some(port) => {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
                listener.set_nonblocking(true)?;
                Some(Arc::new(OwnedFd::from(listener)))
            }
            None => None,
        };
        let connections = connections.clone();
        Ok(Self { egress, egress_port: config.egress_port, connections })
    }

    /// Serves clients until the scope stops.
    pub fn spawn(self, scope: &TaskScope, listener: UnixListener) {
        let (stop, tasks) = (scope.clone(), scope.clone());
        scope.spawn("hand-off", async move {
            loop {
                let accepted = tokio::select! {
                    () = stop.stopping() => break,
                    accepted = listener.accept() => accepted,
                };
                match accepted {
                    Ok((stream, _)) => {
                        let (handoff, stop) = (self.clone(), stop.clone());
                        tasks.spawn("hand-off client", async move {
                            let _open = handoff.connections.open();
                            tokio::select! {
                                () = stop.stopping() => {}
                                // An error is the client's end.
                                _ = handoff.serve(stream) => {}
                            }
                        });
                    }
                    Err(error) => {
                        tracing::warn!("the hand-off socket could not accept: {error}");
                        sleep(ACCEPT_RETRY).await;
                    }
                }
            }
        });
    }

    async fn serve(&self, mut stream: UnixStream) -> io::Result<()> {
        loop {
            let mut request = [0; REQUEST_LENGTH];
            stream.read_exact(&mut request).await?;
            let [operation, high, low] = request;
            let answer = self.answer(operation, u16::from_be_bytes([high, low])).await;
            let (status, descriptor) = match &answer {
                Ok(descriptor) => (STATUS_OK, Some(descriptor.as_fd())),
                Err(status) => (*status, None),
            };
            timeout(ANSWER_TIMEOUT, send_fd(&stream, status, descriptor)).await??;
        }
    }

    async fn answer(&self, operation: u8, port: u16) -> Result<OwnedFd, u8> {
        match operation {
            OP_CONNECT if port == 0 || Some(port) == self.egress_port => Err(STATUS_INVALID),
            OP_CONNECT => connect(port).await,
            OP_EGRESS_LISTENER => {
                let listener = self.egress.as_ref().ok_or(STATUS_FAILED)?;
                listener.try_clone().map_err(|_| STATUS_FAILED)
            }
            _ => Err(STATUS_INVALID),
        }
    }
}

async fn connect(port: u16) -> Result<OwnedFd, u8> {
    let stream = match preview::connect(port).await {
        Ok(stream) => stream,
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            return Err(STATUS_REFUSED);
        }
        Err(_) => return Err(STATUS_FAILED),
    };
    // Small writes of a hot-reload socket must not wait for each other.
    let stream = stream.set_nodelay(true).and_then(|()| stream.into_std());
    stream.map(OwnedFd::from).map_err(|_| STATUS_FAILED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::testing;
    use std::io::Write;
    use supervisor::net::recv_fd;
    use tokio::io::AsyncWriteExt;

    async fn ask(client: &mut UnixStream, operation: u8, port: u16) -> (u8, Option<OwnedFd>) {
        let [high, low] = port.to_be_bytes();
        client.write_all(&[operation, high, low]).await.unwrap();
        recv_fd(client).await.unwrap()
    }

    // covers: S1.5
    #[tokio::test]
    async fn a_connected_socket_is_handed_over_and_refusals_are_told() {
        let (context, directory) = testing::context();
        let path = directory.path().join("handoff.sock");
        let handoff = Handoff::open(&context.config, &Connections::default()).unwrap();
        handoff.spawn(&context.scope, UnixListener::bind(&path).unwrap());
        let mut client = UnixStream::connect(&path).await.unwrap();

        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (status, descriptor) = ask(&mut client, OP_CONNECT, port).await;
        assert_eq!(status, STATUS_OK);
        let mut handed = std::net::TcpStream::from(descriptor.unwrap());
        let (mut inside, _) = listener.accept().unwrap();
        handed.write_all(b"hello").unwrap();
        let mut read = [0; 5];
        std::io::Read::read_exact(&mut inside, &mut read).unwrap();
        assert_eq!(&read, b"hello");

        drop(listener);
        assert_eq!(ask(&mut client, OP_CONNECT, port).await.0, STATUS_REFUSED);
        assert_eq!(ask(&mut client, OP_CONNECT, 0).await.0, STATUS_INVALID);
        assert_eq!(ask(&mut client, 77, 1).await.0, STATUS_INVALID);
        assert_eq!(ask(&mut client, OP_EGRESS_LISTENER, 0).await.0, STATUS_FAILED);
        assert!(context.scope.shutdown(Duration::from_secs(5)).await);
    }

    #[tokio::test]
    async fn the_egress_listener_is_shared() {
        let (context, directory) = testing::context();
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = Config { egress_port: Some(free), ..Config::clone(&context.config) };
        let path = directory.path().join("handoff.sock");
        let handoff = Handoff::open(&config, &Connections::default()).unwrap();
        handoff.spawn(&context.scope, UnixListener::bind(&path).unwrap());
        let mut client = UnixStream::connect(&path).await.unwrap();
        let (status, descriptor) = ask(&mut client, OP_EGRESS_LISTENER, 0).await;
        assert_eq!(status, STATUS_OK);
        let listener = TcpListener::from(descriptor.unwrap());
        assert_eq!(listener.local_addr().unwrap().port(), free);
        assert_eq!(ask(&mut client, OP_CONNECT, free).await.0, STATUS_INVALID);
        assert!(context.scope.shutdown(Duration::from_secs(5)).await);
    }
}
