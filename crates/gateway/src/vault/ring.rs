//! The keys outside the database, and what they seal. No IO.
//!
//! A key is 32 bytes in base 64; a ring is some of them, the newest last, apart from each other by
//! white space or commas. A key is known by the beginning of its hash, so nobody can mistake one
//! for another.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use stdx::Secret;

/// Bytes of a key.
const KEY_BYTES: usize = 32;
/// Bytes of a nonce; drawn at random they never repeat.
const NONCE_BYTES: usize = 24;
/// What a ring in a file begins with.
const COMMENT: &str = "\
# The keys of this Stead's secrets, the newest last. Without them every secret is lost.
# Keep a copy apart from copies of the database. `stead secrets rotate` changes them.
";

/// Where a sealed value stands. Whoever moves it elsewhere makes it unreadable.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) table: &'static str,
    pub(crate) owner: &'a str,
    pub(crate) name: &'a str,
    /// So that nobody makes a secret a plain value by changing a word.
    pub(crate) kind: &'a str,
}

/// A key, ready to be used.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) id: String,
    bytes: Secret<[u8; KEY_BYTES]>,
}

/// Keys by age.
#[derive(Clone, Default)]
pub(crate) struct Ring {
    keys: Vec<Key>,
}

/// Why a text is no ring, without the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RingError {
    /// No key in it.
    #[error("there is no key in it")]
    Empty,
    /// Something in it is no key.
    #[error("a key is 32 random bytes in base 64, and one of these is not")]
    Invalid,
}

/// The value was not sealed with this key for this place, or was changed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value was changed, or belongs to another place")]
pub(crate) struct Broken;

impl Ring {
    pub(crate) fn parse(text: &str) -> Result<Self, RingError> {
        let mut keys: Vec<Key> = Vec::new();
        let lines = text.lines().filter(|it| !it.trim_start().starts_with('#'));
        for word in lines.flat_map(|it| it.split([' ', '\t', ','])).filter(|it| !it.is_empty()) {
            let key = Key::parse(word.trim()).ok_or(RingError::Invalid)?;
            keys.retain(|it| it.id != key.id);
            keys.push(key);
        }
        if keys.is_empty() { Err(RingError::Empty) } else { Ok(Self { keys }) }
    }

    /// A ring of one fresh key.
    pub(crate) fn draw() -> Self {
        Self { keys: vec![Key::draw()] }
    }

    /// The same ring with a fresh key.
    pub(crate) fn with_fresh_key(&self) -> Self {
        let mut keys = self.keys.clone();
        keys.push(Key::draw());
        Self { keys }
    }

    /// The ring without all but one key.
    pub(crate) fn only(&self, id: &str) -> Self {
        Self { keys: self.keys.iter().filter(|it| it.id == id).cloned().collect() }
    }

    pub(crate) fn key(&self, id: &str) -> Option<&Key> {
        self.keys.iter().find(|it| it.id == id)
    }

    pub(crate) fn newest(&self) -> &Key {
        self.keys.last().expect("a ring has a key")
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        self.keys.iter().map(|it| it.id.clone()).collect()
    }

    /// As it stands in a file.
    pub(crate) fn to_text(&self) -> Secret<String> {
        let mut text = COMMENT.to_owned();
        for key in &self.keys {
            text.push_str(&STANDARD.encode(key.bytes.expose()));
            text.push('\n');
        }
        Secret::new(text)
    }
}

impl Key {
    fn parse(word: &str) -> Option<Self> {
        let word = word.trim_end_matches('=');
        let bytes = STANDARD_NO_PAD.decode(word).or_else(|_| URL_SAFE_NO_PAD.decode(word)).ok()?;
        Some(Self::new(bytes.try_into().ok()?))
    }

    fn draw() -> Self {
        Self::new(stdx::random::bytes())
    }

    fn new(bytes: [u8; KEY_BYTES]) -> Self {
        let hash = Sha256::digest(bytes);
        Self { id: crate::identity::hex(&hash[..8]), bytes: Secret::new(bytes) }
    }

