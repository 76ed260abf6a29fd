//! The way into a workspace's network: pooled connections, the port a preview shows, and what to
//! say when there is nobody.

use crate::app::App;
use crate::kernels::{Asker, Question};
use crate::preview::access::Guest;
use crate::reply;
use axum::body::Body;
use axum::response::Response;
use http::{Method, Request, StatusCode};
use protocol::state::SessionStatus;
use protocol::{ErrorCode, RuntimeState, WireError, WorkspaceId};
use provider::{BoxedStream, PortError, Provider, ProviderError};
use proxy::{Connector, ForwardError, Limits, Live, Policy, Pool};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use stdx::TaskScope;
use tokio::time::{Instant, sleep, timeout};

/// How long the port that a preview shows is believed without asking the kernel again.
const SHOWN_PORT_FRESH: Duration = Duration::from_secs(1);
/// Workspaces whose port is remembered at once.
const SHOWN_PORTS_MAX: usize = 4096;
/// How long a kernel may take to say what it shows.
const STATE_DEADLINE: Duration = Duration::from_secs(5);
/// How long `/.stead/ready` waits, like the kernel's own route.
const READY_DEADLINE: Duration = Duration::from_secs(25);
/// How often `/.stead/ready` looks whether a kernel has come up. It wakes none.
const WAKE_INTERVAL: Duration = Duration::from_millis(500);
/// Connecting inside one machine takes microseconds; a remote host is allowed for.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Why there is no answer from an app.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// No session runs in the workspace.
    NoSession,
    /// A session runs, and nothing listens on the port; `None` when no port is known yet.
    NothingListens(Option<u16>),
    /// The visitor may see the port that the preview shows, and this is another one.
    NotShown(u16),
    /// The app ended the connection instead of answering.
    Closed,
    /// What the app sent is no HTTP.
    NotHttp,
    /// The app or the host took too long.
    Timeout,
    /// The host or the kernel cannot be reached.
    Unavailable,
    /// Access ended while the app was being asked.
    Revoked,
    /// The request itself cannot be forwarded.
    BadRequest(proxy::BadRequest),
}

impl Trouble {
    /// For everything but a failed connect.
    pub(super) fn of(error: &ForwardError<PortError>) -> Self {
        match error {
            ForwardError::BadRequest(error) => Self::BadRequest(*error),
            ForwardError::Connect(_) => Self::Unavailable,
            ForwardError::Closed => Self::Closed,
            ForwardError::Invalid(error) => {
                tracing::debug!(%error, "an app did not answer in HTTP");
                Self::NotHttp
            }
            ForwardError::Timeout => Self::Timeout,
            ForwardError::Cancelled => Self::Revoked,
        }
    }
}

/// Connections to the apps of all workspaces.
pub(super) struct Upstreams {
    pool: Pool<Ports>,
    shown: Mutex<HashMap<WorkspaceId, (u16, Instant)>>,
}

/// Opens connections to ports by asking the provider.
struct Ports {
    provider: Arc<dyn Provider>,
}

impl Connector for Ports {
    type Key = (WorkspaceId, u16);
    type Stream = BoxedStream;
    type Error = PortError;

    async fn connect(
        &self,
        (workspace, port): &(WorkspaceId, u16),
    ) -> Result<BoxedStream, PortError> {
        self.provider.connect_port(workspace, *port).await
    }
}

impl Upstreams {
    pub(super) fn new(provider: Arc<dyn Provider>, scope: &TaskScope) -> Self {
        let limits = Limits { connect_timeout: CONNECT_TIMEOUT, ..Limits::default() };
        let pool = Pool::new(Ports { provider }, limits, scope.clone());
        Self { pool, shown: Mutex::default() }
    }

    pub(super) async fn forward(
        &self,
        key: &(WorkspaceId, u16),
        request: Request<Body>,
        policy: &Policy,
        live: &Live,
    ) -> Result<http::Response<proxy::Body>, ForwardError<PortError>> {
        self.pool.forward(key, request, policy, live).await
    }

    /// The port that the guest's preview shows.
    pub(super) async fn shown_port(&self, app: &App, guest: &Guest) -> Result<u16, Trouble> {
        let known = self.lock().get(&guest.workspace).copied();
        if let Some((port, at)) = known
            && at.elapsed() < SHOWN_PORT_FRESH
        {
            return Ok(port);
        }
        let state = Box::pin(running_state(app, guest)).await?;
        let port = state.preview.port.ok_or(Trouble::NothingListens(None))?;
        let mut shown = self.lock();
        if SHOWN_PORTS_MAX <= shown.len() {
            shown.clear();
        }
        shown.insert(guest.workspace.clone(), (port, Instant::now()));
        Ok(port)
    }

