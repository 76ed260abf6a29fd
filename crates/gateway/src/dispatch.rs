//! The way of every request: name, route, caller, origin, role, audit, and then its handler.
//!
//! The order matters. A foreign name is refused before anything else is read; a caller learns that
//! a workspace exists only when it has a role in it; the audit row is written before a kernel hears
//! of the request.

use crate::app::{App, Call, read_body};
use crate::identity::origin::{Destination, OwnOrigin, Peer};
use crate::identity::{Caller, Seat, Via, hex};
use crate::policy::{self, Audit, Face, Found, Least, Named, RouteName, Target};
use crate::reply::{self, Reply};
use crate::traces::{Answered, Trace};
use crate::{audit, closing, forward, preview, shares, web};
use axum::body::Body;
use axum::extract::Query;
use axum::response::Response;
use futures_util::FutureExt;
use http::header::{CONNECTION, HOST, ORIGIN, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use protocol::header::{REQUEST_ID, Role};
use protocol::{ErrorCode, WireError, WorkspaceId};
use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use tokio::time::Instant;

/// Routes in metrics and logs that are no rows of the policy.
const ROUTE_WEB: RouteName = RouteName::other("web");
const ROUTE_PREVIEW: RouteName = RouteName::other("preview");
const ROUTE_SHARE: RouteName = RouteName::other("share");
const ROUTE_NONE: RouteName = RouteName::other("none");

/// Answers one request.
pub(crate) async fn serve(app: Arc<App>, peer: Peer, mut request: Request<Body>) -> Response {
    let started = Instant::now();
    let request_id = RequestId::next();
    let method = request.method().clone();
    let metrics = Arc::clone(&app);
    let held = metrics.metrics.request();
    let trace = app.traces.begin(request.headers());
    if let Some(trace) = trace.clone() {
        request.extensions_mut().insert(trace);
    }
    let followed = trace.as_ref().map(Trace::followed);
    // Pinned here, because moving it into the next one would make that twice as large.
    let answer = pin!(answer(app, peer, request, request_id));
    let answer = async {
        match &followed {
            Some(it) => it.during(answer).await,
            None => answer.await,
        }
    };
    let (route, response) = AssertUnwindSafe(answer).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!(request.id = %request_id, "a handler panicked");
        let message = format!("a defect of ours; the log has it under {request_id}");
        (ROUTE_NONE, reply::refuse(WireError::new(ErrorCode::Internal, message)))
    });
    drop(held);
    let (status, elapsed) = (response.status().as_u16(), started.elapsed());
    metrics.metrics.answered(route, status, elapsed);
    if let Some(trace) = trace {
        let (method, route, id) = (method.as_str(), route.to_string(), request_id.to_string());
        trace.end(Answered { method, route: &route, status, request_id: &id });
        for said in followed.iter().flat_map(provider::Followed::heard) {
            trace.machine(said);
        }
    }
    let elapsed_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
    // The route and never the path: paths hold grants and names of files.
    if status < 500 {
        tracing::debug!(%method, %route, status, elapsed_us, request.id = %request_id, "answered");
    } else {
        tracing::info!(%method, %route, status, elapsed_us, request.id = %request_id, "failed");
    }
    response
}

async fn answer(
    app: Arc<App>,
    peer: Peer,
    request: Request<Body>,
    request_id: RequestId,
) -> (RouteName, Response) {
    if app.scope.is_stopping() {
        let mut response = reply::refuse(WireError::new(
            ErrorCode::Unavailable,
            "the gateway is stopping; come back in a moment",
        ));
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        return (ROUTE_NONE, response);
    }
    let Some(host) = host(&request) else {
        let error = WireError::new(ErrorCode::InvalidRequest, "the request names no single host");
        return (ROUTE_NONE, reply::refuse(error));
    };
    let client = app.names.client(request.headers(), peer.address);
    let max_age = app.config.hsts_max_age;
    let destination = app.names.destination(host, request.headers(), peer);
    // hyper moves this whole future for each request, so the large ones are on the heap.
    let (origin, (route, mut response)) = match destination {
        Destination::Foreign => return (ROUTE_NONE, misdirected()),
        Destination::Preview(target, origin) => {
            let answer = preview::serve_origin(&app, target, &origin, client, request).await;
            (origin, (ROUTE_PREVIEW, answer))
        }
        Destination::Share(share, origin) => {
            let serving = shares::visit::serve_origin(&app, share, &origin, client, request);
            let answer = Box::pin(serving).await;
            (origin, (ROUTE_SHARE, answer))
        }
        Destination::App(origin) => {
            let answer = Box::pin(own(app, origin.clone(), client, request, request_id)).await;
            (origin, answer)
        }
    };
    web::secure_transport(response.headers_mut(), &origin, max_age);
    (route, response)
}

