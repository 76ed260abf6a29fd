//! Who this machine is to the gateway that it joined: a key of its own, the gateway's word for it,
//! and the authority by which the gateway is known.
//!
//! All of it is one file that is replaced durably, so that there is never a key without its
//! certificate. The key never leaves the machine.

use crate::store::{Store, lock};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use protocol::id::MachineId;
use protocol::machine::{CertificateRequest, Gateways, JoinedMachine, NewCertificate};
use protocol::{ErrorCode, WireError};
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Most gateways of one installation.
const GATEWAYS_MAX: usize = 32;

/// A machine that joined.
pub struct Identity {
    store: Store,
    state: Mutex<State>,
    /// Where the gateways are, the one that it joined first. Written by [`Identity::learn`].
    gateways: watch::Sender<Vec<String>>,
    /// Held while the record is changed: each change is written down before the next begins.
    turn: tokio::sync::Mutex<()>,
    _lock: File,
}

/// What the file holds, and what is made of it.
struct State {
    record: Record,
    /// A key for which the gateway is about to make a certificate.
    pending: Option<Key>,
    tls: Arc<ServerConfig>,
}

/// What is written down. Binary is base64.
#[derive(Clone, Serialize, Deserialize)]
struct Record {
    id: MachineId,
    /// As it was given when the machine joined.
    gateway: String,
    /// As gateways have told since.
    #[serde(default)]
    gateways: Vec<String>,
    authority: String,
    certificate: String,
    key: String,
    certificate_expires_at_ms: u64,
}

impl Record {
    /// Every gateway once, the one that it joined first: that one may be all of them behind a
    /// balancer, and is dialled whatever the others tell.
    fn gateways(&self) -> Vec<String> {
        let bare = |url: &String| url.trim_end_matches('/').to_owned();
        let mut all = vec![bare(&self.gateway)];
        for url in self.gateways.iter().map(bare) {
            if !all.contains(&url) {
                all.push(url);
            }
        }
        all
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record").field("id", &self.id).finish_non_exhaustive()
    }
}

/// An Ed25519 key that was made here.
#[derive(Clone)]
pub(crate) struct Key {
    pkcs8: Vec<u8>,
    public: Vec<u8>,
}

/// Why a machine is not who it says.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The directory cannot be used.
    #[error("the directory `{0}` of this machine's key cannot be used")]
    Io(PathBuf, #[source] io::Error),
    /// What is there is no certificate, or belongs to another key.
    #[error("this machine's key and certificate cannot be used: {0}")]
    Unusable(String),
}

impl Key {
    /// Draws one.
    pub(crate) fn draw() -> Result<Self, IdentityError> {
        let unusable = |_| IdentityError::Unusable("no key could be made".to_owned());
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(unusable)?;
        Self::read(pkcs8.as_ref().to_vec())
    }

    fn read(pkcs8: Vec<u8>) -> Result<Self, IdentityError> {
        let pair = Ed25519KeyPair::from_pkcs8(&pkcs8)
            .map_err(|error| IdentityError::Unusable(error.to_string()))?;
        Ok(Self { public: pair.public_key().as_ref().to_vec(), pkcs8 })
    }

    /// What others are told of it, as base64.
    pub(crate) fn public(&self) -> String {
        STANDARD.encode(&self.public)
    }
}

impl Identity {
    /// Who this machine is by the file in `directory`; `None` when it has not joined yet.
    pub async fn open(directory: &Path) -> Result<Option<Self>, IdentityError> {
        let (store, lock, record) = open_store(directory).await?;
        record.map(|record| Self::new(store, lock, record)).transpose()
    }

    /// Keeps what a gateway has answered, whose address is `gateway`.
    pub(crate) async fn keep(
        directory: &Path,
        gateway: &str,
        key: &Key,
        joined: &JoinedMachine,
    ) -> Result<Self, IdentityError> {
        let (store, lock, _) = open_store(directory).await?;
        let record = Record {
            id: joined.id.clone(),
            gateway: gateway.to_owned(),
            gateways: Vec::new(),
            authority: joined.authority.clone(),
            certificate: joined.certificate.clone(),
            key: STANDARD.encode(&key.pkcs8),
            certificate_expires_at_ms: joined.certificate_expires_at_ms,
        };
        let identity = Self::new(store, lock, record)?;
        identity.save().await.map_err(|error| IdentityError::Io(directory.to_owned(), error))?;
        Ok(identity)
    }

