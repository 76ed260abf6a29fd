//! Why a terminal was not opened, found or closed.

use protocol::terminal::DEV_SERVER;
use protocol::{ErrorCode, WireError};
use stdx::workspace_path::InvalidPath;
use supervisor::process::SpawnError;

/// Each variant is a different thing for a caller to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("no session is running; start one first")]
    NotRunning,
    #[error("the session is being stopped; try again when it has stopped")]
    Stopping,
    #[error("a terminal's name is 1 to 32 of `a-z 0-9 -` and starts with a letter")]
    Name,
    #[error("a terminal named `{name}` is open already")]
    Exists { name: String },
    #[error("there is no terminal named `{name}`")]
    NotFound { name: String },
    #[error("`{DEV_SERVER}` is the dev server's; stop the dev server to end it")]
    DevServer,
    #[error("the workspace has as many terminals as it may; close one")]
    TooMany,
    #[error("the command is empty or holds a zero byte")]
    Command,
    #[error("an agent needs the command that starts it")]
    Agent,
    #[error("the directory to start in is no path of the workspace: {0}")]
    Directory(InvalidPath),
    #[error("{0}")]
    Spawn(#[from] SpawnError),
}

impl From<OpenError> for WireError {
    fn from(error: OpenError) -> Self {
        let code = match &error {
            OpenError::NotRunning => ErrorCode::SessionNotRunning,
            OpenError::Stopping | OpenError::Spawn(SpawnError::Terminating) => {
                ErrorCode::SessionStopping
            }
            OpenError::Name
            | OpenError::Command
            | OpenError::Agent
            | OpenError::Spawn(SpawnError::Program { .. } | SpawnError::Directory { .. }) => {
                ErrorCode::InvalidRequest
            }
            OpenError::Directory(_) => ErrorCode::InvalidPath,
            OpenError::Exists { .. } => ErrorCode::AlreadyExists,
            OpenError::NotFound { .. } => ErrorCode::NotFound,
            OpenError::DevServer => ErrorCode::Conflict,
            OpenError::TooMany | OpenError::Spawn(SpawnError::Limit(_)) => ErrorCode::Capacity,
            OpenError::Spawn(SpawnError::Io(source)) => {
                return crate::http::error::from_io("open the terminal", source);
            }
        };
        Self::new(code, error.to_string())
    }
}
