//! Why a request about files was refused, and what the client is told.

use crate::blocking::Ended;
use protocol::error::{ErrorCode, WireError};
use rustix::io::Errno;
use serde_json::json;
use std::io;
use stdx::WorkspacePath;
use stdx::workspace_path::InvalidPath;

/// Why nothing was read or changed. Paths in it are relative to the workspace.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("{0}; nothing was changed")]
    InvalidPath(#[from] InvalidPath),
    #[error("`{0}` leads out of the workspace through a symbolic link; nothing was changed")]
    Escapes(WorkspacePath),
    #[error("the path has more than 256 directories inside one another; nothing was changed")]
    TooDeep,
    #[error("`{0}` does not exist")]
    NotFound(WorkspacePath),
    #[error("`{0}` is not a directory")]
    NotDirectory(WorkspacePath),
    #[error("`{0}` is a directory")]
    IsDirectory(WorkspacePath),
    #[error("`{0}` is a socket, pipe or device and has no content to show")]
    NotRegular(WorkspacePath),
    #[error("`{0}` exists already; nothing was changed")]
    AlreadyExists(WorkspacePath),
    #[error("`{0}` cannot be moved or copied into itself; nothing was changed")]
    IntoItself(WorkspacePath),
    #[error(
        "`{0}` and its target are on different file systems; copy it, then delete the original"
    )]
    OtherFileSystem(WorkspacePath),
    #[error("`{path}` is not what you last saw; nothing was changed. Read it again, then decide")]
    Stale { path: WorkspacePath, current: Option<String> },
    #[error("larger than {limit_bytes} bytes, the most that is accepted here; nothing was changed")]
    TooLarge { limit_bytes: u64 },
    #[error("more than {0}; use a terminal for a tree of this size")]
    TooMany(&'static str),
    #[error("the file has {size_bytes} bytes and not the range that was asked for")]
    Range { size_bytes: u64 },
    #[error(
        "the disk or the workspace's quota is full; nothing was changed. Delete something first"
    )]
    StorageFull,
    #[error(
        "`{0}` is open as a document, which has the text now; its file cannot be written, because \
         the disk is full or for another reason, and is tried again every second"
    )]
    NotWritten(WorkspacePath),
    #[error("`{0}` may not be read or changed like this: its permissions forbid it")]
    Denied(WorkspacePath),
    #[error("the upload broke off; nothing was changed")]
    BrokenOff,
    #[error("nobody waits for the answer")]
    Cancelled,
    #[error("`{path}` could not be read or written")]
    Io {
        path: WorkspacePath,
        #[source]
        source: io::Error,
    },
}

impl From<Ended> for FileError {
    fn from(Ended(source): Ended) -> Self {
        Self::Io { path: WorkspacePath::root(), source }
    }
}

impl FileError {
    /// What a refusal of the operating system means for `path`.
    pub fn at(path: &WorkspacePath, errno: Errno) -> Self {
        let path = path.clone();
        match errno {
            Errno::NOENT => Self::NotFound(path),
            Errno::NOTDIR => Self::NotDirectory(path),
            Errno::ISDIR => Self::IsDirectory(path),
            Errno::EXIST | Errno::NOTEMPTY => Self::AlreadyExists(path),
            Errno::LOOP | Errno::XDEV => Self::Escapes(path),
            Errno::NAMETOOLONG => Self::InvalidPath(InvalidPath::TooLong),
            Errno::NOSPC | Errno::DQUOT => Self::StorageFull,
            Errno::FBIG => Self::TooLarge { limit_bytes: protocol::file::UPLOAD_BYTES_MAX },
            Errno::ACCESS | Errno::PERM | Errno::ROFS => Self::Denied(path),
            _ => Self::Io { path, source: errno.into() },
        }
    }

    /// Like [`Self::at`], for errors of `std`.
    pub fn io(path: &WorkspacePath, error: io::Error) -> Self {
        match Errno::from_io_error(&error) {
            Some(errno) => Self::at(path, errno),
            None => Self::Io { path: path.clone(), source: error },
        }
    }

    fn code(&self) -> ErrorCode {
        match self {
            Self::InvalidPath(_) | Self::Escapes(_) | Self::TooDeep => ErrorCode::InvalidPath,
            Self::NotFound(_) => ErrorCode::NotFound,
            Self::NotDirectory(_) | Self::IsDirectory(_) | Self::OtherFileSystem(_) => {
                ErrorCode::Conflict
            }
            Self::NotRegular(_) => ErrorCode::UnsupportedContent,
            Self::AlreadyExists(_) => ErrorCode::AlreadyExists,
            Self::IntoItself(_) | Self::BrokenOff | Self::Cancelled => ErrorCode::InvalidRequest,
            Self::Stale { .. } => ErrorCode::PreconditionFailed,
            Self::TooLarge { .. } | Self::TooMany(_) => ErrorCode::TooLarge,
            Self::Range { .. } => ErrorCode::RangeNotSatisfiable,
            Self::StorageFull | Self::NotWritten(_) => ErrorCode::StorageFull,
            Self::Denied(_) => ErrorCode::Forbidden,
            Self::Io { .. } => ErrorCode::Internal,
        }
    }
}

impl From<FileError> for WireError {
    fn from(error: FileError) -> Self {
        if let FileError::Io { source, .. } = &error {
            tracing::error!(error = %source, "a file operation failed");
        }
        let wire = Self::new(error.code(), error.to_string());
        match error {
            FileError::Stale { current, .. } => wire.with_details(json!({ "etag": current })),
            FileError::InvalidPath(_)
            | FileError::Escapes(_)
            | FileError::TooDeep
            | FileError::NotFound(_)
            | FileError::NotDirectory(_)
            | FileError::IsDirectory(_)
            | FileError::NotRegular(_)
            | FileError::AlreadyExists(_)
            | FileError::IntoItself(_)
            | FileError::OtherFileSystem(_)
            | FileError::TooLarge { .. }
            | FileError::TooMany(_)
            | FileError::Range { .. }
            | FileError::StorageFull
            | FileError::NotWritten(_)
            | FileError::Denied(_)
            | FileError::BrokenOff
            | FileError::Cancelled
            | FileError::Io { .. } => wire,
        }
    }
}
