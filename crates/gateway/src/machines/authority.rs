//! Who says which machine is which: the installation's own authority.
//!
//! Its key is among the sealed keys of the database, and its certificate is made of the key alone:
//! every gateway on the database has the same one, byte for byte. A machine pins it.

use crate::identity::hex;
use protocol::id::MachineId;
use protocol::machine::server_name;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_ED25519, PublicKeyData, SignatureAlgorithm,
    date_time_ymd,
};
use rustls::client::Resumption;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;

/// Clocks of gateways differ by less than a day.
const SKEW: Duration = Duration::from_secs(24 * 60 * 60);
/// What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410).
const PKCS8: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];
/// Bytes of a machine's key.
const PUBLIC_KEY_LENGTH: usize = 32;

/// Signs certificates of machines, and those by which gateways are known to them.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) certificate: CertificateDer<'static>,
}

/// A certificate that could not be made: a defect of ours, or a key that is none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthorityError {
    #[error("a certificate could not be made: {0}")]
    Certificate(#[from] rcgen::Error),
    #[error("TLS refused a certificate of ours: {0}")]
    Tls(#[from] rustls::Error),
}

/// The key that a machine says is its own.
struct MachineKey([u8; PUBLIC_KEY_LENGTH]);

impl PublicKeyData for MachineKey {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ED25519
    }
}

impl Authority {
    /// The authority whose secret this is.
    pub(crate) fn new(secret: &[u8; 32]) -> Result<Self, AuthorityError> {
        let key = [PKCS8.as_slice(), secret.as_slice()].concat();
        let key = PrivatePkcs8KeyDer::from(key);
        let key = KeyPair::from_pkcs8_der_and_sign_algo(&key, &PKCS_ED25519)?;
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "Stead machines");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let certificate = params.self_signed(&key)?.der().clone();
        Ok(Self { issuer: Issuer::new(params, key), certificate })
    }

    /// By which a machine recognises the authority before it trusts it.
    pub(crate) fn fingerprint(&self) -> String {
        hex(&Sha256::digest(&self.certificate))
    }

    /// A certificate for a machine's key, from now on for so long. `None`: that is no key.
    pub(crate) fn certify(
        &self,
        id: &MachineId,
        public_key: &[u8],
        (now_ms, lifetime): (u64, Duration),
    ) -> Option<Result<CertificateDer<'static>, AuthorityError>> {
        let key = MachineKey(public_key.try_into().ok()?);
        let now = date_time_ymd(1970, 1, 1) + Duration::from_millis(now_ms);
        Some(leaf(server_name(id), ExtendedKeyUsagePurpose::ServerAuth).and_then(|mut params| {
            (params.not_before, params.not_after) = (now - SKEW, now + lifetime);
            Ok(params.signed_by(&key, &self.issuer)?.der().clone())
        }))
    }

    /// How a gateway speaks to machines: it shows a certificate of the authority, and believes
    /// those of the authority. Its key is in this memory and nowhere else, so the certificate has
    /// no end, and a machine whose clock is wrong believes it all the same.
    pub(crate) fn client(&self) -> Result<Arc<ClientConfig>, AuthorityError> {
        let key = KeyPair::generate_for(&PKCS_ED25519)?;
        let name = "gateway.stead.internal".to_owned();
        let params = leaf(name, ExtendedKeyUsagePurpose::ClientAuth)?;
        let certificate = params.signed_by(&key, &self.issuer)?.der().clone();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone())?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_root_certificates(roots)
            .with_client_auth_cert(vec![certificate], key)?;
        // Every stream is judged by the certificate that the machine has now.
        config.resumption = Resumption::disabled();
        Ok(Arc::new(config))
    }
}

fn leaf(name: String, usage: ExtendedKeyUsagePurpose) -> Result<CertificateParams, AuthorityError> {
    let mut params = CertificateParams::new(vec![name])?;
    params.distinguished_name = DistinguishedName::new();
    params.extended_key_usages = vec![usage];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    Ok(params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_secret_is_one_authority() {
        let (one, same) = (Authority::new(&[7; 32]).unwrap(), Authority::new(&[7; 32]).unwrap());
        assert_eq!(one.certificate, same.certificate);
        assert_ne!(one.fingerprint(), Authority::new(&[8; 32]).unwrap().fingerprint());
        assert!(one.client().is_ok());
    }

    #[test]
    fn what_is_no_key_is_not_certified() {
        let (authority, id) = (Authority::new(&[7; 32]).unwrap(), MachineId::from_random(1));
        assert!(authority.certify(&id, &[1; 31], (0, SKEW)).is_none());
        assert!(authority.certify(&id, &[1; 32], (1_700_000_000_000, SKEW)).unwrap().is_ok());
    }
}
