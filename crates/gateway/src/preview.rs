//! Previews: the apps of workspaces, on origins of their own and below a path.
//!
//! An origin of its own (`<port>--<workspace>.<domain>`) belongs to the app but for `/.stead/`.
//! A browser comes with a grant, which is swapped for a cookie of that origin; from then on every
//! request is checked against the login and the role behind the cookie. Below a path of the
//! gateway's own origin the app runs sandboxed, in an opaque origin.
//!
//! `docs/decisions/002-preview-headers.md` says which headers pass, and why.

pub(crate) mod access;
pub(crate) mod entry;
pub(crate) mod page;
pub(crate) mod rules;
pub(crate) mod seal;
pub(crate) mod upstream;

use crate::app::{App, Call};
use crate::database::Database;
use crate::identity::Via;
use crate::identity::origin::{Neighbour, OwnOrigin};
use crate::live::Connection;
use crate::preview::access::{Access, Guest, Visitor};
use crate::preview::page::Asked;
use crate::preview::rules::Faces;
use crate::preview::seal::{Grants, Pass, Seal};
use crate::preview::upstream::{Trouble, Upstreams};
use crate::reply::{self, Reply};
use crate::vault::{Vault, VaultError};
use axum::body::Body;
use axum::response::Response;
use http::header::{ORIGIN, SET_COOKIE, UPGRADE};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use protocol::preview::PreviewHost;
use protocol::{ErrorCode, WireError, WorkspaceId};
use provider::Provider;
use proxy::{ForwardError, Live, Policy};
use std::net::IpAddr;
use std::sync::Arc;
use stdx::TaskScope;
use stdx::clock::now_ms;

pub(crate) use entry::{enter, enter_as_stranger, grant};

/// Everything below it on a preview origin is ours.
pub(crate) const RESERVED: &str = "/.stead/";
/// Name of the key that seals preview cookies, in the table of keys.
const KEY: &str = "preview";

/// What all previews of a gateway share.
pub(crate) struct Previews {
    upstreams: Upstreams,
    pub(crate) grants: Grants,
    pub(crate) seal: Seal,
    access: Access,
    faces: Faces,
}

