//! The log of a document: a file in the state directory, synced at every append.

use crate::store::Store;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write};

/// Longest log that is read, in bytes.
const LOG_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// Ends the name of the mark of a document that is open.
const OPEN: &str = ".open";

/// Documents that were open when the kernel died.
pub(super) fn left_open(store: &Store) -> io::Result<BTreeSet<String>> {
    let names = store.names()?.into_iter();
    Ok(names.filter_map(|it| it.strip_suffix(OPEN).map(str::to_owned)).collect())
}

/// An open log.
#[derive(Debug)]
pub(super) struct FileLog {
    store: Store,
    id: String,
    name: String,
    file: File,
    length: u64,
    /// The last append failed and may have left a part.
    torn: bool,
}

impl FileLog {
    /// Reads the log of `id`; made when there is none. The answer is not cut yet.
    pub(super) fn open(store: &Store, id: &str) -> io::Result<(Self, Vec<u8>)> {
        let name = format!("{id}.log");
        let bytes = store.read_bytes(&name, LOG_BYTES_MAX)?.unwrap_or_default();
        let file = store.append(&name)?;
        if bytes.is_empty() {
            store.sync()?;
        }
        let length = bytes.len() as u64;
        let (store, id) = (store.clone(), id.to_owned());
        Ok((Self { store, id, name, file, length, torn: false }, bytes))
    }

    /// Remembers that the document is open, in case the kernel dies.
    pub(super) fn mark_open(&self) -> io::Result<()> {
        self.store.append(&format!("{}{OPEN}", self.id)).map(drop)
    }

    /// Cuts off what a crash tore.
    pub(super) fn cut(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)?;
        self.length = length;
        self.file.sync_data()
    }

    /// Puts the log aside, so that a new one can begin: something is wrong with it.
    pub(super) fn put_aside(store: &Store, id: &str) -> io::Result<()> {
        store.rename(&format!("{id}.log"), &format!("{id}.log.damaged"))
    }
}

impl document::handle::Log for FileLog {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.torn {
            self.file.set_len(self.length)?;
            self.torn = false;
        }
        self.torn = true;
        self.file.write_all(bytes)?;
        self.file.sync_data()?;
        self.torn = false;
        self.length += bytes.len() as u64;
        Ok(())
    }

    fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.store.write_bytes(&self.name, bytes)?;
        self.store.sync()?;
        self.file = self.store.append(&self.name)?;
        self.length = bytes.len() as u64;
        self.torn = false;
        Ok(())
    }

    fn length(&self) -> u64 {
        self.length
    }

    fn put_away(&mut self) {
        if let Err(error) = self.store.remove(&format!("{}{OPEN}", self.id)) {
            tracing::warn!(document = self.id, "a document counts as open: {error}");
        }
    }
}

/// The log of a document that nobody can change: nothing of it is kept.
#[derive(Debug)]
pub(super) struct NoLog;

impl document::handle::Log for NoLog {
    fn append(&mut self, _bytes: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn replace(&mut self, _bytes: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn length(&self) -> u64 {
        0
    }

    fn put_away(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use document::handle::Log;

    #[test]
    fn a_log_is_read_back_cut_and_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap().child("documents").unwrap();
        let (mut log, bytes) = FileLog::open(&store, "doc").unwrap();
        assert_eq!((bytes.len(), log.length()), (0, 0));
        log.append(b"one").unwrap();
        log.append(b"two").unwrap();
        drop(log);
        let (mut log, bytes) = FileLog::open(&store, "doc").unwrap();
        assert_eq!(bytes, b"onetwo");
        log.cut(3).unwrap();
        log.append(b"2").unwrap();
        log.replace(b"new").unwrap();
        log.append(b"!").unwrap();
        assert_eq!(log.length(), 4);
        assert_eq!(FileLog::open(&store, "doc").unwrap().1, b"new!");
        FileLog::put_aside(&store, "doc").unwrap();
        assert_eq!(FileLog::open(&store, "doc").unwrap().1, b"");
    }
}
