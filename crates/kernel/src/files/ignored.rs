//! What is shown dimmed, not searched and not watched: a fixed list, and the rules of Git.

use super::root::{Root, open_beneath};
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rustix::fd::AsFd;
use rustix::fs::OFlags;
use std::collections::HashSet;
use std::io::Read;
use std::sync::Arc;
use stdx::WorkspacePath;

/// Names that belong to tools and not to people, whatever a project says. The change feed knows
/// nothing of them. A workspace's settings add to them and take away from them.
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
    "*.pyc",
    "*.swp",
];
/// Rules files larger than this are not rules files.
const RULES_BYTES_MAX: u64 = 256 * 1024;

/// Prefix of the hidden files through which writes go; never listed, never told.
pub(crate) const TEMPORARY_PREFIX: &str = ".stead-tmp-";

/// The list of one workspace. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoreList {
    shared: Arc<Lists>,
}

#[derive(Debug, PartialEq, Eq)]
struct Lists {
    names: HashSet<String>,
    /// Names with `*` for any letters.
    patterns: Vec<String>,
}

impl Default for IgnoreList {
    fn default() -> Self {
        Self::new(&[], &[])
    }
}

impl IgnoreList {
    /// The fixed list with `added`, without `removed`. `.git` stays.
    pub fn new(added: &[String], removed: &[String]) -> Self {
        let fixed = NAMES.iter().map(|it| (*it).to_owned());
        let (patterns, names): (Vec<_>, Vec<_>) = fixed
            .filter(|it| it == ".git" || !removed.contains(it))
            .chain(added.iter().cloned())
            .partition(|it: &String| it.contains('*'));
        Self { shared: Arc::new(Lists { names: names.into_iter().collect(), patterns }) }
    }

    fn least() -> Self {
        let names = HashSet::from([".git".to_owned()]);
        Self { shared: Arc::new(Lists { names, patterns: Vec::new() }) }
    }

    /// Whether the list names a file or directory of this name.
    pub fn names(&self, name: &str) -> bool {
        self.shared.names.contains(name)
            || name.starts_with(TEMPORARY_PREFIX)
            || self.shared.patterns.iter().any(|it| fits(it.as_bytes(), name.as_bytes()))
    }

    /// Whether the list names `path` or a directory above it.
    pub fn names_path(&self, path: &WorkspacePath) -> bool {
        path.as_str().split('/').any(|it| self.names(it))
    }
}

/// Whether `name` is `pattern` with any letters for each `*`. Takes time in proportion to the
/// product of both lengths at most.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut in_name, mut star) = (0, 0, None);
    while in_name < name.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, in_name));
                at += 1;
            }
            Some(byte) if *byte == name[in_name] => {
                at += 1;
                in_name += 1;
            }
            _ => {
                // The last star takes one letter more.
                let Some((star_at, star_in_name)) = star else { return false };
                star = Some((star_at, star_in_name + 1));
                at = star_at + 1;
                in_name = star_in_name + 1;
            }
        }
    }
    pattern[at..].iter().all(|it| *it == b'*')
}

/// The rules that hold in one directory: its own, and those of the directories above it.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    list: IgnoreList,
    /// Everything here is ignored because a directory above is.
    everything: bool,
    /// The rules that files in the workspace have count.
    from_files: bool,
    /// One set per directory with rules, outermost first.
    sets: Vec<Arc<Gitignore>>,
}

impl Rules {
    /// Those that hold whatever the files in the workspace say.
    pub(crate) fn none(root: &Root) -> Self {
        Self { list: root.ignored(), everything: false, from_files: true, sets: Vec::new() }
    }

    /// As few as there can be: only what Git and writes keep for themselves is ignored.
    pub(crate) fn least(root: &Root) -> Self {
        Self { list: IgnoreList::least(), from_files: false, ..Self::none(root) }
    }

    /// The rules in `directory`.
    pub(crate) fn of(root: &Root, directory: &WorkspacePath) -> Self {
        let top = WorkspacePath::root();
        let rules = Self::none(root);
        let Ok(descriptor) = root.directory(&top) else { return rules };
        let mut rules = rules.enter(&descriptor, &top);
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
        if rules.from_files && !rules.everything {
            let names: &[&str] =
                if path.is_root() { &[".gitignore", ".git/info/exclude"] } else { &[".gitignore"] };
            rules.sets.extend(read(directory, path, names).map(Arc::new));
        }
        rules
    }

    /// Whether `path`, directly in the directory of these rules, is ignored.
    pub(crate) fn ignores(&self, path: &WorkspacePath, is_directory: bool) -> bool {
        if self.everything || self.list.names(path.file_name()) {
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

#[cfg(test)]
mod tests {
    use super::*;

    // covers: S2.15
    #[test]
    fn the_list_is_the_decided_one() {
        let list = IgnoreList::default();
        let ignored = ".git node_modules __pycache__ .venv venv .tox .mypy_cache .pytest_cache \
             .ruff_cache target dist build out .next .nuxt .svelte-kit .turbo .cache .parcel-cache \
             coverage .gradle .idea .vs .DS_Store a.pyc .a.swp";
        for name in ignored.split_whitespace() {
            assert!(list.names(name), "{name}");
        }
        for name in ["src", "targets", "pyc", ".gitignore", ".env", "a.swpx"] {
            assert!(!list.names(name), "{name}");
        }
    }

    // covers: S2.15
    #[test]
    fn a_workspace_adds_and_takes_away_but_never_git() {
        let text = |it: &[&str]| it.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let list = IgnoreList::new(&text(&["*.log", "v*d*r"]), &text(&["dist", ".git", "*.pyc"]));
        for (name, ignored) in [
            ("a.log", true),
            ("a.logs", false),
            ("vendor", true),
            ("vdr", true),
            ("vend", false),
            ("dist", false),
            ("a.pyc", false),
            (".git", true),
        ] {
            assert_eq!(list.names(name), ignored, "{name}");
        }
    }
}
