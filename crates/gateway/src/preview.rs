//! Previews: the apps of workspaces, on origins of their own and below a path.
//!
//! An origin of its own (`<port>--<workspace>.<domain>`) belongs to the app but for `/.stead/`.
//! A browser comes with a grant, which is swapped for a cookie of that origin; from then on every
//! request is checked against the login and the role behind the cookie. Below a path of the
//! gateway's own origin the app runs sandboxed, in an opaque origin.
//!
//! `docs/decisions/002-preview-headers.md` says which headers pass, and why.

mod access;
pub(crate) mod entry;
mod page;
mod rules;
mod seal;
mod upstream;

use crate::app::{App, Call};
use crate::database::{Database, DatabaseError, OpenError};
use crate::identity::Via;
use crate::identity::origin::OwnOrigin;
use crate::live::Connection;
use crate::preview::access::{Access, Visitor};
use crate::preview::page::Asked;
use crate::preview::rules::Faces;
use crate::preview::seal::{Grants, Seal};
use crate::preview::upstream::{Trouble, Upstreams};
use crate::provider::Provider;
use crate::reply::{self, Reply};
use axum::body::Body;
use axum::response::Response;
use http::header::{ORIGIN, SET_COOKIE, UPGRADE};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use protocol::preview::PreviewHost;
use protocol::{ErrorCode, WireError, WorkspaceId};
use proxy::{ForwardError, Live, Policy};
use std::net::IpAddr;
use std::sync::Arc;
use stdx::TaskScope;
use stdx::clock::now_ms;

pub(crate) use entry::{enter, enter_as_stranger, grant};

/// Everything below it on a preview origin is ours.
const RESERVED: &str = "/.stead/";
/// Name of the key that seals preview cookies, in the table of keys.
const KEY: &str = "preview";

/// What all previews of a gateway share.
pub(crate) struct Previews {
    upstreams: Upstreams,
    grants: Grants,
    seal: Seal,
    access: Access,
    faces: Faces,
}

impl Previews {
    /// Reads the sealing key; connections run in `scope`.
    pub(crate) async fn open(
        database: &Database,
        provider: &Arc<dyn Provider>,
        scope: &TaskScope,
    ) -> Result<Self, OpenError> {
        let key = database.key(KEY, now_ms()).await.map_err(|error| match error {
            DatabaseError::Away(error) => OpenError::Unreachable(error),
            DatabaseError::Corrupt(what) => OpenError::Unreachable(sqlx::Error::Protocol(what)),
        })?;
        Ok(Self {
            upstreams: Upstreams::new(Arc::clone(provider), scope),
            grants: Grants::default(),
            seal: Seal::new(&key),
            access: Access::default(),
            faces: Faces::default(),
        })
    }

    /// Closes idle connections into a workspace and forgets who was let in.
    pub(crate) fn forget_workspace(&self, workspace: &WorkspaceId) {
        self.upstreams.forget(workspace);
        self.access.forget(workspace);
    }
}

/// Answers a request that came to a preview's own origin.
pub(crate) async fn serve_origin(
    app: &Arc<App>,
    target: PreviewHost,
    origin: &OwnOrigin,
    client: IpAddr,
    request: Request<Body>,
) -> Response {
    let place = Place { app, target, origin, client };
    match request.uri().path().strip_prefix(RESERVED) {
        Some("enter") => entry::swap(&place, &request),
        Some("arrived") => entry::arrived(&place, &request),
        Some("ready") => match place.visitor(request.headers()).await {
            Ok(Some(visitor)) => upstream::ready(app, &visitor, place.target.port).await,
            Ok(None) => entry::unauthenticated(&place, &request),
            Err(error) => reply::refuse(error),
        },
        Some(_) => reply::refuse(reply::not_found("page of Stead")),
        None => match place.visitor(request.headers()).await {
            Ok(Some(visitor)) if is_foreign(&place, &visitor, request.headers()) => {
                let message = "the request comes from a page of another origin";
                reply::refuse(WireError::new(ErrorCode::ForeignOrigin, message))
            }
            Ok(Some(visitor)) => place.serve(&visitor, request).await,
            Ok(None) => entry::unauthenticated(&place, &request),
            Err(error) => reply::refuse(error),
        },
    }
}

/// Whether a page of another app uses this visitor's cookie. The previews of all workspaces share a
/// jar below one page, so the cookie alone does not say which of them asks. A socket must come from
/// the app itself, anything else not from another workspace.
fn is_foreign(place: &Place<'_>, visitor: &Visitor, headers: &HeaderMap) -> bool {
    let by_cookie = visitor.caller.via == Via::Cookie;
    by_cookie
        && headers.get_all(ORIGIN).iter().any(|it| {
            match it.to_str().ok().and_then(|it| place.app.names.previewed(it)) {
                Some(workspace) => workspace != place.target.workspace,
                None => headers.contains_key(UPGRADE),
            }
        })
}

