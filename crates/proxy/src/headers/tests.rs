//! Tables of what passes and what does not.

use super::*;
use crate::policy::{Origins, ResponsePolicy};
use http::{Request, Response};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

const PUBLIC: &str = "http://5173--abc.localhost:7832";

fn preview() -> Policy {
    Policy {
        host: HeaderValue::from_static("localhost:5173"),
        origins: Some(Arc::new(Origins {
            public: PUBLIC.to_owned(),
            public_prefix: String::new(),
            upstream: "http://localhost:5173".to_owned(),
            port: 5173,
        })),
        cookies: Cookies::OfTheApp,
        authorization: Authorization::OfTheApp,
        forwarded: Some(Forwarded {
            client: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)),
            proto: "http",
            host: Some(HeaderValue::from_static("localhost:5173")),
        }),
        set: Vec::new(),
        response: ResponsePolicy {
            set_cookies: SetCookies::HostOnly,
            frame_ancestors: Some(HeaderValue::from_static("frame-ancestors 'self'")),
            replace_csp: None,
        },
    }
}

fn kernel() -> Policy {
    Policy::kernel(vec![(
        HeaderName::from_static("stead-role"),
        HeaderValue::from_static("viewer"),
    )])
}

/// What an upstream sees of a request with these headers, sorted, one per line.
fn sent(policy: &Policy, lines: &[&str]) -> Vec<String> {
    let mut request = Request::builder().uri("/a?b");
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        request = request.header(name, value);
    }
    let (mut parts, ()) = request.body(()).unwrap().into_parts();
    prepare_request(&mut parts, policy).unwrap();
    shown(&parts.headers)
}

fn received(policy: &Policy, lines: &[&str]) -> Vec<String> {
    let mut response = Response::builder();
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        response = response.header(name, value);
    }
    let (mut parts, ()) = response.body(()).unwrap().into_parts();
    prepare_response(&mut parts, policy, None);
    shown(&parts.headers)
}

fn shown(headers: &HeaderMap) -> Vec<String> {
    let mut lines: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort();
    lines
}

const HOP_BY_HOP: [&str; 10] = [
    "Connection: keep-alive, X-Named",
    "X-Named: 1",
    "Keep-Alive: timeout=5",
    "Proxy-Connection: keep-alive",
    "Proxy-Authenticate: Basic",
    "Proxy-Authorization: Basic eA==",
    "TE: trailers, gzip",
    "Trailer: X-Sum",
    "Transfer-Encoding: chunked",
    "Upgrade: h2c",
];

// covers: S0.55
#[test]
fn hop_by_hop_headers_of_a_request_stay_here() {
    let expected = ["host: kernel", "stead-role: viewer", "x-app: 1"];
    let lines: Vec<&str> = HOP_BY_HOP.into_iter().chain(["X-App: 1"]).collect();
    assert_eq!(sent(&kernel(), &lines), expected);
}

// covers: S0.56
#[test]
fn hop_by_hop_headers_of_a_response_stay_here() {
    let lines: Vec<&str> = HOP_BY_HOP.into_iter().chain(["X-App: 1"]).collect();
    assert_eq!(received(&kernel(), &lines), ["x-app: 1"]);
}

// covers: S0.57
#[test]
fn what_a_client_claims_about_itself_is_replaced() {
    let claims = [
        "Host: 5173--abc.localhost:7832",
        "Stead-Role: owner",
        "Stead-Principal: usr_x",
        "X-Forwarded-For: 6.6.6.6",
        "X-Forwarded-Host: evil.org",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Port: 1",
        "Forwarded: for=6.6.6.6",
        "X-Real-IP: 6.6.6.6",
        "Via: 1.1 evil",
        "X_Forwarded_For: 6.6.6.6",
        "X-Forwarded_Proto: https",
        "Stead_Principal: root",
        "stead.role: owner",
        "X_Real_IP: 6.6.6.6",
        "Content_Length: 0",
    ];
    let expected = [
        "host: localhost:5173",
        "x-forwarded-for: 192.0.2.7",
        "x-forwarded-host: localhost:5173",
        "x-forwarded-proto: http",
    ];
    assert_eq!(sent(&preview(), &claims), expected);
    assert_eq!(sent(&kernel(), &claims), ["host: kernel", "stead-role: viewer"]);
}

