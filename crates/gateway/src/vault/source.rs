//! Where the keys are: a file that only its owner reads, or the configuration.

use super::ring::{Ring, RingError};
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use stdx::Secret;

/// Largest key file that is read, in bytes; a few hundred keys.
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// Where a gateway finds its keys.
#[derive(Clone, Debug)]
pub enum SecretKey {
    /// A file. It is made at the first start.
    File(PathBuf),
    /// The keys themselves, the newest last.
    Given(Secret<String>),
}

/// The key file cannot be used. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It is there, and it is not what it should be.
    #[error("{place} is no key of secrets: {source}")]
    Invalid {
        /// Where it is.
        place: String,
        /// What is wrong.
        source: RingError,
    },
    /// It can be neither read nor made.
    #[error("the key file `{}` cannot be {what}", .path.display())]
    Io {
        /// Its path.
        path: PathBuf,
        /// `read` or `written`.
        what: &'static str,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

impl SecretKey {
    /// For messages.
    pub(crate) fn place(&self) -> String {
        match self {
            Self::File(path) => format!("`{}`", path.display()),
            Self::Given(_) => "STEAD_SECRET_KEY".to_owned(),
        }
    }

    /// The keys; `None` when there is no file.
    pub(crate) async fn read(&self) -> Result<Option<Ring>, KeyFileError> {
        let text = match self {
            Self::Given(text) => Some(text.clone()),
            Self::File(path) => blocking(path, "read", read_file).await?,
        };
        let Some(text) = text else { return Ok(None) };
        let ring = Ring::parse(text.expose());
        ring.map(Some).map_err(|source| KeyFileError::Invalid { place: self.place(), source })
    }

    /// Makes the file with a first key. Two gateways that start at once end with the same one.
    pub(crate) async fn create(&self) -> Result<Ring, KeyFileError> {
        let Self::File(path) = self else {
            return Err(KeyFileError::Invalid { place: self.place(), source: RingError::Empty });
        };
        let ring = Ring::draw();
        let text = ring.to_text();
        let made = blocking(path, "written", move |path| create_file(path, &text)).await?;
        if made {
            tracing::info!(path = %path.display(), "a key for secrets was made; keep a copy of it");
            return Ok(ring);
        }
        let there = self.read().await?;
        there.ok_or(KeyFileError::Invalid { place: self.place(), source: RingError::Empty })
    }

    /// Replaces what is in the file. After a crash it is the old or the new ring.
    pub(crate) async fn replace(&self, ring: &Ring) -> Result<(), KeyFileError> {
        let Self::File(path) = self else { return Ok(()) };
        let text = ring.to_text();
        blocking(path, "written", move |path| replace_file(path, &text)).await
    }
}

async fn blocking<T: Send + 'static>(
    path: &Path,
    what: &'static str,
    work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
) -> Result<T, KeyFileError> {
    let owned = path.to_owned();
    let done = tokio::task::spawn_blocking(move || work(&owned)).await;
    let done = done.map_err(io::Error::other).and_then(|it| it);
    done.map_err(|source| KeyFileError::Io { path: path.to_owned(), what, source })
}

fn read_file(path: &Path) -> io::Result<Option<Secret<String>>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let metadata = file.metadata()?;
    if metadata.permissions().mode() & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "others can read the key file; make it mode 0600");
    }
    if FILE_BYTES_MAX < metadata.len() {
        return Err(io::Error::other("it is too large"));
    }
    Ok(Some(Secret::new(io::read_to_string(file)?)))
}

/// Whether the file was made; `false` when there was one. Nobody sees half of it.
fn create_file(path: &Path, text: &Secret<String>) -> io::Result<bool> {
    let temporary = write_beside(path, text)?;
    let linked = std::fs::hard_link(&temporary, path);
    std::fs::remove_file(&temporary)?;
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
        linked => linked?,
    }
    sync_directory(path)?;
    Ok(true)
}

fn replace_file(path: &Path, text: &Secret<String>) -> io::Result<()> {
    let temporary = write_beside(path, text)?;
    if let Err(error) = std::fs::rename(&temporary, path) {
        drop(std::fs::remove_file(&temporary));
        return Err(error);
    }
    sync_directory(path)
}

/// A file with this text beside `path`, on the disk.
fn write_beside(path: &Path, text: &Secret<String>) -> io::Result<PathBuf> {
    let directory = path.parent().filter(|it| !it.as_os_str().is_empty());
    if let Some(directory) = directory {
        std::fs::create_dir_all(directory)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{:032x}", stdx::random::bits()));
    let temporary = path.with_file_name(name);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(text.expose().as_bytes())?;
    file.sync_all()?;
    Ok(temporary)
}

fn sync_directory(path: &Path) -> io::Result<()> {
    let directory = path.parent().filter(|it| !it.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}
