//! Header hygiene: pure functions over header maps, no IO.
//!
//! What a [`Policy`] leaves open is decided by it; what no policy may let pass is removed here for
//! every request and every response.

pub mod cookies;
pub mod csp;
pub mod url;

use crate::forward::BadRequest;
use crate::policy::{Authorization, Cookies, Forwarded, Policy, SetCookies};
use http::header::{
    self, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, COOKIE, HOST,
    LOCATION, ORIGIN, REFERER, SEC_WEBSOCKET_PROTOCOL, SET_COOKIE, TRANSFER_ENCODING, UPGRADE,
    X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, Version};
use protocol::header::RESERVED_PREFIX;
use std::borrow::Cow;

pub use cookies::is_platform_cookie;

/// Every token of the platform starts like this, after `Bearer ` or as `bearer.` sub-protocol.
pub const TOKEN_PREFIX: &str = "stead_";

/// What `Connection` may name and must stay: the framing is the proxy's business alone.
const FRAMING: [HeaderName; 1] = [CONTENT_LENGTH];

// As constants, because a name that is given as text is copied for each request.
const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Proxies' claims about the client. The gateway makes its own.
const CLAIMS: [&str; 9] = [
    "forwarded",
    "x-real-ip",
    "via",
    "x-client-ip",
    "x-cluster-client-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "x-original-url",
    "x-rewrite-url",
];

/// Promises about a whole host name that an app must not make for the gateway's.
const HOST_PROMISES: [&str; 4] =
    ["strict-transport-security", "public-key-pins", "expect-ct", "alt-svc"];

/// What would reach beyond an opaque document into the gateway's own origin.
const ORIGIN_WIDE: [&str; 10] = [
    "clear-site-data",
    "www-authenticate",
    "service-worker-allowed",
    "report-to",
    "reporting-endpoints",
    "nel",
    "origin-agent-cluster",
    "accept-ch",
    "content-security-policy-report-only",
    "refresh",
];

/// Whether a header is meant for one connection only (RFC 9110 7.6.1 and its elders).
pub fn is_hop_by_hop(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "keep-alive"
            | "proxy-connection"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "proxy-authentication-info"
            | "te"
            | "trailer"
            | "trailers"
            | "transfer-encoding"
            | "upgrade"
            | "http2-settings"
    )
}

/// Removes what belongs to one connection, what `Connection` names, what is reserved, and what is
/// `doomed` besides: one pass, because every request comes by here.
///
/// Gateways of apps (CGI, WSGI, Rack, PHP) make `X_FORWARDED_FOR` of `x-forwarded-for` and of
/// `x_forwarded_for`, so a name is judged as the one it would be taken for.
fn remove_always(headers: &mut HeaderMap, doomed: impl Fn(&str) -> bool) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|it| it.to_str().ok())
        .flat_map(|it| it.split(','))
        .filter_map(|it| HeaderName::from_bytes(it.trim().as_bytes()).ok())
        .filter(|it| !is_hop_by_hop(it.as_str()) && !FRAMING.contains(it))
        .collect();
    for name in named {
        headers.remove(name);
    }
    remove_where(headers, |name| {
        let read = as_read(name.as_str());
        let is_alias = read != name.as_str();
        is_hop_by_hop(&read)
            || read.starts_with(RESERVED_PREFIX)
            || doomed(&read)
            || (is_alias && read == CONTENT_LENGTH.as_str())
    });
}

/// A header's name as it is taken where only letters and digits count.
fn as_read(name: &str) -> Cow<'_, str> {
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || it == b'-';
    if name.bytes().all(is_plain) {
        return name.into();
    }
    name.replace(|it: char| !it.is_ascii_alphanumeric(), "-").into()
}

fn remove_where(headers: &mut HeaderMap, doomed: impl Fn(&HeaderName) -> bool) {
    let names: Vec<HeaderName> = headers.keys().filter(|it| doomed(it)).cloned().collect();
    for name in names {
        headers.remove(name);
    }
}