    /// The value as it may stand in the database, at this place.
    pub(crate) fn seal(&self, place: Place<'_>, plain: &[u8]) -> String {
        let nonce: [u8; NONCE_BYTES] = stdx::random::bytes();
        let aad = place.bytes(&self.id);
        let payload = Payload { msg: plain, aad: &aad };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.expect("a value is far shorter than the cipher's limit");
        STANDARD_NO_PAD.encode([&nonce[..], &sealed].concat())
    }

    /// The value that was sealed for this place.
    pub(crate) fn open(&self, place: Place<'_>, text: &str) -> Result<Secret<Vec<u8>>, Broken> {
        let bytes = STANDARD_NO_PAD.decode(text).map_err(|_| Broken)?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_BYTES).ok_or(Broken)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| Broken)?;
        let aad = place.bytes(&self.id);
        let payload = Payload { msg: sealed, aad: &aad };
        let plain = self.cipher().decrypt(&XNonce::from(nonce), payload);
        plain.map(Secret::new).map_err(|_| Broken)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.bytes.expose().into())
    }
}

impl Place<'_> {
    /// Each part with its length, so that no two places have the same bytes.
    fn bytes(&self, key: &str) -> Vec<u8> {
        let mut all = Vec::new();
        for part in ["stead-secret-1", key, self.table, self.owner, self.name, self.kind] {
            all.extend((part.len() as u64).to_be_bytes());
            all.extend(part.as_bytes());
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'_> =
        Place { table: "environment", owner: "ws_1", name: "KEY", kind: "secret" };

    #[test]
    fn a_value_opens_where_it_was_sealed_and_nowhere_else() {
        let ring = Ring::draw().with_fresh_key();
        let key = ring.newest();
        let sealed = key.seal(PLACE, b"value");
        assert_ne!(sealed, key.seal(PLACE, b"value"), "a nonce is never used twice");
        assert_eq!(key.open(PLACE, &sealed).unwrap().expose(), b"value");
        for place in [
            Place { owner: "ws_2", ..PLACE },
            Place { name: "KEY2", ..PLACE },
            Place { kind: "plain", ..PLACE },
            Place { table: "keys", ..PLACE },
            Place { owner: "ws_1K", name: "EY", ..PLACE },
        ] {
            assert!(key.open(place, &sealed).is_err(), "{place:?}");
        }
        let first = ring.key(&ring.ids()[0]).unwrap();
        assert!(first.open(PLACE, &sealed).is_err());
        let mut bytes = STANDARD_NO_PAD.decode(&sealed).unwrap();
        for index in 0..bytes.len() {
            bytes[index] ^= 1;
            assert!(key.open(PLACE, &STANDARD_NO_PAD.encode(&bytes)).is_err(), "byte {index}");
            bytes[index] ^= 1;
        }
        for text in ["", "AAAA", "not base 64!"] {
            assert!(key.open(PLACE, text).is_err());
        }
    }

    #[test]
    fn a_ring_is_read_as_it_was_written_and_in_other_shapes() {
        let ring = Ring::draw().with_fresh_key();
        let text = ring.to_text();
        let again = Ring::parse(text.expose()).unwrap();
        assert_eq!(again.ids(), ring.ids());
        assert_eq!(again.only(&ring.newest().id).ids(), [ring.newest().id.clone()]);
        let words: Vec<&str> = text.expose().lines().filter(|it| !it.starts_with('#')).collect();
        let unpadded = words[0].trim_end_matches('=').replace('+', "-").replace('/', "_");
        let listed = format!("{unpadded},{}", words[1]);
        assert_eq!(Ring::parse(&listed).unwrap().ids(), ring.ids());
        assert_eq!(Ring::parse("# nothing\n \n").err(), Some(RingError::Empty));
        for bad in ["AAAA", "x y", &"A".repeat(44)] {
            assert_eq!(Ring::parse(bad).err(), Some(RingError::Invalid), "{bad}");
        }
    }
}