    fn new(store: Store, lock: File, record: Record) -> Result<Self, IdentityError> {
        let tls = tls(&record)?;
        let gateways = watch::Sender::new(record.gateways());
        let state = Mutex::new(State { record, pending: None, tls });
        Ok(Self { store, state, gateways, turn: tokio::sync::Mutex::default(), _lock: lock })
    }

    /// What the machine is called by its gateway.
    pub fn id(&self) -> MachineId {
        self.state().record.id.clone()
    }

    /// Where the gateway is.
    pub fn gateway(&self) -> String {
        self.state().record.gateway.clone()
    }

    /// Where all gateways are that it knows of, the one that it joined first.
    pub(crate) fn gateways(&self) -> watch::Receiver<Vec<String>> {
        self.gateways.subscribe()
    }

    /// Writes down where the gateways are, and dials those from now on and no others.
    pub(crate) async fn learn(&self, told: Gateways) -> Result<(), WireError> {
        if GATEWAYS_MAX < told.urls.len() {
            let message = format!("an installation has {GATEWAYS_MAX} gateways at most");
            return Err(WireError::new(ErrorCode::InvalidRequest, message));
        }
        let _alone = self.turn.lock().await;
        let gateways = {
            let mut state = self.state();
            state.record.gateways = told.urls;
            state.record.gateways()
        };
        self.save().await.map_err(|error| {
            let message = format!("the gateways could not be written down: {error}");
            WireError::new(ErrorCode::Unavailable, message)
        })?;
        self.gateways.send_if_modified(|it| {
            let is_new = *it != gateways;
            *it = gateways;
            is_new
        });
        Ok(())
    }

