//! Fills a new workspace: from a template, or from a Git repository.

/// Why a workspace was not filled. Whatever was begun has been removed again.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("there is no template `{0}`")]
    UnknownTemplate(String),
    #[error("{0}")]
    InvalidSource(String),
    #[error("{0}")]
    Git(String),
    #[error("the workspace is not empty; nothing was changed")]
    NotEmpty,
    #[error("could not write the files: {0}")]
    Io(#[from] std::io::Error),
}
