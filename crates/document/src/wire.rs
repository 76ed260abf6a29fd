//! Messages of the y-websocket protocol, and the one of ours.

use crate::lib0::{Malformed, Reader, write_bytes, write_number};
use protocol::document::{FromDocument, MESSAGE, ToDocument};

/// Numbers of messages, from `y-websocket` and `y-protocols`.
const SYNC: u64 = 0;
const AWARENESS: u64 = 1;
const AUTH: u64 = 2;
const QUERY_AWARENESS: u64 = 3;
/// Kinds of sync messages.
const STEP_1: u64 = 0;
const STEP_2: u64 = 1;
const UPDATE: u64 = 2;
/// Kind of an auth message: permission denied.
const DENIED: u64 = 0;

/// What a client sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Incoming<'a> {
    /// What the client has; it wants the rest.
    Have(&'a [u8]),
    Update(&'a [u8]),
    Awareness(&'a [u8]),
    QueryAwareness,
    Ours(ToDocument),
}

/// Reads a frame: one message after the other. Kinds that mean nothing here end it.
pub fn read(frame: &[u8]) -> Result<Vec<Incoming<'_>>, Malformed> {
    let mut reader = Reader::new(frame);
    let mut messages = Vec::new();
    while !reader.is_empty() {
        messages.push(match reader.number()? {
            SYNC => match reader.number()? {
                STEP_1 => Incoming::Have(reader.bytes()?),
                STEP_2 | UPDATE => Incoming::Update(reader.bytes()?),
                _ => return Err(Malformed),
            },
            AWARENESS => Incoming::Awareness(reader.bytes()?),
            QUERY_AWARENESS => Incoming::QueryAwareness,
            MESSAGE => match serde_json::from_slice(reader.bytes()?) {
                Ok(message) => Incoming::Ours(message),
                // One of a client that is newer.
                Err(_) => continue,
            },
            _ => break,
        });
    }
    Ok(messages)
}

fn frame(numbers: &[u64], bytes: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(bytes.len() + 12);
    for number in numbers {
        write_number(&mut frame, *number);
    }
    write_bytes(&mut frame, bytes);
    frame
}

/// Asks for what the server lacks.
pub fn have(state_vector: &[u8]) -> Vec<u8> {
    frame(&[SYNC, STEP_1], state_vector)
}

/// What the client lacked.
pub fn rest(update: &[u8]) -> Vec<u8> {
    frame(&[SYNC, STEP_2], update)
}

pub fn update(update: &[u8]) -> Vec<u8> {
    frame(&[SYNC, UPDATE], update)
}

pub fn awareness(entries: &[u8]) -> Vec<u8> {
    frame(&[AWARENESS], entries)
}

/// The client may not write.
pub fn denied(reason: &str) -> Vec<u8> {
    frame(&[AUTH, DENIED], reason.as_bytes())
}

/// One of ours.
pub fn ours(message: &FromDocument) -> Vec<u8> {
    let json = serde_json::to_vec(message).expect("a message is plain data");
    frame(&[MESSAGE], &json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_as_yjs_writes_them() {
        assert_eq!(read(&[0, 0, 1, 0]), Ok(vec![Incoming::Have(&[0])]));
        assert_eq!(read(&[0, 1, 2, 0, 0]), Ok(vec![Incoming::Update(&[0, 0])]));
        assert_eq!(
            read(&[0, 2, 2, 0, 0, 3, 1, 1, 0]),
            Ok(vec![
                Incoming::Update(&[0, 0]),
                Incoming::QueryAwareness,
                Incoming::Awareness(&[0])
            ])
        );
        assert_eq!(read(&[9, 1, 2]), Ok(vec![]));
        let save = frame(&[MESSAGE], br#"{"type":"save"}"#);
        assert_eq!(read(&save), Ok(vec![Incoming::Ours(ToDocument::Save)]));
        let newer = frame(&[MESSAGE], br#"{"type":"sing"}"#);
        assert_eq!(read(&[newer, save].concat()), Ok(vec![Incoming::Ours(ToDocument::Save)]));
        assert_eq!(read(&[0, 0, 5, 1]), Err(Malformed));
        assert_eq!(read(&[0, 7]), Err(Malformed));
    }

    #[test]
    fn messages_are_written_as_yjs_reads_them() {
        assert_eq!(have(&[1, 2]), [0, 0, 2, 1, 2]);
        assert_eq!(rest(&[0, 0]), [0, 1, 2, 0, 0]);
        assert_eq!(update(&[0, 0]), [0, 2, 2, 0, 0]);
        assert_eq!(denied("no"), [2, 0, 2, b'n', b'o']);
        let ours = ours(&FromDocument::Deleted);
        assert_eq!(&ours[..2], &[64, 18]);
        assert_eq!(&ours[2..], br#"{"type":"deleted"}"#);
    }
}