#[test]
fn a_name_of_the_apps_own_may_have_any_character() {
    assert_eq!(sent(&kernel(), &["X_App: 1"]), ["host: kernel", "stead-role: viewer", "x_app: 1"]);
    let mut policy = kernel();
    policy.set = vec![(HeaderName::from_static("x-own"), HeaderValue::from_static("ours"))];
    assert_eq!(sent(&policy, &["X_Own: theirs"]), ["host: kernel", "x-own: ours"]);
}

#[test]
fn a_connection_header_cannot_remove_what_the_gateway_sets() {
    let lines =
        ["Connection: stead-role, host, content-length, x-forwarded-for", "Content-Length: 3"];
    assert_eq!(
        sent(&kernel(), &lines),
        ["content-length: 3", "host: kernel", "stead-role: viewer"]
    );
    assert!(sent(&preview(), &lines).contains(&"x-forwarded-for: 192.0.2.7".to_owned()));
}

// covers: S0.57
#[test]
fn credentials_of_the_platform_reach_no_upstream() {
    let fixed = [
        "host: localhost:5173",
        "x-forwarded-for: 192.0.2.7",
        "x-forwarded-host: localhost:5173",
        "x-forwarded-proto: http",
    ];
    for (line, passes) in [
        ("Authorization: Bearer stead_secret", false),
        ("Authorization: bearer   stead_secret", false),
        ("X-Api-Key: stead_secret", false),
        ("Cookie: stead_session=x", false),
        ("Sec-WebSocket-Protocol: bearer.stead_secret", false),
        ("Authorization: Bearer of.the.app", true),
        ("Authorization: Basic dTpw", true),
        ("X-Api-Key: app", true),
        ("Cookie: app=1", true),
        ("Sec-WebSocket-Protocol: vite-hmr, bearer.other", true),
    ] {
        let seen = sent(&preview(), &[line]);
        let rest: Vec<&String> = seen.iter().filter(|it| !fixed.contains(&it.as_str())).collect();
        assert_eq!(!rest.is_empty(), passes, "{line}: {rest:?}");
        let of_the_browser = !line.starts_with("Sec-");
        if of_the_browser {
            assert_eq!(sent(&kernel(), &[line]), ["host: kernel", "stead-role: viewer"], "{line}");
        }
    }
    let offered =
        ["Sec-WebSocket-Protocol: stead.v1, bearer.stead_secret", "Sec-WebSocket-Protocol: x"];
    assert!(sent(&kernel(), &offered).contains(&"sec-websocket-protocol: stead.v1, x".to_owned()));
}

#[test]
fn the_public_origin_becomes_the_apps_own_and_no_other_does() {
    for (line, seen) in [
        ("Origin: http://5173--abc.localhost:7832", "origin: http://localhost:5173"),
        ("Origin: http://evil.org", "origin: http://evil.org"),
        ("Origin: null", "origin: null"),
        ("Referer: http://5173--abc.localhost:7832/a?b", "referer: http://localhost:5173/a?b"),
    ] {
        assert!(sent(&preview(), &[line]).contains(&seen.to_owned()), "{line}");
    }
}

#[test]
fn an_app_may_be_framed_by_the_gateway_and_keeps_its_own_policy() {
    let lines = [
        "X-Frame-Options: DENY",
        "Content-Security-Policy: default-src 'self'; frame-ancestors 'none'",
        "Strict-Transport-Security: max-age=9",
        "Alt-Svc: h3=\":443\"",
        "Stead-Role: owner",
        "Clear-Site-Data: \"cookies\"",
        "Set-Cookie: a=1; Domain=localhost",
        "Set-Cookie: __Host-stead-preview=evil",
        "Location: http://127.0.0.1:5173/next",
    ];
    let expected = [
        "clear-site-data: \"cookies\"",
        "content-security-policy: default-src 'self'",
        "content-security-policy: frame-ancestors 'self'",
        "location: http://5173--abc.localhost:7832/next",
        "set-cookie: a=1",
    ];
    assert_eq!(received(&preview(), &lines), expected);
}

