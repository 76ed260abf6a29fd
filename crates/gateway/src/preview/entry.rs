//! How a browser gets into a preview: the grant, its swap for a cookie, and what to say to one that
//! has neither.

use crate::app::Call;
use crate::preview::access::Guest;
use crate::preview::page;
use crate::preview::seal::{self, Grantee, Pass};
use crate::preview::{Place, RESERVED, is_get, rules, see_other};
use crate::reply::{self, Reply};
use axum::body::Body;
use axum::extract::Query;
use axum::response::Response;
use http::header::{COOKIE, SET_COOKIE};
use http::{Method, Request, Uri};
use protocol::preview::{Grant, GrantRequest, PreviewHost};
use protocol::{ErrorCode, WireError};
use std::collections::HashMap;
use std::fmt::Write as _;

/// Longest path that is carried through the entry, in bytes.
const PATH_LENGTH_MAX: usize = 8 * 1024;

/// A link into a preview, for a frame or a tab.
#[utoipa::path(post, path = "/api/v1/workspaces/{id}/preview/grant",
    params(("id" = String, Path)), request_body = GrantRequest,
    responses((status = 200, body = Grant), (status = 409, body = protocol::ErrorBody)))]
pub(crate) async fn grant(mut call: Call) -> Reply {
    let body: GrantRequest = call.json().await?;
    let path = checked_path(body.path.as_deref().unwrap_or("/"))?;
    let workspace = call.workspace().0.clone();
    let target = PreviewHost { workspace, port: body.port };
    if body.port == Some(0) {
        return Err(WireError::new(ErrorCode::InvalidRequest, "there is no port 0"));
    }
    if let Some(port) = target.port {
        may_see(&call, port).await?;
    }
    let Some(origin) = preview_origin(&call, &target) else {
        if target.port.is_some() {
            let message = "a port of its own choice needs an origin of its own; this gateway has \
                           none under the name you use. The main preview works below a path";
            return Err(WireError::new(ErrorCode::Conflict, message));
        }
        let own = call.origin.text();
        let url = format!("{own}/indexes/userspace/workspaces/{}/preview{path}", target.workspace);
        return Ok(reply::json(&Grant { url, origin: own }));
    };
    let url = issue(&call, &target, &origin, &path).await?;
    Ok(reply::json(&Grant { url, origin }))
}

/// Refuses a port that only editors may choose.
async fn may_see(call: &Call, port: u16) -> Result<(), WireError> {
    let guest = Guest::of(call);
    let shown = &call.app.previews.upstreams;
    if guest.may_choose_port()
        || shown.shown_port(&call.app, &guest).await.is_ok_and(|it| it == port)
    {
        return Ok(());
    }
    let message =
        "viewers see the port that the preview shows; another one needs the role `editor`";
    Err(WireError::new(ErrorCode::Forbidden, message))
}

/// `GET /preview/enter?host=LABEL&path=P`: sends a browser that is signed in here back to the
/// preview it came from, with a grant.
#[utoipa::path(get, path = "/preview/enter", operation_id = "enter_preview", params(("host" = String, Query),
    ("path" = Option<String>, Query)), responses((status = 303), (status = 404)))]
pub(crate) async fn enter(call: Call) -> Reply {
    // A script that asks in the background would get itself another app's cookie.
    let destination = call.head.headers.get("sec-fetch-dest");
    if destination.is_some_and(|it| it != "document") {
        return Err(reply::not_found("preview"));
    }
    let query = query_of(&call.head.uri);
    let target = query.get("host").and_then(|it| PreviewHost::parse_label(it));
    let target = target.ok_or_else(|| reply::not_found("preview"))?;
    let path = checked_path(query.get("path").map_or("/", String::as_str))?;
    let role = call.app.identity.role(&target.workspace, call.caller()).await?;
    if role.is_none() {
        return Err(reply::not_found("preview"));
    }
    let origin = preview_origin(&call, &target).ok_or_else(|| reply::not_found("preview"))?;
    Ok(see_other(&issue(&call, &target, &origin, &path).await?))
}

/// The same for a browser that nobody is signed in with: it signs in first, and comes back.
pub(crate) fn enter_as_stranger(uri: &Uri) -> Response {
    let next = uri.path_and_query().map_or("/", |it| it.as_str());
    see_other(&format!("/sign-in?next={}", encoded(next)))
}

fn preview_origin(call: &Call, target: &PreviewHost) -> Option<String> {
    let template = call.preview_origin()?;
    Some(template.replace(crate::identity::origin::LABEL, &target.label()))
}

async fn issue(
    call: &Call,
    target: &PreviewHost,
    origin: &str,
    path: &str,
) -> Result<String, WireError> {
    let caller = call.caller();
    let grantee = Grantee {
        label: target.label(),
        pass: Pass::Member { login: caller.login.clone(), principal: caller.principal.clone() },
    };
    let grant = call.app.previews.grants.issue(grantee).await?;
    Ok(grant_link(origin, &grant, path))
}

