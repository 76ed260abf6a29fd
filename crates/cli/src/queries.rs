//! Takes questions to a terminal out of a program's output.
//!
//! The kernel answers what a program asks its terminal (what are you, where is the cursor, what
//! colour is the background). The person's own terminal would answer too, and its answer would
//! arrive in the program as if it had been typed.

/// Longest sequence that is held back until its end is known; longer ones are passed on.
const HELD_MOST: usize = 256;

/// A filter over a stream that may be cut anywhere.
#[derive(Debug, Default)]
pub(crate) struct Queries {
    held: Vec<u8>,
}

/// What is known of the bytes held back.
enum Sequence {
    Unfinished,
    Question,
    Other,
}

impl Queries {
    /// The bytes without the questions in them; an unfinished sequence waits for the next call.
    pub(crate) fn strip(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        for &byte in bytes {
            if self.held.is_empty() && byte != 0x1b {
                out.push(byte);
                continue;
            }
            self.held.push(byte);
            match judge(&self.held) {
                Sequence::Unfinished if self.held.len() < HELD_MOST => {}
                Sequence::Question => self.held.clear(),
                Sequence::Unfinished | Sequence::Other => out.append(&mut self.held),
            }
        }
        out
    }
}

fn judge(held: &[u8]) -> Sequence {
    match held {
        [0x1b] => Sequence::Unfinished,
        [0x1b, b'[', rest @ ..] => control(rest),
        [0x1b, b']', rest @ ..] => colour(rest),
        [0x1b, b'P', rest @ ..] => setting(rest),
        _ => Sequence::Other,
    }
}

/// CSI: device attributes, status reports, mode requests, version, window reports.
fn control(rest: &[u8]) -> Sequence {
    let Some((&last, body)) = rest.split_last() else { return Sequence::Unfinished };
    if !(0x40..=0x7e).contains(&last) {
        return Sequence::Unfinished;
    }
    let asks = match last {
        b'c' => body.iter().all(|it| b">=0".contains(it)),
        b'n' => true,
        b'p' => body.last() == Some(&b'$'),
        b'q' => body.first() == Some(&b'>'),
        b't' => !body.starts_with(b"22") && !body.starts_with(b"23"),
        b'u' => body == b"?",
        _ => false,
    };
    if asks { Sequence::Question } else { Sequence::Other }
}

/// OSC 4, 10, 11, 12 with a question mark, ended by BEL or ST.
fn colour(rest: &[u8]) -> Sequence {
    let Some(body) = rest.strip_suffix(b"\x07").or_else(|| rest.strip_suffix(b"\x1b\\")) else {
        return Sequence::Unfinished;
    };
    let known = [&b"4;"[..], b"10;", b"11;", b"12;"].iter().any(|it| body.starts_with(it));
    if known && body.ends_with(b"?") { Sequence::Question } else { Sequence::Other }
}

/// DCS `$q` and `+q`: settings and capabilities, ended by ST.
fn setting(rest: &[u8]) -> Sequence {
    if !rest.ends_with(b"\x1b\\") {
        return Sequence::Unfinished;
    }
    let asks = rest.starts_with(b"$q") || rest.starts_with(b"+q");
    if asks { Sequence::Question } else { Sequence::Other }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strip(parts: &[&[u8]]) -> String {
        let mut queries = Queries::default();
        let out: Vec<u8> = parts.iter().flat_map(|it| queries.strip(it)).collect();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn questions_are_taken_out_and_everything_else_stays() {
        let text = b"a\x1b[31mred\x1b[c\x1b[>c\x1b[6n\x1b[?25h\x1b]0;title\x07\x1b]11;?\x07\x1bP+q544e\x1b\\z";
        assert_eq!(strip(&[text]), "a\x1b[31mred\x1b[?25h\x1b]0;title\x07z");
    }

    #[test]
    fn a_cut_anywhere_changes_nothing() {
        let text = b"x\x1b[6ny\x1b]10;?\x1b\\z\x1b[1;2H\x1b(Bend";
        let whole = strip(&[text]);
        for cut in 0..text.len() {
            assert_eq!(strip(&[&text[..cut], &text[cut..]]), whole, "cut at {cut}");
        }
        assert_eq!(whole, "xyz\x1b[1;2H\x1b(Bend");
    }

    #[test]
    fn an_endless_sequence_is_passed_on() {
        let mut text = b"\x1b]0;".to_vec();
        text.extend([b'a'; 400]);
        assert_eq!(strip(&[&text]).len(), text.len());
    }
}
