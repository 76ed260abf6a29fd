//! The web application: files that were embedded when the gateway was built.

mod headers;

pub(crate) use headers::{secure_data, secure_page, secure_transport};

use crate::reply;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    VARY,
};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use protocol::{ErrorCode, WireError};

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Files below this path have their hash in their name and never change.
const IMMUTABLE_PREFIX: &str = "/assets/";
/// Paths of the API and of previews: what is unknown below them is no page of the application.
const API_PREFIXES: [&str; 4] = ["/api", "/indexes", "/preview", "/v1"];

/// The application's page, whichever path of it was asked for.
const PAGE: &str = "/index.html";
/// What stands in the page for whether its requests are to be traced.
const TRACES: &[u8] = b"STEAD_TRACES";
/// What stands in the page for the nonce of its policy.
const NONCE: &[u8] = b"STEAD_NONCE";

/// One embedded file.
struct Asset {
    path: &'static str,
    kind: &'static str,
    hash: &'static str,
    plain: &'static [u8],
    gzip: Option<&'static [u8]>,
    brotli: Option<&'static [u8]>,
}

/// Answers a path that the policy does not know. `nonce` goes into the page, and whether somebody
/// collects traces.
pub(crate) fn serve(request: &Request<Body>, nonce: &str, is_traced: bool) -> Response {
    let path = request.uri().path();
    let is_api = API_PREFIXES.iter().any(|prefix| {
        path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    if is_api {
        return reply::refuse(reply::not_found("resource"));
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return reply::wrong_method("GET, HEAD");
    }
    let headers = request.headers();
    if let Some(asset) = asset(path).filter(|_| path != PAGE) {
        return send(asset, headers);
    }
    match asset(PAGE) {
        // Whatever a program accepts, this is where the application is.
        Some(page) if ["/", PAGE].contains(&path) || is_navigation(headers) => {
            send_page(page, nonce, is_traced)
        }
        _ => reply::refuse(WireError::new(ErrorCode::NotFound, "there is no such page")),
    }
}

fn asset(path: &str) -> Option<&'static Asset> {
    let index = ASSETS.binary_search_by(|it| it.path.cmp(path)).ok()?;
    Some(&ASSETS[index])
}

/// Whether a person goes somewhere: only then is an unknown path a page of the application.
fn is_navigation(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|it| it.to_str().ok()).is_some_and(|it| it.contains("text/html"))
}

/// The page is made anew for everybody, so no cache may keep it.
fn send_page(page: &Asset, nonce: &str, is_traced: bool) -> Response {
    let headers = [(CONTENT_TYPE, page.kind), (CACHE_CONTROL, "no-store")];
    let page = filled(page.plain, NONCE, nonce);
    let page = filled(&page, TRACES, if is_traced { "on" } else { "off" });
    (headers, page).into_response()
}

/// The page with something in the place that it has for that.
fn filled(page: &[u8], place: &[u8], value: &str) -> Vec<u8> {
    match page.windows(place.len()).position(|it| it == place) {
        Some(at) => [&page[..at], value.as_bytes(), &page[at + place.len()..]].concat(),
        None => page.to_vec(),
    }
}

fn send(asset: &Asset, headers: &HeaderMap) -> Response {
    let accepts = |coding: &str| {
        headers
            .get(ACCEPT_ENCODING)
            .and_then(|it| it.to_str().ok())
            .is_some_and(|it| it.split(',').any(|it| is_accepted(it, coding)))
    };
    let (bytes, coding) = match (asset.brotli, asset.gzip) {
        (Some(brotli), _) if accepts("br") => (brotli, Some("br")),
        (_, Some(gzip)) if accepts("gzip") => (gzip, Some("gzip")),
        _ => (asset.plain, None),
    };
    let etag = match coding {
        Some(coding) => format!("\"{}-{coding}\"", asset.hash),
        None => format!("\"{}\"", asset.hash),
    };
    let is_known = headers
        .get(IF_NONE_MATCH)
        .and_then(|it| it.to_str().ok())
        .is_some_and(|it| it.split(',').any(|it| it.trim().trim_start_matches("W/") == etag));
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(bytes).into_response()
    };
    let caching = if asset.path.starts_with(IMMUTABLE_PREFIX) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let out = response.headers_mut();
    out.insert(CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    out.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    out.insert(VARY, HeaderValue::from_static("accept-encoding"));
    out.insert(ETAG, HeaderValue::from_str(&etag).expect("hexadecimal digits are a header"));
    if asset.kind.starts_with("text/css") {
        // Pages of Markdown are shown in frames of an opaque origin and have a style of ours.
        let policy = HeaderValue::from_static("cross-origin");
        out.insert("cross-origin-resource-policy", policy);
    }
    if let Some(coding) = coding.filter(|_| !is_known) {
        out.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}

/// Whether one item of `Accept-Encoding` names the coding and does not refuse it.
fn is_accepted(item: &str, coding: &str) -> bool {
    let (name, parameter) = item.split_once(';').unwrap_or((item, ""));
    let refused = matches!(parameter.replace(' ', "").as_str(), "q=0" | "q=0.0" | "q=0.00");
    name.trim().eq_ignore_ascii_case(coding) && !refused
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_sent_to_people_and_not_to_programs() {
        assert_eq!(status("/workspaces/ws_1", "text/html,*/*"), 200);
        assert_eq!(status("/enter/abc", "text/html"), 200);
        assert_eq!(status("/assets/gone.js", "*/*"), 404);
        assert_eq!(status("/api", "text/html"), 404);
        assert_eq!(status("/api/v1/nothing", "text/html"), 404);
        assert_eq!(status("/apis", "text/html"), 200);
    }

    #[test]
    fn a_known_file_is_not_sent_again_and_the_page_always() {
        let file = Asset {
            path: "/theme.js",
            kind: "text/javascript; charset=utf-8",
            hash: "1",
            plain: b"x",
            gzip: None,
            brotli: None,
        };
        let mut again = HeaderMap::new();
        again.insert(IF_NONE_MATCH, HeaderValue::from_static("\"1\""));
        assert_eq!(send(&file, &again).status(), 304);
        let page = serve(&request("/", "text/html"), "n", false);
        assert_eq!(page.headers()[CACHE_CONTROL], "no-store");
        assert!(!page.headers().contains_key(ETAG));
    }

    #[test]
    fn the_nonce_is_put_where_the_page_has_room_for_it() {
        assert_eq!(filled(b"<a nonce=\"STEAD_NONCE\">", NONCE, "abc"), b"<a nonce=\"abc\">");
        assert_eq!(filled(b"<a>", NONCE, "abc"), b"<a>");
    }

    #[test]
    fn codings_are_negotiated() {
        assert!(is_accepted(" gzip", "gzip") && is_accepted("GZIP;q=0.5", "gzip"));
        assert!(!is_accepted("gzip;q=0", "gzip") && !is_accepted("x-gzip", "gzip"));
    }

    fn request(path: &str, accept: &str) -> Request<Body> {
        Request::builder().uri(path).header(ACCEPT, accept).body(Body::empty()).unwrap()
    }

    fn status(path: &str, accept: &str) -> u16 {
        serve(&request(path, accept), "n", false).status().as_u16()
    }
}