// covers: S0.57
#[test]
fn an_opaque_document_reaches_nothing_of_the_gateways_origin() {
    let mut policy = preview();
    policy.cookies = Cookies::Drop;
    policy.authorization = Authorization::Drop;
    policy.response = ResponsePolicy {
        set_cookies: SetCookies::Drop,
        frame_ancestors: None,
        replace_csp: Some(HeaderValue::from_static("sandbox")),
    };
    let lines = [
        "Content-Security-Policy: default-src *",
        "Content-Security-Policy: img-src *",
        "X-Frame-Options: DENY",
        "Set-Cookie: a=1",
        "Clear-Site-Data: \"cookies\"",
        "WWW-Authenticate: Basic",
        "Service-Worker-Allowed: /",
        "Content-Type: text/html",
    ];
    let expected = ["content-security-policy: sandbox", "content-type: text/html"];
    assert_eq!(received(&policy, &lines), expected);
}

#[test]
fn a_request_has_exactly_one_name() {
    use BadRequest::{AmbiguousHost, NoHost};
    for (uri, hosts, name) in [
        ("/", &["a.localhost:7832"][..], Ok("a.localhost:7832")),
        ("/", &["A.LocalHost"], Ok("a.localhost")),
        ("/", &["[::1]:7832"], Ok("[::1]:7832")),
        ("http://a.localhost/", &[], Ok("a.localhost")),
        ("http://a.localhost/", &["A.localhost"], Ok("a.localhost")),
        ("http://a.localhost/", &["b.localhost"], Err(AmbiguousHost)),
        ("/", &["a", "a"], Err(AmbiguousHost)),
        ("/", &["a, b"], Err(AmbiguousHost)),
        ("/", &["user@a"], Err(AmbiguousHost)),
        ("/", &["a/b"], Err(AmbiguousHost)),
        ("/", &[""], Err(NoHost)),
        ("/", &[], Err(NoHost)),
    ] {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(HOST, HeaderValue::from_static(host));
        }
        let got = authority(&uri.parse().unwrap(), &headers);
        assert_eq!(got.as_deref().map_err(|it| *it), name, "{uri} {hosts:?}");
    }
}

#[test]
fn only_a_clear_upgrade_is_one() {
    let check = |version, lines: &[(&'static str, &'static str)]| {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        upgrade(version, &headers).map(|it| it.map(|it| it.to_str().unwrap().to_owned()))
    };
    let socket = [("connection", "keep-alive, Upgrade"), ("upgrade", "websocket")];
    let twice = [("connection", "upgrade"), ("upgrade", "websocket"), ("upgrade", "x")];
    assert_eq!(check(Version::HTTP_11, &socket), Ok(Some("websocket".to_owned())));
    assert_eq!(check(Version::HTTP_10, &socket), Ok(None));
    assert_eq!(check(Version::HTTP_11, &socket[1..]), Ok(None));
    assert_eq!(check(Version::HTTP_11, &twice), Err(BadRequest::Upgrade));
    for hidden in ["h2c", "H2C", "TLS/1.2", "h2c, tls/1.0"] {
        assert_eq!(
            check(Version::HTTP_11, &[("connection", "upgrade"), ("upgrade", hidden)]),
            Ok(None)
        );
    }
}

#[test]
fn a_target_is_a_path() {
    for (method, uri, target) in [
        (Method::GET, "/a?b", Ok("/a?b")),
        (Method::GET, "http://evil.org/a", Ok("/a")),
        (Method::GET, "http://evil.org", Ok("/")),
        (Method::OPTIONS, "*", Ok("*")),
        (Method::GET, "*", Err(BadRequest::Target)),
        (Method::CONNECT, "evil.org:443", Err(BadRequest::Target)),
    ] {
        let got = origin_form(&method, &uri.parse().unwrap()).map(|it| it.to_string());
        assert_eq!(got.as_deref().map_err(|it| *it), target, "{method} {uri}");
    }
}

#[test]
fn framing_that_two_readers_could_read_differently_is_refused() {
    let request = Request::builder().header("Transfer-Encoding", "chunked");
    let request = request.header("Content-Length", "3").body(()).unwrap();
    let (mut parts, ()) = request.into_parts();
    assert_eq!(prepare_request(&mut parts, &kernel()), Err(BadRequest::Framing));
}

