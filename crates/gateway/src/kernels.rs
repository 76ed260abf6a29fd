//! The way to kernels: requests are forwarded over pooled byte streams that a provider opens.

mod greet;

use crate::environment::Environments;
use crate::live::Connection;
use crate::traces::Trace;
use axum::body::{Body, Bytes};
use axum::response::Response;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode};
use http_body_util::BodyExt;
use protocol::environment::GivenEnvironment;
use protocol::header::{self, Role};
use protocol::trace::{self, KernelSpan};
use protocol::{ErrorBody, ErrorCode, PrincipalId, RuntimeState, WireError, WorkspaceId};
use provider::{BoxedStream, Provider, ProviderError};
use proxy::{Connector, ForwardError, Limits, Live, Policy, Pool};
use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use stdx::{GuardedStream, TaskScope};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// Largest answer of a kernel that the gateway reads itself, in bytes: a state with many ports and
/// terminals is some ten kilobytes.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How long a kernel may take to answer the gateway itself; a stop waits for a tree's grace period.
const ASK_TIMEOUT: Duration = Duration::from_secs(60);
/// Connections to kernels at once, live channels among them: as many as clients may hold.
const CONNECTIONS_MAX: usize = 16_384;
/// Kernels that are new to the gateway and were not heard of yet; more come up again.
const CONTACTS_CAPACITY: usize = 1_024;
/// How long a sleeping kernel may take to wake on a loaded machine.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// Forwards to kernels. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Kernels {
    pool: Arc<Pool<Streams>>,
    environments: Environments,
    scope: TaskScope,
    open: Arc<AtomicUsize>,
    contacts: Contacts,
}

/// Which kernels were talked to, and who is told of new ones.
#[derive(Clone, Debug)]
struct Contacts {
    known: Arc<Mutex<HashSet<WorkspaceId>>>,
    new: mpsc::Sender<WorkspaceId>,
}

/// Who a kernel is told is asking.
#[derive(Clone, Debug)]
pub(crate) struct Asker<'a> {
    pub(crate) principal: &'a PrincipalId,
    /// What the principal is called; empty when that is not known here.
    pub(crate) name: &'a str,
    /// The program that acts for the principal.
    pub(crate) operator: &'a str,
    pub(crate) role: Role,
    pub(crate) request_id: &'a str,
    /// The trace that the request belongs to.
    pub(crate) trace: Option<&'a Trace>,
    /// Template of preview origins for this client, when there is one.
    pub(crate) preview_origin: Option<&'a str>,
    /// Cut when the caller loses access.
    pub(crate) cancel: CancellationToken,
}

/// What to ask a kernel.
#[derive(Clone, Debug)]
pub(crate) struct Question<'a> {
    pub(crate) method: Method,
    /// Path and query at the kernel.
    pub(crate) path: &'a str,
    /// A JSON body.
    pub(crate) body: Option<Bytes>,
}

impl Kernels {
    /// A way to the provider's kernels; what flows on upgraded connections runs in `scope`.
    /// Each kernel that is talked to is told to the receiver once.
    pub(crate) fn new(
        provider: Arc<dyn Provider>,
        environments: Environments,
        scope: &TaskScope,
    ) -> (Self, mpsc::Receiver<WorkspaceId>) {
        let open = Arc::new(AtomicUsize::new(0));
        let streams =
            Streams { provider, open: Arc::clone(&open), environments: environments.clone() };
        let limits = Limits { connect_timeout: CONNECT_TIMEOUT, ..Limits::default() };
        let (new, receiver) = mpsc::channel(CONTACTS_CAPACITY);
        let kernels = Self {
            pool: Arc::new(Pool::new(streams, limits, scope.clone())),
            environments,
            scope: scope.clone(),
            open,
            contacts: Contacts { known: Arc::default(), new },
        };
        (kernels, receiver)
    }

