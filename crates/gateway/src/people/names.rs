//! Log-in names: what people type to sign in, and what addresses of their shares begin with.

use protocol::account::LOGIN_NAME_LENGTH;
use protocol::{ErrorCode, WireError};

/// Used where a name has no letter that a log-in name may have.
const FALLBACK: &str = "user";

/// A log-in name as it is kept: lower case. People type it in any case.
pub(crate) fn normal(text: &str) -> String {
    text.trim().to_lowercase()
}

/// A log-in name that somebody chose.
pub(super) fn checked(text: &str) -> Result<String, WireError> {
    let name = normal(text);
    if is_good(&name) {
        return Ok(name);
    }
    let (min, max) = LOGIN_NAME_LENGTH;
    Err(WireError::new(
        ErrorCode::InvalidRequest,
        format!(
            "a log-in name has {min} to {max} letters from a to z, digits, dots, dashes and \
             underscores, and begins with a letter or digit"
        ),
    ))
}

fn is_good(name: &str) -> bool {
    let (min, max) = LOGIN_NAME_LENGTH;
    (min..=max).contains(&name.len())
        && name.starts_with(|it: char| it.is_ascii_alphanumeric())
        && name.bytes().all(|it| matches!(it, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'))
}

/// Log-in names for somebody who chose none, the first the best: made from a name or an address.
pub(super) fn candidates(name: &str) -> impl Iterator<Item = String> {
    let (_, max) = LOGIN_NAME_LENGTH;
    let before_at = name.split('@').next().unwrap_or_default().to_lowercase();
    let mut base = String::new();
    for letter in before_at.chars() {
        match letter {
            'a'..='z' | '0'..='9' => base.push(letter),
            '.' | '_' | '-' | ' ' if !base.is_empty() && !base.ends_with('-') => base.push('-'),
            _ => {}
        }
    }
    // Room for a number behind it.
    base.truncate(max - 6);
    let base = base.trim_end_matches('-');
    let base = if is_good(base) { base.to_owned() } else { FALLBACK.to_owned() };
    let numbered = base.clone();
    std::iter::once(base).chain((2_u32..100_000).map(move |it| format!("{numbered}-{it}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_in_names_are_plain() {
        for (text, name) in [(" Ada ", "ada"), ("ada.l-1_x", "ada.l-1_x"), ("42", "42")] {
            assert_eq!(checked(text).unwrap(), name);
        }
        for text in ["", "a", "-ada", ".a", "a b", "ädä", "ada@example.org", "a/b", &"x".repeat(41)]
        {
            assert!(checked(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_suggests_log_in_names() {
        for (name, first, second) in [
            ("Ada Lovelace", "ada-lovelace", "ada-lovelace-2"),
            ("ada.king@example.org", "ada-king", "ada-king-2"),
            ("李", "user", "user-2"),
            ("-- X --", "user", "user-2"),
            (
                &"long ".repeat(20),
                "long-long-long-long-long-long-long",
                "long-long-long-long-long-long-long-2",
            ),
        ] {
            let found: Vec<String> = candidates(name).take(2).collect();
            assert_eq!(found, [first, second], "{name}");
            assert!(found.iter().all(|it| is_good(it)), "{found:?}");
        }
    }
}
