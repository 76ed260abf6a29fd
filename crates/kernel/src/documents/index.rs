//! Which document a path is: a name that goes along with renames.

use crate::store::Store;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Bound;
use stdx::WorkspacePath;

const NAME: &str = "index.json";
const DAMAGED: &str = "index.json.damaged";
/// Largest index that is read, in bytes: some hundred thousand documents.
const BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Paths and the names of their documents. What changes here is durable when [`write`] has written it.
#[derive(Debug, Default)]
pub(super) struct Index {
    ids: BTreeMap<String, String>,
    /// How often a document was named.
    named: u64,
    /// Documents whose name is not durable yet, and which of them it was.
    unwritten: BTreeMap<String, u64>,
}

impl Index {
    /// Opens the index, which need not be there yet. One that cannot be read is put aside, and an
    /// empty one begins, with which the answer is `true`: every document begins anew with what is in
    /// its file.
    pub(super) fn open(store: &Store) -> io::Result<(Self, bool)> {
        let bytes = store.read_bytes(NAME, BYTES_MAX)?;
        match bytes.as_deref().map(serde_json::from_slice) {
            Some(Ok(ids)) => Ok((Self { ids, ..Self::default() }, false)),
            Some(Err(error)) => {
                tracing::error!("the index of documents is damaged: {error}");
                store.rename(NAME, DAMAGED)?;
                Ok((Self::default(), true))
            }
            None => Ok((Self::default(), false)),
        }
    }

    pub(super) fn get(&self, path: &WorkspacePath) -> Option<String> {
        self.ids.get(path.as_str()).cloned()
    }

    /// Paths and the names of their documents.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.ids.iter().map(|(path, id)| (path.as_str(), id.as_str()))
    }

    /// Names the document of `path`.
    pub(super) fn insert(&mut self, path: &WorkspacePath, id: &str) {
        self.ids.insert(path.as_str().to_owned(), id.to_owned());
        self.named += 1;
        self.unwritten.insert(id.to_owned(), self.named);
    }

    /// Forgets documents.
    pub(super) fn remove(&mut self, ids: &BTreeSet<String>) {
        self.ids.retain(|_, it| !ids.contains(it));
    }

    /// What was at `from`, and below, is at `to`. Answers with the documents that moved: where they
    /// were, and where they are.
    pub(super) fn rename(
        &mut self,
        from: &WorkspacePath,
        to: &WorkspacePath,
    ) -> Vec<(WorkspacePath, WorkspacePath)> {
        let moved: Vec<(WorkspacePath, WorkspacePath)> = self
            .at_and_below(from)
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
        for (old, new) in &moved {
            if let Some(id) = self.ids.remove(old.as_str()) {
                self.ids.insert(new.as_str().to_owned(), id);
            }
        }
        moved
    }

    /// Whether `path`, or something below it, has a document.
    pub(super) fn below(&self, path: &WorkspacePath) -> bool {
        self.at_and_below(path).next().is_some()
    }

    fn at_and_below(&self, path: &WorkspacePath) -> impl Iterator<Item = WorkspacePath> {
        let from = (Bound::Included(path.as_str()), Bound::Unbounded);
        // Between a directory and what is in it are those whose names only begin like its own.
        self.ids
            .range::<str, _>(from)
            .map(|it| it.0)
            .take_while(|it| it.starts_with(path.as_str()))
            .filter_map(|it| WorkspacePath::parse(it).ok())
            .filter(|it| it.starts_with(path))
    }

    /// What [`write`] writes, and how many were named in it.
    pub(super) fn snapshot(&self) -> (Vec<u8>, u64) {
        (serde_json::to_vec(&self.ids).expect("names are plain data"), self.named)
    }

    /// A snapshot with so many names is durable.
    pub(super) fn written(&mut self, named: u64) {
        self.unwritten.retain(|_, it| named < *it);
    }

    /// Whether the name of this document is durable.
    pub(super) fn is_durable(&self, id: &str) -> bool {
        !self.unwritten.contains_key(id)
    }
}

/// Replaces the index that is kept; durable with the answer. Blocking.
pub(super) fn write(store: &Store, index: &[u8]) -> io::Result<()> {
    store.write_bytes(NAME, index)?;
    store.sync()
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
        let [a, b, other] = ["src/a.rs", "src/b/c.rs", "src-2/a.rs"].map(path);
        let ids = ["doc_a", "doc_b", "doc_other"];
        for (path, id) in [&a, &b, &other].into_iter().zip(ids) {
            index.insert(path, id);
        }
        assert_eq!(index.rename(&path("src"), &path("lib/new")).len(), 2);
        let (bytes, named) = index.snapshot();
        index.insert(&path("later"), "doc_later");
        write(&store, &bytes).unwrap();
        index.written(named);
        assert!(index.is_durable(ids[0]) && !index.is_durable("doc_later"));
        let index = Index::open(&store).unwrap().0;
        assert_eq!(index.get(&path("lib/new/a.rs")), Some(ids[0].to_owned()));
        assert_eq!(index.get(&path("lib/new/b/c.rs")), Some(ids[1].to_owned()));
        assert_eq!(index.get(&other), Some(ids[2].to_owned()));
        assert_eq!(index.get(&a), None);
        assert!(index.below(&path("lib")) && !index.below(&path("src")));
    }
}