/// The name under which a request reaches us: `:authority` or `Host`, with its port if it has one.
///
/// Refuses what two readers could read differently: no name, two names, or a target that
/// contradicts `Host`.
pub fn authority(uri: &Uri, headers: &HeaderMap) -> Result<String, BadRequest> {
    let mut hosts = headers.get_all(HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (_, Some(_)) => return Err(BadRequest::AmbiguousHost),
        (Some(host), None) => Some(host.to_str().map_err(|_| BadRequest::AmbiguousHost)?),
        (None, None) => None,
    };
    let target = uri.authority().map(http::uri::Authority::as_str);
    let name = match (target, host) {
        (None, None) => return Err(BadRequest::NoHost),
        (Some(target), Some(host)) if !target.eq_ignore_ascii_case(host) => {
            return Err(BadRequest::AmbiguousHost);
        }
        (Some(name), _) | (None, Some(name)) => name,
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    if name.is_empty() {
        return Err(BadRequest::NoHost);
    }
    if !name.bytes().all(plain) {
        return Err(BadRequest::AmbiguousHost);
    }
    Ok(name.to_ascii_lowercase())
}

/// What a request asks to switch to, if it may: the value of `Upgrade` without protocols that
/// would let later requests pass unseen (`h2c`, TLS).
pub fn upgrade(version: Version, headers: &HeaderMap) -> Result<Option<HeaderValue>, BadRequest> {
    let mut values = headers.get_all(UPGRADE).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if version != Version::HTTP_11 || !connection_names(headers, "upgrade") {
        return Ok(None);
    }
    if values.next().is_some() {
        return Err(BadRequest::Upgrade);
    }
    let text = value.to_str().map_err(|_| BadRequest::Upgrade)?;
    let hidden = |token: &str| {
        let token = token.to_ascii_lowercase();
        token == "h2c" || token.starts_with("h2c/") || token.starts_with("tls/")
    };
    let tokens: Vec<&str> =
        text.split(',').map(str::trim).filter(|it| !it.is_empty() && !hidden(it)).collect();
    if tokens.is_empty() {
        return Ok(None);
    }
    HeaderValue::from_str(&tokens.join(", ")).map(Some).map_err(|_| BadRequest::Upgrade)
}

fn connection_names(headers: &HeaderMap, token: &str) -> bool {
    headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|it| it.to_str().ok())
        .flat_map(|it| it.split(','))
        .any(|it| it.trim().eq_ignore_ascii_case(token))
}

/// Whether chunks are the only coding of the body. Another one would be taken off nowhere, and its
/// name goes no further.
fn check_codings(headers: &HeaderMap) -> Result<(), BadRequest> {
    let values = headers.get_all(TRANSFER_ENCODING).iter();
    let codings = values.flat_map(|it| it.as_bytes().split(|byte| *byte == b','));
    let chunked: Vec<bool> =
        codings.map(|it| it.trim_ascii().eq_ignore_ascii_case(b"chunked")).collect();
    match chunked.as_slice() {
        [] | [true] => Ok(()),
        // Chunks in something, or in chunks: nobody can say where that ends.
        [true, ..] => Err(BadRequest::Framing),
        [false, ..] => Err(BadRequest::Coding),
    }
}

/// Makes a request fit for an upstream. Returns what it asks to switch to, if anything.
pub fn prepare_request(
    parts: &mut http::request::Parts,
    policy: &Policy,
) -> Result<Option<HeaderValue>, BadRequest> {
    if parts.headers.contains_key(TRANSFER_ENCODING) && parts.headers.contains_key(CONTENT_LENGTH) {
        return Err(BadRequest::Framing);
    }
    check_codings(&parts.headers)?;
    parts.uri = origin_form(&parts.method, &parts.uri)?;
    let upgrade = upgrade(parts.version, &parts.headers)?;
    parts.version = Version::HTTP_11;
    let headers = &mut parts.headers;
    remove_always(headers, |name| {
        name.starts_with("x-forwarded-")
            || CLAIMS.contains(&name)
            || policy.set.iter().any(|it| it.0 == name)
    });
    // The server answers `100-continue` itself as soon as the body is asked for.
    headers.remove(header::EXPECT);
    filter_credentials(headers, policy);
    rewrite_origin(headers, policy);
    headers.insert(HOST, policy.host.clone());
    if let Some(forwarded) = &policy.forwarded {
        set_forwarded(headers, forwarded);
    }
    for (name, value) in &policy.set {
        headers.insert(name.clone(), value.clone());
    }
    if let Some(tokens) = &upgrade {
        set_upgrade(headers, tokens.clone());
    }
    Ok(upgrade)
}

fn set_upgrade(headers: &mut HeaderMap, tokens: HeaderValue) {
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, tokens);
}

/// The target without scheme and host, which only `Host` names upstream.
fn origin_form(method: &Method, uri: &Uri) -> Result<Uri, BadRequest> {
    let target = uri.path_and_query().ok_or(BadRequest::Target)?;
    let fits = target.as_str().starts_with('/')
        || (method == Method::OPTIONS && target.as_str() == "*")
        || target.as_str().starts_with('?');
    if method == Method::CONNECT || !fits {
        return Err(BadRequest::Target);
    }
    if uri.authority().is_none() && uri.scheme().is_none() {
        return Ok(uri.clone());
    }
    Ok(Uri::from(target.clone()))
}

fn filter_credentials(headers: &mut HeaderMap, policy: &Policy) {
    match policy.cookies {
        Cookies::Drop => {
            headers.remove(COOKIE);
        }
        Cookies::OfTheApp => cookies::filter_request(headers),
    }
    match policy.authorization {
        Authorization::Drop => {
            headers.remove(AUTHORIZATION);
            headers.remove(X_API_KEY);
        }
        Authorization::OfTheApp => {
            let ours =
                |name: HeaderName| headers.get_all(name).iter().any(|it| has_token(it.as_bytes()));
            if ours(AUTHORIZATION) {
                headers.remove(AUTHORIZATION);
            }
            if headers.get_all(X_API_KEY).iter().any(|it| has_token(it.as_bytes())) {
                headers.remove(X_API_KEY);
            }
        }
    }
    remove_token_protocol(headers);
}

