//! Messages on the standard streams of a language server: `Content-Length`, a blank line, JSON.

use serde_json::Value;

/// Longest message of a server, in bytes: the completions of a large library are some megabytes.
pub(super) const MESSAGE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Longest head; a real one has forty bytes.
const HEAD_BYTES_MAX: usize = 4096;

/// Why what a server sends cannot be read any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Garbled {
    #[error("it sent a message without a length")]
    Head,
    #[error("it sent a message larger than 16 MiB")]
    TooLarge,
    #[error("it sent a message that is no JSON")]
    Json,
}

/// Bytes that arrived and are no whole message yet.
#[derive(Debug, Default)]
pub(super) struct Frames {
    bytes: Vec<u8>,
}

impl Frames {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole message.
    pub(super) fn next(&mut self) -> Result<Option<Value>, Garbled> {
        let Some(head) = find(&self.bytes, b"\r\n\r\n") else {
            return if HEAD_BYTES_MAX < self.bytes.len() { Err(Garbled::Head) } else { Ok(None) };
        };
        let length = length_of(&self.bytes[..head]).ok_or(Garbled::Head)?;
        if MESSAGE_BYTES_MAX < length {
            return Err(Garbled::TooLarge);
        }
        let (begin, end) = (head + 4, head + 4 + length);
        let Some(body) = self.bytes.get(begin..end) else { return Ok(None) };
        let message = serde_json::from_slice(body).map_err(|_| Garbled::Json)?;
        self.bytes.drain(..end);
        Ok(Some(message))
    }
}

/// A message as the server reads it.
pub(super) fn encode(message: &Value) -> Vec<u8> {
    let body = message.to_string();
    let mut bytes = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body.as_bytes());
    bytes
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).take(HEAD_BYTES_MAX).position(|it| it == wanted)
}

fn length_of(head: &[u8]) -> Option<usize> {
    let head = std::str::from_utf8(head).ok()?;
    let field = head.split("\r\n").find_map(|it| {
        let (name, value) = it.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-length").then_some(value)
    })?;
    field.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn messages_arrive_whole_however_they_are_cut() {
        let sent = [json!({"id": 1}), json!({"method": "größe"}), json!([])];
        let bytes: Vec<u8> = sent.iter().flat_map(encode).collect();
        for size in 1..bytes.len() {
            let mut frames = Frames::default();
            let mut got = Vec::new();
            for chunk in bytes.chunks(size) {
                frames.push(chunk);
                while let Some(message) = frames.next().unwrap() {
                    got.push(message);
                }
            }
            assert_eq!(got, sent, "in chunks of {size}");
        }
    }

    #[test]
    fn what_is_no_message_is_refused() {
        let check = |bytes: &[u8]| {
            let mut frames = Frames::default();
            frames.push(bytes);
            frames.next()
        };
        assert_eq!(check(b"Content-Length: 5"), Ok(None));
        assert_eq!(check(b"Content-Type: x\r\n\r\n{}"), Err(Garbled::Head));
        assert_eq!(check(b"Content-Length: 99999999999\r\n\r\n"), Err(Garbled::TooLarge));
        assert_eq!(check(b"Content-Length: -1\r\n\r\n"), Err(Garbled::Head));
        assert_eq!(check(b"Content-Length: 1\r\n\r\n{"), Err(Garbled::Json));
        assert_eq!(check(&[b'x'; HEAD_BYTES_MAX + 1]), Err(Garbled::Head));
    }
}
