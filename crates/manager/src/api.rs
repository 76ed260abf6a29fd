//! From a request to its answer: the row, the token, and what is done.

use crate::answer::{self, Body, Reply, not_found};
use crate::closing;
use crate::files;
use crate::gate::active;
use crate::grants::Grants;
use crate::guard::Trust;
use crate::identity::Identity;
use crate::leases::Leases;
use crate::seam;
use crate::sessions::Session;
use crate::spread::Spread;
use crate::table::{
    self, Act, CertificateAct, Found, LeaseAct, Least, Parameters, Row, UseAct, WorkspaceAct,
};
use crate::traced::Traced;
use http::header::{AUTHORIZATION, HOST};
use http::{HeaderMap, Request, Response};
use hyper::body::Incoming;
use protocol::machine::{Gateways, NewCertificate};
use protocol::manager::{Lease, ManagerHealth, PtyUrl, StartLease};
use protocol::trace::MachineRole;
use protocol::{ErrorCode, WireError};
use provider::{Provider, ProviderError};
use std::sync::Arc;
use std::time::Instant;
use stdx::TaskScope;
use stdx::clock::rfc3339;

/// Largest body of a request to start, in bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// Name of the grant in the URL of a terminal.
const GRANT: &str = "grant=";

/// What answers.
pub(crate) struct Api {
    pub(crate) provider: Arc<dyn Provider>,
    /// `None` for a worker.
    pub(crate) leases: Option<Arc<Leases>>,
    /// The workers, where there are any besides this process.
    pub(crate) spread: Option<Arc<Spread>>,
    pub(crate) trust: Trust,
    /// Who this is to its gateway, if it dials out.
    pub(crate) identity: Option<Arc<Identity>>,
    pub(crate) grants: Grants,
    /// Where clients reach this, if that is not what they call it by.
    pub(crate) base_url: Option<String>,
    pub(crate) is_secure: bool,
    pub(crate) scope: TaskScope,
}

impl Api {
    /// Answers one request, and tells what was done if somebody follows it.
    pub(crate) async fn serve(&self, request: Request<Incoming>) -> Response<Body> {
        let Some(traced) = Traced::begin(&request, self.role()) else {
            return self.answer(request).await;
        };
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let answering = traced.followed.clone();
        let mut response = Box::pin(answering.during(self.answer(request))).await;
        if let Found::Row(row, _) = table::find(self.leases.is_none(), method.as_str(), &path) {
            traced.tell(format!("{method} {}", row.path), &mut response);
        }
        response
    }

