//! The one path normaliser: what a client calls a file of a workspace.

use std::fmt;
use std::path::Path;

/// Longest path, in bytes; `PATH_MAX` less room for the root.
const LENGTH_MAX: usize = 3800;
/// Longest component, in bytes (`NAME_MAX` of Linux file systems).
const COMPONENT_LENGTH_MAX: usize = 255;

/// A path relative to the workspace's root: components joined by `/`, none empty, `.` or `..`.
///
/// The root itself is the empty path and has its own constructor, so that a missing path is never
/// taken for everything. Symbolic links are not judged here; files are opened beneath the root by
/// descriptor.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WorkspacePath(String);

/// Why a text is no path of a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPath {
    #[error("the path is empty")]
    Empty,
    #[error("the path is absolute; paths are relative to the workspace")]
    Absolute,
    #[error("the path has an empty, `.` or `..` component")]
    Traversal,
    #[error("the path has a backslash")]
    Backslash,
    #[error("the path has a control character")]
    Control,
    #[error("the path still has a percent-encoded separator or dot")]
    Encoded,
    #[error("the path or one of its components is too long")]
    TooLong,
    #[error("`{0}` is reserved")]
    Reserved(&'static str),
}

impl WorkspacePath {
    /// The workspace itself.
    pub fn root() -> Self {
        Self(String::new())
    }

    /// Reads a path as a client sent it, after the one percent-decoding that HTTP calls for.
    pub fn parse(text: &str) -> Result<Self, InvalidPath> {
        match text {
            "" => return Err(InvalidPath::Empty),
            _ if text.starts_with('/') => return Err(InvalidPath::Absolute),
            _ if LENGTH_MAX < text.len() => return Err(InvalidPath::TooLong),
            _ if text.contains('\\') => return Err(InvalidPath::Backslash),
            _ if text.chars().any(char::is_control) => return Err(InvalidPath::Control),
            _ if has_encoded_separator(text) => return Err(InvalidPath::Encoded),
            _ => {}
        }
        for component in text.split('/') {
            if matches!(component, "" | "." | "..") {
                return Err(InvalidPath::Traversal);
            }
            if COMPONENT_LENGTH_MAX < component.len() {
                return Err(InvalidPath::TooLong);
            }
        }
        Ok(Self(text.to_owned()))
    }

    /// Like [`Self::parse`], with the empty text for the root.
    pub fn parse_or_root(text: &str) -> Result<Self, InvalidPath> {
        if text.is_empty() { Ok(Self::root()) } else { Self::parse(text) }
    }

    /// Like [`Self::parse`], and refuses what only programs may change: `.git` and below, and
    /// `*.artifact.json`.
    pub fn parse_for_write(text: &str) -> Result<Self, InvalidPath> {
        let path = Self::parse(text)?;
        if path.0.split('/').any(|it| it.eq_ignore_ascii_case(".git")) {
            return Err(InvalidPath::Reserved(".git"));
        }
        if path.0.to_ascii_lowercase().ends_with(".artifact.json") {
            return Err(InvalidPath::Reserved("*.artifact.json"));
        }
        Ok(path)
    }

    /// The text: components joined by `/`, empty for the root.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// For joining to a root directory. Relative.
    pub fn as_path(&self) -> &Path {
        Path::new(if self.0.is_empty() { "." } else { &self.0 })
    }

    /// Whether this is the workspace itself.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Last component; empty for the root.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The directory that holds it; the root is its own parent.
    pub fn parent(&self) -> Self {
        Self(self.0.rsplit_once('/').map(|(parent, _)| parent.to_owned()).unwrap_or_default())
    }

    /// The path of `name` in this directory.
    pub fn join(&self, name: &str) -> Result<Self, InvalidPath> {
        if self.is_root() { Self::parse(name) } else { Self::parse(&format!("{}/{name}", self.0)) }
    }

    /// Whether `self` is `other` or lies below it.
    pub fn starts_with(&self, other: &Self) -> bool {
        other.is_root()
            || self.0 == other.0
            || self.0.strip_prefix(&other.0).is_some_and(|rest| rest.starts_with('/'))
    }
}

/// A second layer of encoding is an attempt to smuggle a separator past a check.
fn has_encoded_separator(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["%2f", "%5c", "%2e%2e", "%2e.", ".%2e", "%00"].iter().any(|it| lower.contains(it))
}

impl fmt::Display for WorkspacePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for WorkspacePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: S0.58
    #[test]
    fn whatever_leaves_the_workspace_is_refused() {
        use InvalidPath::{Absolute, Backslash, Control, Empty, Encoded, TooLong, Traversal};
        let long = "x".repeat(256);
        for (text, reason) in [
            ("", Empty),
            ("/etc/passwd", Absolute),
            ("..", Traversal),
            (".", Traversal),
            ("a/../b", Traversal),
            ("a//b", Traversal),
            ("a/", Traversal),
            ("a\\b", Backslash),
            ("..\\b", Backslash),
            ("a\0b", Control),
            ("a\nb", Control),
            ("%2e%2e/a", Encoded),
            ("a%2Fb", Encoded),
            ("a%5cb", Encoded),
            (long.as_str(), TooLong),
        ] {
            assert_eq!(WorkspacePath::parse(text), Err(reason), "{text:?}");
        }
    }

    #[test]
    fn ordinary_names_are_accepted() {
        for text in ["a", "src/main.rs", "...", ".env", "größe/日本.txt", "100%.txt", "a b/c"] {
            assert_eq!(WorkspacePath::parse(text).unwrap().as_str(), text);
        }
    }

    // covers: S0.58
    #[test]
    fn reserved_names_are_not_written() {
        for text in [".git/config", "sub/.GIT/hooks/x", ".git", "a/b.Artifact.json"] {
            assert!(WorkspacePath::parse(text).is_ok(), "{text}");
            assert!(
                matches!(WorkspacePath::parse_for_write(text), Err(InvalidPath::Reserved(_))),
                "{text}"
            );
        }
        assert!(WorkspacePath::parse_for_write(".gitignore").is_ok());
    }

    #[test]
    fn parts_of_a_path() {
        let path = WorkspacePath::parse("a/b/c.rs").unwrap();
        assert_eq!(path.file_name(), "c.rs");
        assert_eq!(path.parent().as_str(), "a/b");
        assert_eq!(WorkspacePath::parse("a").unwrap().parent(), WorkspacePath::root());
        assert!(path.starts_with(&WorkspacePath::parse("a/b").unwrap()));
        assert!(!path.starts_with(&WorkspacePath::parse("a/b/c").unwrap()));
        assert!(path.starts_with(&WorkspacePath::root()));
    }

    #[test]
    fn whatever_is_accepted_stays_below_the_root() {
        let pieces =
            ["a", "/", "..", ".", "\\", "\0", "%2e", "%2F", " ", "é", "\u{202e}", ".git", "~"];
        for seed in 0..5_000 {
            let text = crate::noise::Noise::new(seed).text(&pieces, 12);
            let Ok(path) = WorkspacePath::parse(&text) else { continue };
            assert_eq!(path.as_str(), text);
            assert!(!text.starts_with('/') && !text.contains(['\\', '\0']), "{text:?}");
            assert!(text.split('/').all(|it| !matches!(it, "" | "." | "..")), "{text:?}");
            assert!(path.starts_with(&path.parent()), "{text:?}");
            let joined = path.parent().join(path.file_name());
            assert_eq!(joined, Ok(path), "{text:?}");
        }
    }
}