impl Previews {
    /// Reads the sealing key; connections run in `scope`.
    pub(crate) async fn open(
        (database, vault): (&Database, &Vault),
        provider: &Arc<dyn Provider>,
        scope: &TaskScope,
    ) -> Result<Self, VaultError> {
        let key = database.key(vault, KEY, now_ms()).await?;
        Ok(Self {
            upstreams: Upstreams::new(Arc::clone(provider), scope),
            grants: Grants::new(database),
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
    let place = Place { app, label: target.label(), origin, client };
    let path = request.uri().path().strip_prefix(RESERVED);
    match path {
        Some("enter") => {
            return Box::pin(entry::swap(&place, request.method(), request.uri())).await;
        }
        Some("arrived") => return entry::arrived(&place, &request),
        Some("cookies") => return page::cookies(place.asked(&request)),
        Some("ready") | None => {}
        Some(_) => return reply::refuse(reply::not_found("page of Stead")),
    }
    let asked_for = (place.label.as_str(), &target.workspace);
    let visitor = access::visitor(app, asked_for, request.headers(), origin).await;
    match (visitor, path) {
        (Ok(Some(visitor)), Some(_)) => {
            Box::pin(upstream::ready(app, &visitor.guest, target.port)).await
        }
        (Ok(Some(visitor)), None) if is_foreign(&place, &visitor, request.headers()) => {
            reply::refuse(foreign_page())
        }
        (Ok(Some(visitor)), None) => place.serve(&visitor, target.port, request).await,
        (Ok(None), _) => entry::unauthenticated(&place, &request),
        (Err(error), _) => reply::refuse(error),
    }
}

/// The request was sent by a page that is none of the app's.
pub(crate) fn foreign_page() -> WireError {
    WireError::new(ErrorCode::ForeignOrigin, "the request comes from a page of another origin")
}

/// Whether a page of another app uses this visitor's cookie. The previews of all workspaces share a
/// jar below one page, so the cookie alone does not say which of them asks. A socket must come from
/// the app itself, anything else not from another workspace.
fn is_foreign(place: &Place<'_>, visitor: &Visitor, headers: &HeaderMap) -> bool {
    visitor.via == Via::Cookie
        && headers.get_all(ORIGIN).iter().any(|it| {
            match it.to_str().ok().and_then(|it| place.app.names.neighbour(it)) {
                Some(Neighbour::Preview(it)) => it.workspace != visitor.guest.workspace,
                Some(Neighbour::Share(_)) => true,
                None => headers.contains_key(UPGRADE),
            }
        })
}

/// Answers a request below `/indexes/userspace/workspaces/{id}/preview` (S0.70, S0.71).
pub(crate) async fn serve_path(call: Call) -> Reply {
    let rest = call.parameters.get("rest").unwrap_or_default().to_owned();
    let guest = Guest::of(&call);
    let prefix = format!("/indexes/userspace/workspaces/{}/preview", guest.workspace);
    call.app.note_use(&guest.workspace);
    let workspace = Some(&guest.workspace);
    serve_below(call, (&guest, workspace), &prefix, &rest).await
}

/// Answers with the app of the guest's workspace in an opaque origin. `prefix` is what stands
/// before the app's paths and `rest` the one that is asked for, without its first slash; the
/// workspace is named on pages for those who may know it.
pub(crate) async fn serve_below(
    mut call: Call,
    (guest, workspace): (&Guest, Option<&WorkspaceId>),
    prefix: &str,
    rest: &str,
) -> Reply {
    if call.head.headers.contains_key("service-worker") {
        let message = "an app below a path cannot install a service worker; use its own origin";
        return Err(WireError::new(ErrorCode::Forbidden, message));
    }
    if format!("/{rest}") == format!("{RESERVED}ready") {
        return Ok(upstream::ready(&call.app, guest, None).await);
    }
    let target = match call.head.uri.query() {
        Some(query) => format!("/{rest}?{query}"),
        None => format!("/{rest}"),
    };
    call.head.uri = target
        .parse::<Uri>()
        .map_err(|error| WireError::new(ErrorCode::InvalidRequest, error.to_string()))?;
    let (app, origin, client) = (Arc::clone(&call.app), call.origin.clone(), call.client);
    let asked = Asked::new((&call.head.method, &call.head.headers), (&app, &origin), prefix);
    let request = call.take_request();
    let policy = |port| rules::below_path(&origin, prefix, client, port);
    let answer = exchange(&app, guest, (None, &policy), request).await;
    Ok(answer.unwrap_or_else(|trouble| page::trouble(&trouble, asked, workspace)))
}

/// An origin of an app's own, and the way a client came to it.
pub(crate) struct Place<'a> {
    pub(crate) app: &'a Arc<App>,
    /// First label of the origin's host name.
    pub(crate) label: String,
    pub(crate) origin: &'a OwnOrigin,
    pub(crate) client: IpAddr,
}

impl Place<'_> {
    async fn serve(
        &self,
        visitor: &Visitor,
        port: Option<u16>,
        request: Request<Body>,
    ) -> Response {
        let guest = &visitor.guest;
        self.app.note_use(&guest.workspace);
        let (login, principal) = (visitor.login.clone(), guest.principal.clone());
        let renewed = visitor.renew_cookie.then_some(Pass::Member { login, principal });
        let target = (port, Some(&guest.workspace));
        self.exchange(guest, target, renewed, request).await
    }

    /// Answers with the app of the guest's workspace. The workspace is named on pages for those who
    /// may know it; `renewed` is a pass whose cookie is sent again.
    pub(crate) async fn exchange(
        &self,
        guest: &Guest,
        (port, workspace): (Option<u16>, Option<&WorkspaceId>),
        renewed: Option<Pass>,
        request: Request<Body>,
    ) -> Response {
        let asked = self.asked(&request);
        let policy = |port| rules::own_origin(self.app, self.origin, self.client, port);
        let answer = exchange(self.app, guest, (port, &policy), request).await;
        let mut response =
            answer.unwrap_or_else(|trouble| page::trouble(&trouble, asked, workspace));
        if let Some(pass) = renewed.filter(|_| asked.is_navigation) {
            let seal = &self.app.previews.seal;
            for cookie in seal.cookies(&self.label, &pass, self.origin.secure) {
                response.headers_mut().append(SET_COOKIE, cookie);
            }
        }
        response
    }

    pub(crate) fn asked(&self, request: &Request<Body>) -> Asked<'_> {
        Asked::new((request.method(), request.headers()), (self.app, self.origin), "")
    }
}

/// Sends a request to a port of the guest's workspace; `None` is the port that the preview shows,
/// and the only one that viewers may see.
async fn exchange(
    app: &Arc<App>,
    guest: &Guest,
    (port, policy): (Option<u16>, &(dyn Fn(u16) -> Policy + Sync)),
    request: Request<Body>,
) -> Result<Response, Trouble> {
    let upstreams = &app.previews.upstreams;
    let port = match port {
        Some(port) if guest.may_choose_port() => port,
        Some(port) if upstreams.shown_port(app, guest).await? == port => port,
        Some(port) => return Err(Trouble::NotShown(port)),
        None => upstreams.shown_port(app, guest).await?,
    };
    let live = Live { scope: app.scope.clone(), cancel: guest.cancel.clone() };
    let connection = Connection::of(request.version(), request.extensions());
    let key = (guest.workspace.clone(), port);
    let forwarded = upstreams.forward(&key, request, &policy(port), &live).await;
    match forwarded {
        Ok(response) => Ok(match connection {
            Some(it) => it.follow(response, guest.cancel.clone(), &app.scope),
            None => response.map(Body::new),
        }),
        Err(ForwardError::Connect(error)) => {
            Err(Box::pin(upstream::no_connection(app, guest, port, &error)).await)
        }
        Err(error) => Err(Trouble::of(&error)),
    }
}

/// A redirect that no cache keeps.
pub(crate) fn see_other(location: &str) -> Response {
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

pub(crate) fn is_get(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}
