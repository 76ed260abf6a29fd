//! Listeners and connections: HTTP/1.1, with TLS or without, and the orderly end of both.

use crate::api::Api;
use crate::grants::Grants;
use crate::guard::{Token, Trust};
use crate::identity::Identity;
use crate::leases::Leases;
use crate::spread::Spread;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use provider::{BoxedStream, Provider};
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use stdx::{GuardedStream, TaskScope};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;

/// Connections at once, byte streams among them: as many as a gateway holds to kernels.
const CONNECTIONS_MAX: usize = 16_384;
/// How long a client may take for TLS, for the head of a request, and stay idle between two.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How long accepting rests when the process has no descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What a listener is told.
pub struct Config {
    pub mode: Mode,
    pub provider: Arc<dyn Provider>,
    pub token: Token,
    /// Certificate and key; without them the network must be one's own.
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// Where clients reach this, if that is not what they call it by: no final slash.
    pub base_url: Option<String>,
}

/// What the process is.
pub enum Mode {
    /// Keeps sessions; with workers behind it or alone.
    Manager { leases: Arc<Leases>, spread: Option<Arc<Spread>> },
    /// Has kernels, for a manager.
    Worker,
}

/// Binds addresses and answers there until the scope stops; listeners that were handed over take
/// the place of addresses. Returns where it listens.
pub async fn serve(
    addresses: &[SocketAddr],
    handed: &[Arc<std::net::TcpListener>],
    config: Config,
    scope: &TaskScope,
) -> io::Result<Vec<SocketAddr>> {
    let mut listeners = Vec::new();
    for listener in handed {
        listeners.push(TcpListener::from_std(listener.try_clone()?)?);
    }
    for address in addresses.iter().filter(|_| handed.is_empty()) {
        listeners.push(TcpListener::bind(address).await?);
    }
    let (leases, spread) = match config.mode {
        Mode::Manager { leases, spread } => (Some(leases), spread),
        Mode::Worker => (None, None),
    };
    let api = Arc::new(Api {
        provider: config.provider,
        leases,
        spread,
        trust: Trust::Token(config.token),
        identity: None,
        grants: Grants::default(),
        base_url: config.base_url,
        is_secure: config.tls.is_some(),
        scope: scope.clone(),
    });
    let tls = config.tls.map(TlsAcceptor::from);
    let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut local = Vec::new();
    for listener in listeners {
        local.push(listener.local_addr()?);
        let door = Door { api: Arc::clone(&api), tls: tls.clone(), permits: Arc::clone(&permits) };
        scope.spawn("accept", accept(door, listener, scope.clone()));
    }
    tracing::info!(addresses = ?local, "the runtime service listens");
    Ok(local)
}

/// Answers on connections that this machine dialled itself, each of which has proved whose it is.
#[derive(Clone)]
pub(crate) struct Answerer {
    api: Arc<Api>,
    permits: Arc<Semaphore>,
}

impl Answerer {
    /// As a worker.
    pub(crate) fn new(
        provider: Arc<dyn Provider>,
        identity: Arc<Identity>,
        scope: &TaskScope,
    ) -> Self {
        let api = Api {
            provider,
            leases: None,
            spread: None,
            trust: Trust::Settled,
            identity: Some(identity),
            grants: Grants::default(),
            base_url: None,
            is_secure: true,
            scope: scope.clone(),
        };
        Self { api: Arc::new(api), permits: Arc::new(Semaphore::new(CONNECTIONS_MAX)) }
    }

    /// Answers on one connection, to its end; beside whoever asks for that. One too many is closed.
    pub(crate) fn answer(&self, stream: BoxedStream) {
        let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() else {
            tracing::warn!("there are as many connections as there may be");
            return;
        };
        let (api, scope) = (Arc::clone(&self.api), self.api.scope.clone());
        self.api.scope.spawn("connection", async move {
            connection(api, stream, scope).await;
            drop(permit);
        });
    }
}

/// What every listener needs.
struct Door {
    api: Arc<Api>,
    tls: Option<TlsAcceptor>,
    permits: Arc<Semaphore>,
}

async fn accept(door: Door, listener: TcpListener, scope: TaskScope) {
    let Door { api, tls, permits } = door;
    loop {
        let next = async {
            let permit = Arc::clone(&permits).acquire_owned().await;
            (permit.expect("the semaphore is never closed"), listener.accept().await)
        };
        // Whoever comes while this ends may wait for the next one, where the socket outlives it.
        let (permit, accepted) = tokio::select! {
            biased;
            () = scope.stopping() => return,
            it = next => it,
        };
        match accepted {
            Ok((stream, _)) => {
                let (api, tls, inner) = (Arc::clone(&api), tls.clone(), scope.clone());
                scope.spawn("connection", async move {
                    if let Err(error) = provider::keep_alive(&stream) {
                        tracing::debug!(%error, "a connection stays as it is");
                    }
                    if let Some(stream) = provider::secure(stream, tls, HEAD_TIMEOUT).await {
                        // It counts for as long as it lives, whatever it becomes: an upgrade takes the permit along.
                        let counted = GuardedStream::new(stream, permit);
                        connection(api, Box::new(counted), inner).await;
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection(api: Arc<Api>, stream: BoxedStream, scope: TaskScope) {
    let service = service_fn(|request| {
        let api = Arc::clone(&api);
        async move { Ok::<_, Infallible>(api.serve(request).await) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    let serving = builder.serve_connection(TokioIo::new(stream), service).with_upgrades();
    let mut serving = pin!(serving);
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = scope.stopping() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{Response, StatusCode};
    use http_body_util::Empty;
    use tokio::io::AsyncWriteExt;
    use tokio::sync::mpsc;

    #[tokio::test]
    async fn what_a_connection_becomes_counts_until_it_ends() {
        let permits = Arc::new(Semaphore::new(1));
        let permit = Arc::clone(&permits).acquire_owned().await.unwrap();
        let (mut client, server) = tokio::io::duplex(1024);
        let (streams, mut upgraded) = mpsc::channel(1);
        let service = service_fn(move |mut request| {
            streams.try_send(hyper::upgrade::on(&mut request)).unwrap();
            let mut response = Response::new(Empty::<bytes::Bytes>::new());
            *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
            async move { Ok::<_, Infallible>(response) }
        });
        let counted = GuardedStream::new(Box::new(server), permit);
        let serving = http1::Builder::new().serve_connection(TokioIo::new(counted), service);
        let ask = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n";
        client.write_all(ask).await.unwrap();
        serving.with_upgrades().await.unwrap();
        let stream = upgraded.recv().await.unwrap().await.unwrap();
        assert_eq!(permits.available_permits(), 0);
        drop(stream);
        assert_eq!(permits.available_permits(), 1);
    }
}
