//! One provider: what is remembered of it, and a code swapped for a person.

use super::discovery::{self, ClientAuth, Metadata, shortened};
use super::encoding::{form, to_base64url};
use super::flows::Flow;
use super::keys::KeySet;
use super::problem::Trouble;
use super::profile::{Person, person};
use super::settings::OidcProvider;
use super::token::{self, Claims, Expected, Profile, TokenError};
use crate::fetch::{Answer, Client, Endpoint};
use crate::preview::entry::encoded;
use crate::trust::TrustError;
use axum::body::Bytes;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, StatusCode};
use http_body_util::Full;
use protocol::account::OidcProblem as Problem;
use ring::digest::{SHA256, digest};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use stdx::clock::now_ms;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long what a provider says of itself, and its keys, are believed: a key that it withdraws
/// opens nothing after that.
const FRESH: Duration = Duration::from_secs(60 * 60);
/// How often the keys are read again because a token names an unknown one.
const KEYS_INTERVAL: Duration = Duration::from_secs(30);
/// How long a provider that did not answer is left alone.
const REST: Duration = Duration::from_secs(3);

/// A provider, as requests see it.
pub(super) struct Provider {
    pub(super) settings: OidcProvider,
    client: Client,
    metadata: Remembered<Metadata>,
    keys: Remembered<KeySet>,
}

/// An answer that was paid for with a request, and the last failure.
struct Remembered<T> {
    held: Mutex<Held<T>>,
}

struct Held<T> {
    good: Option<(Arc<T>, Instant)>,
    failed: Option<(Trouble, Instant)>,
}

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self { held: Mutex::new(Held { good: None, failed: None }) }
    }
}

impl<T> Remembered<T> {
    /// What is no older than `age`, or what `ask` brings. Whoever comes meanwhile waits for the one
    /// that asks.
    async fn get(
        &self,
        age: Duration,
        ask: impl Future<Output = Result<T, Trouble>>,
    ) -> Result<Arc<T>, Trouble> {
        let mut held = self.held.lock().await;
        if let Some((value, at)) = &held.good
            && at.elapsed() < age
        {
            return Ok(Arc::clone(value));
        }
        if let Some((trouble, at)) = &held.failed
            && at.elapsed() < REST
        {
            return Err(trouble.clone());
        }
        match ask.await {
            Ok(value) => {
                let value = Arc::new(value);
                *held = Held { good: Some((Arc::clone(&value), Instant::now())), failed: None };
                Ok(value)
            }
            Err(trouble) => {
                held.failed = Some((trouble.clone(), Instant::now()));
                Err(trouble)
            }
        }
    }
}

/// What the token endpoint answers.
#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    token_type: String,
    id_token: String,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

#[derive(Deserialize)]
struct UserInfo {
    sub: String,
    #[serde(flatten)]
    profile: Profile,
}

impl Provider {
    /// Nothing is asked yet: a provider that is down does not keep the gateway from starting.
    pub(super) fn new(settings: OidcProvider) -> Result<Self, TrustError> {
        let client = Client::new(settings.ca_file.as_deref())?;
        let (metadata, keys) = (Remembered::default(), Remembered::default());
        Ok(Self { settings, client, metadata, keys })
    }

    pub(super) async fn metadata(&self) -> Result<Arc<Metadata>, Trouble> {
        let ask = async {
            let address = discovery::address(&self.settings.issuer).map_err(Trouble::down)?;
            let body = self.read(&address).await?;
            Metadata::read(&self.settings, &body).map_err(Trouble::down)
        };
        self.metadata.get(FRESH, ask).await
    }

    async fn keys(&self, metadata: &Metadata, age: Duration) -> Result<Arc<KeySet>, Trouble> {
        let ask = async {
            let body = self.read(&metadata.keys).await?;
            KeySet::parse(&body).map_err(Trouble::down)
        };
        self.keys.get(age, ask).await
    }

