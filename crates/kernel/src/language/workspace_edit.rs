//! What a server wants to be changed, after somebody asked it: the documents are changed.
//!
//! Either every file is as the server knew it, or nothing is changed. What files were is kept, as for
//! every replacement, so that it can be taken back.

use super::handle::Texts;
use super::place::{apply, path_of};
use crate::files::FileError;
use crate::search::{Changes, Rewrite, Search};
use document::format;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use stdx::WorkspacePath;

/// Files that one edit changes.
const FILES_MAX: usize = 1_000;

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(super) enum EditError {
    #[error("the language server does not run; open the file in a running session")]
    NotRunning,
    #[error("the language server refused: {0}")]
    Refused(String),
    #[error("there is nothing to rename at this place")]
    Nothing,
    #[error("the language server does not offer this here any more")]
    NotOffered,
    #[error("the language server wants `{0}` to be done by an editor of its own kind")]
    Foreign(String),
    #[error("it would change `{0}`, which is outside of the workspace; nothing was changed")]
    Outside(String),
    #[error("it would change more than {FILES_MAX} files; nothing was changed")]
    TooMany,
    #[error("`{0}` changed meanwhile; nothing was changed, try again")]
    Stale(WorkspacePath),
    #[error("`{0}` cannot be changed: {1}; nothing was changed")]
    File(WorkspacePath, FileError),
}

/// What some `WorkspaceEdit`s want.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Wanted {
    /// By the file that is there now.
    edits: BTreeMap<WorkspacePath, Vec<Value>>,
    made: BTreeSet<WorkspacePath>,
    moves: Vec<(WorkspacePath, WorkspacePath)>,
}

/// What is to be changed, and where.
pub(super) fn wanted_by(workspace: &Path, edits: &[Value]) -> Result<Wanted, EditError> {
    let mut wanted = Wanted::default();
    for edit in edits {
        wanted.gather(workspace, edit)?;
    }
    wanted.edits.retain(|_, edits| !edits.is_empty());
    match wanted.edits.len() + wanted.made.len() + wanted.moves.len() {
        0 => Err(EditError::Nothing),
        count if FILES_MAX < count => Err(EditError::TooMany),
        _ => Ok(wanted),
    }
}

impl Wanted {
    fn gather(&mut self, workspace: &Path, edit: &Value) -> Result<(), EditError> {
        if let Some(changes) = edit["documentChanges"].as_array() {
            for change in changes {
                self.change(workspace, change)?;
            }
        } else {
            for (uri, edits) in edit["changes"].as_object().into_iter().flatten() {
                self.edit(path_at(workspace, uri)?, edits);
            }
        }
        Ok(())
    }

    /// One step of many, in their order.
    fn change(&mut self, workspace: &Path, change: &Value) -> Result<(), EditError> {
        let path = |uri: &Value| path_at(workspace, uri.as_str().unwrap_or_default());
        match change["kind"].as_str() {
            None => {
                let path = path(&change["textDocument"]["uri"])?;
                self.edit(path, &change["edits"]);
            }
            Some("create") => drop(self.made.insert(path(&change["uri"])?)),
            Some("rename") => {
                let (from, to) = (path(&change["oldUri"])?, path(&change["newUri"])?);
                self.moves.push((from, to));
            }
            // A server was told that this is not done.
            Some(_) => return Err(EditError::Refused("it wants to delete files".to_owned())),
        }
        Ok(())
    }

    fn edit(&mut self, path: WorkspacePath, edits: &Value) {
        let edits = edits.as_array().into_iter().flatten().cloned();
        self.edits.entry(self.now_at(path)).or_default().extend(edits);
    }

    /// Where a file is now that would be at `path` after what is to be moved so far.
    fn now_at(&self, path: WorkspacePath) -> WorkspacePath {
        self.moves.iter().rev().fold(path, |path, (from, to)| {
            let below = path.as_str().strip_prefix(to.as_str());
            let rest = below.filter(|it| it.is_empty() || it.starts_with('/'));
            let before = rest.map(|it| WorkspacePath::parse(&format!("{from}{it}")));
            before.and_then(Result::ok).unwrap_or(path)
        })
    }
}

fn path_at(workspace: &Path, uri: &str) -> Result<WorkspacePath, EditError> {
    path_of(workspace, uri).ok_or_else(|| EditError::Outside(uri.to_owned()))
}

