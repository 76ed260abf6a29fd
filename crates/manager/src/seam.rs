//! The provider seam over HTTP: what [`provider::HttpProvider`] asks is answered here.

use crate::answer::{self, Body, BodyError, Reply, not_found};
use bytes::Bytes;
use futures_util::stream;
use http::header::{CONNECTION, CONTENT_TYPE, UPGRADE};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, Limited, StreamBody};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use protocol::id::MoveId;
use protocol::machine::{EPOCH, PULSE_INTERVAL_S, Pulse};
use protocol::manager::{Exists, KernelReport, STREAM};
use protocol::{ErrorCode, WireError, WorkspaceId};
use provider::{BoxedStream, Provider, ProviderError};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use stdx::TaskScope;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{sleep, timeout};

/// How long a listener for deaths hears nothing at most: an empty line says that all is well.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Largest step of a move, in bytes: a chunk has four fifths of that, and a line is before it.
const STEP_BYTES_MAX: usize = 5 * 1024 * 1024;
/// How long kernels may take to say how they are, for a pulse.
const STATUS_PATIENCE: Duration = Duration::from_secs(1);

/// The workspace that a path names.
pub(crate) fn workspace(text: &str) -> Result<WorkspaceId, WireError> {
    WorkspaceId::parse(text).ok_or_else(|| not_found("workspace"))
}

/// Everything that is known of kernels.
pub(crate) async fn kernels(provider: &dyn Provider) -> Reply {
    let report = |(workspace_id, it): (WorkspaceId, provider::KernelStatus)| KernelReport {
        workspace_id,
        awake: it.awake,
        unreachable: it.unreachable,
        last_state: it.last_state,
    };
    let all: Vec<KernelReport> = provider.status().await?.into_iter().map(report).collect();
    Ok(answer::json(&all))
}

/// Whether a workspace has storage.
pub(crate) async fn exists(provider: &dyn Provider, id: &WorkspaceId) -> Reply {
    Ok(answer::json(&Exists { exists: provider.exists(id).await? }))
}

/// Nothing to tell but that it is done.
pub(crate) fn done(result: Result<(), ProviderError>) -> Reply {
    result?;
    let mut response = Response::new(answer::body(Bytes::new()));
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

/// A step of a move.
pub(crate) async fn transfer(
    provider: &dyn Provider,
    id: &WorkspaceId,
    by: &str,
    body: Incoming,
) -> Reply {
    let by = MoveId::parse(by).ok_or_else(|| not_found("move"))?;
    let whole = Limited::new(body, STEP_BYTES_MAX).collect().await.map_err(|error| {
        WireError::new(ErrorCode::InvalidRequest, format!("the step did not arrive: {error}"))
    })?;
    let (step, bytes) = provider::unpack(whole.to_bytes()).map_err(|error| {
        WireError::new(ErrorCode::InvalidRequest, format!("that is no step: {error}"))
    })?;
    let (answer, bytes) = provider.transfer(id, &by, step, bytes).await?;
    let mut response = Response::new(answer::body(provider::pack(&answer, &bytes)));
    let kind = HeaderValue::from_static("application/octet-stream");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    Ok(response)
}

/// A line for each kernel that ends without being asked to.
pub(crate) fn deaths(heard: broadcast::Receiver<WorkspaceId>, scope: TaskScope) -> Response<Body> {
    let lines = stream::unfold((heard, scope), |(mut heard, scope)| async move {
        let line = tokio::select! {
            () = scope.stopping() => return None,
            heard = timeout(HEARTBEAT, heard.recv()) => match heard {
                Ok(Ok(workspace)) => format!("{workspace}\n"),
                Ok(Err(RecvError::Lagged(_))) | Err(_) => "\n".to_owned(),
                Ok(Err(RecvError::Closed)) => return None,
            },
        };
        Some((Ok::<_, BodyError>(Frame::data(Bytes::from(line))), (heard, scope)))
    });
    let mut response = Response::new(StreamBody::new(lines).boxed_unsync());
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// A line every other second, as long as somebody listens: that this machine is there, and how it
/// is.
pub(crate) fn pulse(provider: Arc<dyn Provider>, scope: TaskScope) -> Response<Body> {
    let lines = stream::unfold((provider, scope, false), |(provider, scope, again)| async move {
        if again {
            tokio::select! {
                () = scope.stopping() => return None,
                () = sleep(Duration::from_secs(PULSE_INTERVAL_S)) => {}
            }
        }
        // Kernels that are slow to answer must not make the machine seem lost.
        let status = timeout(STATUS_PATIENCE, provider.status()).await;
        let awake = status.ok().and_then(Result::ok).unwrap_or_default();
        let pulse = Pulse {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            resources: provider.resources().await,
            awake: awake.iter().filter(|(_, it)| it.awake).count() as u64,
        };
        let mut line = serde_json::to_string(&pulse).expect("a pulse is plain JSON");
        line.push('\n');
        Some((Ok::<_, BodyError>(Frame::data(Bytes::from(line))), (provider, scope, true)))
    });
    Response::new(StreamBody::new(lines).boxed_unsync())
}

/// Which placement a request is about.
pub(crate) fn epoch<B>(request: &Request<B>) -> Result<Option<u64>, WireError> {
    let Some(epoch) = request.headers().get(EPOCH) else { return Ok(None) };
    let epoch = epoch.to_str().ok().and_then(|it| it.parse().ok());
    epoch
        .map(Some)
        .ok_or_else(|| WireError::new(ErrorCode::InvalidRequest, format!("`{EPOCH}` is no number")))
}

/// Whether a request asks for a byte stream.
pub(crate) fn wants_stream<B>(request: &Request<B>) -> Result<(), WireError> {
    let wanted = request.headers().get(UPGRADE).and_then(|it| it.to_str().ok());
    if wanted.is_some_and(|it| it.eq_ignore_ascii_case(STREAM)) {
        return Ok(());
    }
    let message = format!("this becomes a byte stream; ask with `Upgrade: {STREAM}`");
    Err(WireError::new(ErrorCode::UpgradeRequired, message))
}

/// Makes the connection of a request one with `stream`, until either ends or the scope stops.
pub(crate) fn join<B>(
    mut request: Request<B>,
    stream: BoxedStream,
    scope: &TaskScope,
) -> Response<Body> {
    let upgrade = hyper::upgrade::on(&mut request);
    let inner = scope.clone();
    scope.spawn("stream", async move {
        let tunnel = async {
            let client = TokioIo::new(upgrade.await.map_err(io::Error::other)?);
            proxy::splice(client, stream).await
        };
        tokio::select! {
            ended = tunnel => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a stream broke off");
                }
            }
            () = inner.stopping() => {}
        }
    });
    let mut response = Response::new(answer::body(Bytes::new()));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("upgrade"));
    response.headers_mut().insert(UPGRADE, HeaderValue::from_static(STREAM));
    response
}
