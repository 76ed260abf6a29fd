//! The log of a document: a file in the state directory, synced at every append.

use crate::store::Store;
use std::fs::File;
use std::io::{self, Write};

/// Longest log that is read, in bytes.
const LOG_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// An open log.
#[derive(Debug)]
pub(super) struct FileLog {
    store: Store,
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
        Ok((Self { store: store.clone(), name, file, length, torn: false }, bytes))
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
