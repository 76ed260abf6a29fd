//! The web application: files that were embedded when the gateway was built.

use crate::identity::origin::{LABEL, OwnOrigin};
use crate::reply;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use protocol::{ErrorCode, WireError};

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Files below this path have their hash in their name and never change.
const IMMUTABLE_PREFIX: &str = "/assets/";
/// Paths of the API and of previews: what is unknown below them is no page of the application.
const API_PREFIXES: [&str; 3] = ["/api", "/indexes", "/preview"];

/// One embedded file.
struct Asset {
    path: &'static str,
    kind: &'static str,
    hash: &'static str,
    plain: &'static [u8],
    gzip: Option<&'static [u8]>,
    brotli: Option<&'static [u8]>,
}

/// Answers a path that the policy does not know.
pub(crate) fn serve(request: &Request<Body>) -> Response {
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
    if let Some(asset) = asset(path) {
        return send(asset, headers);
    }
    match asset("/index.html") {
        Some(page) if is_navigation(headers) => send(page, headers),
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

/// What the application's pages may do and who may frame them.
///
/// Styles allow `unsafe-inline`: the terminal and the editor write their own `<style>` elements and
/// take no nonce for all of them. Scripts do not.
pub(crate) fn secure_page(
    headers: &mut HeaderMap,
    origin: &OwnOrigin,
    preview_origin: Option<&str>,
) {
    let own = origin.text();
    let socket = own.replacen("http", "ws", 1);
    let previews = preview_origin.map(|it| it.replace(LABEL, "*")).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self' data:; \
         connect-src 'self' {socket}; frame-src 'self' blob: {previews}; worker-src 'self' blob:; \
         manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    set(headers, "content-security-policy", &policy);
    set(headers, "cross-origin-opener-policy", "same-origin");
    let permissions = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
    set(headers, "permissions-policy", permissions);
    secure_any(headers);
}

/// What holds for answers of the API: never a document that runs something on this origin, whatever
/// the type of a workspace's file.
pub(crate) fn secure_data(headers: &mut HeaderMap) {
    set(headers, "content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox");
    secure_any(headers);
}

fn secure_any(headers: &mut HeaderMap) {
    set(headers, "x-content-type-options", "nosniff");
    set(headers, "referrer-policy", "no-referrer");
    let policy = HeaderValue::from_static("same-origin");
    headers.entry("cross-origin-resource-policy").or_insert(policy);
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

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
    fn a_known_page_is_not_sent_again() {
        let first = serve(&request("/", "text/html"));
        assert_eq!(first.headers()[CACHE_CONTROL], "no-cache");
        let mut again = request("/", "text/html");
        again.headers_mut().insert(IF_NONE_MATCH, first.headers()[ETAG].clone());
        assert_eq!(serve(&again).status(), 304);
    }

    #[test]
    fn codings_are_negotiated() {
        assert!(is_accepted(" gzip", "gzip") && is_accepted("GZIP;q=0.5", "gzip"));
        assert!(!is_accepted("gzip;q=0", "gzip") && !is_accepted("x-gzip", "gzip"));
    }

    #[test]
    fn pages_frame_previews_and_nobody_frames_them() {
        let origin = OwnOrigin { secure: false, host: "localhost".into(), port: Some(7832) };
        let mut headers = HeaderMap::new();
        secure_page(&mut headers, &origin, Some("http://{label}.localhost:7832"));
        expect!["default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self' data:; connect-src 'self' ws://localhost:7832; frame-src 'self' blob: http://*.localhost:7832; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"]
            .assert_eq(headers["content-security-policy"].to_str().unwrap());
    }

    fn request(path: &str, accept: &str) -> Request<Body> {
        Request::builder().uri(path).header(ACCEPT, accept).body(Body::empty()).unwrap()
    }

    fn status(path: &str, accept: &str) -> u16 {
        serve(&request(path, accept)).status().as_u16()
    }
}
