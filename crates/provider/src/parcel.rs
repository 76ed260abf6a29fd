//! A step of a move on the wire: one line of JSON, and the bytes that come along.

use bytes::{Bytes, BytesMut};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Puts a line in front of some bytes.
pub fn pack(head: &impl Serialize, bytes: &Bytes) -> Bytes {
    let line = serde_json::to_vec(head).expect("wire types have no maps with odd keys");
    let mut whole = BytesMut::with_capacity(line.len() + 1 + bytes.len());
    whole.extend_from_slice(&line);
    whole.extend_from_slice(b"\n");
    whole.extend_from_slice(bytes);
    whole.freeze()
}

/// Takes the line off.
pub fn unpack<T: DeserializeOwned>(mut whole: Bytes) -> Result<(T, Bytes), serde_json::Error> {
    let end = whole.iter().position(|it| *it == b'\n').map_or(whole.len(), |it| it + 1);
    let line = whole.split_to(end);
    Ok((serde_json::from_slice(&line)?, whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_with_line_ends_come_along_as_they_are() {
        let bytes = Bytes::from_static(b"\n\0\n{}\n");
        let whole = pack(&("a\n", 7), &bytes);
        assert_eq!(unpack::<(String, u8)>(whole).unwrap(), (("a\n".to_owned(), 7), bytes));
        assert_eq!(unpack::<u8>(Bytes::from_static(b"7")).unwrap(), (7, Bytes::new()));
        assert!(unpack::<u8>(Bytes::from_static(b"x\n7")).is_err());
    }
}
