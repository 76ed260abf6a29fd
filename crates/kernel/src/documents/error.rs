//! Why a document does not open, and what the client is told.

use crate::blocking::Ended;
use crate::files::FileError;
use document::limits::OPEN_BYTES_MAX;
use protocol::document::close;
use protocol::{ErrorCode, WireError};
use std::io;
use stdx::workspace_path::InvalidPath;

/// Why a document does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("{0}")]
    Path(InvalidPath),
    #[error(transparent)]
    File(#[from] FileError),
    #[error("there is no such file")]
    NotFound,
    #[error(
        "the file is larger than {OPEN_BYTES_MAX} bytes, the most that can be edited together; it \
         can be looked at and downloaded"
    )]
    TooLarge,
    #[error("the file is no text; it can be looked at and downloaded")]
    NotText,
    #[error("somebody is writing the file; try again")]
    Busy,
    #[error(
        "the document does not answer, because its disk is full or slow; it is tried again every \
         second"
    )]
    Stuck,
    #[error("too many documents are open; close some tabs")]
    TooMany,
    #[error("the document could not be opened")]
    Io(#[from] io::Error),
}

impl From<Ended> for OpenError {
    fn from(Ended(error): Ended) -> Self {
        Self::Io(error)
    }
}

impl OpenError {
    /// With which code a channel is closed.
    pub fn close_code(&self) -> u16 {
        match self {
            Self::Path(_) | Self::NotFound | Self::File(_) => close::NOT_FOUND,
            Self::TooLarge => close::TOO_LARGE,
            Self::NotText => close::NOT_TEXT,
            Self::TooMany => close::TOO_MANY,
            // RFC 6455: try again later.
            Self::Busy | Self::Stuck => 1013,
            Self::Io(_) => 1011,
        }
    }
}

impl From<OpenError> for WireError {
    fn from(error: OpenError) -> Self {
        let code = match &error {
            OpenError::Path(_) => ErrorCode::InvalidPath,
            OpenError::NotFound => ErrorCode::NotFound,
            OpenError::TooLarge => ErrorCode::TooLarge,
            OpenError::NotText => ErrorCode::UnsupportedContent,
            OpenError::TooMany => ErrorCode::Capacity,
            OpenError::Busy => ErrorCode::Conflict,
            OpenError::Stuck => ErrorCode::Unavailable,
            OpenError::Io(source) => {
                return crate::http::error::from_io("open the document", source);
            }
            OpenError::File(_) => {
                let OpenError::File(error) = error else { unreachable!("it was just that") };
                return error.into();
            }
        };
        Self::new(code, error.to_string())
    }
}
