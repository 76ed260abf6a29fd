//! From a domain's refusal to a response, and from a defect to one line in the log.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::{ErrorBody, ErrorCode, WireError};
use std::io;

/// A refused request. `?` makes one of everything that converts to a [`WireError`].
#[derive(Debug)]
pub struct ApiError(pub WireError);

/// What handlers answer.
pub type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(WireError::new(code, message))
    }
}

impl<E: Into<WireError>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        respond(self.0)
    }
}

/// The response of a refused request.
pub fn respond(error: WireError) -> Response {
    let status =
        StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = serde_json::to_string(&ErrorBody { error }).unwrap_or_default();
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// What a client learns of a failed system call; the log has the rest.
pub fn from_io(action: &str, error: &io::Error) -> WireError {
    let full = matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    );
    if full {
        let message = format!("could not {action}: the disk is full; nothing was changed");
        return WireError::new(ErrorCode::StorageFull, message);
    }
    internal(action, error)
}

/// A defect of ours: logged here with its cause, told without it.
pub fn internal(action: &str, error: &dyn std::error::Error) -> WireError {
    tracing::error!(action, "a request failed: {error}");
    WireError::new(
        ErrorCode::Internal,
        format!("could not {action}; the log of the kernel has the cause under the request id"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_and_other_causes_are_not() {
        let full = from_io("write the file", &io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(full.code, ErrorCode::StorageFull);
        let secret = io::Error::other("/var/lib/stead/secret");
        let told = from_io("write the file", &secret);
        assert_eq!(told.code, ErrorCode::Internal);
        assert!(!told.message.contains("secret"));
    }
}
