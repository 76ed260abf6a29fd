//! Browsers: what they are called, and which of them were signed in before.

use crate::identity::{cookie, hex};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use http::header::USER_AGENT;
use protocol::PrincipalId;
use sha2::Sha256;

use crate::identity::origin::OwnOrigin;

/// What is kept of a user agent, in characters.
const USER_AGENT_LENGTH_MAX: usize = 300;
/// Cookies of our name looked at in one request.
const CANDIDATES_MAX: usize = 4;

/// Seals the cookie that says: this person was signed in here before. It signs nobody in; it only
/// keeps strangers who guess at the person's password from slowing the person down.
#[derive(Debug)]
pub(super) struct DeviceSeal {
    mac: Hmac<Sha256>,
}

/// A browser in which somebody was signed in before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Device {
    pub(super) principal: PrincipalId,
    /// Tells it from other browsers of the person.
    pub(super) nonce: String,
}

impl DeviceSeal {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self { mac: Hmac::new_from_slice(key).expect("any length of key will do") }
    }

    /// The cookie's value for a browser in which this person arrived.
    pub(super) fn value(&self, principal: &PrincipalId) -> String {
        let nonce = hex(&stdx::random::bytes::<8>());
        let mac = self.mac_of(principal.body(), &nonce).finalize().into_bytes();
        format!("{}.{nonce}.{}", principal.body(), URL_SAFE_NO_PAD.encode(mac))
    }

    /// The device that the request comes from, if it was signed in before.
    pub(super) fn open(&self, headers: &HeaderMap, origin: &OwnOrigin) -> Option<Device> {
        let name = cookie::device(origin);
        cookie::values(headers, &name).take(CANDIDATES_MAX).find_map(|it| self.read(it))
    }

    fn read(&self, value: &str) -> Option<Device> {
        let mut parts = value.splitn(3, '.');
        let (principal, nonce) = (parts.next()?, parts.next()?);
        let mac = URL_SAFE_NO_PAD.decode(parts.next()?).ok()?;
        self.mac_of(principal, nonce).verify_slice(&mac).ok()?;
        Some(Device { principal: PrincipalId::from_body(principal)?, nonce: nonce.to_owned() })
    }

    fn mac_of(&self, principal: &str, nonce: &str) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        for part in ["device cookie 1", principal, nonce] {
            mac.update(part.as_bytes());
            mac.update(b"\n");
        }
        mac
    }
}

/// What is written down about the browser of a request.
pub(super) fn user_agent(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(USER_AGENT)?.to_str().ok()?;
    Some(text.chars().take(USER_AGENT_LENGTH_MAX).collect())
}

/// `Firefox on Linux`: a user agent in words that a person knows its devices by.
pub(super) fn describe(user_agent: Option<&str>) -> String {
    let Some(text) = user_agent.filter(|it| !it.is_empty()) else {
        return "Unknown browser".to_owned();
    };
    // The first that matches: later ones are what the earlier ones pretend to be.
    let browsers = [
        ("Edg/", "Edge"),
        ("EdgA/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("HeadlessChrome/", "Chromium"),
        ("Chromium/", "Chromium"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];
    let systems = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("CrOS", "ChromeOS"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let find = |known: &[(&str, &'static str)]| {
        known.iter().find(|(mark, _)| text.contains(mark)).map(|(_, name)| *name)
    };
    match (find(&browsers), find(&systems)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => format!("A browser on {system}"),
        (None, None) => "Unknown browser".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_known_by_its_seal_only() {
        let (seal, person) = (DeviceSeal::new(&[7; 32]), PrincipalId::from_random(1));
        let value = seal.value(&person);
        assert_eq!(seal.read(&value).unwrap().principal, person);
        assert_ne!(seal.value(&person), value);
        assert_eq!(DeviceSeal::new(&[8; 32]).read(&value), None);
        let other = value.replace(person.body(), PrincipalId::from_random(2).body());
        for broken in ["", ".", "..", "a.b.c", &other, &value[1..], &value[..value.len() - 1]] {
            assert_eq!(seal.read(broken), None, "{broken}");
        }
    }

    #[test]
    fn browsers_have_names() {
        for (text, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/156.0 Safari/537.36 Edg/156.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 20_0 like Mac OS X) Version/20.0 Mobile Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 16) Chrome/156.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("curl/8.1", "curl"),
            ("x", "Unknown browser"),
            ("", "Unknown browser"),
        ] {
            assert_eq!(describe(Some(text)), name);
        }
    }
}
