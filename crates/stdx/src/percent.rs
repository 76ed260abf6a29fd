//! Percent signs in paths.

use std::fmt::Write;

/// Takes the percent signs out of a path; bytes that are no text become replacement characters.
pub fn decode(path: &str) -> String {
    String::from_utf8_lossy(&decode_bytes(path)).into_owned()
}

/// Takes the percent signs out of a path, whatever the bytes are.
pub fn decode_bytes(path: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, behind @ ..] = rest {
        let digits = behind.get(..2).and_then(|it| std::str::from_utf8(it).ok());
        let byte = digits.and_then(|it| u8::from_str_radix(it, 16).ok());
        if let Some(byte) = byte.filter(|_| *first == b'%') {
            bytes.push(byte);
            rest = &behind[2..];
        } else {
            bytes.push(*first);
            rest = behind;
        }
    }
    bytes
}

/// Any bytes as printable text that [`decode_bytes`] reads; a slash stays one.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte != b'%' && (byte.is_ascii_graphic() || byte == b' ') {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02x}").expect("a string takes everything");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{decode, decode_bytes, encode};

    #[test]
    fn any_name_survives_as_text() {
        let every: Vec<u8> = (0..=255).collect();
        let text = encode(&every);
        assert!(text.bytes().all(|it| it.is_ascii_graphic() || it == b' '));
        assert_eq!(decode_bytes(&text), every);
        assert_eq!(encode(b"a b/c%.txt"), "a b/c%25.txt");
    }

    #[test]
    fn what_is_encoded_is_text_again() {
        for (path, text) in [
            ("a%20b", "a b"),
            ("%c3%a4", "\u{e4}"),
            ("100%", "100%"),
            ("%zz", "%zz"),
            ("%ff", "\u{fffd}"),
        ] {
            assert_eq!(decode(path), text, "{path}");
        }
    }
}
