//! One request onto one stream.

use crate::body::{Body, BoxError};
use crate::connection::{Connection, RequestBody};
use crate::headers::{keep_alive_seconds, prepare_request, prepare_response};
use crate::policy::Policy;
use crate::pool::Home;
use crate::tunnel::{Live, splice};
use bytes::Bytes;
use http::header::{HeaderValue, TRANSFER_ENCODING, UPGRADE};
use http::{Method, Request, Response, StatusCode};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use protocol::{ErrorCode, WireError};
use std::convert::Infallible;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};

/// Why a request was not answered by the upstream. `E` is the connector's error.
#[derive(Debug, thiserror::Error)]
pub enum ForwardError<E> {
    /// The request is not one that may be forwarded.
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

/// Why a request is refused: with 400, and with 501 for the coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRequest {
    #[error("the request has no `Host`")]
    NoHost,
    #[error("the request has more than one `Host`, or one that contradicts its target")]
    AmbiguousHost,
    #[error("the request's framing is ambiguous")]
    Framing,
    #[error("the request's body has a transfer coding other than `chunked`")]
    Coding,
    #[error("the request's target is not a path")]
    Target,
    #[error("the upgrade is malformed")]
    Upgrade,
    #[error("the request's body is malformed, or it broke off")]
    Body,
}

impl From<BadRequest> for WireError {
    fn from(error: BadRequest) -> Self {
        let code = match error {
            BadRequest::Coding => ErrorCode::Unsupported,
            BadRequest::NoHost
            | BadRequest::AmbiguousHost
            | BadRequest::Framing
            | BadRequest::Target
            | BadRequest::Upgrade
            | BadRequest::Body => ErrorCode::InvalidRequest,
        };
        Self::new(code, error.to_string())
    }
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
    let outgoing = Outgoing::new(request, policy)?;
    let connection = Connection::open(stream).await.map_err(|_| ForwardError::Closed)?;
    let exchange = Exchange { connection, home: None, head_timeout: None, policy, live };
    let answer = live.cancel.run_until_cancelled(exchange.run(outgoing)).await;
    answer.unwrap_or(Err((ForwardError::Cancelled, None))).map_err(|(error, _)| error)
}

/// A request that is fit to be sent.
pub(crate) struct Outgoing {
    pub(crate) request: Request<RequestBody>,
    upgrade: Option<OnUpgrade>,
}

impl Outgoing {
    /// Applies the policy to a request from a client.
    pub(crate) fn new<B>(mut request: Request<B>, policy: &Policy) -> Result<Self, BadRequest>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let on_upgrade = request.extensions_mut().remove::<OnUpgrade>();
        let (mut parts, body) = request.into_parts();
        let wanted = prepare_request(&mut parts, policy)?;
        let body = RequestBody::new(body);
        let unsized_body = !body.is_empty() && body.size_hint().exact().is_none();
        if unsized_body && matches!(parts.method, Method::GET | Method::HEAD) {
            // hyper takes it for granted that these have no body unless told.
            parts.headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
        let upgrade = on_upgrade.filter(|_| wanted.is_some());
        if wanted.is_some() && upgrade.is_none() {
            return Err(BadRequest::Upgrade);
        }
        parts.extensions.clear();
        Ok(Self { request: Request::from_parts(parts, body), upgrade })
    }

    /// A request that was made fit before and is no upgrade.
    pub(crate) fn again(request: Request<RequestBody>) -> Self {
        Self { request, upgrade: None }
    }

    pub(crate) fn is_upgrade(&self) -> bool {
        self.upgrade.is_some()
    }

    /// Whether sending it twice does no more than sending it once.
    pub(crate) fn is_repeatable(&self) -> bool {
        self.request.method().is_idempotent() && self.request.body().is_empty()
    }
}

/// One request and its response over one connection.
pub(crate) struct Exchange<'a> {
    pub(crate) connection: Box<Connection>,
    /// Where the connection goes afterwards; closed when there is none.
    pub(crate) home: Option<Home>,
    pub(crate) head_timeout: Option<Duration>,
    pub(crate) policy: &'a Policy,
    pub(crate) live: &'a Live,
}

