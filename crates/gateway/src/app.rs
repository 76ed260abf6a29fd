//! What every request of a gateway shares, and what one request carries to its handler.

use crate::audit::{self, Check, Trail};
use crate::break_glass::Held;
use crate::config::Config;
use crate::database::{AuditRow, Database, Standing, Write, standing};
use crate::drains::Drains;
use crate::environment::Environments;
use crate::identity::origin::{Names, OwnOrigin};
use crate::identity::{Caller, Identity};
use crate::kernels::{Asker, Kernels};
use crate::limit::Limit;
use crate::live::Live;
use crate::machines::Machines;
use crate::metrics::Metrics;
use crate::moves::Moves;
use crate::oidc::Oidc;
use crate::password::Passwords;
use crate::people::People;
use crate::policy::{Parameters, Row};
use crate::preview::Previews;
use crate::registry::Registry;
use crate::reply;
use crate::shares::Shares;
use crate::traces::{Trace, Traces};
use crate::vault::Vault;
use axum::body::{Body, Bytes};
use http::Request;
use http::request::Parts;
use http_body_util::{BodyExt, Limited};
use protocol::audit::verb;
use protocol::header::Role;
use protocol::id::ShareId;
use protocol::workspace::NAME_LENGTH_MAX;
use protocol::{ErrorCode, PrincipalId, WireError, WorkspaceId};
use provider::{KernelStatus, Provider, ProviderError};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use stdx::TaskScope;
use stdx::clock::now_ms;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// Largest JSON body of the gateway's own routes, in bytes. Names and URLs fit many times over.
const JSON_BYTES_MAX: usize = 64 * 1024;
/// How long a client may take to send such a body.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a host may take to make or remove a workspace: a tree that ignores TERM is ended in
/// seconds, a million files are deleted in some more.
const HOST_TIMEOUT: Duration = Duration::from_secs(120);
/// How long a host may take to say what runs.
const STATUS_TIMEOUT: Duration = Duration::from_secs(2);
/// How often the time of the last use of a workspace is written down.
const OPENED_INTERVAL_MS: u64 = 60_000;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A gateway, as its handlers see it.
pub(crate) struct App {
    pub(crate) config: Config,
    pub(crate) names: Names,
    pub(crate) database: Database,
    /// What is written into the audit log beside requests.
    pub(crate) trail: Trail,
    /// The last walk over the audit log.
    pub(crate) check: Check,
    pub(crate) provider: Arc<dyn Provider>,
    pub(crate) identity: Identity,
    pub(crate) kernels: Kernels,
    pub(crate) vault: Arc<Vault>,
    pub(crate) environments: Environments,
    pub(crate) previews: Previews,
    pub(crate) shares: Shares,
    pub(crate) passwords: Passwords,
    pub(crate) live: Live,
    pub(crate) limit: Limit,
    pub(crate) metrics: Metrics,
    pub(crate) traces: Traces,
    pub(crate) scope: TaskScope,
    /// When each workspace was last used, as far as it is written down. Written by [`Self::note_use`].
    pub(crate) opened: Mutex<HashMap<WorkspaceId, u64>>,
    pub(crate) people: People,
    pub(crate) oidc: Oidc,
    pub(crate) registry: Registry,
    pub(crate) machines: Arc<Machines>,
    pub(crate) moves: Moves,
    pub(crate) drains: Drains,
}

