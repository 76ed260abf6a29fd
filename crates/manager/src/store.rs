//! What a manager writes down: one file for each kind of thing, whole or not at all.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::Mutex;

/// A value in a file. Cheap to clone; all clones are the same file.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    path: Arc<Path>,
    /// What the file holds, so that the same is not written twice.
    written: Arc<Mutex<Vec<u8>>>,
}

impl Store {
    /// The file of this name in `directory`, which is made when it is missing. Blocks.
    pub(crate) fn open<T: DeserializeOwned + Default>(
        directory: &Path,
        name: &str,
    ) -> io::Result<(Self, T)> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        let path = directory.join(name);
        let (written, value) = match fs::read(&path) {
            Ok(text) => {
                let value = serde_json::from_slice(&text).map_err(|error| {
                    let what = format!("`{}` cannot be understood: {error}", path.display());
                    io::Error::new(io::ErrorKind::InvalidData, what)
                })?;
                (text, value)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => (Vec::new(), T::default()),
            Err(error) => return Err(error),
        };
        let written = Arc::new(Mutex::new(written));
        Ok((Self { path: path.into(), written }, value))
    }

    /// Writes what `take` gives, which is asked when it is this call's turn: a later call never
    /// writes something older.
    pub(crate) async fn save<T: Serialize>(&self, take: impl FnOnce() -> T) -> io::Result<()> {
        let mut written = Arc::clone(&self.written).lock_owned().await;
        let text = serde_json::to_vec_pretty(&take()).map_err(io::Error::other)?;
        if *written == text {
            return Ok(());
        }
        let path = Arc::clone(&self.path);
        // The task ends even if whoever asked is gone, so that the note is what the file holds.
        let writing = tokio::task::spawn_blocking(move || {
            write_durably(&path, &text)?;
            *written = text;
            Ok(())
        });
        writing.await.map_err(io::Error::other)?
    }
}

/// Replaces the file; a power cut leaves the old or the new one.
fn write_durably(path: &Path, text: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("new");
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    let directory = path.parent().map_or_else(PathBuf::new, Path::to_owned);
    File::open(directory)?.sync_all()
}

/// Takes a directory for this process alone, as long as the answer is kept. Blocks.
pub(crate) fn lock(directory: &Path) -> io::Result<File> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let file =
        File::options().write(true).create(true).truncate(false).open(directory.join("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            let what = format!("another manager uses `{}`", directory.display());
            Err(io::Error::new(io::ErrorKind::ResourceBusy, what))
        }
        Err(fs::TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_written_is_read_again() {
        let directory = tempfile::tempdir().unwrap();
        let (store, none) = Store::open::<Vec<u32>>(directory.path(), "x.json").unwrap();
        assert_eq!(none, [0; 0]);
        store.save(|| [1, 2]).await.unwrap();
        let (_, some) = Store::open::<Vec<u32>>(directory.path(), "x.json").unwrap();
        assert_eq!(some, [1, 2]);
        std::fs::write(directory.path().join("x.json"), "{").unwrap();
        assert!(Store::open::<Vec<u32>>(directory.path(), "x.json").is_err());
    }

    #[test]
    fn a_directory_has_one_manager() {
        let directory = tempfile::tempdir().unwrap();
        let held = lock(directory.path()).unwrap();
        assert!(lock(directory.path()).is_err());
        drop(held);
        assert!(lock(directory.path()).is_ok());
    }
}
