//! The few encodings of the protocol.

use crate::preview::entry::encoded;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Base 64 as tokens have it: no padding, nothing left over.
pub(super) fn base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// The same, the other way.
pub(super) fn to_base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// `a=b&c=d`, for a query or a form.
pub(super) fn form(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    pairs.join("&")
}
