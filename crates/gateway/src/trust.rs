//! Which certificates are believed on the way to another server: those of the system's
//! authorities, and those that a file adds.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why nothing can be trusted.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The file cannot be read, or is no PEM.
    #[error("the certificates in `{path}` cannot be read (PEM is expected)")]
    Unreadable {
        /// The file that was named.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    /// A file without any.
    #[error("`{path}` has no certificate (PEM is expected)")]
    Empty {
        /// The file that was named.
        path: PathBuf,
    },
    /// Neither the system nor a file names one.
    #[error(
        "this machine has no list of authorities to trust; install ca-certificates, or name a file \
         of certificates"
    )]
    Nobody,
    /// The TLS library refused its own settings.
    #[error(transparent)]
    Tls(#[from] rustls::Error),
}

/// Trusts the system's authorities, and those in a file.
pub fn trust(authorities: Option<&Path>) -> Result<ClientConfig, TrustError> {
    let mut roots = RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(system.certs);
    if let Some(path) = authorities {
        let certificates = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
        let certificates: Vec<_> = certificates
            .map_err(|source| TrustError::Unreadable { path: path.to_owned(), source })?;
        let (added, _) = roots.add_parsable_certificates(certificates);
        if added == 0 {
            return Err(TrustError::Empty { path: path.to_owned() });
        }
    }
    if roots.is_empty() {
        return Err(TrustError::Nobody);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_certificate_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ca.pem");
        assert!(matches!(trust(Some(&path)), Err(TrustError::Unreadable { .. })));
        std::fs::write(&path, "no certificate").unwrap();
        assert!(trust(Some(&path)).unwrap_err().to_string().contains("ca.pem"));
    }
}