/// Where a grant is swapped for a cookie.
pub(crate) fn grant_link(origin: &str, grant: &str, path: &str) -> String {
    format!("{origin}{RESERVED}enter?grant={grant}&path={}", encoded(path))
}

/// `/.stead/enter?grant=G&path=P`: swaps a grant for the origin's cookie.
pub(crate) async fn swap(place: &Place<'_>, method: &Method, uri: &Uri) -> Response {
    if !is_get(method) {
        return reply::wrong_method("GET");
    }
    let query = query_of(uri);
    let path = match checked_path(query.get("path").map_or("/", String::as_str)) {
        Ok(path) => path,
        Err(error) => return reply::refuse(error),
    };
    let label = &place.label;
    let grant = query.get("grant").map(String::as_str).unwrap_or_default();
    let grants = &place.app.previews.grants;
    let grantee = match grants.redeem(grant, label).await {
        Ok(Some(grantee)) => grantee,
        // Whoever reloads the page of a used link is let in by the cookie or sent for another.
        Ok(None) => return see_other(&path),
        Err(error) => return reply::refuse(error.into()),
    };
    let seal = &place.app.previews.seal;
    let cookies = seal.cookies(label, &grantee.pass, place.origin.secure);
    let mut response = see_other(&format!("{RESERVED}arrived?path={}", encoded(&path)));
    for cookie in cookies {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// `/.stead/arrived?path=P`: goes on to the app if the browser kept the cookie. Without this stop a
/// browser that keeps none would go round in circles.
pub(crate) fn arrived(place: &Place<'_>, request: &Request<Body>) -> Response {
    let path = match checked_path(query_of(request.uri()).get("path").map_or("/", String::as_str)) {
        Ok(path) => path,
        Err(error) => return reply::refuse(error),
    };
    let label = &place.label;
    let mut cookies = request.headers().get_all(COOKIE).iter().filter_map(|it| it.to_str().ok());
    let kept = cookies.any(|header| {
        seal::candidates(header).any(|it| place.app.previews.seal.open(label, it).is_some())
    });
    if kept {
        return see_other(&path);
    }
    page::no_cookies(place.asked(request))
}

/// A request without a valid cookie: a tab is sent for a grant, a frame asks its parent, anything
/// else is refused.
pub(super) fn unauthenticated(place: &Place<'_>, request: &Request<Body>) -> Response {
    let asked = place.asked(request);
    if !asked.is_navigation {
        return reply::refuse(WireError::new(
            ErrorCode::Unauthenticated,
            "open the preview from its workspace first",
        ));
    }
    if asked.is_framed || !is_get(request.method()) {
        return page::needs_grant(asked);
    }
    let gateway = rules::gateway(place.app, place.origin);
    let path = request.uri().path_and_query().map_or("/", |it| it.as_str());
    see_other(&format!("{gateway}/preview/enter?host={}&path={}", place.label, encoded(path)))
}

pub(crate) fn query_of(uri: &Uri) -> HashMap<String, String> {
    Query::try_from_uri(uri).map(|Query(it)| it).unwrap_or_default()
}

/// A path and query on the origin it is used on, fit for `Location`; nothing that leads elsewhere.
pub(crate) fn checked_path(path: &str) -> Result<String, WireError> {
    let leads_elsewhere = !path.starts_with('/')
        || path.starts_with("//")
        || path.contains('\\')
        || path.chars().any(char::is_control)
        || PATH_LENGTH_MAX < path.len();
    if leads_elsewhere {
        return Err(WireError::new(
            ErrorCode::InvalidRequest,
            "a path in a preview starts with a single `/` and has no backslash",
        ));
    }
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'`') {
            out.push(char::from(byte));
        } else {
            percent(&mut out, byte);
        }
    }
    Ok(out)
}

/// A text as the value of a query parameter.
pub(crate) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            percent(&mut out, byte);
        }
    }
    out
}

fn percent(out: &mut String, byte: u8) {
    write!(out, "%{byte:02X}").expect("a string takes everything");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_on_its_origin() {
        for (path, checked) in [
            ("/", "/"),
            ("/a/b?c=d&e#f", "/a/b?c=d&e#f"),
            ("/a b?ü", "/a%20b?%C3%BC"),
            ("/a%20b", "/a%20b"),
            ("/?x=//evil.org", "/?x=//evil.org"),
        ] {
            assert_eq!(checked_path(path).unwrap(), checked);
        }
        for path in [
            "",
            "a",
            "//evil.org",
            "/\\evil.org",
            "\\/evil.org",
            "http://evil.org",
            "/a\r\nX: y",
            "/a\\b",
            "/\t/evil.org",
            "javascript:alert(1)",
        ] {
            assert!(checked_path(path).is_err(), "{path:?}");
        }
    }

    #[test]
    fn a_path_survives_the_query() {
        let path = "/a%20b?c=d&e=%C3%BC#f+g";
        let uri = format!("/.stead/enter?path={}", encoded(path));
        let request = Request::builder().uri(uri).body(Body::empty()).unwrap();
        assert_eq!(query_of(request.uri())["path"], path);
    }
}