    pub(super) fn forget(&self, workspace: &WorkspaceId) {
        self.pool.revoke(|(it, _)| it == workspace);
        self.lock().remove(workspace);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<WorkspaceId, (u16, Instant)>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says why there is no connection to a port.
pub(super) async fn no_connection(
    app: &App,
    guest: &Guest,
    port: u16,
    error: &PortError,
) -> Trouble {
    app.previews.upstreams.lock().remove(&guest.workspace);
    match error {
        PortError::NoKernel => Trouble::NoSession,
        PortError::Refused => {
            running_state(app, guest).await.err().unwrap_or(Trouble::NothingListens(Some(port)))
        }
        PortError::Unavailable(reason) => {
            tracing::warn!(workspace.id = %guest.workspace, reason, "no way to a port");
            Trouble::Unavailable
        }
    }
}

/// The state of a workspace in which a session runs. Wakes nothing: looking at a preview is no
/// reason to start anything.
async fn running_state(app: &App, guest: &Guest) -> Result<RuntimeState, Trouble> {
    match is_awake(app, &guest.workspace).await {
        Ok(true) => {}
        Ok(false) => return Err(Trouble::NoSession),
        Err(error) => {
            tracing::debug!(%error, "it is not known whether a kernel is awake");
            return Err(Trouble::Unavailable);
        }
    }
    let asker = asker(guest);
    let asking = app.kernels.state(&guest.workspace, &asker);
    let state = match timeout(STATE_DEADLINE, asking).await {
        Ok(Ok(state)) => state,
        Ok(Err(error)) => {
            tracing::debug!(%error, "a kernel did not say what it shows");
            return Err(Trouble::Unavailable);
        }
        Err(_) => return Err(Trouble::Timeout),
    };
    match state.status {
        SessionStatus::Running | SessionStatus::Starting => Ok(state),
        SessionStatus::Idle
        | SessionStatus::Stopping
        | SessionStatus::Stopped
        | SessionStatus::Crashed => Err(Trouble::NoSession),
    }
}

/// Whether a kernel is awake; not known while its machine cannot be asked.
async fn is_awake(app: &App, workspace: &WorkspaceId) -> Result<bool, ProviderError> {
    let all = app.provider.status().await?;
    match all.into_iter().find(|(id, _)| id == workspace) {
        Some((_, it)) if it.is_doubtful() => {
            Err(ProviderError::Unavailable("its machine cannot be asked".to_owned()))
        }
        Some((_, it)) => Ok(it.awake),
        None => Ok(false),
    }
}

fn asker(guest: &Guest) -> Asker<'_> {
    Asker {
        principal: &guest.principal,
        name: &guest.name,
        operator: &guest.operator,
        role: guest.role,
        request_id: "preview",
        trace: None,
        preview_origin: None,
        cancel: guest.cancel.clone(),
    }
}

/// 204 as soon as the port, or the one that the preview shows, accepts connections; 504 when it did
/// not within 25 seconds.
pub(crate) async fn ready(app: &App, guest: &Guest, port: Option<u16>) -> Response {
    let waiting = timeout(READY_DEADLINE, wait_until_ready(app, guest, port));
    let answer = tokio::select! {
        answer = waiting => answer.unwrap_or(Ok(StatusCode::GATEWAY_TIMEOUT)),
        () = app.scope.stopping() => Ok(StatusCode::SERVICE_UNAVAILABLE),
    };
    match answer {
        Ok(StatusCode::NO_CONTENT) => reply::nothing(),
        Ok(StatusCode::GATEWAY_TIMEOUT) => reply::refuse(WireError::new(
            ErrorCode::Timeout,
            "the app does not accept connections yet; ask again",
        )),
        Ok(_) => reply::refuse(WireError::new(
            ErrorCode::Unavailable,
            "the workspace cannot say whether the app is ready; ask again",
        )),
        Err(error) => reply::refuse(error),
    }
}

async fn wait_until_ready(
    app: &App,
    guest: &Guest,
    port: Option<u16>,
) -> Result<StatusCode, WireError> {
    while !matches!(is_awake(app, &guest.workspace).await, Ok(true)) {
        sleep(WAKE_INTERVAL).await;
    }
    let path = match port {
        Some(port) => format!("/api/v1/preview/ready?port={port}"),
        None => "/api/v1/preview/ready".to_owned(),
    };
    let question = Question { method: Method::GET, path: &path, body: None };
    let (status, _) = app.kernels.ask(&guest.workspace, question, &asker(guest)).await?;
    Ok(status)
}