    /// How a connection is secured: with the certificate of now, and only for who has one of the
    /// authority.
    pub(crate) fn tls(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.state().tls)
    }

    /// Makes a further key, unless there is one that waits. The one in use stays until a certificate comes for the new one.
    pub(crate) fn request(&self) -> Result<CertificateRequest, WireError> {
        let mut state = self.state();
        // Gateways that ask at the same time are told the same, so whichever answers is right.
        let key = match &state.pending {
            Some(key) => key,
            None => state.pending.insert(Key::draw().map_err(|error| unusable(&error))?),
        };
        Ok(CertificateRequest { public_key: key.public() })
    }

    /// Takes the certificate for the key that was made last. New connections show it.
    pub(crate) async fn take(&self, new: NewCertificate) -> Result<(), WireError> {
        let _alone = self.turn.lock().await;
        let (record, tls) = {
            let state = self.state();
            let Some(key) = &state.pending else {
                let message = "no certificate was asked for";
                return Err(WireError::new(ErrorCode::Conflict, message));
            };
            let record = Record {
                key: STANDARD.encode(&key.pkcs8),
                certificate: new.certificate,
                certificate_expires_at_ms: new.certificate_expires_at_ms,
                ..state.record.clone()
            };
            let tls = tls(&record).map_err(|error| unusable(&error))?;
            (record, tls)
        };
        // What is shown is what is written down: after a crash in between, the old one is good too.
        let saved = self.store.save(|| record.clone()).await;
        saved.map_err(|error| unusable(&error))?;
        let mut state = self.state();
        (state.record, state.tls, state.pending) = (record, tls, None);
        tracing::info!("this machine has a new certificate");
        Ok(())
    }

    async fn save(&self) -> io::Result<()> {
        self.store.save(|| self.state().record.clone()).await
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unusable(error: &dyn std::error::Error) -> WireError {
    WireError::new(ErrorCode::Internal, format!("the certificate is not taken: {error}"))
}

async fn open_store(directory: &Path) -> Result<(Store, File, Option<Record>), IdentityError> {
    let path = directory.to_owned();
    let opened = tokio::task::spawn_blocking(move || {
        let lock = lock(&path)?;
        let (store, record) = Store::open(&path, "machine.json")?;
        Ok::<_, io::Error>((store, lock, record))
    });
    let opened = opened.await.map_err(io::Error::other);
    opened.flatten().map_err(|error| IdentityError::Io(directory.to_owned(), error))
}

/// TLS by which this machine shows its certificate, and asks for one of the same authority.
fn tls(record: &Record) -> Result<Arc<ServerConfig>, IdentityError> {
    let unusable = |why: String| IdentityError::Unusable(why);
    let der = |text: &str| STANDARD.decode(text).map_err(|error| unusable(error.to_string()));
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from(der(&record.authority)?);
    roots.add(authority).map_err(|error| unusable(error.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let verifier = verifier.build().map_err(|error| unusable(error.to_string()))?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(der(&record.key)?));
    let certificate = CertificateDer::from(der(&record.certificate)?);
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .and_then(|it| {
            it.with_client_cert_verifier(verifier).with_single_cert(vec![certificate], key)
        });
    let mut config = config.map_err(|error| unusable(error.to_string()))?;
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, PKCS_ED25519};

    type Authority = CertifiedIssuer<'static, rcgen::KeyPair>;

    fn authority() -> Authority {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = rcgen::KeyPair::generate_for(&PKCS_ED25519).unwrap();
        CertifiedIssuer::self_signed(params, key).unwrap()
    }

    /// What a gateway gives for a key, good until then.
    fn certificate(authority: &Authority, key: &Key, expires_at_ms: u64) -> NewCertificate {
        let der = PrivatePkcs8KeyDer::from(key.pkcs8.clone());
        let key = rcgen::KeyPair::from_pkcs8_der_and_sign_algo(&der, &PKCS_ED25519).unwrap();
        let params = CertificateParams::new(vec!["machine".to_owned()]).unwrap();
        let certificate = STANDARD.encode(params.signed_by(&key, authority).unwrap().der());
        NewCertificate { certificate, certificate_expires_at_ms: expires_at_ms }
    }

    async fn joined(directory: &Path, authority: &Authority) -> Identity {
        let key = Key::draw().unwrap();
        let NewCertificate { certificate, .. } = certificate(authority, &key, 1);
        let joined = JoinedMachine {
            id: MachineId::from_random(1),
            certificate,
            authority: STANDARD.encode(authority.der()),
            certificate_expires_at_ms: 1,
        };
        Identity::keep(directory, "http://127.0.0.1:1", &key, &joined).await.unwrap()
    }

    // covers: S0.93
    #[tokio::test]
    async fn of_two_gateways_that_renew_at_once_one_is_taken_and_the_other_hears_that() {
        let (directory, authority) = (tempfile::tempdir().unwrap(), authority());
        let identity = joined(directory.path(), &authority).await;
        let first = identity.request().unwrap();
        assert_eq!(identity.request().unwrap(), first, "both are told the same key");
        let key = identity.state().pending.clone().unwrap();
        identity.take(certificate(&authority, &key, 20)).await.unwrap();
        let late = identity.take(certificate(&authority, &key, 30)).await.unwrap_err();
        assert_eq!(late.code, ErrorCode::Conflict);

        // One that comes after the next question is for a key that is in use by then.
        assert_ne!(identity.request().unwrap(), first);
        let later = identity.take(certificate(&authority, &key, 40)).await.unwrap_err();
        assert_eq!(later.code, ErrorCode::Internal, "{}", later.message);
        let next = identity.state().pending.clone().unwrap();
        identity.take(certificate(&authority, &next, 50)).await.unwrap();

        drop(identity);
        let kept = Identity::open(directory.path()).await.unwrap().unwrap();
        let record = kept.state().record.clone();
        let expected = (STANDARD.encode(&next.pkcs8), 50);
        assert_eq!((record.key, record.certificate_expires_at_ms), expected);
    }
}
