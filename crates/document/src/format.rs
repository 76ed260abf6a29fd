//! Between the bytes of a file and the text of a document: byte order mark, line endings, encoding.
//!
//! The text of a document has `\n` between its lines when every line of the file ends with `\r\n`;
//! in every other case (only `\n`, or a mixture) it is the file's text as it is, with `\r` as an
//! ordinary character. So a file comes back with the line endings it had, line by line, and lines
//! added to a file of `\r\n` get `\r\n`.

use serde::{Deserialize, Serialize};

/// Shown first by UTF-8 files of some systems; kept, and no part of the text.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// What a file has beyond its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Format {
    /// The file begins with a byte order mark.
    pub mark: bool,
    /// Every line ends with `\r\n`.
    pub crlf: bool,
}

/// Why a file has no text to edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotText {
    /// It has zero bytes, or too many bytes that are no characters.
    Binary,
    /// It is text of another encoding; the best guess, as a label of the Encoding Standard.
    Encoding(&'static str),
}

/// Reads a file's bytes.
pub fn decode(bytes: &[u8]) -> Result<(String, Format), NotText> {
    let (mark, body) = match bytes.strip_prefix(MARK) {
        Some(body) => (true, body),
        None => (false, bytes),
    };
    if bytes.starts_with(b"\xff\xfe") {
        return Err(NotText::Encoding("utf-16le"));
    }
    if bytes.starts_with(b"\xfe\xff") {
        return Err(NotText::Encoding("utf-16be"));
    }
    if body.contains(&0) {
        return Err(NotText::Binary);
    }
    let Ok(text) = std::str::from_utf8(body) else { return Err(guess(body)) };
    let crlf = is_crlf(text);
    let text = if crlf { text.replace("\r\n", "\n") } else { text.to_owned() };
    Ok((text, Format { mark, crlf }))
}

/// Writes a text as bytes of a file.
pub fn encode(text: &str, format: Format) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() + MARK.len());
    if format.mark {
        bytes.extend_from_slice(MARK);
    }
    if !format.crlf {
        bytes.extend_from_slice(text.as_bytes());
        return bytes;
    }
    let mut previous = 0;
    for byte in text.bytes() {
        if byte == b'\n' && previous != b'\r' {
            bytes.push(b'\r');
        }
        bytes.push(byte);
        previous = byte;
    }
    bytes
}

/// Reads bytes of another encoding; `None` when the label names none. Characters that cannot be
/// read become U+FFFD.
pub fn convert(bytes: &[u8], label: &str) -> Option<String> {
    let encoding = encoding_rs::Encoding::for_label(label.as_bytes())?;
    Some(encoding.decode(bytes).0.into_owned())
}

/// Whether there are lines and all end with `\r\n`.
fn is_crlf(text: &str) -> bool {
    let mut any = false;
    let mut previous = 0;
    for byte in text.bytes() {
        if byte == b'\n' {
            if previous != b'\r' {
                return false;
            }
            any = true;
        }
        previous = byte;
    }
    any
}

/// What bytes without zeros that are no UTF-8 may be.
fn guess(bytes: &[u8]) -> NotText {
    let control = |it: &&u8| **it < 0x20 && !matches!(**it, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b);
    let controls = bytes.iter().filter(control).count();
    if bytes.len() < controls * 50 { NotText::Binary } else { NotText::Encoding("windows-1252") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_back_the_same() {
        let files: [&[u8]; 12] = [
            b"",
            b"a",
            b"a\n",
            b"a\nb",
            b"a\r\nb\r\n",
            b"a\r\nb",
            b"a\r\nb\n",
            b"a\rb\r",
            b"\r\n",
            b"\xef\xbb\xbfa\r\n",
            b"\xef\xbb\xbf",
            "grün ✓ 😀\n".as_bytes(),
        ];
        for file in files {
            let (text, format) = decode(file).unwrap();
            assert_eq!(encode(&text, format), file, "{text:?} {format:?}");
        }
    }

    #[test]
    fn lines_added_to_a_file_of_crlf_get_crlf_and_others_do_not() {
        let (text, format) = decode(b"a\r\nb\r\n").unwrap();
        assert_eq!(text, "a\nb\n");
        assert_eq!(encode("a\nnew\nb\n", format), b"a\r\nnew\r\nb\r\n");
        let (text, format) = decode(b"a\r\nb\n").unwrap();
        assert_eq!(text, "a\r\nb\n");
        assert_eq!(encode("a\r\nnew\nb\n", format), b"a\r\nnew\nb\n");
    }

    #[test]
    fn what_is_no_utf_8_is_not_text_and_says_what_it_may_be() {
        assert_eq!(decode(b"a\0b"), Err(NotText::Binary));
        assert_eq!(decode(b"gr\xfcn\n"), Err(NotText::Encoding("windows-1252")));
        assert_eq!(decode(b"\xff\xfea\0\n\0"), Err(NotText::Encoding("utf-16le")));
        assert_eq!(decode(b"\x80\x01\x02\x03\x04\x90"), Err(NotText::Binary));
        assert_eq!(convert(b"gr\xfcn", "windows-1252").as_deref(), Some("grün"));
        assert_eq!(convert(b"\xff\xfea\0", "utf-16le").as_deref(), Some("a"));
        assert_eq!(convert(b"a", "klingon"), None);
    }
}