/// A request to the gateway's own name.
async fn own(
    app: Arc<App>,
    origin: OwnOrigin,
    client: IpAddr,
    request: Request<Body>,
    request_id: RequestId,
) -> (RouteName, Response) {
    let request_id = request_id.to_string();
    let is_websocket = is_websocket(&request);
    let path = request.uri().path();
    let found = policy::find(request.method().as_str(), is_websocket, path);
    let (route, mut response) = match found {
        Found::Nothing => {
            let nonce = hex(&stdx::random::bytes::<16>());
            let mut response = web::serve(&request, &nonce, app.traces.is_on());
            if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
                let previews = app.names.preview_origin(&origin);
                let previews = previews.as_deref();
                web::secure_page(response.headers_mut(), &origin, previews, &nonce);
            }
            (ROUTE_WEB, response)
        }
        Found::Method { allow } => (ROUTE_NONE, reply::wrong_method(&allow)),
        Found::WebSocketOnly => {
            let error = WireError::new(ErrorCode::UpgradeRequired, "this path is a WebSocket");
            (ROUTE_NONE, reply::refuse(error))
        }
        Found::Row(row, parameters) => {
            let id = request_id.clone();
            let call = Call::new(app, (row, parameters), (origin, client), id, request);
            let (mut response, is_ours) = answer_row(call).await;
            if is_ours && response.status() != StatusCode::SWITCHING_PROTOCOLS {
                web::secure_data(response.headers_mut());
            }
            (row.name(), response)
        }
    };
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(HeaderName::from_static(REQUEST_ID), value);
    }
    (route, response)
}

/// Judges a request by its row, and hands it on when it may pass. Also tells whether the answer is
/// ours; a row may pass on what workspace code says.
async fn answer_row(mut call: Call) -> (Response, bool) {
    let row = call.row;
    let answer = match admit(&mut call).await {
        Ok(None) => audited(call).await,
        Ok(Some(answer)) => Ok(answer),
        Err(error) if row.face == Face::Closing => Ok(closing::refuse(&mut call.head, error).await),
        Err(error) => Err(error),
    };
    let is_ours = row.face != Face::Foreign || answer.is_err();
    (answer.unwrap_or_else(reply::refuse), is_ours)
}

/// Lets a request pass, or answers it at once.
async fn admit(call: &mut Call) -> Result<Option<Response>, WireError> {
    if has_dot_segment(call.head.uri.path()) {
        return Err(WireError::new(
            ErrorCode::InvalidPath,
            "the path has dots that lead elsewhere",
        ));
    }
    // Whoever is signed out while this looks is seen on the next round.
    loop {
        let epoch = call.app.live.epoch();
        if let Some(answer) = identify(call).await? {
            return Ok(Some(answer));
        }
        let Some((workspace, role)) = &call.workspace else { break };
        let role = call.break_glass.is_none().then_some(*role);
        let of = (workspace, role);
        if let Some(cancel) = call.app.live.token_since(epoch, call.caller(), of) {
            call.cancel = cancel;
            break;
        }
    }
    Ok(None)
}

/// Hands a request that may pass to its handler, and writes down what its row wants written.
async fn audited(mut call: Call) -> Reply {
    match call.row.audit {
        Audit::Before(_) => {
            let row = audit::describe(&mut call).await?;
            let begun = call.app.trail.begin(&call.app.database, row).await?;
            let reply = handle(call).await;
            begun.end(&reply);
            reply
        }
        Audit::Beside(_) => {
            let row = audit::describe(&mut call).await?;
            let room = call.app.trail.room().await?;
            let reply = handle(call).await;
            room.tell(row, &reply);
            reply
        }
        Audit::None | Audit::Within(_) => handle(call).await,
    }
}

