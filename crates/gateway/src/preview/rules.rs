//! What passes between a browser and an app: the two policies for the forwarder.

use crate::app::App;
use crate::identity::origin::OwnOrigin;
use http::HeaderValue;
use proxy::{Authorization, Cookies, Forwarded, Origins, Policy, ResponsePolicy, SetCookies};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// What documents below a path may do. Without `allow-same-origin` their origin is opaque: they
/// read nothing of the gateway's and send none of its cookies.
const SANDBOX: &str = "sandbox allow-scripts allow-forms allow-popups allow-modals \
                       allow-downloads; frame-ancestors 'self'";

/// Faces remembered at once: one for each app that somebody looks at.
const FACES_MAX: usize = 4096;

/// Faces of apps by the host names of their origins.
#[derive(Debug, Default)]
pub(super) struct Faces {
    known: Mutex<HashMap<String, Arc<Face>>>,
}

/// What the requests to one origin have in common.
#[derive(Debug)]
struct Face {
    origin: OwnOrigin,
    port: u16,
    host: HeaderValue,
    origins: Arc<Origins>,
    frame_ancestors: Option<HeaderValue>,
}

impl Faces {
    fn face(&self, app: &App, origin: &OwnOrigin, port: u16) -> Arc<Face> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(face) = known.get(&origin.host)
            && face.origin == *origin
            && face.port == port
        {
            return Arc::clone(face);
        }
        if FACES_MAX <= known.len() {
            known.clear();
        }
        let ancestors = format!("frame-ancestors 'self' {}", framers(app, origin));
        let face = Arc::new(Face {
            origin: origin.clone(),
            port,
            host: local_host(port),
            origins: Arc::new(origins(origin.text(), String::new(), port)),
            frame_ancestors: HeaderValue::from_str(&ancestors).ok(),
        });
        known.insert(origin.host.clone(), Arc::clone(&face));
        face
    }
}

/// For an origin of the app's own.
pub(super) fn own_origin(app: &App, origin: &OwnOrigin, client: IpAddr, port: u16) -> Policy {
    let face = app.previews.faces.face(app, origin, port);
    Policy {
        cookies: Cookies::OfTheApp,
        authorization: Authorization::OfTheApp,
        response: ResponsePolicy {
            set_cookies: if keeps_secure_cookies(origin) {
                SetCookies::Framed
            } else {
                SetCookies::HostOnly
            },
            frame_ancestors: face.frame_ancestors.clone(),
            replace_csp: None,
        },
        ..presented_as_local(face.host.clone(), Arc::clone(&face.origins), client)
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
        ..presented_as_local(
            local_host(port),
            Arc::new(origins(origin.text(), prefix.to_owned(), port)),
            client,
        )
    }
}

/// Everything an app is told fits together: it is asked for at `http://localhost:<port>`, by pages
/// of that origin.
fn presented_as_local(host: HeaderValue, origins: Arc<Origins>, client: IpAddr) -> Policy {
    Policy {
        host: host.clone(),
        origins: Some(origins),
        forwarded: Some(Forwarded { client, proto: "http", host: Some(host) }),
        ..Policy::kernel(Vec::new())
    }
}

fn local_host(port: u16) -> HeaderValue {
    HeaderValue::from_str(&format!("localhost:{port}")).expect("digits are a header")
}

fn origins(public: String, public_prefix: String, port: u16) -> Origins {
    Origins { public, public_prefix, upstream: format!("http://localhost:{port}"), port }
}

/// Whether browsers keep `Secure` cookies of this origin.
fn keeps_secure_cookies(origin: &OwnOrigin) -> bool {
    origin.secure || origin.host == "localhost" || origin.host.ends_with(".localhost")
}

/// The gateway's own origin, for a client that came to `origin`.
pub(crate) fn gateway(app: &App, origin: &OwnOrigin) -> String {
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