    /// What this is to its clients.
    fn role(&self) -> MachineRole {
        match (&self.leases, &self.identity) {
            (Some(_), _) => MachineRole::Manager,
            (None, Some(_)) => MachineRole::Joined,
            (None, None) => MachineRole::Worker,
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let found = table::find(self.leases.is_none(), method.as_str(), &path);
        // What there is, is told to nobody without the token.
        if let Some(error) = self.refuse(&found, &request) {
            return match &found {
                Found::Row(Row { act: Act::Use(UseAct::Pty), .. }, _) => {
                    closing::refuse(request, error, &self.scope)
                }
                Found::Row(..) | Found::Method(_) | Found::Nothing => answer::refuse(error),
            };
        }
        match found {
            Found::Row(row, parameters) => match self.act(row, parameters, request).await {
                Ok(response) => response,
                Err(error) => {
                    tracing::debug!(route = row.path, %error, "refused");
                    answer::refuse(error)
                }
            },
            Found::Method(allow) => answer::wrong_method(&allow),
            Found::Nothing => answer::refuse(not_found("route")),
        }
    }

    /// What somebody without the token is told.
    fn refuse(&self, found: &Found, request: &Request<Incoming>) -> Option<WireError> {
        let least = match found {
            Found::Row(row, _) => row.least,
            Found::Method(_) | Found::Nothing => Least::Token,
        };
        let presented = bearer(request.headers());
        match (least, presented) {
            (Least::Anyone, _) => None,
            (Least::Grant, None) if self.is_granted(found, request) => None,
            _ if self.trust.is_settled() => None,
            (_, Some(presented)) if self.trust.is(presented) => None,
            (_, Some(_)) => Some(WireError::new(
                ErrorCode::Forbidden,
                "the bearer token is not the one of this service",
            )),
            (Least::Grant, None) => Some(WireError::new(
                ErrorCode::Unauthenticated,
                "a bearer token is needed, or a grant that is good once, for a minute",
            )),
            (_, None) => {
                Some(WireError::new(ErrorCode::Unauthenticated, "a bearer token is needed"))
            }
        }
    }

    fn is_granted(&self, found: &Found, request: &Request<Incoming>) -> bool {
        let Found::Row(_, parameters) = found else { return false };
        let query = request.uri().query().unwrap_or_default();
        let grant = query.split('&').find_map(|it| it.strip_prefix(GRANT));
        grant.is_some_and(|it| self.grants.take(it, parameters.get("id"), Instant::now()))
    }

    async fn act(&self, row: &'static Row, at: Parameters, request: Request<Incoming>) -> Reply {
        match row.act {
            Act::Live => Ok(answer::json(&serde_json::json!({"status": "ok"}))),
            Act::Ready => seam::done(self.provider.health().await),
            Act::Health => Ok(answer::json(&self.health().await)),
            Act::Kernels => seam::kernels(&*self.provider).await,
            Act::Deaths => Ok(seam::deaths(self.provider.deaths(), self.scope.clone())),
            Act::Pulse => Ok(seam::pulse(Arc::clone(&self.provider), self.scope.clone())),
            Act::Certificate(act) => self.act_on_certificate(act, request).await,
            Act::Gateways => self.learn(request).await,
            Act::Workspace(act) => self.act_on_workspace(act, at, request).await,
            Act::Lease(act) => self.act_on_session(act, at, request).await,
            Act::Use(act) => self.use_session(act, at, request).await,
        }
    }

    async fn act_on_workspace(
        &self,
        act: WorkspaceAct,
        at: Parameters,
        request: Request<Incoming>,
    ) -> Reply {
        let id = seam::workspace(at.get("id"))?;
        let provider = match seam::epoch(&request)? {
            Some(epoch) => self.provider.at(epoch).unwrap_or_else(|| Arc::clone(&self.provider)),
            None => Arc::clone(&self.provider),
        };
        match act {
            WorkspaceAct::Create => {
                let making = async move { provider.create(&id).await };
                seam::done(self.finish(making).await)
            }
            WorkspaceAct::Remove => {
                let removing = async move { provider.remove(&id).await };
                seam::done(self.finish(removing).await)
            }
            WorkspaceAct::Admit => seam::done(provider.admit(&id).await),
            WorkspaceAct::OpenKernel => {
                seam::wants_stream(&request)?;
                let stream = provider.connect(&id).await?;
                Ok(seam::join(request, stream, &self.scope))
            }
            WorkspaceAct::OpenPort => {
                seam::wants_stream(&request)?;
                let port = at.get("port").parse().map_err(|_| not_found("port"))?;
                let stream = provider.connect_port(&id, port).await?;
                Ok(seam::join(request, stream, &self.scope))
            }
            WorkspaceAct::Transfer => {
                seam::transfer(&*provider, &id, at.get("move"), request.into_body()).await
            }
            WorkspaceAct::Exists => seam::exists(&*provider, &id).await,
        }
    }

    /// The gateway has this machine exchange its certificate before the old one ends.
    async fn act_on_certificate(&self, act: CertificateAct, request: Request<Incoming>) -> Reply {
        let identity = self.identity.as_ref().ok_or_else(|| not_found("route"))?;
        match act {
            CertificateAct::Request => Ok(answer::json(&identity.request()?)),
            CertificateAct::Take => {
                let body: NewCertificate = files::json(request.into_body(), BODY_BYTES_MAX).await?;
                identity.take(body).await?;
                seam::done(Ok(()))
            }
        }
    }

    /// A gateway says where the others are: this machine dials all of them.
    async fn learn(&self, request: Request<Incoming>) -> Reply {
        let identity = self.identity.as_ref().ok_or_else(|| not_found("route"))?;
        let body: Gateways = files::json(request.into_body(), BODY_BYTES_MAX).await?;
        identity.learn(body).await?;
        seam::done(Ok(()))
    }

    async fn act_on_session(
        &self,
        act: LeaseAct,
        at: Parameters,
        request: Request<Incoming>,
    ) -> Reply {
        let (leases, id) = (self.leases()?, at.get("id"));
        let base = self.base(request.headers());
        let session = match act {
            LeaseAct::Start => {
                let body: StartLease = files::json(request.into_body(), BODY_BYTES_MAX).await?;
                leases.start(body).await?
            }
            LeaseAct::Stop => leases.stop(id).await?,
            LeaseAct::Restart => leases.restart(id).await?,
            LeaseAct::Get => leases.get(id).await?,
        };
        Ok(answer::json(&lease(session, &base)))
    }

    async fn use_session(
        &self,
        act: UseAct,
        at: Parameters,
        mut request: Request<Incoming>,
    ) -> Reply {
        let leases = self.leases()?;
        let session = match leases.use_session(at.get("id")) {
            Err(error) if act == UseAct::Pty => {
                return Ok(closing::refuse(request, error, &self.scope));
            }
            found => found?,
        };
        let query = request.uri().query().map(|it| format!("?{it}")).unwrap_or_default();
        let (kernels, id, by) = (&leases.kernels, &session.workspace_id, &session.leased_by);
        match act {
            UseAct::ReadFile => {
                files::read(leases, &session, at.get("path"), request.into_parts().0).await
            }
            UseAct::WriteFile => files::write(leases, &session, at.get("path"), request).await,
            UseAct::DeleteFile => files::delete(leases, &session, at.get("path")).await,
            UseAct::PtyUrl => {
                let grant = self.grants.give(&session.id, Instant::now());
                let base = self.base(request.headers());
                let base = base.replacen("http", "ws", 1);
                let ws_url = format!("{base}/sessions/{}/pty?{GRANT}{grant}", session.id);
                Ok(answer::json(&PtyUrl { ws_url }))
            }
            UseAct::Pty => {
                let rest: Vec<&str> = query
                    .trim_start_matches('?')
                    .split('&')
                    .filter(|it| !it.is_empty() && !it.starts_with(GRANT))
                    .collect();
                *request.uri_mut() = uri(&format!("/api/v1/pty?{}", rest.join("&")))?;
                kernels.forward(id, request, by).await
            }
            UseAct::Preview => {
                *request.uri_mut() = uri(&format!("/{}{query}", at.get("rest")))?;
                preview(leases, &session, request).await
            }
            // What only a host and a gateway say to a kernel is not for clients of a session.
            UseAct::Kernel if !at.get("rest").starts_with("api/v1/") => Err(not_found("route")),
            UseAct::Kernel => {
                *request.uri_mut() = uri(&format!("/{}{query}", at.get("rest")))?;
                kernels.forward(id, request, by).await
            }
        }
    }

    fn leases(&self) -> Result<&Arc<Leases>, WireError> {
        self.leases.as_ref().ok_or_else(|| not_found("route"))
    }

    /// Runs a change of storage to its end even if the client goes away.
    async fn finish(
        &self,
        work: impl Future<Output = Result<(), ProviderError>> + Send + 'static,
    ) -> Result<(), ProviderError> {
        let (tx, rx) = tokio::sync::oneshot::channel();
        let work = provider::carry(work);
        self.scope.spawn("storage", async move {
            if tx.send(work.await).is_err() {
                tracing::debug!("whoever asked has gone");
            }
        });
        let stopping = || ProviderError::Unavailable("it is stopping".to_owned());
        rx.await.unwrap_or_else(|_| Err(stopping()))
    }

    /// How many workers there are, and what they do (S0.90).
    async fn health(&self) -> ManagerHealth {
        let all = self.provider.status().await.unwrap_or_default();
        let active = match &self.leases {
            Some(leases) => leases.active(&all),
            None => active(&all),
        };
        let (workers_total, workers_leased) = match &self.spread {
            Some(spread) => (spread.worker_count(), spread.worker_count_of(&active)),
            None => (1, usize::from(!active.is_empty())),
        };
        let status = if self.provider.health().await.is_ok() { "ok" } else { "degraded" };
        ManagerHealth {
            status: status.to_owned(),
            workers_total,
            workers_leased,
            active_sessions: active.len(),
        }
    }

    /// Where the client reaches this service.
    fn base(&self, headers: &HeaderMap) -> String {
        let scheme = if self.is_secure { "https" } else { "http" };
        let host = headers.get(HOST).and_then(|it| it.to_str().ok()).unwrap_or("localhost");
        self.base_url.clone().unwrap_or_else(|| format!("{scheme}://{host}"))
    }
}

/// A session as its clients see it.
fn lease(session: Session, base: &str) -> Lease {
    let preview = || format!("{base}/sessions/{}/preview/", session.id);
    Lease {
        preview_internal_url: session.preview_port.map(|_| preview()),
        provider_session_id: session.id.clone(),
        workspace_id: session.workspace.clone(),
        state: session.state,
        devserver_running: session.is_dev_server_running,
        last_error: session.last_error.clone(),
        updated_at: rfc3339(session.updated_at_ms),
    }
}

/// What the session's app says.
async fn preview(leases: &Leases, session: &Session, request: Request<Incoming>) -> Reply {
    let port = leases.get(&session.id).await?.preview_port.ok_or_else(|| {
        let message = "the app does not listen yet; start the dev server, or look at its log";
        WireError::new(ErrorCode::PreviewUnavailable, message)
    })?;
    let key = (session.workspace_id.clone(), port);
    leases.kernels.forward_to_app(&key, request).await
}

fn uri(path: &str) -> Result<http::Uri, WireError> {
    path.parse().map_err(|_| WireError::new(ErrorCode::InvalidRequest, "that is no path"))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