/// Finds out who asks, from which page, about which workspace and in which role; or answers at once.
async fn identify(call: &mut Call) -> Result<Option<Response>, WireError> {
    let headers = &call.head.headers;
    let caller = match call.row.least {
        Least::Anyone => None,
        Least::SignedIn | Least::Administrator | Least::Role(_) => {
            call.app.identity.caller(headers, &call.origin).await?
        }
    };
    check_origin(call, caller.as_ref())?;
    if call.row.least != Least::Anyone && caller.is_none() {
        return unauthenticated(call).map(Some);
    }
    call.caller = caller;
    if call.caller.is_some() {
        check_scope(call)?;
        call.app.note_seen(call);
    }
    if call.row.least == Least::Administrator && !call.caller().administrator {
        call.app.trail.append(audit::denied(call, None));
        let message = "this is for administrators of this Stead";
        return Err(WireError::new(ErrorCode::Forbidden, message));
    }
    if let Least::Role(least) = call.row.least {
        call.workspace = Some(workspace_of(call, least).await?);
    }
    Ok(None)
}

/// Refuses what a token may not do, whoever made it: speak for the person, change what it was
/// given to look at, or reach beyond its workspaces or the registry. Roles are bounded by `Identity::role`.
fn check_scope(call: &Call) -> Result<(), WireError> {
    let caller = call.caller();
    let is_safe = matches!(call.head.method, Method::GET | Method::HEAD | Method::OPTIONS);
    let by_role = matches!(call.row.least, Least::Role(_));
    let is_bounded = caller.scope.workspaces.is_some();
    let message = if caller.scope.registry_only && !call.row.for_installations {
        "this token is for the registry of another installation, and for nothing else"
    } else if caller.is_token() && call.row.in_person {
        "a token cannot do this; sign in yourself"
    } else if caller.scope.read_only && !is_safe && !by_role {
        "this token may look and change nothing"
    } else if is_bounded
        && (call.row.least == Least::Administrator
            || call.row.across_workspaces
            || (!is_safe && !by_role))
    {
        "this token is for some workspaces only"
    } else {
        return Ok(());
    };
    call.app.trail.append(audit::denied(call, None));
    Err(WireError::new(ErrorCode::Forbidden, message))
}

async fn handle(call: Call) -> Reply {
    match call.row.target {
        Target::Kernel => forward::to_kernel(call).await,
        Target::Gateway(handler) => handler(call).await,
    }
}

/// A browser sends cookies for any page that asks it to, so the page must be one of ours whenever
/// something changes or a channel opens. Signing in is such a change too.
fn check_origin(call: &Call, caller: Option<&Caller>) -> Result<(), WireError> {
    let is_safe = matches!(call.head.method, Method::GET | Method::HEAD | Method::OPTIONS);
    if is_safe && !call.head.headers.contains_key(UPGRADE) {
        return Ok(());
    }
    let headers = &call.head.headers;
    let must_match = match caller {
        Some(caller) => caller.via == Via::Cookie,
        // What lets in is the address, and no cookie counts: an app in an opaque origin may ask.
        None if call.row.face == Face::Foreign => false,
        None => headers.contains_key(ORIGIN),
    };
    if must_match && !call.origin.is_named_by(headers) {
        return Err(WireError::new(
            ErrorCode::ForeignOrigin,
            "the request comes from a page of another origin",
        ));
    }
    Ok(())
}

/// The workspace a request names, and the caller's role in it.
async fn workspace_of(call: &mut Call, least: Role) -> Result<(WorkspaceId, Role), WireError> {
    let id = match call.row.named {
        Named::Path => call.parameters.get("id").and_then(WorkspaceId::parse),
        Named::Query => Some(named_workspace(call).await?),
        Named::Nowhere => None,
    };
    let id = id.ok_or_else(|| reply::not_found("workspace"))?;
    let seat = call.app.identity.seat(&id, call.caller()).await?;
    let Seat { role, break_glass } = seat.ok_or_else(|| reply::not_found("workspace"))?;
    call.break_glass = break_glass;
    if role < least {
        call.app.trail.append(audit::denied(call, Some(&id)));
        let message =
            format!("this needs the role `{}`; yours is `{}`", least.as_str(), role.as_str());
        return Err(WireError::new(ErrorCode::Forbidden, message));
    }
    Ok((id, role))
}