#[test]
fn the_upstreams_promise_is_read() {
    for (value, seconds) in
        [("timeout=5", Some(5)), ("max=9, timeout = 30", Some(30)), ("timeout=x", None), ("", None)]
    {
        let mut headers = HeaderMap::new();
        headers.insert("keep-alive", HeaderValue::from_static(value));
        assert_eq!(keep_alive_seconds(&headers), seconds, "{value}");
    }
}

const HOSTILE_NAMES: [&str; 19] = [
    "connection",
    "te",
    "upgrade",
    "transfer-encoding",
    "content-length",
    "host",
    "cookie",
    "authorization",
    "stead-role",
    "Stead-Principal",
    "x-forwarded-for",
    "x-forwarded-host",
    "forwarded",
    "keep-alive",
    "x-own",
    "origin",
    "referer",
    "sec-websocket-protocol",
    "via",
];

const HOSTILE_PIECES: [&str; 23] = [
    "close",
    ", ",
    "upgrade",
    "h2c",
    "websocket",
    "chunked",
    "stead-role",
    "x-own",
    "5",
    "__Host-stead-preview=",
    "stead_session=a",
    "; ",
    "a=b",
    "Bearer ",
    "stead_x",
    "bearer.",
    "http://5173--abc.localhost:7832",
    "localhost:5173",
    "127.0.0.1",
    "\u{e9}",
    "=",
    "\t",
    "*",
];

fn hostile_headers(noise: &mut stdx::noise::Noise) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for _ in 0..noise.below(9) {
        let name = HeaderName::from_bytes(noise.pick(&HOSTILE_NAMES).as_bytes()).unwrap();
        if let Ok(value) = HeaderValue::from_bytes(noise.text(&HOSTILE_PIECES, 6).as_bytes()) {
            headers.append(name, value);
        }
    }
    headers
}

/// What must hold of every header that reaches an upstream.
fn check_forwarded(name: &str, value: &HeaderValue, policy: &Policy) {
    let text = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
    let own = policy.set.iter().any(|it| it.0.as_str() == name) || name.starts_with("x-forwarded-");
    assert!(own || !name.starts_with("stead-"), "{name}");
    assert!(!["te", "keep-alive", "proxy-connection"].contains(&name), "{name}");
    match name {
        "cookie" => {
            let mut names = text.split(';').filter_map(|it| it.split('=').next());
            assert!(!names.any(is_platform_cookie), "{text}");
        }
        "authorization" => assert!(!text.contains("bearer stead_"), "{text}"),
        "sec-websocket-protocol" => {
            assert!(!text.split(',').any(|it| it.trim().starts_with("bearer.stead_")), "{text}");
        }
        _ => {}
    }
}

#[test]
fn no_header_of_a_hostile_client_passes_that_must_not() {
    for seed in 0..10_000 {
        let headers = hostile_headers(&mut stdx::noise::Noise::new(seed));
        if let Ok(name) = authority(&Uri::from_static("/"), &headers) {
            let plain = |it: u8| it.is_ascii_alphanumeric() || b"-._:[]".contains(&it);
            assert!(!name.is_empty() && name.bytes().all(plain), "{name}");
        }
        for policy in [preview(), kernel()] {
            let mut parts = Request::new(()).into_parts().0;
            parts.headers = headers.clone();
            let Ok(upgrade) = prepare_request(&mut parts, &policy) else { continue };
            assert_eq!(parts.headers.get_all(HOST).iter().count(), 1, "seed {seed}");
            assert_eq!(parts.headers[HOST], policy.host, "seed {seed}");
            parts.headers.iter().for_each(|it| check_forwarded(it.0.as_str(), it.1, &policy));
            let asked = upgrade.map(|it| it.to_str().unwrap().to_ascii_lowercase());
            assert!(!asked.is_some_and(|it| it.split(", ").any(|it| it == "h2c")), "seed {seed}");
        }
        let mut response = Response::new(()).into_parts().0;
        response.headers = headers;
        prepare_response(&mut response, &preview(), None);
        assert!(response.headers.keys().all(|it| !is_hop_by_hop(it.as_str())), "seed {seed}");
    }
}