    /// Sends a client's request on, with its path already that of the kernel.
    pub(crate) async fn forward(
        &self,
        workspace: &WorkspaceId,
        request: Request<Body>,
        asker: &Asker<'_>,
    ) -> Result<Response, WireError> {
        if asker.role >= Role::Editor && may_start(&request) {
            // Boxed because it sends a request of its own.
            Box::pin(self.environments.ensure(self, workspace, asker.principal)).await?;
        }
        if starts_session(&request) {
            let provider = &self.pool.connector().provider;
            provider.admit(workspace).await.map_err(|error| provider_refusal(&error))?;
        }
        let live = Live { scope: self.scope.clone(), cancel: asker.cancel.clone() };
        let connection = Connection::of(request.version(), request.extensions());
        let policy = Policy::kernel(asker.headers());
        match self.pool.forward(workspace, request, &policy, &live).await {
            Ok(mut response) => {
                self.note_contact(workspace);
                let told = response.headers_mut().remove(trace::KERNEL_SPAN);
                let told = told.as_ref().and_then(|it| KernelSpan::parse(it.to_str().ok()?));
                if let (Some(trace), Some(told)) = (asker.trace, told) {
                    trace.kernel(told, workspace);
                }
                Ok(match connection {
                    Some(it) => it.follow(response, asker.cancel.clone(), &self.scope),
                    None => response.map(Body::new),
                })
            }
            Err(ForwardError::Cancelled) if self.scope.is_stopping() => Err(WireError::new(
                ErrorCode::Unavailable,
                "the gateway is stopping; come back in a moment",
            )),
            Err(error) => Err(refusal(&error)),
        }
    }

    /// Gives a kernel what its processes are given. Wakes it.
    pub(crate) async fn give(
        &self,
        workspace: &WorkspaceId,
        given: &GivenEnvironment,
    ) -> Result<(), WireError> {
        let live = Live { scope: self.scope.clone(), cancel: CancellationToken::new() };
        let request = greet::request(given).map(Body::new);
        let policy = Policy::kernel(greet::headers());
        let giving = self.pool.forward(workspace, request, &policy, &live);
        let response = match timeout(ASK_TIMEOUT, giving).await {
            Ok(response) => response.map_err(|error| refusal(&error))?,
            Err(_) => return Err(refusal(&ForwardError::Timeout)),
        };
        greet::judge(workspace, response.status());
        Ok(())
    }

    /// Asks a kernel something and reads the whole answer.
    pub(crate) async fn ask(
        &self,
        workspace: &WorkspaceId,
        question: Question<'_>,
        asker: &Asker<'_>,
    ) -> Result<(StatusCode, Bytes), WireError> {
        let mut request = Request::builder().method(question.method).uri(question.path);
        if question.body.is_some() {
            request = request.header(http::header::CONTENT_TYPE, "application/json");
        }
        // The forwarder wants to know which host was asked for; the policy puts the kernel's name.
        request = request.header(http::header::HOST, "kernel");
        let body = question.body.map_or_else(Body::empty, Body::from);
        let request = request.body(body).map_err(|error| {
            WireError::new(ErrorCode::InvalidRequest, format!("not a request: {error}"))
        })?;
        let asking = self.ask_in_time(workspace, request, asker);
        timeout(ASK_TIMEOUT, asking).await.unwrap_or_else(|_| {
            Err(WireError::new(
                ErrorCode::Timeout,
                "the workspace's kernel did not answer in time; it may still be working",
            ))
        })
    }

    async fn ask_in_time(
        &self,
        workspace: &WorkspaceId,
        request: Request<Body>,
        asker: &Asker<'_>,
    ) -> Result<(StatusCode, Bytes), WireError> {
        let response = self.forward(workspace, request, asker).await?;
        read_answer(workspace, response).await
    }

    /// Asks a kernel for what the audit log must have, and waits until there is something.
    pub(crate) async fn collect_audit(
        &self,
        workspace: &WorkspaceId,
        body: Bytes,
    ) -> Result<(StatusCode, Bytes), WireError> {
        let request = Request::post("/audit/collect")
            .header(http::header::CONTENT_TYPE, "application/json")
            .header(http::header::HOST, "kernel")
            .body(Body::from(body))
            .expect("the parts are a request");
        let live = Live { scope: self.scope.clone(), cancel: CancellationToken::new() };
        let policy = Policy::kernel(greet::headers());
        let forwarded = self.pool.forward(workspace, request, &policy, &live).await;
        let response = forwarded.map_err(|error| refusal(&error))?;
        read_answer(workspace, response.map(Body::new)).await
    }