impl App {
    /// Runs `work` to its end even if the client that asked for it goes away.
    pub(crate) async fn finish<T: Send + 'static>(
        &self,
        name: &'static str,
        work: impl Future<Output = Result<T, WireError>> + Send + 'static,
    ) -> Result<T, WireError> {
        let (tx, rx) = oneshot::channel();
        self.scope.spawn(name, async move {
            if tx.send(work.await).is_err() {
                tracing::debug!(name, "whoever asked has gone");
            }
        });
        rx.await.unwrap_or_else(|_| {
            Err(WireError::new(ErrorCode::Unavailable, "the gateway is stopping; come back soon"))
        })
    }

    /// Makes the storage of a workspace.
    pub(crate) async fn create_storage(&self, id: &WorkspaceId) -> Result<(), ProviderError> {
        host_answer(self.provider.create(id)).await
    }

    /// Ends a workspace's kernel and deletes its storage.
    pub(crate) async fn remove_storage(&self, id: &WorkspaceId) -> Result<(), ProviderError> {
        host_answer(self.provider.remove(id)).await
    }

    /// What the host knows of its kernels; nothing when it does not say so in time.
    pub(crate) async fn kernel_status(&self) -> HashMap<WorkspaceId, KernelStatus> {
        match timeout(STATUS_TIMEOUT, self.provider.status()).await {
            Ok(Ok(status)) => status.into_iter().collect(),
            Ok(Err(error)) => {
                tracing::warn!(%error, "it is not known which kernels are awake");
                HashMap::new()
            }
            Err(_) => HashMap::new(),
        }
    }

    /// Remembers that a workspace is in use, and writes it down now and then.
    pub(crate) fn note_use(&self, workspace: &WorkspaceId) {
        let now = now_ms();
        {
            let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
            let last = opened.get(workspace).copied().unwrap_or(0);
            if now < last.saturating_add(OPENED_INTERVAL_MS) {
                return;
            }
            opened.insert(workspace.clone(), now);
        }
        let (database, workspace) = (self.database.clone(), workspace.clone());
        self.scope.spawn("note use", async move {
            if let Err(error) = database.note_opened(&workspace, now).await {
                tracing::debug!(workspace.id = %workspace, %error, "the use was not written down");
            }
        });
    }

    /// Remembers that a login is in use, and writes it down now and then; a token's first use of a
    /// day goes into the audit log.
    pub(crate) fn note_seen(&self, call: &Call) {
        let (caller, now) = (call.caller(), now_ms());
        let Some(last) = self.people.seen.take(&caller.login, caller.seen_at_ms, now) else {
            return;
        };
        let is_first_of_day = caller.is_token() && last / DAY_MS != now / DAY_MS;
        let row = is_first_of_day.then(|| AuditRow {
            operator: Some(caller.operator.clone()),
            ..call.audit_as(const { verb("token.use") }, Some(caller.login.as_str()), "ok")
        });
        let (database, login) = (self.database.clone(), caller.login.clone());
        let address = call.client.to_string();
        self.scope.spawn("note seen", async move {
            if let Err(error) = database.note_seen(&login, &address, now).await {
                tracing::debug!(%error, "the use of a login was not written down");
            }
            if let Some(row) = row
                && audit::append(&database, row).await.is_err()
            {
                tracing::error!(login = %login, "the use of a token could not be written down");
            }
        });
    }

    /// When the workspace was last used, if that is since this gateway started.
    pub(crate) fn last_use(&self, workspace: &WorkspaceId) -> Option<u64> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).get(workspace).copied()
    }

    /// Cuts what a principal has open in a workspace, after its role there changed to `role`; what it
    /// asks for next is judged by the new one. What it opened with that already goes on: who is
    /// added may be faster than the news.
    pub(crate) fn forget_member(
        self: &Arc<Self>,
        workspace: &WorkspaceId,
        principal: &PrincipalId,
        role: Option<Role>,
    ) {
        self.identity.forget_member(workspace, principal);
        self.live.end_member(workspace, principal, role);
        if role.is_some_and(|it| Role::Editor <= it) {
            return;
        }
        let (app, workspace, principal) = (Arc::clone(self), workspace.clone(), principal.clone());
        self.scope.spawn("forget member", async move {
            app.environments.forget_member(&app, &workspace, &principal).await;
        });
    }

    /// Asks anew where a workspace is, before anything more is sent there.
    pub(crate) fn forget_placement(&self, workspace: &WorkspaceId) {
        self.machines.forget_placement(workspace);
        self.kernels.forget(workspace);
        self.previews.forget_workspace(workspace);
    }

    /// Ends every visit to a share that another gateway changed; whoever may come in still does so
    /// again.
    pub(crate) fn forget_share(&self, share: &ShareId) {
        self.shares.forget(share);
        self.live.end_share(share);
    }

    /// Cuts everything that goes on and forgets what was remembered about who may do what.
    pub(crate) fn forget_everything(&self) {
        self.identity.forget_everything();
        self.environments.forget_everything();
        self.shares.forget_everything();
        self.live.end_present();
        self.identity.accesses.look();
    }

    /// Cuts everything that goes on in a workspace and forgets what was remembered about it.
    pub(crate) fn forget_workspace(&self, workspace: &WorkspaceId) {
        self.identity.forget_workspace(workspace);
        self.live.end_workspace(workspace);
        self.machines.forget_placement(workspace);
        self.kernels.forget(workspace);
        self.environments.forget_workspace(workspace);
        self.previews.forget_workspace(workspace);
        self.shares.forget_workspace(workspace);
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).remove(workspace);
    }
}