/// An error, and the request when no byte of it was sent.
type Failure = (ForwardError<Infallible>, Option<Request<RequestBody>>);

impl Exchange<'_> {
    /// Sends the request and makes the response fit for the client.
    pub(crate) async fn run(mut self, outgoing: Outgoing) -> Result<Response<Body>, Failure> {
        let Outgoing { request, upgrade } = outgoing;
        let sending = self.connection.send(request);
        let answer = match self.head_timeout {
            Some(limit) => match tokio::time::timeout(limit, sending).await {
                Ok(answer) => answer,
                Err(_) => return Err((ForwardError::Timeout, None)),
            },
            None => sending.await,
        };
        let response = answer.map_err(|it| (ForwardError::of(it.error), it.unsent))?;
        let (parts, incoming) = response.into_parts();
        if parts.status == StatusCode::SWITCHING_PROTOCOLS {
            return self.switch(parts, upgrade).await.map_err(|it| (it, None));
        }
        Ok(self.answer(parts, incoming))
    }

    fn answer(mut self, mut parts: http::response::Parts, incoming: Incoming) -> Response<Body> {
        if let (Some(home), Some(seconds)) = (&mut self.home, keep_alive_seconds(&parts.headers)) {
            home.promised(seconds);
        }
        prepare_response(&mut parts, self.policy, None);
        parts.extensions.clear();
        let cancel = self.live.cancel.clone();
        Response::from_parts(parts, Body::new(incoming, self.connection, self.home, cancel))
    }

    /// Starts the tunnel of a response with status 101.
    async fn switch(
        self,
        mut parts: http::response::Parts,
        upgrade: Option<OnUpgrade>,
    ) -> Result<Response<Body>, ForwardError<Infallible>> {
        let refused = |what: &str| ForwardError::Invalid(what.into());
        let upgrade = upgrade.ok_or_else(|| refused("switched protocols without being asked"))?;
        let token = parts.headers.get(UPGRADE).cloned();
        let token = token.ok_or_else(|| refused("switched protocols without naming one"))?;
        let upstream =
            self.connection.into_upgraded().await.ok_or_else(|| refused("no stream is left"))?;
        let cancel = self.live.cancel.clone();
        self.live.scope.spawn("tunnel", async move {
            let tunnel = async {
                let client = TokioIo::new(upgrade.await.map_err(io::Error::other)?);
                splice(client, upstream).await
            };
            match cancel.run_until_cancelled(tunnel).await {
                Some(Ok((up, down))) => {
                    tracing::trace!(bytes_up = up, bytes_down = down, "a tunnel ended");
                }
                Some(Err(error)) => tracing::debug!(%error, "a tunnel broke off"),
                None => tracing::debug!("a tunnel was cut"),
            }
        });
        prepare_response(&mut parts, self.policy, Some(token));
        parts.extensions.clear();
        Ok(Response::from_parts(parts, Body::default()))
    }
}

impl ForwardError<Infallible> {
    fn of(error: hyper::Error) -> Self {
        if error.is_parse() || error.is_parse_too_large() {
            return Self::Invalid(error.into());
        }
        // hyper's "user" is whoever gave it the body, and that is the client's.
        if error.is_user() {
            return Self::BadRequest(BadRequest::Body);
        }
        Self::Closed
    }

    /// The same error beside connect errors of another type.
    pub(crate) fn with_connect<E>(self) -> ForwardError<E> {
        match self {
            Self::BadRequest(it) => ForwardError::BadRequest(it),
            Self::Connect(never) => match never {},
            Self::Closed => ForwardError::Closed,
            Self::Invalid(it) => ForwardError::Invalid(it),
            Self::Timeout => ForwardError::Timeout,
            Self::Cancelled => ForwardError::Cancelled,
        }
    }
}