/// Answers a request below `/indexes/userspace/workspaces/{id}/preview` (S0.70, S0.71).
pub(crate) async fn serve_path(mut call: Call) -> Reply {
    let rest = call.parameters.get("rest").unwrap_or_default().to_owned();
    if call.head.headers.contains_key("service-worker") {
        let message = "an app below a path cannot install a service worker; use its own origin";
        return Err(WireError::new(ErrorCode::Forbidden, message));
    }
    let visitor = Visitor::of(&call);
    if format!("/{rest}") == format!("{RESERVED}ready") {
        return Ok(upstream::ready(&call.app, &visitor, None).await);
    }
    let prefix = format!("/indexes/userspace/workspaces/{}/preview", visitor.workspace);
    let target = match call.head.uri.query() {
        Some(query) => format!("/{rest}?{query}"),
        None => format!("/{rest}"),
    };
    call.head.uri = target
        .parse::<Uri>()
        .map_err(|error| WireError::new(ErrorCode::InvalidRequest, error.to_string()))?;
    let (app, origin, client) = (Arc::clone(&call.app), call.origin.clone(), call.client);
    let asked = Asked::new((&call.head.method, &call.head.headers), (&app, &origin), &prefix);
    let request = call.take_request();
    let policy = |port| rules::below_path(&origin, &prefix, client, port);
    let answer = exchange(&app, &visitor, (None, &policy), request).await;
    Ok(answer.unwrap_or_else(|trouble| page::trouble(&trouble, asked, &visitor.workspace)))
}

/// A preview origin and the way a client came to it.
struct Place<'a> {
    app: &'a Arc<App>,
    target: PreviewHost,
    origin: &'a OwnOrigin,
    client: IpAddr,
}

impl Place<'_> {
    async fn visitor(&self, headers: &HeaderMap) -> Result<Option<Visitor>, WireError> {
        access::visitor(self.app, &self.target, headers, self.origin.secure).await
    }

    async fn serve(&self, visitor: &Visitor, request: Request<Body>) -> Response {
        let asked = self.asked(&request);
        let policy = |port| rules::own_origin(self.app, self.origin, self.client, port);
        let answer = exchange(self.app, visitor, (self.target.port, &policy), request).await;
        let mut response =
            answer.unwrap_or_else(|trouble| page::trouble(&trouble, asked, &self.target.workspace));
        if visitor.renew_cookie && asked.is_navigation {
            for cookie in self.cookies(visitor) {
                response.headers_mut().append(SET_COOKIE, cookie);
            }
        }
        response
    }

    fn asked(&self, request: &Request<Body>) -> Asked<'_> {
        Asked::new((request.method(), request.headers()), (self.app, self.origin), "")
    }

    /// The cookies that let the visitor in from now on.
    fn cookies(&self, visitor: &Visitor) -> Vec<HeaderValue> {
        let caller = &visitor.caller;
        let label = self.target.label();
        let seal = &self.app.previews.seal;
        seal.cookies(&label, &caller.login, &caller.principal, self.origin.secure)
    }
}

/// Sends a request to a port of the visitor's workspace; `None` is the port that the preview shows,
/// and the only one that viewers may see.
async fn exchange(
    app: &Arc<App>,
    visitor: &Visitor,
    (port, policy): (Option<u16>, &(dyn Fn(u16) -> Policy + Sync)),
    request: Request<Body>,
) -> Result<Response, Trouble> {
    let upstreams = &app.previews.upstreams;
    let port = match port {
        Some(port) if visitor.may_choose_port() => port,
        Some(port) if upstreams.shown_port(app, visitor).await? == port => port,
        Some(port) => return Err(Trouble::NotShown(port)),
        None => upstreams.shown_port(app, visitor).await?,
    };
    app.note_use(&visitor.workspace);
    let live = Live { scope: app.scope.clone(), cancel: visitor.cancel.clone() };
    let connection = Connection::of(request.version(), request.extensions());
    let key = (visitor.workspace.clone(), port);
    let forwarded = upstreams.forward(&key, request, &policy(port), &live).await;
    match forwarded {
        Ok(response) => Ok(match connection {
            Some(it) => it.follow(response, visitor.cancel.clone(), &app.scope),
            None => response.map(Body::new),
        }),
        Err(ForwardError::Connect(error)) => {
            Err(upstream::no_connection(app, visitor, port, &error).await)
        }
        Err(error) => Err(Trouble::of(&error)),
    }
}

/// A redirect that no cache keeps.
fn see_other(location: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    if let Ok(location) = HeaderValue::from_str(location) {
        headers.insert(http::header::LOCATION, location);
    }
    headers.insert(http::header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // The address holds a grant, which is nobody's business even when it was used.
    headers.insert(http::header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

fn is_get(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}
