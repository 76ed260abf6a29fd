//! Files of the workspace over HTTP, all beneath its root by descriptor.

use axum::Router;
use axum::extract::FromRef;
use protocol::event::FileChange;
use std::io;
use std::path::Path;
use std::sync::Arc;
use stdx::WorkspacePath;

/// A change that came through the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    pub path: WorkspacePath,
    pub change: FileChange,
    /// Who did it, as the gateway said.
    pub principal: Option<String>,
    pub operator: Option<String>,
}

/// What the API itself just wrote, so that the watcher does not tell it twice. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct OwnWrites {}

/// The files of one workspace. Cheap to clone.
#[derive(Clone)]
pub struct Files {
    on_change: Arc<dyn Fn(Changed) + Send + Sync>,
}

impl Files {
    /// Opens the workspace at `root`. `on_change` is called from blocking threads, once for every
    /// change through the API; it must not block.
    pub fn open(
        root: &Path,
        on_change: impl Fn(Changed) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let _ = root;
        Ok(Self { on_change: Arc::new(on_change) })
    }

    /// For [`crate::watch::Watch::start`].
    pub fn own_writes(&self) -> OwnWrites {
        let _ = &self.on_change;
        OwnWrites::default()
    }
}

/// The routes `tree`, `files`, `fs`, `archive` and `search/names` below `/api/v1`.
pub fn router<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    Files: FromRef<S>,
{
    Router::new()
}
