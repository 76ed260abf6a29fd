//! Certificates of listeners, read again when their files change: whoever renews them restarts
//! nothing.

use anyhow::Context;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};
use stdx::TaskScope;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

/// Between two looks at the files. A renewal is days before the old certificate ends.
const LOOK_INTERVAL: Duration = Duration::from_secs(30);
/// What a listener of HTTP/1.1 alone offers.
pub(crate) const HTTP1: [&[u8]; 1] = [b"http/1.1"];
/// What a listener of both offers.
pub(crate) const HTTP2: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Where a certificate is.
#[derive(Clone, Debug)]
pub(crate) struct CertificateFiles {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// The certificate that is shown to whoever connects next. Written by the task of [`serve`].
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// What a listener needs; its certificate is kept fresh for as long as the scope lives.
pub(crate) fn serve(
    files: &CertificateFiles,
    protocols: &[&[u8]],
    scope: &TaskScope,
) -> anyhow::Result<Arc<ServerConfig>> {
    let seen = stamp(files);
    let current = Arc::new(Current(RwLock::new(read(files)?)));
    let resolver: Arc<dyn ResolvesServerCert> = Arc::<Current>::clone(&current);
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    config.alpn_protocols = protocols.iter().map(|it| it.to_vec()).collect();
    let mut hangup = signal(SignalKind::hangup())?;
    let (files, stopping) = (files.clone(), scope.clone());
    scope.spawn("certificate", async move {
        let mut seen = seen;
        loop {
            let is_asked = tokio::select! {
                () = stopping.stopping() => return,
                _ = hangup.recv() => true,
                () = sleep(LOOK_INTERVAL) => false,
            };
            // Taken before the files are read: what is written meanwhile is seen the next time.
            let now = stamp(&files);
            if is_asked || now != seen {
                seen = now;
                renew(&files, &current);
            }
        }
    });
    Ok(Arc::new(config))
}

/// Shows the new certificate, unless the files hold none that is good: one of the two may be
/// written before the other.
fn renew(files: &CertificateFiles, current: &Current) {
    match read(files) {
        Ok(key) => {
            *current.0.write().unwrap_or_else(PoisonError::into_inner) = key;
            tracing::info!("the certificate was read again");
        }
        Err(error) => {
            let error = format!("{error:#}");
            tracing::warn!(error, "the certificate could not be read again; the old one is kept");
        }
    }
}

fn read(files: &CertificateFiles) -> anyhow::Result<Arc<CertifiedKey>> {
    let unreadable = |path: &Path| format!("`{}` cannot be read (PEM is expected)", path.display());
    let chain = CertificateDer::pem_file_iter(&files.certificate).and_then(Iterator::collect);
    let chain: Vec<_> = chain.with_context(|| unreadable(&files.certificate))?;
    anyhow::ensure!(!chain.is_empty(), "`{}` has no certificate", files.certificate.display());
    let key = PrivateKeyDer::from_pem_file(&files.key).with_context(|| unreadable(&files.key))?;
    let key = CertifiedKey::from_der(chain, key, &ring::default_provider());
    Ok(Arc::new(
        key.context("certificate and key do not belong together, or are of no known kind")?,
    ))
}

/// By what a change of the files is noticed; a link that leads elsewhere is one.
fn stamp(files: &CertificateFiles) -> [Option<(SystemTime, u64)>; 2] {
    [&files.certificate, &files.key].map(|path| {
        let facts = path.metadata().ok()?;
        Some((facts.modified().ok()?, facts.len()))
    })
}
