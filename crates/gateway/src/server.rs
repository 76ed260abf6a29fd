//! Listeners and connections: HTTP/1.1 and HTTP/2, with TLS or without, and the orderly end of both.

mod addresses;
mod requests;

use crate::app::App;
use crate::dispatch;
use crate::guarded_body::GuardedBody;
use crate::identity::origin::Peer;
use crate::live::Connection;
use addresses::Addresses;
use axum::body::Body;
use http::Version;
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use requests::Requests;
use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use stdx::TaskScope;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

/// Connections at once. Each may use a second descriptor towards a kernel, and the usual limit of
/// a service is 65,536 descriptors.
const CONNECTIONS_MAX: u32 = 16_384;
/// How long a client may take for the head of a request, and stay idle between two.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);
/// What waits in the system for a client and was not sent yet: once its access has ended, no more
/// than this still comes. What is on its way does not count, so that nobody far away is slowed down.
const UNSENT_BYTES_MAX: u32 = 256 * 1024;
/// A client of HTTP/2 that is asked this often whether it is still there, ...
const PING_INTERVAL: Duration = Duration::from_secs(30);
/// ... and does not say so for this long, is gone.
const PING_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a client may take to agree that a quiet connection ends.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(10);
/// Requests at once on one HTTP/2 connection; browsers ask for about a hundred.
const STREAMS_MAX: u32 = 256;
/// How long accepting rests when the process has no descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves the listeners until the gateway's scope stops, then lets open requests finish.
pub(crate) async fn run(
    app: &Arc<App>,
    listeners: Vec<(TcpListener, Option<TlsAcceptor>)>,
    scope: &TaskScope,
) {
    let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX as usize));
    let addresses = Addresses::new(&app.config.trusted_proxies);
    for listener in listeners {
        let accepting = accept(
            Arc::clone(app),
            listener,
            scope.clone(),
            Arc::clone(&permits),
            addresses.clone(),
        );
        scope.spawn("accept", accepting);
    }
    app.scope.stopping().await;
    // WebSockets and event streams end now, so that their clients come back to whoever is next.
    app.live.end_all();
    let all_closed = permits.acquire_many(CONNECTIONS_MAX);
    if timeout(app.config.shutdown_grace, all_closed).await.is_err() {
        tracing::warn!("connections were cut that did not end in time");
    }
}

async fn accept(
    app: Arc<App>,
    (listener, tls): (TcpListener, Option<TlsAcceptor>),
    scope: TaskScope,
    permits: Arc<Semaphore>,
    addresses: Addresses,
) {
    loop {
        let next = async {
            let permit = Arc::clone(&permits).acquire_owned().await;
            let permit = permit.expect("the semaphore is never closed");
            (permit, listener.accept().await)
        };
        // Whoever comes while this ends may wait, at a socket that the service manager holds, for
        // the next one.
        let (permit, accepted) = tokio::select! {
            biased;
            () = app.scope.stopping() => return,
            it = next => it,
        };
        match accepted {
            Ok((stream, peer)) => {
                let Some(place) = addresses.enter(peer.ip()) else {
                    tracing::debug!(%peer, "an address has too many connections");
                    continue;
                };
                let peer = Peer { address: peer.ip(), by_tls: tls.is_some() };
                let incoming = (stream, tls.clone());
                let serving = connection(Arc::clone(&app), incoming, peer, permit);
                scope.spawn("connection", async move {
                    serving.await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection(
    app: Arc<App>,
    (stream, tls): (TcpStream, Option<TlsAcceptor>),
    peer: Peer,
    permit: OwnedSemaphorePermit,
) {
    let metrics = Arc::clone(&app);
    let _held = metrics.metrics.connection();
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection stays with Nagle's algorithm");
    }
    if let Err(error) = socket2::SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT_BYTES_MAX) {
        tracing::debug!(%error, "the system keeps as much for a client as it likes");
    }
    // Whoever says nothing keeps no place: hyper's own deadline starts with the first byte.
    let mut first = [0; 1];
    let heard = tokio::select! {
        () = app.scope.stopping() => return,
        heard = timeout(HEAD_TIMEOUT, stream.peek(&mut first)) => heard,
    };
    if !matches!(heard, Ok(Ok(1))) {
        return;
    }
    let Some(stream) = provider::secure(stream, tls, HEAD_TIMEOUT).await else { return };
    let own = Connection::default();
    let requests = Requests::default();
    let service = service_fn(|mut request: http::Request<Incoming>| {
        let app = Arc::clone(&app);
        request.extensions_mut().insert(own.clone());
        let open = (request.version() == Version::HTTP_2).then(|| requests.begin());
        if open.is_none() {
            // Here hyper has a deadline of its own between two requests.
            requests.stop_counting();
        }
        async move {
            let request = request
                .map(|body| if body.is_end_stream() { Body::empty() } else { Body::new(body) });
            let response = dispatch::serve(app, peer, request).await;
            Ok::<_, Infallible>(response.map(|body| GuardedBody::new(body, open)))
        }
    });
    let mut builder = auto::Builder::new(Executor(app.scope.clone()));
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT);
    let mut serving = pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = own.cut() => return,
        // Also the one who never says which version of HTTP it speaks.
        () = requests.quiet(HEAD_TIMEOUT) => {
            serving.as_mut().graceful_shutdown();
            match timeout(GOODBYE_TIMEOUT, serving).await {
                Ok(ended) => ended,
                Err(_) => return,
            }
        }
        () = app.scope.stopping() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error, "a connection ended early");
    }
    drop(permit);
}

/// Runs the streams of HTTP/2 connections in the gateway's scope.
#[derive(Clone)]
struct Executor(TaskScope);

impl<F> hyper::rt::Executor<F> for Executor
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, future: F) {
        self.0.spawn("stream", async move {
            future.await;
        });
    }
}
