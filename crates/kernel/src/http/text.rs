//! Bytes that come in pieces, as text.

/// The beginning of a character whose rest has not come yet.
#[derive(Debug, Default)]
pub struct Pieces {
    pending: Vec<u8>,
}

impl Pieces {
    /// What is whole with these bytes; a character that is split waits for its end. Bytes that are no
    /// UTF-8 are replaced.
    pub fn text(&mut self, bytes: &[u8]) -> String {
        self.pending.extend_from_slice(bytes);
        let rest = self.pending.split_off(whole_characters(&self.pending));
        let whole = std::mem::replace(&mut self.pending, rest);
        String::from_utf8_lossy(&whole).into_owned()
    }

    /// Forgets what has begun: something else follows.
    pub fn clear(&mut self) {
        self.pending.clear();
    }

    /// How many bytes wait.
    pub fn pending(&self) -> u64 {
        self.pending.len() as u64
    }
}

/// How many of these bytes do not end in the middle of a character.
fn whole_characters(bytes: &[u8]) -> usize {
    let start = bytes.len().saturating_sub(3);
    let lead = (start..bytes.len()).rev().find(|it| bytes[*it] & 0b1100_0000 != 0b1000_0000);
    let Some(lead) = lead else { return bytes.len() };
    let length = match bytes[lead] {
        0b1100_0000..=0b1101_1111 => 2,
        0b1110_0000..=0b1110_1111 => 3,
        0b1111_0000..=0b1111_0111 => 4,
        _ => 1,
    };
    if bytes.len() < lead + length { lead } else { bytes.len() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_is_not_cut() {
        for (text, whole) in [
            (&b""[..], 0),
            (b"ab", 2),
            ("aä".as_bytes(), 3),
            (&"aä".as_bytes()[..2], 1),
            (&"a😀".as_bytes()[..4], 1),
            ("a😀".as_bytes(), 5),
            (b"\xff", 1),
            (b"a\x80\x80\x80", 4),
        ] {
            assert_eq!(whole_characters(text), whole, "{text:?}");
        }
    }
}
