//! Places in files, as tools print them, and what they are called in the workspace.

use std::path::Path;
use stdx::WorkspacePath;

/// Where a workspace is mounted in a sandbox.
const ROOT: &str = "/workspace/";
/// Code of others, in which no problem of the workspace is.
const FOREIGN: [&str; 4] = ["node_modules/", "site-packages/", "/.cargo/", "/rustlib/"];

/// A file with line and column, from 1; 0 when unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) file: String,
    pub(super) line: u32,
    pub(super) column: u32,
}

impl Place {
    /// Reads `file:line:column` or `file:line`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (rest, last) = text.rsplit_once(':')?;
        let last: u32 = last.parse().ok()?;
        let (file, line, column) = match rest.rsplit_once(':') {
            Some((file, line)) if line.parse::<u32>().is_ok() => (file, line.parse().ok()?, last),
            _ => (rest, last, 0),
        };
        Self::of(file, line, column)
    }

    /// A place in a text that names a file; `None` for what is no file's name.
    pub(super) fn of(file: &str, line: u32, column: u32) -> Option<Self> {
        let file = file.split(['?', '#']).next().unwrap_or_default();
        let file = file.strip_prefix("file://").unwrap_or(file);
        let name = file.rsplit('/').next().unwrap_or_default();
        let plausible = name.contains('.') || file.contains('/');
        let url = file.contains("://") || file.starts_with("node:");
        let spaced = file.contains(['"', '\'', '`', '(', '\t']) || file.starts_with(' ');
        if !plausible || url || spaced || line == 0 || file.len() > 1000 {
            return None;
        }
        Some(Self { file: file.to_owned(), line, column })
    }
}

/// What turns a place into one of the workspace.
#[derive(Debug)]
pub(super) struct Workspace {
    /// With a slash at the end.
    root: String,
    /// Where the program runs, with a slash at the end unless empty.
    directory: String,
}

impl Default for Workspace {
    fn default() -> Self {
        Self { root: ROOT.to_owned(), directory: String::new() }
    }
}

impl Workspace {
    pub(super) fn new(root: &Path, directory: &WorkspacePath) -> Self {
        let directory = if directory.is_root() { String::new() } else { format!("{directory}/") };
        Self { root: format!("{}/", root.display().to_string().trim_end_matches('/')), directory }
    }

    /// File, line and column as the workspace calls them; an empty file for one outside.
    pub(super) fn locate(&self, place: Place) -> (String, u32, u32) {
        match self.relative(&place.file) {
            Some(file) => (file, place.line, place.column),
            None => (String::new(), 0, 0),
        }
    }

    /// Whether a place is in code of the workspace itself.
    pub(super) fn is_ours(&self, place: &Place) -> bool {
        let foreign = FOREIGN.iter().any(|it| place.file.contains(it));
        !foreign && self.relative(&place.file).is_some()
    }

    fn relative(&self, file: &str) -> Option<String> {
        let joined = if let Some(file) = file.strip_prefix(&self.root) {
            file.to_owned()
        } else if file.is_empty() || file.starts_with(['/', '<']) {
            return None;
        } else {
            format!("{}{file}", self.directory)
        };
        let mut parts: Vec<&str> = Vec::new();
        for part in joined.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop()?;
                }
                part => parts.push(part),
            }
        }
        WorkspacePath::parse(&parts.join("/")).ok().map(|it| it.as_str().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_made_relative_to_the_workspace() {
        let workspace = Workspace::default();
        for (text, file) in [
            ("/workspace/src/a.ts:3:4", "src/a.ts"),
            ("file:///workspace/a.mjs:3:4", "a.mjs"),
            ("./main.go:3:4", "main.go"),
            ("src/App.tsx?t=123:3:4", "src/App.tsx"),
            ("/usr/lib/python3/x.py:3:4", ""),
            ("../../etc/passwd:3:4", ""),
        ] {
            assert_eq!(workspace.locate(Place::parse(text).unwrap()).0, file, "{text}");
        }
        let web = Workspace::new(Path::new("/data/w"), &WorkspacePath::parse("web").unwrap());
        let locate = |it: &str| web.locate(Place::parse(it).unwrap()).0;
        assert_eq!(locate("src/a.ts:1"), "web/src/a.ts");
        assert_eq!(locate("/data/w/web/b.ts:1"), "web/b.ts");
        assert_eq!(locate("../lib/c.ts:1"), "lib/c.ts");
    }

    #[test]
    fn what_is_no_place_is_none() {
        for text in ["http://localhost:3000", "12:30:05", "node:fs:573", "a b", "x:", "port:3000"] {
            assert_eq!(Place::parse(text), None, "{text}");
        }
    }
}
