//! What passes between a browser and an app: the two policies for the forwarder.

use crate::app::App;
use crate::identity::origin::OwnOrigin;
use http::HeaderValue;
use proxy::{Authorization, Cookies, Forwarded, Origins, Policy, ResponsePolicy, SetCookies};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// What documents below a path may do. Without `allow-same-origin` their origin is opaque: they
/// read nothing of the gateway's and send none of its cookies.
const SANDBOX: &str = "sandbox allow-scripts allow-forms allow-popups allow-modals \
                       allow-downloads; frame-ancestors 'self'";

/// For an origin of the app's own.
pub(super) fn own_origin(app: &App, origin: &OwnOrigin, client: IpAddr, port: u16) -> Policy {
    let ancestors = format!("frame-ancestors 'self' {}", framers(app, origin));
    Policy {
        cookies: Cookies::OfTheApp,
        authorization: Authorization::OfTheApp,
        response: ResponsePolicy {
            set_cookies: if keeps_secure_cookies(origin) {
                SetCookies::Framed
            } else {
                SetCookies::HostOnly
            },
            frame_ancestors: HeaderValue::from_str(&ancestors).ok(),
            replace_csp: None,
        },
        ..presented_as_local((origin.text(), String::new()), client, port)
    }
}

/// For the path routes: an opaque origin, and nothing of the gateway's or for the gateway.
pub(super) fn below_path(origin: &OwnOrigin, prefix: &str, client: IpAddr, port: u16) -> Policy {
    Policy {
        cookies: Cookies::Drop,
        authorization: Authorization::Drop,
        response: ResponsePolicy {
            set_cookies: SetCookies::Drop,
            frame_ancestors: None,
            replace_csp: Some(HeaderValue::from_static(SANDBOX)),
        },
        ..presented_as_local((origin.text(), prefix.to_owned()), client, port)
    }
}

/// Everything an app is told fits together: it is asked for at `http://localhost:<port>`, by pages
/// of that origin.
fn presented_as_local(
    (public, public_prefix): (String, String),
    client: IpAddr,
    port: u16,
) -> Policy {
    let host = HeaderValue::from_str(&format!("localhost:{port}")).expect("digits are a header");
    let origins =
        Origins { public, public_prefix, upstream: format!("http://localhost:{port}"), port };
    Policy {
        host: host.clone(),
        origins: Some(Arc::new(origins)),
        forwarded: Some(Forwarded { client, proto: "http", host: Some(host) }),
        ..Policy::kernel(Vec::new())
    }
}

/// Whether browsers keep `Secure` cookies of this origin.
fn keeps_secure_cookies(origin: &OwnOrigin) -> bool {
    origin.secure || origin.host == "localhost" || origin.host.ends_with(".localhost")
}

/// The gateway's own origin, for a client that came to `origin`.
pub(super) fn gateway(app: &App, origin: &OwnOrigin) -> String {
    let port = origin.port.unwrap_or(if origin.secure { 443 } else { 80 });
    app.names.link_origin(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

/// The origins whose pages may frame a preview, as sources of `frame-ancestors`.
pub(super) fn framers(app: &App, origin: &OwnOrigin) -> String {
    let gateway = gateway(app, origin);
    let is_local = origin.host == "localhost" || origin.host.ends_with(".localhost");
    if !is_local {
        return gateway;
    }
    let scheme = if origin.secure { "https" } else { "http" };
    let port = origin.port.map(|it| format!(":{it}")).unwrap_or_default();
    let mut all = vec![gateway];
    for host in ["localhost", "127.0.0.1"] {
        let name = format!("{scheme}://{host}{port}");
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all.join(" ")
}
