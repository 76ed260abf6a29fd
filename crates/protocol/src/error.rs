//! The one shape of a refused request: `{"error": {"code", "message"}}`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a request was refused, as a closed list; each code has one HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// 400: the request cannot be understood.
    InvalidRequest,
    /// 400: the path leaves the workspace, is reserved, or is no path.
    InvalidPath,
    /// 400: an identifier of a runtime, host or worker has other characters than those have.
    InvalidIdentifier,
    /// 401: nobody is signed in.
    Unauthenticated,
    /// 403: signed in, and not allowed.
    Forbidden,
    /// 403: the request comes from another origin.
    ForeignOrigin,
    /// 404: it does not exist, or the caller may not know that it does.
    NotFound,
    /// 404: no runtime of the registry has this id.
    UnknownRuntime,
    /// 404: no runtime of the registry has such a host.
    UnknownHost,
    /// 404: the runtime has no such worker.
    UnknownWorker,
    /// 405: the resource exists, the method does not.
    MethodNotAllowed,
    /// 409: something else already is where this would go.
    AlreadyExists,
    /// 409: no session runs; start one first.
    SessionNotRunning,
    /// 409: a session runs or starts already.
    SessionAlreadyRunning,
    /// 409: the session is on its way down; try again when it is stopped.
    SessionStopping,
    /// 409: the resource is not in a state that allows this.
    Conflict,
    /// 410: the single-use link was used or has expired.
    LinkExpired,
    /// 412: the file is not what the caller last saw.
    PreconditionFailed,
    /// 413: larger than Stead accepts here.
    TooLarge,
    /// 415: binary, or not the encoding that is needed.
    UnsupportedContent,
    /// 416: the byte range lies outside the file.
    RangeNotSatisfiable,
    /// 426: this route speaks WebSocket only.
    UpgradeRequired,
    /// 429: too many requests; `Retry-After` says when to come back.
    RateLimited,
    /// 500: a defect of ours; the log has it under the request id.
    Internal,
    /// 501: what was asked for exists, and this runtime cannot do it.
    Unsupported,
    /// 502: a runtime did not do what was asked; `details` has its code.
    RuntimeOperationFailed,
    /// 502: the program behind the preview refused or broke the connection.
    PreviewUnavailable,
    /// 503: the database, the host or the kernel cannot be reached now; try again.
    Unavailable,
    /// 503: this machine can take no further session; stop one.
    Capacity,
    /// 504: the program behind did not answer in time.
    Timeout,
    /// 507: the disk or the workspace's quota is full; nothing was changed.
    StorageFull,
}

impl ErrorCode {
    /// The HTTP status that goes with the code.
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidRequest | Self::InvalidPath | Self::InvalidIdentifier => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden | Self::ForeignOrigin => 403,
            Self::NotFound | Self::UnknownRuntime | Self::UnknownHost | Self::UnknownWorker => 404,
            Self::MethodNotAllowed => 405,
            Self::AlreadyExists
            | Self::SessionNotRunning
            | Self::SessionAlreadyRunning
            | Self::SessionStopping
            | Self::Conflict => 409,
            Self::LinkExpired => 410,
            Self::PreconditionFailed => 412,
            Self::TooLarge => 413,
            Self::UnsupportedContent => 415,
            Self::RangeNotSatisfiable => 416,
            Self::UpgradeRequired => 426,
            Self::RateLimited => 429,
            Self::Internal => 500,
            Self::Unsupported => 501,
            Self::PreviewUnavailable | Self::RuntimeOperationFailed => 502,
            Self::Unavailable | Self::Capacity => 503,
            Self::Timeout => 504,
            Self::StorageFull => 507,
        }
    }
}

/// What a client is told. Causes and paths of the host stay in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, thiserror::Error)]
#[error("{message}")]
pub struct WireError {
    /// For programs.
    pub code: ErrorCode,
    /// For people: what happened, what was kept, what to do.
    pub message: String,
    /// Further facts, by code: the current runtime state with `session_already_running`, the
    /// current `etag` with `precondition_failed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub details: Option<serde_json::Value>,
}

impl WireError {
    /// An error without details.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: None }
    }

    /// The same error with `details`.
    pub fn with_details(mut self, details: serde_json::Value) -> Self {
        self.details = Some(details);
        self
    }
}

/// The body of every response with a status of 400 or more under `/api/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    pub error: WireError,
}
