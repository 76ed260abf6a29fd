//! What may pass between a browser and an upstream: plain values that [`crate::headers`] obeys.

use http::header::{HeaderName, HeaderValue};
use std::net::IpAddr;
use std::sync::Arc;

/// What happens to the headers of one request and of its response.
///
/// Removed whatever a policy says: hop-by-hop headers and those named in `Connection`, `stead-*`,
/// and every header by which a proxy speaks of the client (`X-Forwarded-*`, `Forwarded`,
/// `X-Real-IP`, `Via`).
#[derive(Clone, Debug)]
pub struct Policy {
    /// `Host` that the upstream sees.
    pub host: HeaderValue,
    /// Translation between the public origin and the upstream's own idea of it.
    pub origins: Option<Arc<Origins>>,
    pub cookies: Cookies,
    pub authorization: Authorization,
    /// What the upstream is told of the client; nothing when absent.
    pub forwarded: Option<Forwarded>,
    /// Set on the request after everything else; whatever came under these names is gone.
    pub set: Vec<(HeaderName, HeaderValue)>,
    pub response: ResponsePolicy,
}

/// One origin under two names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origins {
    /// As browsers know it, without a final slash: `http://5173--abc.localhost:7832`.
    pub public: String,
    /// What comes before the upstream's paths in public paths: empty, or `/a/b` without a final
    /// slash.
    pub public_prefix: String,
    /// As the upstream knows itself: `http://localhost:5173`.
    pub upstream: String,
    /// Port of the upstream; absolute redirects to it on any loopback name are made public.
    pub port: u16,
}

/// Which request cookies pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookies {
    /// None.
    Drop,
    /// All but the platform's own ([`crate::headers::is_platform_cookie`]).
    OfTheApp,
}

/// Whether `Authorization` and `X-Api-Key` pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authorization {
    /// Never.
    Drop,
    /// Unless it is a token of the platform (`Bearer stead_…`).
    OfTheApp,
}

/// What an upstream is told of the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forwarded {
    /// `X-Forwarded-For`; the gateway's own view, never the client's word.
    pub client: IpAddr,
    /// `X-Forwarded-Proto`: `http` or `https`.
    pub proto: &'static str,
    /// `X-Forwarded-Host`, when the upstream should know its public name.
    pub host: Option<HeaderValue>,
}

/// What happens to a response beyond hop-by-hop hygiene.
#[derive(Clone, Debug)]
pub struct ResponsePolicy {
    pub set_cookies: SetCookies,
    /// Who may frame the app: a complete `Content-Security-Policy` value that holds nothing but
    /// `frame-ancestors`. The app's `X-Frame-Options` and its own `frame-ancestors` are removed.
    pub frame_ancestors: Option<HeaderValue>,
    /// Takes the place of the app's `Content-Security-Policy` altogether.
    pub replace_csp: Option<HeaderValue>,
}

/// Which `Set-Cookie` headers of a response pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetCookies {
    /// None.
    Drop,
    /// All but those under the platform's names; `Domain` attributes are removed, so that a cookie
    /// stays on the origin that set it.
    HostOnly,
    /// The same, and each is made `Secure; SameSite=None; Partitioned`, so that a browser keeps it
    /// in a frame on another site. A partitioned cookie is sent only below the page it was set
    /// under, so this opens nothing that `Lax` would close.
    Framed,
}

impl Policy {
    /// For API calls to a kernel: no credential of the browser passes, `set` says who is calling.
    pub fn kernel(set: Vec<(HeaderName, HeaderValue)>) -> Self {
        Self {
            host: HeaderValue::from_static("kernel"),
            origins: None,
            cookies: Cookies::Drop,
            authorization: Authorization::Drop,
            forwarded: None,
            set,
            response: ResponsePolicy {
                set_cookies: SetCookies::Drop,
                frame_ancestors: None,
                replace_csp: None,
            },
        }
    }
}
