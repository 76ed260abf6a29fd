//! The way to kernels and to the apps in their workspaces, for those who come through a session.

use crate::answer::{Body, forwarded};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use protocol::header::{OPERATOR, PRINCIPAL, ROLE, Role};
use protocol::workspace::StopSession;
use protocol::{ErrorBody, ErrorCode, RuntimeState, WireError, WorkspaceId};
use provider::{BoxedStream, PortError, Provider, ProviderError};
use proxy::{
    Authorization, BoxError, Connector, Cookies, ForwardError, Limits, Live, Policy, Pool,
    ResponsePolicy, SetCookies,
};
use std::sync::Arc;
use std::time::Duration;
use stdx::TaskScope;
use tokio::time::timeout;

/// Largest answer that is read whole, in bytes.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How long a kernel may take; a stop waits for a tree's grace period.
const ASK_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a sleeping kernel may take to wake on a loaded machine.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// Asks and forwards.
pub(crate) struct Kernels {
    streams: Pool<Streams>,
    apps: Pool<Ports>,
    scope: TaskScope,
}

/// Opens streams to kernels.
struct Streams(Arc<dyn Provider>);

impl Connector for Streams {
    type Key = WorkspaceId;
    type Stream = BoxedStream;
    type Error = ProviderError;

    async fn connect(&self, workspace: &WorkspaceId) -> Result<BoxedStream, ProviderError> {
        self.0.connect(workspace).await
    }
}

/// Opens connections to apps.
struct Ports(Arc<dyn Provider>);

impl Connector for Ports {
    type Key = (WorkspaceId, u16);
    type Stream = BoxedStream;
    type Error = PortError;

    async fn connect(&self, key: &(WorkspaceId, u16)) -> Result<BoxedStream, PortError> {
        self.0.connect_port(&key.0, key.1).await
    }
}

impl Kernels {
    pub(crate) fn new(provider: &Arc<dyn Provider>, scope: &TaskScope) -> Self {
        let limits = Limits { connect_timeout: CONNECT_TIMEOUT, ..Limits::default() };
        let streams = Streams(Arc::clone(provider));
        let ports = Ports(Arc::clone(provider));
        Self {
            streams: Pool::new(streams, limits.clone(), scope.clone()),
            apps: Pool::new(ports, limits, scope.clone()),
            scope: scope.clone(),
        }
    }

    /// Asks a kernel for its state. Wakes it.
    pub(crate) async fn state(&self, id: &WorkspaceId) -> Result<RuntimeState, WireError> {
        self.ask(id, request(Method::GET, "/api/v1/state", Bytes::new())?, "manager").await
    }

    /// Asks a kernel to change something, and reads the state that follows.
    pub(crate) async fn change(
        &self,
        id: &WorkspaceId,
        path: &str,
        principal: &str,
    ) -> Result<RuntimeState, WireError> {
        self.ask(id, request(Method::POST, path, Bytes::from_static(b"{}"))?, principal).await
    }

    /// Ends a session and none that came after it.
    pub(crate) async fn stop(
        &self,
        id: &WorkspaceId,
        generation: u64,
        principal: &str,
    ) -> Result<RuntimeState, WireError> {
        let body = StopSession { generation: Some(generation) };
        let body = Bytes::from(serde_json::to_vec(&body).expect("it is plain JSON"));
        self.ask(id, request(Method::POST, "/api/v1/session/stop", body)?, principal).await
    }

    async fn ask(
        &self,
        id: &WorkspaceId,
        request: Request<Full<Bytes>>,
        principal: &str,
    ) -> Result<RuntimeState, WireError> {
        let (status, body) = self.ask_whole(id, request, principal, ANSWER_BYTES_MAX).await?;
        expect(status, &body)
    }

    /// Sends a request and reads the whole answer, up to `most` bytes.
    pub(crate) async fn ask_whole(
        &self,
        id: &WorkspaceId,
        request: Request<Full<Bytes>>,
        principal: &str,
        most: usize,
    ) -> Result<(StatusCode, Bytes), WireError> {
        let asking = async {
            let response = self.forward(id, request, principal).await?;
            let status = response.status();
            let read = Limited::new(response.into_body(), most).collect().await;
            match read {
                Ok(body) => Ok((status, body.to_bytes())),
                Err(error) if error.is::<http_body_util::LengthLimitError>() => {
                    let message = format!("it is larger than {most} bytes");
                    Err(WireError::new(ErrorCode::TooLarge, message))
                }
                Err(error) => Err(unavailable(format!("the answer broke off: {error}"))),
            }
        };
        let late = || WireError::new(ErrorCode::Timeout, "the kernel did not answer in time");
        timeout(ASK_TIMEOUT, asking).await.unwrap_or_else(|_| Err(late()))
    }

