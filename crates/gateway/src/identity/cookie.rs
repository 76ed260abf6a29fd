//! The cookies of the gateway's own origin: one keeps a browser signed in, one tells that it was.
//!
//! Browsers share cookies between the ports of a host. The port is therefore in the name wherever
//! it is not the scheme's own, so that two Steads on one machine do not sign each other out.

use super::LOGIN_LIFETIME_MS;
use super::origin::OwnOrigin;
use http::HeaderMap;
use http::header::COOKIE;
use std::fmt::Write;

/// How long a browser is remembered as one in which somebody was signed in, in seconds. Browsers
/// keep no cookie for longer.
const DEVICE_LIFETIME_S: u64 = 400 * 24 * 60 * 60;

/// How long a browser may be on its way to a provider and back, in seconds.
pub(crate) const ON_THE_WAY_LIFETIME_S: u64 = 10 * 60;

/// Name of the cookie that signs in.
pub(crate) fn session(origin: &OwnOrigin) -> String {
    name(origin, "session")
}

/// Name of the cookie of a browser in which somebody was signed in before.
pub(crate) fn device(origin: &OwnOrigin) -> String {
    name(origin, "device")
}

/// Name of the cookie of a browser that was sent to a provider.
pub(crate) fn on_the_way(origin: &OwnOrigin) -> String {
    name(origin, "oidc")
}

/// Under TLS its prefix makes browsers refuse one that a subdomain or a plain page sets.
fn name(origin: &OwnOrigin, what: &str) -> String {
    let mut name =
        if origin.secure { format!("__Host-stead-{what}") } else { format!("stead_{what}") };
    if let Some(port) = origin.odd_port() {
        write!(name, "_{port}").expect("a string takes everything");
    }
    name
}

/// A `Set-Cookie` value that signs in.
pub(crate) fn set_session(secret: &str, origin: &OwnOrigin) -> String {
    set(&session(origin), secret, LOGIN_LIFETIME_MS / 1000, origin)
}

/// A `Set-Cookie` value that signs out.
pub(crate) fn clear_session(origin: &OwnOrigin) -> String {
    set(&session(origin), "", 0, origin)
}

/// A `Set-Cookie` value that remembers the browser.
pub(crate) fn set_device(value: &str, origin: &OwnOrigin) -> String {
    set(&device(origin), value, DEVICE_LIFETIME_S, origin)
}

/// A `Set-Cookie` value by which a browser that was sent to a provider is known when it is back.
pub(crate) fn set_on_the_way(value: &str, origin: &OwnOrigin) -> String {
    set(&on_the_way(origin), value, ON_THE_WAY_LIFETIME_S, origin)
}

/// `Lax`: links from elsewhere, such as the way back from a provider, carry it; requests of other
/// pages do not.
fn set(name: &str, value: &str, seconds: u64, origin: &OwnOrigin) -> String {
    let secure = if origin.secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

/// The values of every cookie called `name` that a request brings.
pub(crate) fn values<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|it| it.to_str().ok())
        .flat_map(|it| it.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(move |(key, _)| *key == name)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn origin(secure: bool, port: Option<u16>) -> OwnOrigin {
        OwnOrigin { secure, host: "localhost".into(), port }
    }

    #[test]
    fn flags_keep_scripts_and_other_sites_away() {
        expect!["stead_session=abc; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax"]
            .assert_eq(&set_session("abc", &origin(false, None)));
        expect![[
            "__Host-stead-session=abc; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure"
        ]]
        .assert_eq(&set_session("abc", &origin(true, Some(443))));
        expect!["__Host-stead-oidc=abc; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure"]
            .assert_eq(&set_on_the_way("abc", &origin(true, None)));
        expect!["__Host-stead-session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure"]
            .assert_eq(&clear_session(&origin(true, None)));
    }

    #[test]
    fn two_steads_on_one_host_have_cookies_of_their_own() {
        for (secure, port, name) in [
            (false, Some(7832), "stead_session_7832"),
            (false, Some(80), "stead_session"),
            (false, Some(443), "stead_session_443"),
            (true, Some(8443), "__Host-stead-session_8443"),
        ] {
            assert_eq!(session(&origin(secure, port)), name);
        }
    }
}
