//! The first words on a connection to a kernel: what its processes are given.

use super::{ANSWER_BYTES_MAX, KernelStream};
use axum::body::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderName, HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use protocol::WorkspaceId;
use protocol::environment::GivenEnvironment;
use protocol::header::{OPERATOR, ROLE, Role};
use std::future::poll_fn;
use std::io;
use std::time::Duration;
use tokio::time::timeout;

/// How long a kernel may take to take it.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The gateway itself asks: no person stands behind it.
pub(super) fn headers() -> Vec<(HeaderName, HeaderValue)> {
    vec![
        (HeaderName::from_static(ROLE), HeaderValue::from_static(Role::Owner.as_str())),
        (HeaderName::from_static(OPERATOR), HeaderValue::from_static("gateway")),
    ]
}

/// The request that gives it, without [`headers`].
pub(super) fn request(given: &GivenEnvironment) -> Request<Full<Bytes>> {
    let body = serde_json::to_vec(given).expect("names and values are plain JSON");
    Request::put("/api/v1/environment")
        .header(HOST, "kernel")
        .header(CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body)))
        .expect("these are headers")
}

/// Gives it over a fresh connection and hands the connection back.
pub(super) async fn greet(
    workspace: &WorkspaceId,
    stream: KernelStream,
    greeting: &[GivenEnvironment],
) -> io::Result<KernelStream> {
    let greeting = speak(workspace, stream, greeting);
    timeout(TIMEOUT, greeting).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

async fn speak(
    workspace: &WorkspaceId,
    stream: KernelStream,
    greeting: &[GivenEnvironment],
) -> io::Result<KernelStream> {
    let (mut sender, mut connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    let say = async {
        for given in greeting {
            sender.ready().await.map_err(io::Error::other)?;
            let mut request = request(given);
            request
                .headers_mut()
                .extend(headers().into_iter().map(|(name, value)| (Some(name), value)));
            let response = sender.send_request(request).await.map_err(io::Error::other)?;
            judge(workspace, response.status());
            let answer = Limited::new(response.into_body(), ANSWER_BYTES_MAX);
            answer.collect().await.map_err(io::Error::other)?;
        }
        drop(sender);
        Ok::<_, io::Error>(())
    };
    let listen = poll_fn(|context| connection.poll_without_shutdown(context));
    let (said, heard) = tokio::join!(say, listen);
    said.and(heard.map_err(io::Error::other))?;
    let parts = connection.into_parts();
    if !parts.read_buf.is_empty() {
        return Err(io::Error::other("it said more than it was asked"));
    }
    Ok(parts.io.into_inner())
}

/// A kernel of an earlier version has no such route; its processes go on without.
pub(super) fn judge(workspace: &WorkspaceId, status: StatusCode) {
    if !status.is_success() {
        tracing::warn!(workspace.id = %workspace, %status, "a kernel took no environment");
    }
}
