//! Which document a path is: a name that goes along with renames.

use crate::store::Store;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use stdx::WorkspacePath;

const NAME: &str = "index.json";
const DAMAGED: &str = "index.json.damaged";
/// Largest index that is read, in bytes: some hundred thousand documents.
const BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Paths and the names of their documents.
#[derive(Debug)]
pub(super) struct Index {
    store: Store,
    ids: BTreeMap<String, String>,
}

impl Index {
    /// Opens the index, which need not be there yet. One that cannot be read is put aside, and an
    /// empty one begins, with which the answer is `true`: every document begins anew with what is in
    /// its file.
    pub(super) fn open(store: &Store) -> io::Result<(Self, bool)> {
        let bytes = store.read_bytes(NAME, BYTES_MAX)?;
        let (ids, damaged) = match bytes.as_deref().map(serde_json::from_slice) {
            Some(Ok(ids)) => (ids, false),
            Some(Err(error)) => {
                tracing::error!("the index of documents is damaged: {error}");
                store.rename(NAME, DAMAGED)?;
                (BTreeMap::new(), true)
            }
            None => (BTreeMap::new(), false),
        };
        Ok((Self { store: store.clone(), ids }, damaged))
    }

    pub(super) fn get(&self, path: &WorkspacePath) -> Option<String> {
        self.ids.get(path.as_str()).cloned()
    }

    /// Names the document of `path`; durable with the answer.
    pub(super) fn insert(&mut self, path: &WorkspacePath, id: &str) -> io::Result<()> {
        self.ids.insert(path.as_str().to_owned(), id.to_owned());
        self.write()
    }

    /// What was at `from`, and below, is at `to`. Answers with the documents that moved, and those
    /// that were there.
    pub(super) fn rename(
        &mut self,
        from: &WorkspacePath,
        to: &WorkspacePath,
    ) -> io::Result<Vec<(WorkspacePath, WorkspacePath)>> {
        let moved: Vec<(WorkspacePath, WorkspacePath)> = self
            .ids
            .keys()
            .filter_map(|it| WorkspacePath::parse(it).ok())
            .filter(|it| it.starts_with(from))
            .filter_map(|it| {
                let rest = it.as_str()[from.as_str().len()..].trim_start_matches('/').to_owned();
                let new = if rest.is_empty() {
                    to.clone()
                } else {
                    WorkspacePath::parse(&format!("{to}/{rest}")).ok()?
                };
                Some((it, new))
            })
            .collect();
        if moved.is_empty() {
            return Ok(moved);
        }
        for (old, new) in &moved {
            if let Some(id) = self.ids.remove(old.as_str()) {
                self.ids.insert(new.as_str().to_owned(), id);
            }
        }
        self.write()?;
        Ok(moved)
    }

    /// Paths at `path` and below that have documents.
    pub(super) fn below(&self, path: &WorkspacePath) -> bool {
        self.ids
            .keys()
            .filter_map(|it| WorkspacePath::parse(it).ok())
            .any(|it| it.starts_with(path))
    }

    /// Paths and the names of their documents.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.ids.iter().map(|(path, id)| (path.as_str(), id.as_str()))
    }

    /// Forgets documents; durable with the answer.
    pub(super) fn remove(&mut self, ids: &BTreeSet<String>) -> io::Result<()> {
        self.ids.retain(|_, it| !ids.contains(it));
        self.write()
    }

    fn write(&self) -> io::Result<()> {
        self.store.write_bytes(NAME, &serde_json::to_vec(&self.ids)?)?;
        self.store.sync()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> WorkspacePath {
        WorkspacePath::parse(text).unwrap()
    }

    #[test]
    fn a_rename_carries_everything_below_and_is_kept() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let mut index = Index::open(&store).unwrap().0;
        let [a, b, other] = ["src/a.rs", "src/b/c.rs", "srcs/a.rs"].map(path);
        let ids = ["doc_a", "doc_b", "doc_other"];
        for (path, id) in [&a, &b, &other].into_iter().zip(ids) {
            index.insert(path, id).unwrap();
        }
        assert_eq!(index.rename(&path("src"), &path("lib/new")).unwrap().len(), 2);
        let index = Index::open(&store).unwrap().0;
        assert_eq!(index.get(&path("lib/new/a.rs")), Some(ids[0].to_owned()));
        assert_eq!(index.get(&path("lib/new/b/c.rs")), Some(ids[1].to_owned()));
        assert_eq!(index.get(&other), Some(ids[2].to_owned()));
        assert_eq!(index.get(&a), None);
        assert!(index.below(&path("lib")) && !index.below(&path("src")));
    }
}
