//! Signing in with an OpenID provider: a relying party of our own (docs/decisions/012-oidc.md).
//!
//! `visit` sends a browser away and takes it back; `flows` remembers it meanwhile; `provider` asks
//! the provider through `fetch` and believes it by `token` and `keys`; `arrive` finds the account.
//! Nothing here trusts an address: an account is found by issuer and subject alone.

mod arrive;
mod discovery;
mod encoding;
mod flows;
pub(crate) mod identities;
mod keys;
mod problem;
mod profile;
mod provider;
mod settings;
mod token;
pub(crate) mod visit;

pub use settings::{ID_LENGTH_MAX, OidcProvider, SignUp};

use crate::limit::Limit;
use crate::trust::TrustError;
use flows::Flows;
use protocol::account::SignInProvider;
use provider::Provider;
use std::time::Duration;

/// Ways that one network may begin at once, and how often another one: a class signs in together.
const STARTS: u32 = 60;
const STARTS_INTERVAL: Duration = Duration::from_secs(1);

/// The providers, and who is on the way to them.
pub(crate) struct Oidc {
    providers: Vec<Provider>,
    flows: Flows,
    starts: Limit,
    /// Answers that no sign-in waits for. Of their own, so that they close no other door.
    misses: Limit,
    /// Where browsers come back to: the public address, never one that a request names.
    home: String,
}

impl Oidc {
    /// Asks nobody yet.
    pub(crate) fn new(providers: &[OidcProvider], home: String) -> Result<Self, TrustError> {
        Ok(Self {
            providers: providers.iter().cloned().map(Provider::new).collect::<Result<_, _>>()?,
            flows: Flows::default(),
            starts: Limit::new(STARTS, STARTS_INTERVAL),
            misses: Limit::new(STARTS, STARTS_INTERVAL),
            home,
        })
    }

    /// What the sign-in page offers.
    pub(crate) fn offered(&self) -> Vec<SignInProvider> {
        let shown = |it: &Provider| SignInProvider {
            id: it.settings.id.clone(),
            label: it.settings.label.clone(),
        };
        self.providers.iter().map(shown).collect()
    }

    fn provider(&self, id: &str) -> Option<&Provider> {
        self.providers.iter().find(|it| it.settings.id == id)
    }

    /// The provider that an identity is from.
    fn issued_by(&self, issuer: &str) -> Option<&Provider> {
        self.providers.iter().find(|it| it.settings.issuer == issuer)
    }

    /// Where a provider sends browsers back to.
    fn redirect_uri(&self, provider: &Provider) -> String {
        format!("{}/oidc/{}/callback", self.home, provider.settings.id)
    }
}

/// Asks a provider what it says of itself and for its keys; gives a line for a person to read.
pub async fn oidc_check(settings: &OidcProvider) -> Result<String, String> {
    let provider = Provider::new(settings.clone()).map_err(|error| error.to_string())?;
    let keys = provider.key_count().await.map_err(|it| it.why)?;
    Ok(format!("{} answers as it should (usable keys: {keys})", settings.issuer))
}
