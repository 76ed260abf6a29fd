//! Identifiers of runtimes, hosts and workers: made from names that stay inside, and checked when
//! they come from outside.

use sha2::{Digest, Sha256};
use std::fmt;

/// Longest identifier, in bytes.
pub const IDENTIFIER_BYTES_MAX: usize = 120;
/// Hexadecimal digits at the end of a made identifier.
pub const DIGEST_DIGITS: usize = 16;
/// The digits and the dash before them.
const SUFFIX_BYTES: usize = DIGEST_DIGITS + 1;
/// Most characters of a refused value that are repeated.
const ECHO_CHARACTERS_MAX: usize = 120;
/// What stands where a name has nothing that can be shown.
const EMPTY_BODY: &str = "id";

/// Makes an identifier: the prefix, what can be shown of the source, and a digest of all of it, so
/// that sources which look alike stay apart.
pub fn generated(prefix: &str, source: &str) -> String {
    let room = IDENTIFIER_BYTES_MAX.saturating_sub(prefix.len() + SUFFIX_BYTES).max(1);
    let mut head = format!("{prefix}{}", body(source, room));
    // A prefix that leaves no room is cut; the digest never is.
    while IDENTIFIER_BYTES_MAX - SUFFIX_BYTES < head.len() {
        head.pop();
    }
    format!("{head}-{}", digest(source))
}

/// The part of a source that can be shown, in at most `room` bytes.
fn body(source: &str, room: usize) -> String {
    let plain: String = source.chars().map(plain).collect();
    let trimmed = plain.trim_matches('-');
    let cut = trimmed[..trimmed.len().min(room)].trim_matches('-');
    if cut.is_empty() { EMPTY_BODY.to_owned() } else { cut.to_owned() }
}

fn plain(it: char) -> char {
    match it {
        'A'..='Z' | 'a'..='z' | '0'..='9' => it.to_ascii_lowercase(),
        '-' | '_' => it,
        _ => '-',
    }
}

/// The first digits of the SHA-256 of the source as it is.
fn digest(source: &str) -> String {
    let digest = Sha256::digest(source.as_bytes());
    digest.iter().take(DIGEST_DIGITS / 2).map(|it| format!("{it:02x}")).collect()
}

/// The host on which the workers of this machine are.
pub fn local_host(workspace_id: &str) -> String {
    generated("local-", workspace_id)
}

/// The host of the embedded runtime.
pub fn embedded_host(workspace_id: &str) -> String {
    generated("embedded-", workspace_id)
}

/// The host of a remote runtime.
pub fn remote_host(runtime_id: &str) -> String {
    generated("remote-", runtime_id)
}

/// A worker of this machine, by the name of its directory.
pub fn local_worker(name: &str) -> String {
    generated("local-worker-", name)
}

/// What an identifier names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentifierKind {
    Runtime,
    Host,
    Worker,
}

impl fmt::Display for IdentifierKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Runtime => "runtime",
            Self::Host => "host",
            Self::Worker => "worker",
        })
    }
}

/// A text from outside that is no identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is no identifier of a {kind}")]
pub struct InvalidIdentifier {
    pub kind: IdentifierKind,
    /// The beginning of what was sent.
    pub value: String,
}

/// Lets 1 to 120 ASCII letters, digits, `-`, `_` and `:` pass.
pub fn validate(kind: IdentifierKind, value: &str) -> Result<(), InvalidIdentifier> {
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_' | b':');
    let fits = !value.is_empty() && value.len() <= IDENTIFIER_BYTES_MAX;
    if fits && value.bytes().all(is_plain) {
        return Ok(());
    }
    Err(InvalidIdentifier { kind, value: value.chars().take(ECHO_CHARACTERS_MAX).collect() })
}

#[cfg(test)]
mod tests;
