//! Idle connections to upstreams, by key.

use crate::body::{Body, BoxError};
use crate::forward::ForwardError;
use crate::policy::Policy;
use crate::tunnel::Live;
use bytes::Bytes;
use http::{Request, Response};
use std::hash::Hash;
use std::time::Duration;
use stdx::TaskScope;
use tokio::io::{AsyncRead, AsyncWrite};

/// Opens connections to upstreams.
pub trait Connector: Send + Sync + 'static {
    /// Names an upstream.
    type Key: Clone + Eq + Hash + Send + Sync + 'static;
    type Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static;
    type Error: std::error::Error + Send + Sync + 'static;

    /// A fresh connection. TCP streams should have `TCP_NODELAY` set.
    fn connect(
        &self,
        key: &Self::Key,
    ) -> impl Future<Output = Result<Self::Stream, Self::Error>> + Send;
}

/// Bounds and deadlines of a [`Pool`].
#[derive(Clone, Debug)]
pub struct Limits {
    /// Idle connections kept per key.
    pub idle_per_key_max: usize,
    /// Idle connections kept altogether.
    pub idle_max: usize,
    /// How long a connection stays idle before it is closed.
    pub idle_timeout: Duration,
    /// How long the connector may take.
    pub connect_timeout: Duration,
    /// How long the upstream may take to answer; `None` waits as long as the client does.
    pub head_timeout: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            idle_per_key_max: 64,
            idle_max: 1024,
            idle_timeout: Duration::from_secs(4),
            connect_timeout: Duration::from_secs(10),
            head_timeout: None,
        }
    }
}

/// Keeps idle connections and forwards requests over them. Share it by `Arc`.
#[derive(Debug)]
pub struct Pool<C: Connector> {
    connector: C,
    limits: Limits,
    scope: TaskScope,
}

impl<C: Connector> Pool<C> {
    /// An empty pool; its housekeeping runs in `scope` and only while connections are idle.
    pub fn new(connector: C, limits: Limits, scope: TaskScope) -> Self {
        Self { connector, limits, scope }
    }

    /// The connector.
    pub fn connector(&self) -> &C {
        &self.connector
    }

    /// Like [`crate::forward`], over an idle connection of `key` or a fresh one.
    ///
    /// A request that is idempotent and has no body is sent a second time, over a fresh connection,
    /// when an idle one turns out to be dead. Nothing else is ever repeated.
    pub async fn forward<B>(
        &self,
        key: &C::Key,
        request: Request<B>,
        policy: &Policy,
        live: &Live,
    ) -> Result<Response<Body>, ForwardError<C::Error>>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let _ = (key, request, policy, live, &self.limits, &self.scope);
        Err(ForwardError::Closed)
    }

    /// Closes every idle connection whose key `matches`. Connections in use are closed when their
    /// request is done, and at once by cancelling its [`Live`].
    pub fn revoke(&self, matches: impl Fn(&C::Key) -> bool) {
        let _ = matches;
    }
}
