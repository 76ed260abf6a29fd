//! Between texts and what language servers call places and files: lines and UTF-16 units, and URIs.

use protocol::language::TextPlace;
use serde_json::{Value, json};
use std::path::Path;
use stdx::WorkspacePath;

/// What a text is changed to, as one `TextDocumentContentChangeEvent`; `None` when it stays the same.
pub(super) fn change(old: &str, new: &str) -> Option<Value> {
    if old == new {
        return None;
    }
    let same = |(one, two): &(u8, u8)| one == two;
    let mut start = old.bytes().zip(new.bytes()).take_while(same).count();
    // Neither half of a character nor of a line's end.
    while !(old.is_char_boundary(start) && new.is_char_boundary(start))
        || is_in_line_end(old, start)
    {
        start -= 1;
    }
    let room = (old.len() - start).min(new.len() - start);
    let mut tail = old.bytes().rev().zip(new.bytes().rev()).take(room).take_while(same).count();
    let end_of = |text: &str, tail: usize| text.len() - tail;
    while !old.is_char_boundary(end_of(old, tail))
        || !new.is_char_boundary(end_of(new, tail))
        || is_in_line_end(old, end_of(old, tail))
        || is_in_line_end(new, end_of(new, tail))
    {
        tail -= 1;
    }
    let (old_end, new_end) = (end_of(old, tail), end_of(new, tail));
    Some(json!({
        "range": {"start": place_of(old, start), "end": place_of(old, old_end)},
        "text": &new[start..new_end],
    }))
}

/// Whether `offset` is between a carriage return and its line feed.
fn is_in_line_end(text: &str, offset: usize) -> bool {
    0 < offset
        && text.as_bytes()[offset - 1] == b'\r'
        && text.as_bytes().get(offset) == Some(&b'\n')
}

fn place_of(text: &str, offset: usize) -> Value {
    let before = &text[..offset];
    let mut line = 0;
    let mut begin = 0;
    for next in line_starts(before) {
        line += 1;
        begin = next;
    }
    json!({"line": line, "character": before[begin..].encode_utf16().count()})
}

/// Where lines after the first begin. A line ends with `\n`, `\r\n` or `\r`.
fn line_starts(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    bytes.iter().enumerate().filter_map(move |(index, byte)| match byte {
        b'\n' => Some(index + 1),
        b'\r' if bytes.get(index + 1) != Some(&b'\n') => Some(index + 1),
        _ => None,
    })
}

/// Applies `TextEdit`s to a text. `None` when one of them has no place in it, or two overlap.
pub(super) fn apply(text: &str, edits: &[Value]) -> Option<String> {
    let starts: Vec<usize> = std::iter::once(0).chain(line_starts(text)).collect();
    let offset = |place: &Value| {
        let line = usize::try_from(place["line"].as_u64()?).ok()?;
        let character = usize::try_from(place["character"].as_u64()?).ok()?;
        // One line further than there is means the end.
        let Some(begin) = starts.get(line).copied() else {
            return (line == starts.len() && character == 0).then_some(text.len());
        };
        let end = starts.get(line + 1).copied().unwrap_or(text.len());
        let mut units = 0;
        for (index, it) in text[begin..end].char_indices() {
            if character <= units || matches!(it, '\r' | '\n') {
                return Some(begin + index);
            }
            units += it.len_utf16();
        }
        Some(end)
    };
    let mut ranges = Vec::with_capacity(edits.len());
    for edit in edits {
        let range = &edit["range"];
        let (start, end) = (offset(&range["start"])?, offset(&range["end"])?);
        if end < start {
            return None;
        }
        ranges.push((start, end, edit["newText"].as_str()?));
    }
    // Insertions at one place keep their order.
    ranges.sort_by_key(|it| (it.0, it.1));
    let mut result = String::with_capacity(text.len());
    let mut copied = 0;
    for (start, end, new) in ranges {
        result.push_str(text.get(copied..start)?);
        result.push_str(new);
        copied = end;
    }
    result.push_str(text.get(copied..)?);
    Some(result)
}

