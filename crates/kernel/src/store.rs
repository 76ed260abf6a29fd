//! The state directory: small records, replaced as a whole, reached only through a descriptor.

use rustix::fs::{AtFlags, Dir, Mode, OFlags, fsync, openat, renameat, unlinkat};
use rustix::io::Errno;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;

/// Largest record that is read, in bytes; records are a few hundred.
const RECORD_BYTES_MAX: u64 = 1024 * 1024;

/// A directory that only the kernel reaches. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    directory: Arc<OwnedFd>,
}

impl Store {
    /// The directory behind an inherited descriptor.
    pub fn from_descriptor(directory: OwnedFd) -> Self {
        Self { directory: Arc::new(directory) }
    }

    /// Opens a directory, made when it is missing, readable for its owner only.
    pub fn open(path: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(path)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self::from_descriptor(rustix::fs::open(path, flags, Mode::empty())?))
    }

    /// A directory in this one, made when it is missing.
    pub fn child(&self, name: &str) -> io::Result<Self> {
        let parent = self.directory.as_fd();
        match rustix::fs::mkdirat(parent, name, Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(Self::from_descriptor(openat(parent, name, flags, Mode::empty())?))
    }

    /// Opens or creates a file for appending and reading.
    pub fn append(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::APPEND | OFlags::CREATE | OFlags::CLOEXEC;
        Ok(File::from(openat(self.directory.as_fd(), name, flags, Mode::RUSR | Mode::WUSR)?))
    }

    /// The bytes of a file; `None` when it does not exist.
    pub fn read_bytes(&self, name: &str, max: u64) -> io::Result<Option<Vec<u8>>> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        match openat(self.directory.as_fd(), name, flags, Mode::empty()) {
            Ok(file) => {
                let mut bytes = Vec::new();
                File::from(file).take(max).read_to_end(&mut bytes)?;
                Ok(Some(bytes))
            }
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The record under `name`; `None` when there is none, or none that can be read.
    pub fn read<T: DeserializeOwned>(&self, name: &str) -> io::Result<Option<T>> {
        let Some(bytes) = self.read_bytes(name, RECORD_BYTES_MAX)? else { return Ok(None) };
        match serde_json::from_slice(&bytes) {
            Ok(record) => Ok(Some(record)),
            Err(error) => {
                tracing::warn!(name, "a record cannot be read and counts as missing: {error}");
                Ok(None)
            }
        }
    }

    /// Replaces the record under `name`. After a crash it is the old one or the new one.
    pub fn write<T: Serialize>(&self, name: &str, record: &T) -> io::Result<()> {
        self.write_bytes(name, &serde_json::to_vec(record)?)
    }

    /// The same for bytes.
    pub fn write_bytes(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let directory = self.directory.as_fd();
        let temporary = format!("{name}.new");
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::CLOEXEC;
        let file = openat(directory, &temporary, flags, Mode::RUSR | Mode::WUSR)?;
        let mut file = File::from(file);
        file.write_all(bytes)?;
        fsync(&file)?;
        renameat(directory, &temporary, directory, name)?;
        Ok(())
    }

    /// Makes names durable that were made or changed.
    pub fn sync(&self) -> io::Result<()> {
        Ok(fsync(&*self.directory)?)
    }

    /// Gives a file another name, over whatever had it.
    pub fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let directory = self.directory.as_fd();
        Ok(renameat(directory, from, directory, to)?)
    }

    /// Names of everything in it.
    pub fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(self.directory.as_fd())? {
            // What is no UTF-8 is not ours.
            if let Ok(name) = entry?.file_name().to_str()
                && !matches!(name, "." | "..")
            {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }

    /// Removes a file if it exists.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        match unlinkat(self.directory.as_fd(), name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_replaced_as_a_whole_and_a_broken_one_counts_as_missing() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        assert_eq!(store.read::<Vec<u32>>("record").unwrap(), None);
        store.write("record", &vec![1, 2, 3]).unwrap();
        store.write("record", &vec![4]).unwrap();
        assert_eq!(store.read::<Vec<u32>>("record").unwrap(), Some(vec![4]));
        std::fs::write(directory.path().join("record"), b"[4").unwrap();
        assert_eq!(store.read::<Vec<u32>>("record").unwrap(), None);
    }
}