/// Whether a credential is one of the platform's: `stead_…`, after any scheme.
fn has_token(value: &[u8]) -> bool {
    value
        .split(|byte| byte.is_ascii_whitespace() || *byte == b',')
        .any(|word| word.len() >= TOKEN_PREFIX.len() && word.starts_with(TOKEN_PREFIX.as_bytes()))
}

/// Programs may bring their token as WebSocket sub-protocol `bearer.stead_…`; upstreams must not
/// see it.
fn remove_token_protocol(headers: &mut HeaderMap) {
    let ours = |it: &str| {
        it.trim()
            .to_ascii_lowercase()
            .strip_prefix("bearer.")
            .is_some_and(|it| it.starts_with(TOKEN_PREFIX))
    };
    let offered = || {
        headers
            .get_all(SEC_WEBSOCKET_PROTOCOL)
            .iter()
            .filter_map(|it| it.to_str().ok())
            .flat_map(|it| it.split(','))
    };
    if !offered().any(ours) {
        return;
    }
    let kept: Vec<&str> = offered().map(str::trim).filter(|it| !ours(it)).collect();
    let kept = HeaderValue::from_str(&kept.join(", ")).ok().filter(|it| !it.is_empty());
    headers.remove(SEC_WEBSOCKET_PROTOCOL);
    if let Some(kept) = kept {
        headers.insert(SEC_WEBSOCKET_PROTOCOL, kept);
    }
}

/// Presents the app's own idea of its origin wherever the browser named the public one.
fn rewrite_origin(headers: &mut HeaderMap, policy: &Policy) {
    let Some(origins) = &policy.origins else { return };
    for name in [ORIGIN, REFERER] {
        let value = headers.get(&name).and_then(|it| it.to_str().ok());
        let Some(rewritten) = value.and_then(|it| origins.to_upstream(it)) else { continue };
        if let Ok(value) = HeaderValue::from_str(&rewritten) {
            headers.insert(name, value);
        }
    }
}

fn set_forwarded(headers: &mut HeaderMap, forwarded: &Forwarded) {
    if let Ok(client) = HeaderValue::from_str(&forwarded.client.to_string()) {
        headers.insert(X_FORWARDED_FOR, client);
    }
    headers.insert(X_FORWARDED_PROTO, HeaderValue::from_static(forwarded.proto));
    if let Some(host) = &forwarded.host {
        headers.insert(X_FORWARDED_HOST, host.clone());
    }
}

/// Makes a response fit for a browser. `switched` is what was agreed on with status 101.
pub fn prepare_response(
    parts: &mut http::response::Parts,
    policy: &Policy,
    switched: Option<HeaderValue>,
) {
    parts.version = Version::HTTP_11;
    let rules = &policy.response;
    let headers = &mut parts.headers;
    let is_app = policy.origins.is_some();
    // The body was read as the coding says (RFC 9112 6.3); the length would cut it short.
    if headers.contains_key(TRANSFER_ENCODING) {
        headers.remove(CONTENT_LENGTH);
    }
    remove_always(headers, |name| is_app && HOST_PROMISES.contains(&name));
    match rules.set_cookies {
        SetCookies::Drop => {
            headers.remove(SET_COOKIE);
        }
        SetCookies::HostOnly => cookies::filter_response(headers, false),
        SetCookies::Framed => cookies::filter_response(headers, true),
    }
    if let Some(origins) = &policy.origins {
        let location = headers.get(LOCATION).and_then(|it| it.to_str().ok());
        if let Some(rewritten) = location.and_then(|it| origins.to_public(it))
            && let Ok(value) = HeaderValue::from_str(&rewritten)
        {
            headers.insert(LOCATION, value);
        }
    }
    if let Some(ancestors) = &rules.frame_ancestors {
        headers.remove(X_FRAME_OPTIONS);
        csp::remove_frame_ancestors(headers);
        headers.append(CONTENT_SECURITY_POLICY, ancestors.clone());
    }
    if let Some(csp) = &rules.replace_csp {
        headers.remove(X_FRAME_OPTIONS);
        headers.insert(CONTENT_SECURITY_POLICY, csp.clone());
        remove_where(headers, |name| ORIGIN_WIDE.contains(&name.as_str()));
    }
    if let Some(tokens) = switched.filter(|_| parts.status == StatusCode::SWITCHING_PROTOCOLS) {
        set_upgrade(headers, tokens);
    }
}

/// How long an upstream promises to keep an idle connection (`Keep-Alive: timeout=5`), in seconds.
pub(crate) fn keep_alive_seconds(headers: &HeaderMap) -> Option<u64> {
    let value = headers.get("keep-alive")?.to_str().ok()?;
    value.split(',').find_map(|it| {
        let (name, seconds) = it.split_once('=')?;
        name.trim().eq_ignore_ascii_case("timeout").then(|| seconds.trim().parse().ok())?
    })
}

#[cfg(test)]
mod tests;