/// A place as the protocol counts it.
pub(super) fn of_request(place: TextPlace) -> Value {
    let (line, character) = (place.line.saturating_sub(1), place.column.saturating_sub(1));
    json!({"line": line, "character": character})
}

/// The URI of a file or directory.
pub(super) fn uri_of(root: &Path, path: &WorkspacePath) -> String {
    let mut uri = "file://".to_owned();
    let full = root.join(path.as_path());
    let full = if path.is_root() { root.to_string_lossy() } else { full.to_string_lossy() };
    for byte in full.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.extend(['%', hex(byte >> 4), hex(byte & 15)]);
        }
    }
    uri
}

fn hex(digit: u8) -> char {
    char::from(b"0123456789ABCDEF"[usize::from(digit)])
}

/// The file of the workspace that a URI names; `None` for whatever is outside, or no file.
pub(super) fn path_of(root: &Path, uri: &str) -> Option<WorkspacePath> {
    let full = decode(uri.strip_prefix("file://")?)?;
    let relative = full.strip_prefix(root.to_str()?)?.strip_prefix('/')?;
    WorkspacePath::parse(relative).ok()
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if byte == b'%' {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use stdx::noise::Noise;

    #[test]
    fn a_change_is_what_a_server_has_to_do_to_have_the_new_text() {
        let pieces = ["a", "b", "\n", "\r\n", "\r", "é", "😀", "😁", "longer text\n"];
        for seed in 0..3_000 {
            let mut noise = Noise::new(seed);
            let (old, new) = (noise.text(&pieces, 12), noise.text(&pieces, 12));
            let Some(change) = change(&old, &new) else {
                assert_eq!(old, new);
                continue;
            };
            let edit = json!({"range": change["range"], "newText": change["text"]});
            assert_eq!(apply(&old, &[edit]).as_ref(), Some(&new), "{old:?} {change}");
        }
    }

    #[test]
    fn edits_without_a_place_are_refused() {
        let edit = |from: (u64, u64), to: (u64, u64), text: &str| {
            json!({
                "range": {
                    "start": {"line": from.0, "character": from.1},
                    "end": {"line": to.0, "character": to.1},
                },
                "newText": text,
            })
        };
        let text = "one\n😀two\n";
        assert_eq!(apply(text, &[edit((1, 2), (1, 5), "2")]).as_deref(), Some("one\n😀2\n"));
        assert_eq!(apply(text, &[edit((2, 0), (2, 0), "end")]).as_deref(), Some("one\n😀two\nend"));
        assert_eq!(apply(text, &[edit((0, 99), (0, 99), "!")]).as_deref(), Some("one!\n😀two\n"));
        assert_eq!(apply(text, &[edit((9, 0), (9, 1), "")]), None);
        assert_eq!(apply(text, &[edit((1, 0), (0, 0), "")]), None);
        let overlapping = [edit((0, 0), (0, 2), "a"), edit((0, 1), (0, 3), "b")];
        assert_eq!(apply(text, &overlapping), None);
    }

    #[test]
    fn a_uri_names_a_file_of_the_workspace_or_nothing() {
        let root = Path::new("/work space");
        for name in ["a.ts", "größe/[id] #1%.ts", "a+b@c.ts"] {
            let path = WorkspacePath::parse(name).unwrap();
            assert_eq!(path_of(root, &uri_of(root, &path)), Some(path));
        }
        assert_eq!(uri_of(root, &WorkspacePath::root()), "file:///work%20space");
        for uri in [
            "file:///etc/passwd",
            "file:///work%20space/../etc/passwd",
            "file:///work%20space/%2e%2e/x",
            "file:///work%20space2/x",
            "file:///work%20space/",
            "file:///work%20space/a%00",
            "file:///work%20space/a%",
            "untitled:a",
        ] {
            assert_eq!(path_of(root, uri), None, "{uri}");
        }
    }
}