/// `projectId` or `workspaceId` in the query, else in a JSON body, which is put back.
async fn named_workspace(call: &mut Call) -> Result<WorkspaceId, WireError> {
    let names = ["projectId", "workspaceId"];
    let query = Query::<HashMap<String, String>>::try_from_uri(&call.head.uri);
    let in_query =
        query.ok().and_then(|Query(it)| names.iter().find_map(|name| it.get(*name).cloned()));
    let text = match in_query {
        Some(text) => Some(text),
        None if call.head.method == Method::POST => {
            let body = read_body(call.take_body()).await?;
            let value = serde_json::from_slice::<serde_json::Value>(&body).ok();
            call.put_body(Body::from(body));
            value.and_then(|it| {
                names.iter().find_map(|name| it.get(name)?.as_str().map(str::to_owned))
            })
        }
        None => None,
    };
    let Some(text) = text else {
        let message = "name the workspace as `projectId` in the query or in a JSON body";
        return Err(WireError::new(ErrorCode::InvalidRequest, message));
    };
    WorkspaceId::parse(&text).ok_or_else(|| reply::not_found("workspace"))
}

fn unauthenticated(call: &Call) -> Reply {
    if call.row.face == Face::Page {
        return Ok(preview::enter_as_stranger(&call.head.uri));
    }
    Err(WireError::new(ErrorCode::Unauthenticated, "sign in first"))
}

/// The one host that a request names.
fn host(request: &Request<Body>) -> Option<&str> {
    let mut values = request.headers().get_all(HOST).iter();
    let header = values.next();
    if values.next().is_some() {
        return None;
    }
    let header = match header {
        Some(value) => Some(value.to_str().ok()?),
        None => None,
    };
    match (request.uri().authority().map(http::uri::Authority::as_str), header) {
        (Some(authority), Some(header)) if !authority.eq_ignore_ascii_case(header) => None,
        (Some(host), _) | (None, Some(host)) => Some(host),
        (None, None) => None,
    }
}

fn is_websocket(request: &Request<Body>) -> bool {
    request.method() == Method::GET && names_websocket(request.headers())
}

fn names_websocket(headers: &HeaderMap) -> bool {
    headers
        .get(UPGRADE)
        .and_then(|it| it.to_str().ok())
        .is_some_and(|it| it.trim().eq_ignore_ascii_case("websocket"))
}

/// Whether a segment is `.` or `..`, encoded or not: what stands behind it is not where it seems.
fn has_dot_segment(path: &str) -> bool {
    path.split('/').any(|segment| {
        let plain = segment.to_ascii_lowercase().replace("%2e", ".");
        plain == "." || plain == ".."
    })
}

/// 421: the request came under a name that this gateway does not answer to.
fn misdirected() -> Response {
    let text = "This Stead does not answer to this name. Use `localhost` or its address, or start \
                it with `--public-url` and the name you want.\n";
    let mut response = reply::text(StatusCode::MISDIRECTED_REQUEST, text.to_owned());
    web::secure_data(response.headers_mut());
    response
}

/// Names a request in logs and audit. Unique, not secret: a number that started anywhere, so that
/// ids of before and after a restart differ, and that costs no system call for each request.
#[derive(Clone, Copy)]
struct RequestId(u64);

impl RequestId {
    fn next() -> Self {
        static NEXT: LazyLock<AtomicU64> =
            LazyLock::new(|| AtomicU64::new(u64::from_le_bytes(stdx::random::bytes())));
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_seen_through_their_encoding() {
        for path in ["/a/../b", "/a/%2e%2E/b", "/.", "/a/.%2e", "/%2e"] {
            assert!(has_dot_segment(path), "{path}");
        }
        for path in ["/", "/a/...", "/.env", "/a/..b", "/a%2eb"] {
            assert!(!has_dot_segment(path), "{path}");
        }
    }

    #[test]
    fn a_request_has_one_host() {
        let request = |uri: &str, hosts: &[&str]| {
            let mut request = Request::builder().uri(uri);
            for host in hosts {
                request = request.header(HOST, *host);
            }
            host(&request.body(Body::empty()).unwrap()).map(str::to_owned)
        };
        assert_eq!(request("/", &["localhost"]).as_deref(), Some("localhost"));
        assert_eq!(request("http://localhost/", &["localhost"]).as_deref(), Some("localhost"));
        assert_eq!(request("/", &["localhost", "evil.example"]), None);
        assert_eq!(request("http://localhost/", &["evil.example"]), None);
        assert_eq!(request("/", &[]), None);
    }
}
