//! What a gateway is told about an OpenID provider. Read and checked by the `cli` crate.

use std::path::PathBuf;
use stdx::Secret;

/// Characters of a provider's short name: it is a part of addresses.
pub const ID_LENGTH_MAX: usize = 32;

/// One OpenID provider whose word is taken for who somebody is.
#[derive(Clone, Debug)]
pub struct OidcProvider {
    /// In addresses: `company` of `/oidc/company/callback`. `a`–`z`, `0`–`9` and `-`.
    pub id: String,
    /// On the button, behind “Continue with”.
    pub label: String,
    /// As the provider writes it, to the letter.
    pub issuer: String,
    /// As which the provider knows this Stead.
    pub client_id: String,
    /// `None` for a public client, which is protected by PKCE alone.
    pub client_secret: Option<Secret<String>>,
    /// Asked for besides `openid`.
    pub scopes: Vec<String>,
    /// Domains of addresses that are let in, lower case; empty: any.
    pub email_domains: Vec<String>,
    /// Who may come in without an account here.
    pub sign_up: SignUp,
    /// `host` or `host:port` of endpoints that are not at the issuer's own.
    pub endpoint_hosts: Vec<String>,
    /// Certificates that are trusted besides the system's, as PEM.
    pub ca_file: Option<PathBuf>,
}

/// Who gets an account by signing in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignUp {
    /// Whoever brings an invitation.
    #[default]
    Invited,
    /// Everybody whom the provider knows, within the domains of addresses.
    Anyone,
}

impl SignUp {
    /// As it is written in a file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Anyone => "anyone",
        }
    }
}
