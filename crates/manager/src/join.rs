//! Joining a gateway: a key is made here, and a token that is good once buys a certificate for it.

use crate::identity::{Identity, IdentityError, Key};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Method;
use protocol::WireError;
use protocol::machine::{JoinMachine, JoinedMachine};
use provider::{Address, Dial, Question};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::time::Duration;
use stdx::Secret;
use tokio::time::timeout;

/// How long the gateway may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Why a machine did not join. Nothing is kept.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// The text is not one that a gateway has made.
    #[error("the token is incomplete; copy it whole, with what stands behind its dot")]
    Token,
    /// Nobody answers there.
    #[error("the gateway cannot be reached: {0}")]
    Unreachable(String),
    /// The gateway does not want this machine.
    #[error("the gateway refused: {}", .0.message)]
    Refused(WireError),
    /// Somebody answered who is not the one that made the token.
    #[error(
        "this is not the gateway that made the token: it answers with another authority than the \
         token names. The token may be used up now; find out who is on the way before you make \
         another one"
    )]
    Authority,
    /// What came cannot be used or kept.
    #[error(transparent)]
    Identity(#[from] IdentityError),
}

/// Joins the gateway at `address` and keeps who this machine is from then on in `directory`.
pub async fn join(
    directory: &Path,
    (url, address): (&str, &Address),
    token: &Secret<String>,
    name: &str,
) -> Result<Identity, JoinError> {
    let token = token.expose().trim();
    let (_, fingerprint) = token.rsplit_once('.').ok_or(JoinError::Token)?;
    let key = Key::draw()?;
    let body = JoinMachine {
        token: token.to_owned(),
        name: name.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        public_key: key.public(),
    };
    let body = serde_json::to_vec(&body).expect("this is plain JSON");
    let asking = async {
        let stream = address.dial().await;
        let stream = stream.map_err(|error| JoinError::Unreachable(error.to_string()))?;
        let question = Question {
            method: Method::POST,
            path: "/api/v1/machines/join".to_owned(),
            body: Bytes::from(body),
            bearer: None,
            host: address.name(),
            epoch: None,
        };
        question.ask(stream).await.map_err(JoinError::Refused)
    };
    let late = |_| Err(JoinError::Unreachable("no answer in time".to_owned()));
    let answer = timeout(TIMEOUT, asking).await.unwrap_or_else(late)?;
    let joined: JoinedMachine = serde_json::from_slice(&answer).map_err(|error| {
        JoinError::Unreachable(format!("its answer is not understood: {error}"))
    })?;
    let authority = STANDARD.decode(&joined.authority).unwrap_or_default();
    if hex(&Sha256::digest(authority)) != fingerprint {
        return Err(JoinError::Authority);
    }
    Ok(Identity::keep(directory, url, &key, &joined).await?)
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes everything");
        text
    })
}
