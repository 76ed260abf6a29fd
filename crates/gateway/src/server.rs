//! Listeners and connections: HTTP/1.1 and HTTP/2 without TLS, and the orderly end of both.

use crate::app::App;
use crate::dispatch;
use crate::live::Connection;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use stdx::TaskScope;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

/// Connections at once. Each may use a second descriptor towards a kernel, and the usual limit of
/// a service is 65,536 descriptors.
const CONNECTIONS_MAX: u32 = 16_384;
/// How long a client may take for the head of a request, and stay idle between two.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);
/// Requests at once on one HTTP/2 connection; browsers ask for about a hundred.
const STREAMS_MAX: u32 = 256;
/// How long accepting rests when the process has no descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves the listeners until the gateway's scope stops, then lets open requests finish.
pub(crate) async fn run(app: &Arc<App>, listeners: Vec<TcpListener>, scope: &TaskScope) {
    let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX as usize));
    for listener in listeners {
        let accepting = accept(Arc::clone(app), listener, scope.clone(), Arc::clone(&permits));
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

async fn accept(app: Arc<App>, listener: TcpListener, scope: TaskScope, permits: Arc<Semaphore>) {
    loop {
        let next = async {
            let permit = Arc::clone(&permits).acquire_owned().await;
            let permit = permit.expect("the semaphore is never closed");
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            () = app.scope.stopping() => return,
            it = next => it,
        };
        match accepted {
            Ok((stream, peer)) => {
                scope.spawn("connection", connection(Arc::clone(&app), stream, peer, permit));
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
    stream: TcpStream,
    peer: SocketAddr,
    permit: OwnedSemaphorePermit,
) {
    let metrics = Arc::clone(&app);
    let _held = metrics.metrics.connection();
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection stays with Nagle's algorithm");
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
    let own = Connection::default();
    let service = service_fn(|mut request: http::Request<Incoming>| {
        let app = Arc::clone(&app);
        request.extensions_mut().insert(own.clone());
        async move { Ok::<_, Infallible>(dispatch::serve(app, peer, request.map(Body::new)).await) }
    });
    let mut builder = auto::Builder::new(Executor(app.scope.clone()));
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(STREAMS_MAX);
    let mut serving = pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = own.cut() => return,
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