    /// How many keys it publishes that are of use here.
    pub(super) async fn key_count(&self) -> Result<usize, Trouble> {
        let metadata = self.metadata().await?;
        Ok(self.keys(&metadata, FRESH).await?.len())
    }

    /// Reads a document of the provider.
    async fn read(&self, endpoint: &Endpoint) -> Result<Bytes, Trouble> {
        let answer = self.client.send(endpoint, Request::new(Full::default())).await;
        let answer = answer.map_err(Trouble::down)?;
        match answer.status {
            StatusCode::OK => Ok(answer.body),
            status => Err(Trouble::down(format!("{} answered {status}", endpoint.place()))),
        }
    }

    /// Where a browser is sent to prove who its person is.
    pub(super) fn authorization_url(
        &self,
        metadata: &Metadata,
        flow: &Flow,
        state: &str,
        redirect_uri: &str,
    ) -> String {
        let challenge = to_base64url(digest(&SHA256, flow.verifier.expose().as_bytes()).as_ref());
        let query = form(&[
            ("response_type", "code"),
            ("client_id", &self.settings.client_id),
            ("redirect_uri", redirect_uri),
            ("scope", &format!("openid {}", self.settings.scopes.join(" "))),
            ("state", state),
            ("nonce", &flow.nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        let separator = if metadata.authorization.contains('?') { '&' } else { '?' };
        format!("{}{separator}{query}", metadata.authorization)
    }

    /// Swaps a code for the person that the provider knows, if everything it says holds.
    pub(super) async fn redeem(
        &self,
        flow: &Flow,
        code: &str,
        redirect_uri: &str,
    ) -> Result<Person, Trouble> {
        let metadata = self.metadata().await?;
        let tokens = self.tokens(&metadata, flow, code, redirect_uri).await?;
        let claims = self.believe(&metadata, flow, &tokens).await?;
        // The two are never mixed: an address from one and its being verified from the other.
        let profile = match (&claims.profile.email, &metadata.userinfo) {
            (None, Some(endpoint)) => {
                let info = self.user_info(endpoint, &tokens.access_token).await?;
                if info.sub != claims.sub {
                    return Err(Trouble::untrusted("userinfo is about somebody else"));
                }
                info.profile
            }
            (Some(_), _) | (None, None) => claims.profile,
        };
        person(&self.settings, claims.sub, &profile)
    }

    async fn tokens(
        &self,
        metadata: &Metadata,
        flow: &Flow,
        code: &str,
        redirect_uri: &str,
    ) -> Result<Tokens, Trouble> {
        let mut pairs = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", flow.verifier.expose()),
        ];
        let (id, secret) = (&self.settings.client_id, self.settings.client_secret.as_ref());
        let secret = secret.map_or("", |it| it.expose().as_str());
        match metadata.client_auth {
            ClientAuth::None => pairs.push(("client_id", id)),
            ClientAuth::Post => {
                pairs.extend([("client_id", id.as_str()), ("client_secret", secret)]);
            }
            ClientAuth::Basic => {}
        }
        let mut request = Request::new(Full::from(form(&pairs)));
        *request.method_mut() = Method::POST;
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, kind);
        if metadata.client_auth == ClientAuth::Basic {
            let both = format!("{}:{}", encoded(id), encoded(secret));
            let value = secret_header(&format!("Basic {}", STANDARD.encode(both)));
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        let answer = self.client.send(&metadata.token, request).await.map_err(Trouble::down)?;
        let tokens: Tokens = read_tokens(&answer)?;
        if tokens.token_type.eq_ignore_ascii_case("bearer") {
            Ok(tokens)
        } else {
            Err(Trouble::untrusted("the access token is of a kind that was not asked for"))
        }
    }

    /// Believes the ID token; keys are read anew when it names one that is not known.
    async fn believe(
        &self,
        metadata: &Metadata,
        flow: &Flow,
        tokens: &Tokens,
    ) -> Result<Claims, Trouble> {
        let expected = Expected {
            issuer: &self.settings.issuer,
            client_id: &self.settings.client_id,
            nonce: &flow.nonce,
            access_token: &tokens.access_token,
            begun_s: seconds(flow.begun_ms),
            now_s: seconds(now_ms()),
        };
        let mut keys = self.keys(metadata, FRESH).await?;
        let mut read = token::verify(&tokens.id_token, &keys, &expected);
        if read == Err(TokenError::UnknownKey) {
            keys = self.keys(metadata, KEYS_INTERVAL).await?;
            read = token::verify(&tokens.id_token, &keys, &expected);
        }
        read.map_err(|error| {
            let is_clock = error == TokenError::Clock;
            let problem = if is_clock { Problem::Clock } else { Problem::Untrusted };
            Trouble::new(problem, error.to_string())
        })
    }

    async fn user_info(&self, endpoint: &Endpoint, token: &str) -> Result<UserInfo, Trouble> {
        let mut request = Request::new(Full::default());
        if !token.bytes().all(|it| it.is_ascii_graphic()) {
            return Err(Trouble::untrusted("the access token is none"));
        }
        let value = secret_header(&format!("Bearer {token}"));
        request.headers_mut().insert(AUTHORIZATION, value);
        let answer = self.client.send(endpoint, request).await.map_err(Trouble::down)?;
        if answer.status != StatusCode::OK {
            return Err(Trouble::down(format!("userinfo answered {}", answer.status)));
        }
        serde_json::from_slice(&answer.body)
            .map_err(|_| Trouble::untrusted("userinfo is not what was asked for"))
    }
}

fn read_tokens(answer: &Answer) -> Result<Tokens, Trouble> {
    if answer.status == StatusCode::OK {
        let tokens = serde_json::from_slice(&answer.body);
        return tokens.map_err(|_| Trouble::untrusted("the token endpoint gave no ID token"));
    }
    let refusal = serde_json::from_slice::<Refusal>(&answer.body).map(|it| shortened(&it.error));
    let status = answer.status;
    match refusal {
        Ok(error) if status.is_client_error() => Err(Trouble::new(
            Problem::ProviderRefused,
            format!("the token endpoint refused with {status}, `{error}`"),
        )),
        Ok(_) | Err(_) => Err(Trouble::down(format!("the token endpoint answered {status}"))),
    }
}

fn secret_header(text: &str) -> HeaderValue {
    let mut value = HeaderValue::from_str(text).expect("base 64 and checked tokens are plain");
    value.set_sensitive(true);
    value
}

#[expect(clippy::cast_precision_loss, reason = "seconds fit many times over")]
fn seconds(ms: u64) -> f64 {
    (ms / 1000) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_remembered_is_asked_for_again_after_its_time() {
        let keys = Remembered::default();
        let ask = async |age, value: u32| *keys.get(age, async { Ok(value) }).await.unwrap();
        assert_eq!(ask(FRESH, 1).await, 1);
        // A flood of tokens with unknown keys asks the provider once in a while.
        assert_eq!(ask(KEYS_INTERVAL, 2).await, 1);
        tokio::time::advance(KEYS_INTERVAL).await;
        assert_eq!(ask(FRESH, 3).await, 1);
        assert_eq!(ask(KEYS_INTERVAL, 4).await, 4);
        tokio::time::advance(FRESH).await;
        assert_eq!(ask(FRESH, 5).await, 5);
    }

    #[tokio::test(start_paused = true)]
    async fn a_provider_that_is_down_is_left_alone_for_a_moment() {
        let metadata = Remembered::<u32>::default();
        let down = async { Err(Trouble::down("no")) };
        assert!(metadata.get(FRESH, down).await.is_err());
        assert!(metadata.get(FRESH, async { Ok(1) }).await.is_err());
        tokio::time::advance(REST).await;
        assert_eq!(*metadata.get(FRESH, async { Ok(2) }).await.unwrap(), 2);
        // A failure does not make what was known known for longer.
        tokio::time::advance(FRESH).await;
        assert!(metadata.get(FRESH, async { Err(Trouble::down("no")) }).await.is_err());
    }
}
