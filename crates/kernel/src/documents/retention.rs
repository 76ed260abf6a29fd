//! What becomes of the documents of files that are gone.
//!
//! A file that is missing may come back: Git goes to another branch, somebody takes a deletion back.
//! So the name of its document, its log and its history stay until the file was missing at every
//! start of the kernel for [`KEPT_MS`], and go with the next one. A log or history that no path has,
//! because the index was damaged, is kept for as long.

use super::index::{self, Index};
use crate::store::Store;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use stdx::WorkspacePath;

const NAME: &str = "missing.json";
/// Largest list that is read, in bytes: that of some hundred thousand documents.
const BYTES_MAX: u64 = 32 * 1024 * 1024;
/// 30 days in milliseconds: a holiday, and the branch that somebody left before it.
const KEPT_MS: u64 = 30 * 24 * 60 * 60 * 1000;

/// Lets go of the documents whose time is over. Nothing may be open. Blocking.
pub(super) fn forget_missing(
    store: &Store,
    index: &mut Index,
    now_ms: u64,
    is_there: impl Fn(&WorkspacePath) -> bool,
) -> io::Result<()> {
    let known = since(store)?;
    let present: BTreeSet<String> = index
        .all()
        .filter(|it| WorkspacePath::parse(it.0).is_ok_and(|it| is_there(&it)))
        .map(|it| it.1.to_owned())
        .collect();
    let files = files(store)?;
    let mut missing: BTreeMap<String, u64> = index
        .all()
        .map(|it| it.1)
        .chain(files.keys().map(String::as_str))
        .filter(|it| !present.contains(*it))
        // A clock that was wrong does not keep anything for ever.
        .map(|it| (it.to_owned(), known.get(it).map_or(now_ms, |it| *it.min(&now_ms))))
        .collect();
    let over: BTreeSet<String> =
        missing.iter().filter(|it| it.1 + KEPT_MS < now_ms).map(|it| it.0.clone()).collect();
    if !over.is_empty() {
        // First the name: what no path has goes with the next start at the latest.
        index.remove(&over);
        index::write(store, &index.snapshot().0)?;
        for name in over.iter().filter_map(|it| files.get(it)).flatten() {
            store.remove(name)?;
        }
        missing.retain(|it, _| !over.contains(it));
    }
    if missing != known {
        store.write(NAME, &missing)?;
    }
    Ok(())
}

/// Since when files are missing, by the names of their documents, in milliseconds since 1970.
fn since(store: &Store) -> io::Result<BTreeMap<String, u64>> {
    let bytes = store.read_bytes(NAME, BYTES_MAX)?.unwrap_or_default();
    // A list that is damaged begins anew, and everything stays for as long as at first.
    Ok(serde_json::from_slice(&bytes).unwrap_or_default())
}

/// The files of each document.
fn files(store: &Store) -> io::Result<BTreeMap<String, Vec<String>>> {
    let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in store.names()? {
        if let Some((id, _)) = name.split_once('.')
            && id.starts_with("doc_")
        {
            files.entry(id.to_owned()).or_default().push(name);
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_goes_when_its_file_was_missing_for_long_and_stays_when_it_comes_back() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let mut index = Index::open(&store).unwrap().0;
        for (path, id) in [("a", "doc_a"), ("b", "doc_b"), ("c", "doc_c")] {
            index.insert(&WorkspacePath::parse(path).unwrap(), id);
        }
        let names = ["doc_a.log", "doc_b.history", "doc_b.log", "doc_c.log", "doc_nobody.log"];
        for name in names.into_iter().chain(["doc_b.log.damaged"]) {
            store.write_bytes(name, b"x").unwrap();
        }
        let mut start = |now_ms: u64, there: &[&str]| {
            let is_there = |it: &WorkspacePath| there.contains(&it.as_str());
            forget_missing(&store, &mut index, now_ms, is_there).unwrap();
            let paths: Vec<String> = index.all().map(|it| it.0.to_owned()).collect();
            let names = files(&store).unwrap().into_values().map(|it| it.len()).collect();
            (paths.join(" "), names)
        };
        let all = ("a b c".to_owned(), vec![1, 3, 1, 1]);
        assert_eq!(start(1000, &["a"]), all);
        // One is there again, and its time begins anew when it goes again.
        assert_eq!(start(2000, &["a", "c"]), all);
        assert_eq!(start(1000 + KEPT_MS, &["a"]), all);
        assert_eq!(start(1001 + KEPT_MS, &["a"]), ("a c".to_owned(), vec![1, 1]));
        assert_eq!(start(3 * KEPT_MS, &["a"]), ("a".to_owned(), vec![1]));
        assert_eq!(Index::open(&store).unwrap().0.all().count(), 1);
        assert_eq!(start(9 * KEPT_MS, &["a"]), ("a".to_owned(), vec![1]));
    }
}
