//! ID tokens (OpenID Connect Core 2 and 3.1.3.7): read from their compact form, and believed only
//! when everything in them is as it should be.

use super::encoding::{base64url, to_base64url};
use super::keys::{Algorithm, KeySet, NoKey};
use serde::Deserialize;
use serde_json::Value;

/// Longest token, in bytes. Providers that list every group come to a few thousand.
const TOKEN_BYTES_MAX: usize = 32 * 1024;
/// How far two clocks may be apart, in seconds.
pub(super) const SKEW_S: f64 = 60.0;
/// Longest subject: OpenID Connect Core 2 allows 255 ASCII characters.
const SUBJECT_LENGTH_MAX: usize = 255;
/// Readers that one token may be for.
const AUDIENCES_MAX: usize = 20;

/// What a token must agree with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a str,
    /// What came along with the token.
    pub(super) access_token: &'a str,
    /// When the person was sent to the provider, in seconds since 1970.
    pub(super) begun_s: f64,
    pub(super) now_s: f64,
}

/// Why a token is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TokenError {
    #[error("the ID token is malformed: {0}")]
    Malformed(&'static str),
    #[error("the ID token is not signed with RS256, ES256 or EdDSA")]
    Algorithm,
    /// A newer set of keys may have it.
    #[error("the ID token is signed with a key that the provider does not publish")]
    UnknownKey,
    #[error("the ID token does not say with which of several keys it is signed")]
    AmbiguousKey,
    #[error("the signature of the ID token is wrong")]
    Signature,
    #[error("the ID token is from another issuer")]
    Issuer,
    #[error("the ID token is for somebody else")]
    Audience,
    #[error("the ID token answers another request (nonce)")]
    Nonce,
    #[error("the ID token has no usable subject")]
    Subject,
    #[error("the ID token belongs to another access token (at_hash)")]
    AccessHash,
    /// By its times it is over, or not good yet, or from before it was asked for.
    #[error("by its times, the ID token is not good now; the two clocks may differ")]
    Clock,
}

/// What the token says of the person.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub(super) struct Claims {
    iss: String,
    pub(super) sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: f64,
    iat: f64,
    nbf: Option<f64>,
    nonce: Option<String>,
    at_hash: Option<String>,
    #[serde(flatten)]
    pub(super) profile: Profile,
}

/// What a token or the userinfo endpoint says of the person besides who it is. Anything may stand
/// there; it is judged where it is used.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub(super) struct Profile {
    pub(super) email: Option<Value>,
    pub(super) email_verified: Option<Value>,
    pub(super) name: Option<Value>,
    pub(super) preferred_username: Option<Value>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Default for Audience {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

/// Reads a token and believes it, or says why not.
pub(super) fn verify(
    token: &str,
    keys: &KeySet,
    expected: &Expected<'_>,
) -> Result<Claims, TokenError> {
    if TOKEN_BYTES_MAX < token.len() {
        return Err(TokenError::Malformed("it is too long"));
    }
    let (message, signature) =
        token.rsplit_once('.').ok_or(TokenError::Malformed("it has no three parts"))?;
    let (header, claims) =
        message.split_once('.').ok_or(TokenError::Malformed("it has no three parts"))?;
    let decoded = |part| base64url(part).ok_or(TokenError::Malformed("it is not base 64"));
    let (header, claims, signature) = (decoded(header)?, decoded(claims)?, decoded(signature)?);
    let header: Header =
        serde_json::from_slice(&header).map_err(|_| TokenError::Malformed("its header"))?;
    let algorithm = Algorithm::parse(&header.alg).ok_or(TokenError::Algorithm)?;
    if header.crit.is_some() {
        return Err(TokenError::Malformed("it asks for what nobody here knows (crit)"));
    }
    if header.typ.is_some_and(|it| !it.eq_ignore_ascii_case("JWT")) {
        return Err(TokenError::Malformed("it is a token of another kind (typ)"));
    }
    let key = keys.find(header.kid.as_deref(), algorithm).map_err(|why| match why {
        NoKey::Unknown => TokenError::UnknownKey,
        NoKey::Ambiguous => TokenError::AmbiguousKey,
    })?;
    if !key.verify(message.as_bytes(), &signature) {
        return Err(TokenError::Signature);
    }
    let claims: Claims =
        serde_json::from_slice(&claims).map_err(|_| TokenError::Malformed("its claims"))?;
    check(&claims, algorithm, expected)?;
    Ok(claims)
}

fn check(claims: &Claims, algorithm: Algorithm, expected: &Expected<'_>) -> Result<(), TokenError> {
    if claims.iss != expected.issuer {
        return Err(TokenError::Issuer);
    }
    let audiences = match &claims.aud {
        Audience::One(one) => std::slice::from_ref(one),
        Audience::Several(several) => several,
    };
    let is_for_us = audiences.iter().any(|it| it == expected.client_id);
    let is_ours = match claims.azp.as_deref() {
        Some(azp) => azp == expected.client_id,
        None => audiences.len() == 1,
    };
    if AUDIENCES_MAX < audiences.len() || !is_for_us || !is_ours {
        return Err(TokenError::Audience);
    }
    if claims.nonce.as_deref() != Some(expected.nonce) {
        return Err(TokenError::Nonce);
    }
    if !is_subject(&claims.sub) {
        return Err(TokenError::Subject);
    }
    if let Some(hash) = &claims.at_hash
        && *hash != to_base64url(&algorithm.half_hash(expected.access_token))
    {
        return Err(TokenError::AccessHash);
    }
    let (now, begun) = (expected.now_s, expected.begun_s);
    let is_good_now = now < claims.exp + SKEW_S
        && claims.iat <= now + SKEW_S
        && begun <= claims.iat + SKEW_S
        && claims.nbf.is_none_or(|it| it <= now + SKEW_S);
    if is_good_now { Ok(()) } else { Err(TokenError::Clock) }
}

/// Whether a subject can be kept, and told from another one.
fn is_subject(text: &str) -> bool {
    (1..=SUBJECT_LENGTH_MAX).contains(&text.len())
        && text.bytes().all(|it| it.is_ascii_graphic() || it == b' ')
}

#[cfg(test)]
mod tests;
