//! What is shown dimmed, not searched and not watched: a fixed list, and the rules of Git.

use super::root::{Root, open_beneath};
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rustix::fd::AsFd;
use rustix::fs::OFlags;
use std::io::Read;
use std::sync::Arc;
use stdx::WorkspacePath;

/// Names that belong to tools and not to people, whatever a project says. The change feed knows
/// nothing of them.
const NAMES: &[&str] = &[
    ".git",
    "node_modules",
    "__pycache__",
    ".venv",
    "venv",
    ".tox",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    "target",
    "dist",
    "build",
    "out",
    ".next",
    ".nuxt",
    ".svelte-kit",
    ".turbo",
    ".cache",
    ".parcel-cache",
    "coverage",
    ".gradle",
    ".idea",
    ".vs",
    ".DS_Store",
];
/// Endings of the same kind: byte code and swap files.
const SUFFIXES: &[&str] = &[".pyc", ".swp"];
/// Rules files larger than this are not rules files.
const RULES_BYTES_MAX: u64 = 256 * 1024;

/// Prefix of the hidden files through which writes go; never listed, never told.
pub(crate) const TEMPORARY_PREFIX: &str = ".stead-tmp-";

/// Whether the fixed list names a file or directory of this name.
pub fn is_ignored_name(name: &str) -> bool {
    NAMES.contains(&name)
        || SUFFIXES.iter().any(|it| name.ends_with(it))
        || name.starts_with(TEMPORARY_PREFIX)
}

/// Whether the fixed list names `path` or a directory above it.
pub fn is_ignored_path(path: &WorkspacePath) -> bool {
    path.as_str().split('/').any(is_ignored_name)
}

/// The rules that hold in one directory: its own, and those of the directories above it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    /// Everything here is ignored because a directory above is.
    everything: bool,
    /// One set per directory with rules, outermost first.
    sets: Vec<Arc<Gitignore>>,
}

impl Rules {
    /// The rules in `directory`.
    pub(crate) fn of(root: &Root, directory: &WorkspacePath) -> Self {
        let top = WorkspacePath::root();
        let Ok(descriptor) = root.directory(&top) else { return Self::default() };
        let mut rules = Self::default().enter(&descriptor, &top);
        let mut path = top;
        for name in directory.as_str().split('/').filter(|it| !it.is_empty()) {
            let Ok(next) = path.join(name) else { break };
            rules.everything = rules.ignores(&next, true);
            path = next;
            let Ok(descriptor) = root.directory(&path) else { break };
            rules = rules.enter(&descriptor, &path);
        }
        rules
    }

    /// These rules and those that the open `directory` adds.
    pub(crate) fn enter(&self, directory: impl AsFd, path: &WorkspacePath) -> Self {
        let mut rules = self.clone();
        if !rules.everything {
            let names: &[&str] =
                if path.is_root() { &[".gitignore", ".git/info/exclude"] } else { &[".gitignore"] };
            rules.sets.extend(read(directory, path, names).map(Arc::new));
        }
        rules
    }

    /// Whether `path`, directly in the directory of these rules, is ignored.
    pub(crate) fn ignores(&self, path: &WorkspacePath, is_directory: bool) -> bool {
        if self.everything || is_ignored_name(path.file_name()) {
            return true;
        }
        for set in self.sets.iter().rev() {
            match set.matched(path.as_str(), is_directory) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => {}
            }
        }
        false
    }
}

/// The rules in the files `names` of a directory.
fn read(directory: impl AsFd, path: &WorkspacePath, names: &[&str]) -> Option<Gitignore> {
    let mut builder = GitignoreBuilder::new(path.as_str());
    let mut any = false;
    for name in names {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK;
        let Ok(file) = open_beneath(directory.as_fd(), *name, flags) else { continue };
        let mut text = Vec::new();
        let mut limited = std::fs::File::from(file).take(RULES_BYTES_MAX);
        if limited.read_to_end(&mut text).is_err() {
            continue;
        }
        for line in String::from_utf8_lossy(&text).lines() {
            // A line that is no pattern says nothing, as in Git.
            any |= builder.add_line(None, line).is_ok();
        }
    }
    if any { builder.build().ok().filter(|it| !it.is_empty()) } else { None }
}
