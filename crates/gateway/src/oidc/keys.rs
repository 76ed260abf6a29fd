//! The public keys of a provider (RFC 7517), and whether one of them signed something.

use super::encoding::base64url;
use ring::digest::{SHA256, SHA512, digest};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use serde::Deserialize;

/// Keys in one set; large providers have three or four.
const KEYS_MAX: usize = 64;
/// Characters of a key's name.
const KID_LENGTH_MAX: usize = 512;

/// How a token may be signed. Whatever else a token names is refused before a key is looked for: no
/// `none`, nothing symmetric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Rs256,
    Es256,
    EdDsa,
}

impl Algorithm {
    pub(super) fn parse(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            "EdDSA" => Some(Self::EdDsa),
            _ => None,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The left half of the hash of a text, which is what `at_hash` holds.
    pub(super) fn half_hash(self, text: &str) -> Vec<u8> {
        let hash = match self {
            Self::Rs256 | Self::Es256 => digest(&SHA256, text.as_bytes()),
            Self::EdDsa => digest(&SHA512, text.as_bytes()),
        };
        hash.as_ref()[..hash.as_ref().len() / 2].to_vec()
    }
}

/// Why no key was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoKey {
    /// The set has none of this name and kind; a newer one may.
    Unknown,
    /// It has several, and the token does not say which.
    Ambiguous,
}

/// What is known of one key. Members that nobody needs are not read.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<serde_json::Value>,
}

enum Material {
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// An uncompressed point.
    P256(Vec<u8>),
    Ed25519(Vec<u8>),
}

/// One key that can check signatures of one kind.
pub(super) struct Key {
    kid: Option<String>,
    algorithm: Algorithm,
    material: Material,
}

/// The keys of a set that are of use here.
pub(super) struct KeySet {
    keys: Vec<Key>,
}

impl KeySet {
    /// Reads a set. Keys of other kinds and for other purposes are left out.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, &'static str> {
        let document: Document =
            serde_json::from_slice(bytes).map_err(|_| "the set of keys is not one")?;
        if KEYS_MAX < document.keys.len() {
            return Err("the set of keys has more than 64");
        }
        let keys: Vec<Key> = document.keys.into_iter().filter_map(Key::read).collect();
        if keys.is_empty() {
            return Err("the set of keys has none for RS256, ES256 or EdDSA");
        }
        Ok(Self { keys })
    }

    /// The one key that a token may be signed with.
    pub(super) fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Result<&Key, NoKey> {
        let mut fitting = self.keys.iter().filter(|it| {
            it.algorithm == algorithm && kid.is_none_or(|kid| it.kid.as_deref() == Some(kid))
        });
        let first = fitting.next().ok_or(NoKey::Unknown)?;
        if fitting.next().is_some() { Err(NoKey::Ambiguous) } else { Ok(first) }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }
}

impl Key {
    fn read(value: serde_json::Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(value).ok()?;
        let signs = jwk.purpose.as_deref().is_none_or(|it| it == "sig")
            && jwk.key_ops.as_ref().is_none_or(|it| it.iter().any(|it| it == "verify"));
        let has_sane_name = jwk.kid.as_ref().is_none_or(|it| it.len() <= KID_LENGTH_MAX);
        if !signs || !has_sane_name {
            return None;
        }
        let (algorithm, material) = material(&jwk)?;
        let is_for_it = jwk.alg.as_deref().is_none_or(|it| it == algorithm.as_str());
        is_for_it.then_some(Self { kid: jwk.kid, algorithm, material })
    }

    /// Whether this key made the signature.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let checked = match &self.material {
            Material::Rsa { n, e } => RsaPublicKeyComponents { n, e }.verify(
                &RSA_PKCS1_2048_8192_SHA256,
                message,
                signature,
            ),
            Material::P256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature)
            }
            Material::Ed25519(point) => {
                UnparsedPublicKey::new(&ED25519, point).verify(message, signature)
            }
        };
        checked.is_ok()
    }
}

fn material(jwk: &Jwk) -> Option<(Algorithm, Material)> {
    let bytes = |it: &Option<String>| base64url(it.as_deref()?);
    let of_length = |it: &Option<String>, length| bytes(it).filter(|it| it.len() == length);
    match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("RSA", _) => {
            // Some providers write a zero before the number.
            let number = |it| {
                let bytes: Vec<u8> = bytes(it)?;
                let zeros = bytes.iter().take_while(|it| **it == 0).count();
                Some(bytes[zeros..].to_vec()).filter(|it| !it.is_empty())
            };
            Some((Algorithm::Rs256, Material::Rsa { n: number(&jwk.n)?, e: number(&jwk.e)? }))
        }
        ("EC", Some("P-256")) => {
            let mut point = vec![4];
            point.extend(of_length(&jwk.x, 32)?);
            point.extend(of_length(&jwk.y, 32)?);
            Some((Algorithm::Es256, Material::P256(point)))
        }
        ("OKP", Some("Ed25519")) => {
            Some((Algorithm::EdDsa, Material::Ed25519(of_length(&jwk.x, 32)?)))
        }
        _ => None,
    }
}