/// What files become; nothing is written. Blocking.
pub(super) fn changes(
    search: &Search,
    mut wanted: Wanted,
    texts: &Texts,
) -> Result<Changes, EditError> {
    let targets = wanted.moves.iter().map(|(_, to)| to).chain(&wanted.made);
    for path in targets.chain(wanted.moves.iter().map(|(from, _)| from)) {
        may_write(path)?;
    }
    let mut changes = Changes::default();
    for path in &wanted.made {
        match search.read_whole(path) {
            Err(FileError::NotFound(_)) => {}
            Ok(_) => return Err(failed(path, FileError::AlreadyExists(path.clone()))),
            Err(error) => return Err(failed(path, error)),
        }
        let edits = wanted.edits.remove(path).unwrap_or_default();
        let content = apply("", &edits).ok_or_else(|| EditError::Stale(path.clone()))?;
        changes.made.push((path.clone(), content.into_bytes()));
    }
    for (path, edits) in wanted.edits {
        changes.rewrites.push(rewrite(search, path, &edits, texts)?);
    }
    changes.moves = wanted.moves;
    Ok(changes)
}

fn rewrite(
    search: &Search,
    path: WorkspacePath,
    edits: &[Value],
    texts: &Texts,
) -> Result<Rewrite, EditError> {
    may_write(&path)?;
    let (old, etag) = search.read_whole(&path).map_err(|it| failed(&path, it))?;
    let stale = || EditError::Stale(path.clone());
    let (text, its_format) = format::decode(&old).map_err(|_| stale())?;
    if texts.get(&path).is_some_and(|it| **it != *text) {
        return Err(stale());
    }
    let new = apply(&text, edits).ok_or_else(stale)?;
    let (count, new) = (edits.len() as u64, format::encode(&new, its_format));
    Ok(Rewrite { path, etag, old, new, count })
}

fn may_write(path: &WorkspacePath) -> Result<(), EditError> {
    let parsed = WorkspacePath::parse_for_write(path.as_str());
    parsed.map(drop).map_err(|it| failed(path, it.into()))
}

fn failed(path: &WorkspacePath, error: FileError) -> EditError {
    EditError::File(path.clone(), error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn edits_are_found_in_both_shapes_and_never_outside() {
        let root = Path::new("/workspace");
        let edit = json!({"range": {}, "newText": "x"});
        let check = |it: Value| {
            wanted_by(root, &[it])
                .map(|it| it.edits.into_iter().map(|(at, it)| (at.to_string(), it.len())).collect())
                .map_err(|it| it.to_string())
        };
        let two: Result<Vec<_>, String> = Ok(vec![("a.ts".to_owned(), 2)]);
        assert_eq!(check(json!({"changes": {"file:///workspace/a.ts": [edit, edit]}})), two);
        let document = json!({"textDocument": {"uri": "file:///workspace/a.ts"}, "edits": [edit]});
        assert_eq!(check(json!({"documentChanges": [document, document]})), two);
        assert!(check(json!({"changes": {"file:///etc/passwd": [edit]}})).is_err());
        assert!(check(json!({"changes": {"file:///workspace/../x": [edit]}})).is_err());
        let deleted = json!({"kind": "delete", "uri": "file:///workspace/a.ts"});
        assert!(check(json!({"documentChanges": [document, deleted]})).is_err());
        assert!(check(Value::Null).is_err());
    }

    #[test]
    fn what_is_written_after_a_move_is_written_where_the_file_still_is() {
        let at = |name: &str| format!("file:///workspace/{name}");
        let edit =
            |name: &str| json!({"textDocument": {"uri": at(name)}, "edits": [{"newText": name}]});
        let moved =
            |from: &str, to: &str| json!({"kind": "rename", "oldUri": at(from), "newUri": at(to)});
        let made = json!({"kind": "create", "uri": at("made.rs")});
        let edits = json!({"documentChanges": [
            edit("old/a.rs"), moved("old", "new"), edit("new/a.rs"), edit("newer.rs"), made,
        ]});
        let wanted = wanted_by(Path::new("/workspace"), &[edits]).unwrap();
        let edited: Vec<_> =
            wanted.edits.iter().map(|(path, it)| (path.as_str(), it.len())).collect();
        assert_eq!(edited, [("newer.rs", 1), ("old/a.rs", 2)]);
        assert_eq!(wanted.moves.len(), 1);
        assert!(wanted.made.contains(&WorkspacePath::parse("made.rs").unwrap()));
        let outside = json!({"documentChanges": [moved("a", "../../b")]});
        assert!(wanted_by(Path::new("/workspace"), &[outside]).is_err());
    }
}