    /// Tells that a kernel is awake, unless that is known.
    pub(crate) fn note_contact(&self, workspace: &WorkspaceId) {
        let mut known = self.known_contacts();
        // Without room it is told at the next request.
        if !known.contains(workspace) && self.contacts.new.try_send(workspace.clone()).is_ok() {
            known.insert(workspace.clone());
        }
    }

    /// The next request to this kernel is told again.
    pub(crate) fn forget_contact(&self, workspace: &WorkspaceId) {
        self.known_contacts().remove(workspace);
    }

    fn known_contacts(&self) -> MutexGuard<'_, HashSet<WorkspaceId>> {
        self.contacts.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The kernel's state. Wakes it.
    pub(crate) async fn state(
        &self,
        workspace: &WorkspaceId,
        asker: &Asker<'_>,
    ) -> Result<RuntimeState, WireError> {
        let question = Question { method: Method::GET, path: "/api/v1/state", body: None };
        let (status, body) = self.ask(workspace, question, asker).await?;
        expect(status, &body)
    }

    /// Closes idle connections to a kernel that is gone.
    pub(crate) fn forget(&self, workspace: &WorkspaceId) {
        self.pool.revoke(|key| key == workspace);
        self.forget_contact(workspace);
    }

    /// Connections to kernels that are open now, idle ones too.
    pub(crate) fn open_count(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }
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
        Err(error) => {
            tracing::error!(%error, "the kernel refused in a way the protocol does not know");
            WireError::new(ErrorCode::Internal, "the workspace's kernel speaks another version")
        }
    }
}

/// Whether a request may make the kernel start a process, or opens a channel that may.
fn may_start(request: &Request<Body>) -> bool {
    !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS)
        || request.headers().contains_key(http::header::UPGRADE)
}

/// Whether a session may run afterwards that did not before.
fn starts_session(request: &Request<Body>) -> bool {
    const STARTS: [&str; 3] =
        ["/api/v1/session/start", "/api/v1/session/run", "/api/v1/session/restart"];
    request.method() == Method::POST && STARTS.contains(&request.uri().path())
}

impl Asker<'_> {
    fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        let mut headers = Vec::with_capacity(7);
        let mut set = |name: &'static str, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.push((HeaderName::from_static(name), value));
            } else {
                tracing::warn!(name, "a value does not fit into a header");
            }
        };
        set(header::PRINCIPAL, self.principal.as_str());
        if !self.name.is_empty() {
            set(header::PRINCIPAL_NAME, &header::encode_text(self.name));
        }
        set(header::ROLE, self.role.as_str());
        set(header::OPERATOR, self.operator);
        set(header::REQUEST_ID, self.request_id);
        if let Some(origin) = self.preview_origin {
            set(header::PREVIEW_ORIGIN, origin);
        }
        if let Some(it) = self.trace {
            set(trace::TRACEPARENT, &it.context().to_string());
        }
        headers
    }
}

/// The whole of a kernel's answer.
async fn read_answer(
    workspace: &WorkspaceId,
    response: Response,
) -> Result<(StatusCode, Bytes), WireError> {
    let status = response.status();
    let body = http_body_util::Limited::new(response.into_body(), ANSWER_BYTES_MAX);
    let body = body.collect().await.map_err(|error| {
        tracing::warn!(workspace.id = %workspace, error, "the kernel's answer broke off");
        WireError::new(ErrorCode::Unavailable, "the workspace's kernel broke off; try again")
    })?;
    Ok((status, body.to_bytes()))
}

