//! What a server wants to be changed, after somebody asked it: the documents are changed.
//!
//! Either every file is as the server knew it, or nothing is changed. What files were is kept, as for
//! every replacement, so that it can be taken back.

use super::handle::Texts;
use super::place::{apply, path_of};
use crate::files::FileError;
use crate::search::{Rewrite, Search};
use document::format;
use serde_json::Value;
use std::collections::BTreeMap;
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

/// The edits of some `WorkspaceEdit`s, by file.
pub(super) fn edits_of(
    workspace: &Path,
    edits: &[Value],
) -> Result<BTreeMap<WorkspacePath, Vec<Value>>, EditError> {
    let mut found: BTreeMap<WorkspacePath, Vec<Value>> = BTreeMap::new();
    for edit in edits {
        gather(workspace, edit, &mut found)?;
    }
    found.retain(|_, edits| !edits.is_empty());
    match found.len() {
        0 => Err(EditError::Nothing),
        count if FILES_MAX < count => Err(EditError::TooMany),
        _ => Ok(found),
    }
}

fn gather(
    workspace: &Path,
    edit: &Value,
    found: &mut BTreeMap<WorkspacePath, Vec<Value>>,
) -> Result<(), EditError> {
    let mut add = |uri: &str, edits: &Value| {
        let path = path_of(workspace, uri).ok_or_else(|| EditError::Outside(uri.to_owned()))?;
        found.entry(path).or_default().extend(edits.as_array().into_iter().flatten().cloned());
        Ok(())
    };
    if let Some(changes) = edit["documentChanges"].as_array() {
        for change in changes {
            // Creating, renaming and deleting files was never offered.
            let uri = change["textDocument"]["uri"].as_str();
            let uri = uri.ok_or_else(|| {
                EditError::Refused("it wants to make, move or delete files".into())
            })?;
            add(uri, &change["edits"])?;
        }
    } else {
        for (uri, edits) in edit["changes"].as_object().into_iter().flatten() {
            add(uri, edits)?;
        }
    }
    Ok(())
}

/// What the files become; nothing is written. Blocking.
pub(super) fn rewrites(
    search: &Search,
    edits: BTreeMap<WorkspacePath, Vec<Value>>,
    texts: &Texts,
) -> Result<Vec<Rewrite>, EditError> {
    let mut rewrites = Vec::with_capacity(edits.len());
    for (path, edits) in edits {
        let failed = |error| EditError::File(path.clone(), error);
        WorkspacePath::parse_for_write(path.as_str()).map_err(|it| failed(it.into()))?;
        let (old, etag) = search.read_whole(&path).map_err(failed)?;
        let stale = || EditError::Stale(path.clone());
        let (text, its_format) = format::decode(&old).map_err(|_| stale())?;
        if texts.get(&path).is_some_and(|it| **it != *text) {
            return Err(stale());
        }
        let new = apply(&text, &edits).ok_or_else(stale)?;
        let (count, new) = (edits.len() as u64, format::encode(&new, its_format));
        rewrites.push(Rewrite { path, etag, old, new, count });
    }
    Ok(rewrites)
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
            edits_of(root, &[it])
                .map(|it| it.into_iter().map(|(path, it)| (path.to_string(), it.len())).collect())
                .map_err(|it| it.to_string())
        };
        let two: Result<Vec<_>, String> = Ok(vec![("a.ts".to_owned(), 2)]);
        assert_eq!(check(json!({"changes": {"file:///workspace/a.ts": [edit, edit]}})), two);
        let document = json!({"textDocument": {"uri": "file:///workspace/a.ts"}, "edits": [edit]});
        assert_eq!(check(json!({"documentChanges": [document, document]})), two);
        assert!(check(json!({"changes": {"file:///etc/passwd": [edit]}})).is_err());
        assert!(check(json!({"changes": {"file:///workspace/../x": [edit]}})).is_err());
        let moved = json!({"kind": "rename", "oldUri": "a", "newUri": "b"});
        assert!(check(json!({"documentChanges": [document, moved]})).is_err());
        assert!(check(Value::Null).is_err());
    }
}
