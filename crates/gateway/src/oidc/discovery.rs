//! What a provider says about itself (OpenID Connect Discovery 1.0), held against what the
//! configuration says.
//!
//! The gateway asks only hosts that its operator named: the issuer's own, and those of
//! `endpoint-hosts`. A document that points anywhere else is refused, so that a provider cannot
//! make the gateway speak to a machine of its choice. What the operator named may be a machine in
//! the own network; addresses are therefore not judged.

use super::settings::OidcProvider;
use crate::fetch::Endpoint;
use serde::Deserialize;

const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// How the gateway proves to the provider who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClientAuth {
    /// A public client: PKCE alone.
    None,
    Basic,
    Post,
}

/// What is known of a provider.
#[derive(Clone, Debug)]
pub(super) struct Metadata {
    /// Where browsers are sent.
    pub(super) authorization: String,
    pub(super) token: Endpoint,
    pub(super) keys: Endpoint,
    pub(super) userinfo: Option<Endpoint>,
    pub(super) client_auth: ClientAuth,
    /// Answers say which issuer they are from (RFC 9207).
    pub(super) names_issuer: bool,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
    authorization_response_iss_parameter_supported: Option<bool>,
}

/// Where a provider describes itself.
pub(super) fn address(issuer: &str) -> Result<Endpoint, String> {
    if issuer.contains('?') {
        return Err(format!("the issuer `{issuer}` must have no query"));
    }
    let url = format!("{}{WELL_KNOWN}", issuer.strip_suffix('/').unwrap_or(issuer));
    let parsed = Endpoint::parse(issuer).and_then(|_| Endpoint::parse(&url));
    parsed.map_err(|error| format!("the issuer `{issuer}` {error}"))
}

impl Metadata {
    /// Reads the document; the error says what does not fit, and what to do.
    pub(super) fn read(provider: &OidcProvider, bytes: &[u8]) -> Result<Self, String> {
        let document: Document = serde_json::from_slice(bytes)
            .map_err(|error| format!("its description is not one: {error}"))?;
        if document.issuer != provider.issuer {
            return Err(format!(
                "it calls itself `{}` and not `{}`; both must be the same to the letter",
                shortened(&document.issuer),
                provider.issuer
            ));
        }
        let challenges = document.code_challenge_methods_supported;
        if challenges.is_some_and(|it| !it.iter().any(|it| it == "S256")) {
            return Err("it does not take PKCE with S256".to_owned());
        }
        let place = Place::new(provider)?;
        let userinfo = document.userinfo_endpoint.as_deref();
        place.endpoint("authorization_endpoint", &document.authorization_endpoint)?;
        Ok(Self {
            token: place.endpoint("token_endpoint", &document.token_endpoint)?,
            keys: place.endpoint("jwks_uri", &document.jwks_uri)?,
            userinfo: userinfo.map(|it| place.endpoint("userinfo_endpoint", it)).transpose()?,
            client_auth: client_auth(provider, document.token_endpoint_auth_methods_supported)?,
            names_issuer: document.authorization_response_iss_parameter_supported == Some(true),
            authorization: document.authorization_endpoint,
        })
    }
}

fn client_auth(
    provider: &OidcProvider,
    methods: Option<Vec<String>>,
) -> Result<ClientAuth, String> {
    if provider.client_secret.is_none() {
        return Ok(ClientAuth::None);
    }
    // What is not said is this, by OpenID Connect Discovery 3.
    let methods = methods.unwrap_or_else(|| vec!["client_secret_basic".to_owned()]);
    let takes = |method: &str| methods.iter().any(|it| it == method);
    if takes("client_secret_basic") {
        Ok(ClientAuth::Basic)
    } else if takes("client_secret_post") {
        Ok(ClientAuth::Post)
    } else {
        Err("it takes a client's secret neither as client_secret_basic nor as client_secret_post"
            .to_owned())
    }
}

/// Where endpoints may be.
struct Place<'a> {
    issuer: Endpoint,
    also: &'a [String],
}

impl<'a> Place<'a> {
    fn new(provider: &'a OidcProvider) -> Result<Self, String> {
        Ok(Self { issuer: address(&provider.issuer)?, also: &provider.endpoint_hosts })
    }

    fn endpoint(&self, what: &str, url: &str) -> Result<Endpoint, String> {
        let endpoint = Endpoint::parse(url)
            .map_err(|error| format!("its {what} `{}` {error}", shortened(url)))?;
        if self.issuer.secure && !endpoint.secure {
            return Err(format!("its {what} `{}` must begin with https://", shortened(url)));
        }
        let place = endpoint.place();
        let is_named = |it: &String| *it == place || format!("{it}:443") == place;
        if place == self.issuer.place() || self.also.iter().any(is_named) {
            return Ok(endpoint);
        }
        Err(format!(
            "its {what} is at `{place}`, which is not the issuer's own host; if that is right, add \
             it to `endpoint-hosts`"
        ))
    }
}

/// So much of a foreign text as a log line needs.
pub(super) fn shortened(text: &str) -> String {
    text.chars().filter(|it| !it.is_control()).take(120).collect()
}

#[cfg(test)]
mod tests;