/// What a client is told when a kernel did not answer.
fn refusal(error: &ForwardError<ProviderError>) -> WireError {
    match error {
        ForwardError::BadRequest(error) => (*error).into(),
        ForwardError::Connect(error) => provider_refusal(error),
        ForwardError::Timeout => WireError::new(
            ErrorCode::Timeout,
            "the workspace's kernel did not answer in time; it may still be working",
        ),
        ForwardError::Cancelled => {
            WireError::new(ErrorCode::Forbidden, "access to the workspace has ended")
        }
        ForwardError::Closed | ForwardError::Invalid(_) => {
            tracing::warn!(%error, "a kernel did not answer");
            WireError::new(
                ErrorCode::Unavailable,
                "the workspace's kernel closed the connection; it restarts by itself, try again",
            )
        }
    }
}

/// What a client is told when a host refuses.
pub(crate) fn provider_refusal(error: &ProviderError) -> WireError {
    let code = match error {
        // The registry has the workspace, so its storage is what is missing.
        ProviderError::NotFound
        | ProviderError::Unavailable(_)
        | ProviderError::Away(_)
        | ProviderError::NoPlace
        | ProviderError::Moved => ErrorCode::Unavailable,
        ProviderError::Refused(_) => ErrorCode::Conflict,
        ProviderError::Capacity(_) => ErrorCode::Capacity,
        ProviderError::StorageFull(_) => ErrorCode::StorageFull,
    };
    tracing::warn!(%error, "the host refused");
    let message = match error {
        ProviderError::NotFound => "the workspace's storage is missing on the host".to_owned(),
        ProviderError::NoPlace => {
            "no machine takes new workspaces now: all of them drain or do not answer; an \
             administrator sees them among the machines"
                .to_owned()
        }
        ProviderError::Away(machine) => format!(
            "the machine `{machine}`, where the workspace is, does not answer now; nothing was \
             lost, what runs there goes on, and the workspace is back when the machine is"
        ),
        ProviderError::Unavailable(_) | ProviderError::Moved => {
            "the host cannot reach the workspace's kernel now; nothing was lost, try again"
                .to_owned()
        }
        ProviderError::Capacity(_) => {
            "this machine can take no further session; stop one and try again".to_owned()
        }
        ProviderError::StorageFull(_) => {
            "the disk of the host is full, or as full as its `--disk-reserve` lets it be; nothing \
             was lost. Delete something, or ask those who run it for room"
                .to_owned()
        }
        ProviderError::Refused(why) => why.clone(),
    };
    WireError::new(code, message)
}

/// Opens connections by asking the provider.
struct Streams {
    provider: Arc<dyn Provider>,
    environments: Environments,
    open: Arc<AtomicUsize>,
}

impl Connector for Streams {
    type Key = WorkspaceId;
    type Stream = KernelStream;
    type Error = ProviderError;

    async fn connect(&self, workspace: &WorkspaceId) -> Result<KernelStream, ProviderError> {
        if CONNECTIONS_MAX <= self.open.load(Ordering::Relaxed) {
            let message = "the gateway holds as many connections to kernels as it may";
            return Err(ProviderError::Unavailable(message.to_owned()));
        }
        // Boxed because few connections have something to begin with.
        let greeting = Box::pin(self.environments.greeting(workspace)).await;
        let greeting = greeting.map_err(|error| ProviderError::Unavailable(error.message))?;
        let stream = self.provider.connect(workspace).await?;
        self.open.fetch_add(1, Ordering::Relaxed);
        let stream = GuardedStream::new(stream, Open(Arc::clone(&self.open)));
        if greeting.is_empty() {
            return Ok(stream);
        }
        let stream =
            Box::pin(greet::greet(workspace, stream, &greeting)).await.map_err(|error| {
                ProviderError::Unavailable(format!("the kernel took no environment: {error}"))
            })?;
        for given in &greeting {
            self.environments.note(workspace, given);
        }
        Ok(stream)
    }
}

/// A stream that is counted while it is open.
type KernelStream = GuardedStream<BoxedStream, Open>;

/// Counts one until it is dropped.
struct Open(Arc<AtomicUsize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
