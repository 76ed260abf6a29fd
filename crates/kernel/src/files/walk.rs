//! Walking a tree by descriptor, with the ignore rules, never through a link.

use super::ignored::Rules;
use super::list::names;
use super::root::{Root, open_directory};
use rustix::fs::FileType;
use std::ops::ControlFlow;
use stdx::WorkspacePath;

/// Entries of one directory that are looked at.
const NAMES_MAX: usize = 200_000;
/// Directories in directories that are entered; each level may hold a descriptor.
const DEPTH_MAX: usize = 128;

/// Calls `visit` with every entry below the root that no rule ignores, breadth first within a
/// directory. A directory that cannot be read is left out.
pub(crate) fn walk(
    root: &Root,
    mut visit: impl FnMut(&WorkspacePath, FileType) -> ControlFlow<()>,
) {
    let top = WorkspacePath::root();
    let Ok(descriptor) = root.directory(&top) else { return };
    let rules = Rules::none(root).enter(&descriptor, &top);
    // A stack of paths would be opened from the root each time; the depth is bounded instead.
    let mut stack = vec![(descriptor, top, rules)];
    let mut pending: Vec<Vec<WorkspacePath>> = Vec::new();
    while let Some((descriptor, path, rules)) = stack.last() {
        if pending.len() < stack.len() {
            let mut directories = Vec::new();
            for name in names(descriptor, NAMES_MAX).unwrap_or_default() {
                let Ok(path) = path.join(&name.text) else { continue };
                let is_directory = name.kind == FileType::Directory;
                if rules.ignores(&path, is_directory) {
                    continue;
                }
                if visit(&path, name.kind).is_break() {
                    return;
                }
                if is_directory {
                    directories.push(path);
                }
            }
            directories.reverse();
            pending.push(directories);
        }
        let next = pending.last_mut().and_then(Vec::pop);
        let Some(next) = next else {
            stack.pop();
            pending.pop();
            continue;
        };
        if stack.len() < DEPTH_MAX
            && let Ok(inner) = open_directory(descriptor, next.file_name())
        {
            let rules = rules.enter(&inner, &next);
            stack.push((inner, next, rules));
        }
    }
}