/// A request that the policy let through, on its way to its handler.
pub(crate) struct Call {
    pub(crate) app: Arc<App>,
    pub(crate) row: &'static Row,
    pub(crate) parameters: Parameters,
    /// The name by which the client reached the gateway.
    pub(crate) origin: OwnOrigin,
    pub(crate) client: IpAddr,
    pub(crate) request_id: String,
    /// The span of this request, when it is traced.
    pub(crate) trace: Option<Trace>,
    /// `Some` unless the row is for anyone.
    pub(crate) caller: Option<Caller>,
    /// `Some` when the row names a workspace; the caller's role in it is enough for the row.
    pub(crate) workspace: Option<(WorkspaceId, Role)>,
    /// What the caller's role is by, when the caller is no member of the workspace.
    pub(crate) break_glass: Option<Box<Held>>,
    /// Cancelled when the caller loses its access to the workspace.
    pub(crate) cancel: CancellationToken,
    pub(crate) head: Parts,
    /// Behind a lock only because a body may not be looked at from two threads.
    body: Mutex<Body>,
}

impl Call {
    /// A request that was not judged yet.
    pub(crate) fn new(
        app: Arc<App>,
        row: (&'static Row, Parameters),
        (origin, client): (OwnOrigin, IpAddr),
        request_id: String,
        request: Request<Body>,
    ) -> Self {
        let (head, body) = request.into_parts();
        Self {
            trace: head.extensions.get::<Trace>().cloned(),
            app,
            row: row.0,
            parameters: row.1,
            origin,
            client,
            request_id,
            caller: None,
            workspace: None,
            break_glass: None,
            cancel: CancellationToken::new(),
            head,
            body: Mutex::new(body),
        }
    }

    /// The body; an empty one stays behind.
    pub(crate) fn take_body(&mut self) -> Body {
        std::mem::take(self.body.get_mut().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts a body back that was looked at.
    pub(crate) fn put_body(&mut self, body: Body) {
        *self.body.get_mut().unwrap_or_else(PoisonError::into_inner) = body;
    }

    /// The whole request, to be sent on. What identifies it stays.
    pub(crate) fn take_request(&mut self) -> Request<Body> {
        let body = self.take_body();
        let mut request = Request::new(body);
        *request.method_mut() = self.head.method.clone();
        *request.uri_mut() = self.head.uri.clone();
        *request.version_mut() = self.head.version;
        *request.headers_mut() = std::mem::take(&mut self.head.headers);
        *request.extensions_mut() = std::mem::take(&mut self.head.extensions);
        request
    }

    /// Who asks. Only for rows that need somebody to be signed in.
    pub(crate) fn caller(&self) -> &Caller {
        self.caller.as_ref().expect("the policy lets only signed-in callers reach this row")
    }

    /// The workspace, and the caller's role in it. Only for rows that name one.
    pub(crate) fn workspace(&self) -> (&WorkspaceId, Role) {
        let (id, role) = self.workspace.as_ref().expect("the row names a workspace");
        (id, *role)
    }

    /// Where previews live for this client.
    pub(crate) fn preview_origin(&self) -> Option<String> {
        self.app.names.preview_origin(&self.origin)
    }

    /// Begins to write what the request wants. What its caller may do is read once more: since it was
    /// read first a slow body may have come, and from now on nobody takes anything away.
    pub(crate) async fn write(&self) -> Result<Write, WireError> {
        let mut write = self.app.database.write().await?;
        let Some(caller) = &self.caller else { return Ok(write) };
        let (workspace, judged) = match &self.workspace {
            Some((id, role)) => (Some(id), Some(*role)),
            None => (None, None),
        };
        let access = self.break_glass.as_ref().map(|it| &it.id);
        let now = standing(&mut write, &caller.login, workspace, access, now_ms()).await?;
        let Some(Standing { administrator, role }) = now else {
            return Err(WireError::new(ErrorCode::Unauthenticated, "you were signed out"));
        };
        let role = workspace.zip(role).and_then(|(id, role)| caller.bounded(id, role));
        if workspace.is_some() && role.is_none() {
            return Err(reply::not_found("workspace"));
        }
        if role < judged || (caller.administrator && !administrator) {
            let message = "what you may do was changed meanwhile; nothing else was";
            return Err(WireError::new(ErrorCode::Forbidden, message));
        }
        Ok(write)
    }

    /// A row for the audit log about this request.
    pub(crate) fn audit_row(&self, object: Option<&str>, outcome: &str) -> AuditRow {
        let row = AuditRow {
            time_ms: now_ms(),
            principal: self.caller.as_ref().map(|it| it.principal.to_string()),
            operator: self.caller.as_ref().map(|it| it.operator.clone()),
            workspace: self.workspace.as_ref().map(|(id, _)| id.to_string()),
            verb: self.row.verb().to_owned(),
            object: object.map(audit::shorten),
            outcome: outcome.to_owned(),
            request_id: Some(self.request_id.clone()),
            login: self.caller.as_ref().map(|it| it.login.to_string()),
            address: Some(self.client.to_string()),
            ..AuditRow::default()
        };
        match &self.break_glass {
            Some(held) => row.with("break_glass", held.id.as_str()),
            None => row,
        }
    }

    /// A row about a further thing that this request did.
    pub(crate) fn audit_as(
        &self,
        verb: &'static str,
        object: Option<&str>,
        outcome: &str,
    ) -> AuditRow {
        AuditRow { verb: verb.to_owned(), ..self.audit_row(object, outcome) }
    }

    /// What a kernel is told about this caller. `preview_origin` comes from
    /// [`Self::preview_origin`].
    pub(crate) fn asker<'a>(&'a self, preview_origin: Option<&'a str>) -> Asker<'a> {
        let (_, role) = self.workspace();
        Asker {
            principal: &self.caller().principal,
            name: &self.caller().name,
            operator: &self.caller().operator,
            role,
            request_id: &self.request_id,
            trace: self.trace.as_ref(),
            preview_origin,
            cancel: self.cancel.clone(),
        }
    }

    /// A larger body as JSON, which may hold secrets: what is wrong with it is told without it.
    pub(crate) async fn json_up_to<T: serde::de::DeserializeOwned>(
        &mut self,
        bytes_max: usize,
    ) -> Result<T, WireError> {
        let bytes = read_body_up_to(self.take_body(), bytes_max).await?;
        serde_json::from_slice(&bytes).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let message =
                format!("the body is not as expected, from line {line}, column {column} on");
            WireError::new(ErrorCode::InvalidRequest, message)
        })
    }

    /// The body as JSON.
    pub(crate) async fn json<T: serde::de::DeserializeOwned>(&mut self) -> Result<T, WireError> {
        let bytes = read_body(self.take_body()).await?;
        serde_json::from_slice(&bytes).map_err(|error| {
            WireError::new(
                ErrorCode::InvalidRequest,
                format!("the body is not as expected: {error}"),
            )
        })
    }
}

/// The host's answer, or that there is none.
async fn host_answer(
    asking: impl Future<Output = Result<(), ProviderError>>,
) -> Result<(), ProviderError> {
    let late = |_| Err(ProviderError::Unavailable("no answer in time".to_owned()));
    timeout(HOST_TIMEOUT, asking).await.unwrap_or_else(late)
}

/// Reads a small body whole.
pub(crate) async fn read_body(body: Body) -> Result<Bytes, WireError> {
    read_body_up_to(body, JSON_BYTES_MAX).await
}

/// A name for people to read, of a person or of a thing: trimmed, on one line.
pub(crate) fn checked_name(name: &str) -> Result<&str, WireError> {
    let name = name.trim();
    let length = name.chars().count();
    if length == 0 || NAME_LENGTH_MAX < length || name.chars().any(char::is_control) {
        return Err(WireError::new(
            ErrorCode::InvalidRequest,
            format!("a name has 1 to {NAME_LENGTH_MAX} characters and none that control a screen"),
        ));
    }
    Ok(name)
}

/// Reads a body whole that has at most so many bytes.
pub(crate) async fn read_body_up_to(body: Body, most: usize) -> Result<Bytes, WireError> {
    let reading = Limited::new(body, most).collect();
    let Ok(read) = timeout(BODY_TIMEOUT, reading).await else {
        return Err(WireError::new(ErrorCode::Timeout, "the body did not arrive in time"));
    };
    match read {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(WireError::new(
            ErrorCode::TooLarge,
            format!("the body is larger than {most} bytes"),
        )),
        Err(_) => Err(WireError::new(ErrorCode::InvalidRequest, "the body broke off")),
    }
}