    /// Sends a request on to a kernel, with its path already that of the kernel. Upgrades too.
    pub(crate) async fn forward<B>(
        &self,
        id: &WorkspaceId,
        request: Request<B>,
        principal: &str,
    ) -> Result<Response<Body>, WireError>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let policy = Policy::kernel(headers(principal));
        let answer = self.streams.forward(id, request, &policy, &self.live()).await;
        let answer = answer.map_err(refusal)?;
        Ok(answer.map(forwarded))
    }

    /// Sends a request on to the app at a port.
    pub(crate) async fn forward_to_app<B>(
        &self,
        key: &(WorkspaceId, u16),
        request: Request<B>,
    ) -> Result<Response<Body>, WireError>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let answer = self.apps.forward(key, request, &app_policy(key.1), &self.live()).await;
        let answer = answer.map_err(refusal)?;
        Ok(answer.map(forwarded))
    }

    fn live(&self) -> Live {
        Live { scope: self.scope.clone(), ..Live::default() }
    }
}

/// A request to a kernel.
pub(crate) fn request(
    method: Method,
    path: &str,
    body: Bytes,
) -> Result<Request<Full<Bytes>>, WireError> {
    Request::builder()
        .method(method)
        .uri(path)
        .header(http::header::HOST, "kernel")
        .header(http::header::CONTENT_TYPE, "application/json")
        .body(Full::new(body))
        .map_err(|error| WireError::new(ErrorCode::InvalidRequest, error.to_string()))
}

/// Reads a kernel's answer, or passes its refusal on.
pub(crate) fn expect<T: serde::de::DeserializeOwned>(
    status: StatusCode,
    body: &[u8],
) -> Result<T, WireError> {
    if !status.is_success() {
        return Err(refused(body));
    }
    serde_json::from_slice(body).map_err(|error| {
        tracing::error!(%error, "the kernel's answer is not what the protocol says");
        WireError::new(ErrorCode::Internal, "the workspace's kernel speaks another version")
    })
}

/// The error in the body of a kernel's refusal.
pub(crate) fn refused(body: &[u8]) -> WireError {
    match serde_json::from_slice::<ErrorBody>(body) {
        Ok(body) => body.error,
        Err(_) => unavailable("the kernel refused without a reason".to_owned()),
    }
}

/// Who a kernel is told is asking. The one who holds the token may do everything.
fn headers(principal: &str) -> Vec<(HeaderName, HeaderValue)> {
    let mut headers = vec![
        (HeaderName::from_static(ROLE), HeaderValue::from_static(Role::Owner.as_str())),
        (HeaderName::from_static(OPERATOR), HeaderValue::from_static("manager")),
    ];
    // A name that fits in no header is not attributed.
    let principal = HeaderValue::from_str(principal).ok();
    headers.extend(principal.map(|it| (HeaderName::from_static(PRINCIPAL), it)));
    headers
}

/// What an app is told: nothing of the token, and that it is asked for by its own name.
fn app_policy(port: u16) -> Policy {
    let host = HeaderValue::from_str(&format!("localhost:{port}"));
    Policy {
        host: host.expect("a port is digits"),
        origins: None,
        cookies: Cookies::OfTheApp,
        authorization: Authorization::Drop,
        forwarded: None,
        set: Vec::new(),
        response: ResponsePolicy {
            set_cookies: SetCookies::HostOnly,
            frame_ancestors: None,
            replace_csp: None,
        },
    }
}

fn refusal<E: Into<WireError>>(error: ForwardError<E>) -> WireError {
    match error {
        ForwardError::Connect(error) => error.into(),
        ForwardError::BadRequest(error) => error.into(),
        ForwardError::Timeout => WireError::new(ErrorCode::Timeout, "no answer in time"),
        ForwardError::Cancelled | ForwardError::Closed | ForwardError::Invalid(_) => {
            unavailable("the connection broke; try again".to_owned())
        }
    }
}

fn unavailable(message: String) -> WireError {
    WireError::new(ErrorCode::Unavailable, message)
}
